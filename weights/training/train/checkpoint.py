"""Checkpoints: a folder of plain arrays and one JSON file, either complete or absent.

Arrays are `.npz` (no pickle), one file for the weights, one for their average, one for the best average so far, and
two for Adam's moments; each has 4.3 MB for the 500-unit network. The names of files, arrays and keys must not change:
a training of hours may be interrupted before a change of the code and resumed after it.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import torch

_NAME = re.compile(r"checkpoint-(\d+)")
Arrays = dict[str, torch.Tensor]


class CheckpointError(ValueError):
    """A checkpoint that cannot be read; the message names it."""


def save(folder: Path, step: int, state: dict, groups: dict[str, Arrays]) -> Path:
    """Write folder/checkpoint-<step>, then remove older ones; a crash at any moment leaves a complete one.

    state is plain JSON; groups: file name -> array name -> tensor. Raises OSError.
    """
    target, partial = folder / f"checkpoint-{step}", folder / f"part-{step}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for group, arrays in groups.items():
        np.savez(partial / f"{group}.npz", **{name: array.detach().cpu().numpy() for name, array in arrays.items()})
    (partial / "state.json").write_text(json.dumps({**state, "groups": sorted(groups)}, indent=1) + "\n")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    for other in folder.glob("checkpoint-*"):
        if other != target and (match := _NAME.fullmatch(other.name)) and int(match[1]) < step:
            shutil.rmtree(other)
    return target


def latest(folder: Path) -> Path | None:
    """Return the newest complete checkpoint in a run's folder, or None."""
    found = [path for path in folder.glob("checkpoint-*") if _NAME.fullmatch(path.name)]
    return max(found, key=lambda path: int(_NAME.fullmatch(path.name)[1]), default=None)


def load(path: Path) -> tuple[dict, dict[str, Arrays]]:
    """Return the state and the groups that `save` got, on the CPU. Raises CheckpointError, OSError."""
    try:
        state = json.loads((path / "state.json").read_text())
        groups = {}
        for group in state.pop("groups"):
            with np.load(path / f"{group}.npz") as file:
                groups[group] = {name: torch.from_numpy(file[name]) for name in file.files}
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path}: not a checkpoint ({error})") from error
    return state, groups
