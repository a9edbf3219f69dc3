"""`ductus write WEIGHTS --text "..."`: the command line's part of the text network."""

from __future__ import annotations

from ductus import inkfile
from ductus.alphabet import changes
from ductus.text_network import TextNetwork
from ductus.weights import Weights
from ductus.writing_text import write


def write_text(weights: Weights, text: str, temperature: float, seed: int, output: str) -> dict:
    """Write the text into the file `output`, and return what to report.

    Raises TextError, WeightsError if the weights are of another kind, InkError for an unknown kind of file, OSError.
    """
    network = TextNetwork(weights)
    line = write(network, text, temperature, seed)
    inkfile.save(output, line.points, units_per_x_height=network.units_per_x_height)
    return {
        "text": line.text,
        "changes": changes(text),
        "points": len(line.points),
        "complete": line.complete,
        "seed": seed,
        "temperature": temperature,
    }
