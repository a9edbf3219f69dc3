/**
 * The heatmap: cells down, points across. Its pixels are made once (heat_tiles.js) and then only copied; the crosshair
 * lies on a canvas of its own. A line that is longer than the figure is wide can be scrolled.
 */
/** @import {Context} from "../canvas/canvas.js" */
/** @import {Columns} from "./columns.js" */
/** @import {DisplayState} from "./display_state.js" */
import { fit, label, trackPointer } from "../canvas/canvas.js";
import { BLOCK } from "./columns.js";
import { HeatTiles } from "./heat_tiles.js";

// All in CSS pixels: how high all rows together are, as far as whole device pixels allow;
const HIGH = 500;
// the narrowest column, below which the map scrolls, and the widest;
const MIN_COLUMN = 0.5;
const MAX_COLUMN = 12;
// the axis below the rows, the bar below that where it can be scrolled, and the least distance between two ticks.
const AXIS = 22;
const BAR = 14;
const TICKS_APART = 64;

export class HeatMap {
    /**
     * @param {HTMLElement} box holds canvas.image, canvas.cross, and over them .scroller with .span in it
     * @param {Columns} columns
     * @param {DisplayState} display
     * @param {number} wide how wide a column is, in CSS pixels; 0: so that all of them fit
     * @param {(kind: string, column: number, row: number) => void} report
     */
    constructor(box, columns, display, wide, report) {
        this.box = box;
        this.columns = columns;
        this.display = display;
        this.wide = wide;
        this.image = /** @type {HTMLCanvasElement} */ (box.querySelector(".image"));
        this.cross = /** @type {HTMLCanvasElement} */ (box.querySelector(".cross"));
        this.scroller = /** @type {HTMLElement} */ (box.querySelector(".scroller"));
        this.span = /** @type {HTMLElement} */ (box.querySelector(".span"));
        this.tiles = new HeatTiles(columns, display);
        this.settled = Infinity; // columns from here on may still change
        this.column = this.row = this.width = this.high = this.offset = 0;
        this.painted = 0; // columns on the canvas
        trackPointer(this.scroller, (kind, event) => {
            if (!this.column || !columns.count) return;
            if (!event) return report(kind, 0, 0);
            const frame = this.image.getBoundingClientRect();
            report(
                kind === "choose" && event.shiftKey ? "extend" : kind,
                this.columnAt((event.clientX - frame.left) * devicePixelRatio),
                this.rowAt((event.clientY - frame.top) * devicePixelRatio),
            );
        });
    }

    // --- where things are, in device pixels

    /** @param {[number, number]} size of the box, in device pixels */
    layout([width]) {
        const ratio = devicePixelRatio;
        const { units, length } = this.columns;
        this.width = width;
        if (!units || !this.width) return;
        // With more cells than pixels a row is less than a pixel, and the rows are blended.
        this.row = units > HIGH * ratio ? (HIGH * ratio) / units : Math.floor((HIGH * ratio) / units);
        this.high = Math.round(this.row * units);
        const least = Math.max(1, Math.round(MIN_COLUMN * ratio));
        this.column = this.wide
            ? Math.max(1, Math.round(this.wide * ratio))
            : Math.min(Math.max(this.width / Math.max(length, 1), least), MAX_COLUMN * ratio);
        const long = Math.round(length * this.column) > this.width;
        this.scroller.classList.toggle("long", long);
        this.span.style.width = long ? `${(length * this.column) / ratio}px` : "100%";
        // what stands beside the rows is as high as they are
        /** @type {HTMLElement} */ (this.box.closest(".stage")).style.setProperty("--rows", `${this.high / ratio}px`);
        this.box.style.height = `${(this.high + AXIS * ratio) / ratio + (long ? BAR : 0)}px`;
        for (const canvas of [this.image, this.cross]) fit(canvas, this.width, this.high + Math.round(AXIS * ratio));
        if (!long) this.offset = 0;
    }

    /** Read how far the map is scrolled; return whether that has changed. */
    scrolled() {
        const before = this.offset;
        this.offset = Math.round(this.scroller.scrollLeft * devicePixelRatio);
        return this.offset !== before;
    }

    /**
     * Return the left edge of a column: a whole pixel, so that columns differ in width by one pixel at most.
     *
     * @param {number} column
     */
    edge(column) {
        return Math.round(column * this.column) - this.offset;
    }

    /** @param {number} x */
    columnAt(x) {
        const column = Math.floor((x + this.offset) / this.column);
        return Math.min(Math.max(column, 0), this.columns.count - 1);
    }

    /** @param {number} y */
    rowAt(y) {
        return Math.min(Math.max(Math.floor(y / this.row), 0), this.columns.units - 1);
    }

