/**
 * Fans over a line, on a sheet as long as the line, which scrolls sideways. What lies on it is drawn once and then only
 * moved by the browser: the line and the rings are SVG paths, the fans are on tiles, and the fan of the chosen point is
 * above them. Fans that arrive are added to the tiles that exist.
 */
/** @import {Mixture} from "./magnifier.js" */
import { watch } from "../canvas/canvas.js";
import { Paths, SvgPath } from "../canvas/curve.js";
import { colourBytes, colourIndex, css, diverging } from "../canvas/palette.js";
import { Overview, Scroller } from "../canvas/scroller.js";
import { FanData } from "./fan_data.js";
import { fanStyle, ringRadius, tones } from "./fan_painter.js";
import { FanTiles } from "./fan_tiles.js";
import { Magnifier } from "./magnifier.js";

const RESTED_MS = 160; // the sheet is at rest when it has not moved for so long
const NEAR = 1; // x-heights: the rings of points within are shown with a chosen point

/**
 * What is known of the chosen point: its fan continued, with opacities of its steps and of a first one in the air, and
 * its mixture, if that is to be shown.
 *
 * @typedef {object} PointDetails
 * @property {Float32Array} xy (S, K, 2)
 * @property {Uint8Array} bins (S, K)
 * @property {number} lift
 * @property {Float32Array} strengths (K,)
 * @property {number} air
 * @property {Mixture | null} mixture
 */

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
        this.tiles = new FanTiles(part(".tiles"), this.scroller, () => this.fans.filter(() => true));
        this.rings = /** @type {SVGPathElement} */ (this.trace.querySelector(".rings"));
        /** @type {ArrayLike<number>} */
        this.strengths = [1]; // opacities by step
        this.air = 1; // the opacity of a first step in the air
        this.ringsFrom = 1; // the chance of a lift from which on a fan has a ring
        this.chosen = -1;
        /** @type {PointDetails | null} */
        this.details = null; // of the chosen point
        /** @type {number[]} */
        this.shades = []; // of each bin, its place on the diverging scale
        /** @type {string[]} */
        this.colours = [];
        this.text = "";
        this.place = ""; // where and how large everything is drawn
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
     * Remove all fans; those to come have these numbers of samples and steps.
     *
     * @param {number} samples
     * @param {number} steps
     */
    begin(samples, steps) {
        this.reset(samples, steps);
        this.tiles.restart();
        this.drawRings();
    }

    /**
     * Set how fans are drawn: as far as there are strengths.
     *
     * @param {ArrayLike<number>} strengths opacities by step
     * @param {number} air the opacity of a first step in the air
     * @param {ArrayLike<number>} weights how strong a fan is, by its point's number modulo their count
     * @param {ArrayLike<number>} shades of each bin, its place on the diverging scale
     * @param {number} ringsFrom the chance of a lift from which on a fan has a ring
     */
    look(strengths, air, weights, shades, ringsFrom) {
        this.strengths = Float32Array.from(strengths);
        this.air = air;
        this.shades = Array.from(shades);
        this.ringsFrom = ringsFrom;
        this.weights = Float32Array.from(weights);
        this.tiles.style = fanStyle(this.steps, this.strengths, air, this.shades);
        this.tiles.restart();
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
        const before = this.done;
        this.setLine(places, x, y);
        this.choose(-1, null);
        if (this.done < before) this.place = "";
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
        this.tiles.add(fresh);
        if (fresh.some((fan) => fan.lift > this.ringsFrom)) this.drawRings();
        if (points.includes(this.chosen)) this.paintChosen();
    }

    /**
     * Show the fan of one point (-1: none) above the others, and more of it, once that is known.
     *
     * @param {number} point
     * @param {PointDetails | null} details
     */
    choose(point, details) {
        this.chosen = point;
        this.details = details;
        this.strip.classList.toggle("chosen", point >= 0);
        this.paintChosen();
    }

    /** All fans as they are drawn, and how they look. */
    get whole() {
        const { strengths, air, colours } = this;
        return { ...this.arrays(strengths.length), strengths, air, colours };
    }

    /** Show no fans and no line. */
    clear() {
        this.fans = [];
        this.place = "";
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
        const { scroller } = this;
        if (!scroller.layout(bounds)) return;
        this.figure.classList.toggle("fits", scroller.fits);
        this.drawLine();
        const place = [scroller.x0, scroller.y0, scroller.zoom, scroller.length, devicePixelRatio].join(" ");
        if (place !== this.place) {
            this.place = place;
            this.tiles.restart();
            this.drawRings();
        }
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

    /** Draw a ring where the pen is likely to be lifted. */
    drawRings() {
        const circles = this.fans
            .filter(({ lift }) => lift > this.ringsFrom)
            .map(({ x, y, lift }) => {
                const r = ringRadius(lift);
                return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
            });
        this.rings.setAttribute("d", circles.join(""));
    }

    /** The whole line, in x-heights. */
    get drawn() {
        return this.path.line(0, this.path.points);
    }

    recolour() {
        const table = diverging(this.figure);
        this.colours = this.shades.map((place) => css(table[colourIndex(place)]));
        const style = getComputedStyle(this.trace);
        this.text = style.color;
        this.rays.forEach((ray, bin) => {
            ray.style.stroke = this.colours[bin] ?? "";
        });
        const [paper, low, high] = ["paper", "low", "high"].map((name) =>
            colourBytes(style.getPropertyValue(`--${name}`)),
        );
        this.tiles.recolour(tones(paper, [low, high]));
        if (!this.zoom) return;
        this.overview.draw(this.drawn);
        this.paintChosen();
    }

    paintChosen() {
        const { chosen, places, origins, details } = this;
        if (chosen < 0 || chosen >= this.count) return this.magnifier.hide();
        const [x, y] = origins.subarray(2 * chosen, 2 * chosen + 2);
        const way = places.subarray(3 * chosen, 3 * (chosen + this.strengths.length)); // as far as the line goes
        const near = this.fans.filter((fan) => Math.hypot(fan.x - x, fan.y - y) < NEAR);
        const known = this.fans[chosen];
        const shown = details ? this.fan(chosen, details.xy, details.bins, details.lift) : known;
        const fan = shown && { ...shown, weight: 1 };
        const { strengths, air } = details ?? this;
        const row = details ? strengths.length : this.steps;
        const style = fanStyle(row, strengths, air, this.shades);
        const point = { x, y, air: this.lifted(chosen), way, fan, near, mixture: details?.mixture };
        this.magnifier.paint(point, this.drawn, style, this.tiles.tones, this.text);
    }
}

/**
 * Fans; for Python, where a class of JavaScript is awkward to call.
 *
 * @param {HTMLElement} figure
 * @param {() => void} moved
 */
export const view = (figure, moved) => new Fans(figure, moved);
