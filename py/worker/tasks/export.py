"""Export: ink and fans as files in the library's formats."""

from __future__ import annotations

import re

import numpy as np

from ductus.formats import inkml, json, svg, svg_fans, svg_motion
from ductus.formats.svg import Layer
from ductus.ink import InkError, as_points, to_strokes
from ductus.resample import PenClock, resample
from worker.tasks import task
from worker.workspace import Workspace

# Line widths of the first and the other continuations, in x-heights, and the others' opacity, as on the page.
FIRST_WIDTH, OTHER_WIDTH, OTHER_OPACITY = 0.045, 0.021, 0.7


@task
def ink(workspace: Workspace, form: str, strokes: list, paths: list, colours: list, title: str):
    """Return a sheet's ink as a file, {data: uint8}: in x-heights, as the pen drew it, before resampling.

    form is "svg", "motion", "inkml" or "json"; "motion" is an SVG in which the ink, at the times of the network's pen
    clock, and the first continuation write themselves. strokes are flat arrays of x, y, x, y ...; paths are the
    continuations, flat arrays of x, y and lift, the pen's place first. colours are those of the ink and of the
    continuations. In an InkML file the ink is line 0, each continuation another line. Raises InkError.
    """
    strokes = [np.reshape(np.asarray(stroke, np.float64), (-1, 2)) for stroke in strokes]
    yield
    tables = [np.reshape(np.asarray(path, np.float64), (-1, 3)) for path in paths]
    # The first row is the pen's place: part of a continuation only if the pen is down there.
    more = [_strokes(table[1:] if table[0, 2] > 0.5 else table) for table in tables]
    if form == "svg":
        hand, network = map(_hex, colours)
        first = [Layer(more[0], "continuation-0", network, 1.0, FIRST_WIDTH, ink=False)] if more else []
        others = [
            Layer(some, f"continuation-{i}", network, OTHER_OPACITY, OTHER_WIDTH, ink=False)
            for i, some in enumerate(more[1:], 1)
        ]
        text = svg.render_layers([*others, *first, Layer(strokes, "ink", hand)], title=title)
    elif form == "motion":
        clock = workspace.model.clock or PenClock()
        hand, network = map(_hex, colours)
        layers = [Layer([resample(stroke, clock) for stroke in strokes], "ink", hand)]
        layers += [Layer(more[0], "continuation-0", network, 1.0, FIRST_WIDTH, ink=False)] if more else []
        text = svg_motion.render(layers, title=title)
    elif form == "inkml":
        text = inkml.render([strokes, *more], 1.0)
    else:
        text = json.render_strokes(strokes, 1.0, more)
    return _file(text)


@task
def rows(workspace: Workspace, form: str, rows: list, colour: str, title: str):
    """Return generated rows as a file, {data: uint8}; rows are {points: flat dx, dy, lift in model units, y}.

    y is the place of a row's baseline on the page, in x-heights. JSON keeps the points exactly, in model units; the
    other formats are in x-heights. Raises InkError.
    """
    tables = [as_points(np.reshape(np.asarray(row["points"], np.float64), (-1, 3))) for row in rows]
    yield
    if not tables:
        raise InkError("nothing has been written yet")
    if form == "json":
        return _file(json.render(tables))
    units = workspace.model.units_per_x_height
    lines = [to_strokes(table / [units, units, 1]) for table in tables]
    if form == "inkml":
        return _file(inkml.render(lines, 1.0))
    places = [np.array([0.0, row["y"]]) for row in rows]
    placed = [[stroke + place for stroke in line] for line, place in zip(lines, places, strict=True)]
    layers = [Layer(line, f"line-{i}", _hex(colour), line=i) for i, line in enumerate(placed)]
    if len(layers) == 1:
        layers = [layers[0]._replace(name="ink", line=None)]
    return _file(_drawing(form)(layers, title=title))


@task
def page(workspace: Workspace, paper: str, colour: str):
    """Return the text that was written last as a page of this paper, {data: uint8}: see `ductus.formats.svg_page`.

    Raises InkError if it does not fit, ValueError if nothing was written.
    """
    from ductus.formats import svg_page  # not before a page is wanted
    from worker.tasks import text

    yield
    rows, title = text.rows_of(workspace, svg_page.row_width(paper))
    yield
    return _file(svg_page.render(rows, paper, title, _hex(colour)))


@task
def line(workspace: Workspace, form: str, line: str, colour: str, title: str):
    """Return a line as a file, {data: uint8}, in the formats of `rows`. Raises ValueError if there is none."""
    encoded = workspace.line(line)
    yield
    if form == "json":
        return _file(json.render([encoded.points]))
    strokes = _strokes(encoded.places)
    if form == "inkml":
        return _file(inkml.render([strokes], 1.0))
    return _file(_drawing(form)([Layer(strokes, "ink", _hex(colour))], title=title))


@task
def fans(
    workspace: Workspace,
    line: str,
    points,
    ways,
    bins,
    lifts,
    weights,
    strengths,
    air: float,
    colours: list,
    title: str,
):
    """Return the fans shown over a line as an SVG drawing, {data: uint8}.

    points (g,) are the points that have a fan; ways (g, S, K, 2), bins (g, S, K) and lifts (g,) are the progress of
    the task `fans.sample`, all flat; strengths (K,) are the opacities by step, and air that of a first step made with
    the pen lifted, both times the weight of a fan, weights (g,). Raises InkError, and ValueError for an unknown line
    or points.
    """
    encoded, steps = workspace.line(line), len(strengths)
    points = np.asarray(points, np.int64)
    if len(points) and not 0 <= points.min() <= points.max() < len(encoded):
        raise ValueError("the fans belong to another line")
    samples = len(bins) // max(1, len(points) * steps)
    bins = np.reshape(np.asarray(bins, np.uint8), (len(points), samples, steps))  # (g, S, K)
    yield
    strength = np.tile(np.asarray(strengths, np.float64), (len(points), 1))  # (g, K)
    in_air = (points > 0) & (encoded.points[points - 1, 2] > 0)  # (g,)
    strength[in_air, 0] = air
    strength *= np.asarray(weights, np.float64)[:, None]
    drawing = svg_fans.FanLayer(
        encoded.origins[points],
        np.reshape(np.asarray(ways, np.float64), (*bins.shape, 2)),
        bins,
        strength,
        np.asarray(lifts, np.float64),
        [_hex(colour) for colour in colours],
    )
    return _file((yield from svg_fans.render_slices(_strokes(encoded.places), drawing, title)))


def _drawing(form: str):
    """Return what renders the layers of a form: still, or writing themselves."""
    return svg_motion.render if form == "motion" else svg.render_layers


def _hex(colour: str) -> str:
    """Convert a CSS colour such as "rgb(13 122 113)" to the form that every drawing program reads: "#0d7a71"."""
    numbers = [min(int(number), 255) for number in re.findall(r"\d+", colour)[:3]]
    return "#" + "".join(f"{number:02x}" for number in numbers) if len(numbers) == 3 else "currentColor"


def _strokes(places: np.ndarray) -> list[np.ndarray]:
    """Split places (N, 3) of x, y and lift into strokes (n, 2); the last one may be unfinished."""
    pieces = np.split(places[:, :2], np.flatnonzero(places[:, 2] > 0.5) + 1)
    return [piece for piece in pieces if len(piece)]


def _file(text: str) -> dict:
    return {"data": np.frombuffer(text.encode(), np.uint8)}
