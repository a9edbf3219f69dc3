"""Train the network: `python -m weights.training.train --folder DIR --ink FILE.npz ...`, from the repository's root.

The same command resumes from the newest checkpoint in DIR. Over several processes or machines:
`torchrun --nproc-per-node N -m weights.training.train ...`; each batch is split between them, the result is the same.
DIR/log.jsonl gets one JSON record a line: settings, progress, validations, how it ended; before them, with
--init-from, the log of the other run.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from weights.training.data import baselines, dataset
from weights.training.data.batches import Feeder
from weights.training.train import checkpoint, memory, recipe
from weights.training.train.scoring import score
from weights.training.train.trainer import Trainer


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line on invalid settings or ink."""
    arguments = _parser().parse_args(argv)
    device = _start_processes(arguments)
    try:
        _Run(arguments, device).train()
    except (dataset.DataError, recipe.RecipeError, checkpoint.CheckpointError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.train", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--folder", type=Path, required=True, help="folder of the log and the checkpoints")
    parser.add_argument("--init-from", type=Path, help="folder of another run, to start from its best average")
    parser.add_argument("--ink", type=Path, nargs="+", required=True, help=".npz files, in x-heights")
    parser.add_argument("--device", help="cpu or cuda (default: cuda if there is one)")
    parser.add_argument("--threads", type=int, help="of the CPU, for each process (default: PyTorch's)")
    parser.add_argument("--checkpoint-minutes", type=float, default=3.0, help="between checkpoints (default 3)")
    parser.add_argument("--time-limit", type=float, default=float("inf"), help="stop cleanly after this many seconds")
    recipe.add_arguments(parser)
    return parser


def _start_processes(arguments: argparse.Namespace) -> torch.device:
    """Join the group that torchrun started, if any; return the device of this process."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    memory.keep_freed()
    kind = arguments.device or ("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(kind, int(os.environ.get("LOCAL_RANK", 0))) if kind == "cuda" else torch.device(kind)
    if device.type == "cuda":
        torch.cuda.set_device(device)
        torch.backends.cudnn.allow_tf32 = True  # for the LSTM; the head stays in float32, its densities are narrow
    if "RANK" in os.environ:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return device


class _Run:
    """The loop around a Trainer: reports, validations, checkpoints, and when to stop."""

    def __init__(self, arguments: argparse.Namespace, device: torch.device):
        self.started = time.monotonic()
        self.earlier = 0.0  # seconds of the earlier sittings of this run
        self.folder, self.limit = arguments.folder, arguments.time_limit
        self.between = 60 * arguments.checkpoint_minutes
        self.recipe, self.device = recipe.from_arguments(arguments), device
        ink = dataset.load(arguments.ink)
        parts = {name: dataset.part(ink, name) for name in dataset.PARTS}
        self.trainer = Trainer(self.recipe, parts["train"], device)
        self.first = self.trainer.rank == 0  # the process that writes, validates and decides
        unit = self.recipe.units_per_x_height
        self.validation = Feeder(parts["validation"], unit, device)
        self.baseline = baselines.marginal(parts["validation"].points * np.array([unit, unit, 1], np.float32))
        self.interrupted = False
        self.folder.mkdir(parents=True, exist_ok=True)
        found = checkpoint.latest(self.folder)
        if found:
            self.earlier = self.trainer.restore(found)["seconds"]
        elif arguments.init_from:
            source = checkpoint.latest(arguments.init_from)
            if not source:
                raise checkpoint.CheckpointError(f"{arguments.init_from}: no checkpoint to start from")
            self.trainer.init_from(source)
            if self.first:
                shutil.copy(arguments.init_from / "log.jsonl", self.folder)
        self._log(
            "resume" if found else "start",
            recipe=dataclasses.asdict(self.recipe),
            ink={path.name: digest for path, digest in zip(arguments.ink, ink.hashes, strict=True)},
            parts={
                name: {"writers": len(np.unique(p.writer)), "rows": len(p.writer), "points": len(p.points)}
                for name, p in parts.items()
            },
            rms_unit=round(1 / dataset.pooled_rms(parts["train"]), 4),
            baseline=self.baseline._asdict(),
            step=self.trainer.step,
            device=torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine(),
            processes=self.trainer.world,
            threads=torch.get_num_threads(),
            torch=torch.__version__,
        )

    def train(self) -> None:
        """Train until all points are used, validation stops gaining, the time is up, or a signal arrives."""
        trainer, settings = self.trainer, self.recipe
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(self, "interrupted", True))
        saved, reported, reported_at = time.monotonic(), trainer.seen, time.monotonic()
        while trainer.seen < settings.points:
            before = trainer.seen
            trainer.train_step()
            done = trainer.seen >= settings.points
            if not done and before // settings.report_every == trainer.seen // settings.report_every:
                continue
            report = trainer.report()  # waits for the device, so the speed is measured
            now = time.monotonic()
            speed = (trainer.seen - reported) / (now - reported_at)
            self._progress(report, speed)
            stale = False
            if done or before // settings.validation_every != trainer.seen // settings.validation_every:
                stale = self._validate(final=done)
            reported, reported_at = trainer.seen, time.monotonic()
            late = self.interrupted or reported_at - self.started >= self.limit
            stop, save = self._agree(late or stale, done or late or stale or reported_at - saved >= self.between)
            if save and self.first:
                path = trainer.save(self.folder, {"seconds": self._seconds()})
                self._log("checkpoint", step=trainer.step, path=path.name)
                saved = time.monotonic()
            if stop:
                break
        how = "done" if trainer.seen >= settings.points else "early stop" if stale else "interrupted"
        self._log("end", how=how, step=trainer.step, points=trainer.seen, best=trainer.best, seconds=self._seconds())

    def _agree(self, *flags: bool) -> list[bool]:
        """Return the first process's decisions, the same on every process."""
        if self.trainer.world == 1:
            return list(flags)
        agreed = torch.tensor(flags, dtype=torch.int32, device=self.device)
        dist.broadcast(agreed, 0)
        return [bool(flag) for flag in agreed.tolist()]

    def _progress(self, report: dict, speed: float) -> None:
        left = (self.recipe.points - report["points"]) / speed
        self._log("progress", **report, rate=self.recipe.rate(report["points"]), speed=speed, left=left)
        if self.first:
            print(
                f"step {report['step']}  {report['points'] / self.recipe.points:6.1%}  {report['total']:7.4f} nats"
                f"  {speed:,.0f} points/s  {left / 60:.1f} min left",
                flush=True,
            )

    def _validate(self, final: bool) -> bool:
        """Score the average of the weights on the held-out writers; return whether to stop early."""
        if not self.first:
            return False
        trainer = self.trainer
        scores = score(trainer.average, self.validation).mean()
        stale = trainer.judge(scores["total"])
        record = {**scores, "gain": self.baseline.total - scores["total"], "best": trainer.best}
        if final:
            weights = {name: value.detach() for name, value in trainer.network.named_parameters()}
            record["without_average"] = score(weights, self.validation).mean()
        self._log("validation", step=trainer.step, points=trainer.seen, **record)
        print(f"validation {scores['total']:.4f} nats, gain {record['gain']:.4f}", flush=True)
        return stale

    def _seconds(self) -> float:
        return self.earlier + time.monotonic() - self.started

    def _log(self, kind: str, **record) -> None:
        if self.first:
            with (self.folder / "log.jsonl").open("a") as file:
                file.write(json.dumps({"kind": kind, "seconds": round(self._seconds(), 1), **record}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
