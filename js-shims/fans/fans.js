/**
 * Fans over a line, on a sheet as long as the line, which scrolls sideways. What lies on it is drawn once and then only
 * moved by the browser: the line is one SVG path, the fans are on tiles, and the fan of the chosen point is above them.
 * Fans that arrive are painted on the tiles that exist.
 */
/** @import {FanStyle} from "./fan_painter.js" */
/** @import {Mixture} from "./magnifier.js" */
import { watch } from "../canvas/canvas.js";
import { Paths, SvgPath } from "../canvas/curve.js";
import { colourIndex, css, diverging } from "../canvas/palette.js";
import { Overview, Scroller } from "../canvas/scroller.js";
import { Tiles } from "../canvas/tiles.js";
import { FanData } from "./fan_data.js";
import { paint, painting, touches } from "./fan_painter.js";
import { Magnifier } from "./magnifier.js";

const RESTED_MS = 160; // the sheet is at rest when it has not moved for so long

/**
 * All fans, by the id of their figure.
 *
 * @type {Map<string, Fans>}
 */
export const views = new Map();

class Fans extends FanData {
    /**
     * @param {HTMLElement} figure holds .strip > .long > (.tiles, canvas.one, svg.trace, .unit), canvas.magnifier, .overview
     *     and .legend
     * @param {() => void} moved called when another part of the line has come into view, or the sheet changed its size
     */
    constructor(figure, moved) {
        /** @param {string} selector */
        const part = (selector) => /** @type {HTMLElement} */ (figure.querySelector(selector));
        /** @param {string} selector */
        const canvas = (selector) => /** @type {HTMLCanvasElement} */ (figure.querySelector(selector));
        super();
        this.figure = figure;
        this.moved = moved;
        this.strip = part(".strip");
        this.trace = figure.querySelector("svg.trace");
        this.rays = /** @type {NodeListOf<SVGElement>} */ (figure.querySelectorAll(".legend .ray"));
        this.scroller = new Scroller(this.strip);
        this.overview = new Overview(part(".overview"), this.scroller);
        this.magnifier = new Magnifier(canvas("canvas.one"), canvas("canvas.magnifier"), this.scroller);
        this.tiles = new Tiles(part(".tiles"), this.scroller, (context, left, right) => {
            const here = this.fans.filter((fan) => touches(fan, left, right));
            return painting(context, this.style, here, this.zoom);
        });
        /** @type {ArrayLike<number>} */
        this.strengths = [1]; // opacities by step
        this.air = 1; // the opacity of a first step in the air
        this.chosen = -1;
        /** @type {Mixture | null} */
        this.mixture = null; // of the chosen point
        /** @type {number[]} */
        this.shades = []; // of each bin, its place on the diverging scale
        /** @type {string[]} */
        this.colours = [];
        this.text = "";
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.resting = undefined;
        this.strip.addEventListener("scroll", () => this.scrolled(), { passive: true });
        watch(
            [this.strip],
            () => this.layout(),
            () => this.recolour(),
        );
        views.set(figure.id, this);
    }

    // --- what is shown

    /**
     * Set the settings of the fans to come, and remove those of others.
     *
     * @param {number} samples
     * @param {number} steps
     * @param {ArrayLike<number>} strengths opacities by step
     * @param {number} air the opacity of a first step in the air
     * @param {ArrayLike<number>} shades of each bin, its place on the diverging scale
     */
    begin(samples, steps, strengths, air, shades) {
        this.reset(samples, steps);
        this.strengths = Float32Array.from(strengths);
        this.air = air;
        this.shades = Array.from(shades);
        this.recolour();
    }

    /**
     * Show another line, from (x, y) on. Fans stay if everything that they show is the same; `begin` is called before.
     *
     * @param {Float32Array} places
     * @param {number} x
     * @param {number} y
     */
    line(places, x, y) {
        this.setLine(places, x, y);
        this.choose(-1, null);
        this.layout();
    }

    /**
     * Add the fans of some points.
     *
     * @param {ArrayLike<number> & {includes(point: number): boolean}} points (g,)
     * @param {Float32Array} xy (g, S, K, 2)
     * @param {Uint8Array} bins (g, S, K)
     * @param {Float32Array} lifts (g,)
     */
    add(points, xy, bins, lifts) {
        const fresh = this.put(points, xy, bins, lifts);
        this.tiles.over((context, left, right) => {
            const here = fresh.filter((fan) => touches(fan, left, right));
            if (here.length) paint(context, this.style, here, this.zoom);
        });
        if (points.includes(this.chosen)) this.paintChosen();
    }

    /** Paint what is in view again in the order of the line, now that all fans are there. */
    settle() {
        this.tiles.invalidate();
    }

