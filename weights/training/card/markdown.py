"""Numbers and tables as Markdown, for the model card."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 110


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; every column but the first is aligned to the right."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: float, digits: int = 3) -> str:
    """Return the value with this many decimals and a true minus sign."""
    text = f"{value:,.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text.replace(",", "")) else text.lstrip("-")


def interval(estimate: dict[str, float], digits: int = 3) -> str:
    """Return "value (low to high)"."""
    value, low, high = (number(estimate[key], digits) for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def percent(share: float, digits: int = 1) -> str:
    """Return a share in per cent."""
    return f"{number(100 * share, digits)} %"


def paragraphs(text: str) -> str:
    """Return running text, its paragraphs separated by empty lines, wrapped again at WIDTH."""
    parts = (" ".join(part.split()) for part in text.split("\n\n"))
    return "\n\n".join(textwrap.fill(part, WIDTH, break_long_words=False, break_on_hyphens=False) for part in parts)
