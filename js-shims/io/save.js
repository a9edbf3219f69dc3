/**
 * Files out of the page: bytes as a download, and a part of the page as a picture, in the pixels that it is made of.
 *
 * What goes into a file, and what it is called, is said by the caller.
 */
import { surfaces } from "../canvas/draw.js";

// Browsers refuse larger canvases, and no screen shows them.
const MOST_PIXELS = 2 ** 25;

/** Have the browser save a Blob under this name. */
function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers begin to read it only now
}

/** Have the browser save bytes (Uint8Array) of this type under this name. */
export const file = (bytes, type, name) => save(new Blob([bytes], { type }), name);

/**
 * Have the browser save what an element shows as a PNG, so many pixels to a CSS pixel: its background, its canvases,
 * drawings and words. A canvas of ink is drawn anew for that, any other is taken as it is.
 */
export async function picture(element, ratio, name) {
    const box = element.getBoundingClientRect();
    ratio = Math.min(ratio, Math.sqrt(MOST_PIXELS / (box.width * box.height)));
    const canvas = new OffscreenCanvas(Math.round(box.width * ratio), Math.round(box.height * ratio));
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, -ratio * box.left, -ratio * box.top);
    fill(context, ground(element), box);
    paint(context, element, ratio);
    save(await canvas.convertToBlob({ type: "image/png" }), name);
}

/** The colour on which an element lies: that of the nearest that has one. */
function ground(element) {
    for (let one = element; one; one = one.parentElement) {
        const colour = getComputedStyle(one).backgroundColor;
        if (!clear(colour)) return colour;
    }
    return "white";
}

const clear = (colour) => colour === "transparent" || /[,/] ?0\)$/.test(colour);

function fill(context, colour, { left, top, width, height }) {
    context.fillStyle = colour;
    context.fillRect(left, top, width, height);
}

/** Paint an element and all in it, in the order of the document; the context has the coordinates of the window. */
function paint(context, element, ratio) {
    const style = getComputedStyle(element);
    if (style.display === "none") return;
    const box = element.getBoundingClientRect();
    context.save();
    context.globalAlpha *= style.opacity;
    if (style.visibility === "visible") paintOne(context, element, style, box, ratio);
    if (style.overflow !== "visible") {
        context.beginPath();
        context.rect(box.left, box.top, box.width, box.height);
        context.clip();
    }
    if (!(element instanceof SVGElement)) {
        for (const child of element.childNodes) {
            if (child instanceof Element) paint(context, child, ratio);
            else if (child instanceof Text && style.visibility === "visible") paintWords(context, child, style);
        }
    }
    context.restore();
}

function paintOne(context, element, style, box, ratio) {
    if (!clear(style.backgroundColor)) fill(context, style.backgroundColor, box);
    for (const [side, y] of [
        ["Top", box.top],
        ["Bottom", box.bottom],
    ]) {
        const width = parseFloat(style[`border${side}Width`]);
        if (!width || clear(style[`border${side}Color`])) continue;
        const middle = side === "Top" ? y + width / 2 : y - width / 2;
        context.strokeStyle = style[`border${side}Color`];
        context.lineWidth = width;
        context.setLineDash(style[`border${side}Style`] === "dashed" ? [3 * width, 3 * width] : []);
        context.beginPath();
        context.moveTo(box.left, middle);
        context.lineTo(box.right, middle);
        context.stroke();
        context.setLineDash([]);
    }
    if (element instanceof HTMLCanvasElement) paintCanvas(context, element, box, ratio);
    if (element instanceof SVGSVGElement) paintDrawing(context, element);
}

function paintCanvas(context, canvas, box, ratio) {
    const copy = () => {
        if (canvas.width && canvas.height) context.drawImage(canvas, box.left, box.top, box.width, box.height);
    };
    const surface = surfaces.get(canvas);
    if (surface) surface.at(ratio, copy);
    else copy();
}

function paintDrawing(context, drawing) {
    for (const path of drawing.querySelectorAll("path")) {
        const style = getComputedStyle(path);
        const { a, b, c, d, e, f } = path.getScreenCTM();
        context.save();
        context.transform(a, b, c, d, e, f);
        context.strokeStyle = style.stroke === "none" ? "transparent" : style.stroke;
        context.globalAlpha *= style.opacity;
        context.lineWidth =
            parseFloat(style.strokeWidth) / (style.vectorEffect === "non-scaling-stroke" ? Math.hypot(a, b) : 1);
        context.lineCap = style.strokeLinecap;
        context.lineJoin = style.strokeLinejoin;
        context.stroke(new Path2D(path.getAttribute("d")));
        context.restore();
    }
}

/** The words of a text, each where the browser has put it. */
function paintWords(context, text, style) {
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
