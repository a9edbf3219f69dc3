/**
 * A figure of the cells: the heatmap, the cells at one point, the colour key and the ink. Its parts are found by their
 * classes; what has changed is drawn once, before the next frame. Columns that arrive are added to what is there.
 */
import { deviceSize, ring, watch } from "../canvas/canvas.js";
import { Surface } from "../canvas/draw.js";
import { CellGrid } from "./cell_grid.js";
import { ColourKey } from "./colour_key.js";
import { Columns, columns } from "./columns.js";
import { DisplayState } from "./display_state.js";
import { HeatMap } from "./heatmap.js";
import { InkStrip } from "./ink_strip.js";

export { columns };

/**
 * All views, by the ids of their figures.
 *
 * @type {Map<string, View>}
 */
export const views = new Map();

/** @typedef {"layout" | "image" | "ink" | "cross" | "columns"} Part what can be due to be drawn */

/** @type {Part[]} */
const ALL = ["layout", "image", "ink", "cross"];
/** @type {Part[]} */
const INK_AND_CHOICE = ["ink", "cross"];

// A frame has 8 ms for all drawing: new columns drawn in one, and the time after which the rest is left to the next.
const MAX_COLUMNS = 64;
const FRAME_MS = 3;

export class View {
    /**
     * @param {Element} root the figure
     * @param {Columns} columns its data, perhaps shared
     * @param {number} limit the value of the strongest colour
     * @param {number} wide CSS pixels a column; 0: as they fit
     * @param {(what: string, kind: string, column: number, row: number) => void} report where the pointer is: over the
     *     "map", the "grid" or the "ink"
     */
    constructor(root, columns, limit, wide, report) {
        views.set(root.id, this);
        this.columns = columns;
        this.display = new DisplayState(root, limit);
        /** @param {string} name */
        const find = (name) => /** @type {HTMLElement} */ (root.querySelector(name));
        this.map = new HeatMap(find(".map"), columns, this.display, wide, (kind, column, row) =>
            report("map", kind, column, row),
        );
        this.grid = new CellGrid(find(".grid"), columns, this.display, (kind, row) => report("grid", kind, 0, row));
        this.key = new ColourKey(find(".key"), this.display);
        const script = find(".ink-strip");
        this.inkStrip =
            script && new InkStrip(script, columns, this.display, (step) => report("ink", "choose", step, 0));
        this.parts = [this.map, this.grid, this.key, ...(script ? [this.inkStrip] : [])];
        this.cell = this.column = 0;
        this.names = ["", ""];
        /** @type {{text: string, column: number, row: number} | null} */
        this.tip = null;
        this.shown = false; // is anything drawn at all?
        this.asked = false;
        this.reveals = false; // is the chosen column to be scrolled into view?
        /** @type {Set<Part>} */
        this.due = new Set();
        this.drawn = 0; // columns that are drawn as they are now
        this.room = ""; // the numbers of rows and columns that are laid out
        this.scaled = 0; // the version of the scales that is drawn
        this.postponed = false; // were ink and choice left to this frame?
        this.waiting = false; // was the choice?
        columns.watchers.push((first) => this.arrived(first));
        this.sizes = ""; // of the parts, as they are laid out
        const refit = () => {
            if (String(this.measureParts()) !== this.sizes) this.ask(...ALL);
        };
        watch([...root.querySelectorAll(".map, .grid, .key, .ink-strip")], refit, () => {
            this.display.restyle();
            this.ask(...ALL);
        });
        this.map.scroller.addEventListener("scroll", () => {
            if (this.map.scrolled()) this.ask("image", "cross");
        });
    }

    /**
     * Have the columns from this number on drawn; if there are none, everything.
     *
     * @param {number} first
     */
    arrived(first) {
        if (!this.columns.count) this.begin();
        if (this.ready) this.measure();
        this.map.tiles.invalidate(first);
        this.drawn = Math.min(this.drawn, first);
        if (this.columns.count) this.ask("columns");
        else this.ask(...ALL);
    }

    /** How many columns can be drawn: on scales of the cells' own none before all are there, so each is drawn once. */
    get ready() {
        const { count, expected } = this.columns;
        return this.display.perCell && count < expected ? 0 : count;
    }

    begin() {
        this.map.begin();
        if (this.display.units !== this.columns.units) this.display.begin(this.columns.units);
    }

