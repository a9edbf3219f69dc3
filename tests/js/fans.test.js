import assert from "node:assert/strict";
import { test } from "node:test";
import { FanData } from "../../js-shims/fans/fan_data.js";
import { NOTHING, touches } from "../../js-shims/fans/fan_painter.js";

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
    const { points, ways, bins, lifts } = fans.arrays;
    assert.deepEqual([[...points], ways[0], bins.length, [...lifts]], [[0, 2], 8, 8, [0.25, 0.25]]);
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
