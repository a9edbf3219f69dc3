/**
 * Pointer capture into plain arrays, and the wet ink. Works from the first millisecond, whatever else has loaded.
 *
 * The ink is a list of strokes in x-heights (see draw.js). Undone strokes stay at the end of the list, beyond `count`,
 * until new ink replaces them. Whoever wants to follow the ink sets `changed` and reads what is new; whoever wants to
 * keep it sets `inked`.
 */
import { SPECK, Surface } from "../canvas/draw.js";

// Width of a line, in x-heights: about 2.5 px where the x-height is 50.
const WIDTH = 0.052;
// A hand that rests on a tablet still touches it for a moment after the pen has left: ignore touch that long.
const PALM_MS = 800;

export class Pen {
    /**
     * @param {HTMLCanvasElement} canvas takes the pointer (with touch-action: none) and shows the ink
     * @param {Element} mark fixes the ink coordinates: see Surface
     */
    constructor(canvas, mark) {
        this.surface = new Surface(canvas, mark, () => this.repaint());
        this.strokes = []; // {xy: [x, y, x, y, ...], width: [w, ...], open: bool, id}
        this.count = 0; // of strokes on the paper
        this.made = 0; // how many strokes there ever were; gives each its id
        this.pointer = null; // {id, type} of the pointer that is writing
        this.penSeen = -Infinity; // when a pen was last near, by the events' clock
        this.changed = null;
        this.inked = null;
        this.due = false;

        const on = (type, take, options) => canvas.addEventListener(type, (event) => take.call(this, event), options);
        on("pointerdown", this.down);
        on("pointermove", this.move);
        on("pointerup", this.up);
        // A pointer that the system takes away (a gesture, a dialogue) has still written what it wrote.
        on("pointercancel", this.up);
        on("lostpointercapture", this.up);
        on("pointerover", this.notice);
        // Without this, Apple's Scribble swallows the second of two quick strokes.
        on("touchmove", (event) => event.preventDefault(), { passive: false });
        on("contextmenu", (event) => event.preventDefault());
    }

    get writing() {
        return this.pointer !== null;
    }

    // --- the pointer

    notice(event) {
        if (event.pointerType === "pen") this.penSeen = event.timeStamp;
    }

    isPalm(event) {
        return event.pointerType === "touch" && event.timeStamp - this.penSeen < PALM_MS;
    }

    down(event) {
        event.preventDefault(); // else the system may take the pointer for scrolling, selecting or dragging
        // That also kept the sheet from getting the focus, which its keys need; the page must not jump under the pen.
        this.surface.canvas.closest("[tabindex]")?.focus({ preventScroll: true, focusVisible: false });
        this.notice(event);
        if (event.button !== 0 || this.isPalm(event)) return;
        if (this.pointer) {
            // The palm came down before the pen: what it drew is no ink.
            if (!(this.pointer.type === "touch" && event.pointerType === "pen")) return;
            this.pointer = null;
            this.drop();
        }
        this.pointer = { id: event.pointerId, type: event.pointerType };
        try {
            this.surface.canvas.setPointerCapture(event.pointerId);
        } catch {
            // An event made by a script has no pointer to capture; it needs none.
        }
        this.begin(...this.surface.place(event), pressure(event));
    }

    move(event) {
        this.notice(event);
        if (event.pointerId !== this.pointer?.id) return;
        // Browsers hand several samples over at once; some do not have the list, and some leave it empty.
        const samples = event.getCoalescedEvents?.() ?? [];
        for (const sample of samples.length ? samples : [event]) {
            this.extend(...this.surface.place(sample), pressure(sample));
        }
    }

    up(event) {
        this.notice(event);
        if (event.pointerId !== this.pointer?.id) return;
        if (event.type === "pointerup") this.extend(...this.surface.place(event), null);
        this.pointer = null;
        this.end();
    }

    // --- the ink: used by the pointer above and by whoever writes with another pen

    begin(x, y, force) {
        if (this.open) this.end(); // the reader's pen comes down while another writes
        this.strokes.length = this.count;
        this.strokes.push({ xy: [x, y], width: [width(force)], open: true, id: ++this.made });
        this.count++;
        this.paint(this.strokes[this.count - 1], 0);
        this.tell();
    }

