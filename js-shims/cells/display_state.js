/**
 * How a figure shows its cells: their order, signs and colours. While the order changes, the rows animate:
 * each cell has a place that moves towards its new row.
 */
import { theme } from "../canvas/canvas.js";
import { colourIndex, css, diverging } from "../canvas/palette.js";

const MIN_LIMIT = 1e-6; // of a cell that never changes from 0
const MAX_SCALES = 16; // palettes that are kept; those of signs in between are needed only briefly

export class DisplayState {
    /**
     * @param {Element} element whose style sheet has the colours
     * @param {number} limit the value that has the strongest colour
     */
    constructor(element, limit) {
        this.element = element;
        this.limit = limit;
        this.perCell = false; // has each cell a scale of its own, so that its peak has the strongest colour?
        this.version = 0; // grows whenever all pixels have to be coloured again
        this.scaled = 0; // grows whenever a cell's limit has changed
        this.limits = new Float32Array(0); // cell -> the value that has the strongest colour
        this.text = this.muted = this.paper = this.line = this.ink = this.selected = this.font = ""; // of the theme
        this.restyle();
        this.begin(0);
    }

    /**
     * Show the cells as they are, in the order of their numbers.
     *
     * @param {number} units
     */
    begin(units) {
        this.units = units;
        this.order = Int32Array.from({ length: units }, (_, i) => i); // row -> cell
        this.rows = this.order.slice(); // cell -> row
        this.places = Float32Array.from(this.order); // cell -> where it is now, a row and a fraction
        this.aims = this.places.slice(); // cell -> the row that it moves to
        this.signs = new Float32Array(units).fill(1); // cell -> what its values are multiplied by
        if (this.limits.length !== units) this.limits = new Float32Array(units).fill(this.limit);
        this.version++;
    }

    /**
     * Give every cell the limit of its scale: its own greatest magnitude, or the same for all.
     *
     * @param {Float32Array} peaks the greatest magnitude of each cell
     */
    measure(peaks) {
        const limits = peaks.map((peak) => (this.perCell ? Math.max(peak, MIN_LIMIT) : this.limit));
        if (limits.length === this.limits.length && limits.every((limit, cell) => limit === this.limits[cell]))
            return;
        this.limits = limits;
        this.scaled++;
        this.version++;
    }

    /** Read the colours again: the theme may have changed. */
    restyle() {
        this.palette = diverging(this.element);
        /** @type {Map<number, Uint32Array>} */
        this.scales = new Map(); // sign -> the palette of a cell that is multiplied by it
        Object.assign(this, theme(this.element, "text", "muted", "paper", "line", "ink", "selected"));
        this.version++;
    }

    /**
     * Show an order (row -> cell) at once.
     *
     * @param {ArrayLike<number>} order
     */
    sort(order) {
        this.aim(order);
        this.places.set(this.aims);
        this.settle();
    }

    /**
     * Set the order (row -> cell) to move to.
     *
     * @param {ArrayLike<number>} order
     */
    aim(order) {
        for (let row = 0; row < order.length; row++) this.aims[order[row]] = row;
    }

    /**
     * Move every cell by this part of the way that it has left; return false when all have arrived.
     *
     * @param {number} part
     */
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

    /** Derive the rows from the places. */
    settle() {
        this.order.sort((a, b) => this.places[a] - this.places[b] || a - b);
        this.order.forEach((cell, row) => {
            this.rows[cell] = row;
        });
        this.version++;
    }

    /**
     * Set what every cell is multiplied by: 1, -1, or between the two while it changes.
     *
     * @param {ArrayLike<number>} signs
     */
    turn(signs) {
        this.signs.set(signs);
        this.version++;
    }

    /**
     * Set the same, part of the way from 1 to these signs.
     *
     * @param {Float32Array} signs
     * @param {number} part
     */
    turnPart(signs, part) {
        this.turn(signs.map((sign) => 1 + (sign - 1) * part));
    }

    /**
     * Return the number, 0 to 255, of the colour of a cell's value.
     *
     * @param {number} value
     * @param {number} cell
     */
    code(value, cell) {
        return colourIndex(value / this.limits[cell]);
    }

    /**
     * Return the 256 colours of values that are shown multiplied by a sign.
     *
     * @param {number} sign
     */
    scale(sign) {
        let scale = this.scales.get(sign);
        if (!scale) {
            if (this.scales.size > MAX_SCALES) this.scales.clear();
            scale = this.palette.map((_, code) => this.palette[Math.round(127.5 + (code - 127.5) * sign)]);
            this.scales.set(sign, scale);
        }
        return scale;
    }

    /**
     * Return the colour of a cell's value, as CSS writes it.
     *
     * @param {number} value
     * @param {number} cell
     */
    colour(value, cell) {
        return css(this.scale(this.signs[cell])[this.code(value, cell)]);
    }
}
