"""The command line, `ductus`: the library without a browser.

Every command prints JSON or writes the named file. On bad input it prints one line with the error and exits with
status 2.
"""

from __future__ import annotations

import hashlib
import math
import sys
from pathlib import Path

import numpy as np

from ductus import intervention
from ductus.alphabet import TextError
from ductus.analysis import cell_order as ordering
from ductus.analysis.reader import Reader
from ductus.analysis.tsne import TSNE
from ductus.cli_files import (
    check_json,
    load_ink,
    load_model,
    load_weights,
    model_and_ink,
    model_and_line,
    note,
    parse_interventions,
    print_report,
    write_file,
    write_json,
)
from ductus.cli_inside import ablate as ablated
from ductus.cli_inside import depends
from ductus.cli_options import BadInput, parser
from ductus.cli_text import read_lines, write_text
from ductus.formats import cell_states, io
from ductus.ink import UNITS_PER_X_HEIGHT, InkError
from ductus.intervention import InterventionError
from ductus.resample import PenClock
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError

MAX_FAN_VALUES = 2**26  # a quarter of a gigabyte


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status: 0, or 2 after one line on the error stream."""
    try:
        options = parser(COMMANDS, __doc__ or "").parse_args(arguments)
        options.run(options)
    except (BadInput, WeightsError, InkError, TextError, InterventionError) as error:
        return _complain(error)
    except OSError as error:
        return _complain(f"{error.filename or 'output'}: {error.strerror or error}")
    except MemoryError:
        return _complain("out of memory")
    return 0


def _complain(error: Exception | str) -> int:
    print("ductus:", " ".join(str(error).split()), file=sys.stderr)
    return 2


def info(options) -> None:
    """Print the facts of a weight file."""
    path = Path(options.weights)
    weights = load_weights(path)
    with path.open("rb") as file:
        if sys.version_info >= (3, 11):
            digest = hashlib.file_digest(file, "sha256")
        else:
            digest = hashlib.sha256(file.read())
    about = {key: value for key, value in weights.metadata.items() if key != "sha256"}
    print_report(
        about
        | {
            "parameters": weights.parameters,
            "bytes": path.stat().st_size,
            "sha256": digest.hexdigest(),
            "payload_sha256": weights.metadata["sha256"],
        }
    )


def convert(options) -> None:
    """Write a weight file of any known format as .jb64 or .jb64.gz."""
    if not options.output.endswith((".jb64", ".jb64.gz")):
        raise BadInput(f"{options.output}: the new file's name must end in .jb64 or .jb64.gz")
    weights = load_weights(options.weights)
    weight_file.save(weights.quantise() if options.quantise else weights, options.output)


def score(options) -> None:
    """Print how well the network predicts the ink, in nats per point."""
    model, lines = model_and_ink(options)
    scores = model.score_lines(lines, parse_interventions(options, model))

    def means(position: np.ndarray, lift: np.ndarray) -> dict:
        return {
            "points": len(position),
            "position": float(position.mean()),
            "lift": float(lift.mean()),
            "total": float((position + lift).mean()),
        }

    position = np.concatenate([one.position for one in scores])  # (N,)
    lift = np.concatenate([one.lift for one in scores])  # (N,)
    report = means(position, lift) | {"sequences": len(scores)}
    if options.per_line:
        report["per_line"] = [means(one.position, one.lift) for one in scores]
    print_report(report)


def cells(options) -> None:
    """Write the cell states that predict each point of the ink, as an array (N, H)."""
    if not options.output.endswith(".npy"):
        raise BadInput(f"{options.output}: the cells' file name must end in .npy")
    model, lines = model_and_ink(options)
    interventions = parse_interventions(options, model)
    for line in lines:
        intervention.check(interventions, model.units, len(line))
    output = Path(options.output)
    partial = output.with_name(output.name + ".part")
    shape = sum(map(len, lines)), model.units
    dtype = np.float64 if options.float64 else np.float32
    # on disk: the cells of a whole data set do not fit in memory
    array = np.lib.format.open_memmap(partial, "w+", dtype, shape)  # (N, H)
    row = 0
    for line in lines:
        array[row : row + len(line)] = model.cells(line, options.lead_in, interventions)
        row += len(line)
    array.flush()
    partial.replace(output)
    print_report({"points": shape[0], "units": shape[1], "sequences": len(lines)})


def write(options) -> None:
    """Write a line of the network's own or, with --text and a text network, that text."""
    if options.text is not None:
        print_report(write_text(load_weights(options.weights), options))
        return
    if options.page:
        raise BadInput("--page belongs to --text: it is a page of the rows of a text")
    model = load_model(options)
    points = model.write(options.steps, options.temperature, options.seed)  # (N, 3)
    io.save(options.output, points, units_per_x_height=model.units_per_x_height, animated=options.animate)
    print_report({"points": len(points), "seed": options.seed, "temperature": options.temperature})


