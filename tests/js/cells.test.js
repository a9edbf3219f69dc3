import assert from "node:assert/strict";
import { test } from "node:test";
import { colourIndex, css } from "../../js-shims/canvas/palette.js";
import { CellGrid, hilbertCurve } from "../../js-shims/cells/cell_grid.js";
import { View } from "../../js-shims/cells/cells.js";
import { BLOCK, Columns } from "../../js-shims/cells/columns.js";
import { DisplayState } from "../../js-shims/cells/display_state.js";
import { HeatTiles } from "../../js-shims/cells/heat_tiles.js";
import { HeatMap } from "../../js-shims/cells/heatmap.js";

globalThis.devicePixelRatio = 2;

/** Return an object with the class's methods and these fields: what decides, without what draws. */
const partOf = (type, fields) => Object.assign(Object.create(type.prototype), fields);

// --- the Hilbert curve and the grid

for (const [width, height] of [
    [1, 1],
    [1, 9],
    [8, 8],
    [16, 16],
    [41, 13],
    [12, 42],
    [50, 10],
]) {
    test(`the curve visits every place of ${width} x ${height} once`, () => {
        assert.deepEqual(
            Array.from(hilbertCurve(width, height)).sort((a, b) => a - b),
            Array.from({ length: width * height }, (_, place) => place),
        );
    });
}

test("in a square of a power of two each place is next to the one before", () => {
    const places = hilbertCurve(16, 16);
    for (let i = 1; i < places.length; i++) {
        const [dx, dy] = [(places[i] % 16) - (places[i - 1] % 16), (places[i] >> 4) - (places[i - 1] >> 4)];
        assert.equal(Math.abs(dx) + Math.abs(dy), 1);
    }
});

test("what is close along the curve is closer in the plane than row by row", () => {
    const [width, height, apart] = [41, 12, 20];
    const distance = (places) => {
        let sum = 0;
        for (let i = apart; i < places.length; i++) {
            const [a, b] = [places[i], places[i - apart]];
            sum += Math.hypot((a % width) - (b % width), Math.floor(a / width) - Math.floor(b / width));
        }
        return sum;
    };
    assert.ok(distance(hilbertCurve(width, height)) < 0.6 * distance(Array.from({ length: 492 }, (_, i) => i)));
});

const grid = partOf(CellGrid, {
    across: 4,
    side: 20,
    columns: { units: 10 },
    places: Int32Array.from({ length: 12 }, (_, i) => i),
    rows: Int32Array.from({ length: 12 }, (_, i) => i),
});

test("the arrow keys go to the square beside, and stay at the edges", () => {
    assert.equal(grid.beside(5, 1, 0), 6);
    assert.equal(grid.beside(5, 0, -1), 1);
    assert.equal(grid.beside(3, 1, 0), 3);
    assert.equal(grid.beside(0, 0, -1), 0);
    assert.equal(grid.beside(7, 0, 1), 7); // the last row has two squares only
});

test("a place in CSS pixels is in the square that is drawn there", () => {
    assert.deepEqual(
        [3, 12.9, 13.1, 2.9].map((offset) => grid.squareAt(offset)),
        [0, 0, 1, -1],
    );
});

// --- columns

test("columns come in pieces over the ends of blocks, and later ones replace earlier", () => {
    const columns = new Columns();
    const first = [];
    columns.watchers.push((from) => first.push(from));
    columns.begin(2, 0);
    columns.put(
        0,
        Float32Array.from({ length: 2 * (BLOCK - 1) }, (_, i) => i),
    );
    columns.put(BLOCK - 1, Float32Array.of(1, 2, 3, 4));
    assert.deepEqual([columns.count, columns.at(BLOCK - 1, 1), columns.at(BLOCK, 0)], [BLOCK + 1, 2, 3]);
    columns.put(3, Float32Array.of(-5, 9));
    assert.equal(columns.count, 4);
    assert.deepEqual(columns.range(0), [-5, 4]);
    assert.deepEqual(first, [0, 0, BLOCK - 1, 3]);
});

test("a cell's peak is that of the columns that are there", () => {
    const columns = new Columns();
    columns.begin(2, 0);
    columns.put(0, Float32Array.of(1, -2, -4, 3));
    assert.deepEqual([...columns.peaks()], [4, 3]);
    columns.put(1, Float32Array.of(0.5, 0)); // replaces the second column
    assert.deepEqual([...columns.peaks()], [1, 2]);
    columns.put(2, new Float32Array(2 * BLOCK).fill(9));
    assert.deepEqual([...columns.peaks()], [9, 9]);
    columns.put(1, Float32Array.of(0, 0));
    assert.deepEqual([...columns.peaks()], [1, 2]);
});

