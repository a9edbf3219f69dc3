/** The pointer on a sheet 100 x-heights wide and 100 high, whose ink coordinates are those of the events. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const page = new EventTarget();
const frames = [];
Object.assign(globalThis, {
    document: Object.assign(new EventTarget(), { hidden: false }),
    devicePixelRatio: 1,
    requestAnimationFrame: (draw) => frames.push(draw),
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
    matchMedia: () => new EventTarget(),
    getComputedStyle: () => ({ color: "black" }),
    ResizeObserver: class {
        observe() {}
    },
});
const { Pen } = await import("../../js-shims/ink/pen.js");

const context = new Proxy({}, { get: () => () => {}, set: () => true });

class Canvas extends EventTarget {
    captured = [];
    getContext = () => context;
    closest = () => null;
    setPointerCapture = (id) => this.captured.push(id);
    getBoundingClientRect = () => ({ left: 0, top: -50, width: 100, height: 100 });
}

let now = 0; // pens are remembered for a while: each test is later than that
beforeEach(() => {
    now += 60_000;
    frames.length = 0;
    document.hidden = false;
});

/** A new sheet: its pen, and `tell`, which dispatches an event to its canvas. */
function sheet(mark = { left: 0, bottom: 0, height: 1 }) {
    const canvas = new Canvas();
    const pen = new Pen(canvas, { getBoundingClientRect: () => mark });
    const tell = (type, x, y, more) => {
        const event = new Event(type, { cancelable: true });
        const pointer = { pointerId: 1, pointerType: "mouse", button: 0, buttons: 1, clientX: x, clientY: y };
        Object.assign(
            event,
            pointer,
            type === "pointermove" && { button: -1 },
            type === "pointerup" && { buttons: 0 },
        );
        for (const [name, value] of Object.entries({ timeStamp: now, ...more }))
            Object.defineProperty(event, name, { value, configurable: true });
        canvas.dispatchEvent(event);
        return event;
    };
    return { pen, canvas, tell };
}

/** The coordinates of each stroke on the paper. */
const ink = (pen) => pen.strokes.slice(0, pen.count).map(({ xy }) => xy);

/** Write a stroke of two points; `more` goes to its events, which are `at` ms after the test's start. */
function write({ tell }, x, at, more) {
    tell("pointerdown", x, 0, { timeStamp: now + at, ...more });
    tell("pointerup", x + 1, 0, { timeStamp: now + at + 50, ...more });
}

const FINGER = { pointerType: "touch", pointerId: 2 };
const STYLUS = { pointerType: "pen", pointerId: 7, pressure: 0.5 };

test("a mouse writes from press to release, with every sample that the browser kept", () => {
    const { pen, tell } = sheet();
    tell("pointerdown", 0, 0);
    const samples = [1, 2, 3].map((clientX) => ({ clientX, clientY: 0, pointerType: "mouse" }));
    tell("pointermove", 3, 0, { getCoalescedEvents: () => samples });
    tell("pointermove", 4, 0, { getCoalescedEvents: () => [] });
    assert.equal(pen.writing, true);
    tell("pointerup", 5, 0);
    assert.deepEqual(ink(pen), [[0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0]]);
    assert.deepEqual([pen.writing, pen.open], [false, false]);
});

test("another pointer, another button, an eraser, and a pointer that only passes write nothing", () => {
    const { pen, tell } = sheet();
    tell("pointermove", 1, 0, { buttons: 0 });
    tell("pointerdown", 0, 0, { button: 2, buttons: 2 });
    tell("pointermove", 1, 0, { buttons: 2 });
    tell("pointerup", 1, 0, { button: 2 });
    tell("pointerdown", 0, 0, { ...STYLUS, button: 5, buttons: 32 });
    tell("pointermove", 1, 0, { ...STYLUS, buttons: 32 });
    tell("pointerup", 1, 0, { ...STYLUS, button: 5 });
    assert.equal(pen.count, 0);
    tell("pointerdown", 0, 0);
    tell("pointermove", 8, 0, { pointerId: 2 });
    tell("pointerdown", 8, 8, { ...STYLUS, pointerId: 2 }); // a second pen, too
    assert.deepEqual(ink(pen), [[0, 0]]);
});

