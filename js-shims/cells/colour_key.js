/** The key of the cells' colours: the scale with its ticks, and a mark at one value. */
/** @import {DisplayState} from "./display_state.js" */
import { fit } from "../canvas/canvas.js";

// In CSS pixels: the bar, and all of it with the words under the bar.
const BAR = 10;
const HEIGHT = 34;

export class ColourKey {
    /**
     * @param {HTMLElement} box
     * @param {DisplayState} display
     */
    constructor(box, display) {
        this.box = box;
        this.display = display;
        this.canvas = box.querySelector("canvas");
    }

    /** @param {[number, number]} size of the box, in device pixels */
    layout([width]) {
        if (width) fit(this.canvas, width, Math.round(HEIGHT * devicePixelRatio));
    }

    /**
     * @param {number | null} value what is shown, or null
     * @param {number} cell whose scale it is on
     */
    paint(value, cell) {
        const context = this.canvas.getContext("2d");
        const ratio = devicePixelRatio;
        const { display } = this;
        const { width } = this.canvas;
        const [top, high] = [6 * ratio, BAR * ratio];
        context.clearRect(0, 0, width, this.canvas.height);
        const line = new ImageData(width, 1);
        const pixels = new Uint32Array(line.data.buffer);
        for (let x = 0; x < width; x++) pixels[x] = display.palette[Math.round((255 * x) / (width - 1))];
        for (let y = 0; y < high; y++) context.putImageData(line, 0, Math.round(top) + y);
        context.fillStyle = context.strokeStyle = display.muted;
        context.lineWidth = Math.max(1, Math.round(ratio));
        context.font = `${11 * ratio}px ${display.font}`;
        context.textBaseline = "top";
        const limit = display.limits[cell] ?? display.limit;
        const step = display.perCell ? limit : 1;
        /** @param {number} some */
        const at = (some) => ((Math.min(Math.max(some / limit, -1), 1) + 1) / 2) * (width - 1);
        for (let tick = -limit; tick <= limit; tick += step) {
            const x = Math.min(Math.floor(at(tick)) + 0.5, width - 0.5);
            context.beginPath();
            context.moveTo(x, top + high);
            context.lineTo(x, top + high + 4 * ratio);
            context.stroke();
        }
        for (const [align, x, text] of /** @type {[CanvasTextAlign, number, string][]} */ ([
            ["left", 0, display.perCell ? `\u2212${limit.toFixed(2)}` : `\u2212${limit} or less`],
            ["center", width / 2, "0"],
            ["right", width, display.perCell ? limit.toFixed(2) : `${limit} or more`],
        ])) {
            context.textAlign = align;
            context.fillText(text, x, top + high + 6 * ratio);
        }
        if (value === null) return;
        const x = Math.min(Math.max(at(value), 5 * ratio), width - 5 * ratio);
        context.fillStyle = display.selected;
        context.beginPath();
        context.moveTo(x, top + 1 * ratio);
        context.lineTo(x - 4.5 * ratio, 0);
        context.lineTo(x + 4.5 * ratio, 0);
        context.fill();
    }
}
