/**
 * Fans over a line: a sheet as long as the line, which scrolls sideways. What lies on it is drawn once and then only
 * moved by the browser: the line is one SVG path, the fans lie on tiles, and the fan that is looked at lies above them.
 *
 * A tile is painted on a canvas that nobody sees yet, a few milliseconds a frame, and then takes its place. Fans that
 * arrive are painted on the tiles there are. Places are in x-heights, y down, as on every sheet.
 */
import { Paths } from "./draw.js";
import { css, diverging } from "./palette.js";

const TILE = 512; // CSS pixels: a phone's width of them is soon painted, a wide sheet has no more than six
const BUDGET = 8; // milliseconds of a frame for painting: half of it
const AROUND_X = 1.2; // paper around the line, in x-heights: as far as most fans reach
const AROUND_Y = 0.8;
const LARGEST = 1.5; // a short line is drawn larger, but no more than so many times
const SMALLEST_PX = 40; // an x-height, CSS pixels
const PATH_PX = 1; // width of one sampled way
const RING_PX = 0.8; // and of a ring
const RING = [0.014, 0.105]; // radius of a ring, in x-heights: at no chance of a lift, and how much more at certainty
const REACH = 6; // of the sheet that one fan is looked at on, in x-heights to either side
const CLOSEST = 0.02; // what is enlarged reaches at least so far to either side, in x-heights
const PLAIN = 0.2; // a Gaussian as strong as that is to be seen whole
const NOTHING = 255; // in bins: no step here
const RESTED_MS = 160; // the sheet has come to rest when it has not moved for so long

/** All that were made, by the id of their figure: for whoever wants to see what is shown. */
export const views = new Map();

export class Fans {
    /**
     * @param {HTMLElement} figure holds .strip > .long > (.tiles, canvas.one, svg.trace), .unit, .overview and .legend
     * @param {() => void} moved called when another part of the line has come into view, or the sheet another size
     */
    constructor(figure, moved) {
        const part = (selector) => figure.querySelector(selector);
        this.figure = figure;
        this.moved = moved;
        this.strip = part(".strip");
        this.long = part(".long");
        this.box = part(".tiles");
        this.one = part("canvas.one");
        this.lens = part("canvas.lens");
        this.trace = part("svg.trace");
        this.unit = part(".unit");
        this.overview = part(".overview");
        this.rays = figure.querySelectorAll(".legend .ray");
        this.places = new Float32Array(0); // (N, 3) of x, y, lift
        this.origins = new Float32Array(0); // (N, 2): where fan i begins
        this.samples = this.steps = 1;
        this.strengths = [1];
        this.fans = []; // by point: {xy (S, K, 2), bins (S, K), lift, left, right, air}
        this.tiles = new Map(); // by number: {number, canvas, back, work}
        this.chosen = -1;
        this.look = null;
        this.shades = [];
        this.colours = [];
        this.asked = false;
        new ResizeObserver(() => this.layout()).observe(this.strip);
        this.strip.addEventListener("scroll", () => this.scrolled(), { passive: true });
        for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
            matchMedia(query).addEventListener("change", () => this.recolour());
        this.watchPixelRatio();
        this.dragStrip();
        this.dragOverview();
        views.set(figure.id, this);
    }

    watchPixelRatio() {
        const change = () => {
            this.layout();
            this.watchPixelRatio();
        };
        matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", change, { once: true });
    }

    // --- what is shown

    /** The settings of the fans to come; those there are belong to others, and go. Strengths are opacities by step. */
    begin(samples, steps, strengths, air, shades) {
        this.samples = samples;
        this.steps = steps;
        this.strengths = Float32Array.from(strengths);
        this.air = air; // the opacity of a first step that the pen makes in the air
        this.shades = Array.from(shades); // of each bin, its place on the diverging scale
        this.fans = [];
        this.recolour();
    }

    /** Another line, from (x, y) on. Fans stay where all that they show is the same: `begin` comes before. */
    line(places, x, y) {
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
        this.choose(-1, null);
        this.layout();
    }

