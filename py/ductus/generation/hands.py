"""Hands: ink, and what it says, for a text network to write on in that hand (`generation.text.Primer`).

A file of hands is the same for every network, because it holds ink in x-heights, after the pen clock:

    {"format": "ductus hands 1", "hands": [{"name": "upright", "says": "words", "points": [[dx, dy, lift], ...]}]}

Other keys are ignored. The file is untrusted input.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np

from ductus.alphabet import TextError, transliterate
from ductus.generation.styles import MAX_BYTES, MAX_DEPTH, MAX_NAME, MAX_POINTS, points_of
from ductus.ink import InkError
from ductus.safe_json import json_depth

FORMAT = "ductus hands 1"
MAX_HANDS = 50
_DIGITS = 4  # after the point; an x-height is some 40 pixels on the screen


class HandsError(ValueError):
    """An invalid file of hands; the message names the place."""


class Hand(NamedTuple):
    """Ink and what it says: points (N, 3), in x-heights."""

    name: str
    says: str
    points: np.ndarray


def render(hands: list[Hand]) -> str:
    """Return the text of a file of hands. Raises InkError for too much ink, TextError for what ink cannot say."""
    found = []
    for hand in hands:
        if not 0 < len(hand.points) <= MAX_POINTS:
            raise InkError(f"a hand has 1 to {MAX_POINTS:,} points, not {len(hand.points):,}")
        if not (says := transliterate(hand.says).strip()):
            raise TextError("what the ink says must be given")
        rows = [[round(float(dx), _DIGITS), round(float(dy), _DIGITS), int(lift)] for dx, dy, lift in hand.points]
        found.append({"name": hand.name[:MAX_NAME], "says": says, "points": rows})
    return json.dumps({"format": FORMAT, "hands": found}, separators=(",", ":")) + "\n"


def parse(data: bytes) -> list[Hand]:
    """Parse a file of hands. Raises HandsError."""
    if len(data) > MAX_BYTES:
        raise HandsError(f"{len(data):,} bytes are more than {MAX_BYTES:,}")
    if json_depth(data) > MAX_DEPTH:
        raise HandsError(f"it is nested more than {MAX_DEPTH} deep")
    try:
        record = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # bad JSON, bad UTF-8, or a number of too many digits
        raise HandsError(f"not JSON: {error}") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise HandsError(f'its format is not "{FORMAT}"')
    hands = record.get("hands")
    if not isinstance(hands, list) or not 0 < len(hands) <= MAX_HANDS:
        raise HandsError(f'"hands" is not a list of 1 to {MAX_HANDS}')
    return [_hand(hand, f"hand {i}") for i, hand in enumerate(hands)]


def _hand(hand, place: str) -> Hand:
    if not isinstance(hand, dict):
        raise HandsError(f"{place} is not an object")
    name, says = hand.get("name"), hand.get("says")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise HandsError(f"{place}: its name is not a text of 1 to {MAX_NAME} characters")
    if not isinstance(says, str):
        raise HandsError(f"{place}: what it says is not a text")
    try:
        written = transliterate(says).strip()
    except TextError as error:
        raise HandsError(f"{place}: {error}") from None
    if not written:
        raise HandsError(f"{place}: what it says is missing")
    return Hand(name, written, points_of(hand.get("points"), place, HandsError))
