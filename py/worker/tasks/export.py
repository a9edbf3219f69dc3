"""What the reader saves: ink, and fans over it, in files that the library itself writes and reads."""

from __future__ import annotations

import re

import numpy as np

from ductus.formats import inkml, json, svg, svg_fans
from ductus.formats.svg import Layer
from ductus.ink import InkError, as_points, to_strokes
from worker.tasks import task
from worker.tasks.fans import origins
from worker.workspace import Workspace

# Of continuations: the first a little thinner than the ink, the others hairlines, as on the page (page/constants.py).
FIRST, OTHERS, PALE = 0.045, 0.021, 0.7


@task
def ink(workspace: Workspace, form: str, strokes: list, paths, samples: int, colours: list, title: str):
    """A sheet's ink as a file, {data: uint8}: in x-heights, as the pen drew it, not as its clock has it.

    form is "svg", "inkml" or "json"; strokes are flat arrays of x, y, x, y ...; paths (samples, points, 3), flat, are
    the continuations to go with it, x, y and lift, the pen's own place first: none if samples is 0. colours are those
    of the ink and of the continuations. In an InkML file the ink is line 0, each continuation another. Raises
    InkError.
    """
    strokes = [np.reshape(np.asarray(stroke, np.float64), (-1, 2)) for stroke in strokes]
    yield
    tables = np.reshape(np.asarray(paths, np.float64), (int(samples), -1, 3)) if samples else []
    # The first row is the pen's place: it is of the ink to come only if the pen is down there.
    more = [_strokes(table[1:] if table[0, 2] > 0.5 else table) for table in tables]
    if form == "svg":
        hand, network = map(_hex, colours)
        first = [Layer(more[0], "continuation-0", network, 1.0, FIRST)] if more else []
        others = [Layer(some, f"continuation-{i}", network, PALE, OTHERS) for i, some in enumerate(more[1:], 1)]
        text = svg.render_layers([*others, *first, Layer(strokes, "ink", hand)], title=title)
    elif form == "inkml":
        text = inkml.render([strokes, *more], 1.0)
    else:
        text = json.render_strokes(strokes, 1.0, more)
    return _file(text)


@task
def rows(workspace: Workspace, form: str, rows: list, colour: str, title: str):
    """Lines that the network wrote, as a file, {data: uint8}; rows are {points: flat dx, dy, lift in model units, y}.

    y is how far down a row's baseline lies on the page, in x-heights. As JSON the points are kept to the last bit, in
    the model's own unit; the others are in x-heights. Raises InkError.
    """
    tables = [as_points(np.reshape(np.asarray(row["points"], np.float64), (-1, 3))) for row in rows]
    yield
    if not tables:
        raise InkError("nothing was written yet")
    if form == "json":
        return _file(json.render(tables))
    units = workspace.model.units_per_x_height
    lines = [to_strokes(table / [units, units, 1]) for table in tables]
    if form == "inkml":
        return _file(inkml.render(lines, 1.0))
    places = [np.array([0.0, row["y"]]) for row in rows]
    placed = [stroke + place for line, place in zip(lines, places, strict=True) for stroke in line]
    return _file(svg.render_layers([Layer(placed, "ink", _hex(colour))], title=title))


@task
def line(workspace: Workspace, form: str, line: str, colour: str, title: str):
    """A line that is taken apart, as a file, {data: uint8}, likewise. Raises ValueError if there is none."""
    taken = workspace.line(line)
    yield
    if form == "json":
        return _file(json.render([taken.points]))
    strokes = _strokes(taken.places)
    if form == "inkml":
        return _file(inkml.render([strokes], 1.0))
    return _file(svg.render_layers([Layer(strokes, "ink", _hex(colour))], title=title))


@task
def fans(
    workspace: Workspace, line: str, points, ways, bins, lifts, strengths, air: float, colours: list, title: str
):
    """Fans as they are shown over a line, as an SVG drawing, {data: uint8}.

    points (g,) are those of the line that have a fan; ways (g, S, K, 2), bins (g, S, K) and lifts (g,) are what
    `jobs.fans.draw` told of them, all flat; strengths (K,) the opacities by step, and air that of a first step that
    the pen makes in the air. Raises InkError, and ValueError for a line or for points that are not there.
    """
    taken, steps = workspace.line(line), len(strengths)
    points = np.asarray(points, np.int64)
    if len(points) and not 0 <= points.min() <= points.max() < len(taken):
        raise ValueError("the fans belong to another line")
    samples = len(bins) // max(1, len(points) * steps)
    bins = np.reshape(np.asarray(bins, np.uint8), (len(points), samples, steps))  # (g, S, K)
    yield
    strength = np.tile(np.asarray(strengths, np.float64), (len(points), 1))  # (g, K)
    flying = (points > 0) & (taken.points[points - 1, 2] > 0)  # (g,)
    strength[flying, 0] = air
    drawing = svg_fans.Fans(
        origins(taken)[points],
        np.reshape(np.asarray(ways, np.float64), (*bins.shape, 2)),
        bins,
        strength,
        np.asarray(lifts, np.float64),
        [_hex(colour) for colour in colours],
    )
    return _file((yield from svg_fans.render_slices(_strokes(taken.places), drawing, title)))


def _hex(colour: str) -> str:
    """A colour as a browser writes it, such as "rgb(13 122 113)", as every drawing programme reads it: "#0d7a71"."""
    numbers = [min(int(number), 255) for number in re.findall(r"\d+", colour)[:3]]
    return "#" + "".join(f"{number:02x}" for number in numbers) if len(numbers) == 3 else "currentColor"


def _strokes(places: np.ndarray) -> list[np.ndarray]:
    """The strokes (n, 2) of places (N, 3) of x, y and lift; what is begun and not lifted is one too."""
    pieces = np.split(places[:, :2], np.flatnonzero(places[:, 2] > 0.5) + 1)
    return [piece for piece in pieces if len(piece)]


def _file(text: str) -> dict:
    return {"data": np.frombuffer(text.encode(), np.uint8)}
