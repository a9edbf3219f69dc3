"""The storage format of ink and settings, against any other content of a browser's storage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from page.settings import Choice, Number, Switch
from tests.support.visits import Place, Visit, renewed, storage_modules


@pytest.fixture(scope="module")
def modules():
    with storage_modules() as modules:
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
        (GOOD.replace("3", ""), "something other than numbers"),
        (GOOD.replace("3", "nan"), "out of bounds"),
        (GOOD.replace("3", "-inf"), "out of bounds"),
        (GOOD.replace("3", "1e9"), "out of bounds"),
        (GOOD.replace("0.5 0.5", "0.5 0"), "a width is out of bounds"),
        (GOOD + "\n\n", "something other than numbers"),
        (GOOD + " " * 600_000, "longer than"),
    ],
)
def test_faults_of_ink_are_named(modules, text, complaint):
    with pytest.raises(modules.format.StorageError, match=complaint):
        modules.format.parse(text)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["steps"], "line 2: not a name and a value"),
        (["steps 20", "steps  30"], "line 3: not a name"),
        (["", "steps 20"], "line 2: not a name"),
        (["steps 20", "steps 30"], "line 3: steps is there twice"),
        (["steps 4"], "line 2: '4' is not a value of steps"),
        (["steps 20.5"], "not a value of steps"),
        (["temperature nan"], "not a value of temperature"),
        (["line both"], "'both' is not a value of line"),
        (["playing 2"], "'2' is not a value of playing"),
        ([f"a{i} 0" for i in range(201)], "more than 200 settings"),
        (["a" * 20_000 + " 1"], "longer than"),
    ],
)
def test_faults_of_settings_are_named(modules, lines, complaint):
    with pytest.raises(modules.format.StorageError, match=complaint):
        modules.format.parse_settings("\n".join(["ductus settings 1", *lines]), readers(modules.format))


def readers(storage_format):
    return {
        "steps": Number("steps", 5, 200, 20).read,
        "temperature": Number("temperature", 0.1, 1.5, 0.5, decimals=2).read,
        "line": Choice("line", "ink", "model").read,
        "playing": Switch("playing").read,
    }


@given(st.integers(5, 200), st.floats(0.1, 1.5), st.sampled_from(["ink", "model"]), st.booleans())
def test_settings_come_back_as_they_were_and_unknown_names_are_left_out(modules, steps, temperature, line, playing):
    values = {"steps": steps, "temperature": temperature, "line": line, "playing": playing}
    text = modules.format.render_settings(values | {"of-a-later-figure": 7})
    assert modules.format.parse_settings(text, readers(modules.format)) == values


noise = st.text(max_size=80)
names = st.sampled_from(["steps", "temperature", "line", "playing", "other", ""])
setting = st.tuples(names, st.sampled_from(["", " ", "\t"]), st.text("0123456789.eE-+ inkmodel", max_size=9))


@given(noise | st.text("0123456789.eE-+ \n_naif", max_size=80).map(lambda text: "ductus ink 1\n" + text))
def test_noise_is_ink_or_an_error_and_an_empty_sheet(modules, text):
    renewed(modules)
    modules.storage.places["ductus /ductus/"] = Place({"ink continuation": text})
    try:
        parsed = modules.format.parse(text)
    except modules.format.StorageError:
        visit = Visit(modules)
        assert visit.ink() == [] and visit.place == {"backup ink continuation": text}
    else:
        assert modules.format.render(parsed) == text


@given(
    noise | st.lists(setting, max_size=6).map(lambda lines: "\n".join(["ductus settings 1", *map("".join, lines)]))
)
def test_noise_is_settings_or_an_error_and_the_first_ones(modules, text):
    known = readers(modules.format)
    try:
        values = modules.format.parse_settings(text, known)
    except modules.format.StorageError:
        return
    assert set(values) <= set(known)
    assert modules.format.parse_settings(modules.format.render_settings(values), known) == values
