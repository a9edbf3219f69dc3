/**
 * Fans over a line: a sheet as long as the line, which scrolls sideways. What lies on it is drawn once and then only
 * moved by the browser: the line is one SVG path, the fans lie on tiles, and the fan that is looked at lies above them.
 * Fans that arrive are painted on the tiles there are.
 */
import { NOTHING, paint, painting, touches } from "./fan_painter.js";
import { Paths } from "../canvas/draw.js";
import { Lens } from "./magnifier.js";
import { Overview } from "../canvas/overview.js";
import { css, diverging } from "../canvas/palette.js";
import { watch } from "../canvas/canvas.js";
import { Sheet } from "../canvas/scroller.js";
import { SvgPath } from "../canvas/svg_path.js";
import { Tiles } from "../canvas/tiles.js";

const RESTED_MS = 160; // the sheet has come to rest when it has not moved for so long

/** All that were made, by the id of their figure: for whoever wants to see what is shown. */
export const views = new Map();

export class Fans {
    /**
     * @param {HTMLElement} figure holds .strip > .long > (.tiles, canvas.one, svg.trace, .unit), canvas.lens, .overview
     *     and .legend
     * @param {() => void} moved called when another part of the line has come into view, or the sheet another size
     */
    constructor(figure, moved) {
        const part = (selector) => figure.querySelector(selector);
        this.figure = figure;
        this.moved = moved;
        this.strip = part(".strip");
        this.trace = part("svg.trace");
        this.rays = figure.querySelectorAll(".legend .ray");
        this.sheet = new Sheet(this.strip);
        this.overview = new Overview(part(".overview"), this.sheet);
        this.lens = new Lens(part("canvas.one"), part("canvas.lens"), this.sheet);
        this.tiles = new Tiles(part(".tiles"), this.sheet, (context, left, right) => {
            const here = this.fans.filter((fan) => touches(fan, left, right));
            return painting(context, this.brush, here, this.zoom);
        });
        this.places = new Float32Array(0); // (N, 3) of x, y, lift
        this.origins = new Float32Array(0); // (N, 2): where fan i begins
        this.samples = this.steps = 1;
        this.strengths = [1];
        this.fans = []; // by point, as brush.js says
        this.chosen = -1;
        this.look = null;
        this.shades = [];
        this.colours = [];
        this.strip.addEventListener("scroll", () => this.scrolled(), { passive: true });
        watch(
            this.strip,
            () => this.layout(),
            () => this.recolour(),
        );
        views.set(figure.id, this);
    }

    // --- what is shown

    /** The settings of the fans to come; those there are belong to others, and go. Strengths are opacities by step. */
    begin(samples, steps, strengths, air, shades) {
        this.samples = samples;
        this.steps = steps;
        this.strengths = Float32Array.from(strengths);
        this.air = air; // the opacity of a first step that the pen makes in the air
        this.shades = Array.from(shades); // of each bin, its place on the diverging scale
        this.fans = [];
        this.recolour();
    }

    /** Another line, from (x, y) on. Fans stay where all that they show is the same: `begin` comes before. */
    line(places, x, y) {
        const origins = new Float32Array((2 * places.length) / 3);
        for (let i = 0; i < origins.length / 2; i++) {
            origins[2 * i] = i ? places[3 * i - 3] : x;
            origins[2 * i + 1] = i ? places[3 * i - 2] : y;
        }
        let same = 0; // numbers, then points, that both lines begin with
        const moved = origins[0] !== this.origins[0] || origins[1] !== this.origins[1];
        if (!moved) while (same < places.length && places[same] === this.places[same]) same++;
        same = Math.floor(same / 3);
        this.fans.length = Math.max(0, Math.min(this.fans.length, same - this.steps + 1));
        this.places = places;
        this.origins = origins;
        this.choose(-1, null);
        this.layout();
    }

    get count() {
        return this.origins.length / 2;
    }

    /** Did the pen come through the air to where fan i begins? */
    lifted(i) {
        return i > 0 && this.places[3 * i - 1] > 0.5;
    }

    /** How many points have their fan. */
    get done() {
        return this.fans.reduce((sum) => sum + 1, 0);
    }

    /** At how many of them a lift is likelier than this. */
    lifting(chance) {
        return this.fans.reduce((sum, { lift }) => sum + (lift > chance), 0);
    }

    /** Has this point its fan? */
    has(point) {
        return point in this.fans;
    }

    /** (N,): 1 for points that have their fan. */
    known() {
        const known = new Uint8Array(this.count);
        this.fans.forEach((_, i) => (known[i] = 1));
        return known;
    }

