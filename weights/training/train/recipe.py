"""Every setting of a training run, as one record: the command line fills it, the log and the checkpoint keep it."""

from __future__ import annotations

import argparse
import dataclasses
import math
from dataclasses import dataclass

from ductus.ink import UNITS_PER_X_HEIGHT
from weights.training.data.augmentation import Augmentation
from weights.training.train.network import Noise

# What may differ between a run and its resumption; points, because a budget is set before the speed is known.
CHANGEABLE = frozenset({"points", "precision", "validation_every", "report_every", "patience"})
PRECISIONS = ("float32", "bfloat16")


class RecipeError(ValueError):
    """Settings that make no sense together."""


@dataclass(frozen=True)
class Recipe:
    """The settings; their meaning is the `help` text, which the command line shows too."""

    units: int = dataclasses.field(default=500, metadata={"help": "LSTM cells"})
    mixtures: int = dataclasses.field(default=20, metadata={"help": "components of the mixture"})
    units_per_x_height: float = dataclasses.field(default=UNITS_PER_X_HEIGHT, metadata={"help": "the model unit"})
    seed: int = dataclasses.field(default=1, metadata={"help": "of everything drawn at random"})
    points: float = dataclasses.field(default=1e9, metadata={"help": "training points in all, the schedule's length"})
    rows: int = dataclasses.field(default=256, metadata={"help": "rows in a batch, over all processes"})
    window: int = dataclasses.field(default=0, metadata={"help": "cut rows in pieces of this many points; 0: whole"})
    writer_power: float = dataclasses.field(
        default=0.25, metadata={"help": "draw rows by n^-power, n = writer's points"}
    )
    source_weights: tuple[float, ...] = dataclasses.field(
        default=(), metadata={"help": "how often rows of each file are drawn, against one another"}
    )
    learning_rate: float = dataclasses.field(default=4e-3, metadata={"help": "Adam's, at its highest"})
    warm_up: float = dataclasses.field(default=0.01, metadata={"help": "share of the points with a rising rate"})
    clip: float = dataclasses.field(default=1.0, metadata={"help": "largest norm of the gradient"})
    weight_decay: float = dataclasses.field(default=0.0, metadata={"help": "AdamW's"})
    average: float = dataclasses.field(default=0.995, metadata={"help": "decay a step of the weights' average"})
    drop_connect: float = dataclasses.field(default=0.0, metadata={"help": "share of recurrent weights dropped"})
    weight_noise: float = dataclasses.field(default=0.0, metadata={"help": "deviation of noise on the matrices"})
    dropout: float = dataclasses.field(default=0.0, metadata={"help": "share of cells hidden from the head"})
    jitter: float = dataclasses.field(default=0.0, metadata={"help": "deviation of the input's places, model units"})
    jitter_share: float = dataclasses.field(default=1.0, metadata={"help": "share of the rows that are jittered"})
    precision: str = dataclasses.field(
        default="float32", metadata={"help": "of the LSTM in training: float32 or bfloat16", "choices": PRECISIONS}
    )
    scale: float = dataclasses.field(default=0.1, metadata={"help": "size, largest change, a logarithm"})
    slant: float = dataclasses.field(default=0.15, metadata={"help": "slant, largest change, dx per dy"})
    rotation: float = dataclasses.field(default=0.02, metadata={"help": "rotation, largest, radians"})
    stretch: float = dataclasses.field(default=0.06, metadata={"help": "width against height, largest, a logarithm"})
    grid: float = dataclasses.field(default=1 / 800, metadata={"help": "width of the offsets' noise, x-heights"})
    validation_every: float = dataclasses.field(default=5e7, metadata={"help": "points between validations"})
    report_every: float = dataclasses.field(default=2e6, metadata={"help": "points between progress reports"})
    patience: int = dataclasses.field(
        default=0, metadata={"help": "validations without a gain before stopping; 0: never"}
    )

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
        """The part of the recipe that changes ink."""
        return Augmentation(self.scale, self.slant, self.rotation, self.stretch, self.grid)

    @property
    def noise(self) -> Noise:
        """The part of the recipe that disturbs the network."""
        return Noise(self.drop_connect, self.weight_noise, self.dropout, self.jitter, self.jitter_share)

    def rate(self, seen: float) -> float:
        """The learning rate once `seen` points have been trained on: a linear rise, then a half cosine to 0."""
        progress = min(seen / self.points, 1.0)
        if progress < self.warm_up:
            return self.learning_rate * max(progress / self.warm_up, 0.01)
        place = (progress - self.warm_up) / (1 - self.warm_up)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * place))

    def check_resumable(self, old: Recipe) -> None:
        """Raises RecipeError if a run of the recipe `old` cannot go on under this one."""
        changed = [
            name
            for name, value in dataclasses.asdict(old).items()
            if getattr(self, name) != value and name not in CHANGEABLE
        ]
        if changed:
            raise RecipeError(f"the run was begun with other settings of {', '.join(changed)}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An option for every setting."""
    for field in dataclasses.fields(Recipe):
        option, text = "--" + field.name.replace("_", "-"), f"{field.metadata['help']} (default {field.default})"
        if isinstance(field.default, tuple):
            parser.add_argument(option, type=float, nargs="*", default=field.default, help=text)
        else:
            choices = field.metadata.get("choices")
            parser.add_argument(option, type=type(field.default), default=field.default, help=text, choices=choices)


def from_arguments(arguments: argparse.Namespace) -> Recipe:
    """The recipe that the parsed options ask for."""
    values = {field.name: getattr(arguments, field.name) for field in dataclasses.fields(Recipe)}
    return from_dict(values)


def from_dict(values: dict) -> Recipe:
    """A recipe from a log or a checkpoint; lists come back as tuples. Raises RecipeError on an unknown setting."""
    try:
        return Recipe(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
    except TypeError as error:
        raise RecipeError(f"not a recipe: {error}") from error
