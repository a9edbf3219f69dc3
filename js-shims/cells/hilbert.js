/**
 * A curve over every place of a rectangle, each next to the one before, that keeps to a neighbourhood as long as it can:
 * Hilbert's (1891), as it is for squares whose side is a power of two, made to fit other rectangles. So what lies close
 * in an order lies close in the plane too, which is not so row by row.
 */

/** The places of a rectangle in the order of the curve: Int32Array of y * width + x. */
export function curve(width, height) {
    const places = new Int32Array(width * height);
    let found = 0;
    const put = ([x, y]) => {
        places[found++] = y * width + x;
    };
    if (width >= height) walk([0, 0], [width, 0], [0, height], put);
    else walk([0, 0], [0, height], [width, 0], put);
    return places;
}

const add = ([a, b], [c, d]) => [a + c, b + d];
const less = ([a, b], [c, d]) => [a - c, b - d];
const back = ([a, b]) => [-a, -b];
const size = ([a, b]) => Math.abs(a + b); // of a side: one of the two is 0
const unit = ([a, b]) => [Math.sign(a), Math.sign(b)];
const half = ([a, b]) => [Math.floor(a / 2), Math.floor(b / 2)];

/** From a corner along one side of a rectangle to its end, over the whole depth of the other side. */
function walk(corner, side, depth, put) {
    const [along, across] = [unit(side), unit(depth)];
    if (size(side) === 1 || size(depth) === 1) {
        const step = size(depth) === 1 ? along : across;
        for (let n = Math.max(size(side), size(depth)), place = corner; n; n--, place = add(place, step)) put(place);
        return;
    }
    let [part, deep] = [half(side), half(depth)];
    if (2 * size(side) > 3 * size(depth)) {
        // Long and narrow: one piece after the other, the first of even length if it can be, so that the ends meet.
        if (size(part) % 2 && size(side) > 2) part = add(part, along);
        walk(corner, part, depth, put);
        walk(add(corner, part), less(side, part), depth, put);
        return;
    }
    // Up, along, and down again.
    if (size(deep) % 2 && size(depth) > 2) deep = add(deep, across);
    walk(corner, deep, part, put);
    walk(add(corner, deep), side, less(depth, deep), put);
    const last = add(add(corner, less(side, along)), less(deep, across));
    walk(last, back(deep), back(less(side, part)), put);
}
