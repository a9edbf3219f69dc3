/**
 * Rows of writing on a page of their own. Which rows, where and how strong is said by the caller.
 */
import { Surface } from "../canvas/draw.js";

/** A surface whose width is so many x-heights as its canvas says in data-across; places are from its top left corner. */
class Page extends Surface {
    constructor(canvas, repaint) {
        super(canvas, canvas, repaint);
    }

    measure(ratio) {
        super.measure(ratio);
        this.scale = this.width / +this.canvas.dataset.across; // CSS pixels to an x-height
        this.left = this.baseline = 0;
    }

    /** How tall the page is, in x-heights. */
    get tall() {
        return this.canvas.height / this.ratio / this.scale;
    }

    /** Draw a row (Paths of one sample) up to its point number `count`, its left edge and its baseline at (x, y). */
    row(paths, x, y, count, width, alpha) {
        this.move(x, y);
        this.paths(paths, 0, 1, count, width, alpha);
    }

    /** A ring where the pen is, on the last of `count` points of a row; filled if it is on the paper. */
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

    move(x, y) {
        this.left = x * this.scale;
        this.baseline = y * this.scale;
    }
}

/** A Page; for Python, where a class of JavaScript is awkward to call. */
export const page = (canvas, repaint) => new Page(canvas, repaint);
