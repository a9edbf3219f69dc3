"""How fans, and the mixture at one point, are drawn and described."""

import js

from page.ui.format import number, percent
from shared.limits import ANGLE_BINS, FAN_STRIDES

# The opacity of the first step of each of 50 samples, as in the article of 2016; it falls linearly over the steps.
# More samples are fainter, so that a fan as a whole keeps its strength.
STRENGTH = 0.3
STRENGTH_SAMPLES = 50
MAX_STRENGTH = 0.6
# The fan of a chosen point stands alone: it is stronger, and goes on for this many steps.
CHOSEN_STRENGTH = 0.5
REACH = 30
# How strong fans are that come first, second ... from coarse to fine: a finer picture must not be a darker one.
WEIGHTS = (1, 0.6, 0.35, 0.2)
# A lift is marked, and worth mentioning, from this chance on.
LIKELY_LIFT = 0.2
# A first step in the air is fainter by this factor: it is no ink, and it is long.
IN_THE_AIR = 0.35
# The middle of the diverging scale is the paper's colour; even the smallest turn begins this far from it, where the
# contrast is still 3.
MIN_SHADE = 0.6
# Components of a mixture that are drawn less often than once in 500 samples are not shown.
MIN_WEIGHT = 0.002
# The article's straight line: 100 points to the right, in model units.
STRAIGHT_POINTS, STRAIGHT_STEP = 100, 0.5


def straight_line():
    """Return the points of a straight line, a flat Float32Array of dx, dy, lift in model units."""
    return _floats([STRAIGHT_STEP, 0, 0] * STRAIGHT_POINTS)


def strengths(samples, steps, strength=STRENGTH):
    """Return the opacity of each step, and that of a first step in the air."""
    first = min(MAX_STRENGTH, strength * (STRENGTH_SAMPLES / samples) ** 0.5)
    return _floats([first * (steps - step) / steps for step in range(steps)]), first * IN_THE_AIR


def weights():
    """Return how strong the fan of each point is, by the point's number modulo their count."""
    return _floats([WEIGHTS[sum(i % stride > 0 for stride in FAN_STRIDES)] for i in range(FAN_STRIDES[0])])


def shades():
    """Return the place on the diverging scale, from -1 to 1, of each bin of angles."""
    middles = [(2 * i + 1) / ANGLE_BINS - 1 for i in range(ANGLE_BINS)]
    return _floats([(1 if x > 0 else -1) * (MIN_SHADE + (1 - MIN_SHADE) * abs(x)) for x in middles])


def details(seen, density):
    """Return what the view shows of a chosen point: see fans.js; with its mixture if `density`."""
    look = js.Object.new()
    look.xy, look.bins, look.lift = seen.xy, seen.bins, seen.lift
    samples = seen.bins.length // REACH
    look.strengths, look.air = strengths(samples, REACH, CHOSEN_STRENGTH)
    look.mixture = mixture(seen.ellipses, seen.weights) if density else None
    return look


def mixture(ellipses, weights):
    """Return {ellipses, strengths}: of a mixture's components, for the view."""
    look = js.Object.new()
    look.ellipses = ellipses
    # The square root of a weight: the eye compares small opacities by their ratios.
    look.strengths = _floats([weight**0.5 if weight > MIN_WEIGHT else 0 for weight in weights])
    return look


def describe(seen, whose):
    """Return in words which way a point's fan goes, and how likely a lift is; `whose` is "you" or "the line"."""
    ways = {f"left of {whose}": seen.left, f"right of {whose}": seen.right, f"along with {whose}": seen.along}
    most = max(ways, key=lambda way: ways[way])
    lift = "below 0.1 %" if seen.lift < 0.001 else percent(seen.lift, 1 if seen.lift < 0.01 else 0)
    return f"{ways[most]} of {seen.left + seen.right + seen.along} went {most}; {lift} chance of lifting."


def costs(seen):
    """Return what the point that came cost the network, in words."""
    return (
        f"The point that came cost {number(seen.position_nats)} nats for its place and "
        f"{number(seen.lift_nats)} for its lift."
    )


def compare(seen):
    """Return what the point that came cost with the text and without it, in words."""
    known, unknown = number(seen.with_text), number(seen.without_text)
    return f"The point that came cost {known} nats with the text, {unknown} without it."


def _floats(numbers):
    array = js.Float32Array.new(len(numbers))
    for i in range(len(numbers)):
        array[i] = numbers[i]
    return array
