/** How much of all movement lies in each principal component: bars beside their rows, and the curve of their sum. */
/** @import {View} from "./cells.js" */
import { deviceSize, fit, theme, watch } from "../canvas/canvas.js";

// CSS pixels: the length of a bar's label, the least height of a row that has room for one, and the curve's margins.
const LABEL = 40;
const MIN_LABELLED = 11;
const [LEFT, RIGHT, TOP, FOOT] = [40, 6, 7, 18];

class ScreePlot {
    /** @param {Element} root the figure: its .share-bars and its .cumulative-curve hold a canvas each, beside its .map */
    constructor(root) {
        this.root = root;
        this.bars = /** @type {HTMLCanvasElement} */ (root.querySelector(".share-bars canvas"));
        this.curve = /** @type {HTMLCanvasElement} */ (root.querySelector(".cumulative-curve canvas"));
        /** @type {Float32Array} */
        this.share = new Float32Array(0);
        this.component = 0;
        this.asked = false;
        this.restyle();
        const boxes = [".share-bars", ".cumulative-curve", ".map"].map((name) => root.querySelector(name));
        watch(
            boxes,
            () => this.ask(),
            () => {
                this.restyle();
                this.ask();
            },
        );
    }

    restyle() {
        this.theme = theme(this.root, "text", "muted", "line", "ink");
    }

    /**
     * Show the components' shares.
     *
     * @param {View} view the heatmap whose rows they belong to
     * @param {Float32Array} share of each component
     * @param {ArrayLike<number>} parts of all movement
     * @param {number[]} needed how many components hold each of these parts
     */
    show(view, share, parts, needed) {
        this.view = view;
        this.share = share;
        this.parts = parts;
        this.needed = needed;
        this.ask();
    }

    /** @param {number} component */
    choose(component) {
        this.component = component;
        this.ask();
    }

    /** Draw after the rows have been laid out, which happens in a frame too. */
    ask() {
        if (this.asked) return;
        this.asked = true;
        requestAnimationFrame(() =>
            requestAnimationFrame(() => {
                this.asked = false;
                if (!this.share.length) return;
                this.paintBars();
                this.paintCurve();
            }),
        );
    }

    paintBars() {
        const ratio = devicePixelRatio;
        const { row, high } = this.view.map;
        const width = Math.floor(this.bars.parentElement.clientWidth * ratio);
        if (!width || !row) return;
        fit(this.bars, width, high);
        const context = this.bars.getContext("2d");
        const kept = Math.round(high / row);
        const room = width - (LABEL + 6) * ratio;
        context.clearRect(0, 0, width, high);
        context.font = `${11 * ratio}px ${this.theme.font}`;
        context.textAlign = "left";
        context.textBaseline = "middle";
        for (let k = 0; k < kept; k++) {
            const long = Math.max(ratio, (this.share[k] / this.share[0]) * room);
            const thick = Math.max(1, Math.round(row * 0.5));
            const top = Math.round(k * row + (row - thick) / 2);
            context.fillStyle = k === this.component ? this.theme.text : this.theme.muted;
            context.fillRect(Math.round(width - 6 * ratio - long), top, Math.round(long), thick);
            if (row < MIN_LABELLED * ratio) continue;
            context.fillText(`${(100 * this.share[k]).toFixed(1)} %`, 0, (k + 0.5) * row);
        }
    }

    /** Draw the part that the first n components hold, over n on a logarithmic scale. */
    paintCurve() {
        const ratio = devicePixelRatio;
        const [width, height] = deviceSize(this.curve.parentElement);
        if (!width) return;
        fit(this.curve, width, height);
        const context = this.curve.getContext("2d");
        const { share } = this;
        const most = Math.log(Math.max(share.length, 2));
        /** @param {number} n */
        const x = (n) => LEFT * ratio + (Math.log(n) / most) * (width - (LEFT + RIGHT) * ratio);
        /** @param {number} part */
        const y = (part) => TOP * ratio + (1 - part) * (height - (TOP + FOOT) * ratio);
        context.clearRect(0, 0, width, height);
        context.font = `${11 * ratio}px ${this.theme.font}`;
        context.lineWidth = Math.max(1, Math.round(ratio));
        context.textBaseline = "middle";
        context.textAlign = "right";
        for (const part of [0, 0.5, 1]) {
            context.strokeStyle = this.theme.line;
            context.beginPath();
            context.moveTo(x(1), Math.round(y(part)) + 0.5);
            context.lineTo(width, Math.round(y(part)) + 0.5);
            context.stroke();
            context.fillStyle = this.theme.muted;
            context.fillText(`${100 * part} %`, (LEFT - 4) * ratio, y(part));
        }
        context.textAlign = "center";
        context.textBaseline = "alphabetic";
        for (let n = 1; n <= share.length; n *= 10) context.fillText(String(n), x(n), height - 3 * ratio);
        context.beginPath();
        let sum = 0;
        share.forEach((part, k) => {
            sum += part;
            context.lineTo(x(k + 1), y(sum));
        });
        context.strokeStyle = this.theme.text;
        context.lineWidth = 1.6 * ratio;
        context.lineJoin = "round";
        context.stroke();
        this.needed.forEach((n, k) => {
            context.beginPath();
            context.arc(x(n), y(this.parts[k]), 3 * ratio, 0, 7);
            context.fillStyle = this.theme.ink;
            context.fill();
        });
    }
}

/**
 * A ScreePlot; for Python, where a class of JavaScript is awkward to call.
 *
 * @param {Element} root
 */
export const screePlot = (root) => new ScreePlot(root);
