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
        /** @type {Float32Array[]} */
        this.blockPeaks = []; // the greatest magnitude of each cell in each block
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
        const appended = first === this.count;
        for (let i = 0; i < k; ) {
            const block = Math.floor((first + i) / BLOCK);
            const at = (first + i) % BLOCK;
            const some = Math.min(k - i, BLOCK - at);
            this.blocks[block] ??= new Float32Array(BLOCK * units);
            this.blocks[block].set(values.subarray(i * units, (i + some) * units), at * units);
            i += some;
        }
        this.count = first + k;
        this.measure(first, appended);
        this.notify(first);
    }

    /**
     * Find the peaks of the blocks from column `first` on; of a block that has only grown, from its new columns.
     *
     * @param {number} first
     * @param {boolean} appended were there no other columns from `first` on?
     */
    measure(first, appended) {
        const { units, count } = this;
        const from = Math.floor(first / BLOCK);
        this.blockPeaks.length = Math.min(this.blockPeaks.length, Math.ceil(count / BLOCK));
        for (let block = from; block * BLOCK < count; block++) {
            const grown = appended && block === from && first % BLOCK > 0;
            const peaks = grown ? this.blockPeaks[block] : new Float32Array(units);
            const end = Math.min(BLOCK, count - block * BLOCK) * units;
            const values = this.blocks[block];
            for (let i = grown ? (first % BLOCK) * units : 0, cell = 0; i < end; i++) {
                const size = Math.abs(values[i]);
                if (size > peaks[cell]) peaks[cell] = size;
                if (++cell === units) cell = 0;
            }
            this.blockPeaks[block] = peaks;
        }
    }

    /** Return the greatest magnitude of each cell over all columns. */
    peaks() {
        const peaks = new Float32Array(this.units);
        for (const some of this.blockPeaks)
            for (let cell = 0; cell < peaks.length; cell++) if (some[cell] > peaks[cell]) peaks[cell] = some[cell];
        return peaks;
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
