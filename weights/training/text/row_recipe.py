"""Settings that every network trained on composed rows has: what is drawn, how it is changed, how long and how fast.

A recipe is one record: the command line, the log and the checkpoint have all of it.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
from dataclasses import dataclass, field
from typing import TypeVar

from weights.training.data.augmentation import Augmentation
from weights.training.text.compose import Shares
from weights.training.train.recipe import PRECISIONS, RecipeError

# What may differ between a run and its resumption: the budget, which is set before the speed is known, batch and
# rate, which suit the budget, and how often it is looked at.
CHANGEABLE = frozenset(
    {"minutes", "points", "rows", "learning_rate", "precision", "validation_minutes", "validation_rows"}
)
_ABOVE_ZERO = ("rows", "points", "longest", "validation_minutes", "validation_rows")
_SHARES = ("average", "text", "sheets", "number", "capitals", "initials", "final")


def setting(default, text: str, **more):
    """Return a field of a recipe; the text is its help on the command line."""
    return field(default=default, metadata={"help": text, **more})


@dataclass(frozen=True)
class RowRecipe:
    """The settings; their meaning is the `help` text, which the command line shows too."""

    seed: int = setting(1, "of everything drawn at random")
    minutes: float = setting(0.0, "length of the schedule in minutes, pauses included; 0: only points count")
    points: float = setting(1e8, "length of the schedule in training points; the earlier of the two ends the run")
    rows: int = setting(32, "rows in a batch")
    longest: int = setting(480, "largest number of points in a row")
    learning_rate: float = setting(1e-3, "Adam's, at its highest")
    final: float = setting(0.01, "of the learning rate, what is left at the end of the cosine")
    warm_up: int = setting(100, "steps with a rising rate")
    beta2: float = setting(0.99, "Adam's second")
    clip: float = setting(1.0, "largest norm of the gradient")
    average: float = setting(0.998, "decay a step of the weights' average")
    scale: float = setting(0.1, "size, largest change, a logarithm")
    slant: float = setting(0.15, "slant, largest change, dx per dy")
    rotation: float = setting(0.02, "rotation, largest, radians")
    stretch: float = setting(0.06, "width against height, largest, a logarithm")
    grid: float = setting(1 / 800, "width of the offsets' noise, x-heights")
    text: float = setting(Shares.text, "share of rows of text")
    sheets: float = setting(Shares.sheets, "share of rows of digits and capitals only")
    number: float = setting(Shares.number, "share of numbers among words")
    capitals: float = setting(Shares.capitals, "share of groups of capitals among words")
    initials: float = setting(Shares.initials, "share of words with a capital before them")
    rarity: float = setting(Shares.rarity, "power of 1 / frequency in drawing units")
    precision: str = setting("bfloat16", "of the large products", choices=PRECISIONS)
    validation_minutes: float = setting(6.0, "between validations, which also save a checkpoint")
    validation_rows: int = setting(128, "rows of held-out writers in a validation")

    def __post_init__(self):
        self.check(_ABOVE_ZERO, _SHARES)

    def check(self, above_zero: tuple[str, ...], shares: tuple[str, ...]) -> None:
        """Raise RecipeError unless these settings are above 0, and those between 0 and 1."""
        for name in above_zero:
            if not getattr(self, name) > 0:
                raise RecipeError(f"{name} must be above 0")
        for name in shares:
            if not 0 <= getattr(self, name) <= 1:
                raise RecipeError(f"{name} must be between 0 and 1")

    @property
    def augmentation(self) -> Augmentation:
        """The part of the recipe that changes ink."""
        return Augmentation(self.scale, self.slant, self.rotation, self.stretch, self.grid)

    @property
    def shares(self) -> Shares:
        """The part of the recipe that composes rows."""
        return Shares(self.text, self.sheets, self.number, self.capitals, self.initials, self.rarity)

    def progress(self, seen: float, seconds: float) -> float:
        """Return how much of the schedule is done, 0..1: the larger of the shares of its points and of its time."""
        return min(1.0, max(seen / self.points, seconds / (60 * self.minutes) if self.minutes else 0.0))

    def rate(self, step: int, progress: float) -> float:
        """Return the learning rate: a linear rise over the first steps, and a half cosine down to `final` of it."""
        cosine = self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * progress))
        return self.learning_rate * cosine * min(1.0, (step + 1) / self.warm_up)

    def check_resumable(self, old: dict) -> None:
        """Raise RecipeError if a run of the recipe `old` cannot go on under this one."""
        new = dataclasses.asdict(self)
        changed = [name for name in new if name not in CHANGEABLE and old.get(name) != new[name]]
        if changed:
            raise RecipeError(f"the run was begun with other settings of {', '.join(changed)}")


Kind = TypeVar("Kind", bound=RowRecipe)


def add_arguments(parser: argparse.ArgumentParser, kind: type[RowRecipe]) -> None:
    """Add an option for every setting of a kind of recipe."""
    for one in dataclasses.fields(kind):
        text = f"{one.metadata['help']} (default {one.default})"
        option, choices = "--" + one.name.replace("_", "-"), one.metadata.get("choices")
        parser.add_argument(option, type=type(one.default), default=one.default, help=text, choices=choices)


def from_arguments(arguments: argparse.Namespace, kind: type[Kind]) -> Kind:
    """Return the recipe that the parsed options ask for. Raises RecipeError if they make no sense."""
    return kind(**{one.name: getattr(arguments, one.name) for one in dataclasses.fields(kind)})
