"""What the text network can write, what becomes of the rest, and what is said of what cannot be written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ductus import alphabet
from ductus.alphabet import ALPHABET, MAX_LENGTH, TextError, changes, encode, transliterate


def test_the_alphabet_is_the_one_asked_for():
    letters = "abcdefghijklmnopqrstuvwxyz"
    asked = set(letters + letters.upper() + "0123456789 .,;:!?'\"-()/&%$#@+*=")
    assert set(ALPHABET) == asked and len(ALPHABET) == len(asked) == 83


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\u201cDon\u2019t\u201d \u2013 he said\u2026", '"Don\'t" - he said...'),
        ("«déjà vu» façade", '"deja vu" facade'),
        ("Zürich, Łódź, Åse Ørsted", "Zurich, Lodz, Ase Orsted"),
        ("Straße ﬁne Æther", "Strasse fine AEther"),
        ("e\u0301t\u0065\u0301", "ete"),
        ("a\u00a0b\n\n c\td", "a b c d"),
        ("  leading, trailing  ", "leading, trailing "),
        ("\uff11\uff12 ½ ²", "12 1/2 2"),
        (ALPHABET.strip(), ALPHABET.strip()),
    ],
)
def test_usual_transliterations(text, written):
    assert transliterate(text) == written


def test_changes_name_what_is_written_otherwise():
    assert changes("naïve \u2013 yes\u00a0") == {"ï": "i", "\u2013": "-"}
    assert changes(ALPHABET) == {}


@pytest.mark.parametrize(
    ("text", "character", "place", "said"),
    [
        ("3 € each", "€", 2, "EURO SIGN"),
        ("pen ✒", "✒", 4, "BLACK NIB"),
        ("bell\x07", "\x07", 4, "control character U+0007"),
        ("a\u202eb", "\u202e", 1, "control character U+202E"),
        ("שלום", "ש", 0, "right to left"),
        ("مرحبا", "م", 0, "right to left"),
        ("Привет", "П", 0, "CYRILLIC"),
        ("x\ud800", "\ud800", 1, "no character, U+D800"),
        ("ab_c", "_", 2, "LOW LINE"),
    ],
)
def test_what_cannot_be_written_is_named(text, character, place, said):
    with pytest.raises(TextError, match=f"place {place + 1}") as caught:
        transliterate(text)
    assert (caught.value.character, caught.value.place) == (character, place)
    assert said in str(caught.value) and len(str(caught.value)) < 220


def test_length_is_bounded_at_once():
    assert len(transliterate("a" * MAX_LENGTH)) == MAX_LENGTH
    assert len(transliterate("a" + " " * 900 + "b")) == 3
    for text in ("a" * (MAX_LENGTH + 1), "a" * 10**6, " " * 10**6, "\u2026" * 200):
        with pytest.raises(TextError, match=f"at most {MAX_LENGTH}"):
            transliterate(text)


@given(st.text(st.sampled_from(ALPHABET + "éß\u2026\u2013\u00a0\n"), max_size=60), st.integers(0, 60))
def test_a_longer_text_begins_with_what_a_shorter_one_gave(text, cut):
    assert transliterate(text).startswith(transliterate(text[:cut]))


@given(st.text(max_size=30))
def test_any_text_is_written_in_the_alphabet_or_refused(text):
    try:
        written = transliterate(text)
    except TextError as error:
        assert error.character in text
    else:
        assert set(written) <= set(ALPHABET) and "  " not in written


def test_codes():
    nothing = alphabet.SYMBOLS
    assert encode("a b", 2, 1).tolist() == [nothing, nothing, 2, 1, 3, alphabet.END, nothing]
    assert sorted(encode(ALPHABET, 0, 0)) == list(range(nothing))
    with pytest.raises(TextError, match="EURO"):
        encode("€", 0, 0)
    assert encode("", 0, 0).tolist() == [alphabet.END] and encode("", 0, 0).dtype == np.int64
