"""Make the drawings of the model card: `python -m weights.training.evaluate.samples WEIGHTS -o weights/samples`.

The first seeds at each temperature, all of them and none selected, by the command line's `write`; and
continuations.svg, a sheet of continuations of a word and of two scribbles.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
from pathlib import Path

import numpy as np

from ductus import cli as command_line
from ductus.ink import to_points, to_strokes
from ductus.model import Model
from ductus.resample import resample
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError

SEEDS, STEPS, TEMPERATURES = range(12), 200, (0.3, 0.5, 0.8, 1.0)
SHEET, SHEET_SAMPLES, SHEET_STEPS, SHEET_TEMPERATURES, SHEET_SEED = "continuations.svg", 50, 30, (0.1, 0.3, 0.6), 1
_PAGE = Path(__file__).resolve().parents[3] / "index.html"
_WIDE, _HIGH, _BASELINE = 1300, 640, 400  # of a panel of the sheet, and its baseline; 100 to an x-height
_STYLE = (
    "svg{color:#222}.c{stroke:#b0642a;stroke-width:3;opacity:.4}text{font:60px sans-serif;fill:currentColor}"
    "@media(prefers-color-scheme:dark){svg{color:#ddd}.c{stroke:#e8a46a}}"
)


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line if the weights are invalid."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.evaluate.samples", description=__doc__.split("\n")[0]
    )
    parser.add_argument("weights", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("weights/samples"), help="folder")
    arguments = parser.parse_args(argv)
    try:
        model = Model(weight_file.load(arguments.weights))
        arguments.output.mkdir(parents=True, exist_ok=True)
        for temperature in TEMPERATURES:
            for seed in SEEDS:
                _write(arguments.weights, temperature, seed, arguments.output / name(temperature, seed))
        (arguments.output / SHEET).write_text(sheet(model))
    except (WeightsError, OSError) as error:
        print(f"samples: {error}", file=sys.stderr)
        return 2
    files = sorted(arguments.output.glob("*.svg"))
    print(f"{len(files)} drawings, {sum(file.stat().st_size for file in files)} bytes, in {arguments.output}")
    return 0


def name(temperature: float, seed: int) -> str:
    """Return the file name of one sample."""
    return f"t{temperature}-seed{seed:02d}.svg"


def options(temperature: float, seed: int) -> list[str]:
    """Return the options of `write` for one sample."""
    return ["--steps", str(STEPS), "--temperature", str(temperature), "--seed", str(seed)]


def _write(weights: Path, temperature: float, seed: int, path: Path) -> None:
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        status = command_line.main(["write", str(weights), *options(temperature, seed), "-o", str(path)])
    if status:
        raise OSError(output.getvalue().strip())


def inks() -> dict[str, list[np.ndarray]]:
    """Return the ink that the sheet continues, strokes (n, 2) in x-heights: the example word and two scribbles.

    The word ends with a lift; the scribbles stop in the middle of a stroke.
    """
    t = np.linspace(0, 5, 160)
    loops = np.stack([t + 0.3 * np.sin(6.5 * t), -0.5 + 0.5 * np.cos(6.5 * t)], 1)
    corners = np.array([[0.45 * i, -0.05 - 0.9 * (i % 2)] for i in range(12)])  # of a sharp zigzag
    return {"the word": example(), "loops": [loops], "a zigzag": [corners]}


def example() -> list[np.ndarray]:
    """Return the strokes (n, 2) of the example word in index.html, in x-heights. Raises OSError if there is none."""
    ghost = re.search(r'class="ghost".*?</svg>', _PAGE.read_text(), re.DOTALL)
    if not ghost:
        raise OSError(f"{_PAGE}: it has no example word")
    return [_flattened(data) / 100 for data in re.findall(r' d="([^"]+)"', ghost[0])]


def _flattened(data: str) -> np.ndarray:
    """Return the polyline (n, 2) of an SVG path of one absolute M and absolute Cs: 12 pieces for each curve."""
    numbers = np.array(re.findall(r"-?[\d.]+", data), np.float64).reshape(-1, 2)
    t = np.linspace(0, 1, 13)[1:, None]  # (12, 1)
    pieces = [numbers[:1]]
    for i in range(0, len(numbers) - 1, 3):
        a, b, c, d = numbers[i : i + 4]
        pieces.append((1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d)
    return np.concatenate(pieces)


def sheet(model: Model) -> str:
    """Return the sheet as an SVG document: a row of panels for each ink, a column for each temperature."""
    unit = model.units_per_x_height
    panels = []
    for row, (title, strokes) in enumerate(inks().items()):
        places = [resample(stroke, model.clock) for stroke in strokes]  # (n, 2) each, x-heights
        points = to_points(places) * [unit, unit, 1]
        points[-1, 2] = len(strokes) > 1
        state = model.feed(points, model.start())
        for column, temperature in enumerate(SHEET_TEMPERATURES):
            paths = model.continue_(state, SHEET_SAMPLES, SHEET_STEPS, temperature, [SHEET_SEED, row, column])
            drawn = "".join(_continuation(path / [unit, unit, 1], places[-1][-1], points[-1, 2]) for path in paths)
            ink = "".join(_polyline(stroke) for stroke in places)
            panels.append(
                f'<g transform="translate({column * _WIDE + 60} {row * _HIGH + _BASELINE})">'
                f'<text y="-330">{title}, T = {temperature}</text><path class="c" d="{drawn}"/>'
                f'<path stroke-width="9" d="{ink}"/></g>\n'
            )
    wide, high = _WIDE * len(SHEET_TEMPERATURES), _HIGH * len(inks())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}">\n'
        f"<title>{SHEET_SAMPLES} continuations each</title>\n<style>{_STYLE}</style>\n"
        '<g fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">\n'
        f"{''.join(panels)}</g>\n</svg>\n".replace("<text", '<text stroke="none"')
    )


def _continuation(path: np.ndarray, pen: np.ndarray, lifted: float) -> str:
    """Return the d of one continuation (n, 3), in x-heights, from the pen's place."""
    strokes = to_strokes(path, tuple(pen))
    if not lifted:
        strokes[0] = np.vstack([pen, strokes[0]])
    return "".join(_polyline(stroke) for stroke in strokes)


def _polyline(stroke: np.ndarray) -> str:
    """Return the d of a polyline (n, 2) in x-heights, on a grid of 100 per x-height."""
    grid = np.rint(stroke * 100).astype(int)  # (n, 2)
    steps = np.diff(grid, axis=0)
    numbers = " ".join(map(str, steps.ravel())) if len(steps) else "0 0"
    return f"M{grid[0, 0]} {grid[0, 1]}l{numbers}".replace(" -", "-")


if __name__ == "__main__":
    sys.exit(main())
