import assert from "node:assert/strict";
import { test } from "node:test";
import { FanData } from "../../js-shims/fans/fan_data.js";
import { addFan, Density, densityOf, fanStyle, NOTHING, tones, touches } from "../../js-shims/fans/fan_painter.js";

const LINE = [1, 0, 0, 2, 0, 1, 4, 0, 0, 5, 1, 1]; // two strokes of two points

/** The fans of a line from (0, 0) on, with 2 samples of 2 steps, for these points. */
function fansOf(points) {
    const fans = new FanData();
    fans.reset(2, 2);
    fans.setLine(Float32Array.from(LINE), 0, 0);
    const xy = Float32Array.from({ length: 8 * points.length }, (_, i) => i);
    const bins = Uint8Array.from({ length: 4 * points.length }, (_, i) => (i % 4 === 3 ? NOTHING : i));
    fans.put(points, xy, bins, new Float32Array(points.length).fill(0.25));
    return fans;
}

test("fan i begins at the point before, and knows whether the pen was in the air", () => {
    const fans = fansOf([0, 2]);
    assert.deepEqual([...fans.origins], [0, 0, 1, 0, 2, 0, 4, 0]);
    assert.deepEqual(
        [0, 1, 2, 3].map((i) => fans.lifted(i)),
        [false, false, true, false],
    );
    assert.deepEqual([fans.fans[0].air, fans.fans[2].air, fans.fans[2].x], [false, true, 2]);
});

test("a fan reaches as far as its steps that exist", () => {
    const [fan] = fansOf([0]).fans;
    assert.deepEqual([fan.left, fan.right], [0, 4]); // the last step, at 6, is none
    assert.deepEqual([touches(fan, 5, 6), touches(fan, 3, 6), touches(fan, -9, -1)], [false, true, false]);
});

test("points with and without fans are distinguished", () => {
    const fans = fansOf([2, 0]);
    assert.deepEqual([fans.count, fans.done, fans.has(1), fans.lifting(0.2), fans.lifting(0.3)], [4, 2, false, 2, 0]);
    assert.deepEqual([...fans.known()], [1, 0, 1, 0]);
    const { points, ways, bins, lifts } = fans.arrays(2);
    assert.deepEqual([[...points], ways[0], bins.length, [...lifts]], [[0, 2], 8, 8, [0.25, 0.25]]);
});

test("shorter fans are the beginnings of longer ones", () => {
    const { ways, bins } = fansOf([2, 0]).arrays(1);
    assert.deepEqual([...ways], [8, 9, 12, 13, 0, 1, 4, 5]);
    assert.deepEqual([...bins], [4, 6, 0, 2]);
});

test("fans of a finer picture are as weak as their weight says", () => {
    const fans = fansOf([]);
    fans.weights = Float32Array.from([1, 0.25]);
    assert.deepEqual(
        [0, 1, 2, 3].map((point) => fans.fan(point, new Float32Array(8), new Uint8Array(4), 0).weight),
        [1, 0.25, 1, 0.25],
    );
});

const total = (density, layer) => density.layers[layer].reduce((sum, value) => sum + value, 0);

test("a line adds its length times its width, whatever its direction, and nothing outside", () => {
    for (const [x, y] of [
        [20, 0],
        [0, 20],
        [12, 16],
        [-12, 16],
        [16, -12],
    ]) {
        const density = new Density(60, 60);
        density.line(1, 30, 30, 30 + x, 30 + y, 1.5, 1000);
        assert.ok(Math.abs(total(density, 1) / (20 * 1.5 * 1000) - 1) < 0.02, `${x}, ${y}`);
        assert.equal(total(density, 0), 0);
        for (let at = 0; at < 3600; at++) {
            const [column, row] = [at % 60, Math.floor(at / 60)];
            const along = ((column + 0.5 - 30) * x + (row + 0.5 - 30) * y) / 20;
            const aside = Math.abs((column + 0.5 - 30) * y - (row + 0.5 - 30) * x) / 20;
            if (density.layers[1][at]) assert.ok(along > -2 && along < 22 && aside < 2.2);
        }
    }
    const small = new Density(5, 5);
    small.line(0, -30, -30, 30, 31, 1, 1e9); // across and beyond: no pixel outside, and no overflow
    assert.equal(Math.max(...small.layers[0]), 0xffff);
});

test("the order of fans does not matter", () => {
    globalThis.devicePixelRatio = 1;
    const fans = fansOf([0, 1, 2, 3]).fans;
    const style = fanStyle(
        2,
        [0.3, 0.2],
        0.1,
        Array.from({ length: 16 }, (_, i) => (i - 7.5) / 8),
    );
    const [one, other] = [fans, fans.toReversed()].map((some) => {
        const density = new Density(64, 64);
        for (const fan of some) addFan(density, { zoom: 8, x: -1, y: -1 }, style, fan);
        return density;
    });
    assert.ok(total(one, 0) > 0 && total(one, 1) > 0);
    assert.deepEqual(one.layers, other.layers);
});

test("many lines of one colour approach it and stay lighter than ink; on a dark paper they shine", () => {
    for (const [paper, colour] of [
        [
            [255, 253, 248],
            [143, 68, 4],
        ],
        [
            [26, 28, 32],
            [242, 164, 68],
        ],
    ]) {
        const { base, offset, layers } = tones(paper, [colour, colour]);
        const shown = (row) => base.map((value, k) => offset[k] + value * layers[0][3 * row + k]);
        assert.deepEqual(shown(0).map(Math.round), paper);
        const most = shown(1023);
        most.forEach((value, k) => {
            const part = (value - paper[k]) / (colour[k] - paper[k]);
            assert.ok(part > 0.8 && part < 0.9);
        });
    }
    assert.ok(Math.abs(densityOf(0.5) - 4096 * Math.LN2) < 1e-9);
});

test("when the line changes, fans stay up to where all their steps are the same", () => {
    const fans = fansOf([0, 1, 2, 3]);
    fans.setLine(Float32Array.from([...LINE.slice(0, 9), 9, 9, 1]), 0, 0);
    assert.equal(fans.done, 2); // fan 2 shows point 3 too
    fans.setLine(Float32Array.from(LINE), 1, 0);
    assert.equal(fans.done, 0); // it begins elsewhere
});

test("the nearest fan is found within reach, and the first in view", () => {
    const fans = fansOf([]);
    assert.deepEqual([fans.nearest(2.2, 0.1, 1), fans.nearest(9, 9, 1)], [2, -1]);
    assert.deepEqual([fans.firstBetween(1.5, 9), fans.firstBetween(7, 9)], [2, 0]);
});