    get count() {
        return this.origins.length / 2;
    }

    /** How many points have their fan. */
    get done() {
        return this.fans.reduce((sum) => sum + 1, 0);
    }

    /** At how many of them a lift is likelier than this. */
    lifting(chance) {
        return this.fans.reduce((sum, { lift }) => sum + (lift > chance), 0);
    }

    /** Has this point its fan? */
    has(point) {
        return point in this.fans;
    }

    /** (N,): 1 for points that have their fan. */
    known() {
        const known = new Uint8Array(this.count);
        this.fans.forEach((_, i) => (known[i] = 1));
        return known;
    }

    /** Fans of some points (g,): xy (g, S, K, 2), bins (g, S, K), lifts (g,). */
    add(points, xy, bins, lifts) {
        const size = this.samples * this.steps;
        const fresh = [];
        for (let row = 0; row < points.length; row++) {
            const i = points[row];
            const fan = {
                xy: xy.subarray(2 * row * size, 2 * (row + 1) * size),
                bins: bins.subarray(row * size, (row + 1) * size),
                lift: lifts[row],
                x: this.origins[2 * i],
                y: this.origins[2 * i + 1],
                air: i > 0 && this.places[3 * i - 1] > 0.5,
            };
            fan.left = fan.right = fan.x;
            for (let k = 0; k < size; k++) {
                if (fan.bins[k] === NOTHING) continue;
                fan.left = Math.min(fan.left, fan.xy[2 * k]);
                fan.right = Math.max(fan.right, fan.xy[2 * k]);
            }
            this.fans[i] = fan;
            fresh.push(fan);
        }
        for (const tile of this.tiles.values()) {
            const here = fresh.filter((fan) => this.touches(tile, fan));
            if (!here.length) continue;
            for (const canvas of [tile.canvas, tile.back]) {
                if (canvas) this.paintAll(this.context(canvas, tile), here);
            }
        }
        if (points.includes(this.chosen)) this.paintOne();
    }

    /** All fans are there: paint what is in view once more, in the order of the line. */
    settle() {
        this.spoil();
    }

    /** Look at the fan of one point (-1: at all), and at what the network said of it, once that is known. */
    choose(point, look) {
        this.chosen = point;
        this.look = look;
        this.strip.classList.toggle("chosen", point >= 0);
        this.paintOne();
    }

    /** All fans that are there, as they came: points (g,), ways (g, S, K, 2), bins (g, S, K), lifts (g,); and how they look. */
    get whole() {
        const points = Int32Array.from(this.fans.keys()).filter((i) => i in this.fans);
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
        return { points, ways, bins, lifts, strengths: this.strengths, air: this.air, colours: this.colours };
    }

    /** Draw no fans and no line. */
    clear() {
        this.fans = [];
        this.line(new Float32Array(0), 0, 0);
    }

    // --- where things are

    /** The x-heights that are in view: [left, right]. */
    get span() {
        const left = this.x0 + this.strip.scrollLeft / this.zoom;
        return [left, left + this.strip.clientWidth / this.zoom];
    }

    /** The first point whose fan begins in view. */
    get first_in_view() {
        const [left, right] = this.span;
        for (let i = 0; i < this.count; i++) {
            if (this.origins[2 * i] >= left && this.origins[2 * i] <= right) return i;
        }
        return 0;
    }

    /** The point whose fan begins nearest to a place on the screen, if that is at most `reach` x-heights away, or -1. */
    near(clientX, clientY, reach) {
        const box = this.long.getBoundingClientRect();
        const x = this.x0 + (clientX - box.left) / this.zoom;
        const y = this.y0 + (clientY - box.top) / this.zoom;
        let [nearest, least] = [-1, reach * reach];
        for (let i = 0; i < this.count; i++) {
            const away = (this.origins[2 * i] - x) ** 2 + (this.origins[2 * i + 1] - y) ** 2;
            if (away <= least) [nearest, least] = [i, away];
        }
        return nearest;
    }

