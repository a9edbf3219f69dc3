/**
 * One point of a line: its fan, and the path that was taken, on the sheet above all the other fans. If there is a
 * mixture to show, a magnifier beside it has the first step enlarged.
 */
/** @import {Fan, FanStyle, Tones} from "./fan_painter.js" */
/** @import {Scroller} from "../canvas/scroller.js" */
import { resize } from "../canvas/canvas.js";
import { addFan, Density, ringRadius } from "./fan_painter.js";

const REACH = 7; // of the sheet that one fan is looked at on, in x-heights to either side
const MIN_REACH = 0.02; // what is enlarged reaches at least so far to either side, in x-heights
const PLAIN = 0.2; // a Gaussian at least as strong as this is shown whole

/** @typedef {{ellipses: Float32Array, strengths: Float32Array}} Mixture (M, 5) x, y, half axes, angle; and (M,) */

/**
 * @typedef {object} FanPoint
 * @property {number} x
 * @property {number} y
 * @property {boolean} air whether the pen is in the air there
 * @property {Float32Array} way x, y and lift of the points that followed
 * @property {Fan} [fan]
 * @property {Fan[]} near the fans around it
 * @property {Mixture | null} [mixture]
 */

export class Magnifier {
    /**
     * @param {HTMLCanvasElement} one lies on the sheet
     * @param {HTMLCanvasElement} enlarged lies beside it
     * @param {Scroller} scroller
     */
    constructor(one, enlarged, scroller) {
        this.one = one;
        this.enlarged = enlarged;
        this.scroller = scroller;
    }

    hide() {
        this.enlarged.hidden = true;
        resize(this.one, 0, 0);
        resize(this.enlarged, 0, 0);
    }

    /**
     * @param {FanPoint} point
     * @param {Path2D} line the whole line
     * @param {FanStyle} style
     * @param {Tones} tones
     * @param {string} text the colour of what is taken, and of rings
     */
    paint(point, line, style, tones, text) {
        const { one, enlarged, scroller } = this;
        const { x0, y0, zoom } = scroller;
        const left = Math.max(0, Math.floor((point.x - REACH - x0) * zoom));
        const width = Math.min(scroller.length, Math.ceil((point.x + REACH - x0) * zoom)) - left;
        const sheet = scroller.lay(one, left, width);
        const device = devicePixelRatio * zoom;
        paintFan(sheet, { zoom: device, x: x0 + left / zoom, y: y0 }, point, style, tones);
        sheet.strokeStyle = text;
        paintWay(sheet, point, zoom);
        sheet.lineWidth = 1 / zoom;
        for (const { x, y, lift } of point.near) {
            sheet.beginPath();
            sheet.arc(x, y, ringRadius(lift), 0, 2 * Math.PI);
            sheet.stroke();
        }
        enlarged.hidden = !point.mixture;
        if (!point.mixture) return resize(enlarged, 0, 0);
        const [from, to] = scroller.span;
        enlarged.classList.toggle("on-left", point.x > (from + to) / 2);
        const size = enlarged.clientWidth;
        const [middleX, middleY, reach] = firstStepBounds(point, style.row);
        const near = size / 2 / reach;
        const context = resize(enlarged, size, size);
        const scale = devicePixelRatio * near;
        const [x, y] = [middleX - enlarged.width / 2 / scale, middleY - enlarged.height / 2 / scale];
        paintFan(context, { zoom: scale, x, y }, point, style, tones);
        context.setTransform(scale, 0, 0, scale, -scale * x, -scale * y);
        context.strokeStyle = text;
        context.lineWidth = 1 / near;
        context.stroke(line);
        paintMixture(context, point.mixture, near);
        paintWay(context, point, near);
        context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        const css = getComputedStyle(enlarged);
        const words = `× ${Math.max(1, Math.round(near / zoom))}`;
        context.font = css.font;
        context.lineWidth = 5;
        context.strokeStyle = css.backgroundColor;
        context.strokeText(words, 10, size - 10);
        context.fillStyle = text;
        context.fillText(words, 10, size - 10);
    }
}

/**
 * Return where the first step may lead: its middle and how far it reaches, in x-heights.
 *
 * @param {FanPoint} point
 * @param {number} steps
 */
function firstStepBounds({ way, fan, mixture }, steps) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    /** @type {(x: number, y: number, more?: number) => void} */
    const include = (x, y, more = 0) => {
        box[0] = Math.min(box[0], x - more);
        box[1] = Math.min(box[1], y - more);
        box[2] = Math.max(box[2], x + more);
        box[3] = Math.max(box[3], y + more);
    };
    include(way[0], way[1]);
    const row = 2 * steps;
    if (fan) for (let k = 0; k < fan.xy.length; k += row) include(fan.xy[k], fan.xy[k + 1]);
    mixture?.strengths.forEach((strength, i) => {
        const [x, y, axis] = mixture.ellipses.subarray(5 * i, 5 * i + 3);
        if (strength > PLAIN) include(x, y, 2 * axis);
    });
    const half = Math.max(box[2] - box[0], box[3] - box[1]) / 2;
    return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, Math.max(1.15 * half, MIN_REACH)];
}

/**
 * Paint the fan of a point over a whole canvas.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {import("./fan_painter.js").Window} window what the canvas shows
 * @param {FanPoint} point
 * @param {FanStyle} style
 * @param {Tones} tones
 */
function paintFan(context, window, { fan }, style, tones) {
    const { width, height } = context.canvas;
    if (!fan || !width || !height) return;
    const density = new Density(width, height);
    addFan(density, window, style, fan);
    context.putImageData(density.image(tones, 0, width), 0, 0);
}

/**
 * Paint the path taken: a line, dotted where the pen was in the air, and a dot where it begins.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {FanPoint} point
 * @param {number} zoom CSS pixels to an x-height
 */
function paintWay(context, { x, y, air, way }, zoom) {
    context.fillStyle = context.strokeStyle;
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(x, y, 3 / zoom, 0, 2 * Math.PI);
    context.fill();
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = 2.2 / zoom;
    for (let i = 0; i < way.length; i += 3) {
        context.setLineDash(air ? [0.01, 4 / zoom] : []);
        context.beginPath();
        context.moveTo(x, y);
        [x, y, air] = [way[i], way[i + 1], way[i + 2] > 0.5];
        context.lineTo(x, y);
        context.stroke();
    }
    context.setLineDash([]);
}

/**
 * Paint each Gaussian as the ellipses of one and two standard deviations, as strong as its weight.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Mixture} mixture
 * @param {number} zoom
 */
function paintMixture(context, { ellipses, strengths }, zoom) {
    context.lineWidth = 1 / zoom;
    strengths.forEach((strength, i) => {
        const [x, y, a, b, angle] = ellipses.subarray(5 * i, 5 * i + 5);
        for (const sigmas of [1, 2]) {
            context.globalAlpha = strength / sigmas;
            context.beginPath();
            context.ellipse(x, y, sigmas * a, sigmas * b, angle, 0, 2 * Math.PI);
            context.stroke();
        }
    });
}
