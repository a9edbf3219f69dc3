/**
 * Fans on a sheet, painted on tiles that the browser only has to move. Tiles exist in view and just outside it. Each
 * fan is painted once on each tile that it touches, a few milliseconds a frame, nearest to the middle of the view first.
 */
/** @import {Scroller} from "../canvas/scroller.js" */
/** @import {Fan, FanStyle, Tones} from "./fan_painter.js" */
import { frames } from "../canvas/draw.js";
import { addFan, Density, touches } from "./fan_painter.js";

const TILE = 512; // CSS pixels: a phone's width of them is soon painted, a wide sheet has at most six
const STRIPE = 64; // CSS pixels: what is coloured at once
const BUDGET_MS = 6; // of a frame, for painting

/**
 * @typedef {object} Tile
 * @property {number} number
 * @property {HTMLCanvasElement} canvas
 * @property {boolean} shown whether the canvas is on the sheet; otherwise another one is, until this one is complete
 * @property {HTMLCanvasElement | null} old
 * @property {Density} density
 * @property {Fan[]} waiting to be added to the density
 * @property {number} from the columns whose colours are not shown yet, in device pixels
 * @property {number} to
 */

export class FanTiles {
    /**
     * @param {HTMLElement} box
     * @param {Scroller} scroller
     * @param {() => Fan[]} all all fans that there are
     */
    constructor(box, scroller, all) {
        this.box = box;
        this.scroller = scroller;
        this.all = all;
        /** @type {FanStyle | null} */
        this.style = null;
        /** @type {Tones | null} */
        this.tones = null;
        /** @type {Map<number, Tile>} */
        this.tiles = new Map();
        this.frames = frames(() => scroller.zoom > 0 && this.style !== null && this.paintSome());
    }

    /** Paint what is in or near the view and not painted yet. */
    ask() {
        this.frames.ask();
    }

    /** Whether all that is near the view is on the screen. */
    get complete() {
        if (this.frames.asked) return false;
        return [...this.tiles.values()].every((tile) => tile.shown && !tile.waiting.length && tile.from >= tile.to);
    }

    /** Paint everything again, with another style or in another place; until then the tiles stay as they are. */
    restart() {
        for (const [number, tile] of this.tiles) {
            const old = tile.shown ? tile.canvas : tile.old;
            this.tiles.set(number, this.tile(number, old));
        }
        this.ask();
    }

    /**
     * Paint in other colours.
     *
     * @param {Tones} tones
     */
    recolour(tones) {
        this.tones = tones;
        for (const tile of this.tiles.values()) [tile.from, tile.to] = [0, tile.density.width];
        this.ask();
    }

    /**
     * Paint some fans more.
     *
     * @param {Fan[]} fans
     */
    add(fans) {
        for (const tile of this.tiles.values()) {
            const [left, right] = this.span(tile.number);
            for (const fan of fans) if (touches(fan, left, right)) tile.waiting.push(fan);
        }
        this.ask();
    }

    /** Make the tiles in or near the view, drop the others, and paint for a while; return whether there is more to do. */
    paintSome() {
        const end = performance.now() + BUDGET_MS;
        const { strip, width, length } = this.scroller;
        const { scrollLeft } = strip;
        const first = Math.max(0, Math.floor((scrollLeft - TILE / 2) / TILE));
        const last = Math.min(Math.ceil(length / TILE), Math.ceil((scrollLeft + width + TILE / 2) / TILE)) - 1;
        for (const [number, tile] of this.tiles) {
            if (number >= first && number <= last) continue;
            tile.canvas.remove();
            tile.old?.remove();
            this.tiles.delete(number);
        }
        for (let number = first; number <= last; number++) {
            if (!this.tiles.has(number)) this.tiles.set(number, this.tile(number, null));
        }
        const middle = (scrollLeft + width / 2) / TILE - 0.5;
        const tiles = [...this.tiles.values()];
        tiles.sort((a, b) => Math.abs(a.number - middle) - Math.abs(b.number - middle));
        for (const tile of tiles) if (!this.advance(tile, end)) return true;
        return false;
    }

    /**
     * Make a tile; the old one's canvas, if there is one, is shown until it is complete.
     *
     * @param {number} number
     * @param {HTMLCanvasElement | null} old
     * @returns {Tile}
     */
    tile(number, old) {
        const { scroller } = this;
        const canvas = document.createElement("canvas");
        const left = number * TILE;
        scroller.lay(canvas, left, Math.min(TILE, scroller.length - left));
        if (!old) this.box.append(canvas);
        const density = new Density(canvas.width, canvas.height);
        const [from, to] = this.span(number);
        const waiting = this.all().filter((fan) => touches(fan, from, to));
        return { number, canvas, shown: !old, old, density, waiting, from: canvas.width, to: 0 };
    }

    /**
     * Paint on a tile until `end`; return whether nothing is left to do.
     *
     * @param {Tile} tile
     * @param {number} end
     */
    advance(tile, end) {
        const { x0, y0 } = this.scroller;
        const zoom = devicePixelRatio * this.scroller.zoom;
        const left = x0 + (tile.number * TILE) / this.scroller.zoom;
        const { density, waiting } = tile;
        while (waiting.length) {
            if (performance.now() > end) return false;
            const fan = waiting.pop();
            addFan(density, { zoom, x: left, y: y0 }, this.style, fan);
            tile.from = Math.max(0, Math.min(tile.from, Math.floor((fan.left - left) * zoom) - 2));
            tile.to = Math.min(density.width, Math.max(tile.to, Math.ceil((fan.right - left) * zoom) + 2));
        }
        const context = tile.canvas.getContext("2d");
        const stripe = Math.round(STRIPE * devicePixelRatio);
        while (tile.from < tile.to) {
            if (performance.now() > end) return false;
            const width = Math.min(stripe, tile.to - tile.from);
            context.putImageData(density.image(this.tones, tile.from, width), tile.from, 0);
            tile.from += width;
        }
        [tile.from, tile.to] = [density.width, 0];
        if (!tile.shown) {
            tile.old.replaceWith(tile.canvas);
            Object.assign(tile, { shown: true, old: null });
        }
        return true;
    }

    /**
     * Return where a tile starts and ends, in x-heights.
     *
     * @param {number} number
     */
    span(number) {
        const { x0, zoom } = this.scroller;
        const left = x0 + (number * TILE) / zoom;
        return [left, left + TILE / zoom];
    }
}
