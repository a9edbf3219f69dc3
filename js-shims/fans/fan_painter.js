/** How fans are painted. */
import { densityOf } from "./density.js";

/** @import {Density} from "./density.js" */

/**
 * All sampled paths from one point.
 *
 * @typedef {object} Fan
 * @property {Float32Array} xy (S, K, 2)
 * @property {Uint8Array} bins (S, K): the numbers of their colours
 * @property {number} lift the chance of a lift
 * @property {number} x where it begins
 * @property {number} y
 * @property {boolean} air whether the pen is in the air there
 * @property {number} weight how strong it is
 * @property {number} left how far it reaches
 * @property {number} right
 */

/**
 * How fans look: what each step adds to the density of a pixel.
 *
 * @typedef {object} FanStyle
 * @property {number} row steps of a path in the arrays
 * @property {number} steps of those, the steps that are drawn
 * @property {Uint8Array} layers (bins,): 0 for left, 1 for right
 * @property {Float32Array} amounts (steps, bins)
 * @property {Float32Array} air (bins,): of a first step in the air
 */

/**
 * A piece of the sheet in device pixels.
 *
 * @typedef {object} Window
 * @property {number} zoom device pixels to an x-height
 * @property {number} x the x, in x-heights, of its left edge
 * @property {number} y
 */

export const NOTHING = 255; // in bins: no step here

const PATH_PX = 1; // width of one sampled path, CSS pixels
const RING = [0.014, 0.105]; // radius of a ring, in x-heights: at no chance of a lift, and how much more at certainty

/**
 * Return the style of fans.
 *
 * @param {number} row steps of a path in the arrays
 * @param {ArrayLike<number>} strengths opacities of the steps that are drawn
 * @param {number} air the opacity of a first step in the air
 * @param {number[]} shades of each bin, its place on the diverging scale
 * @returns {FanStyle}
 */
export function fanStyle(row, strengths, air, shades) {
    const steps = Math.min(row, strengths.length);
    /** @param {number} opacity */
    const amounts = (opacity) => shades.map((shade) => densityOf(opacity * Math.abs(shade)));
    return {
        row,
        steps,
        layers: Uint8Array.from(shades, (shade) => Number(shade > 0)),
        amounts: Float32Array.from(Array.from({ length: steps }, (_, k) => amounts(strengths[k])).flat()),
        air: Float32Array.from(amounts(air)),
    };
}

/**
 * Return whether any of a fan lies between two places.
 *
 * @param {Fan} fan
 * @param {number} left
 * @param {number} right
 */
export const touches = (fan, left, right) => fan.right > left && fan.left < right;

/**
 * Add a fan to the density of a piece of the sheet.
 *
 * @param {Density} density
 * @param {Window} window
 * @param {FanStyle} style
 * @param {Fan} fan
 */
export function addFan(density, window, { row, steps, layers, amounts, air }, fan) {
    const { xy, bins, weight } = fan;
    const { zoom } = window;
    const width = PATH_PX * devicePixelRatio;
    for (let first = 0; first < bins.length; first += row) {
        let x = (fan.x - window.x) * zoom;
        let y = (fan.y - window.y) * zoom;
        for (let step = 0; step < steps; step++) {
            const at = first + step;
            const bin = bins[at];
            if (bin === NOTHING) break; // nothing follows a lift
            const nextX = (xy[2 * at] - window.x) * zoom;
            const nextY = (xy[2 * at + 1] - window.y) * zoom;
            const amount = step || !fan.air ? amounts[step * layers.length + bin] : air[bin];
            density.line(layers[bin], x, y, nextX, nextY, width, weight * amount);
            x = nextX;
            y = nextY;
        }
    }
}

/**
 * Return the radius of a ring, in x-heights, for a chance of a lift.
 *
 * @param {number} lift
 */
export const ringRadius = (lift) => RING[0] + RING[1] * Math.sqrt(lift);
