/**
 * Pointer capture into plain arrays, and the ink on the screen while it is written. It works from the first
 * millisecond, whatever else has loaded.
 */
import { addWetSegment } from "../canvas/curve.js";
import { Surface } from "../canvas/draw.js";

// Width of a line, in x-heights: about 2.5 px where the x-height is 50.
const WIDTH = 0.052;
// A palm that rests on a tablet still touches it for a moment after the pen has left: touch is ignored that long.
const PALM_MS = 800;

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
        this.due = false;
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
        this.add({ xy, width: widths, open: false, id: ++this.made });
    }

    /** @param {Stroke} stroke */
    add(stroke) {
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

    undo() {
        if (this.open || !this.count) return;
        this.count--;
        this.update();
    }

    redo() {
        if (this.open || this.count === this.strokes.length) return;
        this.count++;
        this.update();
    }

    clear() {
        this.strokes = [];
        this.count = 0;
        this.update();
    }

    get open() {
        return this.count > 0 && this.strokes[this.count - 1].open;
    }

    get redoable() {
        return this.strokes.length - this.count;
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

    /** The right end of the ink, in x-heights (0 if there is none). */
    get endX() {
        const last = this.strokes[this.count - 1];
        return last ? last.xy[last.xy.length - 2] : 0;
    }

    notify() {
        if (this.due || !(this.changed || this.inked)) return;
        this.due = true;
        this.touched?.();
        requestAnimationFrame(() => {
            this.due = false;
            this.changed?.();
            this.inked?.();
        });
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

/** Strokes on a canvas, written with a mouse, a finger or a pen. */
export class Pen extends Strokes {
    /**
     * @param {HTMLCanvasElement} canvas takes the pointer (with touch-action: none) and shows the ink
     * @param {Element} mark fixes the ink coordinates: see Surface
     */
    constructor(canvas, mark) {
        super();
        this.surface = new Surface(canvas, mark, () => this.repaint());
        /** @type {{id: number, type: string} | null} */
        this.pointer = null; // that is writing
        this.penSeen = -Infinity; // when a pen was last near, by the events' clock

        /** @type {(types: string[], take: (event: PointerEvent) => void) => void} */
        const on = (types, take) => {
            for (const type of types) {
                canvas.addEventListener(type, (event) => take.call(this, /** @type {PointerEvent} */ (event)));
            }
        };
        on(["pointerdown"], this.down);
        on(["pointermove"], this.move);
        // A pointer that the system takes away (a gesture, a dialogue) has still written what it wrote.
        on(["pointerup", "pointercancel", "lostpointercapture"], this.up);
        on(["pointerover"], this.notice);
        // Without this, Apple's Scribble swallows the second of two quick strokes.
        canvas.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false });
        canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    }

    get writing() {
        return this.pointer !== null;
    }

    /** @param {PointerEvent} event */
    notice(event) {
        if (event.pointerType === "pen") this.penSeen = event.timeStamp;
    }

    /** @param {PointerEvent} event */
    isPalm(event) {
        return event.pointerType === "touch" && event.timeStamp - this.penSeen < PALM_MS;
    }

    /** @param {PointerEvent} event */
    down(event) {
        event.preventDefault(); // or the system may use the pointer to scroll, select or drag
        // That also kept the paper from getting the focus, which its keys need; the page must not jump under the pen.
        const paper = /** @type {HTMLElement} */ (this.surface.canvas.closest("[tabindex]"));
        paper?.focus(/** @type {FocusOptions} */ ({ preventScroll: true, focusVisible: false }));
        this.notice(event);
        if (event.button !== 0 || this.isPalm(event)) return;
        if (this.pointer) {
            // The palm came down before the pen: what it drew is not ink.
            if (!(this.pointer.type === "touch" && event.pointerType === "pen")) return;
            this.pointer = null;
            this.drop();
        }
        this.pointer = { id: event.pointerId, type: event.pointerType };
        try {
            this.surface.canvas.setPointerCapture(event.pointerId);
        } catch {
            // An event made by a script has no pointer to capture, and needs none.
        }
        this.begin(...this.surface.place(event), pressure(event));
    }

    /** @param {PointerEvent} event */
    move(event) {
        this.notice(event);
        if (event.pointerId !== this.pointer?.id) return;
        // Browsers pass several samples at once; some do not have the list, and some leave it empty.
        const samples = event.getCoalescedEvents?.() ?? [];
        for (const sample of samples.length ? samples : [event]) {
            this.extend(...this.surface.place(sample), pressure(sample));
        }
    }

    /** @param {PointerEvent} event */
    up(event) {
        this.notice(event);
        if (event.pointerId !== this.pointer?.id) return;
        if (event.type === "pointerup") this.extend(...this.surface.place(event), null);
        this.pointer = null;
        this.end();
    }

    clear() {
        this.pointer = null;
        super.clear();
    }

    repaint() {
        this.surface.clear();
        for (const stroke of this.strokes.slice(0, this.count)) this.paint(stroke, 0);
    }

    /**
     * @param {Stroke} stroke
     * @param {number} from
     */
    paint({ xy, width: widths }, from) {
        const context = this.surface.ready();
        for (let i = from; i < widths.length; i++) {
            context.beginPath();
            context.lineWidth = widths[i];
            addWetSegment(context, xy, i);
            context.stroke();
        }
    }
}

// How hard the pen is pressed, from 0 to 1. A mouse reports 0.5; a device that cannot tell reports 0.
/** @param {PointerEvent} event */
const pressure = (event) => (event.pointerType === "mouse" ? 0.5 : event.pressure || 0.5);

// The width of a line, in x-heights: WIDTH at a force of 0.5, from half to one and a half times that.
/** @param {number} force */
const widthOf = (force) => WIDTH * (0.5 + force);
