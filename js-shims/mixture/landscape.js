/** The picture of a density: bilinear between its heights, in bands, like the heights on a map. */
import { colourBytes } from "../canvas/palette.js";

const BAND = 1.5; // nats
const BANDS = 10;

/**
 * Return a canvas with as many pixels as are useful where it is shown `across` pixels wide.
 *
 * @param {Float32Array} heights (rows, columns), in nats; 0 is the highest
 * @param {number} columns
 * @param {number} rows
 * @param {number} across
 * @param {string} colour
 */
export function landscape(heights, columns, rows, across, colour) {
    const times = Math.max(1, Math.min(6, Math.floor(across / columns)));
    const [width, height] = [columns * times, rows * times];
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const colours = shades(colour);
    for (let y = 0; y < height; y++) {
        const v = Math.min(Math.max((y + 0.5) / times - 0.5, 0), rows - 1);
        const row = Math.min(Math.floor(v), Math.max(rows - 2, 0));
        const [above, below] = [row * columns, Math.min(row + 1, rows - 1) * columns];
        for (let x = 0; x < width; x++) {
            const u = Math.min(Math.max((x + 0.5) / times - 0.5, 0), columns - 1);
            const column = Math.min(Math.floor(u), Math.max(columns - 2, 0));
            const next = Math.min(column + 1, columns - 1);
            const [p, q] = [u - column, v - row];
            const upper = heights[above + column] * (1 - p) + heights[above + next] * p;
            const lower = heights[below + column] * (1 - p) + heights[below + next] * p;
            const band = Math.floor(-(upper * (1 - q) + lower * q) / BAND);
            if (band < BANDS) pixels[y * width + x] = colours[band];
        }
    }
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
}

/**
 * Return the colour of each band as RGBA bytes, the higher the stronger.
 *
 * @param {string} colour
 */
function shades(colour) {
    const rgb = colourBytes(colour);
    const bytes = new Uint8ClampedArray(4 * BANDS);
    for (let k = 0; k < BANDS; k++) bytes.set([...rgb, 190 * (1 - k / BANDS) ** 1.4 + 8], 4 * k);
    return new Uint32Array(bytes.buffer);
}
