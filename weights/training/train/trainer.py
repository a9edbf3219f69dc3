"""One training run: its network, optimiser, running average, and the state that exact resumption needs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from weights.training.data.batches import Feeder, Stream, row_weights
from weights.training.data.dataset import Dataset
from weights.training.train import checkpoint
from weights.training.train.loss import nats
from weights.training.train.network import TorchNetwork
from weights.training.train.recipe import Recipe, RecipeError, from_dict

_MOMENTS = {"moment1": "exp_avg", "moment2": "exp_avg_sq"}  # checkpoint group -> Adam's name


class Trainer:
    """Train a network on ink, one step at a time, on one process or on every process of a group.

    Attributes: step, the steps done; seen, the points they covered; best, the lowest validation total so far.
    """

    def __init__(self, recipe: Recipe, ink: Dataset, device: torch.device):
        self.recipe, self.device = recipe, device
        self.rank, self.world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
        if recipe.rows % self.world:
            raise RecipeError(f"{recipe.rows} rows cannot be split evenly between {self.world} processes")
        ink = ink.windows(recipe.window) if recipe.window else ink
        self.feeder = Feeder(ink, recipe.units_per_x_height, device)
        weights = row_weights(ink, recipe.writer_power, recipe.source_weights)
        self.stream = Stream(ink.lengths, weights, recipe.rows, recipe.seed)
        self.network = TorchNetwork(recipe.units, recipe.mixtures, recipe.seed).to(device)
        self._forward = DistributedDataParallel(self.network) if self.world > 1 else self.network
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.average = {name: value.detach().clone() for name, value in self.network.named_parameters()}
        self.best_average = {name: value.clone() for name, value in self.average.items()}
        self.step, self.seen, self.best, self.stale = 0, 0, float("inf"), 0
        self._sums = torch.zeros(4, dtype=torch.float64, device=device)
        self._reported = 0  # points seen at the last report

    def train_step(self) -> None:
        """Train on one batch; nothing here waits for the device."""
        recipe, rows = self.recipe, self.stream.rows(self.step)
        batch = self.feeder.augmented(rows, recipe.augmentation, recipe.seed, self.step, self.rank, self.world)
        precision = getattr(torch, recipe.precision)
        seed, share = (recipe.seed, self.step), (self.rank, self.world)
        head = self._forward(batch.points, recipe.noise, seed, share, precision)
        position, lift = (loss * batch.mask for loss in nats(head, batch.points))  # (T, B) each
        # Divided by the mean number of points, not this batch's own, so that every point has the same weight; times
        # the number of processes, because DistributedDataParallel takes the mean over them.
        loss = (position.sum() + lift.sum()) * (self.world / self.stream.mean_points)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = self._clip()
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate(self.seen)
        self.optimiser.step()
        self.step += 1
        self.seen += batch.total
        self._update_average()
        with torch.no_grad():
            self._sums += torch.stack([position.sum(), lift.sum(), norm, (~norm.isfinite()).float()]).double()

    def _clip(self) -> torch.Tensor:
        """Limit the gradient's norm and drop a gradient that is not finite; return the norm before."""
        gradients = [parameter.grad for parameter in self.network.parameters()]
        norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))
        factor = (self.recipe.clip / norm.clamp_min(1e-12)).clamp_max(1.0)
        for gradient in gradients:
            gradient.copy_(torch.where(norm.isfinite(), gradient * factor, 0.0))
        return norm

    @torch.no_grad()
    def _update_average(self) -> None:
        """Update the exponential average of the weights; the decay rises to its value, so the start counts little."""
        decay = min(self.recipe.average, self.step / (self.step + 10))
        for name, value in self.network.named_parameters():
            self.average[name].lerp_(value, 1 - decay)

    def report(self) -> dict:
        """Return means since the last report, over all processes: training nats a point, the gradient's norm."""
        sums = self._sums.clone()
        if self.world > 1:
            dist.all_reduce(sums)
        position, lift, norm, skipped = sums.tolist()
        points, self._reported = max(self.seen - self._reported, 1), self.seen
        self._sums.zero_()
        return {
            "step": self.step,
            "points": self.seen,
            "position": position / points,
            "lift": lift / points,
            "total": (position + lift) / points,
            "norm": norm / self.world,
            "skipped": skipped / self.world,
        }

    def judge(self, total: float) -> bool:
        """Record a validation total; return whether to stop early."""
        if total < self.best:
            self.best, self.stale = total, 0
            self.best_average = {name: value.clone() for name, value in self.average.items()}
        else:
            self.stale += 1
        return bool(self.recipe.patience) and self.stale >= self.recipe.patience

    def save(self, folder: Path, extra: dict) -> Path:
        """Save a checkpoint in the run's folder; `restore` returns its `extra`.

        The sums of the next report are not saved, so save right after a report.
        """
        state = {
            "recipe": dataclasses.asdict(self.recipe),
            "step": self.step,
            "seen": self.seen,
            "best": self.best,
            "stale": self.stale,
            "extra": extra,
        }
        named = dict(self.network.named_parameters())
        groups = {"weights": named, "average": self.average, "best": self.best_average}
        for group, key in _MOMENTS.items():
            groups[group] = {name: self.optimiser.state[value][key] for name, value in named.items()}
        return checkpoint.save(folder, self.step, state, groups)

    @torch.no_grad()
    def init_from(self, path: Path) -> None:
        """Start from the best average in another run's checkpoint. Raises RecipeError if the sizes differ."""
        _, groups = checkpoint.load(path)
        for name, value in self.network.named_parameters():
            if groups["best"][name].shape != value.shape:
                raise RecipeError(f"{path} holds a network of another size")
            value.copy_(groups["best"][name])
            self.average[name] = value.clone()
            self.best_average[name] = value.clone()

    def restore(self, path: Path) -> dict:
        """Resume exactly from a checkpoint; return its `extra`. Raises RecipeError if its settings differ."""
        state, groups = checkpoint.load(path)
        self.recipe.check_resumable(from_dict(state["recipe"]))
        named = dict(self.network.named_parameters())
        with torch.no_grad():
            for name, value in named.items():
                value.copy_(groups["weights"][name])
        self.average = {name: groups["average"][name].to(self.device) for name in named}
        self.best_average = {name: groups["best"][name].to(self.device) for name in named}
        for name, value in named.items():
            moments = {key: groups[group][name].to(self.device) for group, key in _MOMENTS.items()}
            self.optimiser.state[value] = {"step": torch.tensor(float(state["step"])), **moments}
        self.step, self.seen, self._reported = state["step"], state["seen"], state["seen"]
        self.best, self.stale = state["best"], state["stale"]
        return state["extra"]