    /** Another point of the open stroke; a `force` of null keeps the width. */
    extend(x, y, force) {
        const stroke = this.strokes[this.count - 1];
        const { xy, width: widths } = stroke;
        const n = xy.length;
        if (x === xy[n - 2] && y === xy[n - 1]) return;
        xy.push(x, y);
        widths.push(force === null ? widths[widths.length - 1] : width(force));
        this.paint(stroke, widths.length - 2);
        this.tell();
    }

    end() {
        this.strokes[this.count - 1].open = false;
        this.repaint();
        this.tell();
    }

    /** Lay a finished stroke on the paper, from before: its xy and widths as `strokes` has them. */
    lay(xy, widths) {
        this.strokes.length = this.count;
        this.strokes.push({ xy, width: widths, open: false, id: ++this.made });
        this.count++;
        this.paint(this.strokes[this.count - 1], 0);
        this.tell();
    }

    /** Take the open stroke away as if it had never been. */
    drop() {
        this.count--;
        this.strokes.length = this.count;
        this.repaint();
        this.tell();
    }

    undo() {
        if (this.open || !this.count) return;
        this.count--;
        this.repaint();
        this.tell();
    }

    redo() {
        if (this.open || this.count === this.strokes.length) return;
        this.count++;
        this.repaint();
        this.tell();
    }

    clear() {
        this.pointer = null;
        this.strokes = [];
        this.count = 0;
        this.repaint();
        this.tell();
    }

    get open() {
        return this.count > 0 && this.strokes[this.count - 1].open;
    }

    get redoable() {
        return this.strokes.length - this.count;
    }

    id(stroke) {
        return this.strokes[stroke].id;
    }

    isOpen(stroke) {
        return this.strokes[stroke].open;
    }

    /** The points of a stroke from number `from` on: Float64Array of x, y, x, y, ... */
    points(stroke, from) {
        return Float64Array.from(this.strokes[stroke].xy.slice(2 * from));
    }

    /** How far the pen went in a stroke, in x-heights: the sum of all |dx| + |dy|. */
    way(stroke) {
        const { xy } = this.strokes[stroke];
        return xy.reduce((sum, value, i) => sum + (i < 2 ? 0 : Math.abs(value - xy[i - 2])), 0);
    }

    /** The right end of the ink, in x-heights (0 if there is none). */
    get end_x() {
        const last = this.strokes[this.count - 1];
        return last ? last.xy[last.xy.length - 2] : 0;
    }

    /** Tell the followers, at most once a frame. */
    tell() {
        if (this.due || !(this.changed || this.inked)) return;
        this.due = true;
        requestAnimationFrame(() => {
            this.due = false;
            this.changed?.();
            this.inked?.();
        });
    }

    // --- the paint

    repaint() {
        this.surface.clear();
        for (const stroke of this.strokes.slice(0, this.count)) this.paint(stroke, 0);
    }

    /**
     * Paint a stroke from its point number `from` on: parabolas between the middles of its pieces, whose corners are
     * the points, and a straight half piece to the tip while the pen is down.
     */
    paint({ xy, width: widths }, from) {
        const context = this.surface.ready();
        const x = (i) => xy[2 * i];
        const y = (i) => xy[2 * i + 1];
        const middle = (i) => (i <= 0 ? [x(0), y(0)] : [(x(i - 1) + x(i)) / 2, (y(i - 1) + y(i)) / 2]);
        const last = widths.length - 1;
        for (let i = from; i <= last; i++) {
            context.beginPath();
            context.lineWidth = widths[i];
            context.moveTo(...middle(i));
            if (i < last) context.quadraticCurveTo(x(i), y(i), ...middle(i + 1));
            else context.lineTo(x(i) + SPECK, y(i));
            context.stroke();
        }
    }
}

/** How hard the pen is pressed, from 0 to 1. A mouse says 0.5 throughout; a device that cannot tell says 0. */
function pressure(event) {
    return event.pointerType === "mouse" || !event.pressure ? 0.5 : event.pressure;
}

/** Line width, in x-heights, at a pressure: as much as WIDTH at 0.5, from half to one and a half times that. */
function width(force) {
    return WIDTH * (0.5 + force);
}
