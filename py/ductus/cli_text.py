"""`ductus write WEIGHTS --text "..."` and `ductus read INK`: what the command line does with texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ductus.alphabet import changes
from ductus.analysis.reader import Reader
from ductus.cli_files import write_file
from ductus.cli_options import BadInput
from ductus.cooperative import run
from ductus.formats import io, svg_page
from ductus.generation import hands
from ductus.generation.best_draw import best_slices
from ductus.generation.text import Primer, write
from ductus.generation.text_rows import page, row_strokes, wrap
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from ductus.weights.weights import Weights, WeightsError


def write_text(weights: Weights, options) -> dict:
    """Write the text of the parsed options into the file `options.output`, and return what to report.

    Raises TextError, WeightsError if the weights are of another kind, InkError for an unknown kind of file, BadInput
    for options that do not go together, OSError.
    """
    network = TextNetwork(weights)
    primer = _primer(network, options) if options.style is None else _style(network, options)
    asked = options.text, options.temperature, options.seed, primer, options.guidance
    report = {}
    if options.page and (options.animate or not options.output.lower().endswith(".svg")):
        raise BadInput(f"{options.output}: --page draws an .svg that does not move")
    if options.best > 1:
        reader = Reader(_load(options.reader))
        work = best_slices(network, reader, *asked[:3], options.best, *asked[3:])
        line, draw = run(work)
        report["draw"] = draw
    else:
        line = write(network, *asked)
    points = line.points
    unit = network.units_per_x_height or 1.0
    if options.page or options.width:
        width = svg_page.row_width(options.page) if options.page else options.width
        rows = wrap(points / [unit, unit, 1], line.places, line.text, width)
        points = page(rows) * [unit, unit, 1]
        report["rows"] = len(rows)
    if options.page:
        drawing = svg_page.render(row_strokes(rows), options.page, line.text)
        write_file(options.output, lambda file: file.write(drawing.encode()))
    else:
        io.save(options.output, points, units_per_x_height=network.units_per_x_height, animated=options.animate)
    return report | {
        "text": line.text,
        "changes": changes(options.text),
        "points": len(line.points),
        "complete": line.complete,
        "seed": options.seed,
        "temperature": options.temperature,
    }


def read_lines(reader: Reader, lines: list[np.ndarray]) -> dict:
    """Return what to report of lines (N, 3) of ink: what each says, and the log-probability of that in nats.

    Raises InkError for a line that is too long.
    """
    found = [reader.read(line) for line in lines]
    every = [one._asdict() | {"points": len(line)} for one, line in zip(found, lines, strict=True)]
    return {"text": "\n".join(one.text for one in found), "lines": every}


def _load(path: str) -> Weights:
    try:
        return weight_file.load(path)
    except WeightsError as error:
        raise BadInput(f"{path}: {error}") from error


def _style(network: TextNetwork, options) -> Primer:
    """The hand that the options choose."""
    if options.prime is not None or options.says is not None:
        raise BadInput("--style and --prime exclude each other: both say in which hand to write")
    try:
        found = hands.parse(Path(options.styles).read_bytes())
    except hands.HandsError as error:
        raise BadInput(f"{options.styles}: {error}") from error
    if options.style >= len(found):
        raise BadInput(f"{options.styles}: there is no style {options.style}, only {len(found)} of them, from 0")
    unit = network.units_per_x_height or 1.0
    return Primer(found[options.style].points * [unit, unit, 1], found[options.style].says)


def _primer(network: TextNetwork, options) -> Primer | None:
    """The first line of the ink given, if one is."""
    if (options.prime is None) != (options.says is None):
        raise BadInput("--prime and --says belong together: ink, and what it says")
    if options.prime is None:
        return None
    lines = io.load(options.prime, network.units_per_x_height, raw=options.raw, clock=network.clock)
    if not lines or not len(lines[0]):
        raise BadInput(f"{options.prime}: there is no ink in it")
    return Primer(lines[0], options.says)
