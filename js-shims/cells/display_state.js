/**
 * How a figure shows the cells: in which order, turned over or not, in which colours. While an order changes the cells
 * are on their way: each has a place that comes nearer to the one it aims at.
 */
import { diverging } from "../canvas/palette.js";

const COLOURS = ["text", "muted", "paper", "line", "rule", "ink", "focus"];

export class Look {
    /**
     * @param {Element} element whose style sheet says the colours
     * @param {number} limit the value that has the strongest colour
     */
    constructor(element, limit) {
        this.element = element;
        this.limit = limit;
        this.version = 0; // grows whenever all pixels are to be coloured anew
        this.restyle();
        this.begin(0);
    }

    /** The cells as they are, in the order of their numbers. */
    begin(units) {
        this.units = units;
        this.order = Int32Array.from({ length: units }, (_, i) => i); // row -> cell
        this.rows = this.order.slice(); // cell -> row
        this.places = Float32Array.from(this.order); // cell -> where its row is just now, not yet rounded
        this.aims = this.places.slice();
        this.signs = new Float32Array(units).fill(1); // cell -> what its values are multiplied by
        this.version++;
    }

    /** The colours, anew: the theme may have changed. */
    restyle() {
        this.palette = diverging(this.element);
        this.scales = new Map(); // sign -> the palette of a cell that is multiplied by it
        const style = getComputedStyle(this.element);
        for (const name of COLOURS) this[name] = style.getPropertyValue(`--${name}`);
        this.font = style.getPropertyValue("--sans");
        this.version++;
    }

    /** An order at once: row -> cell. */
    sort(order) {
        this.aim(order);
        this.places.set(this.aims);
        this.settle();
    }

    /** An order to move to. */
    aim(order) {
        order.forEach((cell, row) => (this.aims[cell] = row));
    }

    /** Every cell goes this part of the way that it still has to go; false once all are there. */
    move(part) {
        let farthest = 0;
        for (let cell = 0; cell < this.units; cell++) {
            const rest = this.aims[cell] - this.places[cell];
            farthest = Math.max(farthest, Math.abs(rest));
            this.places[cell] += rest * part;
        }
        if (farthest < 0.5) this.places.set(this.aims);
        this.settle();
        return farthest >= 0.5;
    }

    /** The rows from the places. */
    settle() {
        this.order.sort((a, b) => this.places[a] - this.places[b] || a - b);
        this.order.forEach((cell, row) => (this.rows[cell] = row));
        this.version++;
    }

    /** What every cell is multiplied by, from here on: 1, -1, or between the two on the way. */
    turn(signs) {
        this.signs.set(signs);
        this.version++;
    }

    /** The same, part of the way from 1 to these signs. */
    turnPart(signs, part) {
        this.turn(signs.map((sign) => 1 + (sign - 1) * part));
    }

    /** A value's place among the 256 colours. */
    code(value) {
        return Math.round(((Math.min(Math.max(value / this.limit, -1), 1) + 1) / 2) * 255);
    }

    /** The 256 colours of values that are shown multiplied by a sign. */
    scale(sign) {
        if (!this.scales.has(sign)) {
            if (this.scales.size > 16) this.scales.clear(); // those of the way there
            this.scales.set(
                sign,
                this.palette.map((_, code) => this.palette[Math.round(127.5 + (code - 127.5) * sign)]),
            );
        }
        return this.scales.get(sign);
    }

    /** The colour, as CSS writes it, of a cell's value. */
    colour(value, cell) {
        const colour = this.scale(this.signs[cell])[this.code(value)];
        return `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
    }
}
