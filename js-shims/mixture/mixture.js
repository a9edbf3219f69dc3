/**
 * The mixtures of a line, drawn: the hills around the pen, or their landscape; the whole line, small, with the place of
 * the pen; the weights as bars. Lengths are in x-heights unless it says pixels; nothing is decided here.
 */
import { Paths } from "../canvas/draw.js";
import { landscape } from "./landscape.js";
import { fit, point, watch } from "../canvas/canvas.js";

// CSS pixels: the ink, the faint ink, the edge of an ellipse, the dot of the pen and the ring of the true next place.
const INK = 2.6;
const EDGE = 1.4;
const DOT = 4;
const RING = 7;
const MARGIN = 10; // around the small line

/** A canvas of device pixels on which a place and a reach around it can be looked at. */
class Eye {
    constructor(canvas) {
        this.canvas = canvas;
        this.context = canvas.getContext("2d");
        this.x = this.y = this.reach = 0;
        this.scale = 1; // device pixels to an x-height
    }

    fit() {
        const box = this.canvas.parentElement;
        fit(this.canvas, Math.floor(box.clientWidth * devicePixelRatio), Math.floor(box.clientHeight * devicePixelRatio));
    }

    /** Look at (x, y) so that at least `reach` to every side can be seen. */
    look(x, y, reach) {
        const { width, height } = this.canvas;
        Object.assign(this, { x, y, reach, scale: Math.min(width, height) / (2 * reach) });
    }

    /** Look at a box, however flat. */
    frame(left, top, right, bottom, margin) {
        const { width, height } = this.canvas;
        const wide = (width - 2 * margin) / Math.max(right - left, 1e-3);
        const high = (height - 2 * margin) / Math.max(bottom - top, 1e-3);
        Object.assign(this, { x: (left + right) / 2, y: (top + bottom) / 2, scale: Math.max(Math.min(wide, high), 1e-3) });
    }

    clear() {
        this.context.setTransform(1, 0, 0, 1, 0, 0);
        this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
        const { scale, canvas } = this;
        this.context.setTransform(scale, 0, 0, scale, canvas.width / 2 - this.x * scale, canvas.height / 2 - this.y * scale);
        this.context.lineCap = this.context.lineJoin = "round";
    }

    /** So many CSS pixels, in x-heights. */
    pixels(count) {
        return (count * devicePixelRatio) / this.scale;
    }

    /** A place of the screen, in pixels from the canvas's corner. */
    place(x, y) {
        const { canvas, scale } = this;
        return [
            this.x + (x * devicePixelRatio - canvas.width / 2) / scale,
            this.y + (y * devicePixelRatio - canvas.height / 2) / scale,
        ];
    }

    get box() {
        const { canvas, scale } = this;
        const [wide, high] = [canvas.width / scale / 2, canvas.height / scale / 2];
        return [this.x - wide, this.y - high, this.x + wide, this.y + high];
    }
}

/** What figures show, by their ids, for whoever wants to check it. */
export const shown = new Map();

export class Hills {
    /**
     * @param {Element} root the figure: canvases .scene canvas, .whole canvas, .bars canvas
     * @param {() => void} repaint called when all has to be drawn again
     * @param {(step: number) => void} told which point of the small line is pointed at
     */
    constructor(root, repaint, told) {
        shown.set(root.id, this);
        this.root = root;
        const canvases = [".scene", ".whole", ".bars"].map((name) => root.querySelector(`${name} canvas`));
        [this.scene, this.whole, this.bars] = canvases.map((canvas) => new Eye(canvas));
        this.line = this.data = this.scape = null;
        this.restyle();
        const refit = () => {
            for (const eye of [this.scene, this.whole, this.bars]) eye.fit();
            repaint();
        };
        for (const canvas of canvases) {
            watch(canvas.parentElement, refit, () => {
                this.restyle();
                repaint();
            });
        }
        point(this.whole.canvas, (kind, event) => {
            if (kind === "choose" && event && this.line) told(this.nearest(event.offsetX, event.offsetY));
        });
    }

    restyle() {
        const style = getComputedStyle(this.root);
        for (const name of ["ink", "model", "text", "muted", "paper"]) this[name] = style.getPropertyValue(`--${name}`);
        this.grey = style.getPropertyValue("--groove");
        if (this.scape) this.scape.image = this.picture(this.scape);
    }

