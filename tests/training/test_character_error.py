"""The edit distance of two texts, and the share of characters that are misread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus.analysis.ctc import edit_distance
from weights.training.reader.character_error import character_error


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        ("saturday", "sunday", 3),
        ("abc", "abc", 0),
        ("ab", "ba", 2),
    ],
)
def test_known_distances(one, other, distance):
    assert edit_distance(one, other) == edit_distance(other, one) == distance


@given(st.text("ab", max_size=6), st.text("ab", max_size=6), st.text("ab", max_size=6))
def test_it_is_a_distance(a, b, c):
    def by_definition(s, t):
        if not s or not t:
            return len(s) + len(t)
        replaced = by_definition(s[1:], t[1:]) + (s[0] != t[0])
        return min(by_definition(s[1:], t) + 1, by_definition(s, t[1:]) + 1, replaced)

    assert edit_distance(a, b) == by_definition(a, b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


def test_errors_count_by_characters_not_by_texts():
    assert character_error([("abcdefghi", "abcdefghi"), ("a", "b")]) == pytest.approx(0.1)
    assert character_error([("ab", "abcd")]) == 1.0 and character_error([]) == 0.0
