/**
 * Batch drawing from typed arrays. No decisions are made here: what, where, how strong is said by the caller.
 *
 * All places are in ink coordinates: 1 is one x-height, y points down, and (0, 0) lies on the baseline at the start of
 * the line. A mark in the page, as tall as the x-height and standing on the baseline, says where that is on the screen.
 */

// A line of no length is not painted, not even as a dot: so a dot is this long, in x-heights.
export const SPECK = 1e-3;

/** All that were made, by their canvases: for whoever wants what is on one at another size. */
export const surfaces = new WeakMap();

/** A canvas that stays sharp at every size and pixel ratio, with ink coordinates on it. */
export class Surface {
    /**
     * @param {HTMLCanvasElement} canvas its CSS says its size and, as `color`, the colour to draw in
     * @param {Element} mark as tall as the x-height, standing on the baseline where x is 0
     * @param {() => void} repaint called whenever the canvas has become empty or its colour has changed
     */
    constructor(canvas, mark, repaint) {
        this.canvas = canvas;
        this.context = canvas.getContext("2d");
        this.mark = mark;
        this.repaint = repaint;
        this.pan = 0;
        surfaces.set(canvas, this);
        this.measure();
        new ResizeObserver(() => this.refit()).observe(canvas);
        new ResizeObserver(() => this.refit()).observe(mark);
        for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
            matchMedia(query).addEventListener("change", () => this.repaint());
        }
        this.watchPixelRatio();
    }

    /** A window that moves to another screen, or is zoomed, changes its pixel ratio; only the old ratio can be watched. */
    watchPixelRatio() {
        matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
            "change",
            () => {
                this.refit();
                this.watchPixelRatio();
            },
            { once: true },
        );
    }

    measure(ratio = devicePixelRatio) {
        const box = this.canvas.getBoundingClientRect();
        const mark = this.mark.getBoundingClientRect();
        this.ratio = ratio;
        this.scale = mark.height; // CSS pixels to an x-height
        this.left = mark.left - box.left;
        this.baseline = mark.bottom - box.top;
        this.width = box.width;
        this.canvas.width = Math.round(box.width * this.ratio);
        this.canvas.height = Math.round(box.height * this.ratio);
    }

    refit() {
        this.measure();
        this.repaint();
    }

    /** Have all of it drawn with so many pixels to a CSS pixel, only while `use()` runs. */
    at(ratio, use) {
        this.measure(ratio);
        this.repaint();
        use();
        this.refit();
    }

    /** Slide the paper: `pan` is the x, in x-heights, that lies on the mark. */
    slide(pan) {
        this.pan = pan;
        this.repaint();
    }

    /** Where the right edge lies, in x-heights from the mark. */
    get reach() {
        return (this.width - this.left) / this.scale;
    }

    /** A place on the screen (clientX, clientY) in ink coordinates. */
    place(event) {
        const box = this.canvas.getBoundingClientRect();
        return [
            (event.clientX - box.left - this.left) / this.scale + this.pan,
            (event.clientY - box.top - this.baseline) / this.scale,
        ];
    }

    /** Set the context up for ink coordinates and round strokes in the canvas's colour. */
    ready() {
        const { context, ratio, scale } = this;
        const zoom = ratio * scale;
        context.setTransform(zoom, 0, 0, zoom, ratio * (this.left - this.pan * scale), ratio * this.baseline);
        context.lineCap = context.lineJoin = "round";
        context.strokeStyle = getComputedStyle(this.canvas).color;
        return context;
    }

    clear() {
        this.context.setTransform(1, 0, 0, 1, 0, 0);
        this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    }

    /** Draw the samples first..last - 1 of some Paths, each up to its point number `count`. */
    paths(paths, first, last, count, width, alpha) {
        const context = this.ready();
        context.lineWidth = width;
        context.globalAlpha = alpha;
        for (let sample = first; sample < last; sample++) context.stroke(paths.line(sample, count));
        context.globalAlpha = 1;
    }
}

/** Polylines that begin at one place: a table (samples, points, 3) of x, y and lift, smoothed through every point. */
export class Paths {
    constructor(table, samples) {
        this.table = table;
        this.samples = samples;
        this.points = table.length / (3 * samples);
        this.whole = new Map(); // sample -> its line over all points
    }

    line(sample, count) {
        if (count < this.points) return this.trace(sample, Math.max(count, 1));
        if (!this.whole.has(sample)) this.whole.set(sample, this.trace(sample, this.points));
        return this.whole.get(sample);
    }

    /** A Catmull-Rom spline through each stroke: the pen clock's points are sparse where the pen goes straight. */
    trace(sample, count, line = new Path2D()) {
        const { table, points } = this;
        const base = sample * points;
        const x = (i) => table[3 * (base + i)];
        const y = (i) => table[3 * (base + i) + 1];
        const lifted = (i) => table[3 * (base + i) + 2] > 0.5;
        let first = 0; // of the stroke that point i belongs to
        for (let i = 0; i < count; i++) {
            if (i > 0 && lifted(i - 1)) first = i;
            if (i === first) {
                line.moveTo(x(i), y(i));
                // A stroke of one point so far is a dot; the pen's own place, though, is not drawn again.
                if (i > 0 && (lifted(i) || i === count - 1)) line.lineTo(x(i) + SPECK, y(i));
                continue;
            }
            const before = Math.max(i - 2, first);
            const after = i + 1 < points && !lifted(i) ? i + 1 : i;
            line.bezierCurveTo(
                x(i - 1) + (x(i) - x(before)) / 6,
                y(i - 1) + (y(i) - y(before)) / 6,
                x(i) - (x(after) - x(i - 1)) / 6,
                y(i) - (y(after) - y(i - 1)) / 6,
                x(i),
                y(i),
            );
        }
        return line;
    }
}

/**
 * Frames on demand: `ask()` has `draw(now)` called once before the next repaint, and again while it answers true. The
 * callback is handed over once, for Python makes a new one of each function that it hands over.
 */
class Frames {
    constructor(draw) {
        this.draw = draw;
        this.asked = false;
    }

    ask() {
        if (this.asked) return;
        this.asked = true;
        requestAnimationFrame((now) => {
            this.asked = false;
            if (this.draw(now)) this.ask();
        });
    }
}

/** Paths from a Float32Array; for Python, where a class of JavaScript is awkward to call. */
export const paths = (table, samples) => new Paths(table, samples);

/** A Surface, likewise. */
export const surface = (canvas, mark, repaint) => new Surface(canvas, mark, repaint);

/** Frames, likewise. */
export const frames = (draw) => new Frames(draw);
