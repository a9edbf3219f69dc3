"""The characters that the text network can write, and how any text is brought to them.

What has a usual transliteration gets it: typographic quotes and dashes, accented letters to their base letter. For
anything else there is a TextError that names the character.
"""

from __future__ import annotations

import unicodedata

import numpy as np

from ductus.weights.kinds import ALPHABET

END = 0  # the code of the mark after the last character; the characters' codes follow it
SYMBOLS = 1 + len(ALPHABET)
CODES = {character: code for code, character in enumerate(ALPHABET, 1)}
MAX_LENGTH = 400  # characters

_SPACES = "\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_USUAL = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
    **dict.fromkeys("\u2039\u203a", "'"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u00d7\u2022\u00b7", "*"),
    "\u00f7": "/", "\u2044": "/", "\u00a1": "!", "\u00bf": "?", "\u2026": "...",
    "\u00df": "ss", "\u1e9e": "SS", "\u00e6": "ae", "\u00c6": "AE", "\u0153": "oe", "\u0152": "OE",
    "\u00f8": "o", "\u00d8": "O", "\u0142": "l", "\u0141": "L", "\u0111": "d", "\u0110": "D", "\u0131": "i",
    "\u0127": "h", "\u0126": "H", "\u00f0": "d", "\u00d0": "D", "\u00fe": "th", "\u00de": "Th",
}  # fmt: skip


class TextError(ValueError):
    """A text that cannot be written; the message says why.

    Attributes: character, the one at fault, and place, where in the text it stands, from 0; None if there is none.
    """

    def __init__(self, message: str, character: str | None = None, place: int | None = None):
        super().__init__(message)
        self.character, self.place = character, place


def transliterate(text: str) -> str:
    """Return the text in the alphabet; runs of space become one, and space at the beginning goes.

    The result for a longer text begins with that for a shorter one, unless that ended inside a character with its
    accents. Raises TextError for a character that has no usual counterpart, and for more than MAX_LENGTH characters.
    """
    if len(text) > 4 * MAX_LENGTH:  # before any work is done on a million
        raise TextError(f"the text has {len(text):,} characters; at most {MAX_LENGTH} can be written")
    written: list[str] = []
    for place, character in enumerate(text):
        for one in _counterpart(character, place):
            if one != " " or (written and written[-1] != " "):
                written.append(one)
    if len(written) > MAX_LENGTH:
        raise TextError(f"the text has {len(written):,} characters; at most {MAX_LENGTH} can be written")
    return "".join(written)


def changes(text: str) -> dict[str, str]:
    """Return which characters of the text are replaced by which, except space: for a notice to the reader."""
    found = {one: _counterpart(one, place) for place, one in enumerate(text) if one not in CODES}
    return {one: by for one, by in found.items() if by not in ("", " ")}


def encode(text: str, before: int, after: int) -> np.ndarray:
    """Return the codes int64 of a text in the alphabet, then END, with `before` and `after` codes SYMBOLS around it.

    SYMBOLS, one more than any code, says that there is nothing. Raises TextError for a character without a code.
    """
    codes = np.full(before + len(text) + 1 + after, SYMBOLS, np.int64)
    for place, character in enumerate(text):
        if character not in CODES:
            raise _unknown(character, place)
        codes[before + place] = CODES[character]
    codes[before + len(text)] = END
    return codes


def _counterpart(character: str, place: int) -> str:
    """Return what is written for one character: one or more of the alphabet, or nothing for an accent alone."""
    if character in CODES:
        return character
    if character in _SPACES or unicodedata.category(character) == "Zs":
        return " "
    if character in _USUAL:
        return _USUAL[character]
    if unicodedata.category(character) in ("Mn", "Me"):
        return ""
    parts = unicodedata.normalize("NFKD", character)
    if parts == character:
        raise _unknown(character, place)
    try:
        return "".join(_counterpart(part, place) for part in parts)
    except TextError:
        raise _unknown(character, place) from None


def _unknown(character: str, place: int) -> TextError:
    """Return the error that names a character which cannot be written."""
    name = unicodedata.name(character, "no name")
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cs", "Co", "Cn"):
        what, why = "the control character", "it cannot be written"
        if category not in ("Cc", "Cf"):
            what = "a code that is no character,"
        return TextError(f"{what} U+{ord(character):04X} stands at place {place + 1}: {why}", character, place)
    if unicodedata.bidirectional(character) in ("R", "AL", "AN"):
        why = "it is of a script that runs from right to left, which the network has not learnt"
    else:
        why = "the network has learnt letters from A to Z, digits, space and " + " ".join(ALPHABET[63:])
    return TextError(f"{character!r} ({name}) stands at place {place + 1}: {why}", character, place)