    /** Scroll so that a point is well in view. */
    reveal(point) {
        const x = (this.origins[2 * point] - this.x0) * this.zoom;
        const width = this.strip.clientWidth;
        const edge = Math.min(0.2 * width, 2 * this.zoom);
        const { scrollLeft } = this.strip;
        if (x < scrollLeft + edge || x > scrollLeft + width - edge) this.strip.scrollLeft = x - width / 2;
    }

    /** Size and place of everything, anew. */
    layout() {
        const { clientWidth: width, clientHeight: height } = this.strip;
        if (!width || !height) return;
        const { places, origins } = this;
        const middle = this.zoom && this.x0 + (this.strip.scrollLeft + this.width / 2) / this.zoom;
        const began = this.strip.scrollLeft === 0;
        const bounds = [0, 0, 0, 0]; // left, top, right, bottom
        if (this.count) bounds.splice(0, 4, origins[0], origins[1], origins[0], origins[1]);
        for (let i = 0; i < places.length; i += 3) {
            bounds[0] = Math.min(bounds[0], places[i]);
            bounds[1] = Math.min(bounds[1], places[i + 1]);
            bounds[2] = Math.max(bounds[2], places[i]);
            bounds[3] = Math.max(bounds[3], places[i + 1]);
        }
        const [left, top, right, bottom] = bounds;
        const unit = this.unit.getBoundingClientRect().height;
        const wide = right - left + 2 * AROUND_X;
        const fits = height / (bottom - top + 2 * AROUND_Y);
        // A line that nearly fits is made to fit: to see it whole is worth more than to see it large.
        const whole = width / wide;
        this.zoom = Math.min(fits, whole < Math.min(SMALLEST_PX, unit) ? unit : Math.min(whole, LARGEST * unit));
        this.width = width;
        this.height = height;
        this.length = Math.max(width, Math.ceil(wide * this.zoom)); // of the sheet, CSS pixels
        this.x0 = left - AROUND_X - (this.length / this.zoom - wide) / 2;
        this.y0 = (top + bottom) / 2 - height / 2 / this.zoom;
        this.long.style.width = `${this.length}px`;
        this.figure.classList.toggle("fits", this.length <= width);
        if (!began) this.strip.scrollLeft = (middle - this.x0) * this.zoom - width / 2;
        this.drawTrace();
        this.recolour();
    }

    // --- the line

    drawTrace() {
        const { x0, y0, zoom, places, origins } = this;
        this.trace.setAttribute("viewBox", [x0, y0, this.length / zoom, this.height / zoom].join(" "));
        // The pen is in the air until the first point, so that its way there is not drawn.
        const table = new Float32Array([origins[0], origins[1], 1, ...places]);
        this.path = new Paths(table, 1);
        const text = this.count ? this.path.trace(0, this.path.points, new Text()).text : "";
        this.trace.querySelector("path").setAttribute("d", text);
        this.drawOverview();
    }

    drawOverview() {
        const canvas = this.overview.querySelector("canvas");
        const { clientWidth: width, clientHeight: height } = canvas;
        if (!width || this.length <= this.width) return;
        const context = sized(canvas, width, height);
        const across = (width / this.length) * this.zoom; // CSS pixels to an x-height
        const down = Math.min(across, (0.84 * height * this.zoom) / this.height);
        const middle = this.y0 + this.height / 2 / this.zoom;
        const line = new Path2D();
        line.addPath(
            this.path.line(0, this.path.points),
            new DOMMatrix([across, 0, 0, down, -across * this.x0, height / 2 - down * middle]),
        );
        context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        context.lineCap = context.lineJoin = "round";
        context.strokeStyle = getComputedStyle(canvas).color;
        context.stroke(line);
        this.frame();
    }

    /** Show which part of the whole line is in view. */
    frame() {
        const { style } = this.overview.querySelector(".frame");
        style.left = `${(100 * this.strip.scrollLeft) / this.length}%`;
        style.width = `${(100 * this.width) / this.length}%`;
    }

