"""One run of the text network: its parameters, Adam's moments, their running average, and how they are saved."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import torch

from ductus.weights.weights import Weights
from weights.training.text import batches
from weights.training.text.compose import Composer, Row
from weights.training.text.network import Parameters, begin, run
from weights.training.text.recipe import TextRecipe
from weights.training.text.units import Units
from weights.training.train import checkpoint
from weights.training.train.recipe import RecipeError

_MOMENTS = {"moment1": "exp_avg", "moment2": "exp_avg_sq"}  # checkpoint group -> Adam's name
MAX_SKIPPED = 20  # steps between two reports; more, and the run stops
_SIDE_BY_SIDE = 32  # rows of a validation


class TextTrainer:
    """Trains a step at a time. Attributes: step, the steps done; seen, the points they covered."""

    def __init__(self, recipe: TextRecipe, units: Units, base: Weights):
        self.recipe = recipe
        self.stream = batches.Stream(Composer(units, recipe.shares, recipe.longest), recipe.rows, recipe.seed)
        self.parameters: Parameters = {
            name: value.requires_grad_() for name, value in begin(base, recipe.seed).items()
        }
        values = list(self.parameters.values())
        self.optimiser = torch.optim.Adam(values, recipe.learning_rate, betas=(0.9, recipe.beta2), foreach=True)
        self.average = {name: value.detach().clone() for name, value in self.parameters.items()}
        self.step = self.seen = 0
        self._sums = np.zeros(4)  # nats, gradient norm, steps skipped, points since the last report
        self._since = 0  # steps since the last report

    def train_step(self, seconds: float) -> None:
        """Train on one batch; `seconds` since the run began set the rate, if the schedule goes by time.

        Raises RecipeError if too many gradients are not finite.
        """
        recipe = self.recipe
        batch = batches.augmented(
            self.stream.rows(self.step), recipe.units_per_x_height, recipe.augmentation,
            recipe.jitter, recipe.jitter_share, recipe.seed, self.step,
        )  # fmt: skip
        position, lift = run(self.parameters, batch, getattr(torch, recipe.precision))
        nats = (position + lift).sum()
        self.optimiser.zero_grad(set_to_none=True)
        (nats / batch.total).backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters.values(), recipe.clip)
        skipped = not bool(norm.isfinite())
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate(self.step, recipe.progress(self.seen, seconds))
        if not skipped:
            self.optimiser.step()
        self.step += 1
        self.seen += batch.total
        self._update_average()
        if not skipped:
            self._sums += (nats.item(), norm.item(), 0, batch.total)
        else:
            self._sums[2] += 1
            if self._sums[2] > MAX_SKIPPED:
                raise RecipeError(f"{MAX_SKIPPED} gradients since the last report were not finite numbers")
        self._since += 1

    @torch.no_grad()
    def _update_average(self) -> None:
        """Update the exponential average of the weights, which forgets its beginning early."""
        decay = min(self.recipe.average, self.step / (self.step + 10))
        for name, value in self.parameters.items():
            self.average[name].lerp_(value, 1 - decay)

    def report(self) -> dict:
        """Return the means since the last report: nats a point in training, the gradient's norm."""
        nats, norm, skipped, points = self._sums.tolist()
        steps, self._since = max(self._since - skipped, 1), 0
        self._sums[:] = 0
        result = {"step": self.step, "points": self.seen, "total": nats / max(points, 1), "norm": norm / steps}
        return result | {"skipped": int(skipped)}

    def save(self, folder: Path, extra: dict) -> Path:
        """Write a checkpoint; `extra` is kept with it and given back by `restore`."""
        state = {"recipe": dataclasses.asdict(self.recipe), "step": self.step, "seen": self.seen, "extra": extra}
        groups = {"weights": self.parameters, "average": self.average}
        for group, key in _MOMENTS.items():
            groups[group] = {
                name: self.optimiser.state[value].get(key, torch.zeros_like(value))
                for name, value in self.parameters.items()
            }
        return checkpoint.save(folder, self.step, state, groups)

    @torch.no_grad()
    def restore(self, path: Path) -> dict:
        """Go on from a checkpoint, exactly. Raises RecipeError, CheckpointError."""
        state, groups = checkpoint.load(path)
        self.recipe.check_resumable(state["recipe"])
        for name, value in self.parameters.items():
            if groups["weights"][name].shape != value.shape:
                raise RecipeError(f"{path} is of a network of another size")
            value.copy_(groups["weights"][name])
            moments = {key: groups[group][name] for group, key in _MOMENTS.items()}
            self.optimiser.state[value] = {"step": torch.tensor(float(state["step"])), **moments}
        self.average = {name: groups["average"][name] for name in self.parameters}
        self.step, self.seen = state["step"], state["seen"]
        return state["extra"]


@torch.no_grad()
def validate(
    parameters: Parameters, rows: list[Row], unit: float, precision: torch.dtype = torch.bfloat16
) -> dict[str, float]:
    """Return nats a point with the right text (position, lift, total), and the total with another row's text.

    unit, model units to an x-height; precision, of the large products. `gain` is what the right text is worth against
    a wrong one.
    """
    rows = sorted(rows, key=lambda row: len(row.points))
    sums, points = np.zeros(3), 0
    for first in range(0, len(rows), _SIDE_BY_SIDE):
        group = rows[first : first + _SIDE_BY_SIDE]
        right = batches.plain(group, unit)
        wrong = dataclasses.replace(right, codes=right.codes.roll(1, 0))
        position, lift = run(parameters, right, precision)
        other_position, other_lift = run(parameters, wrong, precision)
        sums += [part.double().sum().item() for part in (position, lift, other_position + other_lift)]
        points += right.total
    position, lift, other = (sums / points).tolist()
    total = position + lift
    return {"position": position, "lift": lift, "total": total, "wrong": other, "gain": other - total}
