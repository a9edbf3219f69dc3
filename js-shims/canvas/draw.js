/**
 * Batch drawing from typed arrays, for Python, which says what to draw, where and how strongly.
 *
 * All places are in ink coordinates: 1 is one x-height, y points down, and (0, 0) lies on the baseline at the start of
 * the line. A mark in the page, as tall as the x-height and standing on the baseline, gives their place on the screen.
 */
import { resize, watch } from "./canvas.js";
import { Paths } from "./curve.js";

export { setTheme } from "./canvas.js";

// X-heights of an overview above the baseline, and below it.
const ABOVE = 2;
const BELOW = 1;

/**
 * All surfaces by their canvases, so that one can be painted at another size.
 *
 * @type {WeakMap<HTMLCanvasElement, Surface>}
 */
export const surfaces = new WeakMap();

/** A canvas with ink coordinates that stays sharp at every size and pixel ratio. */
export class Surface {
    /**
     * @param {HTMLCanvasElement} canvas its CSS gives its size and, as `color`, the colour to draw in
     * @param {Element} mark as tall as the x-height, standing on the baseline where x is 0
     * @param {() => void} repaint called when the canvas has become empty or its colour has changed
     */
    constructor(canvas, mark, repaint) {
        this.canvas = canvas;
        this.context = canvas.getContext("2d");
        this.mark = mark;
        this.repaint = repaint;
        this.pan = 0;
        this.ratio = devicePixelRatio;
        this.scale = 0; // CSS pixels to an x-height
        this.left = this.baseline = this.width = this.height = 0; // in CSS pixels
        surfaces.set(canvas, this);
        this.measure();
        watch(
            [canvas, mark],
            () => this.refit(),
            () => this.repaint(),
        );
    }

    measure(ratio = devicePixelRatio) {
        const box = this.canvas.getBoundingClientRect();
        const mark = this.mark.getBoundingClientRect();
        this.ratio = ratio;
        this.scale = mark.height;
        this.left = mark.left - box.left;
        this.baseline = mark.bottom - box.top;
        this.width = box.width;
        this.height = box.height;
        resize(this.canvas, box.width, box.height, ratio);
    }

    refit() {
        this.measure();
        this.repaint();
    }

    /**
     * Paint at another pixel ratio while `use()` runs.
     *
     * @param {number} ratio
     * @param {() => void} use
     */
    at(ratio, use) {
        this.measure(ratio);
        this.repaint();
        use();
        this.refit();
    }

    /**
     * Slide the paper: `pan` is the x, in x-heights, that lies on the mark.
     *
     * @param {number} pan
     */
    slide(pan) {
        this.pan = pan;
        this.repaint();
    }

    /** The x of the right edge, in x-heights from the mark. */
    get reach() {
        return (this.width - this.left) / this.scale;
    }

    /** The sheet that is in view: [left, top, right, bottom], in x-heights. */
    get edges() {
        const { pan, scale, left, baseline, height } = this;
        return [pan - left / scale, -baseline / scale, pan + this.reach, (height - baseline) / scale];
    }

    /**
     * Return a place of the screen in ink coordinates.
     *
     * @param {{clientX: number, clientY: number}} event
     * @returns {[number, number]}
     */
    place(event) {
        const box = this.canvas.getBoundingClientRect();
        return [
            (event.clientX - box.left - this.left) / this.scale + this.pan,
            (event.clientY - box.top - this.baseline) / this.scale,
        ];
    }

    /** Return the context, set up for ink coordinates and round strokes in the canvas's colour. */
    ready() {
        const { context, ratio, scale } = this;
        const zoom = ratio * scale;
        context.setTransform(zoom, 0, 0, zoom, ratio * (this.left - this.pan * scale), ratio * this.baseline);
        context.lineCap = context.lineJoin = "round";
        context.strokeStyle = getComputedStyle(this.canvas).color;
        return context;
    }

    clear() {
        this.context.setTransform(1, 0, 0, 1, 0, 0);
        this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    }

