/** A canvas on which a place and its surroundings can be looked at, in x-heights. */
import { deviceSize, fit } from "../canvas/canvas.js";

export class Viewport {
    /** @param {HTMLCanvasElement} canvas */
    constructor(canvas) {
        this.canvas = canvas;
        this.context = canvas.getContext("2d");
        this.x = this.y = this.reach = 0;
        this.scale = 1; // device pixels to an x-height
    }

    /** Fill the element around the canvas. */
    fit() {
        const [width, height] = deviceSize(this.canvas.parentElement);
        fit(this.canvas, width, height);
    }

    /**
     * Look at (x, y) so that at least `reach` to every side is in view.
     *
     * @param {number} x
     * @param {number} y
     * @param {number} reach
     */
    look(x, y, reach) {
        const { width, height } = this.canvas;
        this.x = x;
        this.y = y;
        this.reach = reach;
        this.scale = Math.min(width, height) / (2 * reach);
    }

    /**
     * Look at all of a box, however flat, with a margin in device pixels.
     *
     * @param {number[]} box
     * @param {number} margin
     */
    frame([left, top, right, bottom], margin) {
        const { width, height } = this.canvas;
        const wide = (width - 2 * margin) / Math.max(right - left, 1e-3);
        const high = (height - 2 * margin) / Math.max(bottom - top, 1e-3);
        this.x = (left + right) / 2;
        this.y = (top + bottom) / 2;
        this.scale = Math.max(Math.min(wide, high), 1e-3);
    }

    /** Clear the canvas and set its context up for x-heights. */
    clear() {
        const { context, canvas, scale } = this;
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, canvas.width, canvas.height);
        const [left, top] = [canvas.width / 2 - this.x * scale, canvas.height / 2 - this.y * scale];
        context.setTransform(scale, 0, 0, scale, left, top);
        context.lineCap = context.lineJoin = "round";
    }

    /**
     * Return a length in CSS pixels, in x-heights.
     *
     * @param {number} count
     */
    pixels(count) {
        return (count * devicePixelRatio) / this.scale;
    }

    /**
     * Return a place in CSS pixels from the canvas's corner, in x-heights.
     *
     * @param {number} x
     * @param {number} y
     */
    place(x, y) {
        const { canvas, scale } = this;
        return [
            this.x + (x * devicePixelRatio - canvas.width / 2) / scale,
            this.y + (y * devicePixelRatio - canvas.height / 2) / scale,
        ];
    }

    /** What is in view: left, top, right, bottom. */
    get box() {
        const { canvas, scale } = this;
        const [wide, high] = [canvas.width / scale / 2, canvas.height / scale / 2];
        return [this.x - wide, this.y - high, this.x + wide, this.y + high];
    }
}
