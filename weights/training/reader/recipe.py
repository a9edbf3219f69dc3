"""Every setting of a run of a reader, as one record: also its shape, so that one command trains different readers."""

from __future__ import annotations

from dataclasses import dataclass

from weights.training.text.row_recipe import RowRecipe, setting


@dataclass(frozen=True)
class ReaderRecipe(RowRecipe):
    """The settings; their meaning is the `help` text, which the command line shows too.

    Ink is changed more than for a network that writes: a reader also meets hands whose x-height was estimated wrong
    and whose lines are not level.
    """

    points: float = setting(3e8, "length of the schedule in training points; the earlier of the two ends the run")
    learning_rate: float = setting(2e-3, "Adam's, at its highest")
    clip: float = setting(5.0, "largest norm of the gradient")
    scale: float = setting(0.2, "size, largest change, a logarithm")
    slant: float = setting(0.3, "slant, largest change, dx per dy")
    rotation: float = setting(0.05, "rotation, largest, radians")
    stretch: float = setting(0.15, "width against height, largest, a logarithm")
    validation_rows: int = setting(256, "rows of held-out writers in a validation")
    cells: int = setting(96, "cells of a layer in each direction")
    layers: int = setting(3, "layers")
    frame: int = setting(3, "points that are read together")
    dropout: float = setting(0.2, "share of a layer's outputs that are dropped in training")

    def __post_init__(self):
        super().__post_init__()
        self.check(("cells", "layers", "frame"), ("dropout",))
