/**
 * Small curves, one a canvas: a cell over a line of writing, and beside it what it goes with. No decisions here.
 */

// Line widths and the margin above and below, in CSS pixels.
const CELL = 1.4;
const FIT = 1.6;
const MARGIN = 3;

/** The curves of all canvases in an element, in their order; drawn anew when size, theme or pixel ratio change. */
class Sparks {
    constructor(element) {
        this.element = element;
        this.step = -1;
        this.show(new Float32Array(0), new Float32Array(0), 0, false);
        new ResizeObserver(() => this.paint()).observe(element);
        for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
            matchMedia(query).addEventListener("change", () => this.paint());
        }
    }

    /** Curves (k, count) of cells, and (k, count) of what stands beside them; `events`: the latter are 0 or 1. */
    show(cells, fits, count, events) {
        Object.assign(this, { cells, fits, count, events });
        this.paint();
    }

    /** Mark a point of the line. */
    mark(step) {
        this.step = step;
        this.paint();
    }

    paint() {
        this.element.querySelectorAll("canvas").forEach((canvas, row) => this.curve(canvas, row));
    }

    curve(canvas, row) {
        const { cells, fits, count, events, step } = this;
        const [wide, high] = [canvas.clientWidth, canvas.clientHeight];
        canvas.width = Math.round(wide * devicePixelRatio);
        canvas.height = Math.round(high * devicePixelRatio);
        const context = canvas.getContext("2d");
        context.scale(devicePixelRatio, devicePixelRatio);
        const cell = cells.subarray(row * count, (row + 1) * count);
        const fit = fits.subarray(row * count, (row + 1) * count);
        if (!cell.length || !wide) return;
        const { color, borderColor, outlineColor } = getComputedStyle(canvas); // of the cell, the mark, the fit
        let [low, high_] = [Math.min(...cell), Math.max(...cell)];
        if (low === high_) [low, high_] = [low - 1, high_ + 1];
        const x = (i) => ((i + 0.5) * wide) / count;
        const y = (value) => MARGIN + ((high_ - value) / (high_ - low)) * (high - 2 * MARGIN);
        context.lineJoin = "round";
        if (step >= 0 && step < count) {
            context.fillStyle = borderColor;
            context.fillRect(x(step) - 0.5, 0, 1, high);
        }
        context.strokeStyle = outlineColor;
        context.lineWidth = FIT;
        context.beginPath();
        for (let i = 0; i < count; i++) {
            if (events) {
                if (fit[i] > 0.5) {
                    context.moveTo(x(i), high);
                    context.lineTo(x(i), 0);
                }
            } else if (!Number.isNaN(fit[i])) {
                const place = [x(i), Math.min(Math.max(y(fit[i]), 0), high)];
                if (i > 0 && !Number.isNaN(fit[i - 1])) context.lineTo(...place);
                else context.moveTo(...place);
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

/** Sparks; for Python, where a class of JavaScript is awkward to call. */
export const sparks = (element) => new Sparks(element);
