/**
 * A line of ink, each piece in the colour of one cell: the piece that ends in point i has the colour of the value before
 * point i. The pen's moves in the air are dashed. The chosen point has a ring, on a canvas of its own.
 */
/** @import {Columns} from "./columns.js" */
/** @import {DisplayState} from "./display_state.js" */
import { fit, ring, trackPointer } from "../canvas/canvas.js";
import { addSegment, SPECK } from "../canvas/curve.js";
import { colourIndex, css } from "../canvas/palette.js";

// All in CSS pixels: an x-height; a line too long for MIN_SCALE is drawn past the figure's edge, and scrolls
const MAX_SCALE = 30;
const MIN_SCALE = 7;
// the margin, the ink, the outline that keeps pale ink visible, and how near a pointer has to be.
const MARGIN = 12;
const INK = 2.6;
const OUTLINE = 4.2;
// A band of other values behind thin ink.
const BAND = 11;
const THIN = 1.5;
const NEAR = 28;

export class InkStrip {
    /**
     * @param {HTMLElement} box
     * @param {Columns} columns
     * @param {DisplayState} display
     * @param {(step: number) => void} choose called with the point under the pointer
     */
    constructor(box, columns, display, choose) {
        this.box = box;
        this.columns = columns;
        this.display = display;
        this.ink = /** @type {HTMLCanvasElement} */ (box.querySelector(".trace"));
        this.ring = /** @type {HTMLCanvasElement} */ (box.querySelector(".ring"));
        this.scale = this.shift = this.over = this.left = this.top = 0;
        this.begin(new Float32Array(0));
        trackPointer(this.ring, (_, event) => {
            if (!event) return;
            const near = this.nearest(event.offsetX * devicePixelRatio, event.offsetY * devicePixelRatio);
            if (near >= 0) choose(near);
        });
    }

    /**
     * Show another line.
     *
     * @param {Float32Array} places x, y in x-heights and lift of each point
     */
    begin(places) {
        this.places = places;
        this.count = places.length / 3;
        /** @type {Float32Array | null} */
        this.tint = null; // of each point, from -1 to 1: it colours a band instead of the ink
        const bounds = [Infinity, Infinity, -Infinity, -Infinity];
        for (let i = 0; i < this.count; i++) {
            const [x, y] = this.place(i);
            bounds[0] = Math.min(bounds[0], x);
            bounds[1] = Math.min(bounds[1], y);
            bounds[2] = Math.max(bounds[2], x);
            bounds[3] = Math.max(bounds[3], y);
        }
        this.bounds = bounds;
        /** @type {[number, Path2D][]} */
        this.pieces = []; // the number of the point that a piece ends in, and its path
        for (let i = 0; i < this.count; i++) {
            if (!this.startsStroke(i) || i === 0 || this.lifted(i)) this.pieces.push([i, this.piece(i)]);
        }
    }

    /**
     * @param {number} i
     * @returns {[number, number]}
     */
    place(i) {
        return [this.places[3 * i], this.places[3 * i + 1]];
    }

    /** @param {number} i */
    lifted(i) {
        return this.places[3 * i + 2] > 0.5;
    }

    /** @param {number} i */
    startsStroke(i) {
        return i === 0 || this.lifted(i - 1);
    }

    /** @param {[number, number]} size of the box, in device pixels */
    layout([width, height]) {
        const ratio = devicePixelRatio;
        if (!width || !this.count) return;
        for (const canvas of [this.ink, this.ring]) fit(canvas, width, height);
        const [left, top, right, bottom] = this.bounds;
        const room = height - 2 * MARGIN * ratio;
        const wide = (width - 2 * MARGIN * ratio) / Math.max(right - left, 1e-6);
        this.scale = Math.min(
            Math.max(wide, MIN_SCALE * ratio),
            MAX_SCALE * ratio,
            room / Math.max(bottom - top, 1e-6),
        );
        this.over = Math.max(0, (right - left) * this.scale + 2 * MARGIN * ratio - width); // what does not fit
        this.left = MARGIN * ratio - left * this.scale;
        this.top = (height - (bottom + top) * this.scale) / 2;
    }

