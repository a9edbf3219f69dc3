/**
 * What lies on a sheet, painted on tiles that the browser only has to move. Tiles exist in view and just outside it. A
 * tile is painted on a hidden canvas, a few milliseconds a frame, and then replaces the one that is shown.
 */
/** @import {Scroller} from "./scroller.js" */
import { frames } from "./draw.js";

const TILE = 512; // CSS pixels: a phone's width of them is soon painted, a wide sheet has at most six
const BUDGET = 8; // milliseconds of a frame for painting: half of it

/**
 * @typedef {object} Tile
 * @property {number} number
 * @property {HTMLCanvasElement | null} canvas what is shown
 * @property {HTMLCanvasElement | null} back what is being painted
 * @property {Iterator<void> | null} work paints `back`
 */

export class Tiles {
    /**
     * @param {HTMLElement} box
     * @param {Scroller} scroller
     * @param {(context: CanvasRenderingContext2D, left: number, right: number) => Iterator<void>} paint paints, bit by
     *     bit, all that lies between two places, in x-heights
     */
    constructor(box, scroller, paint) {
        this.box = box;
        this.scroller = scroller;
        this.paint = paint;
        /** @type {Map<number, Tile>} */
        this.tiles = new Map();
        this.frames = frames(() => scroller.zoom > 0 && this.paintSome());
    }

    /** Paint what is in or near the view and not painted yet. */
    ask() {
        this.frames.ask();
    }

    /** Paint all tiles again; until then they stay as they are. */
    invalidate() {
        for (const tile of this.tiles.values()) this.start(tile);
        this.ask();
    }

    /**
     * Paint something at once over all tiles, shown or in progress.
     *
     * @param {(context: CanvasRenderingContext2D, left: number, right: number) => void} paint
     */
    over(paint) {
        for (const { number, canvas, back } of this.tiles.values()) {
            const [left, right] = this.span(number);
            for (const one of [canvas, back]) if (one) paint(this.scroller.context(one, number * TILE), left, right);
        }
    }

    /** Make the tiles in or near the view, drop the others, and paint for a while; return whether there is more to do. */
    paintSome() {
        const { strip, width, length } = this.scroller;
        const { scrollLeft } = strip;
        const first = Math.max(0, Math.floor((scrollLeft - TILE / 2) / TILE));
        const last = Math.min(Math.ceil(length / TILE), Math.ceil((scrollLeft + width + TILE / 2) / TILE)) - 1;
        for (const [number, tile] of this.tiles) {
            if (number >= first && number <= last) continue;
            tile.canvas?.remove();
            this.tiles.delete(number);
        }
        for (let number = first; number <= last; number++) {
            if (this.tiles.has(number)) continue;
            /** @type {Tile} */
            const tile = { number, canvas: null, back: null, work: null };
            this.tiles.set(number, tile);
            this.start(tile);
        }
        const middle = (scrollLeft + width / 2) / TILE - 0.5;
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

    /**
     * Start to paint a tile with what there is; what arrives later is painted over it.
     *
     * @param {Tile} tile
     */
    start(tile) {
        const left = tile.number * TILE;
        tile.back = document.createElement("canvas");
        const context = this.scroller.lay(tile.back, left, Math.min(TILE, this.scroller.length - left));
        const [from, to] = this.span(tile.number);
        tile.work = this.paint(context, from, to);
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
