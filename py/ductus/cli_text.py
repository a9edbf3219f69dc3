"""`ductus write WEIGHTS --text "..."` and `ductus read INK`: what the command line does with texts."""

from __future__ import annotations

import numpy as np

from ductus.alphabet import changes
from ductus.analysis.reader import Reader
from ductus.cli_options import BadInput
from ductus.formats import io
from ductus.generation.text import Primer, write
from ductus.text_network import TextNetwork
from ductus.weights.weights import Weights


def write_text(weights: Weights, options) -> dict:
    """Write the text of the parsed options into the file `options.output`, and return what to report.

    Raises TextError, WeightsError if the weights are of another kind, InkError for an unknown kind of file, BadInput
    for options that do not go together, OSError.
    """
    network = TextNetwork(weights)
    line = write(network, options.text, options.temperature, options.seed, _primer(network, options))
    units = network.units_per_x_height
    io.save(options.output, line.points, units_per_x_height=units, animated=options.animate)
    return {
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