// --- what is drawn when columns arrive

/** A line of 400 points on show, of which a view has drawn no column yet; `frame()` returns what the next one draws. */
function arriving(painting = () => {}) {
    const columns = new Columns();
    columns.begin(2, 400);
    const calls = [];
    /** @type {(() => void)[]} */
    let frames = [];
    globalThis.requestAnimationFrame = (draw) => frames.push(draw);
    const note = (name) => () => calls.push(name);
    const map = {
        tiles: { invalidate() {}, clear() {} },
        paint: (first, count) => {
            calls.push(["map", first, count]);
            painting();
        },
        paintCross: note("cross"),
    };
    const strip = { box: {}, layout: note("layout"), reveal: () => false, paintRing: note("ring") };
    strip.paint = (_, first, known) => calls.push(["ink", first, known]);
    const view = partOf(View, {
        ...{
            columns,
            map,
            parts: [strip],
            inkStrip: strip,
            grid: { paint: note("grid") },
            key: { paint: note("key") },
        },
        ...{ display: partOf(DisplayState, { limit: 3, limits: [], scaled: 0, version: 0 }), due: new Set() },
        ...{ shown: true, drawn: 0, scaled: 0, room: "", names: [], tip: null, cell: 0, column: 399 },
    });
    view.display.begin(2);
    columns.watchers.push((first) => view.arrived(first));
    const frame = () => {
        calls.length = 0;
        const due = frames;
        frames = [];
        for (const draw of due) draw();
        return [...calls];
    };
    const put = (count) => columns.put(columns.count, new Float32Array(2 * count));
    view.ask("layout", "image", "ink", "cross");
    while (frame().length);
    return { frame, put, view };
}

test("columns that arrive are drawn once, those of one frame together, and nothing else is", () => {
    const { frame, put } = arriving();
    put(16);
    put(16);
    assert.deepEqual(frame(), [
        ["map", 0, 32],
        ["ink", 0, 32],
    ]);
    put(16);
    assert.deepEqual(frame(), [
        ["map", 32, 48],
        ["ink", 32, 48],
    ]);
    assert.deepEqual(frame(), []);
});

test("of many columns each frame draws some, and the last bring the choice", () => {
    const { frame, put } = arriving();
    put(400);
    const drawn = [];
    for (let calls = frame(); calls.length; calls = frame()) drawn.push(calls);
    const map = drawn.map(([[, first, count]]) => [first, count]);
    assert.ok(map.length > 3);
    assert.deepEqual(
        map.map(([first]) => first),
        [0, ...map.map(([, count]) => count).slice(0, -1)],
    );
    assert.equal(map.at(-1)[1], 400);
    assert.deepEqual(
        drawn.map((calls) => calls.includes("cross")),
        map.map(([, count]) => count === 400),
    );
});

test("columns that change are drawn again from the first of them on", () => {
    const { frame, put, view } = arriving();
    put(48);
    frame();
    view.columns.put(40, new Float32Array(2 * 20));
    assert.deepEqual(frame()[0], ["map", 40, 60]);
});

test("what a frame has no time for is drawn in the next one", () => {
    let now = 0;
    const { performance } = globalThis;
    Object.defineProperty(globalThis, "performance", { value: { now: () => now }, configurable: true });
    const { frame, put } = arriving(() => {
        now += 20;
    });
    put(32);
    assert.deepEqual(frame(), [["map", 0, 32]]);
    const [ink, ...rest] = frame();
    assert.deepEqual(ink, ["ink", 0, 32]);
    assert.ok(rest.includes("cross"));
    assert.deepEqual(frame(), []);
    Object.defineProperty(globalThis, "performance", { value: performance, configurable: true });
});

// --- the heatmap's places

const map = (fields) =>
    partOf(HeatMap, { offset: 0, width: 1000, columns: { count: 300, units: 500, length: 300 }, ...fields });

test("columns that are no whole pixels wide begin at whole pixels and leave no gap", () => {
    const narrow = map({ column: 3.37 });
    for (let column = 0; column < 300; column++) {
        const wide = narrow.edge(column + 1) - narrow.edge(column);
        assert.ok(wide === 3 || wide === 4);
    }
});

