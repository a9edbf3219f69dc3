/** A line of ink and the fans of its points, as arrays; what is where, without a screen. */
/** @import {Fan} from "./fan_painter.js" */
import { NOTHING } from "./fan_painter.js";

export class FanData {
    constructor() {
        /** @type {Float32Array} */
        this.places = new Float32Array(0); // (N, 3) of x, y, lift
        this.origins = new Float32Array(0); // (N, 2): where fan i begins
        this.samples = this.steps = 1;
        /** @type {Fan[]} */
        this.fans = []; // by point, with holes
    }

    /**
     * Remove all fans; those to come have other settings.
     *
     * @param {number} samples
     * @param {number} steps
     */
    reset(samples, steps) {
        this.samples = samples;
        this.steps = steps;
        this.fans = [];
    }

    /**
     * Set another line, from (x, y) on. Fans stay if everything that they show is the same.
     *
     * @param {Float32Array} places
     * @param {number} x
     * @param {number} y
     */
    setLine(places, x, y) {
        const origins = new Float32Array((2 * places.length) / 3);
        for (let i = 0; i < origins.length / 2; i++) {
            origins[2 * i] = i ? places[3 * i - 3] : x;
            origins[2 * i + 1] = i ? places[3 * i - 2] : y;
        }
        let same = 0; // numbers, then points, that both lines begin with
        const moved = origins[0] !== this.origins[0] || origins[1] !== this.origins[1];
        if (!moved) while (same < places.length && places[same] === this.places[same]) same++;
        same = Math.floor(same / 3);
        this.fans.length = Math.max(0, Math.min(this.fans.length, same - this.steps + 1));
        this.places = places;
        this.origins = origins;
    }

    get count() {
        return this.origins.length / 2;
    }

    /**
     * Return whether the pen came through the air to where fan i begins.
     *
     * @param {number} i
     */
    lifted(i) {
        return i > 0 && this.places[3 * i - 1] > 0.5;
    }

    /** How many points have their fan. */
    get done() {
        return this.fans.reduce((sum) => sum + 1, 0);
    }

    /**
     * Return at how many of them a lift is likelier than this.
     *
     * @param {number} chance
     */
    lifting(chance) {
        return this.fans.reduce((sum, { lift }) => sum + Number(lift > chance), 0);
    }

    /**
     * Return whether this point has its fan.
     *
     * @param {number} point
     */
    has(point) {
        return point in this.fans;
    }

    /** Return (N,): 1 for points that have their fan. */
    known() {
        return Uint8Array.from({ length: this.count }, (_, i) => Number(i in this.fans));
    }

    /**
     * Put the fans of some points in place; return them.
     *
     * @param {ArrayLike<number>} points (g,)
     * @param {Float32Array} xy (g, S, K, 2)
     * @param {Uint8Array} bins (g, S, K)
     * @param {Float32Array} lifts (g,)
     */
    put(points, xy, bins, lifts) {
        const size = this.samples * this.steps;
        /** @type {Fan[]} */
        const fresh = [];
        for (let row = 0; row < points.length; row++) {
            const i = points[row];
            const [x, y] = [this.origins[2 * i], this.origins[2 * i + 1]];
            const fan = {
                xy: xy.subarray(2 * row * size, 2 * (row + 1) * size),
                bins: bins.subarray(row * size, (row + 1) * size),
                lift: lifts[row],
                x,
                y,
                air: this.lifted(i),
                left: x,
                right: x,
            };
            for (let k = 0; k < size; k++) {
                if (fan.bins[k] === NOTHING) continue;
                fan.left = Math.min(fan.left, fan.xy[2 * k]);
                fan.right = Math.max(fan.right, fan.xy[2 * k]);
            }
            this.fans[i] = fan;
            fresh.push(fan);
        }
        return fresh;
    }

    /** All fans, as they came: points (g,), ways (g, S, K, 2), bins (g, S, K), lifts (g,). */
    get arrays() {
        const points = Int32Array.from(Object.keys(this.fans), Number);
        const size = this.samples * this.steps;
        const ways = new Float32Array(2 * size * points.length);
        const bins = new Uint8Array(size * points.length);
        const lifts = new Float32Array(points.length);
        points.forEach((point, row) => {
            const fan = this.fans[point];
            ways.set(fan.xy, 2 * size * row);
            bins.set(fan.bins, size * row);
            lifts[row] = fan.lift;
        });
        return { points, ways, bins, lifts };
    }

    /**
     * Return the first point whose fan begins between two places; 0 if there is none.
     *
     * @param {number} left
     * @param {number} right
     */
    firstBetween(left, right) {
        for (let i = 0; i < this.count; i++) {
            if (this.origins[2 * i] >= left && this.origins[2 * i] <= right) return i;
        }
        return 0;
    }

    /**
     * Return the point whose fan begins nearest to (x, y), or -1 if none is within `reach`.
     *
     * @param {number} x
     * @param {number} y
     * @param {number} reach
     */
    nearest(x, y, reach) {
        let [nearest, least] = [-1, reach * reach];
        for (let i = 0; i < this.count; i++) {
            const away = (this.origins[2 * i] - x) ** 2 + (this.origins[2 * i + 1] - y) ** 2;
            if (away <= least) [nearest, least] = [i, away];
        }
        return nearest;
    }
}
