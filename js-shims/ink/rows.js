/** Rows of writing on a page of their own. Python says which rows, where and how strong. */
/** @import {Paths} from "../canvas/curve.js" */
import { Surface } from "../canvas/draw.js";

/** A surface that is as many x-heights wide as its canvas has in data-across; places are from its top left corner. */
class RowsSurface extends Surface {
    /**
     * @param {HTMLCanvasElement} canvas
     * @param {() => void} repaint
     */
    constructor(canvas, repaint) {
        super(canvas, canvas, repaint);
    }

    /** @param {number} [ratio] */
    measure(ratio) {
        super.measure(ratio);
        this.scale = this.width / Number(this.canvas.dataset.across); // CSS pixels to an x-height
        this.left = this.baseline = 0;
    }

    /** The height of the page, in x-heights. */
    get tall() {
        return this.canvas.height / this.ratio / this.scale;
    }

    /**
     * Draw the first `count` points of a row, Paths of one sample, with its left end on the baseline at (x, y).
     *
     * @param {Paths} paths
     * @param {number} x
     * @param {number} y
     * @param {number} count
     * @param {number} width
     * @param {number} alpha
     */
    row(paths, x, y, count, width, alpha) {
        this.move(x, y);
        this.paths(paths, 0, 1, count, width, alpha);
    }

    /**
     * Draw a ring where the pen is, on the last of `count` points of a row; filled if it is on the paper.
     *
     * @param {Paths} paths
     * @param {number} x
     * @param {number} y
     * @param {number} count
     * @param {number} radius
     * @param {number} width
     */
    tip(paths, x, y, count, radius, width) {
        this.move(x, y);
        const context = this.ready();
        const at = 3 * (count - 1);
        context.lineWidth = width;
        context.beginPath();
        context.arc(paths.table[at], paths.table[at + 1], radius, 0, 2 * Math.PI);
        if (paths.table[at + 2] < 0.5) {
            context.fillStyle = context.strokeStyle;
            context.fill();
        }
        context.stroke();
    }

    /**
     * @param {number} x
     * @param {number} y
     */
    move(x, y) {
        this.left = x * this.scale;
        this.baseline = y * this.scale;
    }
}

/**
 * A RowsSurface, for Python, where a class of JavaScript is awkward to call.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {() => void} repaint
 */
export const page = (canvas, repaint) => new RowsSurface(canvas, repaint);