    /**
     * Show the fan of one point (-1: none) above the others, and its mixture, once that is known.
     *
     * @param {number} point
     * @param {Mixture | null} mixture
     */
    choose(point, mixture) {
        this.chosen = point;
        this.mixture = mixture;
        this.strip.classList.toggle("chosen", point >= 0);
        this.paintChosen();
    }

    /** All fans, as they came, and how they look. */
    get whole() {
        return { ...this.arrays, strengths: this.strengths, air: this.air, colours: this.colours };
    }

    /** Show no fans and no line. */
    clear() {
        this.fans = [];
        this.line(new Float32Array(0), 0, 0);
    }

    // --- where things are, as the scroller has it

    get x0() {
        return this.scroller.x0;
    }

    get y0() {
        return this.scroller.y0;
    }

    get zoom() {
        return this.scroller.zoom;
    }

    get length() {
        return this.scroller.length;
    }

    get width() {
        return this.scroller.width;
    }

    get span() {
        return this.scroller.span;
    }

    /** The first point whose fan begins in view. */
    get firstInView() {
        const [left, right] = this.span;
        return this.firstBetween(left, right);
    }

    /**
     * Return the point whose fan begins nearest to a place on the screen, or -1 if none is within `reach` x-heights.
     *
     * @param {number} clientX
     * @param {number} clientY
     * @param {number} reach
     */
    near(clientX, clientY, reach) {
        const [x, y] = this.scroller.place(clientX, clientY);
        return this.nearest(x, y, reach);
    }

    /**
     * Scroll so that a point is well in view.
     *
     * @param {number} point
     */
    reveal(point) {
        this.scroller.reveal(this.origins[2 * point]);
    }

    scrolled() {
        this.overview.frame();
        this.tiles.ask();
        clearTimeout(this.resting);
        this.resting = setTimeout(() => this.moved(), RESTED_MS);
    }

    /** Compute the size and place of everything. */
    layout() {
        const { places, origins } = this;
        const bounds = [0, 0, 0, 0]; // left, top, right, bottom
        if (this.count) bounds.splice(0, 4, origins[0], origins[1], origins[0], origins[1]);
        for (let i = 0; i < places.length; i += 3) {
            bounds[0] = Math.min(bounds[0], places[i]);
            bounds[1] = Math.min(bounds[1], places[i + 1]);
            bounds[2] = Math.max(bounds[2], places[i]);
            bounds[3] = Math.max(bounds[3], places[i + 1]);
        }
        if (!this.scroller.layout(bounds)) return;
        this.figure.classList.toggle("fits", this.scroller.fits);
        this.drawLine();
        this.recolour();
    }

    // --- how it is drawn

    drawLine() {
        const { x0, y0, zoom, length, height } = this.scroller;
        this.trace.setAttribute("viewBox", [x0, y0, length / zoom, height / zoom].join(" "));
        // The pen is in the air until the first point, so that its way there is not drawn.
        const table = new Float32Array([this.origins[0], this.origins[1], 1, ...this.places]);
        this.path = new Paths(table, 1);
        const text = this.count ? this.path.trace(0, this.path.points, new SvgPath()).text : "";
        this.trace.querySelector("path").setAttribute("d", text);
    }

    /** The whole line, in x-heights. */
    get drawn() {
        return this.path.line(0, this.path.points);
    }

    /** @returns {FanStyle} */
    get style() {
        const { samples, steps, strengths, air, colours, text } = this;
        return { samples, steps, strengths, air, colours, text };
    }

    recolour() {
        const table = diverging(this.figure);
        this.colours = this.shades.map((place) => css(table[colourIndex(place)]));
        this.text = getComputedStyle(this.trace).color;
        this.rays.forEach((ray, bin) => {
            ray.style.stroke = this.colours[bin] ?? "";
        });
        if (!this.zoom) return;
        this.tiles.invalidate();
        this.overview.draw(this.drawn);
        this.paintChosen();
    }

    paintChosen() {
        const { chosen, places, origins, mixture } = this;
        if (chosen < 0 || chosen >= this.count) return this.magnifier.hide();
        const [x, y] = origins.subarray(2 * chosen, 2 * chosen + 2);
        const way = places.subarray(3 * chosen, 3 * (chosen + this.steps)); // as far as the line goes
        const point = { x, y, air: this.lifted(chosen), way, fan: this.fans[chosen], mixture };
        this.magnifier.paint(point, this.drawn, this.style);
    }
}

/**
 * Fans; for Python, where a class of JavaScript is awkward to call.
 *
 * @param {HTMLElement} figure
 * @param {() => void} moved
 */
export const view = (figure, moved) => new Fans(figure, moved);
