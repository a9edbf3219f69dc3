/**
 * A sheet as long as its line, which scrolls sideways in a strip: its size, where its places are on the screen, and
 * canvases that lie on it. Places are in x-heights, y down; sizes are in CSS pixels.
 */
import { resize } from "./canvas.js";

const AROUND_X = 1.2; // paper around the line, in x-heights: as far as most fans reach
const AROUND_Y = 0.8;
const MAX_GROWTH = 1.5; // how much larger a short line may be drawn
const MIN_UNIT = 40; // an x-height, CSS pixels

export class Scroller {
    /** @param {HTMLElement} strip holds .long, which becomes as long as the sheet, and .unit, as high as an x-height */
    constructor(strip) {
        this.strip = strip;
        this.long = /** @type {HTMLElement} */ (strip.querySelector(".long"));
        this.unit = strip.querySelector(".unit");
        this.zoom = 0; // CSS pixels to an x-height; 0 until there is room
        this.x0 = this.y0 = 0; // the top left corner
        this.width = this.height = 0; // of the strip
        this.length = 0; // of the sheet
        this.drag();
    }

    /**
     * Fit the sheet to a line between these bounds, and keep what is in the middle there. Return whether there is room.
     *
     * @param {number[]} bounds
     */
    layout([left, top, right, bottom]) {
        const { clientWidth: width, clientHeight: height } = this.strip;
        if (!width || !height) return false;
        const middle = this.zoom && this.x0 + (this.strip.scrollLeft + this.width / 2) / this.zoom;
        const atStart = this.strip.scrollLeft === 0;
        const unit = this.unit.getBoundingClientRect().height;
        const wide = right - left + 2 * AROUND_X;
        const fits = height / (bottom - top + 2 * AROUND_Y);
        // A line that nearly fits is made to fit: seeing it whole is worth more than seeing it large.
        const whole = width / wide;
        this.zoom = Math.min(fits, whole < Math.min(MIN_UNIT, unit) ? unit : Math.min(whole, MAX_GROWTH * unit));
        this.width = width;
        this.height = height;
        this.length = Math.max(width, Math.ceil(wide * this.zoom));
        this.x0 = left - AROUND_X - (this.length / this.zoom - wide) / 2;
        this.y0 = (top + bottom) / 2 - height / 2 / this.zoom;
        this.long.style.width = `${this.length}px`;
        if (!atStart) this.strip.scrollLeft = (middle - this.x0) * this.zoom - width / 2;
        return true;
    }

    /** Whether all of it is in view. */
    get fits() {
        return this.length <= this.width;
    }

    /** The x-heights in view: [left, right]. */
    get span() {
        const left = this.x0 + this.strip.scrollLeft / this.zoom;
        return [left, left + this.strip.clientWidth / this.zoom];
    }

    /**
     * Return a place of the screen in x-heights.
     *
     * @param {number} clientX
     * @param {number} clientY
     */
    place(clientX, clientY) {
        const box = this.long.getBoundingClientRect();
        return [this.x0 + (clientX - box.left) / this.zoom, this.y0 + (clientY - box.top) / this.zoom];
    }

    /**
     * Scroll so that a place is well in view.
     *
     * @param {number} place
     */
    reveal(place) {
        const x = (place - this.x0) * this.zoom;
        const width = this.strip.clientWidth;
        const edge = Math.min(0.2 * width, 2 * this.zoom);
        const { scrollLeft } = this.strip;
        if (x < scrollLeft + edge || x > scrollLeft + width - edge) this.strip.scrollLeft = x - width / 2;
    }

    /**
     * Lay an empty canvas on the sheet, as high as the sheet and `left` pixels from its start; return its context.
     *
     * @param {HTMLCanvasElement} canvas
     * @param {number} left
     * @param {number} width
     */
    lay(canvas, left, width) {
        resize(canvas, width, this.height);
        canvas.style.left = `${left}px`;
        canvas.style.width = `${width}px`;
        return this.context(canvas, left);
    }

    /**
     * Return the context, in x-heights, of a canvas that lies there.
     *
     * @param {HTMLCanvasElement} canvas
     * @param {number} left
     */
    context(canvas, left) {
        const context = canvas.getContext("2d");
        const zoom = devicePixelRatio * this.zoom;
        context.setTransform(zoom, 0, 0, zoom, -zoom * this.x0 - devicePixelRatio * left, -zoom * this.y0);
        return context;
    }

    /** Let a mouse drag the sheet; the browser itself scrolls it for a finger. */
    drag() {
        const { strip } = this;
        /** @type {{x: number, left: number} | null} */
        let from = null;
        strip.addEventListener("pointerdown", (event) => {
            if (event.pointerType === "mouse" && event.button === 0) {
                from = { x: event.clientX, left: strip.scrollLeft };
            }
        });
        strip.addEventListener("pointermove", (event) => {
            if (!(event.buttons & 1)) from = null;
            if (!from) return;
            if (!strip.classList.contains("dragged") && Math.abs(event.clientX - from.x) < 4) return;
            strip.setPointerCapture(event.pointerId);
            strip.classList.add("dragged");
            strip.scrollLeft = from.left - (event.clientX - from.x);
        });
        // A click follows the release; by this class its listeners know that it was a drag.
        strip.addEventListener("pointerup", () => {
            from = null;
            setTimeout(() => strip.classList.remove("dragged"));
        });
    }
}

/** The whole line, small, below the strip that it scrolls in: it shows which part is in view, and moves it. */
export class Overview {
    /**
     * @param {HTMLElement} box holds a canvas and .frame
     * @param {Scroller} scroller
     */
    constructor(box, scroller) {
        this.scroller = scroller;
        this.canvas = box.querySelector("canvas");
        this.part = /** @type {HTMLElement} */ (box.querySelector(".frame"));
        /** @param {PointerEvent} event */
        const go = (event) => {
            const { left, width } = box.getBoundingClientRect();
            scroller.strip.scrollLeft = ((event.clientX - left) / width) * scroller.length - scroller.width / 2;
        };
        box.addEventListener("pointerdown", (event) => {
            box.setPointerCapture(event.pointerId);
            go(event);
        });
        box.addEventListener("pointermove", (event) => {
            if (box.hasPointerCapture(event.pointerId)) go(event);
        });
    }

    /** @param {Path2D} path the line, in x-heights */
    draw(path) {
        const { canvas, scroller } = this;
        const { clientWidth: width, clientHeight: height } = canvas;
        if (!width || scroller.fits) return;
        const context = resize(canvas, width, height);
        const across = (width / scroller.length) * scroller.zoom; // CSS pixels to an x-height
        const down = Math.min(across, (0.84 * height * scroller.zoom) / scroller.height);
        const middle = scroller.y0 + scroller.height / 2 / scroller.zoom;
        const line = new Path2D();
        line.addPath(path, new DOMMatrix([across, 0, 0, down, -across * scroller.x0, height / 2 - down * middle]));
        context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        context.lineCap = context.lineJoin = "round";
        context.strokeStyle = getComputedStyle(canvas).color;
        context.stroke(line);
        this.frame();
    }

    /** Show which part of the line is in view. */
    frame() {
        const { style } = this.part;
        const { strip, width, length } = this.scroller;
        style.left = `${(100 * strip.scrollLeft) / length}%`;
        style.width = `${(100 * width) / length}%`;
    }
}