    // --- the tiles

    recolour() {
        const table = diverging(this.figure);
        this.colours = this.shades.map((place) => css(table, place));
        this.text = getComputedStyle(this.trace).color;
        this.rays.forEach((ray, bin) => (ray.style.stroke = this.colours[bin] ?? ""));
        if (!this.zoom) return;
        this.spoil();
        this.drawOverview();
        this.paintOne();
    }

    /** All tiles are to be painted anew; until then they stay as they are. */
    spoil() {
        for (const tile of this.tiles.values()) this.start(tile);
        this.ask();
    }

    scrolled() {
        this.frame();
        this.ask();
        clearTimeout(this.resting);
        this.resting = setTimeout(() => this.moved(), RESTED_MS);
    }

    ask() {
        if (this.asked) return;
        this.asked = true;
        requestAnimationFrame(() => {
            this.asked = false;
            if (this.zoom && this.paintSome()) this.ask();
        });
    }

    /** Make the tiles that are in view, or nearly, drop the others, and paint for a while; true if there is more to do. */
    paintSome() {
        const { scrollLeft } = this.strip;
        const first = Math.max(0, Math.floor((scrollLeft - TILE / 2) / TILE));
        const last = Math.min(Math.ceil(this.length / TILE), Math.ceil((scrollLeft + this.width + TILE / 2) / TILE)) - 1;
        for (const [number, tile] of this.tiles) {
            if (number >= first && number <= last) continue;
            tile.canvas?.remove();
            this.tiles.delete(number);
        }
        for (let number = first; number <= last; number++) {
            if (this.tiles.has(number)) continue;
            const tile = { number, canvas: null, back: null, work: null };
            this.tiles.set(number, tile);
            this.start(tile);
        }
        const middle = (scrollLeft + this.width / 2) / TILE - 0.5;
        const waiting = [...this.tiles.values()].filter((tile) => tile.work);
        waiting.sort((a, b) => Math.abs(a.number - middle) - Math.abs(b.number - middle));
        const end = performance.now() + BUDGET;
        for (const tile of waiting) {
            while (!tile.work.next().done) if (performance.now() > end) return true;
            if (tile.canvas) tile.canvas.replaceWith(tile.back);
            else this.box.append(tile.back);
            Object.assign(tile, { canvas: tile.back, back: null, work: null });
        }
        return false;
    }

    /** Begin to paint a tile, with the fans that there are; those that come meanwhile are painted as they come. */
    start(tile) {
        const left = tile.number * TILE;
        tile.back = document.createElement("canvas");
        tile.back.style.left = `${left}px`;
        const context = sized(tile.back, Math.min(TILE, this.length - left), this.height);
        tile.back.style.width = `${Math.min(TILE, this.length - left)}px`;
        const here = this.fans.filter((fan) => this.touches(tile, fan));
        tile.work = this.paint(this.context(tile.back, tile), here);
    }

    touches(tile, fan) {
        const left = this.x0 + (tile.number * TILE) / this.zoom;
        return fan.right + RING[0] + RING[1] > left && fan.left - RING[0] - RING[1] < left + TILE / this.zoom;
    }

    /** A canvas's context in x-heights; `tile` says where it lies. */
    context(canvas, { number }) {
        const context = canvas.getContext("2d");
        const zoom = devicePixelRatio * this.zoom;
        context.setTransform(zoom, 0, 0, zoom, -zoom * this.x0 - devicePixelRatio * number * TILE, -zoom * this.y0);
        return context;
    }

    paintAll(context, fans) {
        for (const _ of this.paint(context, fans));
    }

