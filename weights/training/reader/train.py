"""Trains a reader: `python -m weights.training.reader.train --folder DIR --units FILE.npz`.

Run from the repository's root; `text.row_run` says what happens in DIR. A second reader of another shape is another
folder and other settings: `--seed 2 --layers 2 --cells 120 --frame 4`.
"""

from __future__ import annotations

import argparse
import sys

from weights.training.reader.recipe import ReaderRecipe
from weights.training.reader.trainer import ReaderTrainer, validate
from weights.training.text import row_run


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line on bad settings or bad ink."""
    return row_run.main(argv, __doc__ or "", ReaderRecipe, lambda _: None, _begin)


def _begin(arguments: argparse.Namespace, recipe, ink: row_run.Ink) -> row_run.Run:
    trainer = ReaderTrainer(recipe, ink.parts["train"])
    return row_run.Run(arguments.folder, trainer, ink, lambda: validate(trainer.average, recipe, ink.held_out), {})


if __name__ == "__main__":
    sys.exit(main())
