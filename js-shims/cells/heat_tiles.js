/** The pixels of a heatmap, one a value, in tiles of a block of columns each. */
/** @import {Columns} from "./columns.js" */
/** @import {DisplayState} from "./display_state.js" */
import { BLOCK } from "./columns.js";

// Tiles that are kept: twice what the widest screen shows at once.
const MAX_TILES = 24;

/**
 * The pixels of a block of columns.
 *
 * @typedef {object} Tile
 * @property {OffscreenCanvas} canvas
 * @property {OffscreenCanvasRenderingContext2D} context
 * @property {ImageData} image
 * @property {Uint32Array} pixels of the image
 * @property {Uint8Array} codes (units, BLOCK): the numbers of the colours
 * @property {number} coded how many columns of `codes` are up to date
 * @property {number} painted how many columns of the canvas are
 * @property {number} version of the display state, when it was painted
 * @property {number} scaled of the display state, when it was encoded
 */

export class HeatTiles {
    /**
     * @param {Columns} columns
     * @param {DisplayState} display
     */
    constructor(columns, display) {
        this.columns = columns;
        this.display = display;
        /** @type {Map<number, Tile>} */
        this.tiles = new Map(); // by the number of the block
    }

    /**
     * Have the columns from number `first` on coloured again.
     *
     * @param {number} first
     */
    invalidate(first) {
        for (const [block, tile] of this.tiles) {
            const at = Math.max(0, first - block * BLOCK);
            tile.coded = Math.min(tile.coded, at);
            tile.painted = Math.min(tile.painted, at);
        }
    }

    /** Drop all pixels: other columns follow. */
    clear() {
        this.tiles.clear();
    }

    /**
     * Return a block's pixels, up to date for the columns before number `count`.
     *
     * @param {number} block
     * @param {number} count
     */
    get(block, count) {
        const { units } = this.columns;
        const tile = this.tiles.get(block) ?? newTile(units);
        this.tiles.delete(block); // and back in as the youngest
        this.tiles.set(block, tile);
        for (const old of this.tiles.keys()) {
            if (this.tiles.size <= MAX_TILES) break;
            this.tiles.delete(old);
        }
        const filled = Math.min(BLOCK, count - block * BLOCK);
        if (tile.scaled !== this.display.scaled) tile.coded = 0;
        if (tile.coded < filled) this.encode(tile, block, filled);
        if (tile.version !== this.display.version) tile.painted = 0;
        if (tile.painted < filled) this.colour(tile, filled);
        return tile;
    }

    /**
     * @param {Tile} tile
     * @param {number} block
     * @param {number} filled
     */
    encode(tile, block, filled) {
        const { units, blocks } = this.columns;
        const values = blocks[block];
        const half = this.display.limits.map((limit) => 127.5 / limit);
        for (let x = tile.coded; x < filled; x++) {
            for (let cell = 0; cell < units; cell++) {
                const code = Math.round(127.5 + values[x * units + cell] * half[cell]);
                tile.codes[cell * BLOCK + x] = Math.min(Math.max(code, 0), 255);
            }
        }
        tile.coded = filled;
        tile.scaled = this.display.scaled;
    }

    /**
     * @param {Tile} tile
     * @param {number} filled
     */
    colour(tile, filled) {
        const { display } = this;
        const { pixels, codes, painted } = tile;
        for (let row = 0; row < display.units; row++) {
            const cell = display.order[row];
            const scale = display.scale(display.signs[cell]);
            const from = cell * BLOCK;
            const to = row * BLOCK;
            for (let x = painted; x < filled; x++) pixels[to + x] = scale[codes[from + x]];
        }
        tile.context.putImageData(tile.image, 0, 0, painted, 0, filled - painted, display.units);
        tile.painted = filled;
        tile.version = display.version;
    }
}

/**
 * @param {number} units
 * @returns {Tile}
 */
function newTile(units) {
    const canvas = new OffscreenCanvas(BLOCK, units);
    const image = new ImageData(BLOCK, units);
    return {
        canvas,
        context: canvas.getContext("2d"),
        image,
        pixels: new Uint32Array(image.data.buffer),
        codes: new Uint8Array(BLOCK * units),
        coded: 0,
        painted: 0,
        version: 0,
        scaled: 0,
    };
}