    /**
     * Paint fans: the last steps first, for they are the palest, then the rings. Samples are painted one after the
     * other, so that many on one place add up; one sample of all the fans goes in as few strokes as it has colours.
     * `zoom` is CSS pixels to an x-height.
     */
    *paint(context, fans, strength = 1, zoom = this.zoom) {
        context.lineCap = context.lineJoin = "round";
        context.lineWidth = PATH_PX / zoom;
        const written = fans.filter((fan) => !fan.air);
        const landed = fans.filter((fan) => fan.air);
        for (let step = this.steps - 1; step >= 0; step--) {
            for (let sample = 0; sample < this.samples; sample++) {
                context.globalAlpha = Math.min(1, strength * this.strengths[step]);
                this.paintStep(context, step ? fans : written, sample, step);
                if (!step) {
                    context.globalAlpha = Math.min(1, strength * this.air);
                    this.paintStep(context, landed, sample, step);
                }
                yield;
            }
        }
        context.globalAlpha = 1;
        context.strokeStyle = this.text;
        context.lineWidth = RING_PX / zoom;
        for (const { x, y, lift } of fans) {
            context.beginPath();
            context.arc(x, y, RING[0] + RING[1] * Math.sqrt(lift), 0, 2 * Math.PI);
            context.stroke();
        }
    }

    paintStep(context, fans, sample, step) {
        const at = sample * this.steps + step;
        const lines = []; // by bin
        for (const { xy, bins, x, y } of fans) {
            if (bins[at] === NOTHING) continue;
            const line = (lines[bins[at]] ??= new Path2D());
            if (step) line.moveTo(xy[2 * at - 2], xy[2 * at - 1]);
            else line.moveTo(x, y);
            line.lineTo(xy[2 * at], xy[2 * at + 1]);
        }
        lines.forEach((line, bin) => {
            context.strokeStyle = this.colours[bin];
            context.stroke(line);
        });
    }

    // --- one point

    paintOne() {
        const { one, lens, chosen, origins, zoom } = this;
        lens.hidden = chosen < 0 || chosen >= this.count;
        if (lens.hidden) {
            sized(one, 0, 0);
            sized(lens, 0, 0);
            return;
        }
        const x = origins[2 * chosen];
        const y = origins[2 * chosen + 1];
        const left = Math.max(0, Math.floor((x - REACH - this.x0) * zoom));
        const width = Math.min(this.length, Math.ceil((x + REACH - this.x0) * zoom)) - left;
        sized(one, width, this.height);
        one.style.left = `${left}px`;
        one.style.width = `${width}px`;
        this.paintPoint(this.context(one, { number: left / TILE }), zoom);

        const [from, to] = this.span;
        lens.classList.toggle("to-the-left", x > (from + to) / 2);
        const size = lens.clientWidth;
        const [middleX, middleY, reach] = this.hills();
        const near = size / 2 / reach;
        const context = sized(lens, size, size);
        const scale = devicePixelRatio * near;
        context.setTransform(scale, 0, 0, scale, lens.width / 2 - scale * middleX, lens.height / 2 - scale * middleY);
        context.strokeStyle = this.text;
        context.lineWidth = 1 / near;
        context.stroke(this.path.line(0, this.path.points));
        this.paintPoint(context, near);
        context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        const style = getComputedStyle(lens);
        const text = `× ${Math.max(1, Math.round(near / zoom))}`;
        context.font = style.font;
        context.lineWidth = 5;
        context.strokeStyle = style.backgroundColor;
        context.strokeText(text, 10, size - 10);
        context.fillStyle = this.text;
        context.fillText(text, 10, size - 10);
    }

