/**
 * What lies on a sheet, on tiles, so that the browser only has to move them. There are no more of them than are in
 * view, or nearly. A tile is painted on a canvas that nobody sees yet, a few milliseconds a frame, and then takes its
 * place.
 */
import { frames } from "./draw.js";

const TILE = 512; // CSS pixels: a phone's width of them is soon painted, a wide sheet has no more than six
const BUDGET = 8; // milliseconds of a frame for painting: half of it

export class Tiles {
    /**
     * @param {HTMLElement} box
     * @param {Sheet} sheet
     * @param {(context, left: number, right: number) => Iterator} paint paints, bit by bit, all that lies between two
     *     places, in x-heights
     */
    constructor(box, sheet, paint) {
        Object.assign(this, { box, sheet, paint });
        this.tiles = new Map(); // by number: {number, canvas, back, work}
        this.frames = frames(() => sheet.zoom && this.paintSome());
    }

    /** Paint what is in view, or nearly, and not painted yet. */
    ask() {
        this.frames.ask();
    }

    /** All tiles are to be painted anew; until then they stay as they are. */
    spoil() {
        for (const tile of this.tiles.values()) this.start(tile);
        this.ask();
    }

    /** Have something painted at once on the tiles there are, and on those that are under way. */
    over(paint) {
        for (const { number, canvas, back } of this.tiles.values()) {
            const span = this.span(number);
            for (const one of [canvas, back]) if (one) paint(this.sheet.context(one, number * TILE), ...span);
        }
    }

    /** Make the tiles that are in view, or nearly, drop the others, and paint for a while; true if there is more to do. */
    paintSome() {
        const { strip, width, length } = this.sheet;
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

    /** Begin to paint a tile with what there is; what comes meanwhile is painted over it as it comes. */
    start(tile) {
        const left = tile.number * TILE;
        tile.back = document.createElement("canvas");
        const context = this.sheet.lay(tile.back, left, Math.min(TILE, this.sheet.length - left));
        tile.work = this.paint(context, ...this.span(tile.number));
    }

    /** From where to where a tile reaches, in x-heights. */
    span(number) {
        const { x0, zoom } = this.sheet;
        const left = x0 + (number * TILE) / zoom;
        return [left, left + TILE / zoom];
    }
}
