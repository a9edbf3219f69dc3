import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Strokes } from "../../js-shims/ink/strokes.js";

let frames = [];
globalThis.requestAnimationFrame = (draw) => frames.push(draw);
beforeEach(() => {
    frames = [];
});

/** Strokes with two written ones, of two points and of one. */
function written() {
    const ink = new Strokes();
    ink.begin(0, 0, 0.5);
    ink.extend(1, 2, null);
    ink.end();
    ink.begin(5, 0, 1);
    ink.end();
    return ink;
}

test("a stroke holds its points once, with widths from their force", () => {
    const ink = written();
    assert.deepEqual(ink.strokes[0].xy, [0, 0, 1, 2]);
    ink.begin(1, 1, 0);
    ink.extend(1, 1, 1); // it did not move
    ink.extend(2, 1, 1);
    const { xy, width } = ink.strokes[2];
    assert.deepEqual(
        [xy, width.map((w) => w / ink.strokes[0].width[0])],
        [
            [1, 1, 2, 1],
            [0.5, 1.5],
        ],
    );
    assert.equal(ink.strokes[0].width[1], ink.strokes[0].width[0]); // a force of null keeps the width
});

test("undone strokes come back until new ink replaces them", () => {
    const ink = written();
    ink.undo();
    assert.deepEqual([ink.count, ink.redoable, ink.endX], [1, 1, 1]);
    ink.redo();
    assert.deepEqual([ink.count, ink.redoable, ink.endX], [2, 0, 5]);
    ink.undo();
    ink.begin(9, 9, 0.5);
    assert.deepEqual([ink.count, ink.redoable, ink.id(1)], [2, 0, 3]); // an id is never used again
});

test("nothing can be undone or redone while the pen is down, nor beyond the ends", () => {
    const ink = written();
    ink.redo();
    assert.equal(ink.count, 2);
    ink.begin(9, 9, 0.5);
    ink.undo();
    assert.deepEqual([ink.count, ink.open], [3, true]);
    ink.drop();
    for (let i = 0; i < 5; i++) ink.undo();
    assert.deepEqual([ink.count, ink.open, ink.endX], [0, false, 0]);
});

test("a dropped stroke is gone for good, a cleared list too", () => {
    const ink = written();
    ink.begin(9, 9, 0.5);
    ink.drop();
    assert.deepEqual([ink.count, ink.redoable], [2, 0]);
    ink.clear();
    assert.deepEqual([ink.count, ink.redoable, ink.made], [0, 0, 3]);
});

test("a second pen that comes down ends the stroke of the first", () => {
    const ink = written();
    ink.begin(9, 9, 0.5);
    ink.begin(7, 7, 0.5);
    assert.deepEqual([ink.count, ink.isOpen(2), ink.isOpen(3)], [4, false, true]);
});

test("points and lengths are those of the stroke", () => {
    const ink = written();
    ink.lay([0, 0, 3, -4, 3, 0], [1, 1, 1]);
    assert.deepEqual([...ink.points(2, 1)], [3, -4, 3, 0]);
    assert.equal(ink.way(2), 11);
    assert.deepEqual([ink.open, ink.id(2)], [false, 3]);
});

test("stored ink that comes while the pen is down ends its stroke", () => {
    const ink = written();
    ink.begin(9, 9, 0.5);
    ink.lay([0, 0, 1, 1], [1, 1]);
    assert.deepEqual([ink.count, ink.isOpen(2), ink.open], [4, false, false]);
});

test("listeners hear of changes once a frame", () => {
    const ink = written();
    assert.equal(frames.length, 0); // nobody listens
    let heard = 0;
    ink.changed = () => heard++;
    ink.begin(0, 0, 0.5);
    ink.extend(1, 1, null);
    ink.end();
    assert.equal(frames.length, 1);
    frames.pop()();
    assert.equal(heard, 1);
    ink.undo();
    assert.equal(frames.length, 1);
    ink.flush(); // at once
    frames.pop()();
    assert.equal(heard, 2);
});

test("storage hears at once of the first change of a frame, and of every stroke's end", () => {
    const ink = new Strokes();
    const heard = [];
    ink.inked = () => {};
    ink.touched = () => heard.push("touched");
    ink.lifted = () => heard.push(`lifted ${ink.open}`);
    ink.begin(0, 0, 0.5);
    assert.deepEqual(heard, ["touched"]);
    ink.extend(1, 2, null);
    ink.end();
    assert.deepEqual(heard, ["touched", "lifted false"]);
    for (const frame of frames.splice(0)) frame();
    ink.undo();
    assert.deepEqual(heard, ["touched", "lifted false", "touched"]);
});

test("a wiped sheet comes back by undo, and redo wipes it again", () => {
    const ink = written();
    ink.wipe();
    assert.deepEqual([ink.count, ink.undoable, ink.redoable], [0, 1, 0]);
    ink.begin(7, 7, 0.5);
    ink.end();
    ink.undo();
    ink.undo();
    assert.deepEqual([ink.count, ink.id(0), ink.id(1), ink.redoable], [2, 1, 2, 1]);
    ink.redo();
    assert.deepEqual([ink.count, ink.redoable], [0, 1]);
    ink.redo();
    assert.deepEqual([ink.count, ink.id(0), ink.redoable], [1, 3, 0]); // what was written after the wiping
    ink.undo();
    ink.undo();
    ink.begin(8, 8, 0.5); // new ink ends what could be redone
    assert.deepEqual([ink.count, ink.redoable, ink.undoable], [3, 0, 3]);
});

test("wiping an empty sheet does nothing, and a stroke under way is kept for undo", () => {
    const ink = new Strokes();
    ink.wipe();
    assert.equal(ink.undoable, 0);
    ink.begin(1, 1, 0.5);
    ink.extend(2, 2, null);
    ink.wipe();
    assert.equal(ink.count, 0);
    ink.undo();
    assert.deepEqual([ink.count, ink.open, ink.strokes[0].xy], [1, false, [1, 1, 2, 2]]);
});

test("what begins ink is reported before it is painted", () => {
    const ink = new Strokes();
    const heard = [];
    ink.inkBegins = () => heard.push(ink.count);
    ink.begin(1, 1, 0.5);
    ink.end();
    ink.lay([0, 0], [0.05]);
    assert.deepEqual(heard, [0, 1]);
});