test("a place in device pixels is in the column and the row that are drawn there", () => {
    const some = map({ column: 3.37, row: 2, offset: 100 });
    for (const column of [30, 77, 299]) {
        assert.equal(some.columnAt(column * 3.37 + 1 - 100), column);
        assert.ok(Math.abs(some.edge(column) - (column * 3.37 - 100)) <= 0.5);
    }
    assert.deepEqual([some.rowAt(0), some.rowAt(9), some.rowAt(999)], [0, 4, 499]);
});

test("places outside belong to the nearest column and row", () => {
    const some = map({ column: 4, row: 2 });
    assert.deepEqual([some.columnAt(-9), some.columnAt(5000), some.rowAt(-1), some.rowAt(5000)], [0, 299, 0, 499]);
});

test("changed columns are coloured again, those before them are not", () => {
    const tile = () => ({ coded: BLOCK, painted: BLOCK });
    const some = partOf(HeatTiles, { tiles: new Map([0, 1, 2].map((block) => [block, tile()])) });
    some.invalidate(BLOCK + 10);
    assert.deepEqual(
        [...some.tiles.values()].map(({ coded, painted }) => [coded, painted]),
        [
            [BLOCK, BLOCK],
            [10, 10],
            [0, 0],
        ],
    );
});

test("values get the 256 colours evenly, and those beyond the limit the last", () => {
    const columns = { units: 5, blocks: [Float32Array.of(-9, -3, 0, 1.5, 9)] };
    const some = partOf(HeatTiles, { columns, display: { limits: new Float32Array(5).fill(3), scaled: 7 } });
    const tile = { codes: new Uint8Array(BLOCK * 5), coded: 0 };
    some.encode(tile, 0, 1);
    assert.deepEqual(
        [0, 1, 2, 3, 4].map((cell) => tile.codes[cell * BLOCK]),
        [0, 0, 128, 191, 255],
    );
    assert.equal(tile.scaled, 7);
    assert.deepEqual([-9, -1, 0, 0.5, 9].map(colourIndex), [0, 0, 128, 191, 255]);
});

test("a colour's bytes are red, green, blue", () => {
    assert.equal(css(new Uint32Array(Uint8Array.of(1, 20, 255, 255).buffer)[0]), "rgb(1 20 255)");
});

// --- orders and signs

function display(units) {
    const state = partOf(DisplayState, { limit: 3, limits: [], scaled: 0, version: 0, scales: new Map() });
    state.palette = Uint32Array.from({ length: 256 }, (_, i) => i);
    state.begin(units);
    return state;
}

test("an order that is shown at once has rows that are its inverse", () => {
    const state = display(4);
    state.sort(Int32Array.of(2, 0, 3, 1));
    assert.deepEqual([...state.order], [2, 0, 3, 1]);
    assert.deepEqual([...state.rows], [1, 3, 0, 2]);
});

test("cells move towards their rows, and arrive", () => {
    const state = display(9);
    const order = Int32Array.from({ length: 9 }, (_, i) => 8 - i);
    state.aim(order);
    assert.equal(state.move(0.5), true);
    assert.equal(state.places[0], 4);
    let frames = 0;
    while (state.move(0.5)) frames++;
    assert.ok(frames < 8);
    assert.deepEqual([...state.order], [...order]);
});

test("a cell that is turned over has the opposite colours", () => {
    const state = display(2);
    state.turn([1, -1]);
    const [plain, turned] = [state.scale(1), state.scale(-1)];
    for (const code of [0, 100, 255]) assert.equal(turned[code], plain[255 - code]);
    state.turnPart(Float32Array.of(1, -1), 0.5);
    assert.deepEqual([...state.signs], [1, 0]);
});

test("each cell has the scale of its own peak, or all have the same", () => {
    const state = display(3);
    state.perCell = true;
    state.measure(Float32Array.of(2, 0.5, 0));
    assert.deepEqual(
        [state.code(2, 0), state.code(-0.5, 1), state.code(0.25, 1), state.code(0, 2)],
        [255, 0, 191, 128],
    );
    const { scaled } = state;
    state.measure(Float32Array.of(2, 0.5, 0));
    assert.equal(state.scaled, scaled); // nothing to encode again
    state.perCell = false;
    state.measure(Float32Array.of(2, 0.5, 0));
    assert.deepEqual([state.code(2, 0), state.code(3, 1), state.scaled], [colourIndex(2 / 3), 255, scaled + 1]);
});
