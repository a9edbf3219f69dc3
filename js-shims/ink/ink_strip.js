/**
 * A line of ink, coloured piece by piece by one cell: the piece that ends in point i has the colour of the value before
 * point i. The pen's moves in the air are dashed. The chosen point has a ring, on a canvas of its own.
 */
import { SPECK } from "../canvas/draw.js";
import { fit, point, ring } from "../canvas/canvas.js";

// All in CSS pixels: an x-height, at most and at least (a longer line is drawn past the figure's edge, and moves along);
const LARGEST = 30;
const SMALLEST = 7;
// the margin, the ink, the casing that keeps pale ink visible, and how near a pointer has to be.
const MARGIN = 12;
const INK = 2.6;
const CASING = 4.2;
const NEAR = 28;

export class Trace {
    /** @param {(step: number) => void} told which point is pointed at */
    constructor(box, columns, look, told) {
        Object.assign(this, { box, columns, look });
        this.ink = box.querySelector(".trace");
        this.ring = box.querySelector(".ring");
        this.begin(new Float32Array(0));
        this.scale = this.shift = 0;
        point(this.ring, (kind, event) => {
            const near = event && this.nearest(event.offsetX * devicePixelRatio, event.offsetY * devicePixelRatio);
            if (near >= 0) told(near);
        });
    }

    /** Another line: x, y in x-heights and lift of each point. */
    begin(places) {
        this.places = places;
        this.count = places.length / 3;
        const bounds = [Infinity, Infinity, -Infinity, -Infinity];
        for (let i = 0; i < this.count; i++) {
            const [x, y] = this.place(i);
            bounds[0] = Math.min(bounds[0], x);
            bounds[1] = Math.min(bounds[1], y);
            bounds[2] = Math.max(bounds[2], x);
            bounds[3] = Math.max(bounds[3], y);
        }
        this.bounds = bounds;
        this.pieces = []; // [number of the point that it ends in, its path]
        for (let i = 0; i < this.count; i++) {
            const air = i > 0 && this.lifted(i - 1);
            if (!air || this.lifted(i)) this.pieces.push([i, this.piece(i)]);
        }
    }

    place(i) {
        return [this.places[3 * i], this.places[3 * i + 1]];
    }

    lifted(i) {
        return this.places[3 * i + 2] > 0.5;
    }

    layout() {
        const ratio = devicePixelRatio;
        const [width, height] = [Math.floor(this.box.clientWidth * ratio), Math.floor(this.box.clientHeight * ratio)];
        if (!width || !this.count) return;
        for (const canvas of [this.ink, this.ring]) fit(canvas, width, height);
        const [left, top, right, bottom] = this.bounds;
        const room = height - 2 * MARGIN * ratio;
        const wide = (width - 2 * MARGIN * ratio) / Math.max(right - left, 1e-6);
        this.scale = Math.min(Math.max(wide, SMALLEST * ratio), LARGEST * ratio, room / Math.max(bottom - top, 1e-6));
        this.over = Math.max(0, (right - left) * this.scale + 2 * MARGIN * ratio - width); // what does not fit
        this.left = MARGIN * ratio - left * this.scale;
        this.top = (height - (bottom + top) * this.scale) / 2;
    }

    /** Move along so that a point is in sight; true if that has moved the ink. */
    reveal(i) {
        const before = this.shift;
        const { width } = this.ink;
        const x = this.left + this.places[3 * i] * this.scale;
        if (x - this.shift < 0.1 * width || x - this.shift > 0.9 * width) this.shift = x - width / 2;
        this.shift = Math.round(Math.min(Math.max(this.shift, 0), this.over || 0));
        return this.shift !== before;
    }

    nearest(x, y) {
        let best = -1;
        let least = NEAR * devicePixelRatio;
        for (let i = 0; i < this.count; i++) {
            const [px, py] = this.place(i);
            const distance = Math.hypot(
                this.left - this.shift + px * this.scale - x,
                this.top + py * this.scale - y,
            );
            if (distance < least) [best, least] = [i, distance];
        }
        return best;
    }

    paint(cell) {
        const context = this.ink.getContext("2d");
        const { look, columns, scale, count } = this;
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, this.ink.width, this.ink.height);
        if (!scale) return;
        context.setTransform(scale, 0, 0, scale, this.left - this.shift, this.top);
        context.lineCap = context.lineJoin = "round";
        const pixel = devicePixelRatio / scale;
        const colour = (i) => (i < columns.count ? look.colour(columns.at(i, cell), cell) : null);
        // moves in the air
        context.setLineDash([0.01 * pixel, 4 * pixel]);
        context.lineWidth = 2 * pixel;
        for (let i = 1; i < count; i++) {
            if (!this.lifted(i - 1)) continue;
            context.beginPath();
            context.moveTo(...this.place(i - 1));
            context.lineTo(...this.place(i));
            context.strokeStyle = look.line;
            context.stroke();
            context.strokeStyle = colour(i) ?? look.line;
            context.stroke();
        }
        context.setLineDash([]);
        // the ink
        const { pieces } = this;
        context.lineWidth = CASING * pixel;
        context.strokeStyle = look.line;
        for (const [, path] of pieces) context.stroke(path);
        context.lineWidth = INK * pixel;
        for (const [i, path] of pieces) {
            context.strokeStyle = colour(i) ?? look.line;
            context.stroke(path);
        }
    }

    /** The ink that ends in point i, smoothed as draw.js does; of a stroke's first point only that point. */
    piece(i) {
        const path = new Path2D();
        const [x, y] = this.place(i);
        if (i === 0 || this.lifted(i - 1)) {
            path.moveTo(x, y);
            path.lineTo(x + SPECK, y);
            return path;
        }
        const begins = (k) => k === 0 || this.lifted(k - 1);
        const from = this.place(i - 1);
        const before = this.place(begins(i - 1) ? i - 1 : i - 2);
        const after = this.place(i + 1 < this.count && !this.lifted(i) ? i + 1 : i);
        path.moveTo(...from);
        path.bezierCurveTo(
            from[0] + (x - before[0]) / 6,
            from[1] + (y - before[1]) / 6,
            x - (after[0] - from[0]) / 6,
            y - (after[1] - from[1]) / 6,
            x,
            y,
        );
        return path;
    }

    paintRing(i, cell) {
        const context = this.ring.getContext("2d");
        const { look, columns } = this;
        context.clearRect(0, 0, this.ring.width, this.ring.height);
        if (!this.scale || i >= this.count || i >= columns.count) return;
        const [x, y] = this.place(i);
        const colour = look.colour(columns.at(i, cell), cell);
        ring(context, look, this.left - this.shift + x * this.scale, this.top + y * this.scale, colour);
    }
}
