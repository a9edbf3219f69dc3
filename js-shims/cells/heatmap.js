/**
 * The heatmap: cells down, points across. Its pixels are made once, a pixel a value, and only copied from then on; the
 * crosshair lies on a canvas of its own. A line that is longer than the figure is wide can be scrolled.
 */
import { BLOCK } from "./columns.js";
import { fit, label, point } from "../canvas/canvas.js";

// All in CSS pixels: how high all rows together are, as far as whole device pixels allow;
const HIGH = 500;
// the narrowest column, below which the map is scrolled rather than squeezed, and the widest;
const NARROWEST = 0.5;
const WIDEST = 12;
// the axis below the rows, the bar below that where it can be scrolled, and the least way between two ticks.
const AXIS = 22;
const BAR = 14;
const TICKS_APART = 64;
// Blocks of columns whose pixels are kept: twice what the widest screen shows at once.
const KEPT = 24;

export class HeatMap {
    /**
     * @param {Element} box holds canvas.image, canvas.cross, and over them .scroller with .span in it
     * @param {number} wide how wide a column is, in CSS pixels; 0: so that all of them fit
     * @param {(kind: string, column: number, row: number) => void} told
     */
    constructor(box, columns, look, wide, told) {
        Object.assign(this, { box, columns, look, wide });
        this.image = box.querySelector(".image");
        this.cross = box.querySelector(".cross");
        this.scroller = box.querySelector(".scroller");
        this.span = box.querySelector(".span");
        this.tiles = new Map(); // block -> its pixels
        this.settled = Infinity; // columns from here on may still change
        this.column = this.row = this.width = this.high = this.offset = 0;
        point(this.scroller, (kind, event) => {
            if (!this.column || !columns.count) return;
            if (!event) return told(kind, 0, 0);
            const frame = this.image.getBoundingClientRect();
            told(
                kind,
                this.columnAt((event.clientX - frame.left) * devicePixelRatio),
                this.rowAt((event.clientY - frame.top) * devicePixelRatio),
            );
        });
    }

    // --- where things are, in device pixels

    layout() {
        const ratio = devicePixelRatio;
        const { units, length } = this.columns;
        this.width = Math.floor(this.box.clientWidth * ratio);
        if (!units || !this.width) return;
        // With more cells than pixels a row is less than a pixel, and the rows are blended.
        this.row = units > HIGH * ratio ? (HIGH * ratio) / units : Math.floor((HIGH * ratio) / units);
        this.high = Math.round(this.row * units);
        const least = Math.max(1, Math.round(NARROWEST * ratio));
        this.column = this.wide
            ? Math.max(1, Math.round(this.wide * ratio))
            : Math.min(Math.max(this.width / Math.max(length, 1), least), WIDEST * ratio);
        const long = Math.round(length * this.column) > this.width;
        this.scroller.classList.toggle("long", long);
        this.span.style.width = long ? `${(length * this.column) / ratio}px` : "100%";
        this.box.style.height = `${(this.high + AXIS * ratio) / ratio + (long ? BAR : 0)}px`;
        for (const canvas of [this.image, this.cross]) fit(canvas, this.width, this.high + Math.round(AXIS * ratio));
        this.scrolled();
    }

    scrolled() {
        this.offset = Math.round(this.scroller.scrollLeft * devicePixelRatio);
    }

    /** The left edge of a column: always at a whole pixel, so that columns differ in width by one at the most. */
    edge(column) {
        return Math.round(column * this.column) - this.offset;
    }

    columnAt(x) {
        const column = Math.floor((x + this.offset) / this.column);
        return Math.min(Math.max(column, 0), this.columns.count - 1);
    }

    rowAt(y) {
        return Math.min(Math.max(Math.floor(y / this.row), 0), this.columns.units - 1);
    }

    /** Scroll so that a column is on the screen. */
    reveal(column) {
        const ratio = devicePixelRatio;
        if (this.edge(column) < 0 || this.edge(column + 1) > this.width) {
            this.scroller.scrollLeft = (column * this.column - this.width / 2) / ratio;
            this.scrolled();
        }
    }

    // --- the pixels

    /** The columns from number `first` on have changed. */
    stale(first) {
        for (const [block, tile] of this.tiles) {
            const at = Math.max(0, first - block * BLOCK);
            tile.coded = Math.min(tile.coded, at);
            tile.painted = Math.min(tile.painted, at);
        }
    }

    /** Every column is another one. */
    begin() {
        this.tiles.clear();
        this.settled = Infinity;
    }

    /** A block's pixels, one a value, up to date. */
    tile(block) {
        const { units, count } = this.columns;
        let tile = this.tiles.get(block);
        this.tiles.delete(block); // and back in as the youngest
        if (!tile) {
            const canvas = new OffscreenCanvas(BLOCK, units);
            const image = new ImageData(BLOCK, units);
            tile = {
                canvas,
                context: canvas.getContext("2d"),
                image,
                pixels: new Uint32Array(image.data.buffer),
                codes: new Uint8Array(BLOCK * units), // (units, BLOCK)
                coded: 0, // columns that are right in `codes`, and on the canvas
                painted: 0,
                version: 0,
            };
        }
        this.tiles.set(block, tile);
        for (const old of this.tiles.keys()) {
            if (this.tiles.size <= KEPT) break;
            this.tiles.delete(old);
        }
        const filled = Math.min(BLOCK, count - block * BLOCK);
        if (tile.coded < filled) this.encode(tile, block, filled);
        if (tile.version !== this.look.version) tile.painted = 0;
        if (tile.painted < filled) this.colour(tile, filled);
        return tile;
    }

