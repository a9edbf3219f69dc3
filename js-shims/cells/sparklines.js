/** Sparklines: a cell over a line of writing, and with it the quantity that it goes with, a canvas each. */
import { resize, watch } from "../canvas/canvas.js";

// Line widths and the margin above and below, in CSS pixels.
const CELL = 1.4;
const FIT = 1.6;
const MARGIN = 3;

/** The curves of all canvases in an element, in their order. */
class Sparklines {
    /** @param {Element} element */
    constructor(element) {
        this.element = element;
        this.step = -1;
        this.show(new Float32Array(0), new Float32Array(0), 0, []);
        const paint = () => this.paint();
        watch([element], paint, paint);
    }

    /**
     * Show curves.
     *
     * @param {Float32Array} cells (k, count)
     * @param {Float32Array} fits (k, count): what stands beside each of them
     * @param {number} count
     * @param {ArrayLike<boolean>} events whether the fits are 0 or 1, of each of them
     */
    show(cells, fits, count, events) {
        this.cells = cells;
        this.fits = fits;
        this.count = count;
        this.events = events;
        this.paint();
    }

    /**
     * Mark a point of the line.
     *
     * @param {number} step
     */
    mark(step) {
        this.step = step;
        this.paint();
    }

    paint() {
        this.element.querySelectorAll("canvas").forEach((canvas, row) => {
            this.curve(canvas, row);
        });
    }

    /**
     * @param {HTMLCanvasElement} canvas
     * @param {number} row
     */
    curve(canvas, row) {
        const { cells, fits, count, events, step } = this;
        const [wide, high] = [canvas.clientWidth, canvas.clientHeight];
        const context = resize(canvas, wide, high);
        context.scale(devicePixelRatio, devicePixelRatio);
        const cell = cells.subarray(row * count, (row + 1) * count);
        const fit = fits.subarray(row * count, (row + 1) * count);
        if (!cell.length || !wide) return;
        const { color, borderColor, outlineColor } = getComputedStyle(canvas); // of the cell, the mark, the fit
        let [least, greatest] = [Math.min(...cell), Math.max(...cell)];
        if (least === greatest) [least, greatest] = [least - 1, greatest + 1];
        /** @param {number} i */
        const x = (i) => ((i + 0.5) * wide) / count;
        /** @param {number} value */
        const y = (value) => MARGIN + ((greatest - value) / (greatest - least)) * (high - 2 * MARGIN);
        context.lineJoin = "round";
        if (step >= 0 && step < count) {
            context.fillStyle = borderColor;
            context.fillRect(x(step) - 0.5, 0, 1, high);
        }
        context.strokeStyle = outlineColor;
        context.lineWidth = FIT;
        context.beginPath();
        for (let i = 0; i < count; i++) {
            if (events[row]) {
                if (fit[i] > 0.5) {
                    context.moveTo(x(i), high);
                    context.lineTo(x(i), 0);
                }
            } else if (!Number.isNaN(fit[i])) {
                const top = Math.min(Math.max(y(fit[i]), 0), high);
                if (i > 0 && !Number.isNaN(fit[i - 1])) context.lineTo(x(i), top);
                else context.moveTo(x(i), top);
            }
        }
        context.stroke();
        context.strokeStyle = color;
        context.lineWidth = CELL;
        context.beginPath();
        for (let i = 0; i < count; i++) context.lineTo(x(i), y(cell[i]));
        context.stroke();
    }
}

/**
 * Sparklines; for Python, where a class of JavaScript is awkward to call.
 *
 * @param {Element} element
 */
export const sparklines = (element) => new Sparklines(element);
