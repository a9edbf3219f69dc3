/**
 * The cells of a line or of growing ink: a column of values a point, in blocks, so that it grows without being copied.
 */

export const BLOCK = 256;

export class Columns {
    constructor() {
        this.watchers = []; // called with the number of the first column that is new or gone
        this.begin(0, 0);
    }

    /** Begin anew, with so many values in a column; `expected` columns will come, if that is known. */
    begin(units, expected) {
        this.units = units;
        this.expected = expected;
        this.count = 0; // of the columns that are there: they come in order
        this.blocks = [];
        this.tell(0);
    }

    /** As many columns as there is to be room for on the screen. */
    get length() {
        return Math.max(this.count, this.expected);
    }

    /** Columns (k, units) from number `first` on; whatever was there from there on is gone. */
    put(first, values) {
        const { units } = this;
        const k = values.length / units;
        for (let i = 0; i < k; ) {
            const block = Math.floor((first + i) / BLOCK);
            const at = (first + i) % BLOCK;
            const some = Math.min(k - i, BLOCK - at);
            this.blocks[block] ??= new Float32Array(BLOCK * units);
            this.blocks[block].set(values.subarray(i * units, (i + some) * units), at * units);
            i += some;
        }
        this.count = first + k;
        this.tell(first);
    }

    /** The value of a cell in a column that is there. */
    at(column, cell) {
        return this.blocks[Math.floor(column / BLOCK)][(column % BLOCK) * this.units + cell];
    }

    /** The least and the greatest value of a cell over all columns that are there: [least, greatest]. */
    range(cell) {
        let least = Infinity;
        let greatest = -Infinity;
        for (let column = 0; column < this.count; column++) {
            const value = this.at(column, cell);
            if (value < least) least = value;
            if (value > greatest) greatest = value;
        }
        return [least, greatest];
    }

    tell(first) {
        for (const watcher of this.watchers) watcher(first);
    }
}

/** Columns; for Python, where a class of JavaScript is awkward to call. */
export const columns = () => new Columns();
