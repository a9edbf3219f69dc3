/** The whole sheet, small: a slider whose thumb is the part in view, over the ink and what was written after it. */
import { resize } from "../canvas/canvas.js";

const ABOVE = 2; // x-heights of the picture above the baseline, and below it
const BELOW = 1;

/**
 * Draw strokes and a path over `length` x-heights.
 *
 * @param {HTMLCanvasElement} canvas in the colour of ink
 * @param {number} length
 * @param {import("./strokes.js").Strokes} ink
 * @param {import("../canvas/curve.js").Paths | null} path
 * @param {string} colour of the path
 */
export function draw(canvas, length, ink, path, colour) {
    const { clientWidth: width, clientHeight: height } = canvas;
    const context = resize(canvas, width, height);
    const across = (width / length) * devicePixelRatio;
    const down = Math.min(across, (height / (ABOVE + BELOW)) * devicePixelRatio);
    context.setTransform(across, 0, 0, down, 0, (canvas.height * ABOVE) / (ABOVE + BELOW));
    const whole = new Path2D();
    for (const { xy } of ink.strokes.slice(0, ink.count)) {
        whole.moveTo(xy[0], xy[1]);
        for (let i = 2; i < xy.length; i += 2) whole.lineTo(xy[i], xy[i + 1]);
    }
    const stroke = (/** @type {Path2D} */ line, /** @type {string} */ style) => {
        context.save();
        context.strokeStyle = style;
        context.lineWidth = 1.5 / Math.max(across, down);
        context.stroke(line);
        context.restore();
    };
    if (path) stroke(path.line(0, path.points), colour);
    stroke(whole, getComputedStyle(canvas).color);
}

/**
 * Return the right end of a path, in x-heights.
 *
 * @param {import("../canvas/curve.js").Paths} path
 */
export const right = ({ table }) => table.reduce((most, value, i) => (i % 3 ? most : Math.max(most, value)), 0);
