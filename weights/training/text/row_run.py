"""The loop around a RowTrainer: reports, validations, checkpoints, pauses, and the ways to end.

A run has a folder. The same command goes on from the newest checkpoint in it. A file named `pause` there makes the
run save and wait until the file is gone. `log.jsonl` there gets one JSON record a line.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from ductus.weights.weights import WeightsError
from weights.training.data import seeds
from weights.training.data.dataset import PARTS, DataError
from weights.training.text import row_recipe, units
from weights.training.text.compose import Composer, Row
from weights.training.text.row_recipe import RowRecipe
from weights.training.text.row_trainer import RowTrainer
from weights.training.text.units import Units
from weights.training.train import checkpoint, log, memory
from weights.training.train.recipe import RecipeError

_VALIDATION_SEED = 99
_REPORT_SECONDS = 30.0
_POLL_SECONDS = 2.0


class Ink(NamedTuple):
    """A file of labelled units: its name, its digest, the units of each part, and rows of held-out writers."""

    name: str
    digest: str
    parts: dict[str, Units]
    held_out: list[Row]


def main(
    argv: list[str] | None,
    description: str,
    kind: type[RowRecipe],
    options: Callable[[argparse.ArgumentParser], object],
    begin: Callable[[argparse.Namespace, RowRecipe, Ink], Run],
) -> int:
    """Run a training command; exit code 2 and one line on bad settings or bad ink.

    `options` adds the arguments of this command, `begin` makes its run.
    """
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="folder of the log and the checkpoints")
    parser.add_argument("--units", type=Path, required=True, help=".npz of labelled units, in x-heights")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU (default 1)")
    options(parser)
    row_recipe.add_arguments(parser, kind)
    arguments = parser.parse_args(argv)
    torch.set_num_threads(arguments.threads)
    memory.keep_freed()
    try:
        recipe = row_recipe.from_arguments(arguments, kind)
        with _flushed_denormals():
            begin(arguments, recipe, read(arguments.units, recipe)).train()
    except (DataError, RecipeError, WeightsError, checkpoint.CheckpointError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    return 0


def read(path: Path, recipe: RowRecipe) -> Ink:
    """Return the labelled ink in a file, and rows of its validation writers. Raises DataError, OSError."""
    every = units.load(path)
    parts = {name: every.part(name) for name in PARTS}
    composer = Composer(parts["validation"], recipe.shares, recipe.longest)
    rng = seeds.numpy_generator(_VALIDATION_SEED, 0, seeds.ORDER)
    return Ink(path.name, every.digest, parts, [composer.row(rng) for _ in range(recipe.validation_rows)])


@contextlib.contextmanager
def _flushed_denormals() -> Iterator[None]:
    """Take denormal numbers for 0 meanwhile: they make a step many times slower.

    The processor keeps this per thread, for all its arithmetic, so a caller in the same process needs it undone.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


class Run:
    """A run in a folder; `validate` returns the numbers of a validation, `facts` go into the log's first record."""

    def __init__(
        self, folder: Path, trainer: RowTrainer, ink: Ink, validate: Callable[[], dict[str, float]], facts: dict
    ):
        self.started, self.earlier = time.monotonic(), 0.0
        self.folder, self.trainer, self.recipe, self.validate = folder, trainer, trainer.recipe, validate
        self.interrupted = False
        folder.mkdir(parents=True, exist_ok=True)
        found = checkpoint.latest(folder)
        if found:
            self.earlier = trainer.restore(found)["seconds"]
        self._log(
            "resume" if found else "start",
            recipe=dataclasses.asdict(self.recipe),
            ink={ink.name: ink.digest},
            parts={
                name: {
                    "writers": len(np.unique(part.writer)),
                    "units": len(part.texts),
                    "points": int(part.lengths.sum()),
                }
                for name, part in ink.parts.items()
            },
            step=trainer.step,
            device=platform.machine(),
            threads=torch.get_num_threads(),
            torch=torch.__version__,
            **facts,
        )

    def train(self) -> None:
        """Train until the schedule is at its end or a signal came."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(self, "interrupted", True))
        trainer, reported, validated = self.trainer, time.monotonic(), time.monotonic()
        seen = trainer.seen
        if not trainer.step:
            self._validate()
        while not self.interrupted and self.recipe.progress(trainer.seen, self._seconds()) < 1:
            trainer.train_step(self._seconds())
            now = time.monotonic()
            if now - reported >= _REPORT_SECONDS:
                self._progress((trainer.seen - seen) / (now - reported))
                reported, seen = now, trainer.seen
            if now - validated >= 60 * self.recipe.validation_minutes:
                self._save()
                self._validate()
                validated = reported = time.monotonic()
                seen = trainer.seen
            if (self.folder / "pause").exists():
                self._pause()
                reported, seen = time.monotonic(), trainer.seen
        self._save()
        self._validate()
        how = "interrupted" if self.interrupted else "done"
        self._log("end", how=how, step=trainer.step, points=trainer.seen)

    def _pause(self) -> None:
        self._save()
        self._log("pause", step=self.trainer.step)
        while (self.folder / "pause").exists() and not self.interrupted:
            time.sleep(_POLL_SECONDS)
        self._log("unpause", step=self.trainer.step)

    def _save(self) -> None:
        path = self.trainer.save(self.folder, {"seconds": self._seconds()})
        self._log("checkpoint", step=self.trainer.step, path=path.name)

    def _progress(self, speed: float) -> None:
        report, seconds = self.trainer.report(), self._seconds()
        progress = self.recipe.progress(report["points"], seconds)
        rate = self.recipe.rate(report["step"], progress)
        self._log("progress", **report, rate=rate, progress=round(progress, 4), speed=round(speed))

    def _validate(self) -> None:
        self._log("validation", step=self.trainer.step, points=self.trainer.seen, **self.validate())

    def _seconds(self) -> float:
        return self.earlier + time.monotonic() - self.started

    def _log(self, kind: str, **record) -> None:
        line = json.dumps({"kind": kind, "seconds": round(self._seconds(), 1), **record})
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(line + "\n")
        print(line[:300], flush=True)


def summary(run: Path, state: dict, scores: tuple[str, ...], facts: dict[str, str]) -> dict:
    """Return what a reader of the weights may want to know of the training in a folder, at a checkpoint's state.

    `scores` are those of a validation that are named; `facts`, a fact of the log's first record -> its name here.
    """
    records = log.read(run / "log.jsonl")
    start = next(record for record in records if record["kind"] == "start")
    at = [one for one in records if one["kind"] == "validation" and one["step"] == state["step"]]
    return {
        "steps": state["step"],
        "points": state["seen"],
        "seed": state["recipe"]["seed"],
        **{name: start[fact] for fact, name in facts.items()},
        "ink": start["ink"],
        "parts": start["parts"],
        "seconds": round(state["extra"]["seconds"]),
        "device": start["device"],
        "torch": start["torch"],
        "validation": {key: round(at[-1][key], 4) for key in scores} if at else None,
    }
