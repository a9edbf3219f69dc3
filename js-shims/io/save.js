/** Bytes as a file, and a part of the page as a PNG, saved or copied. Python says what goes into a file and names it. */
/** @import {Context} from "../canvas/canvas.js" */
import { surfaces } from "../canvas/draw.js";

// Browsers refuse larger canvases, and no screen shows them.
const MAX_PIXELS = 2 ** 25;

/**
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers start to read it only later
}

/**
 * Save bytes as a file.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} type
 * @param {string} name
 */
export const file = (bytes, type, name) => save(new Blob([bytes], { type }), name);

/**
 * Save what elements show as a PNG.
 *
 * @param {ArrayLike<Element>} elements
 * @param {number} ratio
 * @param {string} name
 */
export const picture = async (elements, ratio, name) => save(await png(elements, ratio), name);

/**
 * Put what elements show into the clipboard, as a PNG. Rejected where the browser refuses that.
 *
 * @param {ArrayLike<Element>} elements
 * @param {number} ratio
 */
export async function copyPicture(elements, ratio) {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": png(elements, ratio) })]); // at once, for Safari
}

/**
 * Return what elements show as a PNG, one below the other, with `ratio` pixels to a CSS pixel: their background,
 * canvases, drawings and text. A canvas of ink is painted again at that ratio, any other is copied as it is.
 *
 * @param {ArrayLike<Element>} elements
 * @param {number} ratio
 */
async function png(elements, ratio) {
    // what is in a closed disclosure still has a size
    const parts = Array.from(elements).filter((element) => element.checkVisibility?.() ?? true);
    const boxes = parts.map((element) => element.getBoundingClientRect());
    const width = Math.max(...boxes.map((box) => box.width));
    const height = boxes.reduce((sum, box) => sum + box.height, 0);
    ratio = Math.min(ratio, Math.sqrt(MAX_PIXELS / (width * height)));
    const canvas = new OffscreenCanvas(Math.round(width * ratio), Math.round(height * ratio));
    const context = canvas.getContext("2d");
    let top = 0;
    for (const [i, element] of parts.entries()) {
        const box = boxes[i];
        context.setTransform(ratio, 0, 0, ratio, -ratio * box.left, ratio * (top - box.top));
        fill(context, backgroundOf(element), new DOMRect(box.left, box.top, width, box.height));
        paint(context, element, ratio);
        top += box.height;
    }
    return canvas.convertToBlob({ type: "image/png" });
}

/**
 * Return the colour behind an element: the nearest background colour that is not transparent.
 *
 * @param {Element} element
 */
function backgroundOf(element) {
    for (let one = element; one; one = one.parentElement) {
        const colour = getComputedStyle(one).backgroundColor;
        if (!isClear(colour)) return colour;
    }
    return "white";
}

/** @param {string} colour */
const isClear = (colour) => colour === "transparent" || /[,/] ?0\)$/.test(colour);

/**
 * @param {Context} context
 * @param {string} colour
 * @param {DOMRect} box
 */
function fill(context, colour, { left, top, width, height }) {
    context.fillStyle = colour;
    context.fillRect(left, top, width, height);
}

/**
 * Paint an element and all in it, in the order of the document; the context has the coordinates of the window.
 *
 * @param {Context} context
 * @param {Element} element
 * @param {number} ratio
 */
function paint(context, element, ratio) {
    const style = getComputedStyle(element);
    if (style.display === "none") return;
    const box = element.getBoundingClientRect();
    context.save();
    context.globalAlpha *= Number(style.opacity);
    if (style.visibility === "visible") paintOne(context, element, style, box, ratio);
    if (style.overflow !== "visible") {
        context.beginPath();
        context.rect(box.left, box.top, box.width, box.height);
        context.clip();
    }
    if (!(element instanceof SVGElement)) {
        for (const child of element.childNodes) {
            if (child instanceof Element) paint(context, child, ratio);
            else if (child instanceof Text && style.visibility === "visible") paintText(context, child, style);
        }
    }
    context.restore();
}

/**
 * @param {Context} context
 * @param {Element} element
 * @param {CSSStyleDeclaration} style
 * @param {DOMRect} box
 * @param {number} ratio
 */
function paintOne(context, element, style, box, ratio) {
    if (!isClear(style.backgroundColor)) fill(context, style.backgroundColor, box);
    for (const side of ["top", "bottom"]) {
        const width = parseFloat(style.getPropertyValue(`border-${side}-width`));
        const colour = style.getPropertyValue(`border-${side}-color`);
        if (!width || isClear(colour)) continue;
        const middle = side === "top" ? box.top + width / 2 : box.bottom - width / 2;
        const dashed = style.getPropertyValue(`border-${side}-style`) === "dashed";
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.setLineDash(dashed ? [3 * width, 3 * width] : []);
        context.beginPath();
        context.moveTo(box.left, middle);
        context.lineTo(box.right, middle);
        context.stroke();
        context.setLineDash([]);
    }
    if (element instanceof HTMLCanvasElement) paintCanvas(context, element, box, ratio);
    if (element instanceof SVGSVGElement) paintDrawing(context, element);
}

/**
 * @param {Context} context
 * @param {HTMLCanvasElement} canvas
 * @param {DOMRect} box
 * @param {number} ratio
 */
function paintCanvas(context, canvas, box, ratio) {
    const copy = () => {
        if (canvas.width && canvas.height) context.drawImage(canvas, box.left, box.top, box.width, box.height);
    };
    const surface = surfaces.get(canvas);
    if (surface) surface.at(ratio, copy);
    else copy();
}

/**
 * @param {Context} context
 * @param {SVGSVGElement} drawing
 */
function paintDrawing(context, drawing) {
    for (const path of drawing.querySelectorAll("path")) {
        const style = getComputedStyle(path);
        const { a, b, c, d, e, f } = path.getScreenCTM();
        context.save();
        context.transform(a, b, c, d, e, f);
        context.strokeStyle = style.stroke === "none" ? "transparent" : style.stroke;
        context.globalAlpha *= Number(style.opacity);
        const scale = style.vectorEffect === "non-scaling-stroke" ? Math.hypot(a, b) : 1;
        context.lineWidth = parseFloat(style.strokeWidth) / scale;
        context.lineCap = /** @type {CanvasLineCap} */ (style.strokeLinecap);
        context.lineJoin = /** @type {CanvasLineJoin} */ (style.strokeLinejoin);
        context.stroke(new Path2D(path.getAttribute("d")));
        context.restore();
    }
}

/**
 * Paint the words of a text, each where the browser has put it.
 *
 * @param {Context} context
 * @param {Text} text
 * @param {CSSStyleDeclaration} style
 */
function paintText(context, text, style) {
    const range = document.createRange();
    context.font = style.font;
    context.fillStyle = style.color;
    context.textBaseline = "middle";
    for (const { 0: word, index } of text.data.matchAll(/\S+/g)) {
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        const box = range.getBoundingClientRect();
        context.fillText(word, box.left, box.top + box.height / 2);
    }
}
