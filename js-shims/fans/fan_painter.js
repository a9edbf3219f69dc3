/**
 * How fans are painted: thousands of faint lines over one another, as two densities of each pixel, one for each end of
 * the colour scale.
 *
 * Densities add up, so the order of the lines does not matter: what arrives later is added to what is there, and a
 * change of colours needs no line again. The lines of one colour cover the paper as layers of it would,
 * up to COVER (1 - exp(-density)); the two colours are multiplied, or, on a dark paper, screened.
 */

/** @typedef {{base: number[], offset: number[], layers: Float32Array[]}} Tones made by `tones` */

const UNIT = 4096; // a density of 1
const SHIFT = 6; // from a density to its row in a table of tones
const MAX = 0xffff;
const COVER = 0.85; // what the most lines of one colour cover of the paper: the line itself stays darker
const ROWS = (MAX >> SHIFT) + 1;

/**
 * Return the density of a layer of this opacity.
 *
 * @param {number} opacity
 */
export const densityOf = (opacity) => -UNIT * Math.log(1 - Math.min(opacity, 0.99));

/**
 * Return the tones of two layers of colour on a paper; all are [red, green, blue] bytes.
 *
 * @param {number[]} paper
 * @param {number[][]} colours
 * @returns {Tones}
 */
export function tones(paper, colours) {
    const dark = 0.3 * paper[0] + 0.6 * paper[1] + 0.1 * paper[2] < 128;
    const offset = paper.map(() => (dark ? 255 : 0));
    const base = paper.map((byte, k) => byte - offset[k]);
    const layers = colours.map((colour) => {
        const table = new Float32Array(3 * ROWS);
        for (let k = 0; k < 3; k++) {
            // What the full colour leaves of the paper, or, on a dark one, of the darkness.
            const left = base[k] ? Math.min(Math.max((colour[k] - offset[k]) / base[k], 0), 1) : 1;
            for (let row = 0; row < ROWS; row++) {
                table[3 * row + k] = 1 - COVER * (1 - left) * (1 - Math.exp(-(row << SHIFT) / UNIT));
            }
        }
        return table;
    });
    return { base, offset, layers };
}

export class Density {
    /**
     * @param {number} width in device pixels
     * @param {number} height
     */
    constructor(width, height) {
        this.width = width;
        this.height = height;
        this.layers = [new Uint16Array(width * height), new Uint16Array(width * height)];
    }

    /**
     * Add a straight line between two places, in device pixels: to each pixel `amount` times how much of it is covered.
     *
     * @param {number} layer
     * @param {number} x0
     * @param {number} y0
     * @param {number} x1
     * @param {number} y1
     * @param {number} width
     * @param {number} amount
     */
    line(layer, x0, y0, x1, y1, width, amount) {
        const sums = this.layers[layer];
        const steep = Math.abs(y1 - y0) > Math.abs(x1 - x0);
        // a is the axis that the line is longer along, b the other one.
        let [a0, b0, a1, b1] = steep ? [y0, x0, y1, x1] : [x0, y0, x1, y1];
        if (a0 > a1) [a0, b0, a1, b1] = [a1, b1, a0, b0];
        if (!(a1 > a0)) return;
        const slope = (b1 - b0) / (a1 - a0);
        const half = (width / 2) * Math.sqrt(1 + slope * slope);
        const [along, across] = steep ? [this.width, 1] : [1, this.width];
        const [lastA, lastB] = steep ? [this.height - 1, this.width - 1] : [this.width - 1, this.height - 1];
        const end = Math.min(lastA, Math.ceil(a1) - 1);
        for (let a = Math.max(0, Math.floor(a0)); a <= end; a++) {
            const from = Math.max(a0, a);
            const to = Math.min(a1, a + 1);
            const middle = b0 + slope * ((from + to) / 2 - a0);
            const low = middle - half;
            const high = middle + half;
            const share = amount * (to - from);
            const stop = Math.min(lastB, Math.ceil(high) - 1);
            for (let b = Math.max(0, Math.floor(low)); b <= stop; b++) {
                const covered = Math.min(high, b + 1) - Math.max(low, b);
                const at = a * along + b * across;
                const sum = sums[at] + share * covered;
                sums[at] = Math.min(sum, MAX);
            }
        }
    }

    /**
     * Return some columns in colours, transparent where there is no line.
     *
     * @param {Tones} tones
     * @param {number} left
     * @param {number} width
     */
    image({ base, offset, layers: [low, high] }, left, width) {
        const image = new ImageData(width, this.height);
        const pixels = new Uint32Array(image.data.buffer);
        const [lows, highs] = this.layers;
        const [base0, base1, base2] = base;
        const [offset0, offset1, offset2] = offset;
        for (let row = 0, to = 0; row < this.height; row++) {
            for (let at = row * this.width + left, end = at + width; at < end; at++, to++) {
                const i = 3 * (lows[at] >> SHIFT);
                const j = 3 * (highs[at] >> SHIFT);
                if (i + j === 0) continue;
                const red = offset0 + base0 * low[i] * high[j] + 0.5;
                const green = offset1 + base1 * low[i + 1] * high[j + 1] + 0.5;
                const blue = offset2 + base2 * low[i + 2] * high[j + 2] + 0.5;
                pixels[to] = 0xff000000 | (blue << 16) | (green << 8) | red;
            }
        }
        return image;
    }
}

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
