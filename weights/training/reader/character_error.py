"""Character error: the characters to put in, leave out or replace to make what was read what was written."""

from __future__ import annotations

from collections.abc import Iterable


def edit_distance(one: str, other: str) -> int:
    """Return the least number of insertions, deletions and replacements between two texts (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        corner, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (a != b))
    return row[-1]


def character_error(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the edit distances of (written, read) over the number of characters written."""
    errors = characters = 0
    for written, read in pairs:
        errors += edit_distance(written, read)
        characters += len(written)
    return errors / max(1, characters)
