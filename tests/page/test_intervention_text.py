"""Interventions as the page writes and checks them mean the same to the library."""

import pytest

from ductus import intervention
from ductus.intervention import Intervention
from page import intervention_text as text
from page import settings


@pytest.mark.parametrize("action", text.ACTIONS)
@pytest.mark.parametrize("start", [0, 17])
def test_what_the_page_writes_the_library_reads(action, start):
    cells = [40, 3, 41, 42, 7]
    one = text.render(cells, action, "-1.5", start)
    value = -1.5 if action == "clamp" else 0.0
    assert intervention.parse(one, 500) == (Intervention((3, 7, 40, 41, 42), action, value, start),)
    assert text.check(one) == one
    assert text.parse(one) == ([(3, 3), (7, 7), (40, 42)], action, value if action == "clamp" else None, start)


def test_several_are_taken_apart_and_put_together():
    parts = ["1:silence", "4-9:clamp=2@8", "3:flip"]
    assert text.split(text.join(parts)) == parts
    assert text.split(text.join([])) == []
    assert text.describe(parts[0]) == "cell 1 silenced"
    assert text.describe(parts[1]) == "cells 4 to 9 clamped to 2 from point 9"
    assert text.describe("1,3:freeze@4") == "2 cells frozen from point 5"
    with pytest.raises(ValueError, match="at most 12"):
        text.join(parts * 5)


WRONG = [
    "",
    "x",
    "1",
    "1:",
    "1:explode",
    ":silence",
    "1:silence=2",
    "1:clamp",
    "1:clamp=nan",
    "1:clamp=1e9",
    "5-2:flip",
]
WRONG += ["-1:flip", "1:flip@", "1:flip@-1", "1:flip@x", "1;2", "1:flip;;", "9999999:flip", "1:flip " * 400]


@pytest.mark.parametrize("wrong", WRONG)
def test_anything_else_is_refused(wrong):
    (setting,) = [one for one in settings.SETTINGS if one.name == "interventions"]
    with pytest.raises(ValueError, match=r"\w"):
        setting.read(wrong)
