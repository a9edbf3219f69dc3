"""Training on composed rows a step at a time: Adam, the running average of the weights, and how a run is saved."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from weights.training.text import batches
from weights.training.text.compose import Composer, Row
from weights.training.text.row_recipe import RowRecipe
from weights.training.text.units import Units
from weights.training.train import checkpoint
from weights.training.train.recipe import RecipeError

_MOMENTS = {"moment1": "exp_avg", "moment2": "exp_avg_sq"}  # checkpoint group -> Adam's name
MAX_SKIPPED = 20  # steps between two reports; more, and the run stops
Parameters = dict[str, torch.Tensor]


class Loss(NamedTuple):
    """A batch's nats, summed; the number of things that they are counted for; and the points it covers."""

    nats: torch.Tensor
    count: int
    points: int


class RowTrainer(ABC):
    """Trains a step at a time. Attributes: step, the steps done; seen, the points they covered."""

    def __init__(self, recipe: RowRecipe, units: Units, parameters: Parameters):
        self.recipe = recipe
        self.stream = batches.Stream(Composer(units, recipe.shares, recipe.longest), recipe.rows, recipe.seed)
        self.parameters: Parameters = {name: value.requires_grad_() for name, value in parameters.items()}
        values = list(self.parameters.values())
        self.optimiser = torch.optim.Adam(values, recipe.learning_rate, betas=(0.9, recipe.beta2), foreach=True)
        self.average = {name: value.detach().clone() for name, value in self.parameters.items()}
        self.step = self.seen = 0
        self._sums = np.zeros(4)  # nats, gradient norm, steps skipped, what is counted since the last report
        self._since = 0  # steps since the last report

    @abstractmethod
    def loss(self, rows: list[Row]) -> Loss:
        """Return the loss of the rows of this step."""

    def train_step(self, seconds: float) -> None:
        """Train on one batch; `seconds` since the run began set the rate, if the schedule goes by time.

        Raises RecipeError if too many gradients are not finite.
        """
        recipe = self.recipe
        nats, count, points = self.loss(self.stream.rows(self.step))
        self.optimiser.zero_grad(set_to_none=True)
        (nats / count).backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters.values(), recipe.clip)
        skipped = not bool(norm.isfinite())
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate(self.step, recipe.progress(self.seen, seconds))
        if not skipped:
            self.optimiser.step()
        self.step += 1
        self.seen += points
        self._update_average()
        if not skipped:
            self._sums += (nats.item(), norm.item(), 0, count)
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
        """Return the means since the last report: nats for each of what is counted, the gradient's norm."""
        nats, norm, skipped, count = self._sums.tolist()
        steps, self._since = max(self._since - skipped, 1), 0
        self._sums[:] = 0
        result = {"step": self.step, "points": self.seen, "total": nats / max(count, 1), "norm": norm / steps}
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
