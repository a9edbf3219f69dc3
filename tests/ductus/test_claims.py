"""Claims that hold over several lines, against the table of each line, made by hand."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr
from sklearn.metrics import roc_auc_score

from ductus import cooperative
from ductus.analysis import claims, probing
from ductus.analysis.claims import ClaimsError
from ductus.model import Model
from tests.support.networks import random_line, random_weights

MODEL = Model(random_weights(6, seed=2))
LINES = [random_line(points, seed=points, spread=0.5) for points in (50, 60, 70)]


@pytest.fixture(scope="module")
def measured():
    return claims.measure(MODEL, LINES)


def test_what_holds_is_the_smallest_effect_in_the_usual_direction(measured):
    """Take r from SciPy and the AUC from scikit-learn, line by line and cell by cell."""
    for name, statistic in (("x", lambda pen, cell: pearsonr(pen, cell)[0]), ("lift_to_come", roc_auc_score)):
        for cell in range(MODEL.units):
            found = []
            for points in LINES:
                pen = probing.quantities(points, MODEL.units_per_x_height)[name]
                found.append(statistic(pen, MODEL.cells(points)[:, cell].astype(float)))
            effects = np.array(found) if name == "x" else 2 * np.array(found) - 1
            sign = -1 if effects.sum() < 0 else 1
            assert measured.signs[name][cell] == sign
            assert measured.least[name][cell] == pytest.approx((sign * effects).min(), abs=1e-9)
            assert measured.worst(name)[cell] == pytest.approx(found[int((sign * effects).argmin())], abs=1e-9)
    assert measured.lines == 3
    assert (measured.least["x"] < 0).any()  # one that is the other way round on some line


def test_the_rank_is_by_what_holds(measured):
    for name in probing.STATISTICS:
        ranked = measured.least[name][measured.ranks(name)]
        assert (np.diff(ranked) <= 0).all() and sorted(measured.ranks(name)) == list(range(MODEL.units))


def test_a_line_that_does_not_tell_is_left_out():
    stroke = np.column_stack([np.linspace(0.5, 1, 12), np.ones(12), np.zeros(12)])  # without a lift
    alone, both = claims.measure(MODEL, [LINES[0]]), claims.measure(MODEL, [stroke, LINES[0]])
    np.testing.assert_allclose(both.least["just_lifted"], alone.least["just_lifted"], atol=1e-12)
    assert "just_lifted" not in claims.measure(MODEL, [stroke]).least
    assert both.lines == 2


def test_other_lines_are_the_styles_and_what_the_network_writes():
    found = cooperative.run(claims.other_lines_slices(MODEL, LINES))
    assert len(found) == claims.LINES
    assert all(ours is theirs for ours, theirs in zip(found, LINES, strict=False))
    written = MODEL.continue_(MODEL.start(), claims.LINES - 3, claims.POINTS, claims.TEMPERATURE, claims.SEED)
    np.testing.assert_array_equal(found[3:], written)


def test_progress_goes_from_none_to_all():
    done = list(claims.measure_slices(MODEL, LINES[:2]))
    assert done[0] == 0 and done[-1] == 1 and (np.diff(done) >= 0).all() and len(done) > 20


def test_no_lines_are_refused():
    with pytest.raises(ValueError, match="no lines"):
        claims.measure(MODEL, [])


# --- the file


def file_of(some):
    return claims.render(some, "abc", [{"style": "plain"}] * some.lines).encode()


def test_a_file_is_read_as_it_was_written(measured):
    read = claims.parse(file_of(measured), "abc", MODEL.units)
    assert read.lines == 3 and list(read.least) == list(measured.least)
    for name, least in measured.least.items():
        np.testing.assert_allclose(read.least[name], least, atol=0.0006)
        np.testing.assert_array_equal(read.signs[name], measured.signs[name])


def changed(**parts):
    return lambda record: record | parts


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed(format="other"), "format"),
        (changed(weights_sha256="def"), "other weights"),
        (changed(lines=[]), '"lines"'),
        (changed(effects=[]), '"effects"'),
        (changed(effects={"x": 3}), "x: it has not one number"),
        (changed(effects={"x": {"least": [0.1] * 5, "signs": "+" * 5}}), "each of 6 cells"),
        (changed(effects={"y": {"least": [0.1] * 5 + [1.5], "signs": "+" * 6}}), "y, cell 5"),
        (changed(effects={"y": {"least": [0.1] * 6, "signs": "+++*++"}}), "y, cell 3"),
        (changed(effects={"y": {"least": [0.1] * 5 + [True], "signs": "+" * 6}}), "y, cell 5"),
    ],
)
def test_invalid_files_are_refused_by_name(measured, change, words):
    record = json.dumps(change(json.loads(file_of(measured)))).encode()
    with pytest.raises(ClaimsError, match=words):
        claims.parse(record, "abc", MODEL.units)


@given(st.binary(max_size=200) | st.text(alphabet='[{}]":,0.', max_size=60).map(str.encode))
def test_no_bytes_do_anything_else_than_be_refused(data):
    with pytest.raises(ClaimsError):
        claims.parse(data, "abc", 6)


def test_large_and_deep_files_are_refused():
    for data in (b" " * (claims.MAX_BYTES + 1), b"[" * 200):
        with pytest.raises(ClaimsError, match="nested more than"):
            claims.parse(data, "abc", 6)
