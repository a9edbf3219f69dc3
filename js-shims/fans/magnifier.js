/**
 * One point of a line, looked at: its fan, the mixture that it is drawn from, and the way that was taken; on the sheet,
 * above all the other fans, and in a lens, where its first step is enlarged.
 */
import { paint } from "./fan_painter.js";
import { sized } from "../canvas/scroller.js";

const REACH = 6; // of the sheet that one fan is looked at on, in x-heights to either side
const CLOSEST = 0.02; // what is enlarged reaches at least so far to either side, in x-heights
const PLAIN = 0.2; // a Gaussian as strong as that is to be seen whole

export class Lens {
    /**
     * @param {HTMLCanvasElement} one lies on the sheet
     * @param {HTMLCanvasElement} lens beside it
     */
    constructor(one, lens, sheet) {
        Object.assign(this, { one, lens, sheet });
    }

    hide() {
        this.lens.hidden = true;
        sized(this.one, 0, 0);
        sized(this.lens, 0, 0);
    }

    /**
     * @param {object} point {x, y, air: whether the pen was up there, way: x, y and lift of the points that followed,
     *     fan and look: the mixture's ellipses and their strengths, if they are known}
     * @param {Path2D} line the whole line
     * @param {object} brush what the fan looks like
     */
    paint(point, line, brush) {
        const { one, lens, sheet } = this;
        const { x0, zoom } = sheet;
        lens.hidden = false;
        const left = Math.max(0, Math.floor((point.x - REACH - x0) * zoom));
        const width = Math.min(sheet.length, Math.ceil((point.x + REACH - x0) * zoom)) - left;
        paintPoint(sheet.lay(one, left, width), point, brush, zoom);

        const [from, to] = sheet.span;
        lens.classList.toggle("to-the-left", point.x > (from + to) / 2);
        const size = lens.clientWidth;
        const [middleX, middleY, reach] = hills(point, brush.steps);
        const near = size / 2 / reach;
        const context = sized(lens, size, size);
        const scale = devicePixelRatio * near;
        context.setTransform(scale, 0, 0, scale, lens.width / 2 - scale * middleX, lens.height / 2 - scale * middleY);
        context.strokeStyle = brush.text;
        context.lineWidth = 1 / near;
        context.stroke(line);
        paintPoint(context, point, brush, near);
        context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        const style = getComputedStyle(lens);
        const text = `× ${Math.max(1, Math.round(near / zoom))}`;
        context.font = style.font;
        context.lineWidth = 5;
        context.strokeStyle = style.backgroundColor;
        context.strokeText(text, 10, size - 10);
        context.fillStyle = brush.text;
        context.fillText(text, 10, size - 10);
    }
}

/** Where the first step may lead: the middle of it and how far it reaches, in x-heights. */
function hills({ way, fan, look }, steps) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    const reach = (x, y, more = 0) => {
        box[0] = Math.min(box[0], x - more);
        box[1] = Math.min(box[1], y - more);
        box[2] = Math.max(box[2], x + more);
        box[3] = Math.max(box[3], y + more);
    };
    reach(way[0], way[1]);
    const row = 2 * steps;
    if (fan) for (let k = 0; k < fan.xy.length; k += row) reach(fan.xy[k], fan.xy[k + 1]);
    look?.strengths.forEach((strength, i) => {
        const [x, y, axis] = look.ellipses.subarray(5 * i, 5 * i + 3);
        if (strength > PLAIN) reach(x, y, 2 * axis);
    });
    const half = Math.max(box[2] - box[0], box[3] - box[1]) / 2;
    return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, Math.max(1.15 * half, CLOSEST)];
}

/** The fan, its first steps at full strength, the mixture and the way; `zoom` is CSS pixels to an x-height. */
function paintPoint(context, { x, y, air, way, fan, look }, brush, zoom) {
    if (fan) paint(context, brush, [fan], zoom, 1 / brush.strengths[0]);
    context.strokeStyle = brush.text;
    if (look) paintLook(context, look, zoom);
    context.globalAlpha = 1;
    context.lineWidth = 1.8 / zoom;
    for (let i = 0; i < way.length; i += 3) {
        context.setLineDash(air ? [0.01, 4 / zoom] : []);
        context.beginPath();
        context.moveTo(x, y);
        [x, y, air] = [way[i], way[i + 1], way[i + 2] > 0.5];
        context.lineTo(x, y);
        context.stroke();
        context.beginPath();
        context.arc(x, y, 2.4 / zoom, 0, 2 * Math.PI);
        context.stroke();
    }
    context.setLineDash([]);
}

/** The mixture: each of its Gaussians as the ellipses of one and two sigma, as strong as its weight. */
function paintLook(context, { ellipses, strengths }, zoom) {
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