    /** A line: its places x, y, lift, ...; whether it is the reader's. */
    begin(places, yours) {
        this.line = new Paths(places, 1);
        this.places = places;
        this.count = places.length / 3;
        this.yours = yours;
        this.data = this.scape = null;
        this.scene.reach = 0;
        const xs = Array.from({ length: this.count }, (_, i) => places[3 * i]);
        const ys = Array.from({ length: this.count }, (_, i) => places[3 * i + 1]);
        const bounds = (all) => all.reduce(([least, most], v) => [Math.min(least, v), Math.max(most, v)], [all[0], all[0]]);
        const [[left, right], [top, bottom]] = [bounds(xs), bounds(ys)];
        this.bounds = [left, top, right, bottom];
    }

    /** Its mixtures: what the job gives (jobs/mixtures.py). */
    take(data) {
        this.data = data;
    }

    /** A landscape over a box, of one point: heights in nats, 0 the highest. */
    land(heights, columns, rows, box) {
        this.scape = { heights, columns, rows, box };
        this.scape.image = this.picture(this.scape);
    }

    picture({ heights, columns, rows }) {
        return landscape(heights, columns, rows, this.scene.canvas.width, this.model);
    }

    /** No landscape. */
    level() {
        this.scape = null;
    }

    /** The box in sight, for whoever works out its landscape: left, top, right, bottom. */
    sight(step) {
        const { scene } = this;
        const now = scene.reach;
        scene.look(...this.data.views.subarray(3 * step, 3 * step + 3));
        const { box } = scene;
        scene.look(scene.x, scene.y, now || scene.reach);
        return box;
    }

    /** Look from one step's view towards the next one's, and go a part of the way to what its reach should be. */
    aim(step, moved, part) {
        const { views } = this.data;
        const { scene } = this;
        const next = Math.min(step + 1, this.count - 1);
        const between = (k) => views[3 * step + k] + (views[3 * next + k] - views[3 * step + k]) * moved;
        const should = between(2);
        const rest = Math.log(should / (scene.reach || should)) * (1 - part);
        const there = Math.abs(rest) < 0.005;
        scene.look(between(0), between(1), there ? should : should / Math.exp(rest));
        return there;
    }

    /**
     * Draw one step: the hills with this strength; the true place or not; `moved`, the part of the way there that the
     * pen has gone; ellipses or not; the view nearer to where it should be by this part. True if it is there.
     */
    paint(step, strength, truth, moved, ellipses, part) {
        const there = this.aim(step, moved, part);
        this.step = step;
        this.paintScene(step, strength, truth, moved, ellipses);
        this.paintWhole(step);
        this.paintBars(step);
        return there;
    }

    paintScene(step, strength, truth, moved, ellipses) {
        const eye = this.scene;
        const { context } = eye;
        const { pens } = this.data;
        const colour = this.yours ? this.ink : this.model;
        eye.clear();
        if (this.scape) {
            const [left, top, right, bottom] = this.scape.box;
            context.imageSmoothingEnabled = true;
            context.drawImage(this.scape.image, left, top, right - left, bottom - top);
        }
        context.strokeStyle = colour;
        context.lineWidth = eye.pixels(INK);
        context.globalAlpha = 0.22;
        context.stroke(this.line.line(0, this.count));
        context.globalAlpha = 1;
        if (step) context.stroke(this.line.line(0, step));
        const [x, y] = [pens[2 * step], pens[2 * step + 1]];
        const [trueX, trueY] = [this.places[3 * step], this.places[3 * step + 1]];
        if (ellipses) this.paintEllipses(context, eye, step, x, y, strength);
        if (truth) {
            context.strokeStyle = this.text;
            context.lineWidth = eye.pixels(1.4);
            context.setLineDash([eye.pixels(2), eye.pixels(4)]);
            context.beginPath();
            context.moveTo(x, y);
            context.lineTo(trueX, trueY);
            context.stroke();
            context.setLineDash([]);
            this.ring(context, eye, trueX, trueY);
        }
        this.dot(context, eye, x + (trueX - x) * moved, y + (trueY - y) * moved, colour);
    }

