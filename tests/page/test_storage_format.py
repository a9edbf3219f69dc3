"""The formats in which ink and settings are kept, against what a browser might hold instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.visits import Place, Visit, renewed, store_modules


@pytest.fixture(scope="module")
def modules():
    with store_modules() as modules:
        yield modules


GOOD = "ductus ink 1\n1 2 3 4\n0.5 0.5"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "another format"),
        ("[]", "another format"),
        (GOOD.replace("ink 1", "ink 2"), "later version"),
        (GOOD.replace("ink 1", "ink 0"), "another format"),
        (GOOD.replace("ink 1", "ink " + "9" * 5000), "another format"),
        (GOOD + "\n1 2", "no widths"),
        (GOOD.replace("0.5 0.5", "0.5"), "stroke 0: 4 coordinates and 1 widths"),
        (GOOD.replace("3", ""), "not all of it are numbers"),
        (GOOD.replace("3", "nan"), "out of bounds"),
        (GOOD.replace("3", "-inf"), "out of bounds"),
        (GOOD.replace("3", "1e9"), "out of bounds"),
        (GOOD.replace("0.5 0.5", "0.5 0"), "no width"),
        (GOOD + "\n\n", "not all of it are numbers"),
        (GOOD + " " * 600_000, "longer than"),
    ],
)
def test_faults_of_ink_are_named(modules, text, complaint):
    with pytest.raises(modules.kept.StoreError, match=complaint):
        modules.kept.parse(text)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["steps"], "line 2: not a name and a value"),
        (["steps 20", "steps  30"], "line 3: not a name"),
        (["", "steps 20"], "line 2: not a name"),
        (["steps 20", "steps 30"], "line 3: steps is there twice"),
        (["steps 4"], "line 2: '4' is no value of steps"),
        (["steps 20.5"], "no value of steps"),
        (["temperature nan"], "no value of temperature"),
        (["line both"], "'both' is no value of line"),
        (["playing 2"], "'2' is no value of playing"),
        ([f"a{i} 0" for i in range(201)], "more than 200 settings"),
        (["a" * 20_000 + " 1"], "longer than"),
    ],
)
def test_faults_of_settings_are_named(modules, lines, complaint):
    with pytest.raises(modules.kept.StoreError, match=complaint):
        modules.kept.parse_settings("\n".join(["ductus settings 1", *lines]), readers(modules.kept))


def readers(kept):
    return {
        "steps": kept.number(int, 5, 200),
        "temperature": kept.number(float, 0.1, 1.5),
        "line": kept.one_of(["ink", "model"]),
        "playing": kept.truth,
    }


@given(st.integers(5, 200), st.floats(0.1, 1.5), st.sampled_from(["ink", "model"]), st.booleans())
def test_settings_come_back_as_they_were_and_strangers_are_left_out(modules, steps, temperature, line, playing):
    values = {"steps": steps, "temperature": temperature, "line": line, "playing": playing}
    text = modules.kept.render_settings(values | {"of-a-later-figure": 7})
    assert modules.kept.parse_settings(text, readers(modules.kept)) == values


noise = st.text(max_size=80)
names = st.sampled_from(["steps", "temperature", "line", "playing", "other", ""])
setting = st.tuples(names, st.sampled_from(["", " ", "\t"]), st.text("0123456789.eE-+ inkmodel", max_size=9))


@given(noise | st.text("0123456789.eE-+ \n_naif", max_size=80).map(lambda text: "ductus ink 1\n" + text))
def test_noise_is_ink_or_an_error_and_an_empty_sheet(modules, text):
    renewed(modules)
    modules.keep.places["ductus /ductus/"] = Place({"ink continuation": text})
    try:
        parsed = modules.kept.parse(text)
    except modules.kept.StoreError:
        visit = Visit(modules)
        assert visit.ink() == [] and visit.place == {"aside ink continuation": text}
    else:
        assert modules.kept.render(parsed) == text


@given(
    noise | st.lists(setting, max_size=6).map(lambda lines: "\n".join(["ductus settings 1", *map("".join, lines)]))
)
def test_noise_is_settings_or_an_error_and_those_of_the_beginning(modules, text):
    known = readers(modules.kept)
    try:
        values = modules.kept.parse_settings(text, known)
    except modules.kept.StoreError:
        return
    assert set(values) <= set(known)
    assert modules.kept.parse_settings(modules.kept.render_settings(values), known) == values