def continue_(options) -> None:
    """Sample continuations of one line of ink."""
    model, line = model_and_line(options)
    which, at = parse_interventions(options, model), len(line)
    intervention.check(which, model.units, at + options.steps)
    state = model.feed(line, model.start(interventions=which), which)
    paths = model.continue_(state, options.samples, options.steps, options.temperature, options.seed, which, at)
    report = {"paths": paths.tolist(), "seed": options.seed, "temperature": options.temperature}
    if options.output is None:
        print_report(report)
    else:
        write_json(options.output, report)


def fan(options) -> None:
    """Sample alternatives to each point of one line of ink."""
    if not options.output.endswith(".npz"):
        raise BadInput(f"{options.output}: the fans' file name must end in .npz")
    model, line = model_and_line(options)
    shape = len(line), options.samples, options.steps
    if 3 * math.prod(shape) > MAX_FAN_VALUES:
        raise BadInput(
            f"fans of {math.prod(shape):,} points are too many; at most {MAX_FAN_VALUES // 3:,} are allowed"
        )
    which = parse_interventions(options, model)
    fans = model.fan(line, *shape[1:], options.temperature, options.seed, which)  # (N, samples, steps, 3)
    asked = {"seed": options.seed, "temperature": options.temperature}
    write_file(options.output, lambda file: np.savez(file, fans=fans, points=line.astype(np.float32), **asked))
    print_report(
        dict(zip(("points", "samples", "steps"), shape, strict=True)) | {"sequence": options.sequence} | asked
    )


def ablate(options) -> None:
    """Measure what breaks in one line of ink without each cell."""
    check_json(options.output, "measures'")
    model, line = model_and_line(options)
    report = ablated(model, line, options.seed) | {"sequence": options.sequence}
    write_json(options.output, report)
    print_report({name: report[name] for name in ("points", "cells", "sequence", "nats")})


def saliency(options) -> None:
    """Measure which earlier ink the prediction of one point depends on."""
    check_json(options.output, "gradient's")
    model, line = model_and_line(options)
    try:
        report = depends(model, line, options) | {"sequence": options.sequence}
    except InkError as error:
        raise BadInput(f"{options.ink}: {error}") from error
    except ValueError as error:  # an unknown cell
        raise BadInput(str(error)) from error
    write_json(options.output, report)
    print_report({name: report[name] for name in ("point", "of", "sequence", "value", "reach")})


def order(options) -> None:
    """Find the order in which similar cells are neighbours, and measure it."""
    check_json(options.output, "order's")
    lines = []
    for path in options.cells:
        try:
            lines.append(cell_states.load(path))
        except cell_states.CellsError as error:
            raise BadInput(f"{path}: {error}") from error
    try:
        settings = TSNE(perplexity=options.perplexity, iterations=options.iterations)
        found = ordering.order_cells(lines, options.metric, settings, options.seed)
    except ValueError as error:
        raise BadInput(f"{', '.join(options.cells)}: {error}") from error
    report = {
        "points": sum(map(len, lines)),
        "cells": len(found.order),
        "metric": options.metric,
        "perplexity": options.perplexity,
        "seed": options.seed,
        "iterations": found.iterations,
        "kl": found.kl,
        "quality": {
            "before": found.before and found.before._asdict(),
            "after": found.after and found.after._asdict(),
        },
    }
    signs = found.signs.astype(int).tolist()
    write_json(
        options.output, report | {"order": found.order.tolist(), "signs": signs, "places": found.places.tolist()}
    )
    print_report(report)


def read(options) -> None:
    """Print what each line of the ink says, read by a reader."""
    reader = Reader(load_weights(options.weights, "the reader is reader.jb64.gz"))
    print_report(read_lines(reader, load_ink(options, reader.units_per_x_height, reader.clock)))


def resample(options) -> None:
    """Resample ink by the pen clock, in its own units."""
    scale = 1.0 if options.in_x_heights else UNITS_PER_X_HEIGHT
    lines = io.load(options.ink, scale, options.in_x_heights, raw=True, x_height=options.x_height, note=note)
    io.save(options.output, lines, units_per_x_height=scale, animated=options.animate)
    print_report({"points": sum(map(len, lines)), "sequences": len(lines), "pen_clock": PenClock().to_dict()})


COMMANDS = {
    "info": info,
    "convert": convert,
    "score": score,
    "cells": cells,
    "write": write,
    "continue": continue_,
    "fan": fan,
    "ablate": ablate,
    "saliency": saliency,
    "order": order,
    "read": read,
    "resample": resample,
}