    paintEllipses(context, eye, step, x, y, strength) {
        const { weights, ellipses, mixtures } = this.data;
        context.fillStyle = this.model;
        context.strokeStyle = this.scape ? this.text : this.model; // upon the landscape, of the same colour, not seen
        context.lineWidth = eye.pixels(EDGE);
        const least = eye.pixels(0.75); // an ellipse that is narrower than a pixel still shows
        for (let k = 0; k < mixtures; k++) {
            const weight = weights[mixtures * step + k];
            if (weight < 0.002) continue;
            const [dx, dy, a, b, angle] = ellipses.subarray(5 * (mixtures * step + k), 5 * (mixtures * step + k) + 5);
            for (const [deviations, fill, edge] of [
                [2, 0.18, 0],
                [1, 0.3, 0.9],
            ]) {
                context.beginPath();
                const [long, short] = [Math.max(deviations * a, least), Math.max(deviations * b, least)];
                context.ellipse(x + dx, y + dy, long, short, angle, 0, 7);
                context.globalAlpha = fill * weight * strength;
                context.fill();
                // The edge of a hill of little weight must still be seen: its root fades more slowly.
                context.globalAlpha = edge * Math.sqrt(weight) * strength;
                if (edge) context.stroke();
            }
        }
        context.globalAlpha = 1;
    }

    ring(context, eye, x, y) {
        context.beginPath();
        context.arc(x, y, eye.pixels(RING), 0, 7);
        for (const [colour, width] of [
            [this.paper, 4.5],
            [this.text, 2],
        ]) {
            context.strokeStyle = colour;
            context.lineWidth = eye.pixels(width);
            context.stroke();
        }
    }

    dot(context, eye, x, y, colour) {
        context.beginPath();
        context.arc(x, y, eye.pixels(DOT), 0, 7);
        context.fillStyle = colour;
        context.fill();
        context.strokeStyle = this.paper;
        context.lineWidth = eye.pixels(1.5);
        context.stroke();
    }

    paintWhole(step) {
        const eye = this.whole;
        const { context } = eye;
        eye.frame(...this.bounds, MARGIN * devicePixelRatio);
        eye.clear();
        const [left, top, right, bottom] = this.scene.box;
        context.strokeStyle = this.muted;
        context.lineWidth = eye.pixels(1);
        context.strokeRect(left, top, right - left, bottom - top);
        context.strokeStyle = this.yours ? this.ink : this.model;
        context.lineWidth = eye.pixels(1.3);
        context.globalAlpha = 0.75; // of what is to come: still 3:1
        context.stroke(this.line.line(0, this.count));
        context.globalAlpha = 1;
        if (step) context.stroke(this.line.line(0, step));
        const { pens } = this.data;
        this.dot(context, eye, pens[2 * step], pens[2 * step + 1], this.text);
    }

    /** The weights, in the order of the components, and apart from them the chance of a lift; all from 0 to 1. */
    paintBars(step) {
        const { context, canvas } = this.bars;
        const { weights, lifts, mixtures } = this.data;
        const { width, height } = canvas;
        const ratio = devicePixelRatio;
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, width, height);
        const last = Math.round(22 * ratio); // the lift's
        const apart = Math.round(14 * ratio);
        const wide = (width - last - apart) / mixtures;
        const bar = (x, w, part, colour) => {
            context.fillStyle = this.grey;
            context.fillRect(x, 0, w, height);
            context.fillStyle = colour;
            const high = Math.max(Math.round(part * height), part > 0.001 ? ratio : 0);
            context.fillRect(x, height - high, w, high);
        };
        for (let k = 0; k < mixtures; k++) {
            const from = Math.round(k * wide);
            bar(from, Math.round((k + 1) * wide) - from - Math.max(1, Math.round(ratio)), weights[mixtures * step + k], this.model);
        }
        bar(width - last, last, lifts[step], this.text);
    }

    nearest(x, y) {
        const [px, py] = this.whole.place(x, y);
        let best = 0;
        let least = Infinity;
        for (let i = 0; i < this.count; i++) {
            const distance = Math.hypot(this.data.pens[2 * i] - px, this.data.pens[2 * i + 1] - py);
            if (distance < least) [best, least] = [i, distance];
        }
        return best;
    }
}

/** For Python, where a class of JavaScript is awkward to call. */
export const hills = (root, repaint, told) => new Hills(root, repaint, told);
