"""Fans: samples of how each point of a line might have continued (figures 3 and 4), and one point in detail.

A fan's colour is decided here: `colour_bins` sorts each step by the angle between the sampled and the true place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ductus import mixture
from shared.limits import ANGLE_BINS, FAN_STRIDES
from worker.encoded_line import EncodedLine
from worker.fan_sources import Drawn, PlainFans
from worker.tasks import task
from worker.workspace import Workspace

if TYPE_CHECKING:
    from worker.text_fans import TextFans

# From this angle on, perpendicular to the true path, a path has the strongest colour.
MAX_ANGLE = math.pi / 2
# The bin of a step that is not drawn because it follows a lift.
NOT_DRAWN = 255
# After the first few fans, this many samples are sent at a time.
SAMPLES_PER_BATCH = 200
# A path that ends as near to the true one as this, in x-heights, has gone along with it.
ALONG = 0.1


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
    text: bool = False,
):
    """Sample fans over a line, coarse to fine: of the whole line every eighth point, then every fourth, second, all.

    Of these, points between left and right, in x-heights, come first, and the nearest to focus before others. `known`
    (N,) is nonzero for points whose fan is not wanted; if it has another length, it belongs to another line, and the
    value is None. The fan of point i is row i of `Model.fan`, up to rounding; with `text` of `text_fans.fan`, by the
    network that wrote the line and knows what it says. Progress, a few fans each: {points (g,)
    int32: their numbers; xy (g, samples, steps, 2) float32: places in x-heights; bins (g, samples, steps) uint8: see
    `colour_bins`; lifts (g,) float32: the probability that the point is the last of its stroke}. Value: {count: the
    number of fans}. Raises ValueError if there is no such line.
    """
    encoded, samples, steps = workspace.line(line), int(samples), int(steps)
    if len(known) != len(encoded):
        return None
    wanted = _coarse_first(encoded, float(left), float(right), float(focus), np.asarray(known, np.uint8))
    source = _source(workspace, encoded, text)
    finished, size, most = [], 1, max(1, SAMPLES_PER_BATCH // samples)
    for drawn in source.draw_slices(wanted, samples, steps, float(temperature), int(seed)):
        finished += [drawn] if drawn else []
        if sum(len(paths) for _, paths in finished) < size:
            yield
        else:
            yield _progress(source, encoded, finished)
            finished, size = [], min(2 * size, most)
    if finished:
        yield _progress(source, encoded, finished)
    return {"count": len(wanted)}


def _source(workspace: Workspace, line: EncodedLine, text: bool) -> PlainFans | TextFans:
    if not text:
        return PlainFans(workspace.model, line)
    from worker.tasks.text import fans_of  # not before it is wanted

    return fans_of(workspace, line)


def _progress(source: PlainFans | TextFans, line: EncodedLine, drawn: list[Drawn]) -> dict:
    """Return the progress with these points and their paths."""
    points = np.concatenate([points for points, _ in drawn])  # (g,)
    paths = np.concatenate([paths for _, paths in drawn])  # (g, S, K, 3)
    starts = line.origins[points]  # (g, 2)
    xy = paths[..., :2].cumsum(axis=2) / source.units + starts[:, None, None]  # (g, S, K, 2)
    return {
        "points": np.int32(points),
        "xy": np.float32(xy),
        "bins": colour_bins(line, points, xy, paths[..., 2]),
        "lifts": np.float32(mixture.lift_probability(source.density(points))),
    }


@task
def inspect(
    workspace: Workspace,
    line: str,
    point: int,
    samples: int,
    steps: int,
    temperature: float,
    seed: int,
    reach: int,
    typed: bool = False,
    text: bool = False,
):
    """Return the network's prediction of one point, and its fan continued for `reach` steps.

    {xy (samples, reach, 2) float32 and bins (samples, reach) uint8: as in `sample`, whose fan they begin with; left,
    right, along: how many of the samples are where after `steps` steps, see `sides`; weights (M,) float32; ellipses
    (M, 5) float32: see `ductus.mixture.ellipses`, here in x-heights on the paper; lift: the probability that it is
    the last point of its stroke; position_nats and lift_nats: the cost of the true point}. `text`: see `sample`.
    Of a line that was `typed` the value has also {without_text, with_text: the cost of the true point for each of the
    two networks, in nats, its place in the units of the first}. Raises ValueError if there is no such line or point.
    """
    encoded, point, reach = workspace.line(line), int(point), int(reach)
    if not 0 <= point < len(encoded):
        raise ValueError(f"there is no point {point}, only {len(encoded)} of them")
    source, at = _source(workspace, encoded, text), np.array([point])
    yield from source.encode_slices(point)
    density = source.density(at)
    shapes = mixture.ellipses(density)[0]  # (M, 5)
    shapes[:, :4] /= source.units
    shapes[:, :2] += encoded.origins[point]
    paths = np.zeros((1, int(samples), reach, 3))
    for drawn in source.draw_slices(at, int(samples), reach, float(temperature), int(seed)):
        if drawn:
            paths = drawn[1]
        yield
    xy = paths[..., :2].cumsum(axis=2) / source.units + encoded.origins[point]  # (1, S, K, 2)
    bins = colour_bins(encoded, at, xy, paths[..., 2])
    left, right, along = sides(encoded, point, xy[0, :, : int(steps)], bins[0, :, : int(steps)])
    position, lift = source.nats(point)
    both = {}
    for name, knows in (("without_text", False), ("with_text", True)) if typed else ():
        other = _source(workspace, encoded, knows)
        yield from other.encode_slices(point)
        both[name] = sum(other.nats(point))
    return both | {
        "xy": np.float32(xy[0]),
        "bins": bins[0],
        "left": left,
        "right": right,
        "along": along,
        "weights": np.float32(np.exp(density.log_pi[0])),
        "ellipses": np.float32(shapes),
        "lift": float(mixture.lift_probability(density)[0]),
        "position_nats": position,
        "lift_nats": lift,
    }


def sides(line: EncodedLine, point: int, xy: np.ndarray, bins: np.ndarray) -> tuple[int, int, int]:
    """Return how many of the paths xy (S, K, 2) from a point end left of the true one, right of it, or along with it.

    A path ends with its last step that is drawn, by its bins (S, K); it is compared with the true place after as many
    steps, and is along with it if it is nearer than ALONG.
    """
    rows, last = np.arange(len(bins)), (bins != NOT_DRAWN).sum(axis=1) - 1  # (S,) each
    true = line.places[np.minimum(point + last, len(line) - 1), :2]  # (S, 2)
    along = np.hypot(*(xy[rows, last] - true).T) < ALONG  # (S,)
    left = (bins[rows, last] < ANGLE_BINS // 2) & ~along  # (S,)
    return int(left.sum()), int((~left & ~along).sum()), int(along.sum())


def colour_bins(line: EncodedLine, points: np.ndarray, xy: np.ndarray, lifts: np.ndarray) -> np.ndarray:
    """Return the colour of each step of fans xy (g, S, K, 2): (g, S, K) uint8, 0 (left) to ANGLE_BINS - 1 (right).

    It is the signed angle at the fan's origin between the sampled and the true place after the same number of steps
    (after the end of the line: its last place), clipped to MAX_ANGLE. Left and right are seen in the direction of
    writing. Steps after a sampled lift, lifts (g, S, K), are NOT_DRAWN.
    """
    steps = xy.shape[2]
    after = np.minimum(points[:, None] + np.arange(steps), len(line) - 1)  # (g, K)
    starts = line.origins[points]  # (g, 2)
    true = (line.places[after, :2] - starts[:, None])[:, None]  # (g, 1, K, 2)
    ways = xy - starts[:, None, None]  # (g, S, K, 2)
    cross = true[..., 0] * ways[..., 1] - true[..., 1] * ways[..., 0]  # (g, S, K)
    angle = np.arctan2(cross, (true * ways).sum(axis=-1))  # (g, S, K), y down: positive is to the right
    bins = np.clip(np.floor((angle / MAX_ANGLE + 1) / 2 * ANGLE_BINS), 0, ANGLE_BINS - 1).astype(np.uint8)
    bins[..., 1:][lifts[..., :-1].cumsum(axis=-1) > 0] = NOT_DRAWN
    return bins


def _coarse_first(line: EncodedLine, left: float, right: float, focus: float, known: np.ndarray) -> np.ndarray:
    """Return the points of a line whose fans are not known, the most wanted first: (n,)."""
    x = line.origins[:, 0]
    outside = np.maximum(np.maximum(left - x, x - right), 0)  # (N,)
    level = (np.arange(len(line))[:, None] % FAN_STRIDES > 0).sum(axis=1)  # (N,)
    order = np.lexsort([np.abs(x - focus), outside, level])  # (N,)
    return order[known[order] == 0]
