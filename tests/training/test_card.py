"""The model card: its numbers, its template, and that the shipped card is up to date. No PyTorch, no real data."""

import copy
import json
import re
from pathlib import Path

import pytest

from weights.training.card import course, markdown, render, targets, template

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"


@pytest.fixture(scope="module")
def shipped():
    """The measurements of the shipped network."""
    return json.loads((WEIGHTS / "evaluation.json").read_text())


@pytest.fixture
def report(shipped):
    """The same of a network of another name, without the record of its training."""
    return {**shipped, "model": {**shipped["model"], "name": "small", "training": None}}


@pytest.fixture
def log():
    ink, parts = {"ink.npz": "0"}, {"train": {"writers": 9, "rows": 90, "points": 1000}}
    start = {"ink": ink, "parts": parts, "device": "abacus", "processes": 2, "threads": 1, "torch": "0.0"}
    return [
        {"kind": "start", "seconds": 1, "recipe": {"rate": 0.002, "weights": []}, **start},
        {"kind": "progress", "seconds": 50, "points": 2000},
        {"kind": "resume", "seconds": 60, "recipe": {"rate": 0.001, "weights": []}, **start},
        {
            "kind": "validation",
            "seconds": 90,
            "points": 2500,
            "position": -1.25,
            "lift": 0.5,
            "total": -0.75,
            "gain": 3,
        },
        {"kind": "end", "seconds": 120, "how": "done"},
    ]


def test_the_card_has_the_numbers(report, log):
    text = render.card(report, log)
    part = report["likelihood"]
    assert markdown.interval(part["gain_over_marginal"]) in text
    assert markdown.number(part["baselines"]["linear"]["position"]) in text
    for row in report["fans"]["paths"]:
        assert markdown.interval(row["median_miss"]) in text
    assert "2 minutes in 2 sitting(s), 2,500 points, which is 2.5 times" in " ".join(text.split())
    assert "`rate` from 0.002 to 0.001" in text
    assert "| 2,500 | \u22121.250 | 0.500 | \u22120.750 | 3.000 |" in text
    assert "not allowed to distribute this data for commercial purposes" in " ".join(text.split())
    assert "| small |" not in text
    assert text.startswith("# Model card: small\n")


def test_every_table_is_whole_and_every_drawing_exists(report, log):
    text = render.card(report, log, remarks="It looks like **ants**.")
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1
    images = re.findall(r'src="samples/([^"]+)"', text)
    assert len(images) == 49
    assert {path.name for path in (WEIGHTS / "samples").iterdir()} == set(images)
    assert "It looks like **ants**." in text
    assert not re.search(r"\bnan\b|\binf\b|None\b", text)


def test_targets_say_yes_and_no(report):
    better = copy.deepcopy(report)
    better["likelihood"]["gain_over_marginal"] = {"value": 5.2, "low": 5.0, "high": 5.4}
    better["quantisation"]["total"]["value"] = 0.02
    better["free"]["0.5"]["collapsed"] = 0.5
    worse = copy.deepcopy(better["free"])
    worse["0.8"]["ratio"]["lift_rate"], better["free"]["0.8"]["ratio"]["lift_rate"] = 0.5, 1.4
    worse["0.3"]["slope"] = {"median": 1.0, "95": 8.5}
    better["free"]["0.3"]["slope"] = {"median": 1.5, "95": 3.0}
    better["styles"] = {"a": better["free"], "b": worse}
    rows = {row.split(" | ")[0].strip("| "): row for row in targets.table_of(better).splitlines()}
    assert rows["gain over the marginal baseline, nats a point"].endswith("| yes |")
    assert rows["cost of 8 bits, nats a point"].endswith("| **no** |")
    assert rows["lines that collapse at T = 0.5 from the zero state"].endswith("50.0 % | **no** |")
    assert rows["file, bytes"].endswith("| yes |")
    style = "a style, the worst of 2"
    assert rows[f"lift rate at T = 0.8 from {style}, over human ink's"].endswith("| 0.50 | **no** |")
    slope = rows[f"slope of lines at T = 0.3 from {style}, degrees: median, 95th percentile"]
    assert slope.endswith("| 1.5, 8.5 | **no** |")


