/** The cells of a line or of growing ink: one column of values for each point, in blocks that grow without copies. */

export const BLOCK = 256; // columns

export class Columns {
    constructor() {
        /** @type {((first: number) => void)[]} */
        this.watchers = []; // called with the number of the first column that is new or gone
        this.begin(0, 0);
    }

    /**
     * Start again without columns.
     *
     * @param {number} units values in a column
     * @param {number} expected how many columns will come, 0 if that is not known
     */
    begin(units, expected) {
        this.units = units;
        this.expected = expected;
        this.count = 0; // of the columns that are there: they come in order
        /** @type {Float32Array[]} */
        this.blocks = [];
        this.notify(0);
    }

    /** For how many columns the screen must have room. */
    get length() {
        return Math.max(this.count, this.expected);
    }

    /**
     * Put columns (k, units) in place from number `first` on; those that were there from there on are gone.
     *
     * @param {number} first
     * @param {Float32Array} values
     */
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
        this.notify(first);
    }

    /**
     * Return the value of a cell in a column that is there.
     *
     * @param {number} column
     * @param {number} cell
     */
    at(column, cell) {
        return this.blocks[Math.floor(column / BLOCK)][(column % BLOCK) * this.units + cell];
    }

    /**
     * Return [least, greatest] value of a cell.
     *
     * @param {number} cell
     */
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

    /** @param {number} first */
    notify(first) {
        for (const watcher of this.watchers) watcher(first);
    }
}

/** Columns; for Python, where a class of JavaScript is awkward to call. */
export const columns = () => new Columns();
