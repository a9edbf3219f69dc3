/** How much of all movement lies in each component: bars beside their rows, and the curve of their sum. */
import { fit, watch } from "../canvas/canvas.js";

// CSS pixels: the length of a bar's label, the least height of a row that has room for one, and the curve's margins.
const LABEL = 40;
const READABLE = 11;
const [LEFT, RIGHT, TOP, FOOT] = [40, 6, 7, 18];

export class Shares {
    /** @param {Element} root the figure: its .shares and its .curve hold a canvas each, beside its .map */
    constructor(root) {
        this.root = root;
        [this.bars, this.curve] = [".shares", ".curve"].map((name) => root.querySelector(`${name} canvas`));
        this.share = new Float32Array(0);
        this.component = this.row = 0;
        this.restyle();
        const refit = () => this.ask();
        for (const name of [".shares", ".curve", ".map"]) {
            watch(root.querySelector(name), refit, () => {
                this.restyle();
                refit();
            });
        }
    }

    restyle() {
        const style = getComputedStyle(this.root);
        for (const name of ["text", "muted", "line", "ink"]) this[name] = style.getPropertyValue(`--${name}`);
        this.font = style.getPropertyValue("--sans");
    }

    /** The shares of all components, and how many hold how much; `view` is the heatmap whose rows they belong to. */
    take(view, share, parts, needed) {
        Object.assign(this, { view, share, parts, needed });
        this.ask();
    }

    choose(component) {
        this.component = component;
        this.ask();
    }

    /** Draw after the rows have been laid out, which happens in a frame as well. */
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
        context.font = `${11 * ratio}px ${this.font}`;
        context.textAlign = "left";
        context.textBaseline = "middle";
        for (let k = 0; k < kept; k++) {
            const chosen = k === this.component;
            const long = Math.max(ratio, (this.share[k] / this.share[0]) * room);
            context.fillStyle = chosen ? this.text : this.muted;
            const thick = Math.max(1, Math.round(row * 0.5));
            context.fillRect(Math.round(width - 6 * ratio - long), Math.round(k * row + (row - thick) / 2), Math.round(long), thick);
            if (row < READABLE * ratio) continue;
            context.fillText(`${(100 * this.share[k]).toFixed(1)} %`, 0, (k + 0.5) * row);
        }
    }

    /** The part that the first n hold, over n, which grows by factors to the right. */
    paintCurve() {
        const ratio = devicePixelRatio;
        const box = this.curve.parentElement;
        const [width, height] = [Math.floor(box.clientWidth * ratio), Math.floor(box.clientHeight * ratio)];
        if (!width) return;
        fit(this.curve, width, height);
        const context = this.curve.getContext("2d");
        const { share } = this;
        const most = Math.log(Math.max(share.length, 2));
        const x = (n) => LEFT * ratio + (Math.log(n) / most) * (width - (LEFT + RIGHT) * ratio);
        const y = (part) => TOP * ratio + (1 - part) * (height - (TOP + FOOT) * ratio);
        context.clearRect(0, 0, width, height);
        context.font = `${11 * ratio}px ${this.font}`;
        context.lineWidth = Math.max(1, Math.round(ratio));
        context.textBaseline = "middle";
        context.textAlign = "right";
        for (const part of [0, 0.5, 1]) {
            context.strokeStyle = this.line;
            context.beginPath();
            context.moveTo(x(1), Math.round(y(part)) + 0.5);
            context.lineTo(width, Math.round(y(part)) + 0.5);
            context.stroke();
            context.fillStyle = this.muted;
            context.fillText(`${100 * part} %`, (LEFT - 4) * ratio, y(part));
        }
        context.textAlign = "center";
        context.textBaseline = "alphabetic";
        for (let n = 1; n <= share.length; n *= 10) context.fillText(n, x(n), height - 3 * ratio);
        context.beginPath();
        let sum = 0;
        share.forEach((part, k) => {
            sum += part;
            context.lineTo(x(k + 1), y(sum));
        });
        context.strokeStyle = this.text;
        context.lineWidth = 1.6 * ratio;
        context.lineJoin = "round";
        context.stroke();
        this.needed.forEach((n, k) => {
            context.beginPath();
            context.arc(x(n), y(this.parts[k]), 3 * ratio, 0, 7);
            context.fillStyle = this.ink;
            context.fill();
        });
    }
}

/** Shares; for Python, where a class of JavaScript is awkward to call. */
export const shares = (root) => new Shares(root);
