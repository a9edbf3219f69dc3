/**
 * What the network would write, before and after a change: fans at a point over the ink around it, or the line written
 * on. Ink is in the colour of ink, what it says as it is in that of the model, what it says changed in that of a choice.
 */
import { deviceSize, fit, theme, watch } from "../canvas/canvas.js";
import { Paths } from "../canvas/curve.js";

// All in CSS pixels: an x-height at most, the margin, and widths of lines.
const MAX_SCALE = 64;
const MARGIN = 14;
const INK = 2;
const WAY = 1;
const WRITTEN = 1.6;
// Points of ink before the chosen one that are in view.
const BEFORE = 40;
const FAINT = 0.3;

/** @typedef {{paths: Paths, colour: "model" | "selected", width: number, alpha: number}} Layer */

export class Comparison {
    /** @param {HTMLCanvasElement} canvas in a box that gives its size */
    constructor(canvas) {
        this.canvas = canvas;
        this.box = canvas.parentElement;
        /** @type {Layer[]} */
        this.layers = [];
        this.ink = new Float32Array(0); // x, y and lift of the points in view
        this.split = 0; // how many of them lie before the chosen point
        this.bounds = [0, 0, 1, 1];
        this.colours = theme(this.box, "ink", "model", "selected", "text");
        watch(
            [this.box],
            () => this.paint(),
            () => {
                this.colours = theme(this.box, "ink", "model", "selected", "text");
                this.paint();
            },
        );
    }

    /**
     * Show fans at a point, before and after; nothing of the second if it is empty.
     *
     * @param {Float32Array} places x, y and lift of each point of the line
     * @param {number} point
     * @param {Float32Array} before (samples, steps, 2): x and y
     * @param {Float32Array} after the same
     * @param {number} samples
     */
    fans(places, point, before, after, samples) {
        const start = origin(places, point);
        const some = [before, after].filter((table) => table.length);
        this.layers = some.map((table, i) => ({
            paths: new Paths(joined(table, samples, 2, start), samples),
            colour: i ? "selected" : "model",
            width: WAY,
            alpha: 0.5,
        }));
        this.show(places, point, some.length ? this.layers : [], BEFORE / 2);
    }

    /**
     * Show one line that was written on from a point; another gives the same frame to both.
     *
     * @param {Float32Array} places
     * @param {number} point
     * @param {Float32Array} path (steps, 3): x, y and lift
     * @param {Float32Array} other the same
     * @param {boolean} changed
     */
    line(places, point, path, other, changed) {
        const start = origin(places, point);
        const [mine, framing] = [path, other].map((table) => new Paths(joined(table, 1, 3, start), 1));
        this.layers = [{ paths: mine, colour: changed ? "selected" : "model", width: WRITTEN, alpha: 1 }];
        this.show(places, point, [...this.layers, { ...this.layers[0], paths: framing }], 0);
    }

    /**
     * @param {Float32Array} places
     * @param {number} point
     * @param {Layer[]} framing all that has to fit into the picture
     * @param {number} later points of ink after the chosen one
     */
    show(places, point, framing, later) {
        const first = Math.max(0, point - BEFORE);
        this.ink = places.slice(3 * first, 3 * (point + later));
        this.split = point - first;
        const bounds = [Infinity, Infinity, -Infinity, -Infinity];
        /** @type {Float32Array[]} */
        const tables = [this.ink.subarray(0, 3 * this.split), ...framing.map((layer) => layer.paths.table)];
        for (const table of tables) {
            for (let i = 0; i + 2 < table.length; i += 3) {
                bounds[0] = Math.min(bounds[0], table[i]);
                bounds[1] = Math.min(bounds[1], table[i + 1]);
                bounds[2] = Math.max(bounds[2], table[i]);
                bounds[3] = Math.max(bounds[3], table[i + 1]);
            }
        }
        this.bounds = Number.isFinite(bounds[0]) ? bounds : [0, 0, 1, 1];
        this.paint();
    }