    /**
     * Scroll so that a column is in view; return whether that has moved the map.
     *
     * @param {number} column
     */
    reveal(column) {
        if (this.edge(column) >= 0 && this.edge(column + 1) <= this.width) return false;
        this.scroller.scrollLeft = (column * this.column - this.width / 2) / devicePixelRatio;
        return this.scrolled();
    }

    // --- the canvases

    /** Start again with other columns. */
    begin() {
        this.tiles.clear();
        this.settled = Infinity;
    }

    /**
     * Paint the columns from number `first` up to `count`; the others stay as they are, unless `first` is 0.
     *
     * @param {number} first
     * @param {number} count
     */
    paint(first, count) {
        const context = this.image.getContext("2d");
        const { width, high } = this;
        const { units } = this.columns;
        // Rows that are blended are blended with the columns beside them, too.
        if (count < this.painted || this.row < 1) first = 0;
        this.painted = count;
        if (!first) {
            context.clearRect(0, 0, this.image.width, this.image.height);
            context.fillStyle = this.display.paper;
            context.fillRect(0, 0, width, high);
        }
        if (!count || !this.column || this.display.units !== units) return;
        context.imageSmoothingEnabled = this.row < 1;
        const last = Math.min(count, Math.ceil((this.offset + width) / this.column));
        for (let from = Math.max(first, Math.floor(this.offset / this.column)); from < last; ) {
            const block = Math.floor(from / BLOCK);
            const to = Math.min(last, (block + 1) * BLOCK);
            const [left, right] = [this.edge(from), this.edge(to)];
            const { canvas } = this.tiles.get(block, count);
            context.drawImage(canvas, from - block * BLOCK, 0, to - from, units, left, 0, right - left, high);
            from = to;
        }
    }

    /**
     * Draw the numbers of the points, except those that would touch a label as wide as `taken` at `where`.
     *
     * @param {Context} context
     * @param {number} where
     * @param {number} taken
     */
    paintAxis(context, where, taken) {
        const ratio = devicePixelRatio;
        const { display, high } = this;
        const { length, count } = this.columns;
        context.font = `${11 * ratio}px ${display.font}`;
        context.textAlign = "center";
        context.textBaseline = "top";
        context.strokeStyle = context.fillStyle = display.muted;
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
            const apart = (taken + context.measureText(String(number)).width) / 2 + 4 * ratio;
            if (Math.abs(x - where) > apart) context.fillText(String(number), x, high + 6.5 * ratio);
        }
        if (this.settled < count) {
            context.fillStyle = display.ink;
            context.fillRect(this.edge(this.settled), high, this.edge(count) - this.edge(this.settled), 3 * ratio);
        }
    }

    /**
     * Draw the crosshair, its two labels, and the label of the value under the pointer.
     *
     * @param {number} column
     * @param {number} row
     * @param {string[]} names of the column and of the row
     * @param {{text: string, column: number, row: number} | null} tip
     */
    paintCross(column, row, names, tip) {
        const context = this.cross.getContext("2d");
        const ratio = devicePixelRatio;
        const { display, width, high } = this;
        context.clearRect(0, 0, this.cross.width, this.cross.height);
        if (!this.column) return;
        if (column >= this.columns.count) return this.paintAxis(context, 0, 0);
        const [left, right] = [this.edge(column), this.edge(column + 1)];
        const [top, bottom] = [Math.floor(row * this.row), Math.ceil((row + 1) * this.row)];
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        // On either side of the row and the column, so that both can be seen.
        const thick = Math.max(1, Math.round(ratio));
        const chosen = { text: display.selected, paper: display.paper, font: display.font };
        context.fillStyle = display.selected;
        context.fillRect(0, top - 2 * thick, width, thick);
        context.fillRect(0, bottom + thick, width, thick);
        context.fillRect(left - 2 * thick, 0, thick, high);
        context.fillRect(right + thick, 0, thick, high);
        const below = high + (AXIS * ratio) / 2 + 1.5 * ratio;
        const [where, taken] = label(context, chosen, names[0], x, below, 0, width);
        this.paintAxis(context, where, taken);
        const side = x > width / 2 ? 0 : width;
        label(context, chosen, names[1], side, Math.min(Math.max(y, 10 * ratio), high - 10 * ratio), 0, width);
        if (!tip) return;
        const at = this.edge(tip.column) + this.column / 2;
        const above = (tip.row + 0.5) * this.row;
        const [dot, height] = [3 * ratio, above < 30 * ratio ? above + 20 * ratio : above - 18 * ratio];
        context.beginPath();
        context.arc(at, above, dot, 0, 7);
        context.fillStyle = display.paper;
        context.fill();
        context.strokeStyle = display.text;
        context.lineWidth = thick;
        context.stroke();
        label(context, display, tip.text, at, height, 0, width);
    }
}
