/**
 * The mixtures of a line: their components around the pen, or their density as a landscape; the whole line, small, with
 * the place of the pen; the weights as bars. Lengths are in x-heights unless they are said to be pixels.
 */
/** @import {Mixtures} from "./components.js" */
import { ring, theme, trackPointer, watch } from "../canvas/canvas.js";
import { Paths } from "../canvas/curve.js";
import { paintBars, paintComponents } from "./components.js";
import { landscape } from "./landscape.js";
import { Viewport } from "./viewport.js";

// CSS pixels: the ink, the dot of the pen and the ring of the true next place.
const INK = 2.6;
const DOT = 4;
const RING = 7;
const MARGIN = 10; // around the small line

/** @typedef {{heights: Float32Array, columns: number, rows: number, box: number[], image?: OffscreenCanvas}} Landscape */

/**
 * What figures show, by their ids.
 *
 * @type {Map<string, MixtureView>}
 */
export const shown = new Map();

class MixtureView {
    /**
     * @param {Element} root the figure: canvases .scene canvas, .overview canvas, .bars canvas
     * @param {() => void} repaint called when all has to be drawn again
     * @param {(step: number) => void} choose called with the point of the small line that is clicked
     */
    constructor(root, repaint, choose) {
        shown.set(root.id, this);
        this.root = root;
        this.scene = new Viewport(root.querySelector(".scene canvas"));
        this.whole = new Viewport(root.querySelector(".overview canvas"));
        this.bars = new Viewport(root.querySelector(".bars canvas"));
        const viewports = [this.scene, this.whole, this.bars];
        this.step = this.count = this.components = 0;
        this.yours = false;
        /** @type {Paths | null} */
        this.line = null;
        /** @type {Mixtures | null} */
        this.data = null;
        /** @type {Landscape | null} */
        this.scape = null;
        this.restyle();
        watch(
            viewports.map(({ canvas }) => canvas.parentElement),
            () => {
                for (const viewport of viewports) viewport.fit();
                repaint();
            },
            () => {
                this.restyle();
                repaint();
            },
        );
        trackPointer(this.whole.canvas, (kind, event) => {
            if (kind === "choose" && event && this.line) choose(this.nearest(event.offsetX, event.offsetY));
        });
    }

    restyle() {
        this.theme = theme(this.root, "ink", "model", "text", "muted", "paper", "track");
        if (this.scape) this.scape.image = this.picture(this.scape);
    }

    /**
     * Show another line.
     *
     * @param {Float32Array} places x, y and lift of each point
     * @param {boolean} yours whether the user wrote it
     */
    begin(places, yours) {
        this.line = new Paths(places, 1);
        this.places = places;
        this.count = places.length / 3;
        this.yours = yours;
        this.data = this.scape = null;
        this.scene.reach = 0;
        this.bounds = [Infinity, Infinity, -Infinity, -Infinity];
        for (let i = 0; i < places.length; i += 3) {
            const [x, y] = [places[i], places[i + 1]];
            this.bounds[0] = Math.min(this.bounds[0], x);
            this.bounds[1] = Math.min(this.bounds[1], y);
            this.bounds[2] = Math.max(this.bounds[2], x);
            this.bounds[3] = Math.max(this.bounds[3], y);
        }
    }

    /** @param {Mixtures} data of the line */
    setMixtures(data) {
        this.data = data;
        this.components = data.weights.length / this.count;
    }

    /**
     * Show the landscape of a point over a box.
     *
     * @param {Float32Array} heights (rows, columns), in nats; 0 is the highest
     * @param {number} columns
     * @param {number} rows
     * @param {number[]} box
     */
    setLandscape(heights, columns, rows, box) {
        this.scape = { heights, columns, rows, box };
        this.scape.image = this.picture(this.scape);
    }

    clearLandscape() {
        this.scape = null;
    }

    /** @param {Landscape} scape */
    picture({ heights, columns, rows }) {
        return landscape(heights, columns, rows, this.scene.canvas.width, this.theme.model);
    }

    /**
     * Return the box that will be in view at a step: left, top, right, bottom.
     *
     * @param {number} step
     */
    boxAt(step) {
        const { scene } = this;
        const { reach } = scene;
        const [x, y, wanted] = this.data.views.subarray(3 * step, 3 * step + 3);
        scene.look(x, y, wanted);
        const { box } = scene;
        scene.look(x, y, reach || wanted);
        return box;
    }

    /**
     * Look from one step's view towards the next one's, and change the reach by a part of what is left to change.
     * Return whether it is what it should be.
     *
     * @param {number} step
     * @param {number} moved
     * @param {number} part
     */
    aim(step, moved, part) {
        const { views } = this.data;
        const { scene } = this;
        const next = Math.min(step + 1, this.count - 1);
        /** @param {number} k */
        const between = (k) => views[3 * step + k] + (views[3 * next + k] - views[3 * step + k]) * moved;
        const should = between(2);
        const rest = Math.log(should / (scene.reach || should)) * (1 - part);
        const there = Math.abs(rest) < 0.005;
        scene.look(between(0), between(1), there ? should : should / Math.exp(rest));
        return there;
    }

