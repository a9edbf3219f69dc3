"""Fill a Markdown template with measured numbers, so that no number in the card or on the page is typed in.

A placeholder is `{path}` or `{path|form}`: the path leads through dicts and lists ("likelihood/by_line/lines"), the
form says how the value is written:

    {path}          as text                     {path|3}            3 decimals, true minus sign
    {path|,}        thousands separated         {path|percent 0}    a share in per cent, 0 decimals (1 if none given)
    {path|g}        shortest                    {path|interval 4}   value (low to high), 4 decimals (3 if none given)
"""

from __future__ import annotations

import re

from weights.training.card.markdown import interval, number, paragraphs, percent

_BLOCK = re.compile(r"```.*?^```|\S.*?(?=\n\n|\Z)", re.DOTALL | re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{([\w/.]+)(?:\|([\w ,]+))?\}")
_NOT_PROSE = ("#", "```", "|", "<")  # starts of blocks whose lines stay as they are


class TemplateError(ValueError):
    """A placeholder with no value, or with a form that its value does not have."""


def fill(template: str, values: dict) -> str:
    """Return the template with its placeholders replaced and its prose wrapped.

    A block (a paragraph, table, heading or code fence) with a placeholder whose value is None is left out, and so is
    a heading with nothing under it. Raises TemplateError.
    """
    blocks: list[str] = []
    for block in _BLOCK.findall(template):
        found = {match[0]: lookup(values, match[1]) for match in _PLACEHOLDER.finditer(block)}
        if None in found.values():
            continue
        filled = _PLACEHOLDER.sub(lambda match, found=found: _written(found[match[0]], match[2], match[1]), block)
        if _is_heading(filled) and blocks and _is_heading(blocks[-1]) and _level(blocks[-1]) >= _level(filled):
            blocks.pop()
        blocks.append(filled if filled.startswith(_NOT_PROSE) else paragraphs(filled))
    return "\n\n".join(blocks) + "\n"


def lookup(values: dict, path: str):
    """Return the value at a path of keys and list indices; None from a None on the way. Raises TemplateError."""
    value = values
    for key in path.split("/"):
        if value is None:
            return None
        try:
            value = value[int(key)] if isinstance(value, list | tuple) else value[key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise TemplateError(f"{path} was not measured") from None
    return value


def _written(value, form: str | None, path: str) -> str:
    name, _, digits = (form or "").partition(" ")
    try:
        if name.isdecimal():
            return number(value, int(name))
        match name:
            case "":
                return str(value)
            case "," | "g":
                return format(value, name)
            case "percent":
                return percent(value, int(digits or 1))
            case "interval":
                return interval(value, int(digits or 3))
    except (TypeError, KeyError, ValueError) as error:
        raise TemplateError(f"{path} is not of the form {form}") from error
    raise TemplateError(f"{path}: there is no form {form}")


def _is_heading(block: str) -> bool:
    return block.startswith("#")


def _level(heading: str) -> int:
    return len(heading) - len(heading.lstrip("#"))
