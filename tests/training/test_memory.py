"""How far back a prediction depends on the ink, and where probing and intervention agree: commands and files."""

import json
from pathlib import Path

import numpy as np
import pytest

from ductus.analysis import ablation, probing
from ductus.analysis.saliency import saliency
from ductus.model import Model
from ductus.weights import file as weight_file
from tests.support.networks import random_weights
from tests.training import synthetic
from weights.training.card import render
from weights.training.data import dataset
from weights.training.evaluate import inside, memory, styles

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"


@pytest.fixture(scope="module")
def ink(tmp_path_factory):
    points, offsets, writer = synthetic.rows(120, 80, seed=1, min_points=40, max_points=70)
    path = tmp_path_factory.mktemp("memory") / "ink.npz"
    np.savez(path, points=points, offsets=offsets, writer=writer)
    return path


def test_the_reach_is_that_of_each_line_alone(ink):
    model = Model(random_weights(units=16, seed=1, spread=0.25))
    held = dataset.part(dataset.load([ink]), "validation")
    report = memory.measure(model, held, 9, 3, back=50)
    rows = np.sort(np.random.default_rng(3).permutation(np.flatnonzero(held.lengths > 50))[:9])
    assert report["lines"] == len(rows) >= 4
    sizes = []
    for row in rows:
        line = held.points[held.offsets[row] : held.offsets[row + 1]] * np.array([3.0, 3.0, 1.0])
        sizes.append(np.hypot(*saliency(model, line, 50).gradient[:, :2].T))
    half = [1 + int(np.argmax(np.cumsum(one[::-1]) >= 0.5 * one.sum())) for one in sizes]
    assert report["reach"]["0.5"]["50"] == pytest.approx(np.median(half))
    beyond = [one[:-10].sum() / one.sum() for one in sizes]
    assert report["beyond"]["10"]["75"] == pytest.approx(np.percentile(beyond, 75), rel=1e-2, abs=1e-6)
    assert set(report["beyond"]) == {"1", "2", "5", "10", "20"}


def test_the_command_writes_a_file(ink, tmp_path, capsys):
    weights, output = tmp_path / "w.jb64", tmp_path / "memory.json"
    weight_file.save(random_weights(units=16, seed=1, spread=0.25), weights)
    options = ["--ink", str(ink), "--part", "validation", "--back", "50", "-o", str(output)]
    assert memory.main([str(weights), *options]) == 0
    report = json.loads(output.read_text())
    assert (report["format"], report["back"], report["part"]) == (memory.FORMAT, 50, "validation")
    assert memory.main([str(weights), *options, "--back", "500"]) == 2
    assert "no line has more than 500 points" in capsys.readouterr().err
    assert memory.main([str(tmp_path / "none.jb64"), *options]) == 2
    assert "none.jb64" in capsys.readouterr().err


def test_the_card_quotes_the_memory():
    report, log = json.loads((WEIGHTS / "evaluation.json").read_text()), WEIGHTS / "log.jsonl"
    records = [json.loads(line) for line in log.read_text().splitlines()]
    found = json.loads((WEIGHTS / "memory.json").read_text())
    assert found["weights_sha256"] == report["model"]["payload_sha256"]
    text = " ".join(render.card(report, records, memory=found).split())
    half = found["reach"]["0.5"]
    assert f"the last {half['50']:.0f} points ({half['25']:.0f} to {half['75']:.0f})" in text
    assert "## Memory" in text and "## Memory" not in render.card(report, records)


# --- inside.json


@pytest.fixture(scope="module")
def committed():
    return json.loads((WEIGHTS / "inside.json").read_text())


@pytest.fixture(scope="module")
def shipped(committed):
    """The shipped network and the lines of its styles."""
    weights = weight_file.load(WEIGHTS / "ductus-500.jb64.gz")
    assert weights.metadata["sha256"] == committed["weights_sha256"]
    return Model(weights), styles.load(WEIGHTS / "styles.json", committed["weights_sha256"])


def test_three_cells_agree_and_one_does_not(committed):
    assert len({fact["cell"] for fact in committed["agree"]}) >= 3 and len(committed["disagree"]) >= 1
    for fact in committed["agree"]:
        assert fact["rank"] == 1 and fact["effect_rank"] <= committed["cells"] / 10
    for fact in committed["disagree"]:
        assert fact["rank"] <= inside.STRONGEST
        assert all(abs(fact["effects"][name]) < committed["medians"][name] for name in ablation.MEASURES)


def test_the_committed_numbers_are_what_the_network_does(committed, shipped):
    """`python -m weights.training.evaluate.inside weights/ductus-500.jb64.gz` writes the file again."""
    model, lines = shipped
    facts = committed["agree"] + committed["disagree"]
    rows = ablation.silenced([[fact["cell"]] for fact in facts])
    for fact, effects in zip(facts, inside.measured(model, lines, rows), strict=True):
        for name, value in zip(ablation.MEASURES, effects, strict=True):
            assert fact["effects"][name] == pytest.approx(value, rel=0.01, abs=1e-4), fact
    table = probing.probe([(line, model.cells(line)) for line in lines.values()], model.units_per_x_height)
    for fact in facts:
        values = table[fact["quantity"]]
        strengths = probing.strength(fact["quantity"], values)
        assert fact["value"] == pytest.approx(values[fact["cell"]], abs=1e-3)
        assert fact["rank"] == 1 + (strengths > strengths[fact["cell"]]).sum()
    families = ablation.families(table)
    assert {name: family["cells"] for name, family in committed["families"].items()} == {
        name: len(cells) for name, cells in families.items()
    }
    assert list(lines) == committed["lines"] and sum(map(len, lines.values())) == committed["points"]
    line = lines[committed["smallest"]["line"]]
    cost = ablation.effects(model, line, ablation.silenced([committed["smallest"]["cells"]]))[0, :2].sum()
    assert committed["smallest"]["nats"] == pytest.approx(cost, rel=0.01) and cost >= ablation.NATS


def test_a_small_network_is_compared_in_the_same_way():
    """The whole command's result, on a network with few cells."""
    model = Model(random_weights(units=12, seed=2))
    lines = {"a": synthetic.rows(1, 1, seed=1, min_points=60, max_points=61)[0] * np.array([3.0, 3.0, 1.0])}
    report = inside.compare(model, lines)
    single = ablation.effects(model, lines["a"], ablation.single_cells(12))
    assert report["medians"]["position"] == pytest.approx(np.median(np.abs(single[:, 0])), rel=1e-3)
    for fact in report["agree"] + report["disagree"]:
        effects = [fact["effects"][name] for name in ablation.MEASURES]
        np.testing.assert_allclose(effects, single[fact["cell"]], rtol=1e-3)
    assert report["points"] == len(lines["a"]) and report["cells"] == 12
