"""Trains the text network: `python -m weights.training.text.train --folder DIR --units FILE.npz`.

Run from the repository's root; `row_run` says what happens in DIR.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ductus.weights import file as weight_file
from weights.training.text import row_run
from weights.training.text.recipe import TextRecipe
from weights.training.text.trainer import TextTrainer, validate


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line on bad settings or bad ink."""

    def options(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--base", type=Path, default=Path("weights/ductus-500.jb64.gz"), help="the plain network")

    return row_run.main(argv, __doc__ or "", TextRecipe, options, _begin)


def _begin(arguments: argparse.Namespace, recipe, ink: row_run.Ink) -> row_run.Run:
    base = weight_file.load(arguments.base)
    trainer = TextTrainer(recipe, ink.parts["train"], base)

    def validation() -> dict[str, float]:
        return validate(trainer.average, ink.held_out, recipe.units_per_x_height)

    return row_run.Run(arguments.folder, trainer, ink, validation, {"base": base.metadata["sha256"]})


if __name__ == "__main__":
    sys.exit(main())