    /** Fit the scale of each cell to its values. */
    measure() {
        if (this.display.units === this.columns.units) this.display.measure(this.columns.peaks());
    }

    /**
     * Colour every cell on a scale of its own, or all on the same.
     *
     * @param {boolean} perCell
     */
    rescale(perCell) {
        this.display.perCell = perCell;
        this.measure();
        this.ask("image", "ink", "cross");
    }

    /**
     * Show another line's ink.
     *
     * @param {Float32Array} places x, y in x-heights and lift of each point
     */
    line(places) {
        this.inkStrip.begin(places);
        this.ask(...ALL);
    }

    /**
     * Colour a band along the ink by values of its points, the strongest by `limit`; no band if there are none.
     *
     * @param {Float32Array | null} values
     * @param {number} limit
     */
    tint(values, limit) {
        if (!this.inkStrip) return;
        this.inkStrip.tint = values?.length ? values.map((value) => value / limit) : null;
        this.ask("ink");
    }

    /**
     * Arrange the squares of all cells along a curve, or line by line.
     *
     * @param {boolean} curved
     */
    bend(curved) {
        this.grid.curved = curved;
        this.ask(...ALL);
    }

    /**
     * Choose a cell and a column, and give them names.
     *
     * @param {number} cell
     * @param {number} column
     * @param {string} cellName
     * @param {string} columnName
     */
    choose(cell, column, cellName, columnName) {
        if (cell !== this.cell) this.ask("ink");
        this.cell = Math.min(cell, Math.max(0, this.columns.units - 1));
        this.column = column;
        this.names = [columnName, cellName];
        this.reveals = true;
        this.ask("cross");
    }

    /**
     * Show a label at a value; "" for none. In the grid if `column` is negative.
     *
     * @param {string} text
     * @param {number} column
     * @param {number} row
     */
    say(text, column, row) {
        this.tip = text ? { text, column, row } : null;
        this.ask("cross");
    }

    /**
     * Show an order of the cells at once, with what each is multiplied by; the cells as they are if it does not fit them.
     *
     * @param {Int32Array} order
     * @param {Float32Array} signs
     */
    sort(order, signs) {
        if (order.length !== this.display.units) return this.unsort();
        this.display.turn(signs);
        this.display.sort(order);
        this.ask("image", "ink", "cross");
    }

    /** Show the cells as they are, in the order of their numbers. */
    unsort() {
        this.display.begin(this.columns.units);
        this.ask("image", "ink", "cross");
    }

    /** @param {ArrayLike<number>} order */
    aim(order) {
        this.display.aim(order);
    }

    /** Aim for the order of the cells' numbers. */
    aimAtNumbers() {
        this.display.aim(Int32Array.from({ length: this.display.units }, (_, i) => i));
    }

    /** @param {number} part */
    move(part) {
        this.ask("image", "cross");
        return this.display.move(part);
    }

    /**
     * @param {Float32Array} signs
     * @param {number} part
     */
    turnPart(signs, part) {
        this.display.turnPart(signs, part);
        this.ask("image", "ink", "cross");
    }

    /**
     * Return the value of a cell as it is shown; 0 if its column is not there.
     *
     * @param {number} column
     * @param {number} cell
     */
    value(column, cell) {
        return column < this.columns.count ? this.columns.at(column, cell) * this.display.signs[cell] : 0;
    }

    /**
     * Return [least, greatest] value of a cell as it is shown.
     *
     * @param {number} cell
     */
    range(cell) {
        const [least, greatest] = this.columns.range(cell);
        return this.display.signs[cell] < 0 ? [-greatest, -least] : [least, greatest];
    }

    /** @param {number} cell */
    limit(cell) {
        return this.display.limits[cell];
    }

    /** @param {number} row */
    cellIn(row) {
        return this.display.order[row];
    }

    /** @param {number} cell */
    rowOf(cell) {
        return this.display.rows[cell];
    }

    /**
     * Return the cell whose square lies so far to the right of a cell's and below it.
     *
     * @param {number} cell
     * @param {number} right
     * @param {number} down
     */
    beside(cell, right, down) {
        return this.cellIn(this.grid.beside(this.rowOf(cell), right, down));
    }

