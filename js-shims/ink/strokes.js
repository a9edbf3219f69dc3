/** Ink as a list of strokes: what was written, undone and redone. It knows nothing of pointers or of the screen. */

// Width of a line, in x-heights: about 2.5 px where the x-height is 50.
const WIDTH = 0.052;

// Sheets that were wiped and can be restored by undo.
const MAX_WIPED = 20;

/** @typedef {{xy: number[], width: number[], open: boolean, id: number}} Stroke xy is x, y, x, y, ... in x-heights */

/**
 * Ink as a list of strokes. Undone strokes stay at the end of the list, beyond `count`, until new ink replaces them.
 * `changed` and `inked` are called after changes, at most once a frame.
 */
export class Strokes {
    constructor() {
        /** @type {Stroke[]} */
        this.strokes = [];
        this.count = 0; // of strokes on the paper
        this.made = 0; // how many strokes there ever were; gives each its id
        /** @type {(() => void) | null} */
        this.changed = null; // for the figure
        /** @type {(() => void) | null} */
        this.inked = null; // for storage
        /** @type {(() => void) | null} */
        this.touched = null; // for storage: called at once, before the first change of a frame is shown
        /** @type {(() => void) | null} */
        this.lifted = null; // for storage: called at once when a stroke is finished
        /** @type {(() => void) | null} */
        this.inkBegins = null; // for the demonstration: called at once, before new ink is painted
        this.due = false;
        /** @type {Stroke[][]} */
        this.wiped = []; // what was on the sheet before each time that it was wiped
        /** @type {Stroke[][]} */
        this.ahead = []; // what was on it after each wiping that was undone
    }

    /**
     * Start a stroke at a place.
     *
     * @param {number} x
     * @param {number} y
     * @param {number} force from 0 to 1
     */
    begin(x, y, force) {
        if (this.open) this.end(); // the user's pen comes down while the example is written
        this.add({ xy: [x, y], width: [widthOf(force)], open: true, id: ++this.made });
    }

    /**
     * Add a point to the open stroke; a `force` of null keeps the width.
     *
     * @param {number} x
     * @param {number} y
     * @param {number | null} force
     */
    extend(x, y, force) {
        const stroke = this.strokes[this.count - 1];
        const { xy, width: widths } = stroke;
        const n = xy.length;
        if (x === xy[n - 2] && y === xy[n - 1]) return;
        xy.push(x, y);
        widths.push(force === null ? widths[widths.length - 1] : widthOf(force));
        this.paint(stroke, widths.length - 2);
        this.notify();
    }

    end() {
        this.strokes[this.count - 1].open = false;
        this.update();
        this.lifted?.();
    }

    /**
     * Add a finished stroke, as one that was stored.
     *
     * @param {number[]} xy
     * @param {number[]} widths
     */
    lay(xy, widths) {
        if (this.open) this.end(); // stored ink comes while the user writes
        this.add({ xy, width: widths, open: false, id: ++this.made });
    }

    /** @param {Stroke} stroke */
    add(stroke) {
        this.inkBegins?.();
        this.ahead = [];
        this.strokes.length = this.count;
        this.strokes.push(stroke);
        this.count++;
        this.paint(stroke, 0);
        this.notify();
    }

    /** Remove the open stroke for good. */
    drop() {
        this.count--;
        this.strokes.length = this.count;
        this.update();
    }

    /** Remove the last stroke; on an empty sheet, restore what was there before it was wiped. */
    undo() {
        if (this.open || !this.undoable) return;
        if (this.count) {
            this.count--;
        } else {
            this.ahead.push(this.strokes);
            this.strokes = this.wiped.pop();
            this.count = this.strokes.length;
        }
        this.update();
    }

    redo() {
        if (this.open || !this.redoable) return;
        if (this.count < this.strokes.length) this.count++;
        else this.replace(this.ahead.pop());
        this.update();
    }

    /** Empty the sheet so that undo restores it. */
    wipe() {
        if (!this.count) return;
        if (this.open) this.end();
        this.strokes.length = this.count;
        this.ahead = [];
        this.replace([]);
        this.update();
    }

    /** @param {Stroke[]} strokes all of which can be redone */
    replace(strokes) {
        this.wiped = [...this.wiped.slice(1 - MAX_WIPED), this.strokes];
        this.strokes = strokes;
        this.count = 0;
    }

    /** Empty the sheet for other ink, as that of a link; what was wiped before can still be restored. */
    clear() {
        this.strokes = [];
        this.ahead = [];
        this.count = 0;
        this.update();
    }

    get open() {
        return this.count > 0 && this.strokes[this.count - 1].open;
    }

    get redoable() {
        return this.strokes.length - this.count + this.ahead.length;
    }

    get undoable() {
        return this.count + this.wiped.length;
    }

    /** @param {number} stroke */
    id(stroke) {
        return this.strokes[stroke].id;
    }

    /** @param {number} stroke */
    isOpen(stroke) {
        return this.strokes[stroke].open;
    }

    /**
     * Return the points of a stroke from number `from` on: x, y, x, y, ...
     *
     * @param {number} stroke
     * @param {number} from
     */
    points(stroke, from) {
        return Float64Array.from(this.strokes[stroke].xy.slice(2 * from));
    }

    /**
     * Return how far the pen went in a stroke, in x-heights: the sum of all |dx| + |dy|.
     *
     * @param {number} stroke
     */
    way(stroke) {
        const { xy } = this.strokes[stroke];
        return xy.reduce((sum, value, i) => sum + (i < 2 ? 0 : Math.abs(value - xy[i - 2])), 0);
    }

    /**
     * Return how far a stroke reaches below the baseline, in x-heights.
     *
     * @param {number} stroke
     */
    bottom(stroke) {
        return this.strokes[stroke].xy.reduce((most, value, i) => (i % 2 ? Math.max(most, value) : most), 0);
    }

    /** How far the ink reaches to the right, in x-heights (0 if there is none). */
    get right() {
        const strokes = this.strokes.slice(0, this.count);
        return strokes.reduce((most, { xy }) => xy.reduce((far, x, i) => (i % 2 ? far : Math.max(far, x)), most), 0);
    }

    /** The x of the end of the ink, in x-heights (0 if there is none). */
    get endX() {
        const last = this.strokes[this.count - 1];
        return last ? last.xy[last.xy.length - 2] : 0;
    }

    notify() {
        if (this.due || !(this.changed || this.inked)) return;
        this.due = true;
        this.touched?.();
        requestAnimationFrame(() => this.flush());
    }

    /** Tell the listeners what they have not heard yet. */
    flush() {
        if (!this.due) return;
        this.due = false;
        this.changed?.();
        this.inked?.();
    }

    update() {
        this.repaint();
        this.notify();
    }

    /** Paint everything again. */
    repaint() {}

    /** @type {(stroke: Stroke, from: number) => void} paint a stroke from its point number `from` on */
    paint() {}
}

// The width of a line, in x-heights: WIDTH at a force of 0.5, from half to one and a half times that.
/** @param {number} force */
const widthOf = (force) => WIDTH * (0.5 + force);