    paint() {
        const ratio = devicePixelRatio;
        const [width, height] = deviceSize(this.box);
        if (!width || !height) return;
        fit(this.canvas, width, height);
        const context = this.canvas.getContext("2d");
        const [left, top, right, bottom] = this.bounds;
        const margin = 2 * MARGIN * ratio;
        const scale = Math.min(
            MAX_SCALE * ratio,
            (width - margin) / Math.max(right - left, 1e-6),
            (height - margin) / Math.max(bottom - top, 1e-6),
        );
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, width, height);
        context.setTransform(
            scale,
            0,
            0,
            scale,
            (width - (left + right) * scale) / 2,
            (height - (top + bottom) * scale) / 2,
        );
        context.lineCap = context.lineJoin = "round";
        const pixel = ratio / scale;
        if (this.ink.length) {
            const paths = new Paths(this.ink, 1);
            context.strokeStyle = this.colours.ink;
            context.lineWidth = INK * pixel;
            context.globalAlpha = FAINT;
            context.stroke(paths.line(0, paths.points));
            context.globalAlpha = 1;
            if (this.split) context.stroke(new Paths(this.ink.slice(0, 3 * this.split), 1).line(0, this.split));
        }
        for (const { paths, colour, width: wide, alpha } of this.layers) {
            context.strokeStyle = this.colours[colour];
            context.lineWidth = wide * pixel;
            context.globalAlpha = alpha;
            for (let sample = 0; sample < paths.samples; sample++) context.stroke(paths.line(sample, paths.points));
        }
        context.globalAlpha = 1;
    }
}

/**
 * Return the pen's place before a point: x, y, and 1 if it is lifted there.
 *
 * @param {Float32Array} places
 * @param {number} point
 */
const origin = (places, point) => (point ? [...places.subarray(3 * point - 3, 3 * point)] : [0, 0, 1]);

/**
 * Return paths (samples, steps, 2 or 3) with the place before them: (samples, 1 + steps, 3).
 *
 * @param {Float32Array} table
 * @param {number} samples
 * @param {number} columns
 * @param {number[]} start
 */
function joined(table, samples, columns, start) {
    const steps = table.length / samples / columns;
    const whole = new Float32Array(3 * samples * (steps + 1));
    for (let sample = 0; sample < samples; sample++) {
        const base = sample * (steps + 1);
        // a fan is drawn from the pen's place even if the pen is lifted there
        whole.set(columns === 3 ? start : [start[0], start[1], 0], 3 * base);
        for (let i = 0; i < steps; i++) {
            const from = (sample * steps + i) * columns;
            whole.set(table.subarray(from, from + columns), 3 * (base + 1 + i));
        }
    }
    return whole;
}

/**
 * A Comparison; for Python, where a class of JavaScript is awkward to call.
 *
 * @param {HTMLCanvasElement} canvas
 */
export const picture = (canvas) => new Comparison(canvas);

/**
 * Return the change from one list of costs to another, point by point.
 *
 * @param {Float32Array} before
 * @param {Float32Array} after
 */
export const difference = (before, after) => after.map((value, i) => value - before[i]);

/**
 * Return the roots of the sizes of gradients (N, 3) by x and y: sizes differ by orders of magnitude.
 *
 * @param {Float32Array} gradients
 */
export const sizes = (gradients) =>
    Float32Array.from({ length: gradients.length / 3 }, (_, i) =>
        Math.sqrt(Math.hypot(gradients[3 * i], gradients[3 * i + 1])),
    );

/**
 * Return `count` values: that of each piece from `first` to before `end`, 0 elsewhere.
 *
 * @param {number} count
 * @param {Int32Array} first
 * @param {Int32Array} end
 * @param {Float32Array} values
 */
export function spread(count, first, end, values) {
    const all = new Float32Array(count);
    for (const [i, value] of values.entries()) all.fill(value, first[i], end[i]);
    return all;
}

/**
 * Return the greatest magnitude of values.
 *
 * @param {Float32Array} values
 */
export const greatest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * Return the mean of values.
 *
 * @param {Float32Array} values
 */
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
