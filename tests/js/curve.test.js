import assert from "node:assert/strict";
import { test } from "node:test";
import { addWetSegment, Paths, SPECK, SvgPath } from "../../js-shims/canvas/curve.js";
import { Recorder } from "./browser.js";

/** Return the commands of a sample's curve through its first `count` points. */
const traced = (table, samples, sample, count) =>
    new Paths(Float32Array.from(table), samples).trace(sample, count, new Recorder()).commands;

test("a straight stroke at even steps has its control points at thirds", () => {
    const table = [0, 0, 0, 3, 0, 0, 6, 0, 0, 9, 0, 1];
    const [move, first, second, last] = traced(table, 1, 0, 4);
    assert.deepEqual(move, ["M", 0, 0]);
    assert.deepEqual(first, ["C", 0.5, 0, 2, 0, 3, 0]); // the ends have one neighbour only
    assert.deepEqual(second, ["C", 4, 0, 5, 0, 6, 0]);
    assert.deepEqual(last, ["C", 7, 0, 8.5, 0, 9, 0]);
});

test("the tangent in a point is parallel to the line between its neighbours", () => {
    const [, into, out] = traced([0, 0, 0, 1, 2, 0, 4, 1, 1], 1, 0, 3);
    const [cx, cy, x, y] = into.slice(3);
    const [dx, dy] = out.slice(1);
    assert.ok(Math.abs((x - cx) * 1 - (y - cy) * 4) < 1e-12);
    assert.ok(Math.abs((dx - x) * 1 - (dy - y) * 4) < 1e-12);
});

test("a lift ends the curve, and the next stroke does not look back", () => {
    const commands = traced([0, 0, 0, 1, 1, 1, 5, 5, 0, 6, 5, 1], 1, 0, 4);
    assert.deepEqual(
        commands.map(([kind]) => kind),
        ["M", "C", "M", "C"],
    );
    assert.deepEqual(commands[2], ["M", 5, 5]);
    assert.ok(commands[3][2] === 5 && commands[3][4] === 5); // straight: nothing of the first stroke in it
});

test("a stroke of one point is a dot, but not the first point of all", () => {
    const dot = traced([0, 0, 1, 2, 3, 1], 1, 0, 2);
    assert.deepEqual(dot, [
        ["M", 0, 0],
        ["M", 2, 3],
        ["L", 2 + SPECK, 3],
    ]);
});

test("part of a line is drawn towards the point after it, so that it does not move as the line grows", () => {
    const table = [0, 0, 0, 1, 1, 0, 2, 0, 0, 3, 1, 1];
    assert.deepEqual(traced(table, 1, 0, 3), traced(table, 1, 0, 4).slice(0, 3));
});

test("each sample has its own rows of the table", () => {
    const [a, b] = [
        [0, 0, 0, 1, 0, 1],
        [7, 7, 0, 7, 9, 1],
    ];
    assert.deepEqual(traced([...a, ...b], 2, 1, 2), traced(b, 1, 0, 2));
});

test("an SVG path has the same curve in four decimals", () => {
    const paths = new Paths(Float32Array.from([0, 0, 0, 1, 1 / 3, 0, 2, 0, 1]), 1);
    const numbers = paths.trace(0, 3, new Recorder()).commands.flatMap(([, ...some]) => some);
    const { text } = paths.trace(0, 3, new SvgPath());
    assert.match(text, /^M0 0C[^A-Z]+C[^A-Z]+$/);
    const written = text.match(/-?[\d.]+/g).map(Number);
    assert.equal(written.length, numbers.length);
    written.forEach((number, i) => {
        assert.ok(Math.abs(number - numbers[i]) <= 5e-5);
    });
});

test("wet ink joins the middles of its lines and reaches the tip", () => {
    const xy = [0, 0, 2, 0, 2, 4];
    const path = new Recorder();
    for (let i = 0; i < 3; i++) addWetSegment(path, xy, i);
    assert.deepEqual(path.commands, [
        ["M", 0, 0],
        ["Q", 0, 0, 1, 0],
        ["M", 1, 0],
        ["Q", 2, 0, 2, 2],
        ["M", 2, 2],
        ["L", 2 + SPECK, 4],
    ]);
});