    /**
     * Draw a ring at a place of a Surface, in x-heights, in the colour of a value.
     *
     * @param {Surface} surface
     * @param {number} x
     * @param {number} y
     * @param {number} column
     * @param {number} cell
     */
    ringOn(surface, x, y, column, cell) {
        const { context, ratio } = surface;
        context.setTransform(1, 0, 0, 1, 0, 0);
        const left = ratio * (surface.left + (x - surface.pan) * surface.scale);
        const colour = this.display.colour(this.columns.at(column, cell), cell);
        ring(context, this.display, left, ratio * (surface.baseline + y * surface.scale), colour);
    }

    /**
     * Tell whether the figure is in view: while it is not, nothing is drawn, and afterwards all that has changed.
     *
     * @param {boolean} shown
     */
    see(shown) {
        this.shown = shown;
        if (shown) this.ask();
    }

    /**
     * Mark the columns from this number on as provisional.
     *
     * @param {number} settled
     */
    settle(settled) {
        this.map.settled = settled;
    }

    /** @param {Part[]} parts */
    ask(...parts) {
        for (const part of parts) this.due.add(part);
        if (this.asked || !this.shown || !this.due.size) return;
        this.asked = true;
        requestAnimationFrame(() => {
            this.asked = false;
            this.draw();
        });
    }

    /** Return the numbers of rows and columns that there has to be room for. */
    needed() {
        return `${this.columns.units} ${this.columns.length}`;
    }

    /** Return the size of each part's box, in device pixels. */
    measureParts() {
        return this.parts.map(({ box }) => deviceSize(box));
    }

    /** Lay out all parts: first every size is read, so that the browser lays out the page once. */
    layout() {
        this.room = this.needed();
        const sizes = this.measureParts();
        this.sizes = String(sizes);
        this.parts.forEach((part, i) => {
            part.layout(/** @type {[number, number]} */ (sizes[i]));
        });
    }

    /** Draw what is due, now; if that takes too long, the ink and then the choice with the next frames. */
    draw() {
        const { due, map, cell, inkStrip } = this;
        if (!this.shown || !due.size) return;
        const end = performance.now() + FRAME_MS;
        const [postponed, waiting] = [this.postponed, this.waiting];
        this.postponed = this.waiting = false;
        this.due = new Set();
        if (this.room !== this.needed()) for (const part of ALL) due.add(part);
        if (this.scaled !== this.display.scaled) for (const part of ALL.slice(1)) due.add(part);
        this.scaled = this.display.scaled;
        if (due.delete("layout")) {
            this.layout();
            if (!this.drawn && performance.now() > end) return this.ask(...due, "columns");
        }
        if (this.reveals && map.reveal(this.column)) due.add("image");
        if (inkStrip?.count && this.column < inkStrip.count && inkStrip.reveal(this.column)) due.add("ink");
        this.reveals = false;
        const first = this.drawn;
        const { ready } = this;
        this.drawn = Math.min(ready, first + MAX_COLUMNS);
        const fresh = first < this.drawn;
        due.delete("columns");
        if (this.drawn < ready) this.ask("columns");
        if (due.has("image") || (fresh && this.column >= first && this.column < this.drawn)) due.add("cross");
        if (fresh || due.has("image")) map.paint(due.has("image") ? 0 : first, this.drawn);
        due.delete("image");
        this.postponed = !postponed && performance.now() > end;
        if (this.postponed) return this.ask(...due, ...(fresh ? INK_AND_CHOICE : []));
        if (fresh || due.has("ink")) inkStrip?.paint(cell, due.has("ink") ? 0 : first, this.drawn);
        this.waiting = !waiting && due.has("cross") && performance.now() > end;
        if (this.waiting) return this.ask("cross");
        if (due.has("cross")) this.drawChoice();
    }

    /** Draw the crosshair, the squares, the key and the ring. */
    drawChoice() {
        const { column, cell, tip } = this;
        const known = column < this.columns.count && this.display.units > 0;
        const inGrid = tip?.column < 0;
        this.map.paintCross(column, this.rowOf(cell), this.names, inGrid ? null : tip);
        this.grid.paint(column, cell, inGrid ? tip : null);
        this.key.paint(known ? this.value(column, cell) : null, cell);
        this.inkStrip?.paintRing(column, cell);
    }
}

/**
 * A View; for Python, where a class of JavaScript is awkward to call.
 *
 * @param {ConstructorParameters<typeof View>} parts
 */
export const view = (...parts) => new View(...parts);

/** The module that compares two predictions, loaded on first use. */
export const comparison = () => import("./comparison.js");
