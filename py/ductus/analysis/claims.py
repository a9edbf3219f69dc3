"""Claims about cells that hold: what a cell tracks on one line counts only if it does so on others too.

The best of 500 cells is always good at something on the line that it was chosen for. So each cell is probed over
other lines of the same network as well, and what remains on the worst of them is what it claims. The lines are those
of its styles and lines that it writes; `python -m weights.training.evaluate.claims` writes the numbers for the
shipped network to a file, as JSON:

    {"format": "ductus claims 1", "weights_sha256": "...", "lines": [{...}, ...],
     "effects": {"x": {"least": [0.123, ...], "signs": "+-..."}, ...}}

one number and one sign a cell; other keys are ignored. The file is untrusted input.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ductus import cooperative
from ductus.analysis.probing import STATISTICS, effect, probe_slices
from ductus.model import Model
from ductus.safe_json import json_depth

FORMAT = "ductus claims 1"
MAX_BYTES, MAX_DEPTH, MAX_LINES = 1 << 20, 8, 1000
# The lines that are compared: those of the styles, and as many that the network writes as make this number.
LINES, POINTS, TEMPERATURE, SEED = 20, 400, 0.5, 1
# Points fed between two pauses.
_POINTS = 4


class ClaimsError(ValueError):
    """An invalid file of claims, or one of another network; the message names the place."""


class OtherWeightsError(ClaimsError):
    """The file is about other weights."""


class Claims(NamedTuple):
    """What holds over a number of lines.

    The sign (H,) of a cell, 1 or -1, is that of the sum of its effects over all lines; `least` (H,), -1 to 1, is its
    smallest effect times this sign. Negative: on some line it is the other way round. A quantity that no line
    determines is missing.
    """

    lines: int
    least: dict[str, np.ndarray]
    signs: dict[str, np.ndarray]

    def worst(self, name: str) -> np.ndarray:
        """Return the quantity's statistic on the worst line of each cell: (H,), in the statistic's own unit."""
        effects = self.least[name] * self.signs[name]
        return (effects + 1) / 2 if STATISTICS[name] == "AUC" else effects

    def ranks(self, name: str) -> np.ndarray:
        """Return the cells (H,) from the claim that holds best to the one that holds least."""
        return np.argsort(-self.least[name], kind="stable")


def other_lines_slices(model: Model, styles: Sequence[np.ndarray]) -> Generator[None, None, list[np.ndarray]]:
    """Return LINES lines, points (N, 3) in model units: those of `styles`, then some that the model writes."""
    own = max(0, LINES - len(styles))
    written = ()
    if own:
        slices = model.continue_slices(model.start(), own, POINTS, TEMPERATURE, SEED)
        written = yield from cooperative.without_progress(slices)
    return [*styles[:LINES], *written]


def measure(model: Model, lines: Sequence[np.ndarray]) -> Claims:
    """Run `measure_slices` to its end."""
    return cooperative.run(measure_slices(model, lines))


def measure_slices(model: Model, lines: Sequence[np.ndarray]) -> Generator[float, None, Claims]:
    """Probe every cell over each of the lines (N, 3) and return what holds on all; yields the share done.

    Raises InkError for invalid points, ValueError if there are no lines.
    """
    if not lines:
        raise ValueError("there are no lines")
    tables = []
    for number, points in enumerate(lines):
        cells, state = np.empty((len(points), model.units), np.float32), model.start()  # (N, H)
        for i in range(len(points)):
            cells[i] = state.c[0]
            state = model.feed(points[i : i + 1], state)
            if i % _POINTS == 0:
                yield (number + 0.5 * i / len(points)) / len(lines)
        probing = probe_slices([(points, cells)], model.units_per_x_height)
        tables.append(
            (
                yield from cooperative.with_progress(
                    probing, lambda done, number=number: (number + 0.5 + 0.5 * done / model.units) / len(lines)
                )
            )
        )
    return combine(tables)


def combine(tables: Iterable[dict[str, np.ndarray | None]]) -> Claims:
    """Return what holds over lines, given what `probing.probe` finds on each. A line may leave quantities open."""
    tables = list(tables)
    least, signs = {}, {}
    for name in STATISTICS:
        found = [table[name] for table in tables]
        effects = np.array([effect(name, values) for values in found if values is not None])  # (L, H)
        if len(effects):
            signs[name] = np.where(effects.sum(axis=0) < 0, -1.0, 1.0)
            least[name] = (effects * signs[name]).min(axis=0)
    return Claims(len(tables), least, signs)


def render(claims: Claims, sha256: str, lines: Sequence[dict]) -> str:
    """Return the file of claims of the weights with this hash; `lines` says where each line is from."""
    effects = {
        name: {
            "least": [round(float(number), 3) for number in least],
            "signs": "".join("-" if sign < 0 else "+" for sign in claims.signs[name]),
        }
        for name, least in claims.least.items()
    }
    return json.dumps({"format": FORMAT, "weights_sha256": sha256, "lines": list(lines), "effects": effects}) + "\n"


def parse(data: bytes, sha256: str, units: int) -> Claims:
    """Parse a file of claims about a network of `units` cells; its weights must have this hash.

    Raises ClaimsError if the file is invalid, OtherWeightsError if it is about other weights.
    """
    if len(data) > MAX_BYTES or json_depth(data) > MAX_DEPTH:
        raise ClaimsError(f"more than {MAX_BYTES:,} bytes, or nested more than {MAX_DEPTH} deep")
    try:
        record = json.loads(data.decode())
    except ValueError as error:
        raise ClaimsError(f"not JSON: {error}") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise ClaimsError(f'its format is not "{FORMAT}"')
    if record.get("weights_sha256") != sha256:
        raise OtherWeightsError("these claims are about other weights")
    lines, effects = record.get("lines"), record.get("effects")
    if not isinstance(lines, list) or not 0 < len(lines) <= MAX_LINES or not isinstance(effects, dict):
        raise ClaimsError(f'"lines" is not a list of 1 to {MAX_LINES:,}, or "effects" is no object')
    least, signs = {}, {}
    for name in STATISTICS:
        if name in effects:
            least[name], signs[name] = _effects(effects[name], name, units)
    return Claims(len(lines), least, signs)


def _effects(record, name: str, units: int) -> tuple[np.ndarray, np.ndarray]:
    numbers, letters = (record.get(key) if isinstance(record, dict) else None for key in ("least", "signs"))
    if not isinstance(numbers, list) or not isinstance(letters, str) or not len(numbers) == len(letters) == units:
        raise ClaimsError(f"{name}: it has not one number and one sign for each of {units} cells")
    for cell, number in enumerate(numbers):
        if type(number) not in (int, float) or not -1 <= number <= 1 or letters[cell] not in "+-":
            raise ClaimsError(f"{name}, cell {cell}: it is no number from -1 to 1 with a sign")
    return np.array(numbers, np.float64), np.array([1.0 if letter == "+" else -1.0 for letter in letters])
