/**
 * How fans are painted. A fan is all ways from one point: {xy (S, K, 2), bins (S, K), lift, x, y where it begins, air:
 * was the pen up there, left and right: how far it reaches}. A brush is what fans look like: {samples, steps, strengths:
 * opacities by step, air: the opacity of a first step that the pen makes in the air, colours: by bin, text: the rings'}.
 */
export const NOTHING = 255; // in bins: no step here

const PATH_PX = 1; // width of one sampled way
const RING_PX = 0.8; // and of a ring
const RING = [0.014, 0.105]; // radius of a ring, in x-heights: at no chance of a lift, and how much more at certainty

/** Does any of a fan lie between two places? */
export function touches(fan, left, right) {
    return fan.right + RING[0] + RING[1] > left && fan.left - RING[0] - RING[1] < right;
}

/**
 * Paint fans, bit by bit: the last steps first, for they are the palest, then the rings. Samples are painted one after
 * the other, so that many on one place add up; one sample of all the fans goes in as few strokes as it has colours.
 * `zoom` is CSS pixels to an x-height.
 */
export function* painting(context, brush, fans, zoom, strength = 1) {
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = PATH_PX / zoom;
    const written = fans.filter((fan) => !fan.air);
    const landed = fans.filter((fan) => fan.air);
    for (let step = brush.steps - 1; step >= 0; step--) {
        for (let sample = 0; sample < brush.samples; sample++) {
            context.globalAlpha = Math.min(1, strength * brush.strengths[step]);
            paintStep(context, brush, step ? fans : written, sample, step);
            if (!step) {
                context.globalAlpha = Math.min(1, strength * brush.air);
                paintStep(context, brush, landed, sample, step);
            }
            yield;
        }
    }
    context.globalAlpha = 1;
    context.strokeStyle = brush.text;
    context.lineWidth = RING_PX / zoom;
    for (const { x, y, lift } of fans) {
        context.beginPath();
        context.arc(x, y, RING[0] + RING[1] * Math.sqrt(lift), 0, 2 * Math.PI);
        context.stroke();
    }
}

/** The same, at once. */
export function paint(...what) {
    for (const _ of painting(...what));
}

function paintStep(context, { steps, colours }, fans, sample, step) {
    const at = sample * steps + step;
    const lines = []; // by bin
    for (const { xy, bins, x, y } of fans) {
        if (bins[at] === NOTHING) continue;
        const line = (lines[bins[at]] ??= new Path2D());
        if (step) line.moveTo(xy[2 * at - 2], xy[2 * at - 1]);
        else line.moveTo(x, y);
        line.lineTo(xy[2 * at], xy[2 * at + 1]);
    }
    lines.forEach((line, bin) => {
        context.strokeStyle = colours[bin];
        context.stroke(line);
    });
}
