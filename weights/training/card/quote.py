"""Writes what was measured into the page's text: `python -m weights.training.quote [weights/evaluation.json]`.

A number in `index.html` that says something of the network stands in a span that names where it comes from:
`<span data-measured="likelihood/gain_over_marginal/value" data-form=".1f">5.2</span>`. So no such number is typed in.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

PAGE, EVALUATION = Path("index.html"), Path("weights/evaluation.json")
_SPAN = re.compile(r'(<span data-measured="([^"]+)" data-form="([^"]+)">)[^<]*(?=</span>)')


class QuoteError(ValueError):
    """A quotation of something that was not measured."""


def main(argv: list[str] | None = None) -> int:
    """Runs the command; exit code 2 and one line if the page quotes what was not measured."""
    parser = argparse.ArgumentParser(prog="python -m weights.training.quote", description=__doc__.split("\n")[0])
    parser.add_argument("evaluation", type=Path, nargs="?", default=EVALUATION)
    parser.add_argument("--page", type=Path, default=PAGE)
    arguments = parser.parse_args(argv)
    try:
        text = arguments.page.read_text()
        arguments.page.write_text(quoted(text, json.loads(arguments.evaluation.read_text())))
    except (OSError, ValueError) as error:
        print(f"quote: {error}", file=sys.stderr)
        return 2
    return 0


def quoted(text: str, evaluation: dict) -> str:
    """The page's text with every quotation as measured. Raises QuoteError for one that is not in the evaluation."""
    return _SPAN.sub(lambda found: found[1] + _form(_measured(evaluation, found[2]), found[3]), text)


def _measured(evaluation: dict, path: str) -> float:
    """The number at a path of keys, "a/b/c", and of indices into lists."""
    value = evaluation
    for key in path.split("/"):
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise QuoteError(f"{path} was not measured") from None
    if not isinstance(value, (int, float)):
        raise QuoteError(f"{path} is no number")
    return value


def _form(value: float, form: str) -> str:
    return format(value, form).replace("-", "\N{MINUS SIGN}")


if __name__ == "__main__":
    sys.exit(main())
