"""Character error: the characters to put in, leave out or replace to make what was read what was written."""

from __future__ import annotations

from collections.abc import Iterable

from ductus.analysis.ctc import edit_distance


def character_error(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the edit distances of (written, read) over the number of characters written."""
    errors = characters = 0
    for written, read in pairs:
        errors += edit_distance(written, read)
        characters += len(written)
    return errors / max(1, characters)