def test_ablation_has_its_table(report, log):
    rows = [
        {"variant": "base", "total": -2.0, "gain": 5.0, "against_base": 0.0},
        {"variant": "dropout", "total": -2.1, "gain": 5.1, "against_base": -0.1},
        {"variant": "no average of the weights", "total": -1.75, "against_base": 0.25},
        {"variant": "a broken one", "failed": "exit code 1"},
    ]
    text = render.card(report, log, {"base": ["--points", "2e8"], "rows": rows})
    assert "| dropout | \u22122.1000 | 5.1000 | \u22120.1000 |" in text
    assert "`--points 2e8`" in text
    assert "| no average of the weights | \u22121.7500 | 4.7500 | 0.2500 |" in text
    assert "a broken one" not in text


def test_a_log_of_another_run_is_refused(report, log, tmp_path, capsys):
    (tmp_path / "evaluation.json").write_text(json.dumps(report))
    report["model"]["training"] = {"ink": {"other.npz": "1"}, "parts": {}}
    with pytest.raises(course.CourseError, match="other ink"):
        render.card(report, log)
    (tmp_path / "log.jsonl").write_text('{"kind": "start"}\n')
    arguments = [str(tmp_path / "evaluation.json"), str(tmp_path / "log.jsonl"), "-o", str(tmp_path / "CARD.md")]
    assert render.main(arguments) == 2
    assert capsys.readouterr().err.startswith("card: ")
    assert not (tmp_path / "CARD.md").exists()
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, log)) + "\n")
    assert render.main(arguments) == 0
    assert (tmp_path / "CARD.md").read_text().startswith("# Model card")


def test_numbers_as_markdown():
    assert markdown.number(-1234.5678, 2) == "\u22121,234.57"
    assert markdown.number(-0.0001, 2) == "0.00"
    assert markdown.percent(0.0345) == "3.5 %"
    assert markdown.interval({"value": 1, "low": -1, "high": 2}, 1) == "1.0 (\u22121.0 to 2.0)"
    assert markdown.paragraphs("a\n  b\n\n c ") == "a b\n\nc"


def test_the_shipped_card_is_what_the_command_writes(tmp_path):
    """If this fails: the end of weights.training.card.render's docstring says how to write it again."""
    files = [str(WEIGHTS / name) for name in ("evaluation.json", "log.jsonl")]
    options = ["--ablation", str(WEIGHTS / "ablation.json"), "--remarks", str(WEIGHTS / "remarks.md")]
    options += ["--memory", str(WEIGHTS / "memory.json")]
    assert render.main([*files, *options, "-o", str(tmp_path / "CARD.md")]) == 0
    assert (tmp_path / "CARD.md").read_text() == (WEIGHTS / "CARD.md").read_text()


# --- the template


def test_a_template_is_filled_and_wrapped():
    values = {"name": "x", "list": [{"a": 1234.5}], "e": {"value": 1, "low": -1, "high": 2}}
    text = "# {name}\n\na {list/0/a|1}\nb {list/0/a|,} {list/0/a|g}\n\n```\n{name}\n\n  y\n```\n\n{e|interval 1}"
    expected = "# x\n\na 1,234.5 b 1,234.5 1234.5\n\n```\nx\n\n  y\n```\n\n1.0 (\u22121.0 to 2.0)\n"
    assert template.fill(text, values) == expected


def test_a_block_without_a_value_is_left_out_with_its_heading():
    text = "# A\n\n## B\n\nb {b} {none/x}\n\n## C\n\nc {c|percent 0}\n\nd {none}"
    assert template.fill(text, {"b": 1, "c": 0.5, "none": None}) == "# A\n\n## C\n\nc 50 %\n"


@pytest.mark.parametrize("text", ["{absent}", "{a/absent}", "{a|3}", "{a|unknown}", "{b|interval}"])
def test_a_placeholder_without_a_number_is_an_error(text):
    with pytest.raises(template.TemplateError):
        template.fill(text, {"a": {"b": 1}, "b": 2})
