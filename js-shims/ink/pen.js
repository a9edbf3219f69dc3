/**
 * Pointer capture into plain arrays, and the ink on the screen while it is written. It works from the first
 * millisecond, whatever else has loaded.
 */
import { addWetSegment } from "../canvas/curve.js";
import { Surface } from "../canvas/draw.js";
import { Palm } from "./palm.js";
import { Strokes } from "./strokes.js";

/** @import {Stroke} from "./strokes.js" */

// The button that writes, as a PointerEvent's `button` and as a bit of its `buttons`: left, a finger, or a pen's tip.
const TIP = 0;
const TIP_DOWN = 1;
// A captured pointer may go anywhere, but ink stays within this many x-heights of the sheet's edges.
const MARGIN = 2;
// A stroke with a longer path, in x-heights, goes on as another: the pen clock takes 20,000 (py/ductus/resample.py).
const MAX_PATH = 5000;
// The last touches that are remembered, in case they were a palm's.
const MAX_TOUCHES = 8;

const palm = new Palm();
// While a pen is down the sheet stays under it, and the menu of another button does not open.
const HELD = ["wheel", "contextmenu"];
/** @param {Event} event */
const block = (event) => event.preventDefault();

/** @typedef {{id: number, type: string, stroke: number, path: number}} Writer with its stroke's id and path so far */

/** Strokes on a canvas, written with a mouse, a finger or a pen. */
export class Pen extends Strokes {
    /**
     * @param {HTMLCanvasElement} canvas takes the pointer (with touch-action: none) and shows the ink
     * @param {Element} mark fixes the ink coordinates: see Surface
     */
    constructor(canvas, mark) {
        super();
        this.surface = new Surface(canvas, mark, () => this.repaint());
        /** @type {Writer | null} */
        this.pointer = null; // that is writing
        /** @type {{stroke: number, ended: number}[]} */
        this.touches = []; // the last strokes of fingers: ids, and when they ended
        this.hovering = false; // is a mouse or a pen over the sheet?

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
        on(["pointerover", "pointerout"], (event) => {
            palm.notice(event);
            this.hovering = event.type === "pointerover" && event.pointerType !== "touch";
        });
        // Without this, Apple's Scribble swallows the second of two quick strokes.
        canvas.addEventListener("touchmove", block, { passive: false });
        canvas.addEventListener("contextmenu", block);
        document.addEventListener("visibilitychange", () => {
            if (!document.hidden) return;
            this.leave(); // whether the pen is still down is not known when the page is seen again
            this.flush(); // a hidden page has no frames, and may be closed without a word
        });
    }

    get writing() {
        return this.pointer !== null;
    }

    /** Is a pointer writing, or near enough to write in a moment? The sheet must not move then. */
    get near() {
        return this.writing || this.hovering || palm.near(performance.now());
    }

    /** @param {PointerEvent} event */
    down(event) {
        event.preventDefault(); // or the system may use the pointer to scroll, select or drag
        // That also kept the paper from getting the focus, which its keys need; the page must not jump under the pen.
        const paper = /** @type {HTMLElement} */ (this.surface.canvas.closest("[tabindex]"));
        paper?.focus(/** @type {FocusOptions} */ ({ preventScroll: true, focusVisible: false }));
        palm.notice(event);
        if (event.button === TIP && !palm.is(event)) this.start(event);
    }

    /**
     * Start a stroke, unless another pointer is writing.
     *
     * @param {PointerEvent} event
     */
    start(event) {
        const { pointerId: id, pointerType: type } = event;
        const place = this.place(event);
        if (!place) return;
        if (type === "pen") this.takeBackPalm();
        if (this.pointer?.id === id) this.leave(event.timeStamp); // nobody saw it come up
        if (this.pointer) return;
        this.capture(id);
        this.begin(...place, pressure(event));
        this.pointer = { id, type, stroke: this.made, path: 0 };
        for (const name of HELD) addEventListener(name, block, { passive: false });
    }

    /** @param {number} id of a pointer: its events come to the canvas, wherever it goes */
    capture(id) {
        try {
            this.surface.canvas.setPointerCapture(id);
        } catch {
            // An event made by a script has no pointer to capture, and needs none.
        }
    }

