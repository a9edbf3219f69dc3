/** A line of ink and the fans of its points, as arrays; what is where, without a screen. */
/** @import {Fan} from "./fan_painter.js" */
import { NOTHING } from "./fan_painter.js";

export class FanData {
    constructor() {
        /** @type {Float32Array} */
        this.places = new Float32Array(0); // (N, 3) of x, y, lift
        this.origins = new Float32Array(0); // (N, 2): where fan i begins
        this.samples = this.steps = 1;
        this.weights = new Float32Array([1]); // how strong fans are, by their points' numbers modulo its length
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
            const ways = xy.subarray(2 * row * size, 2 * (row + 1) * size);
            this.fans[i] = this.fan(i, ways, bins.subarray(row * size, (row + 1) * size), lifts[row]);
            fresh.push(this.fans[i]);
        }
        return fresh;
    }

    /**
     * Return a fan of a point.
     *
     * @param {number} point
     * @param {Float32Array} xy (S, K, 2)
     * @param {Uint8Array} bins (S, K)
     * @param {number} lift
     * @returns {Fan}
     */
    fan(point, xy, bins, lift) {
        const [x, y] = this.origins.subarray(2 * point, 2 * point + 2);
        let [left, right] = [x, x];
        for (let k = 0; k < bins.length; k++) {
            if (bins[k] === NOTHING) continue;
            left = Math.min(left, xy[2 * k]);
            right = Math.max(right, xy[2 * k]);
        }
        const weight = this.weights[point % this.weights.length];
        return { xy, bins, lift, x, y, air: this.lifted(point), weight, left, right };
    }

    /**
     * Return all fans through their first `steps` steps: points (g,), ways (g, S, steps, 2), bins (g, S, steps), lifts (g,),
     * weights (g,).
     *
     * @param {number} steps
     */
    arrays(steps) {
        const points = Int32Array.from(Object.keys(this.fans), Number);
        const ways = new Float32Array(2 * this.samples * steps * points.length);
        const bins = new Uint8Array(this.samples * steps * points.length);
        const lifts = new Float32Array(points.length);
        const weights = new Float32Array(points.length);
        points.forEach((point, row) => {
            const fan = this.fans[point];
            for (let sample = 0; sample < this.samples; sample++) {
                const from = sample * this.steps;
                const to = (row * this.samples + sample) * steps;
                ways.set(fan.xy.subarray(2 * from, 2 * (from + steps)), 2 * to);
                bins.set(fan.bins.subarray(from, from + steps), to);
            }
            lifts[row] = fan.lift;
            weights[row] = fan.weight;
        });
        return { points, ways, bins, lifts, weights };
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
