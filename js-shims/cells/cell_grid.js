/** All cells at one point, as squares in the order of the rows, line by line or along a Hilbert curve. */
/** @import {Columns} from "./columns.js" */
/** @import {DisplayState} from "./display_state.js" */
import { fit, label, trackPointer } from "../canvas/canvas.js";

// A square with its gap, in CSS pixels: about this large, and at most MAX_SQUARE in a network of few cells.
const SQUARE = 12;
const MAX_SQUARE = 24;
// Around all of them, so that the outline of one at the edge has room.
const EDGE = 3;

export class CellGrid {
    /**
     * @param {HTMLElement} box
     * @param {Columns} columns
     * @param {DisplayState} display
     * @param {(kind: string, row: number) => void} report
     */
    constructor(box, columns, display, report) {
        this.box = box;
        this.columns = columns;
        this.display = display;
        this.canvas = box.querySelector("canvas");
        this.side = this.across = this.edge = 0;
        this.curved = false; // line by line, or along a curve?
        this.places = this.rows = new Int32Array(0); // row -> place, counted line by line, and back
        trackPointer(this.canvas, (kind, event) => {
            if (!this.side || !columns.count) return;
            if (!event) return report(kind, 0);
            const x = this.squareAt(event.offsetX);
            const row = this.rows[this.squareAt(event.offsetY) * this.across + x];
            if (x >= 0 && x < this.across && row < columns.units) report(kind, row);
        });
    }

    /** @param {number} offset in CSS pixels from the canvas's edge */
    squareAt(offset) {
        return Math.floor(((offset - EDGE) * devicePixelRatio) / this.side);
    }

    /** @param {[number, number]} size of the box, in device pixels */
    layout([width]) {
        const ratio = devicePixelRatio;
        this.edge = Math.round(EDGE * ratio);
        const { units } = this.columns;
        if (!units || !width) return;
        this.across = Math.max(1, Math.min(Math.floor(width / (SQUARE * ratio)), units));
        this.side = Math.min(Math.floor(width / this.across), Math.round(MAX_SQUARE * ratio));
        const down = Math.ceil(units / this.across);
        const count = this.across * down;
        this.places = this.curved
            ? hilbertCurve(this.across, down)
            : Int32Array.from({ length: count }, (_, row) => row);
        this.rows = new Int32Array(count);
        this.places.forEach((place, row) => {
            this.rows[place] = row;
        });
        fit(this.canvas, this.across * this.side + 2 * this.edge, down * this.side + 2 * this.edge);
    }

    /**
     * Return the row whose square lies so far to the right of a row's and below it; the row itself if there is none.
     *
     * @param {number} row
     * @param {number} right
     * @param {number} down
     */
    beside(row, right, down) {
        if (!this.across) return row;
        const [x, y] = [(this.places[row] % this.across) + right, Math.floor(this.places[row] / this.across) + down];
        const there = x >= 0 && x < this.across && y >= 0 ? this.rows[y * this.across + x] : undefined;
        return there < this.columns.units ? there : row;
    }

