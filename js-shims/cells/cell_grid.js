/** All cells at one point, as squares in the order of the rows, line by line or along a curve; and the key of the colours. */
import { curve } from "./hilbert.js";
import { fit, label, point } from "../canvas/canvas.js";

// A square with its gap, in CSS pixels: about this large, and no larger than that for a network of few cells.
const SQUARE = 12;
const LARGEST = 24;
// Around all of them, so that the outline of one at the edge has room.
const EDGE = 3;

export class CellGrid {
    /** @param {(kind: string, row: number) => void} told */
    constructor(box, columns, look, told) {
        Object.assign(this, { box, columns, look });
        this.canvas = box.querySelector("canvas");
        this.side = this.across = 0;
        this.curved = false; // row by row, or along a curve?
        this.places = this.rows = null; // row -> place, counted line by line, and back
        point(this.canvas, (kind, event) => {
            if (!this.side || !columns.count) return;
            if (!event) return told(kind, 0);
            const across = (where) => Math.floor(((where - EDGE) * devicePixelRatio) / this.side);
            const x = across(event.offsetX);
            const row = this.rows[across(event.offsetY) * this.across + x];
            if (x >= 0 && x < this.across && row < columns.units) told(kind, row);
        });
    }

    layout() {
        const ratio = devicePixelRatio;
        this.edge = Math.round(EDGE * ratio);
        const width = Math.floor(this.box.clientWidth * ratio);
        const { units } = this.columns;
        if (!units || !width) return;
        this.across = Math.max(1, Math.min(Math.floor(width / (SQUARE * ratio)), units));
        this.side = Math.min(Math.floor(width / this.across), Math.round(LARGEST * ratio));
        const down = Math.ceil(units / this.across);
        const count = this.across * down;
        this.places = this.curved ? curve(this.across, down) : Int32Array.from({ length: count }, (_, row) => row);
        this.rows = new Int32Array(count);
        this.places.forEach((place, row) => (this.rows[place] = row));
        fit(this.canvas, this.across * this.side + 2 * this.edge, down * this.side + 2 * this.edge);
    }

    /** The row whose square lies so many squares to the right of a row's, and below it; the row itself if none does. */
    beside(row, right, down) {
        if (!this.across) return row;
        const [x, y] = [(this.places[row] % this.across) + right, Math.floor(this.places[row] / this.across) + down];
        const there = x >= 0 && x < this.across && y >= 0 ? this.rows[y * this.across + x] : undefined;
        return there < this.columns.units ? there : row;
    }

    paint(column, cell, tip) {
        const context = this.canvas.getContext("2d");
        const { columns, look, side, across, edge, places } = this;
        context.clearRect(0, 0, this.canvas.width, this.canvas.height);
        if (!side || look.units !== columns.units) return;
        const known = column < columns.count;
        const gap = Math.max(1, Math.round(devicePixelRatio));
        const corner = (row) => [places[row] % across, Math.floor(places[row] / across)].map((n) => edge + n * side);
        // A pixel a cell, made large, and the gaps cut out of it.
        const down = Math.ceil(columns.units / across);
        const small = new OffscreenCanvas(across, down);
        const image = new ImageData(across, down);
        const pixels = new Uint32Array(image.data.buffer);
        for (let row = 0; row < columns.units; row++) {
            const some = look.order[row];
            const value = known ? columns.at(column, some) : 0;
            pixels[places[row]] = look.scale(look.signs[some])[look.code(value)];
        }
        small.getContext("2d").putImageData(image, 0, 0);
        context.imageSmoothingEnabled = false;
        context.drawImage(small, edge, edge, across * side, down * side);
        for (let i = 1; i <= across; i++) context.clearRect(edge + i * side - gap, edge, gap, down * side);
        for (let i = 1; i <= down; i++) context.clearRect(edge, edge + i * side - gap, across * side, gap);
        if (!known) return;
        const [x, y] = corner(look.rows[cell]);
        for (const [colour, width] of [
            [look.paper, 4],
            [look.text, 2],
        ]) {
            context.strokeStyle = colour;
            context.lineWidth = width * gap;
            context.strokeRect(x - gap, y - gap, side + gap, side + gap);
        }
        if (!tip) return;
        const [left, top] = corner(tip.row);
        label(context, look, tip.text, left + side / 2, top < 2 * side ? top + 2.4 * side : top - side, 0, this.canvas.width);
    }
}

// The key, in CSS pixels: its bar, and the room for the ends of the words under it.
const BAR = 10;
const KEY = 34;

/** The scale with its ticks, and a mark at one value. */
export class Key {
    constructor(box, look) {
        Object.assign(this, { box, look });
        this.canvas = box.querySelector("canvas");
    }

    layout() {
        const width = Math.floor(this.box.clientWidth * devicePixelRatio);
        if (width) fit(this.canvas, width, Math.round(KEY * devicePixelRatio));
    }

    /** `value` is what is shown, or null. */
    paint(value) {
        const context = this.canvas.getContext("2d");
        const ratio = devicePixelRatio;
        const { look } = this;
        const { width } = this.canvas;
        const [top, high] = [6 * ratio, BAR * ratio];
        context.clearRect(0, 0, width, this.canvas.height);
        const line = new ImageData(width, 1);
        const pixels = new Uint32Array(line.data.buffer);
        for (let x = 0; x < width; x++) pixels[x] = look.palette[Math.round((255 * x) / (width - 1))];
        for (let y = 0; y < high; y++) context.putImageData(line, 0, Math.round(top) + y);
        context.fillStyle = context.strokeStyle = look.muted;
        context.lineWidth = Math.max(1, Math.round(ratio));
        context.font = `${11 * ratio}px ${look.font}`;
        context.textBaseline = "top";
        const { limit } = look;
        const at = (some) => ((Math.min(Math.max(some / limit, -1), 1) + 1) / 2) * (width - 1);
        for (let tick = -limit; tick <= limit; tick++) {
            const x = Math.min(Math.floor(at(tick)) + 0.5, width - 0.5);
            context.beginPath();
            context.moveTo(x, top + high);
            context.lineTo(x, top + high + 4 * ratio);
            context.stroke();
        }
        const words = [
            ["left", 0, `\u2212${limit} or less`],
            ["center", width / 2, "0"],
            ["right", width, `${limit} or more`],
        ];
        for (const [align, x, text] of words) {
            context.textAlign = align;
            context.fillText(text, x, top + high + 6 * ratio);
        }
        if (value === null) return;
        const x = Math.min(Math.max(at(value), 5 * ratio), width - 5 * ratio);
        context.fillStyle = look.text;
        context.beginPath();
        context.moveTo(x, top + 1 * ratio);
        context.lineTo(x - 4.5 * ratio, 0);
        context.lineTo(x + 4.5 * ratio, 0);
        context.fill();
    }
}
