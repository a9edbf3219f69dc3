/** The whole line, small, beneath the sheet that it lies on: it shows which part is in view, and moves the sheet. */
import { sized } from "./scroller.js";

export class Overview {
    /** @param {HTMLElement} box holds a canvas and .frame */
    constructor(box, sheet) {
        Object.assign(this, { box, sheet });
        this.canvas = box.querySelector("canvas");
        this.part = box.querySelector(".frame");
        const go = (event) => {
            const { left, width } = box.getBoundingClientRect();
            sheet.strip.scrollLeft = ((event.clientX - left) / width) * sheet.length - sheet.width / 2;
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
        const { canvas, sheet } = this;
        const { clientWidth: width, clientHeight: height } = canvas;
        if (!width || sheet.fits) return;
        const context = sized(canvas, width, height);
        const across = (width / sheet.length) * sheet.zoom; // CSS pixels to an x-height
        const down = Math.min(across, (0.84 * height * sheet.zoom) / sheet.height);
        const middle = sheet.y0 + sheet.height / 2 / sheet.zoom;
        const line = new Path2D();
        line.addPath(path, new DOMMatrix([across, 0, 0, down, -across * sheet.x0, height / 2 - down * middle]));
        context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        context.lineCap = context.lineJoin = "round";
        context.strokeStyle = getComputedStyle(canvas).color;
        context.stroke(line);
        this.frame();
    }

    /** Show which part of the line is in view. */
    frame() {
        const { style } = this.part;
        const { strip, width, length } = this.sheet;
        style.left = `${(100 * strip.scrollLeft) / length}%`;
        style.width = `${(100 * width) / length}%`;
    }
}
