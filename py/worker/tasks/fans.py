"""All the ways that each point of a line might have been (figures 3 and 4), and one point looked at closely."""

from __future__ import annotations

import math

import numpy as np

from ductus import cooperative, mixture
from ductus.ellipses import ellipses
from ductus.lstm import State
from worker.encoded_line import EncodedLine
from worker.tasks import task
from worker.workspace import Workspace

# Colours by angle: half of them to the left, half to the right. More are not told apart in lines of a pixel.
BINS = 12
# From this angle on a path goes another way altogether, and has the strongest colour: square to the true one.
WIDEST = math.pi / 2
# The bin of what is not drawn: a step that follows on a lift.
NOTHING = 255
# As many samples as the model draws side by side: so many fans come at a time, once the first ones are there.
BESIDE = 400


@task
def sample(
    workspace: Workspace,
    line: str,
    samples: int,
    steps: int,
    temperature: float,
    seed: int,
    left,
    right,
    focus,
    known,
):
    """Fans over a line, the nearest to focus first, and those from left to right, in x-heights, before all others.

    `known` (N,) is not 0 for points whose fan is not wanted (again); where it is of another length, it belongs to
    another line, and the value is None. The fan of point i is row i of `Model.fan`, to rounding. Progress, a few fans
    each: {points (g,) int32: which; xy (g, samples, steps, 2) float32: where, in x-heights; bins (g, samples, steps)
    uint8: see `colours`; lifts (g,) float32: the chance that the point is the last of its stroke}. The value is
    {count: how many}.
    """
    the_line, samples, steps = workspace.line(line), int(samples), int(steps)
    if len(known) != len(the_line):
        return None
    wanted = _nearest_first(the_line, float(left), float(right), float(focus), np.asarray(known, np.uint8))
    model, units = workspace.model, workspace.model.units_per_x_height
    done, group = 0, 1
    while done < len(wanted):
        points = wanted[done : done + group]  # (g,)
        yield from the_line.slices(int(points.max()))
        states = State(the_line.h[points], the_line.c[points])
        seeds = [[int(seed), int(i)] for i in points]
        paths = yield from cooperative.without_progress(
            model.fan_slices(states, samples, steps, float(temperature), seeds)
        )
        starts = origins(the_line)[points]  # (g, 2)
        xy = paths[..., :2].cumsum(axis=2) / units + starts[:, None, None]  # (g, S, K, 2)
        yield {
            "points": np.int32(points),
            "xy": np.float32(xy),
            "bins": colours(the_line, points, xy, paths[..., 2]),
            "lifts": np.float32(mixture.lift_probability(model.head(states))),
        }
        done += len(points)
        group = min(2 * group, max(1, BESIDE // samples))
    return {"count": done}


@task
def inspect(workspace: Workspace, line: str, point: int):
    """What the network said of one point before it came.

    {weights (M,) float32; ellipses (M, 5) float32: see `ductus.ellipses`, here in x-heights on the paper; lift: the
    chance that it is the last of its stroke; position_nats and lift_nats: what the true point cost}.
    """
    the_line, point = workspace.line(line), int(point)
    yield from the_line.slices(point)
    density = workspace.model.head(the_line.state(point))
    shapes = ellipses(density)[0]  # (M, 5)
    shapes[:, :4] /= workspace.model.units_per_x_height
    shapes[:, :2] += origins(the_line)[point]
    truth = the_line.points[point : point + 1]  # (1, 3)
    return {
        "weights": np.float32(np.exp(density.log_pi[0])),
        "ellipses": np.float32(shapes),
        "lift": float(mixture.lift_probability(density)[0]),
        "position_nats": float(-mixture.log_density(density, truth[:, :2])[0]),
        "lift_nats": float(-mixture.log_lift(density, truth[:, 2])[0]),
    }


def origins(line: EncodedLine) -> np.ndarray:
    """Where the pen was before each point of a line: (N, 2), in x-heights."""
    return np.concatenate([[line.start], line.places[:-1, :2]])


def colours(line: EncodedLine, points: np.ndarray, xy: np.ndarray, lifts: np.ndarray) -> np.ndarray:
    """The colour of each step of fans xy (g, S, K, 2): (g, S, K) uint8, from 0, far left, to BINS - 1, far right.

    It says how far the sampled way has turned from the true one: the signed angle at the fan's origin between the two
    places after as many steps (where the line has ended: its last place), WIDEST and more being the same. Left and
    right are those of somebody who walks along the line. What follows a sampled lift, lifts (g, S, K), is NOTHING.
    """
    steps = xy.shape[2]
    after = np.minimum(points[:, None] + np.arange(steps), len(line) - 1)  # (g, K)
    starts = origins(line)[points]  # (g, 2)
    true = (line.places[after, :2] - starts[:, None])[:, None]  # (g, 1, K, 2)
    ways = xy - starts[:, None, None]  # (g, S, K, 2)
    cross = true[..., 0] * ways[..., 1] - true[..., 1] * ways[..., 0]  # (g, S, K)
    angle = np.arctan2(cross, (true * ways).sum(axis=-1))  # (g, S, K), y down: positive is to the right
    bins = np.clip(np.floor((angle / WIDEST + 1) / 2 * BINS), 0, BINS - 1).astype(np.uint8)
    bins[..., 1:][lifts[..., :-1].cumsum(axis=-1) > 0] = NOTHING
    return bins


def _nearest_first(line: EncodedLine, left: float, right: float, focus: float, known: np.ndarray) -> np.ndarray:
    """The points of a line that are not known, in the order in which their fans are wanted: (n,)."""
    x = origins(line)[:, 0]
    outside = np.maximum(np.maximum(left - x, x - right), 0)  # (N,)
    order = np.lexsort([np.abs(x - focus), outside])  # (N,)
    return order[known[order] == 0]
