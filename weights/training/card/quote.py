"""Write measured numbers into the page: `python -m weights.training.card.quote [weights/evaluation.json]`.

Paths that begin with inside/ or memory/ are those of the other two files.

A number in `index.html` about the network is a span that names its source, so that no such number is typed in:
`<span data-measured="likelihood/gain_over_marginal/value" data-form=".1f">5.2</span>`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from weights.training.card.template import TemplateError, lookup

PAGE, EVALUATION = Path("index.html"), Path("weights/evaluation.json")
# Files beside the evaluation, by the first part of the paths into them.
OTHERS = {"inside": "inside.json", "memory": "memory.json"}
_SPAN = re.compile(r'(<span data-measured="([^"]+)" data-form="([^"]+)">)[^<]*(?=</span>)')


def main(argv: list[str] | None = None) -> int:
    """Run the command; exit code 2 and one line if the page quotes a number that was not measured."""
    parser = argparse.ArgumentParser(
        prog="python -m weights.training.card.quote", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("evaluation", type=Path, nargs="?", default=EVALUATION)
    parser.add_argument("--page", type=Path, default=PAGE)
    arguments = parser.parse_args(argv)
    try:
        text = arguments.page.read_text()
        arguments.page.write_text(quoted(text, measured(arguments.evaluation)))
    except (OSError, ValueError) as error:
        print(f"quote: {error}", file=sys.stderr)
        return 2
    return 0


def measured(path: Path) -> dict:
    """Return the numbers of an evaluation's file and of the OTHERS beside it. Raises OSError, ValueError."""
    others = {name: path.with_name(file) for name, file in OTHERS.items()}
    found = {name: json.loads(file.read_text()) for name, file in others.items() if file.exists()}
    return json.loads(path.read_text()) | found


def quoted(text: str, evaluation: dict) -> str:
    """Return the page with every quoted number as measured. Raises TemplateError for one that was not measured."""
    return _SPAN.sub(lambda found: found[1] + _form(_measured(evaluation, found[2]), found[3]), text)


def _measured(evaluation: dict, path: str) -> float:
    value = lookup(evaluation, path)
    if not isinstance(value, (int, float)):
        raise TemplateError(f"{path} is not a number")
    return value


def _form(value: float, form: str) -> str:
    return format(value, form).replace("-", "\N{MINUS SIGN}")


if __name__ == "__main__":
    sys.exit(main())