    /**
     * Draw one step. Return whether the view is where it should be.
     *
     * @param {number} step
     * @param {number} strength of the components, 0 to 1
     * @param {boolean} truth whether the true next place is shown
     * @param {number} moved the part of the way there that the pen has gone
     * @param {boolean} ellipses whether the components are shown
     * @param {number} part by which the view moves to where it should be
     */
    paint(step, strength, truth, moved, ellipses, part) {
        const there = this.aim(step, moved, part);
        this.step = step;
        this.paintScene(step, strength, truth, moved, ellipses);
        this.paintWhole(step);
        paintBars(this.bars, this.data, this.components, step, this.theme);
        return there;
    }

    /**
     * @param {number} step
     * @param {number} strength
     * @param {boolean} truth
     * @param {number} moved
     * @param {boolean} ellipses
     */
    paintScene(step, strength, truth, moved, ellipses) {
        const { scene } = this;
        const { context } = scene;
        const colour = this.yours ? this.theme.ink : this.theme.model;
        scene.clear();
        if (this.scape) {
            const [left, top, right, bottom] = this.scape.box;
            context.imageSmoothingEnabled = true;
            context.drawImage(this.scape.image, left, top, right - left, bottom - top);
        }
        this.paintLine(scene, step, colour, INK, 0.22);
        const [x, y] = this.data.pens.subarray(2 * step, 2 * step + 2);
        const [trueX, trueY] = [this.places[3 * step], this.places[3 * step + 1]];
        if (ellipses) {
            const edge = this.scape ? this.theme.text : this.theme.model; // the landscape has the model's colour
            const colours = { fill: this.theme.model, edge };
            paintComponents(scene, this.data, this.components, step, x, y, strength, colours);
        }
        if (truth) {
            context.strokeStyle = this.theme.text;
            context.lineWidth = scene.pixels(1.4);
            context.setLineDash([scene.pixels(2), scene.pixels(4)]);
            context.beginPath();
            context.moveTo(x, y);
            context.lineTo(trueX, trueY);
            context.stroke();
            context.setLineDash([]);
            ring(context, this.theme, trueX, trueY, null, scene.pixels(1), RING);
        }
        this.dot(scene, x + (trueX - x) * moved, y + (trueY - y) * moved, colour);
    }

    /**
     * Draw the line, with what comes after a step paler.
     *
     * @param {Viewport} viewport
     * @param {number} step
     * @param {string} colour
     * @param {number} width CSS pixels
     * @param {number} pale
     */
    paintLine(viewport, step, colour, width, pale) {
        const { context } = viewport;
        context.strokeStyle = colour;
        context.lineWidth = viewport.pixels(width);
        context.globalAlpha = pale;
        context.stroke(this.line.line(0, this.count));
        context.globalAlpha = 1;
        if (step) context.stroke(this.line.line(0, step));
    }

    /**
     * @param {Viewport} viewport
     * @param {number} x
     * @param {number} y
     * @param {string} colour
     */
    dot(viewport, x, y, colour) {
        const { context } = viewport;
        context.beginPath();
        context.arc(x, y, viewport.pixels(DOT), 0, 7);
        context.fillStyle = colour;
        context.fill();
        context.strokeStyle = this.theme.paper;
        context.lineWidth = viewport.pixels(1.5);
        context.stroke();
    }

    /** @param {number} step */
    paintWhole(step) {
        const { whole } = this;
        const { context } = whole;
        whole.frame(this.bounds, MARGIN * devicePixelRatio);
        whole.clear();
        const [left, top, right, bottom] = this.scene.box;
        context.strokeStyle = this.theme.muted;
        context.lineWidth = whole.pixels(1);
        context.strokeRect(left, top, right - left, bottom - top);
        // What is to come still has a contrast of 3:1.
        this.paintLine(whole, step, this.yours ? this.theme.ink : this.theme.model, 1.3, 0.75);
        const [x, y] = this.data.pens.subarray(2 * step, 2 * step + 2);
        this.dot(whole, x, y, this.theme.text);
    }

    /**
     * Return the point whose pen is nearest to a place of the small line, in CSS pixels.
     *
     * @param {number} x
     * @param {number} y
     */
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

/**
 * A MixtureView; for Python, where a class of JavaScript is awkward to call.
 *
 * @param {Element} root
 * @param {() => void} repaint
 * @param {(step: number) => void} choose
 */
export const view = (root, repaint, choose) => new MixtureView(root, repaint, choose);
