/** Rows of writing on a page of their own. Python says which rows, where and how strong. */
/** @import {Paths} from "../canvas/curve.js" */
import { resize } from "../canvas/canvas.js";
import { Surface } from "../canvas/draw.js";

/** A surface that is as many x-heights wide as its canvas has in data-across; places are from its top left corner. */
class RowsSurface extends Surface {
    /**
     * @param {HTMLCanvasElement} canvas
     * @param {() => void} repaint
     */
    constructor(canvas, repaint) {
        super(canvas, canvas, repaint);
    }

    /** @param {number} [ratio] */
    measure(ratio) {
        super.measure(ratio);
        this.scale = this.width / Number(this.canvas.dataset.across); // CSS pixels to an x-height
        this.left = this.baseline = 0;
    }

    /** The height of the page, in x-heights. */
    get tall() {
        return this.canvas.height / this.ratio / this.scale;
    }

    /**
     * Draw the first `count` points of a row, Paths of one sample, with its left end on the baseline at (x, y).
     *
     * @param {Paths} paths
     * @param {number} x
     * @param {number} y
     * @param {number} count
     * @param {number} width
     * @param {number} alpha
     */
    row(paths, x, y, count, width, alpha) {
        this.move(x, y);
        this.paths(paths, 0, 1, count, width, alpha);
    }

    /**
     * Draw a ring where the pen is, on the last of `count` points of a row; filled if it is on the paper.
     *
     * @param {Paths} paths
     * @param {number} x
     * @param {number} y
     * @param {number} count
     * @param {number} radius
     * @param {number} width
     */
    tip(paths, x, y, count, radius, width) {
        this.move(x, y);
        const context = this.ready();
        const at = 3 * (count - 1);
        context.lineWidth = width;
        context.beginPath();
        context.arc(paths.table[at], paths.table[at + 1], radius, 0, 2 * Math.PI);
        if (paths.table[at + 2] < 0.5) {
            context.fillStyle = context.strokeStyle;
            context.fill();
        }
        context.stroke();
    }

    /**
     * @param {number} x
     * @param {number} y
     */
    move(x, y) {
        this.left = x * this.scale;
        this.baseline = y * this.scale;
    }
}

/**
 * A RowsSurface, for Python, where a class of JavaScript is awkward to call.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {() => void} repaint
 */
export const page = (canvas, repaint) => new RowsSurface(canvas, repaint);

// --- which letter each stroke of a text is for

/**
 * @typedef {object} Letters a row of N points of a text, as the worker's task text.write reports it
 * @property {Float32Array} places (N, 3) of x, y and lift
 * @property {Float32Array} letters (N,), where in the text the window was
 * @property {Float32Array} window (N, J), how much it saw of J characters
 * @property {Int32Array} seen (N,), the first of the J
 */

const LABELS = 20; // CSS pixels above the heatmap, for the letters

/**
 * Return the number of the point of a row that is nearest to a place, and how far it is: [point, distance].
 *
 * @param {Letters} row
 * @param {number} x
 * @param {number} y
 */
export function nearest({ places }, x, y) {
    let best = 0;
    let least = Infinity;
    for (let i = 0; i < places.length; i += 3) {
        const distance = Math.hypot(places[i] - x, places[i + 1] - y);
        if (distance < least) [best, least] = [i / 3, distance];
    }
    return [best, least];
}

/**
 * Draw again, on a surface, what a row has for one letter, in another colour.
 *
 * @param {Surface} surface
 * @param {Letters} row
 * @param {number} y the row's baseline
 * @param {number} letter its number in the text
 * @param {number} width
 * @param {string} colour
 */
export function letter(surface, { places, letters }, y, letter, width, colour) {
    const context = surface.ready();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (let i = 0; i < letters.length; i++) {
        if (Math.floor(letters[i]) !== letter) continue;
        const joined = i && places[3 * i - 1] < 0.5;
        const from = joined ? i - 1 : i;
        context.moveTo(places[3 * from], places[3 * from + 1] + y);
        context.lineTo(places[3 * i], places[3 * i + 1] + y);
    }
    context.stroke();
}

/**
 * Draw the window of a row as a heatmap: below the ink, at the same x, what it saw of each letter, and the letters
 * above it, each where the pen was when the window looked at it.
 *
 * @param {HTMLCanvasElement} canvas as wide as the surface's; its colours are --model, --text and --selected
 * @param {Surface} surface
 * @param {Letters} row
 * @param {string} text
 * @param {number} at the letter to mark, -1 for none
 */
export function alignment(canvas, surface, { places, letters, window, seen }, text, at) {
    const style = getComputedStyle(canvas);
    const { clientWidth: width, clientHeight: height } = canvas;
    const context = resize(canvas, width, height);
    context.scale(canvas.width / width, canvas.height / height);
    const reach = window.length / letters.length;
    const ends = [Infinity, -Infinity];
    /** @type {Map<number, [number, number]>} */
    const means = new Map();
    let most = 0;
    letters.forEach((place, i) => {
        const own = Math.min(Math.floor(place), text.length);
        const [sum, count] = means.get(own) ?? [0, 0];
        means.set(own, [sum + places[3 * i], count + 1]);
        ends[0] = Math.min(ends[0], own);
        ends[1] = Math.max(ends[1], own);
    });
    for (const value of window) most = Math.max(most, value);
    const tall = (height - LABELS) / (ends[1] - ends[0] + 1);
    /** @param {number} x */
    const across = (x) => surface.left + x * surface.scale;
    context.fillStyle = style.getPropertyValue("--model");
    letters.forEach((_, i) => {
        for (let k = 0; k < reach; k++) {
            const own = seen[i] + k;
            if (own < ends[0] || own > ends[1]) continue;
            context.globalAlpha = Math.sqrt(window[i * reach + k] / most); // most are small
            context.fillRect(across(places[3 * i]) - 1, LABELS + (own - ends[0]) * tall, 2.5, Math.max(tall, 2));
        }
    });
    context.globalAlpha = 1;
    context.font = `${LABELS - 6}px ${style.fontFamily}`;
    context.textAlign = "center";
    for (const [own, [sum, count]] of means) {
        const marked = own === at;
        context.fillStyle = style.getPropertyValue(marked ? "--selected" : "--text");
        const x = across(sum / count);
        if (marked) context.fillRect(x - 0.5, LABELS, 1, height - LABELS);
        context.fillText(text[own] ?? "", x, LABELS - 6);
    }
}