    /** @param {PointerEvent} event */
    move(event) {
        palm.notice(event);
        const { pointerId, pointerType, button, buttons } = event;
        const tip = (buttons & TIP_DOWN) !== 0;
        if (pointerId !== this.pointer?.id) {
            // While another button is down, the browser reports the press and the release of this one as moves.
            if (tip && buttons !== TIP_DOWN && button === TIP) this.start(event);
            return;
        }
        if (tip || pointerType === "touch") {
            // Browsers pass several samples at once; some do not have the list, and some leave it empty.
            const samples = event.getCoalescedEvents?.() ?? [];
            for (const sample of samples.length ? samples : [event]) this.write(sample, pressure(sample));
            return;
        }
        if (button === TIP) this.write(event, null); // otherwise it came up elsewhere, and nobody saw where
        this.leave(event.timeStamp);
    }

    /** @param {PointerEvent} event */
    up(event) {
        palm.notice(event);
        const { type, pointerId, buttons } = event;
        if (pointerId !== this.pointer?.id) return;
        if (type === "lostpointercapture" && buttons & TIP_DOWN) {
            this.capture(pointerId); // Chromium releases it with any button that comes up
            return;
        }
        if (type === "pointerup") this.write(event, null);
        this.leave(event.timeStamp);
    }

    /**
     * Add a sample to the stroke of the pointer that is writing.
     *
     * @param {PointerEvent} event
     * @param {number | null} force
     */
    write(event, force) {
        const place = this.place(event);
        if (!place) return;
        if (!this.mine) {
            // A key began another stroke, or stored ink came: the pointer is still down, and writes on.
            this.another(...place, pressure(event));
            return;
        }
        const [x, y] = this.strokes[this.count - 1].xy.slice(-2);
        const step = Math.abs(place[0] - x) + Math.abs(place[1] - y);
        if (this.pointer.path + step > MAX_PATH) this.another(x, y, pressure(event));
        this.pointer.path += step;
        this.extend(...place, force);
    }

    /**
     * Go on with another stroke.
     *
     * @param {number} x
     * @param {number} y
     * @param {number} force
     */
    another(x, y, force) {
        this.begin(x, y, force);
        Object.assign(this.pointer, { stroke: this.made, path: 0 });
    }

    /** Is the last stroke open, and that of the pointer that is writing? */
    get mine() {
        return this.pointer !== null && this.open && this.id(this.count - 1) === this.pointer.stroke;
    }

    /**
     * End the stroke of the pointer that is writing, if there is one.
     *
     * @param {number} time when the pointer left the sheet, by the events' clock
     */
    leave(time = performance.now()) {
        const { pointer, mine } = this;
        this.release();
        if (!mine) return;
        if (pointer.type === "touch") {
            this.touches = [...this.touches.slice(1 - MAX_TOUCHES), { stroke: pointer.stroke, ended: time }];
        }
        this.end();
    }

    release() {
        this.pointer = null;
        for (const name of HELD) removeEventListener(name, block);
    }

    /** Remove what a palm wrote before the pen came down: the touch under way, and those of the last moment. */
    takeBackPalm() {
        if (this.pointer?.type === "touch") {
            if (this.mine) this.drop();
            this.release();
        }
        while (this.count && !this.open) {
            const last = this.touches.pop();
            if (last?.stroke !== this.id(this.count - 1) || !palm.was(last.ended)) break;
            this.drop();
        }
        this.touches = [];
    }

    /**
     * Return the place of an event in x-heights, on the sheet or near it; null if there is none.
     *
     * @param {PointerEvent} event
     * @returns {[number, number] | null}
     */
    place(event) {
        const { surface } = this;
        const place = surface.place(event);
        if (!place.every(Number.isFinite)) return null; // the page has no layout yet, or the event is a script's
        const [left, top, right, bottom] = surface.edges;
        return [clamp(place[0], left - MARGIN, right + MARGIN), clamp(place[1], top - MARGIN, bottom + MARGIN)];
    }

    clear() {
        this.release();
        super.clear();
    }

    wipe() {
        this.leave();
        super.wipe();
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

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
