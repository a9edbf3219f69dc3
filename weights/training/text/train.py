"""Trains the text network: `python -m weights.training.text.train --folder DIR --units FILE.npz`.

Run from the repository's root. The same command goes on from the newest checkpoint in DIR. A file named `pause` in
DIR makes it save and wait until the file is gone. DIR/log.jsonl gets one JSON record a line.
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
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError
from weights.training.data import seeds
from weights.training.data.dataset import PARTS, DataError
from weights.training.text import recipe, units
from weights.training.text.compose import Composer
from weights.training.text.trainer import TextTrainer, validate
from weights.training.train import checkpoint, memory
from weights.training.train.recipe import RecipeError

_VALIDATION_SEED = 99
_REPORT_SECONDS = 30.0
_POLL_SECONDS = 2.0


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line on bad settings or bad ink."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.text.train", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--folder", type=Path, required=True, help="folder of the log and the checkpoints")
    parser.add_argument("--units", type=Path, required=True, help=".npz of labelled units, in x-heights")
    parser.add_argument("--base", type=Path, default=Path("weights/ductus-500.jb64.gz"), help="the plain network")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU (default 1)")
    recipe.add_arguments(parser)
    arguments = parser.parse_args(argv)
    torch.set_num_threads(arguments.threads)
    memory.keep_freed()
    try:
        with _flushed_denormals():
            _Run(arguments).train()
    except (DataError, RecipeError, WeightsError, checkpoint.CheckpointError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    return 0


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


class _Run:
    """The loop around a TextTrainer: reports, validations, checkpoints, pauses, and the ways to end."""

    def __init__(self, arguments: argparse.Namespace):
        self.started, self.earlier = time.monotonic(), 0.0
        self.folder, self.recipe = arguments.folder, recipe.from_arguments(arguments)
        self.folder.mkdir(parents=True, exist_ok=True)
        every = units.load(arguments.units)
        parts = {name: every.part(name) for name in PARTS}
        base = weight_file.load(arguments.base)
        self.trainer = TextTrainer(self.recipe, parts["train"], base)
        composer = Composer(parts["validation"], self.recipe.shares, self.recipe.longest)
        rng = seeds.numpy_generator(_VALIDATION_SEED, 0, seeds.ORDER)
        self.held_out = [composer.row(rng) for _ in range(self.recipe.validation_rows)]
        self.interrupted = False
        found = checkpoint.latest(self.folder)
        if found:
            self.earlier = self.trainer.restore(found)["seconds"]
        self._log(
            "resume" if found else "start",
            recipe=dataclasses.asdict(self.recipe),
            ink={arguments.units.name: every.digest},
            base=base.metadata["sha256"],
            parts={
                name: {
                    "writers": len(np.unique(part.writer)),
                    "units": len(part.texts),
                    "points": int(part.lengths.sum()),
                }
                for name, part in parts.items()
            },
            step=self.trainer.step,
            device=platform.machine(),
            threads=torch.get_num_threads(),
            torch=torch.__version__,
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
        trainer = self.trainer
        scores = validate(trainer.average, self.held_out, self.recipe.units_per_x_height)
        self._log("validation", step=trainer.step, points=trainer.seen, **scores)

    def _seconds(self) -> float:
        return self.earlier + time.monotonic() - self.started

    def _log(self, kind: str, **record) -> None:
        line = json.dumps({"kind": kind, "seconds": round(self._seconds(), 1), **record})
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(line + "\n")
        print(line[:300], flush=True)


if __name__ == "__main__":
    sys.exit(main())
