/** The components of a mixture around the pen, and their weights as bars. */
/** @import {Viewport} from "./viewport.js" */

const EDGE = 1.4; // of an ellipse, CSS pixels
const MIN_WEIGHT = 0.002; // of a component that is drawn

/**
 * What py/worker/tasks/mixture.py returns, for N points and M components.
 *
 * @typedef {object} Mixtures
 * @property {Float32Array} weights (N, M)
 * @property {Float32Array} ellipses (N, M, 5): dx, dy, the half axes and the angle at one standard deviation
 * @property {Float32Array} pens (N, 2): where the pen is
 * @property {Float32Array} lifts (N,): the chance of a lift
 * @property {Float32Array} views (N, 3): x, y and reach of what is worth seeing
 */

/**
 * Draw each component as the ellipses of one and two standard deviations.
 *
 * @param {Viewport} scene
 * @param {Mixtures} mixtures
 * @param {number} components M
 * @param {number} step
 * @param {number} x
 * @param {number} y
 * @param {number} strength
 * @param {{fill: string, edge: string}} colours
 */
export function paintComponents(scene, { weights, ellipses }, components, step, x, y, strength, colours) {
    const { context } = scene;
    context.fillStyle = colours.fill;
    context.strokeStyle = colours.edge;
    context.lineWidth = scene.pixels(EDGE);
    const least = scene.pixels(0.75); // an ellipse that is narrower than a pixel still shows
    for (let k = components * step; k < components * (step + 1); k++) {
        const weight = weights[k];
        if (weight < MIN_WEIGHT) continue;
        const [dx, dy, a, b, angle] = ellipses.subarray(5 * k, 5 * k + 5);
        for (const [deviations, fill, edge] of [
            [2, 0.18, 0],
            [1, 0.3, 0.9],
        ]) {
            context.beginPath();
            const [long, short] = [Math.max(deviations * a, least), Math.max(deviations * b, least)];
            context.ellipse(x + dx, y + dy, long, short, angle, 0, 7);
            context.globalAlpha = fill * weight * strength;
            context.fill();
            // The edge of a component of little weight must still be seen: the root fades more slowly.
            context.globalAlpha = edge * Math.sqrt(weight) * strength;
            if (edge) context.stroke();
        }
    }
    context.globalAlpha = 1;
}

/**
 * Draw the weights of the components and, apart from them, the chance of a lift; all from 0 to 1.
 *
 * @param {Viewport} viewport
 * @param {Mixtures} mixtures
 * @param {number} components M
 * @param {number} step
 * @param {{model: string, text: string, track: string}} theme
 */
export function paintBars({ context, canvas }, { weights, lifts }, components, step, theme) {
    const { width, height } = canvas;
    const ratio = devicePixelRatio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const last = Math.round(22 * ratio); // the lift's
    const apart = Math.round(14 * ratio);
    const wide = (width - last - apart) / components;
    /** @type {(x: number, w: number, part: number, colour: string) => void} */
    const bar = (x, w, part, colour) => {
        context.fillStyle = theme.track;
        context.fillRect(x, 0, w, height);
        context.fillStyle = colour;
        const high = Math.max(Math.round(part * height), part > 0.001 ? ratio : 0);
        context.fillRect(x, height - high, w, high);
    };
    const gap = Math.max(1, Math.round(ratio));
    for (let k = 0; k < components; k++) {
        const from = Math.round(k * wide);
        const weight = weights[components * step + k];
        bar(from, Math.round((k + 1) * wide) - from - gap, weight, theme.model);
    }
    bar(width - last, last, lifts[step], theme.text);
}