    /**
     * Scroll so that a point is in view; return whether that has moved the ink.
     *
     * @param {number} i
     */
    reveal(i) {
        const before = this.shift;
        const { width } = this.ink;
        const x = this.left + this.places[3 * i] * this.scale;
        if (x - this.shift < 0.1 * width || x - this.shift > 0.9 * width) this.shift = x - width / 2;
        this.shift = Math.round(Math.min(Math.max(this.shift, 0), this.over));
        return this.shift !== before;
    }

    /**
     * Return the point nearest to a place in device pixels, or -1 if all are too far away.
     *
     * @param {number} x
     * @param {number} y
     */
    nearest(x, y) {
        let best = -1;
        let least = NEAR * devicePixelRatio;
        for (let i = 0; i < this.count; i++) {
            const [px, py] = this.place(i);
            const distance = Math.hypot(this.left - this.shift + px * this.scale - x, this.top + py * this.scale - y);
            if (distance < least) [best, least] = [i, distance];
        }
        return best;
    }

    /**
     * Paint the ink with the colours of the columns before number `known`; with `first` above 0 only the ink of the
     * columns from there on, over what is there.
     *
     * @param {number} cell
     * @param {number} first
     * @param {number} known
     */
    paint(cell, first, known) {
        const context = this.ink.getContext("2d");
        const { display, columns, scale, count } = this;
        context.setTransform(1, 0, 0, 1, 0, 0);
        if (!first) context.clearRect(0, 0, this.ink.width, this.ink.height);
        if (!scale) return;
        const end = first ? Math.min(known, count) : count;
        context.setTransform(scale, 0, 0, scale, this.left - this.shift, this.top);
        context.lineCap = context.lineJoin = "round";
        const pixel = devicePixelRatio / scale;
        /** @param {number} i */
        const colour = (i) => (i < known && !this.tint ? display.colour(columns.at(i, cell), cell) : display.line);
        // moves in the air
        context.setLineDash([0.01 * pixel, 4 * pixel]);
        context.lineWidth = 2 * pixel;
        for (let i = Math.max(first, 1); i < end; i++) {
            if (!this.lifted(i - 1)) continue;
            context.beginPath();
            context.moveTo(...this.place(i - 1));
            context.lineTo(...this.place(i));
            if (!first) {
                context.strokeStyle = display.line;
                context.stroke();
            }
            context.strokeStyle = colour(i);
            context.stroke();
        }
        context.setLineDash([]);
        // the ink
        const pieces = this.pieces.filter(([i]) => i >= first && i < end);
        const { tint } = this;
        if (tint) {
            context.lineWidth = BAND * pixel;
            for (const [i, path] of pieces) {
                context.strokeStyle = css(display.palette[colourIndex(tint[i] || 0)]);
                context.stroke(path);
            }
            context.lineWidth = THIN * pixel;
            context.strokeStyle = display.text;
            for (const [, path] of pieces) context.stroke(path);
            return;
        }
        context.lineWidth = OUTLINE * pixel;
        context.strokeStyle = display.line;
        if (!first) for (const [, path] of pieces) context.stroke(path);
        context.lineWidth = INK * pixel;
        for (const [i, path] of pieces) {
            context.strokeStyle = colour(i);
            context.stroke(path);
        }
    }

    /**
     * Return the ink that ends in point i: the curve from the point before, or a dot at the start of a stroke.
     *
     * @param {number} i
     */
    piece(i) {
        const path = new Path2D();
        if (this.startsStroke(i)) {
            const [x, y] = this.place(i);
            path.moveTo(x, y);
            path.lineTo(x + SPECK, y);
        } else {
            path.moveTo(...this.place(i - 1));
            const before = this.startsStroke(i - 1) ? i - 1 : i - 2;
            addSegment(path, this.places, i, before, i + 1 < this.count && !this.lifted(i) ? i + 1 : i);
        }
        return path;
    }

    /**
     * @param {number} i
     * @param {number} cell
     */
    paintRing(i, cell) {
        const context = this.ring.getContext("2d");
        const { display, columns } = this;
        context.clearRect(0, 0, this.ring.width, this.ring.height);
        if (!this.scale || i >= this.count || i >= columns.count) return;
        const [x, y] = this.place(i);
        const colour = display.colour(columns.at(i, cell), cell);
        ring(context, display, this.left - this.shift + x * this.scale, this.top + y * this.scale, colour);
    }
}
