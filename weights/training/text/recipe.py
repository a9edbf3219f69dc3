"""Every setting of a run of the text network, as one record."""

from __future__ import annotations

from dataclasses import dataclass

from ductus.ink import UNITS_PER_X_HEIGHT
from weights.training.text.row_recipe import RowRecipe, setting


@dataclass(frozen=True)
class TextRecipe(RowRecipe):
    """The settings; their meaning is the `help` text, which the command line shows too."""

    units_per_x_height: float = setting(UNITS_PER_X_HEIGHT, "the model unit")
    jitter: float = setting(0.03, "deviation of the input's places, model units")
    jitter_share: float = setting(0.3, "share of the rows that are jittered")

    def __post_init__(self):
        super().__post_init__()
        self.check(("units_per_x_height",), ("jitter_share",))
