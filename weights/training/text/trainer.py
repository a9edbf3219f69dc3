"""One run of the text network: its loss, and how it predicts held-out ink with the right and a wrong text."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from ductus.weights.weights import Weights
from weights.training.text import batches
from weights.training.text.compose import Row
from weights.training.text.network import Parameters, begin, run
from weights.training.text.recipe import TextRecipe
from weights.training.text.row_trainer import Loss, RowTrainer
from weights.training.text.units import Units

_SIDE_BY_SIDE = 32  # rows of a validation


class TextTrainer(RowTrainer):
    """Trains a step at a time; nats are counted for each point."""

    def __init__(self, recipe: TextRecipe, units: Units, base: Weights):
        super().__init__(recipe, units, begin(base, recipe.seed))
        self.recipe: TextRecipe = recipe

    def loss(self, rows: list[Row]) -> Loss:
        """Return the nats of the rows' points, of position and lift together."""
        recipe = self.recipe
        batch = batches.augmented(
            rows, recipe.units_per_x_height, recipe.augmentation,
            recipe.jitter, recipe.jitter_share, recipe.seed, self.step,
        )  # fmt: skip
        position, lift = run(self.parameters, batch, getattr(torch, recipe.precision))
        return Loss((position + lift).sum(), batch.total, batch.total)


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
