"""What the commands read and write: networks, ink, interventions, and reports."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ductus import intervention
from ductus.cli_options import BadInput
from ductus.formats import io
from ductus.intervention import Intervention, InterventionError
from ductus.model import Model
from ductus.resample import PenClock
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError

# The package has no weights in it.
WHERE_WEIGHTS_ARE = "{}, in the repository's folder weights/ and at each release"


def note(words: str) -> None:
    """Print a remark on the error stream."""
    print("ductus:", words, file=sys.stderr)


def load_weights(path, usual: str = "the network is ductus-500.jb64.gz"):
    """Return the weights in a file; `usual` says which is meant, for the error if there is no file.

    Raises BadInput.
    """
    try:
        return weight_file.load(path)
    except FileNotFoundError as error:
        raise BadInput(f"{path}: {error.strerror}; {WHERE_WEIGHTS_ARE.format(usual)}") from error
    except WeightsError as error:
        raise BadInput(f"{path}: {error}") from error


def load_model(options) -> Model:
    """Return the model of a command's weights. Raises BadInput."""
    return Model(load_weights(options.weights), np.float64 if getattr(options, "float64", False) else np.float32)


def model_and_ink(options) -> tuple[Model, list[np.ndarray]]:
    """Return a command's model, and its lines (N_i, 3) in model units. Raises BadInput and InkError."""
    model = load_model(options)
    return model, load_ink(options, model.units_per_x_height, model.clock)


def load_ink(options, units_per_x_height: float | None, clock: PenClock | None) -> list[np.ndarray]:
    """Return the lines (N_i, 3) of a command's ink, in model units. Raises BadInput and InkError."""
    lines = io.load(
        options.ink,
        units_per_x_height,
        options.in_x_heights,
        raw=options.raw,
        clock=clock,
        x_height=options.x_height,
        note=note,
    )
    if not sum(map(len, lines)):
        raise BadInput(f"{options.ink}: the file has no ink")
    return lines


def model_and_line(options) -> tuple[Model, np.ndarray]:
    """Return a command's model, and the line (N, 3) that it names. Raises BadInput and InkError."""
    model, lines = model_and_ink(options)
    if not 0 <= options.sequence < len(lines):
        raise BadInput(f"{options.ink}: there is no sequence {options.sequence}, only {len(lines)}")
    return model, lines[options.sequence]


def parse_interventions(options, model: Model) -> tuple[Intervention, ...]:
    """Return what --intervene says. Raises BadInput."""
    try:
        return intervention.parse(options.intervene, model.units)
    except InterventionError as error:
        raise BadInput(f"--intervene: {error}") from error


def print_report(report: dict) -> None:
    """Print a report as one line of JSON."""
    print(json.dumps(report, allow_nan=False, ensure_ascii=False))


def write_json(path: str, report: dict) -> None:
    """Write a report as a file of JSON. Raises OSError."""
    write_file(path, lambda file: file.write((json.dumps(report, allow_nan=False) + "\n").encode()))


def write_file(path: str, save: Callable[[BinaryIO], object]) -> None:
    """Write a whole file or none. Raises OSError."""
    output = Path(path)
    partial = output.with_name(output.name + ".part")
    try:
        with partial.open("wb") as file:
            save(file)
        partial.replace(output)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def check_json(path: str, what: str) -> None:
    """Raise BadInput unless a file's name ends in .json; `what` says which file."""
    if not path.endswith(".json"):
        raise BadInput(f"{path}: the {what} file name must end in .json")
