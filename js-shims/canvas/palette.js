/**
 * The page's diverging scale as a table of colours, read from the style sheet, so that each theme has its own.
 */

const SIZE = 256;

/**
 * Return the scale of an element's --low, --middle and --high: 256 colours, RGBA bytes, evenly spaced to the eye.
 *
 * @param {Element} element
 */
export function diverging(element) {
    const style = getComputedStyle(element);
    const [low, middle, high] = ["--low", "--middle", "--high"].map((name) =>
        toOklab(colourBytes(style.getPropertyValue(name))),
    );
    const table = new Uint8ClampedArray(4 * SIZE);
    for (let i = 0; i < SIZE; i++) {
        const place = (2 * i) / (SIZE - 1) - 1;
        const [from, to] = place < 0 ? [middle, low] : [middle, high];
        const mixed = from.map((value, k) => value + (to[k] - value) * Math.abs(place));
        table.set([...fromOklab(mixed), 255], 4 * i);
    }
    return new Uint32Array(table.buffer);
}

/**
 * Return the number, 0 to 255, of the colour at a place between -1 and 1.
 *
 * @param {number} place
 */
export const colourIndex = (place) => Math.round(((Math.min(Math.max(place, -1), 1) + 1) / 2) * (SIZE - 1));

/**
 * Return a colour of four RGBA bytes as CSS writes it, without its alpha.
 *
 * @param {number} colour
 */
export const css = (colour) => `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;

/**
 * Return any CSS colour as [red, green, blue] bytes.
 *
 * @param {string} colour
 */
export function colourBytes(colour) {
    const context = document.createElement("canvas").getContext("2d"); // an OffscreenCanvas knows no system colours
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

// Oklab (B. Ottosson, 2020): equal steps in it look equal, which is not so in RGB.

/** @param {number[]} colour bytes */
function toOklab(colour) {
    const [r, g, b] = colour.map((byte) => {
        const part = byte / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return [
        0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
}

/** @param {number[]} colour lightness, a, b */
function fromOklab([lightness, a, b]) {
    const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
    const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
    const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
    return [
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
    ].map((part) => {
        const light = Math.min(Math.max(part, 0), 1);
        return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055);
    });
}
