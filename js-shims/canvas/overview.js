/** The whole line, small, below the strip that it scrolls in: it shows which part is in view, and moves it. */
/** @import {Scroller} from "./scroller.js" */
import { resize } from "./canvas.js";

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
