"""Measure what the cells track on every line: `python -m weights.training.evaluate.claims WEIGHTS STYLES -o FILE`.

The file is read by the page, beside the same measurement of the line that it shows; `ductus.analysis.claims`
describes it. Its lines are those of the styles and lines that the network writes itself.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ductus import cooperative
from ductus.analysis import claims
from ductus.generation import styles
from ductus.generation.styles import StylesError
from ductus.model import Model
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line if the weights or the styles are invalid."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.evaluate.claims", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("styles", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/claims.json"))
    arguments = parser.parse_args(argv)
    try:
        model = Model(weight_file.load(arguments.weights))
        sha256 = model.weights.metadata["sha256"]
        named = styles.parse(arguments.styles.read_bytes(), sha256)
        lines = cooperative.run(claims.other_lines_slices(model, [style.points for style in named]))
        text = claims.render(claims.measure(model, lines), sha256, sources(named, lines))
        arguments.output.write_text(text)
    except (WeightsError, StylesError, OSError) as error:
        print(f"claims: {error}", file=sys.stderr)
        return 2
    print(f"{len(lines)} lines, {len(text):,} bytes in {arguments.output}")
    return 0


def sources(named, lines) -> list[dict]:
    """Return where each line is from: its style, or its number among the lines of the seed; and where it ends.

    Sampling depends on the last bit of the arithmetic: where the network's own lines end tells whether a machine
    writes the same ones. `end` is in model units.
    """
    found = []
    for number, points in enumerate(lines):
        style = number < len(named)
        source = {"style": named[number].name} if style else {"seed": claims.SEED, "sample": number - len(named)}
        end = [round(float(place), 2) for place in points[:, :2].sum(axis=0, dtype=float)]
        found.append({**source, "points": len(points), "end": end})
    return found


if __name__ == "__main__":
    sys.exit(main())