    encode(tile, block, filled) {
        const { units, blocks } = this.columns;
        const values = blocks[block];
        const half = 127.5 / this.look.limit;
        for (let x = tile.coded; x < filled; x++) {
            for (let cell = 0; cell < units; cell++) {
                const code = Math.round(127.5 + values[x * units + cell] * half);
                tile.codes[cell * BLOCK + x] = code < 0 ? 0 : code > 255 ? 255 : code;
            }
        }
        tile.coded = filled;
    }

    colour(tile, filled) {
        const { look } = this;
        const { pixels, codes, painted } = tile;
        for (let row = 0; row < look.units; row++) {
            const cell = look.order[row];
            const scale = look.scale(look.signs[cell]);
            const from = cell * BLOCK;
            const to = row * BLOCK;
            for (let x = painted; x < filled; x++) pixels[to + x] = scale[codes[from + x]];
        }
        tile.context.putImageData(tile.image, 0, 0, painted, 0, filled - painted, look.units);
        tile.painted = filled;
        tile.version = look.version;
    }

    // --- the canvases

    paint() {
        const context = this.image.getContext("2d");
        const { width, high } = this;
        const { count, units } = this.columns;
        context.clearRect(0, 0, this.image.width, this.image.height);
        context.fillStyle = this.look.paper;
        context.fillRect(0, 0, width, high);
        if (!count || !this.column || this.look.units !== units) return;
        context.imageSmoothingEnabled = this.row < 1;
        const last = Math.min(count, Math.ceil((this.offset + width) / this.column));
        for (let from = Math.max(0, Math.floor(this.offset / this.column)); from < last; ) {
            const block = Math.floor(from / BLOCK);
            const to = Math.min(last, (block + 1) * BLOCK);
            const [left, right] = [this.edge(from), this.edge(to)];
            const { canvas } = this.tile(block);
            context.drawImage(canvas, from - block * BLOCK, 0, to - from, units, left, 0, right - left, high);
            from = to;
        }
    }

    /** The numbers of the points, but for those that would run into a label as wide as `taken` at `where`. */
    paintAxis(context, where, taken) {
        const ratio = devicePixelRatio;
        const { look, high } = this;
        const { length, count } = this.columns;
        context.font = `${11 * ratio}px ${look.font}`;
        context.textAlign = "center";
        context.textBaseline = "top";
        context.strokeStyle = context.fillStyle = look.muted;
        context.lineWidth = Math.max(1, Math.round(ratio));
        const least = (TICKS_APART * ratio) / this.column;
        const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((some) => some >= least) ?? 1000;
        for (let number = step; number <= length; number += step) {
            // points are counted from 1, columns from 0
            const x = Math.floor((this.edge(number - 1) + this.edge(number)) / 2) + 0.5;
            if (x < 12 * ratio || x > this.width - 12 * ratio) continue;
            context.beginPath();
            context.moveTo(x, high);
            context.lineTo(x, high + 4 * ratio);
            context.stroke();
            const apart = (taken + context.measureText(number).width) / 2 + 4 * ratio;
            if (Math.abs(x - where) > apart) context.fillText(number, x, high + 6.5 * ratio);
        }
        if (this.settled < count) {
            context.fillStyle = look.ink;
            context.fillRect(this.edge(this.settled), high, this.edge(count) - this.edge(this.settled), 3 * ratio);
        }
    }

    /** The crosshair, its two labels, and what is said of the value under the pointer. */
    paintCross(column, row, names, tip) {
        const context = this.cross.getContext("2d");
        const ratio = devicePixelRatio;
        const { look, width, high } = this;
        context.clearRect(0, 0, this.cross.width, this.cross.height);
        if (!this.column) return;
        if (column >= this.columns.count) return this.paintAxis(context, 0, 0);
        const [left, right] = [this.edge(column), this.edge(column + 1)];
        const [top, bottom] = [Math.floor(row * this.row), Math.ceil((row + 1) * this.row)];
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        // On either side of the row and the column, so that both can be seen.
        const thick = Math.max(1, Math.round(ratio));
        context.fillStyle = look.text;
        context.fillRect(0, top - 2 * thick, width, thick);
        context.fillRect(0, bottom + thick, width, thick);
        context.fillRect(left - 2 * thick, 0, thick, high);
        context.fillRect(right + thick, 0, thick, high);
        this.paintAxis(context, ...label(context, look, names[0], x, high + (AXIS * ratio) / 2 + 1.5 * ratio, 0, width));
        const side = x > width / 2 ? 0 : width;
        label(context, look, names[1], side, Math.min(Math.max(y, 10 * ratio), high - 10 * ratio), 0, width);
        if (!tip) return;
        const at = this.edge(tip.column) + this.column / 2;
        const above = (tip.row + 0.5) * this.row;
        const [dot, height] = [3 * ratio, above < 30 * ratio ? above + 20 * ratio : above - 18 * ratio];
        context.beginPath();
        context.arc(at, above, dot, 0, 7);
        context.fillStyle = look.paper;
        context.fill();
        context.strokeStyle = look.text;
        context.lineWidth = thick;
        context.stroke();
        label(context, look, tip.text, at, height, 0, width);
    }
}