    /** Where the first step from the chosen point may lead: the middle of it and how far it reaches, in x-heights. */
    hills() {
        const { chosen, places, look } = this;
        const box = [Infinity, Infinity, -Infinity, -Infinity];
        const reach = (x, y, more = 0) => {
            box[0] = Math.min(box[0], x - more);
            box[1] = Math.min(box[1], y - more);
            box[2] = Math.max(box[2], x + more);
            box[3] = Math.max(box[3], y + more);
        };
        reach(places[3 * chosen], places[3 * chosen + 1]);
        const fan = this.fans[chosen];
        const row = 2 * this.steps;
        if (fan) for (let k = 0; k < fan.xy.length; k += row) reach(fan.xy[k], fan.xy[k + 1]);
        look?.strengths.forEach((strength, i) => {
            const [x, y, axis] = look.ellipses.subarray(5 * i, 5 * i + 3);
            if (strength > PLAIN) reach(x, y, 2 * axis);
        });
        const half = Math.max(box[2] - box[0], box[3] - box[1]) / 2;
        return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, Math.max(1.15 * half, CLOSEST)];
    }

    /**
     * The chosen fan, its first steps at full strength, the mixture it is drawn from, and the way that was taken;
     * `zoom` is CSS pixels to an x-height.
     */
    paintPoint(context, zoom) {
        const { chosen, places, origins } = this;
        if (this.fans[chosen]) for (const _ of this.paint(context, [this.fans[chosen]], 1 / this.strengths[0], zoom));
        if (this.look) this.paintLook(context, zoom);
        context.globalAlpha = 1;
        context.strokeStyle = this.text;
        context.lineWidth = 1.8 / zoom;
        let [x, y] = [origins[2 * chosen], origins[2 * chosen + 1]];
        let air = chosen > 0 && places[3 * chosen - 1] > 0.5;
        for (let i = chosen; i < Math.min(chosen + this.steps, this.count); i++) {
            context.setLineDash(air ? [0.01, 4 / zoom] : []);
            context.beginPath();
            context.moveTo(x, y);
            [x, y, air] = [places[3 * i], places[3 * i + 1], places[3 * i + 2] > 0.5];
            context.lineTo(x, y);
            context.stroke();
            context.beginPath();
            context.arc(x, y, 2.4 / zoom, 0, 2 * Math.PI);
            context.stroke();
        }
        context.setLineDash([]);
    }

    /** The mixture: each of its Gaussians as the ellipses of one and two sigma, as strong as its weight. */
    paintLook(context, zoom) {
        const { ellipses, strengths } = this.look;
        context.strokeStyle = this.text;
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

    // --- the hand

    /** A mouse drags the sheet; a finger scrolls it without our help. */
    dragStrip() {
        const { strip } = this;
        let from = null;
        strip.addEventListener("pointerdown", (event) => {
            if (event.pointerType === "mouse" && event.button === 0) from = { x: event.clientX, left: strip.scrollLeft };
        });
        strip.addEventListener("pointermove", (event) => {
            if (!from || !(event.buttons & 1)) return void (from = null);
            if (!strip.classList.contains("dragged") && Math.abs(event.clientX - from.x) < 4) return;
            strip.setPointerCapture(event.pointerId);
            strip.classList.add("dragged");
            strip.scrollLeft = from.left - (event.clientX - from.x);
        });
        // A click follows on the release: whoever listens for it sees by the class that it was none.
        strip.addEventListener("pointerup", () => {
            from = null;
            setTimeout(() => strip.classList.remove("dragged"));
        });
    }

    dragOverview() {
        const { overview, strip } = this;
        const go = (event) => {
            const box = overview.getBoundingClientRect();
            strip.scrollLeft = ((event.clientX - box.left) / box.width) * this.length - this.width / 2;
        };
        overview.addEventListener("pointerdown", (event) => {
            overview.setPointerCapture(event.pointerId);
            go(event);
        });
        overview.addEventListener("pointermove", (event) => {
            if (overview.hasPointerCapture(event.pointerId)) go(event);
        });
    }
}

/** Takes a path's commands as SVG writes them. */
class Text {
    text = "";

    moveTo(x, y) {
        this.text += `M${short(x)} ${short(y)}`;
    }

    lineTo(x, y) {
        this.text += `L${short(x)} ${short(y)}`;
    }

    bezierCurveTo(...numbers) {
        this.text += `C${numbers.map(short).join(" ")}`;
    }
}

const short = (x) => Math.round(1e4 * x) / 1e4;

/** A canvas of so many CSS pixels, sharp and empty. */
function sized(canvas, width, height) {
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    return canvas.getContext("2d");
}

/** For Python, where a class of JavaScript is awkward to call. */
export const view = (figure, moved) => new Fans(figure, moved);