    /**
     * Draw the samples first..last - 1 of some Paths, each through its first `count` points.
     *
     * @param {Paths} paths
     * @param {number} first
     * @param {number} last
     * @param {number} count
     * @param {number} width
     * @param {number} alpha
     */
    paths(paths, first, last, count, width, alpha) {
        const context = this.ready();
        context.lineWidth = width;
        context.globalAlpha = alpha;
        for (let sample = first; sample < last; sample++) context.stroke(paths.line(sample, count));
        context.globalAlpha = 1;
    }
}

/**
 * Frames on demand: `ask()` has `draw(now)` called once before the next repaint, and again as long as it returns true.
 * `draw` is passed once, because Python makes a new proxy of each function that it passes.
 */
class Frames {
    /** @param {(now: number) => boolean} draw */
    constructor(draw) {
        this.draw = draw;
        this.asked = false;
    }

    ask() {
        if (this.asked) return;
        this.asked = true;
        requestAnimationFrame((now) => {
            this.asked = false;
            if (this.draw(now)) this.ask();
        });
    }
}

// Functions for Python, where a class of JavaScript is awkward to call.

/**
 * @param {Float32Array} table
 * @param {number} samples
 */
export const paths = (table, samples) => new Paths(table, samples);

/**
 * Return a row of places, x, y and lift, moved by (x, y), as Paths.
 *
 * @param {Float32Array} table
 * @param {number} x
 * @param {number} y
 */
export function movedPath(table, x, y) {
    const by = [x, y, 0];
    return new Paths(
        table.map((value, i) => value + by[i % 3]),
        1,
    );
}

/**
 * Return a table with another at its end, as Paths of one sample.
 *
 * @param {Paths | null} first
 * @param {Float32Array} table
 */
export function longerPath(first, table) {
    if (!first) return new Paths(table, 1);
    const whole = new Float32Array(first.table.length + table.length);
    whole.set(first.table);
    whole.set(table, first.table.length);
    return new Paths(whole, 1);
}

/**
 * Return a path up to its last stroke that ends left of `edge`, in x-heights.
 *
 * @param {Paths} path of one sample
 * @param {number} edge
 */
export function shorterPath({ table }, edge) {
    let end = 0;
    for (let i = 0; i < table.length && table[i] < edge; i += 3) if (table[i + 2] > 0.5) end = i + 3;
    return new Paths(table.slice(0, end > 3 ? end : table.length), 1);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Element} mark
 * @param {() => void} repaint
 */
export const surface = (canvas, mark, repaint) => new Surface(canvas, mark, repaint);

/** @param {(now: number) => boolean} draw */
export const frames = (draw) => new Frames(draw);

/**
 * Draw a whole sheet of `length` x-heights, small: its strokes and a path after them.
 *
 * @param {HTMLCanvasElement} canvas in the colour of ink
 * @param {number} length
 * @param {{strokes: {xy: number[]}[], count: number}} ink
 * @param {Paths | null} path
 * @param {string} colour of the path
 */
export function overview(canvas, length, ink, path, colour) {
    const { clientWidth: width, clientHeight: height } = canvas;
    const context = resize(canvas, width, height);
    const across = (width / length) * devicePixelRatio;
    const down = Math.min(across, (height / (ABOVE + BELOW)) * devicePixelRatio);
    context.setTransform(across, 0, 0, down, 0, (canvas.height * ABOVE) / (ABOVE + BELOW));
    const whole = new Path2D();
    for (const { xy } of ink.strokes.slice(0, ink.count)) {
        whole.moveTo(xy[0], xy[1]);
        for (let i = 2; i < xy.length; i += 2) whole.lineTo(xy[i], xy[i + 1]);
    }
    const stroke = (/** @type {Path2D} */ line, /** @type {string} */ style) => {
        context.save();
        context.strokeStyle = style;
        context.lineWidth = 1.5 / Math.max(across, down);
        context.stroke(line);
        context.restore();
    };
    if (path) stroke(path.line(0, path.points), colour);
    stroke(whole, getComputedStyle(canvas).color);
}

/**
 * Return the right end of a path, in x-heights.
 *
 * @param {Paths} path
 */
export const rightEnd = ({ table }) => table.reduce((most, value, i) => (i % 3 ? most : Math.max(most, value)), 0);
