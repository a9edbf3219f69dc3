"""The command line: what it prints is what the library computes, and bad input gets one line and status 2."""

import hashlib
import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from ductus import cli as cli
from ductus import cooperative, ink
from ductus.analysis import ablation
from ductus.analysis import cell_order as ordering
from ductus.analysis.probing import probe
from ductus.analysis.removal import removal_slices
from ductus.analysis.saliency import saliency
from ductus.analysis.tsne import TSNE
from ductus.cli_options import parser
from ductus.formats import cell_states
from ductus.intervention import parse
from ductus.model import Model
from ductus.resample import PenClock, resample
from ductus.weights import file as weight_file
from tests.ductus.test_x_height import garlands
from tests.support.networks import random_line, random_weights


@pytest.fixture
def weights(tmp_path) -> Path:
    path = tmp_path / "w.jb64"
    made = random_weights(seed=1, pen_clock=PenClock().to_dict(), licence="CC BY 4.0", name="Anna")
    weight_file.save(made, path)
    return path


@pytest.fixture
def npz(tmp_path) -> Path:
    lines = [random_line(7, 1), random_line(4, 2)]
    path = tmp_path / "ink.npz"
    np.savez(
        path,
        points=np.concatenate(lines).astype(np.float32),
        offsets=np.array([0, 7, 11]),
        writer=np.array([3, 4], np.int32),
    )
    return path


def lines_of(npz: Path) -> list[np.ndarray]:
    points = np.load(npz)["points"].astype(np.float64)
    return [points[:7], points[7:]]


@pytest.fixture
def run(capsys):
    def run(*arguments):
        status = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert (status, err) == (0, ""), err
        return json.loads(out) if out else None

    return run


