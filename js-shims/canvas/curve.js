/**
 * The curves through points of ink, the same for the screen and for SVG: anything that has moveTo, lineTo and
 * bezierCurveTo takes them.
 */

/** @typedef {{moveTo(x: number, y: number): void, lineTo(x: number, y: number): void, bezierCurveTo(...numbers: number[]): void}} CurveTarget */

// A canvas does not paint a line of length 0, not even as a dot: a dot is this long, in x-heights.
export const SPECK = 1e-3;

/**
 * Add the piece of a Catmull-Rom spline from point i - 1 to point i; `before` and `after` are the points on either side.
 *
 * The pen clock's points are sparse where the pen goes straight, so lines between them would show corners.
 *
 * @param {CurveTarget} path already at point i - 1
 * @param {Float32Array} table (N, 3): x, y and lift
 * @param {number} i
 * @param {number} before i - 2, or i - 1 at the start of a stroke
 * @param {number} after i + 1, or i at the end of a stroke
 */
export function addSegment(path, table, i, before, after) {
    const [x0, y0, x, y] = [table[3 * i - 3], table[3 * i - 2], table[3 * i], table[3 * i + 1]];
    path.bezierCurveTo(
        x0 + (x - table[3 * before]) / 6,
        y0 + (y - table[3 * before + 1]) / 6,
        x - (table[3 * after] - x0) / 6,
        y - (table[3 * after + 1] - y0) / 6,
        x,
        y,
    );
}

/**
 * Add the piece around point i of a stroke that is being written: a parabola between the middles of the two lines that
 * meet in it, or, at the tip, the straight half line to it.
 *
 * @param {CanvasPath} path
 * @param {number[]} xy x, y, x, y, ...
 * @param {number} i
 */
export function addWetSegment(path, xy, i) {
    const [x, y] = [xy[2 * i], xy[2 * i + 1]];
    if (i === 0) path.moveTo(x, y);
    else path.moveTo((xy[2 * i - 2] + x) / 2, (xy[2 * i - 1] + y) / 2);
    if (2 * i + 2 < xy.length) path.quadraticCurveTo(x, y, (x + xy[2 * i + 2]) / 2, (y + xy[2 * i + 3]) / 2);
    else path.lineTo(x + SPECK, y);
}

/** Samples of ink that start at one place, as smooth curves. */
export class Paths {
    /**
     * @param {Float32Array} table (samples, points, 3): x, y and lift
     * @param {number} samples
     */
    constructor(table, samples) {
        this.table = table;
        this.samples = samples;
        this.points = table.length / (3 * samples);
        /** @type {Map<number, Path2D>} */
        this.whole = new Map(); // sample -> its curve through all points
    }

    /**
     * Return the curve of a sample through its first `count` points.
     *
     * @param {number} sample
     * @param {number} count
     */
    line(sample, count) {
        if (count < this.points) return this.trace(sample, Math.max(count, 1), new Path2D());
        if (!this.whole.has(sample)) this.whole.set(sample, this.trace(sample, this.points, new Path2D()));
        return this.whole.get(sample);
    }

    /**
     * Add the curve of a sample through its first `count` points to a path; return the path.
     *
     * @template {CurveTarget} Target
     * @param {number} sample
     * @param {number} count
     * @param {Target} path
     */
    trace(sample, count, path) {
        const { table, points } = this;
        const base = sample * points;
        /** @param {number} i */
        const lifted = (i) => table[3 * (base + i) + 2] > 0.5;
        let first = 0; // of the stroke that point i belongs to
        for (let i = 0; i < count; i++) {
            if (i > 0 && lifted(i - 1)) first = i;
            if (i !== first) {
                const after = i + 1 < points && !lifted(i) ? i + 1 : i;
                addSegment(path, table, base + i, base + Math.max(i - 2, first), base + after);
                continue;
            }
            const [x, y] = [table[3 * (base + i)], table[3 * (base + i) + 1]];
            path.moveTo(x, y);
            // A stroke of one point so far is a dot; the pen's own place, though, is not drawn again.
            if (i > 0 && (lifted(i) || i === count - 1)) path.lineTo(x + SPECK, y);
        }
        return path;
    }
}

/** The text of an SVG path, written by the commands of a Path2D. */
export class SvgPath {
    text = "";

    /**
     * @param {number} x
     * @param {number} y
     */
    moveTo(x, y) {
        this.text += `M${short(x)} ${short(y)}`;
    }

    /**
     * @param {number} x
     * @param {number} y
     */
    lineTo(x, y) {
        this.text += `L${short(x)} ${short(y)}`;
    }

    /** @param {number[]} numbers */
    bezierCurveTo(...numbers) {
        this.text += `C${numbers.map(short).join(" ")}`;
    }
}

/** @param {number} x */
const short = (x) => Math.round(1e4 * x) / 1e4;
