/**
 * A figure of the cells, drawn: the heatmap, the cells at one point, the key, and the ink. What belongs to them is found
 * by its class in the figure; whatever has to be drawn anew is drawn once before the next frame.
 */
import { CellGrid, Key } from "./cell_grid.js";
import { columns } from "./columns.js";
import { HeatMap } from "./heatmap.js";
import { Look } from "./display_state.js";
import { ring, watch } from "../canvas/canvas.js";
import { Trace } from "../ink/ink_strip.js";

export { columns };

/** The views there are, by the ids of their figures, for whoever wants to check what they show. */
export const views = new Map();

export class View {
    /**
     * @param {Element} root the figure
     * @param {Columns} columns its data, perhaps shared
     * @param {number} limit the value of the strongest colour
     * @param {number} wide CSS pixels a column; 0: as they fit
     * @param {(what: string, kind: string, column: number, row: number) => void} told where the pointer is: over the
     *     "map", the "grid" or the "ink"
     */
    constructor(root, columns, limit, wide, told) {
        views.set(root.id, this);
        this.columns = columns;
        this.look = new Look(root, limit);
        const find = (name) => root.querySelector(name);
        this.map = new HeatMap(find(".map"), columns, this.look, wide, (kind, column, row) =>
            told("map", kind, column, row),
        );
        this.grid = new CellGrid(find(".grid"), columns, this.look, (kind, row) => told("grid", kind, 0, row));
        this.key = new Key(find(".key"), this.look);
        const script = find(".script");
        this.trace = script && new Trace(script, columns, this.look, (step) => told("ink", "choose", step, 0));
        this.parts = [this.map, this.grid, this.key, this.trace].filter(Boolean);
        this.cell = this.column = 0;
        this.names = ["", ""];
        this.tip = null;
        this.shown = false; // is anything to be drawn at all?
        this.due = new Set(); // of "layout", "image", "ink", "cross"
        columns.watchers.push((first) => {
            if (!first && !columns.count) this.begin();
            this.map.stale(first);
            this.ask("layout", "image", "ink", "cross");
        });
        for (const box of root.querySelectorAll(".map, .grid, .key, .script")) {
            const refit = () => this.ask("layout", "image", "ink", "cross");
            watch(box, refit, () => {
                this.look.restyle();
                refit();
            });
        }
        this.map.scroller.addEventListener("scroll", () => {
            this.map.scrolled();
            this.ask("image", "cross");
        });
    }

    begin() {
        this.map.begin();
        if (this.look.units !== this.columns.units) this.look.begin(this.columns.units);
    }

    /** Another line's ink: x, y in x-heights and lift of each point. */
    line(places) {
        this.trace.begin(places);
        this.ask("layout", "image", "ink", "cross");
    }

    /** Do the squares of all cells follow a curve, or go line by line? */
    bend(curved) {
        this.grid.curved = curved;
        this.ask("layout", "image", "ink", "cross");
    }

    /** The chosen cell and column, and what they are called. */
    choose(cell, column, cellName, columnName) {
        if (cell !== this.cell) this.ask("ink");
        this.cell = Math.min(cell, Math.max(0, this.columns.units - 1));
        this.column = column;
        this.names = [columnName, cellName];
        this.reveals = true;
        this.ask("cross");
    }

    /** What is said of the value under the pointer; "" if nothing is. In the grid if `column` is negative. */
    say(text, column, row) {
        this.tip = text ? { text, column, row } : null;
        this.ask("cross");
    }

    /** An order of the cells at once, and what each is multiplied by; none if it is one of other cells. */
    sort(order, signs) {
        if (order.length !== this.look.units) return this.unsort();
        this.look.turn(signs);
        this.look.sort(order);
        this.ask("image", "ink", "cross");
    }

    /** The cells in the order of their numbers, as they are. */
    unsort() {
        this.look.begin(this.columns.units);
        this.ask("image", "ink", "cross");
    }

    aim(order) {
        this.look.aim(order);
    }

    move(part) {
        this.ask("image", "cross");
        return this.look.move(part);
    }

    turnPart(signs, part) {
        this.look.turnPart(signs, part);
        this.ask("image", "ink", "cross");
    }

    /** The value of a cell as it is shown; 0 if its column is not there. */
    value(column, cell) {
        return column < this.columns.count ? this.columns.at(column, cell) * this.look.signs[cell] : 0;
    }

    /** The least and the greatest value of a cell as it is shown. */
    range(cell) {
        const [least, greatest] = this.columns.range(cell);
        return this.look.signs[cell] < 0 ? [-greatest, -least] : [least, greatest];
    }

    cellIn(row) {
        return this.look.order[row];
    }

    rowOf(cell) {
        return this.look.rows[cell];
    }

    /** The cell whose square among all cells lies so many squares to the right of a cell's, and below it. */
    beside(cell, right, down) {
        return this.cellIn(this.grid.beside(this.rowOf(cell), right, down));
    }

    /** Ring a place, in x-heights, on a Surface, in the colour of a value. */
    ringOn(surface, x, y, column, cell) {
        const { context, ratio } = surface;
        context.setTransform(1, 0, 0, 1, 0, 0);
        const left = ratio * (surface.left + (x - surface.pan) * surface.scale);
        const colour = this.look.colour(this.columns.at(column, cell), cell);
        ring(context, this.look, left, ratio * (surface.baseline + y * surface.scale), colour);
    }

    /** Nothing is drawn while the figure is out of sight; all that has changed meanwhile, when it is seen again. */
    see(shown) {
        this.shown = shown;
        if (shown) this.ask();
    }

    /** Columns from this number on may still change. */
    settle(settled) {
        this.map.settled = settled;
    }

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
        if (this.trace?.count && this.column < this.trace.count && this.trace.reveal(this.column)) due.add("ink");
        this.reveals = false;
        if (due.has("image")) map.paint();
        if (due.has("ink")) this.trace?.paint(cell);
        if (!due.has("cross") && !due.has("image")) return;
        const known = this.column < this.columns.count && this.look.units > 0;
        const inGrid = this.tip?.column < 0;
        map.paintCross(this.column, this.rowOf(cell), this.names, inGrid ? null : this.tip);
        this.grid.paint(this.column, cell, inGrid ? this.tip : null);
        this.key.paint(known ? this.value(this.column, cell) : null);
        this.trace?.paintRing(this.column, cell);
    }
}

/** A View; for Python, where a class of JavaScript is awkward to call. */
export const view = (...parts) => new View(...parts);