def test_info(run, weights):
    report = run("info", weights)
    raw = weights.read_bytes()
    assert report["parameters"] == 3 * 48 + 12 * 48 + 48 + 12 * 19 + 19
    assert (report["bytes"], report["sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())
    assert report["payload_sha256"] == weight_file.load(weights).metadata["sha256"]
    shown = {
        key: report[key] for key in ("name", "units", "mixtures", "licence", "units_per_x_height", "forget_bias")
    }
    assert shown == {
        "name": "Anna",
        "units": 12,
        "mixtures": 3,
        "licence": "CC BY 4.0",
        "units_per_x_height": 3.0,
        "forget_bias": 1.0,
    }


def test_convert(run, weights, tmp_path):
    run("convert", weights, tmp_path / "same.jb64")
    assert (tmp_path / "same.jb64").read_bytes() == weights.read_bytes()
    run("convert", weights, tmp_path / "small.jb64.gz", "--quantise")
    small = weight_file.load(tmp_path / "small.jb64.gz")
    assert small.arrays["W_hh"].values.dtype == np.int8
    np.testing.assert_allclose(small.array("W_hh"), weight_file.load(weights).array("W_hh"), atol=0.01)


def test_score(run, weights, npz):
    model = Model(weight_file.load(weights), np.float64)
    each = [model.score(line) for line in lines_of(npz)]
    report = run("score", weights, npz, "--per-line", "--float64")
    assert (report["points"], report["sequences"]) == (11, 2)
    for name in ("position", "lift", "total"):
        every = np.concatenate([getattr(score, name) for score in each])
        assert report[name] == pytest.approx(every.mean())
        assert [line[name] for line in report["per_line"]] == pytest.approx([getattr(s, name).mean() for s in each])
    assert run("score", weights, npz)["total"] == pytest.approx(report["total"], abs=1e-4)


def test_ink_in_x_heights_is_scaled_to_the_model(run, weights, npz, tmp_path):
    larger = dict(np.load(npz))
    larger["points"] = larger["points"] * np.array([1 / 3, 1 / 3, 1], np.float32)
    np.savez(tmp_path / "x.npz", **larger)
    in_units, in_x_heights = run("score", weights, npz), run("score", weights, tmp_path / "x.npz", "--in-x-heights")
    assert in_x_heights["position"] == pytest.approx(in_units["position"], abs=1e-5)


def test_cells(run, weights, npz, tmp_path):
    report = run("cells", weights, npz, "-o", tmp_path / "c.npy", "--lead-in", 2, "--float64")
    assert report == {"points": 11, "units": 12, "sequences": 2}
    model = Model(weight_file.load(weights), np.float64)
    expected = np.concatenate([model.cells(line, lead_in=2) for line in lines_of(npz)])
    np.testing.assert_array_equal(np.load(tmp_path / "c.npy"), expected)
    run("cells", weights, npz, "-o", tmp_path / "c.npy")
    assert np.load(tmp_path / "c.npy").dtype == np.float32


def test_write(run, weights, tmp_path):
    options = ["--steps", 30, "--temperature", 0.7, "--seed", 5]
    expected = Model(weight_file.load(weights)).write(30, 0.7, 5)
    assert run("write", weights, *options, "-o", tmp_path / "w.json")["points"] == 30
    np.testing.assert_allclose(json.loads((tmp_path / "w.json").read_text()), expected, atol=1e-4)
    for name in ("w.svg", "w.inkml"):
        run("write", weights, *options, "-o", tmp_path / name)
        ElementTree.parse(tmp_path / name)
    traces = ElementTree.parse(tmp_path / "w.inkml").getroot().iter("{http://www.w3.org/2003/InkML}trace")
    assert len(list(traces)) == len(ink.to_strokes(expected))


def test_continue(run, weights, npz, tmp_path):
    options = ["--samples", 3, "--steps", 5, "--temperature", 0.4, "--seed", 9]
    report = run("continue", weights, npz, *options, "--sequence", 1)
    model = Model(weight_file.load(weights))
    expected = model.continue_(model.feed(lines_of(npz)[1], model.start()), 3, 5, 0.4, 9)
    np.testing.assert_array_equal(np.array(report["paths"], np.float32), expected)
    assert (report["seed"], report["temperature"]) == (9, 0.4)
    assert run("continue", weights, npz, *options, "--sequence", 1, "-o", tmp_path / "p.json") is None
    assert json.loads((tmp_path / "p.json").read_text()) == report


def test_fan(run, weights, npz, tmp_path):
    options = ["--samples", 6, "--steps", 3, "--temperature", 0.4, "--seed", 9, "--sequence", 1]
    report = run("fan", weights, npz, *options, "-o", tmp_path / "f.npz")
    asked = {"points": 4, "samples": 6, "steps": 3, "sequence": 1, "seed": 9, "temperature": 0.4}
    assert report == asked
    line = lines_of(npz)[1]
    with np.load(tmp_path / "f.npz", allow_pickle=False) as file:
        assert file["fans"].dtype == np.float32 and file["fans"].shape == (4, 6, 3, 3)
        np.testing.assert_array_equal(file["fans"], Model(weight_file.load(weights)).fan(line, 6, 3, 0.4, 9))
        np.testing.assert_array_equal(file["points"], line.astype(np.float32))
        assert (file["seed"], file["temperature"]) == (9, 0.4)
    shape = run("fan", weights, npz, "-o", tmp_path / "f.npz")
    assert (shape["points"], shape["samples"], shape["steps"], shape["sequence"]) == (7, 50, 4, 0)


INTERVENE = "1,4-5:silence;2:clamp=0.5@3"


def test_interventions(run, weights, npz, tmp_path):
    """On score, cells, continue and fan: what the library computes with them."""
    model, double = (Model(weight_file.load(weights), dtype) for dtype in (np.float32, np.float64))
    which, lines = parse(INTERVENE, 12), lines_of(npz)
    plain, changed = (run("score", weights, npz, "--float64", *more) for more in ((), ("--intervene", INTERVENE)))
    expected = np.concatenate([double.score(line, which).total for line in lines]).mean()
    assert changed["total"] == pytest.approx(expected) and changed["total"] != pytest.approx(plain["total"])
    run("cells", weights, npz, "--intervene", INTERVENE, "-o", tmp_path / "c.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "c.npy")[7:], model.cells(lines[1], interventions=which))
    options = ["--samples", 3, "--steps", 5, "--intervene", f"{INTERVENE};6:flip@8"]
    report = run("continue", weights, npz, *options)
    which = parse(f"{INTERVENE};6:flip@8", 12)
    state = model.feed(lines[0], model.start(interventions=which), which)
    paths = model.continue_(state, 3, 5, 0.5, 0, which, 7)
    np.testing.assert_array_equal(np.array(report["paths"], np.float32), paths)
    run("fan", weights, npz, "--samples", 3, "--intervene", INTERVENE, "-o", tmp_path / "f.npz")
    with np.load(tmp_path / "f.npz") as file:
        wanted = model.fan(lines[0], 3, 4, 0.5, 0, parse(INTERVENE, 12))
        np.testing.assert_array_equal(file["fans"], wanted)


def test_ablate(run, weights, npz, tmp_path):
    report = run("ablate", weights, npz, "--sequence", 1, "--seed", 3, "-o", tmp_path / "a.json")
    written = json.loads((tmp_path / "a.json").read_text())
    assert {name: written[name] for name in report} == report
    model, line = Model(weight_file.load(weights)), lines_of(npz)[1]
    single = ablation.effects(model, line, ablation.single_cells(12))
    for name, column in zip(ablation.MEASURES, single.T, strict=True):
        np.testing.assert_array_equal(written["effects"][name], column)
    assert (report["points"], report["cells"], report["sequence"]) == (4, 12, 1)
    assert report["nats"]["position"] == pytest.approx(model.score(line).position.mean(), abs=1e-5)
    families = ablation.families(probe([(line, model.cells(line))], model.units_per_x_height))
    assert {name: family["cells"] for name, family in written["families"].items()} == families and families
    for family in written["families"].values():
        row = ablation.effects(model, line, ablation.silenced([family["cells"]]))[0]
        np.testing.assert_allclose([family[name] for name in ablation.MEASURES], row, atol=1e-6)
    assert set(written["smallest"]) == {"cells", "nats", "random", "seed"} and written["smallest"]["seed"] == 3


def test_saliency(run, weights, npz, tmp_path):
    model, line = Model(weight_file.load(weights)), lines_of(npz)[0]
    line[2, 2] = 1
    (tmp_path / "ink.json").write_text(json.dumps(line.tolist()))
    options = ["--point", 5, "--samples", 4, "--steps", 2, "--seed", 3, "-o", tmp_path / "s.json"]
    report = run("saliency", weights, tmp_path / "ink.json", *options)
    written = json.loads((tmp_path / "s.json").read_text())
    assert {name: written[name] for name in report} == report and report["point"] == 5
    expected = saliency(model, line, 5)
    assert report["value"] == pytest.approx(expected.value, abs=1e-5)
    np.testing.assert_allclose(written["gradient"], expected.gradient, atol=1e-5)
    removal = cooperative.run(removal_slices(model, line, model.line_states(line), 5, 4, 2, 3))
    found = [[stroke[name] for name in ("first", "end", "nats", "fan")] for stroke in written["strokes"]]
    np.testing.assert_allclose(found, np.transpose(removal), atol=1e-4)
    assert len(found) >= 1
    of_cell = run("saliency", weights, npz, "--point", 5, "--of", "cell", "--cell", 7, "-o", tmp_path / "s.json")
    assert of_cell["value"] == pytest.approx(model.cells(lines_of(npz)[0])[5, 7], abs=1e-6)


@pytest.fixture
def cells(weights, tmp_path) -> list[Path]:
    """Return cells of two lines, 12 units each."""
    paths = []
    for seed, points in ((3, 40), (4, 25)):
        path = tmp_path / f"cells{seed}.npy"
        np.save(path, Model(weight_file.load(weights)).cells(random_line(points, seed)))
        paths.append(path)
    return paths


@pytest.mark.parametrize("metric", ordering.METRICS)
def test_order(run, cells, tmp_path, metric):
    options = ["--metric", metric, "--perplexity", 3.5, "--iterations", 300, "--seed", 2]
    report = run("order", *cells, *options, "-o", tmp_path / "o.json")
    lines = [np.load(path) for path in cells]
    expected = ordering.order_cells(lines, metric, TSNE(3.5, iterations=300), 2)
    quality = {"before": expected.before._asdict(), "after": expected.after._asdict()}
    asked = {"points": 65, "cells": 12, "metric": metric, "perplexity": 3.5, "seed": 2}
    assert report == asked | {"iterations": expected.iterations, "kl": expected.kl, "quality": quality}
    written = json.loads((tmp_path / "o.json").read_text())
    assert {key: written[key] for key in report} == report
    np.testing.assert_array_equal(written["order"], expected.order)
    np.testing.assert_array_equal(written["signs"], expected.signs)
    np.testing.assert_array_equal(written["places"], expected.places.astype(float))


def test_order_of_what_cells_wrote(run, weights, npz, tmp_path):
    run("cells", weights, npz, "-o", tmp_path / "c.npy", "--float64")
    report = run("order", tmp_path / "c.npy", "--perplexity", 4, "-o", tmp_path / "o.json")
    assert (report["metric"], report["seed"], report["points"]) == ("percentile", 0, 11)
    assert sorted(json.loads((tmp_path / "o.json").read_text())["order"]) == list(range(12))
    np.save(tmp_path / "few.npy", np.random.default_rng(0).normal(size=(30, 3)))
    few = run("order", tmp_path / "few.npy", "--perplexity", 2, "-o", tmp_path / "o.json")
    assert few["quality"] == {"before": None, "after": None}


def npy(header: str, data: bytes = b"") -> bytes:
    """Return a .npy file with an arbitrary header."""
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


def hostile_cells() -> dict[str, bytes]:
    buffer = io.BytesIO()
    np.save(buffer, np.array([[print, 1]], object), allow_pickle=True)
    form = "{{'descr': '{}', 'fortran_order': False, 'shape': {}}}"
    good = npy(form.format("<f4", (30, 12)), bytes(30 * 12 * 4))
    return {
        "empty": b"",
        "text": b"cells",
        "pickle": buffer.getvalue(),
        "bomb": npy(form.format("<f8", (10**9, 500)), bytes(64)),
        "overflow": npy(form.format("<f8", (2**62, 2**62)), bytes(64)),
        "negative": npy(form.format("<f4", (-3, 12)), bytes(400)),
        "call": npy("__import__('os').abort()"),
        "version": good[:6] + b"\x07" + good[7:],
        "deep": npy("(" * 110),
        "cut": good[:-1],
        "long": good + b"\0",
        "cut header": good[:40],
        "integers": npy(form.format("<i8", (30, 12)), bytes(30 * 12 * 8)),
        "half": npy(form.format("<f2", (30, 12)), bytes(30 * 12 * 2)),
        "flat": npy(form.format("<f4", (360,)), bytes(360 * 4)),
        "wide": npy(form.format("<f4", (2, 4000)), bytes(8000 * 4)),
        "no cells": npy(form.format("<f4", (30, 0))),
        "no points": npy(form.format("<f4", (0, 12))),
        "nan": npy(form.format("<f4", (30, 12)), np.full(360, np.nan, np.float32).tobytes()),
        "huge": npy(form.format("<f8", (30, 12)), np.full(360, 1e200).tobytes()),
    }


@pytest.mark.parametrize("name", hostile_cells())
@pytest.mark.filterwarnings("error")
def test_invalid_cells_get_one_line_and_status_2(name, tmp_path, capfd):
    path, output = tmp_path / "c.npy", tmp_path / "o.json"
    path.write_bytes(hostile_cells()[name])
    assert cli.main(["order", str(path), "--perplexity", "3", "-o", str(output)]) == 2
    out, err = capfd.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith(f"ductus: {path}: "), err
    assert sorted(tmp_path.iterdir()) == [path]


def test_cells_are_left_on_the_disk(cells):
    loaded = cell_states.load(cells[0])
    assert isinstance(loaded, np.memmap) and not loaded.flags.writeable
    np.testing.assert_array_equal(loaded, np.load(cells[0]))
    for array in (np.asfortranarray(loaded, np.float64), loaded.astype(">f4")):
        np.save(cells[1], array)
        np.testing.assert_array_equal(cell_states.load(cells[1]), loaded)


def test_resample_and_raw(run, weights, tmp_path):
    t = np.linspace(0, 6, 200)
    strokes = [np.column_stack([t, np.sin(t)]), np.array([[7.0, 0.0]])]  # in x-heights
    raw, clocked = tmp_path / "raw.json", tmp_path / "clocked.json"
    raw.write_text(json.dumps({"strokes": [stroke.tolist() for stroke in strokes]}))
    report = run("resample", raw, "--in-x-heights", "-o", clocked)
    expected = ink.to_points([resample(stroke) for stroke in strokes])
    assert report["points"] == len(expected)
    np.testing.assert_allclose(json.loads(clocked.read_text()), expected, atol=1e-4)
    once = run("score", weights, clocked, "--in-x-heights")
    at_once = run("score", weights, raw, "--raw", "--in-x-heights")
    assert at_once["total"] == pytest.approx(once["total"], abs=1e-3)
    assert run("score", weights, raw, "--in-x-heights")["points"] == 201


def test_ink_of_other_programs_is_raw_by_itself(run, weights, tmp_path):
    """Whatever the file's name, and in as many sequences as it has lines of writing."""
    rows = [[stroke * 40 + [0, 130 * i] for stroke in garlands(4)] for i in range(2)]
    traces = "".join(f"<trace>{','.join(f'{x} {y}' for x, y in stroke)}</trace>" for row in rows for stroke in row)
    page = tmp_path / "page.xml"
    page.write_text(f"<ink>{traces}</ink>", encoding="utf-16")
    report = run("score", weights, page)
    assert report == run("score", weights, page, "--raw")
    assert report["sequences"] == 2
    found = run("resample", page, "-o", tmp_path / "page.npz")
    assert (found["points"], found["sequences"]) == (report["points"], 2)
    for line in (0, 1):
        run("continue", weights, page, "--samples", 1, "--steps", 2, "--sequence", line, "-o", tmp_path / "c.json")
    run("fan", weights, page, "--samples", 1, "--steps", 1, "-o", tmp_path / "f.npz")
    run("cells", weights, page, "-o", tmp_path / "c.npy")
    assert len(np.load(tmp_path / "c.npy")) == report["points"]


@pytest.mark.parametrize("command", ["score", "resample"])
def test_an_empty_stroke_is_passed_over(run, weights, tmp_path, command):
    path = tmp_path / "ink.json"
    path.write_text(json.dumps({"strokes": [[[0, 0], [10, 20], [20, 0]], []]}))
    options = [weights, path, "--raw"] if command == "score" else [path, "-o", tmp_path / "x.svg"]
    assert run(command, *options)["sequences"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["info", "{tmp}/none.jb64"], "none.jb64: No such file or directory; the network is ductus-500.jb64.gz"),
        (["info", "{ink}"], "ink.npz: "),
        (["info", "{tmp}"], "Is a directory"),
        (["score", "{weights}", "{weights}"], "w.jb64"),
        (["score", "{weights}", "{tmp}/none.npz"], "none.npz"),
        (["convert", "{weights}", "{tmp}/x.bin"], "must end in .jb64"),
        (["convert", "{weights}", "{tmp}/no/where.jb64"], "No such file"),
        (["cells", "{weights}", "{ink}", "-o", "{tmp}/x.txt"], "must end in .npy"),
        (["write", "{weights}", "-o", "{tmp}/x.doc"], "x.doc"),
        (["write", "{weights}", "-o", "{tmp}/x.json", "--temperature", "nan"], "temperature"),
        (["write", "{weights}", "-o", "{tmp}/x.json", "--temperature", "-1"], "temperature"),
        (["write", "{weights}", "-o", "{tmp}/x.json", "--steps", "1e3"], "steps"),
        (["write", "{weights}", "-o", "{tmp}/x.json", "--steps", "99999999999"], "steps"),
        (["continue", "{weights}", "{ink}", "--sequence", "2"], "no sequence 2"),
        (["continue", "{weights}", "{ink}", "--seed", "-1"], "seed"),
        (["continue", "{weights}", "{ink}", "--samples", "0"], "samples"),
        (["fan", "{weights}", "{ink}", "-o", "{tmp}/x.json"], "must end in .npz"),
        (["fan", "{weights}", "{ink}", "-o", "{tmp}/x.npz", "--sequence", "2"], "no sequence 2"),
        (["fan", "{weights}", "{ink}", "-o", "{tmp}/x.npz", "--samples", "0"], "samples"),
        (["fan", "{weights}", "{ink}", "-o", "{tmp}/x.npz", "--samples", "900000", "--steps", "900000"], "too many"),
        (["fan", "{weights}", "{ink}", "-o", "{tmp}/no/x.npz"], "No such file"),
        (["fan", "{weights}", "{ink}"], "-o"),
        (["order", "{tmp}/none.npy", "-o", "{tmp}/x.json"], "none.npy: No such file"),
        (["order", "{ink}", "-o", "{tmp}/x.json"], "ink.npz: not a readable .npy"),
        (["order", "{tmp}", "-o", "{tmp}/x.json"], "Is a directory"),
        (["order", "{ink}", "-o", "{tmp}/x.txt"], "must end in .json"),
        (["order", "{ink}", "-o", "{tmp}/x.json", "--metric", "cosine"], "metric"),
        (["order", "{ink}", "-o", "{tmp}/x.json", "--iterations", "-5"], "iterations"),
        (["order", "-o", "{tmp}/x.json"], "CELLS.npy"),
        (["score", "{weights}", "{ink}", "--intervene", "12:flip"], "--intervene: there is no cell 12"),
        (["score", "{weights}", "{ink}", "--intervene", "1:flip@4"], "no point 4 to start from; the line has 4"),
        (["cells", "{weights}", "{ink}", "-o", "{tmp}/x.npy", "--intervene", "1:flip@4"], "no point 4"),
        (["continue", "{weights}", "{ink}", "--steps", "9", "--intervene", "1:flip@16"], "no point 16"),
        (["fan", "{weights}", "{ink}", "-o", "{tmp}/x.npz", "--intervene", "1:dance"], 'no action "dance"'),
        (["ablate", "{weights}", "{ink}", "-o", "{tmp}/x.npz"], "must end in .json"),
        (["saliency", "{weights}", "{ink}", "-o", "{tmp}/x.npz", "--point", "1"], "must end in .json"),
        (["saliency", "{weights}", "{ink}", "-o", "{tmp}/x.json", "--point", "7"], "no point 7; the line has 7"),
        (
            ["saliency", "{weights}", "{ink}", "-o", "{tmp}/x.json", "--point", "1", "--of", "cell", "--cell", "12"],
            "no cell 12; the network has 12",
        ),
        (["saliency", "{weights}", "{ink}", "-o", "{tmp}/x.json", "--point", "1", "--of", "mood"], "mood"),
        (["saliency", "{weights}", "{ink}", "-o", "{tmp}/x.json"], "--point"),
        (["dance"], "dance"),
        ([], "COMMAND"),
    ],
)
def test_bad_input_gets_one_line_and_status_2(arguments, words, weights, npz, tmp_path, capsys):
    places = {"tmp": tmp_path, "ink": npz, "weights": weights}
    before = sorted(tmp_path.iterdir())
    assert cli.main([argument.format(**places) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1 and words in err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("perplexity", ["12", "0.5", "nan", "inf", "-3"])
def test_a_perplexity_that_twelve_cells_cannot_have(cells, perplexity, tmp_path, capsys):
    arguments = ["order", str(cells[0]), f"--perplexity={perplexity}", "-o", str(tmp_path / "x.json")]
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "perplexity" in err
    assert not (tmp_path / "x.json").exists()


def test_the_articles_network_has_no_x_height(weights, npz, tmp_path, capsys):
    path = tmp_path / "article.jb64"
    weight_file.save(random_weights(units_per_x_height=None), path)
    for option in ("--in-x-heights", "--raw"):
        assert cli.main(["score", str(path), str(npz), option]) == 2
        assert "x-height" in capsys.readouterr().err
    assert cli.main(["score", str(path), str(npz)]) == 0


def test_it_runs_as_a_program(weights):
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "ductus"]
    environment = os.environ | {"PYTHONPATH": str(root / "py")}
    good = subprocess.run([*command, "info", weights], capture_output=True, text=True, env=environment)
    assert good.returncode == 0
    assert json.loads(good.stdout)["units"] == 12
    bad = subprocess.run([*command, "info", root], capture_output=True, text=True, env=environment)
    assert bad.returncode == 2
    assert bad.stderr.count("\n") == 1 and "Traceback" not in bad.stderr


def test_the_documented_commands_are_ones():
    """Each command of docs/inside.md has arguments that are read, and the interventions are some."""
    text = (Path(__file__).parents[2] / "docs" / "inside.md").read_text()
    commands = [shlex.split(line)[1:] for line in text.splitlines() if line.startswith("ductus ")]
    for command in commands:
        options = parser(cli.COMMANDS, "Ductus.").parse_args(command)
        assert parse(getattr(options, "intervene", ""), 500) or command[0] in ("ablate", "saliency")
    assert {command[0] for command in commands} == {"score", "cells", "continue", "fan", "ablate", "saliency"}