// Each event is x, button, buttons. After the first button, presses and releases come as moves.
const CHORDS = {
    "left, right, left up, right up": ["0 0 1, 1 2 3, 2 0 2, 9 -1 2, 9 2 0", "0 1 2"],
    "left, right, right up, left up": ["0 0 1, 1 2 3, 2 2 1, 3 -1 1, 4 0 0", "0 1 2 3 4"],
    "right, left, left up, right up": ["9 2 2, 0 0 3, 1 -1 3, 2 0 2, 9 2 0", "0 1 2"],
    "right, left, right up, left up": ["9 2 2, 0 0 3, 1 2 1, 2 -1 1, 3 0 0", "0 1 2 3"],
    "left twice while the right is down": ["9 2 2, 0 0 3, 1 0 2, 5 0 3, 6 0 2, 9 2 0", "0 1, 5 6"],
};
for (const [name, [events, expected]] of Object.entries(CHORDS)) {
    test(`a stroke lasts as long as its own button: ${name}`, () => {
        const { pen, tell } = sheet();
        const told = events.split(", ").map((event) => event.split(" ").map(Number));
        told.forEach(([x, button, buttons], i) => {
            const type = i === 0 ? "pointerdown" : buttons ? "pointermove" : "pointerup";
            tell(type, x, 0, { button, buttons });
        });
        const written = ink(pen).map((xy) => xy.filter((_, i) => i % 2 === 0).join(" "));
        assert.equal(written.join(", "), expected);
        assert.deepEqual([pen.writing, pen.open], [false, false]);
    });
}

test("a release that nobody saw ends the stroke where it was last seen", () => {
    const { pen, tell } = sheet();
    tell("pointerdown", 0, 0);
    tell("pointermove", 1, 0);
    tell("pointermove", 50, 0, { buttons: 0 }); // it was released outside the window
    tell("pointermove", 60, 0, { buttons: 0 });
    assert.deepEqual([ink(pen), pen.open], [[[0, 0, 1, 0]], false]);
    tell("pointerdown", 2, 0, FINGER);
    tell("pointerdown", 3, 0, FINGER); // a press of a pointer that is down
    assert.deepEqual(
        [ink(pen).slice(1), pen.isOpen(1), pen.open],
        [
            [
                [2, 0],
                [3, 0],
            ],
            false,
            true,
        ],
    );
});

for (const type of ["pointercancel", "lostpointercapture"]) {
    test(`a pointer that is taken away (${type}) has written what it wrote`, () => {
        const { pen, tell } = sheet();
        tell("pointerdown", 0, 0);
        tell("pointermove", 1, 0);
        tell(type, 50, 50, { buttons: 0 });
        tell("pointermove", 60, 50);
        assert.deepEqual([ink(pen), pen.open], [[[0, 0, 1, 0]], false]);
    });
}

test("a capture that ends while the button is down is taken again", () => {
    const { pen, canvas, tell } = sheet();
    tell("pointerdown", 0, 0);
    tell("lostpointercapture", 1, 0);
    tell("pointermove", 2, 0);
    assert.deepEqual([ink(pen), canvas.captured], [[[0, 0, 2, 0]], [1, 1]]);
});

test("a tab that is hidden in the middle of a stroke ends it, and tells at once", () => {
    const { pen, tell } = sheet();
    let told = 0;
    pen.inked = () => told++;
    tell("pointerdown", 0, 0);
    tell("pointermove", 1, 0);
    document.hidden = true;
    document.dispatchEvent(new Event("visibilitychange"));
    assert.deepEqual([ink(pen), pen.open, told], [[[0, 0, 1, 0]], false, 1]); // without a frame
    document.hidden = false;
    tell("pointermove", 8, 0);
    assert.equal(ink(pen)[0].length, 4);
});

test("the sheet stays under the pen: no wheel and no menu while it is down", () => {
    const { tell } = sheet();
    const blocked = () =>
        ["wheel", "contextmenu"].map((type) => !page.dispatchEvent(new Event(type, { cancelable: true })));
    assert.deepEqual(blocked(), [false, false]);
    tell("pointerdown", 0, 0);
    assert.deepEqual(blocked(), [true, true]);
    tell("pointerup", 0, 0);
    assert.deepEqual(blocked(), [false, false]);
    assert.equal(tell("contextmenu", 0, 0).defaultPrevented, true); // on the sheet: a long press
});

test("a key's stroke that begins while the pen is down does not get the pen's points", () => {
    const { pen, tell } = sheet();
    tell("pointerdown", 0, 0);
    pen.begin(40, 0, 0.5);
    tell("pointermove", 1, 0);
    tell("pointerup", 2, 0);
    assert.deepEqual(ink(pen), [
        [0, 0],
        [40, 0],
        [1, 0, 2, 0],
    ]);
});

// --- the palm

test("a touch beside a pen is no ink: before it leaves, and for a moment after", () => {
    const here = sheet();
    const { pen, tell } = here;
    tell("pointerdown", 0, 0, STYLUS);
    write(here, 9, 100, FINGER);
    tell("pointerup", 1, 0, { ...STYLUS, timeStamp: now + 1000 });
    write(here, 9, 1500, FINGER);
    assert.deepEqual(ink(pen), [[0, 0, 1, 0]]);
    write(here, 9, 1900, FINGER); // a finger, by now
    assert.equal(pen.count, 2);
});

