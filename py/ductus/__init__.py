"""Ductus: a handwriting network in numpy, for the command line and the browser.

    from ductus import Model, load_weights, to_points
    from ductus.resample import resample

    model = Model(load_weights("weights/ductus-500.jb64.gz"))

The names below are imported when they are first used, so that the browser loads only the modules it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ductus.ink import InkError, to_points, to_strokes
    from ductus.model import Model
    from ductus.resample import PenClock, StreamingClock
    from ductus.weights.file import load as load_weights
    from ductus.weights.file import save as save_weights
    from ductus.weights.weights import Weights, WeightsError

__version__ = "0.2.0"
__all__ = [
    "InkError",
    "Model",
    "PenClock",
    "StreamingClock",
    "Weights",
    "WeightsError",
    "load_weights",
    "save_weights",
    "to_points",
    "to_strokes",
]

# name -> its module and its name there
_PLACES = {name: ("ductus.ink", name) for name in ("InkError", "to_points", "to_strokes")}
_PLACES |= {name: ("ductus.resample", name) for name in ("PenClock", "StreamingClock")}
_PLACES |= {name: ("ductus.weights.weights", name) for name in ("Weights", "WeightsError")}
_PLACES |= {f"{name}_weights": ("ductus.weights.file", name) for name in ("load", "save")}
_PLACES["Model"] = ("ductus.model", "Model")


def __getattr__(name: str):
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, there = _PLACES[name]
    return getattr(import_module(module), there)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
