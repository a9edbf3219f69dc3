"""The page's numbers about the network are the measured ones."""

import json
from pathlib import Path

import pytest

from weights.training.card import quote
from weights.training.card.template import TemplateError

ROOT = Path(__file__).resolve().parents[2]
SPAN = '<span data-measured="{}" data-form="{}">{}</span>'


def test_the_page_quotes_the_shipped_evaluation():
    text = (ROOT / "index.html").read_text()
    assert "data-measured" in text
    assert quote.quoted(text, quote.measured(ROOT / "weights/evaluation.json")) == text
    assert 'data-measured="inside/' in text


def test_what_the_page_says_of_cells_is_what_was_measured_of_them():
    text, inside = (ROOT / "index.html").read_text(), json.loads((ROOT / "weights/inside.json").read_text())
    told = {"agree/1": "dy", "agree/2": "direction", "agree/3": "lift_to_come", "disagree/0": "x"}
    for path, quantity in told.items():
        kind, place = path.split("/")
        assert inside[kind][int(place)]["quantity"] == quantity
        assert f'data-measured="inside/{path}/cell"' in text


@pytest.mark.parametrize(
    ("path", "form", "expected"),
    [("a/b", ".1f", "\N{MINUS SIGN}2.3"), ("list/1/c", ".0%", "40%"), ("a/many", ",", "12,345")],
)
def test_numbers_are_found_and_formed(path, form, expected):
    evaluation = {"a": {"b": -2.345, "many": 12345}, "list": [{}, {"c": 0.4}]}
    assert (
        quote.quoted(f"x {SPAN.format(path, form, 'old')} y", evaluation)
        == f"x {SPAN.format(path, form, expected)} y"
    )


@pytest.mark.parametrize("path", ["a/c", "a/b/c", "list/7", "a"])
def test_an_unmeasured_number_cannot_be_quoted(path):
    with pytest.raises(TemplateError, match=path):
        quote.quoted(SPAN.format(path, ".1f", "5"), {"a": {"b": 1.0}, "list": []})


def test_the_command_writes_the_page(tmp_path, capsys):
    page, evaluation = tmp_path / "index.html", tmp_path / "evaluation.json"
    page.write_text(SPAN.format("gain", ".2f", "?"))
    evaluation.write_text('{"gain": 5.126}')
    assert quote.main([str(evaluation), "--page", str(page)]) == 0
    assert page.read_text() == SPAN.format("gain", ".2f", "5.13")
    evaluation.write_text("{}")
    assert quote.main([str(evaluation), "--page", str(page)]) == 2
    assert "gain was not measured" in capsys.readouterr().err
    assert page.read_text() == SPAN.format("gain", ".2f", "5.13")