test("a pen that hovers is near, on whichever sheet", () => {
    const here = sheet();
    sheet().tell("pointerover", 0, 0, STYLUS);
    write(here, 9, 500, FINGER);
    assert.equal(here.pen.count, 0);
    write(here, 9, 900, FINGER);
    assert.equal(here.pen.count, 1);
});

test("a palm that lies on the sheet when the pen comes down is taken back, however long it lay", () => {
    const { pen, tell } = sheet();
    tell("pointerdown", 9, 9, FINGER);
    tell("pointermove", 10, 9, { ...FINGER, timeStamp: now + 2000 });
    tell("pointerdown", 0, 0, { ...STYLUS, timeStamp: now + 3000 });
    tell("pointermove", 11, 9, { ...FINGER, timeStamp: now + 3010 });
    tell("pointerup", 12, 9, { ...FINGER, timeStamp: now + 3020 });
    tell("pointerup", 1, 0, { ...STYLUS, timeStamp: now + 3030 });
    assert.deepEqual(ink(pen), [[0, 0, 1, 0]]);
});

test("touches that became ink just before the pen came down are taken back, earlier ones stay", () => {
    const here = sheet();
    write(here, 1, 0, FINGER);
    write(here, 20, 1000, FINGER);
    write(here, 25, 1200, FINGER);
    write(here, 30, 1500, STYLUS);
    assert.deepEqual(ink(here.pen), [
        [1, 0, 2, 0],
        [30, 0, 31, 0],
    ]);
    write(here, 40, 1600); // the mouse is no palm
    write(here, 50, 1700, STYLUS);
    assert.equal(here.pen.count, 4);
});

test("a touch just before a pen came near is taken back when the pen writes, not when it hovers", () => {
    const here = sheet();
    write(here, 20, 0, FINGER);
    for (let at = 200; at < 3000; at += 400)
        here.tell("pointermove", 5, 0, { ...STYLUS, buttons: 0, timeStamp: now + at });
    assert.equal(here.pen.count, 1);
    write(here, 30, 3000, STYLUS);
    assert.deepEqual(ink(here.pen), [[30, 0, 31, 0]]);
});

test("a second finger does not write, and does not end the stroke of the first", () => {
    const { pen, tell } = sheet();
    tell("pointerdown", 0, 0, FINGER);
    tell("pointerdown", 9, 0, { ...FINGER, pointerId: 3 });
    tell("pointermove", 1, 0, FINGER);
    tell("pointermove", 10, 0, { ...FINGER, pointerId: 3 });
    tell("pointerup", 11, 0, { ...FINGER, pointerId: 3 });
    tell("pointerup", 2, 0, FINGER);
    assert.deepEqual(ink(pen), [[0, 0, 1, 0, 2, 0]]);
});

// --- far out

test("a captured pointer goes anywhere, but its ink stays near the sheet", () => {
    const { pen, tell } = sheet();
    tell("pointerdown", 50, 0);
    for (const [x, y] of [
        [1e12, 0],
        [-5000, 4],
        [50, -1e300],
        [50, 5000],
    ])
        tell("pointermove", x, y);
    tell("pointerup", 51, 0);
    assert.deepEqual(ink(pen), [[50, 0, 102, 0, -2, 4, 50, -52, 50, 52, 51, 0]]);
});

test("an event without a place writes nothing, before the page has a layout or at any time", () => {
    const hidden = sheet({ left: 0, bottom: 0, height: 0 });
    write(hidden, 1, 0);
    assert.deepEqual([hidden.pen.count, hidden.pen.writing], [0, false]);
    const { pen, tell } = sheet();
    tell("pointerdown", Number.NaN, 0);
    tell("pointerdown", 0, 0);
    tell("pointermove", Number.POSITIVE_INFINITY, 0);
    tell("pointermove", 1, Number.NaN);
    tell("pointerup", 2, 0);
    assert.deepEqual(ink(pen), [[0, 0, 2, 0]]);
});

test("an endless stroke goes on as another where it is", () => {
    const { pen, tell } = sheet();
    tell("pointerdown", 0, 0);
    for (let i = 1; i <= 120; i++) tell("pointermove", i % 2 ? 90 : 0, 0);
    tell("pointerup", 0, 0);
    const [first, second] = ink(pen);
    assert.equal(pen.count, 3);
    assert.deepEqual(first.slice(-2), second.slice(0, 2));
    for (let i = 0; i < 3; i++) assert.ok(pen.way(i) <= 5000);
    assert.deepEqual([pen.isOpen(0), pen.isOpen(1), pen.open], [false, false, false]);
});
