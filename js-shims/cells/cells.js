/**
 * A figure of the cells: the heatmap, the cells at one point, the colour key and the ink. Its parts are found by their
 * classes; what has changed is drawn once, before the next frame.
 */
import { ring, watch } from "../canvas/canvas.js";
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

/** @typedef {"layout" | "image" | "ink" | "cross"} Part what can be due to be drawn */

/** @type {Part[]} */
const ALL = ["layout", "image", "ink", "cross"];

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
        columns.watchers.push((first) => {
            if (!first && !columns.count) this.begin();
            this.measure();
            this.map.tiles.invalidate(first);
            this.ask(...ALL);
        });
        const refit = () => this.ask(...ALL);
        watch([...root.querySelectorAll(".map, .grid, .key, .ink-strip")], refit, () => {
            this.display.restyle();
            refit();
        });
        this.map.scroller.addEventListener("scroll", () => {
            this.map.scrolled();
            this.ask("image", "cross");
        });
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

    /** Draw what is due, now. */
    draw() {
        const { due, map, cell } = this;
        if (!this.shown) return;
        this.due = new Set();
        if (due.has("layout")) for (const part of this.parts) part.layout();
        if (this.reveals) map.reveal(this.column);
        const strip = this.inkStrip;
        if (strip?.count && this.column < strip.count && strip.reveal(this.column)) due.add("ink");
        this.reveals = false;
        if (due.has("image")) map.paint();
        if (due.has("ink")) strip?.paint(cell);
        if (!due.has("cross") && !due.has("image")) return;
        const known = this.column < this.columns.count && this.display.units > 0;
        const inGrid = this.tip?.column < 0;
        map.paintCross(this.column, this.rowOf(cell), this.names, inGrid ? null : this.tip);
        this.grid.paint(this.column, cell, inGrid ? this.tip : null);
        this.key.paint(known ? this.value(this.column, cell) : null, cell);
        strip?.paintRing(this.column, cell);
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
