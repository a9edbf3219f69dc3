/** Canvases that are measured in device pixels, so that what is drawn on them is sharp. */

// Radius of a ring, in CSS pixels.
const RING = 5.5;

/** Make a canvas so many device pixels large. What was drawn on it is gone only if its size has changed. */
export function fit(canvas, width, height) {
    if (canvas.width === width && canvas.height === height) return;
    canvas.width = width;
    canvas.height = height;
    canvas.style.width = `${width / devicePixelRatio}px`;
    canvas.style.height = `${height / devicePixelRatio}px`;
}

/** Call `refit` when the element's size or the pixel ratio changes, and `restyle` when the theme does. */
export function watch(element, refit, restyle) {
    new ResizeObserver(refit).observe(element);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
        matchMedia(query).addEventListener("change", restyle);
    }
    const watchRatio = () =>
        matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
            "change",
            () => {
                refit();
                watchRatio();
            },
            { once: true },
        );
    watchRatio();
}

/**
 * A label with a ground of its own, `x` and `y` its middle, kept between `left` and `right`; all in device pixels. Gives
 * the middle where it came to lie, and its width.
 */
export function label(context, look, text, x, y, left, right) {
    const ratio = devicePixelRatio;
    context.font = `${11.5 * ratio}px ${look.font}`;
    const width = context.measureText(text).width + 10 * ratio;
    const height = 18 * ratio;
    const at = Math.round(Math.min(Math.max(x - width / 2, left), right - width));
    context.fillStyle = look.text;
    context.beginPath();
    context.roundRect(at, Math.round(y - height / 2), width, height, 3 * ratio);
    context.fill();
    context.fillStyle = look.paper;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(text, at + 5 * ratio, y + 0.5 * ratio);
    return [at + width / 2, width];
}

/** A ring around a place, filled with a colour; in device pixels. */
export function ring(context, look, x, y, fill) {
    const ratio = devicePixelRatio;
    context.beginPath();
    context.arc(x, y, RING * ratio, 0, 7);
    context.fillStyle = fill;
    context.fill();
    for (const [colour, width] of [
        [look.paper, 4.5],
        [look.text, 2],
    ]) {
        context.strokeStyle = colour;
        context.lineWidth = width * ratio;
        context.stroke();
    }
}

/**
 * The pointer over an element: calls `told("over", event)` as it moves, at most once a frame; `told("choose", event)`
 * when it is pressed, dragged or, for a finger, lifted without the page having been scrolled by it; and `told("out")`.
 */
export function point(element, told) {
    let pressed = null; // the pointer that is down
    let due = null; // the last event of those that were not told yet
    const tell = () => {
        if (due) told(pressed === due.pointerId ? "choose" : "over", due);
        due = null;
    };
    element.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        pressed = event.pointerId;
        if (event.pointerType !== "touch") {
            event.target.setPointerCapture(event.pointerId);
            told("choose", event);
        }
    });
    element.addEventListener("pointermove", (event) => {
        if (!due) requestAnimationFrame(tell);
        due = event;
    });
    element.addEventListener("pointerup", (event) => {
        if (pressed !== event.pointerId) return;
        due = null;
        told("choose", event);
        pressed = null;
    });
    element.addEventListener("pointercancel", () => {
        pressed = due = null;
        told("out");
    });
    element.addEventListener("pointerleave", () => {
        due = null;
        told("out");
    });
}