    /** Fans of some points (g,): xy (g, S, K, 2), bins (g, S, K), lifts (g,). */
    add(points, xy, bins, lifts) {
        const size = this.samples * this.steps;
        const fresh = [];
        for (let row = 0; row < points.length; row++) {
            const i = points[row];
            const fan = {
                xy: xy.subarray(2 * row * size, 2 * (row + 1) * size),
                bins: bins.subarray(row * size, (row + 1) * size),
                lift: lifts[row],
                x: this.origins[2 * i],
                y: this.origins[2 * i + 1],
                air: this.lifted(i),
            };
            fan.left = fan.right = fan.x;
            for (let k = 0; k < size; k++) {
                if (fan.bins[k] === NOTHING) continue;
                fan.left = Math.min(fan.left, fan.xy[2 * k]);
                fan.right = Math.max(fan.right, fan.xy[2 * k]);
            }
            this.fans[i] = fan;
            fresh.push(fan);
        }
        this.tiles.over((context, left, right) => {
            const here = fresh.filter((fan) => touches(fan, left, right));
            if (here.length) paint(context, this.brush, here, this.zoom);
        });
        if (points.includes(this.chosen)) this.paintOne();
    }

    /** All fans are there: paint what is in view once more, in the order of the line. */
    settle() {
        this.tiles.spoil();
    }

    /** Look at the fan of one point (-1: at all), and at what the network said of it, once that is known. */
    choose(point, look) {
        this.chosen = point;
        this.look = look;
        this.strip.classList.toggle("chosen", point >= 0);
        this.paintOne();
    }

    /** All fans that are there, as they came: points (g,), ways (g, S, K, 2), bins (g, S, K), lifts (g,); and how they look. */
    get whole() {
        const points = Int32Array.from(this.fans.keys()).filter((i) => i in this.fans);
        const size = this.samples * this.steps;
        const ways = new Float32Array(2 * size * points.length);
        const bins = new Uint8Array(size * points.length);
        const lifts = new Float32Array(points.length);
        points.forEach((point, row) => {
            const fan = this.fans[point];
            ways.set(fan.xy, 2 * size * row);
            bins.set(fan.bins, size * row);
            lifts[row] = fan.lift;
        });
        return { points, ways, bins, lifts, strengths: this.strengths, air: this.air, colours: this.colours };
    }

    /** Draw no fans and no line. */
    clear() {
        this.fans = [];
        this.line(new Float32Array(0), 0, 0);
    }

    // --- where things are: as the sheet has it, for whoever wants to see what is shown

    get x0() {
        return this.sheet.x0;
    }

    get y0() {
        return this.sheet.y0;
    }

    get zoom() {
        return this.sheet.zoom;
    }

    get length() {
        return this.sheet.length;
    }

    get width() {
        return this.sheet.width;
    }

    /** The x-heights that are in view: [left, right]. */
    get span() {
        return this.sheet.span;
    }

    /** The first point whose fan begins in view. */
    get first_in_view() {
        const [left, right] = this.span;
        for (let i = 0; i < this.count; i++) {
            if (this.origins[2 * i] >= left && this.origins[2 * i] <= right) return i;
        }
        return 0;
    }

    /** The point whose fan begins nearest to a place on the screen, if that is at most `reach` x-heights away, or -1. */
    near(clientX, clientY, reach) {
        const [x, y] = this.sheet.place(clientX, clientY);
        let [nearest, least] = [-1, reach * reach];
        for (let i = 0; i < this.count; i++) {
            const away = (this.origins[2 * i] - x) ** 2 + (this.origins[2 * i + 1] - y) ** 2;
            if (away <= least) [nearest, least] = [i, away];
        }
        return nearest;
    }

    /** Scroll so that a point is well in view. */
    reveal(point) {
        this.sheet.reveal(this.origins[2 * point]);
    }

    scrolled() {
        this.overview.frame();
        this.tiles.ask();
        clearTimeout(this.resting);
        this.resting = setTimeout(() => this.moved(), RESTED_MS);
    }

    /** Size and place of everything, anew. */
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
        if (!this.sheet.layout(bounds)) return;
        this.figure.classList.toggle("fits", this.sheet.fits);
        this.drawTrace();
        this.recolour();
    }

    // --- how it is drawn

    drawTrace() {
        const { x0, y0, zoom, length, height } = this.sheet;
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

    /** What fans are painted with: see brush.js. */
    get brush() {
        const { samples, steps, strengths, air, colours, text } = this;
        return { samples, steps, strengths, air, colours, text };
    }

    recolour() {
        const table = diverging(this.figure);
        this.colours = this.shades.map((place) => css(table, place));
        this.text = getComputedStyle(this.trace).color;
        this.rays.forEach((ray, bin) => (ray.style.stroke = this.colours[bin] ?? ""));
        if (!this.zoom) return;
        this.tiles.spoil();
        this.overview.draw(this.drawn);
        this.paintOne();
    }

    paintOne() {
        const { chosen, places, origins, look } = this;
        if (chosen < 0 || chosen >= this.count) return this.lens.hide();
        const [x, y] = origins.subarray(2 * chosen, 2 * chosen + 2);
        const way = places.subarray(3 * chosen, 3 * (chosen + this.steps)); // as far as the line goes
        const point = { x, y, air: this.lifted(chosen), way, fan: this.fans[chosen], look };
        this.lens.paint(point, this.drawn, this.brush);
    }
}

/** For Python, where a class of JavaScript is awkward to call. */
export const view = (figure, moved) => new Fans(figure, moved);
