/** How fans are painted. */
/** @import {Context} from "../canvas/canvas.js" */

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
 * @property {number} left how far it reaches
 * @property {number} right
 */

/**
 * How fans look.
 *
 * @typedef {object} FanStyle
 * @property {number} samples
 * @property {number} steps
 * @property {ArrayLike<number>} strengths opacities by step
 * @property {number} air the opacity of a first step in the air
 * @property {string[]} colours by bin
 * @property {string} text the colour of the rings
 */

export const NOTHING = 255; // in bins: no step here

const PATH_PX = 1; // width of one sampled path
const RING_PX = 0.8; // and of a ring
const RING = [0.014, 0.105]; // radius of a ring, in x-heights: at no chance of a lift, and how much more at certainty

/**
 * Return whether any of a fan lies between two places.
 *
 * @param {Fan} fan
 * @param {number} left
 * @param {number} right
 */
export function touches(fan, left, right) {
    return fan.right + RING[0] + RING[1] > left && fan.left - RING[0] - RING[1] < right;
}

/**
 * Paint fans, bit by bit: the last steps first, for they are the palest, then the rings. Samples are painted one after
 * the other, so that many on one place add up; one sample of all the fans goes in one stroke a colour.
 *
 * @param {Context} context
 * @param {FanStyle} style
 * @param {Fan[]} fans
 * @param {number} zoom CSS pixels to an x-height
 * @returns {Generator<void>}
 */
export function* painting(context, style, fans, zoom, strength = 1) {
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = PATH_PX / zoom;
    const written = fans.filter((fan) => !fan.air);
    const landed = fans.filter((fan) => fan.air);
    for (let step = style.steps - 1; step >= 0; step--) {
        for (let sample = 0; sample < style.samples; sample++) {
            context.globalAlpha = Math.min(1, strength * style.strengths[step]);
            paintStep(context, style, step ? fans : written, sample, step);
            if (!step) {
                context.globalAlpha = Math.min(1, strength * style.air);
                paintStep(context, style, landed, sample, step);
            }
            yield;
        }
    }
    context.globalAlpha = 1;
    context.strokeStyle = style.text;
    context.lineWidth = RING_PX / zoom;
    for (const { x, y, lift } of fans) {
        context.beginPath();
        context.arc(x, y, RING[0] + RING[1] * Math.sqrt(lift), 0, 2 * Math.PI);
        context.stroke();
    }
}

/**
 * Paint the same at once.
 *
 * @param {Parameters<typeof painting>} what
 */
export function paint(...what) {
    for (const _ of painting(...what));
}

/**
 * @param {Context} context
 * @param {FanStyle} style
 * @param {Fan[]} fans
 * @param {number} sample
 * @param {number} step
 */
function paintStep(context, { steps, colours }, fans, sample, step) {
    const at = sample * steps + step;
    /** @type {Path2D[]} */
    const lines = []; // by bin
    for (const { xy, bins, x, y } of fans) {
        if (bins[at] === NOTHING) continue;
        lines[bins[at]] ??= new Path2D();
        const line = lines[bins[at]];
        if (step) line.moveTo(xy[2 * at - 2], xy[2 * at - 1]);
        else line.moveTo(x, y);
        line.lineTo(xy[2 * at], xy[2 * at + 1]);
    }
    lines.forEach((line, bin) => {
        context.strokeStyle = colours[bin];
        context.stroke(line);
    });
}
