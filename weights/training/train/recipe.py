"""Every setting of a training run, as one record: set by the command line, stored in the log and in checkpoints."""

from __future__ import annotations

import argparse
import dataclasses
import math
from dataclasses import dataclass

from ductus.ink import UNITS_PER_X_HEIGHT
from weights.training.data.augmentation import Augmentation
from weights.training.train.network import Noise

# May differ between a run and its resumption; points, because the budget is set before the speed is known.
CHANGEABLE = frozenset({"points", "precision", "validation_every", "report_every", "patience"})
PRECISIONS = ("float32", "bfloat16")


class RecipeError(ValueError):
    """Settings that make no sense together."""


def _setting(default, help_text: str, **metadata):
    return dataclasses.field(default=default, metadata={"help": help_text, **metadata})


@dataclass(frozen=True)
class Recipe:
    """The settings. Their `help` texts define them; the command line shows the same texts."""

    units: int = _setting(500, "LSTM cells")
    mixtures: int = _setting(20, "components of the mixture")
    units_per_x_height: float = _setting(UNITS_PER_X_HEIGHT, "the model unit")
    seed: int = _setting(1, "of all random numbers")
    points: float = _setting(1e9, "training points in total, the schedule's length")
    rows: int = _setting(256, "rows in a batch, over all processes")
    window: int = _setting(0, "cut rows into pieces of this many points; 0: whole rows")
    writer_power: float = _setting(0.25, "draw rows by n^-power, n = writer's points")
    source_weights: tuple[float, ...] = _setting((), "relative weight of the rows of each file")
    learning_rate: float = _setting(4e-3, "Adam's, the maximum")
    warm_up: float = _setting(0.01, "share of the points with a rising rate")
    clip: float = _setting(1.0, "maximum norm of the gradient")
    weight_decay: float = _setting(0.0, "AdamW's")
    average: float = _setting(0.995, "decay per step of the weights' average")
    drop_connect: float = _setting(0.0, "share of recurrent weights dropped")
    weight_noise: float = _setting(0.0, "deviation of noise on the matrices")
    dropout: float = _setting(0.0, "share of cells hidden from the head")
    jitter: float = _setting(0.0, "deviation of the noise on input places, model units")
    jitter_share: float = _setting(1.0, "share of the rows with jitter")
    precision: str = _setting("float32", "of the LSTM in training: float32 or bfloat16", choices=PRECISIONS)
    scale: float = _setting(0.1, "maximum change of size, a logarithm")
    slant: float = _setting(0.15, "maximum change of slant, dx per dy")
    rotation: float = _setting(0.02, "maximum rotation, radians")
    stretch: float = _setting(0.06, "maximum change of width against height, a logarithm")
    grid: float = _setting(1 / 800, "width of the offsets' noise, x-heights")
    validation_every: float = _setting(5e7, "points between validations")
    report_every: float = _setting(2e6, "points between progress reports")
    patience: int = _setting(0, "validations without a gain before stopping; 0: never")

    def __post_init__(self):
        for name in ("units", "mixtures", "rows", "points", "units_per_x_height", "report_every", "validation_every"):
            if not getattr(self, name) > 0:
                raise RecipeError(f"{name} must be above 0")
        for name in ("warm_up", "average", "drop_connect", "dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise RecipeError(f"{name} must be at least 0 and below 1")
        if any(not weight >= 0 for weight in self.source_weights):
            raise RecipeError("source_weights must not be negative")

    @property
    def augmentation(self) -> Augmentation:
        """The settings that change ink."""
        return Augmentation(self.scale, self.slant, self.rotation, self.stretch, self.grid)

    @property
    def noise(self) -> Noise:
        """The settings that disturb the network."""
        return Noise(self.drop_connect, self.weight_noise, self.dropout, self.jitter, self.jitter_share)

    def rate(self, seen: float) -> float:
        """Return the learning rate after `seen` points: a linear rise, then a half cosine to 0."""
        progress = min(seen / self.points, 1.0)
        if progress < self.warm_up:
            return self.learning_rate * max(progress / self.warm_up, 0.01)
        place = (progress - self.warm_up) / (1 - self.warm_up)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * place))

    def check_resumable(self, old: Recipe) -> None:
        """Raise RecipeError if a run of the recipe `old` cannot be resumed with this one."""
        changed = [
            name
            for name, value in dataclasses.asdict(old).items()
            if getattr(self, name) != value and name not in CHANGEABLE
        ]
        if changed:
            raise RecipeError(f"the run was started with other settings of {', '.join(changed)}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add an option for every setting."""
    for field in dataclasses.fields(Recipe):
        option, text = "--" + field.name.replace("_", "-"), f"{field.metadata['help']} (default {field.default})"
        if isinstance(field.default, tuple):
            parser.add_argument(option, type=float, nargs="*", default=field.default, help=text)
        else:
            choices = field.metadata.get("choices")
            parser.add_argument(option, type=type(field.default), default=field.default, help=text, choices=choices)


def from_arguments(arguments: argparse.Namespace) -> Recipe:
    """Return the recipe of the parsed options. Raises RecipeError."""
    values = {field.name: getattr(arguments, field.name) for field in dataclasses.fields(Recipe)}
    return from_dict(values)


def from_dict(values: dict) -> Recipe:
    """Return a recipe from a log or a checkpoint; lists become tuples. Raises RecipeError on an unknown setting."""
    try:
        return Recipe(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
    except TypeError as error:
        raise RecipeError(f"not a recipe: {error}") from error