    /**
     * @param {number} column
     * @param {number} cell the chosen one
     * @param {{text: string, row: number} | null} tip
     */
    paint(column, cell, tip) {
        const context = this.canvas.getContext("2d");
        const { columns, display, side, across, edge, places } = this;
        context.clearRect(0, 0, this.canvas.width, this.canvas.height);
        if (!side || display.units !== columns.units) return;
        const known = column < columns.count;
        const gap = Math.max(1, Math.round(devicePixelRatio));
        /** @param {number} row */
        const corner = (row) => [places[row] % across, Math.floor(places[row] / across)].map((n) => edge + n * side);
        // A pixel a cell, enlarged, with the gaps cut out of it.
        const down = Math.ceil(columns.units / across);
        const small = new OffscreenCanvas(across, down);
        const image = new ImageData(across, down);
        const pixels = new Uint32Array(image.data.buffer);
        for (let row = 0; row < columns.units; row++) {
            const some = display.order[row];
            const value = known ? columns.at(column, some) : 0;
            pixels[places[row]] = display.scale(display.signs[some])[display.code(value, some)];
        }
        small.getContext("2d").putImageData(image, 0, 0);
        context.imageSmoothingEnabled = false;
        context.drawImage(small, edge, edge, across * side, down * side);
        for (let i = 1; i <= across; i++) context.clearRect(edge + i * side - gap, edge, gap, down * side);
        for (let i = 1; i <= down; i++) context.clearRect(edge, edge + i * side - gap, across * side, gap);
        if (!known) return;
        const [x, y] = corner(display.rows[cell]);
        for (const [colour, width] of /** @type {[string, number][]} */ ([
            [display.paper, 4],
            [display.selected, 2],
        ])) {
            context.strokeStyle = colour;
            context.lineWidth = width * gap;
            context.strokeRect(x - gap, y - gap, side + gap, side + gap);
        }
        if (!tip) return;
        const [left, top] = corner(tip.row);
        const height = top < 2 * side ? top + 2.4 * side : top - side;
        label(context, display, tip.text, left + side / 2, height, 0, this.canvas.width);
    }
}

/**
 * Return the places of a rectangle, y * width + x, in the order of Hilbert's curve (1891), which visits each place next
 * to the one before and stays near where it was: what is close in the order is close in the plane. The curve for squares
 * whose side is a power of two is adapted to other rectangles.
 *
 * @param {number} width
 * @param {number} height
 */
export function hilbertCurve(width, height) {
    const places = new Int32Array(width * height);
    let found = 0;
    /** @param {Vector} place */
    const put = ([x, y]) => {
        places[found++] = y * width + x;
    };
    if (width >= height) walk([0, 0], [width, 0], [0, height], put);
    else walk([0, 0], [0, height], [width, 0], put);
    return places;
}

/** @typedef {[number, number]} Vector */

/** @type {(a: Vector, b: Vector) => Vector} */
const add = ([a, b], [c, d]) => [a + c, b + d];
/** @type {(a: Vector, b: Vector) => Vector} */
const subtract = ([a, b], [c, d]) => [a - c, b - d];
/** @type {(a: Vector) => Vector} */
const negate = ([a, b]) => [-a, -b];
/** @type {(side: Vector) => number} */
const size = ([a, b]) => Math.abs(a + b); // one of the two is 0
/** @type {(a: Vector) => Vector} */
const unit = ([a, b]) => [Math.sign(a), Math.sign(b)];
/** @type {(a: Vector) => Vector} */
const half = ([a, b]) => [Math.floor(a / 2), Math.floor(b / 2)];

/**
 * Walk from a corner of a rectangle along one side to its end, over the whole depth of the other side.
 *
 * @param {Vector} corner
 * @param {Vector} side
 * @param {Vector} depth
 * @param {(place: Vector) => void} put
 */
function walk(corner, side, depth, put) {
    const [along, across] = [unit(side), unit(depth)];
    if (size(side) === 1 || size(depth) === 1) {
        const step = size(depth) === 1 ? along : across;
        for (let n = Math.max(size(side), size(depth)), place = corner; n; n--, place = add(place, step)) put(place);
        return;
    }
    let [part, deep] = [half(side), half(depth)];
    if (2 * size(side) > 3 * size(depth)) {
        // Long and narrow: one piece after the other, the first of even length if possible, so that the ends meet.
        if (size(part) % 2 && size(side) > 2) part = add(part, along);
        walk(corner, part, depth, put);
        walk(add(corner, part), subtract(side, part), depth, put);
        return;
    }
    // Up, along, and down again.
    if (size(deep) % 2 && size(depth) > 2) deep = add(deep, across);
    walk(corner, deep, part, put);
    walk(add(corner, deep), side, subtract(depth, deep), put);
    const last = add(add(corner, subtract(side, along)), subtract(deep, across));
    walk(last, negate(deep), negate(subtract(side, part)), put);
}
