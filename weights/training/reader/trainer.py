"""One run of a reader: its loss, and what it misreads of held-out writers' ink."""

from __future__ import annotations

import torch

from ductus.alphabet import ALPHABET
from ductus.analysis.ctc import greedy
from weights.training.data import seeds
from weights.training.reader import batches
from weights.training.reader.character_error import character_error
from weights.training.reader.network import Parameters, begin, loss, run
from weights.training.reader.recipe import ReaderRecipe
from weights.training.text.compose import Row
from weights.training.text.row_trainer import Loss, RowTrainer
from weights.training.text.units import Units

_SIDE_BY_SIDE = 32  # rows of a validation
_CPU = torch.device("cpu")


class ReaderTrainer(RowTrainer):
    """Trains a step at a time; nats are counted for each character."""

    def __init__(self, recipe: ReaderRecipe, units: Units):
        super().__init__(recipe, units, begin(recipe.cells, recipe.layers, recipe.frame, recipe.seed))
        self.recipe: ReaderRecipe = recipe

    def loss(self, rows: list[Row]) -> Loss:
        """Return the nats of the rows' texts."""
        recipe = self.recipe
        batch = batches.augmented(rows, recipe.frame, recipe.augmentation, recipe.seed, self.step)
        generator = seeds.torch_generator(recipe.seed, self.step, seeds.DROPOUT, _CPU)
        log_p = run(
            self.parameters, recipe.layers, batch, getattr(torch, recipe.precision), recipe.dropout, generator
        )
        return Loss(loss(log_p, batch), int(batch.counts.sum()), batch.points)


@torch.no_grad()
def validate(parameters: Parameters, recipe: ReaderRecipe, rows: list[Row]) -> dict[str, float]:
    """Return nats a character (total) and the character error (error) of greedy reading."""
    rows = sorted(rows, key=lambda row: len(row.points))
    nats, characters, pairs = 0.0, 0, []
    for first in range(0, len(rows), _SIDE_BY_SIDE):
        group = rows[first : first + _SIDE_BY_SIDE]
        batch = batches.plain(group, recipe.frame)
        log_p = run(parameters, recipe.layers, batch, getattr(torch, recipe.precision))
        nats += float(loss(log_p, batch))
        characters += int(batch.counts.sum())
        table = log_p.numpy()
        pairs += [(row.text, text(table[: batch.lengths[i], i])) for i, row in enumerate(group)]
    return {"total": nats / characters, "error": character_error(pairs)}


def text(log_p) -> str:
    """Return what log-probabilities (T, V) say, read greedily."""
    return "".join(ALPHABET[symbol - 1] for symbol in greedy(log_p))
