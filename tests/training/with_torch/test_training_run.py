"""Whole runs on synthetic ink: exact resumption, several processes, and the exported file."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ductus.model import Model
from ductus.weights import file as weight_file
from tests.training import synthetic
from weights.training.data import dataset
from weights.training.data.batches import Feeder
from weights.training.train import ablate, checkpoint, export, log, training_run
from weights.training.train.network import Noise, TorchNetwork, predict, to_arrays
from weights.training.train.recipe import PRECISIONS, Recipe, RecipeError
from weights.training.train.scoring import score
from weights.training.train.trainer import Trainer

pytestmark = pytest.mark.training
ROOT = Path(__file__).resolve().parents[3]
CPU = torch.device("cpu")
SMALL = Recipe(
    units=24, mixtures=3, rows=8, points=30_000, drop_connect=0.1, weight_noise=0.01, dropout=0.1, jitter=0.02
)
OPTIONS = ["--units", "24", "--mixtures", "3", "--rows", "8", "--threads", "1"]
OPTIONS += ["--drop-connect", "0.1", "--weight-noise", "0.01", "--dropout", "0.1", "--jitter", "0.02"]


@pytest.fixture
def file(tmp_path):
    return synthetic.write(tmp_path / "ink.npz")


def _weights(trainer):
    return {name: value.detach().clone() for name, value in trainer.network.named_parameters()}


def _log(folder, kind):
    records = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [record for record in records if record["kind"] == kind]


def _run(folder, file, *options, launcher=()):
    command = [sys.executable, "-m", *launcher, "weights.training.train", "--folder", str(folder), "--ink", str(file)]
    return subprocess.Popen(
        [*command, *OPTIONS, *options],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("precision", PRECISIONS)
def test_training_lowers_the_loss(file, precision):
    trainer = Trainer(dataclasses.replace(SMALL, precision=precision), dataset.load([file]), CPU)
    totals = []
    while trainer.seen < SMALL.points:
        trainer.train_step()
        if trainer.step % 10 == 0:
            totals.append(trainer.report()["total"])
    assert totals[-1] < totals[0] - 1


def test_resuming_is_bit_exact(file, tmp_path):
    ink = dataset.load([file])
    whole, first = Trainer(SMALL, ink, CPU), Trainer(SMALL, ink, CPU)
    for _ in range(6):
        whole.train_step()
    for _ in range(3):
        first.train_step()
    first.judge(1.25)
    first.save(tmp_path / "run", {"seconds": 7})
    second = Trainer(SMALL, ink, CPU)
    assert second.restore(checkpoint.latest(tmp_path / "run")) == {"seconds": 7}
    assert second.best == 1.25
    for _ in range(3):
        second.train_step()
    assert second.seen == whole.seen
    for name, value in _weights(whole).items():
        assert torch.equal(value, _weights(second)[name]), name
        assert torch.equal(whole.average[name], second.average[name]), name
        assert torch.equal(first.best_average[name], second.best_average[name]), name


def test_resuming_with_other_settings_is_refused(file, tmp_path):
    ink = dataset.load([file])
    trainer = Trainer(SMALL, ink, CPU)
    trainer.train_step()
    path = trainer.save(tmp_path / "run", {})
    with pytest.raises(RecipeError, match="learning_rate"):
        Trainer(Recipe(**{**SMALL.__dict__, "learning_rate": 0.1}), ink, CPU).restore(path)
    Trainer(Recipe(**{**SMALL.__dict__, "points": 50_000}), ink, CPU).restore(path)


def test_an_incomplete_checkpoint_is_ignored(file, tmp_path):
    trainer = Trainer(SMALL, dataset.load([file]), CPU)
    trainer.train_step()
    trainer.save(tmp_path, {})
    trainer.train_step()
    newest = trainer.save(tmp_path, {})
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == ["checkpoint-2"]
    (tmp_path / "part-3").mkdir()  # left by a crash while saving
    assert checkpoint.latest(tmp_path) == newest
    (newest / "weights.npz").write_bytes(b"PK")
    with pytest.raises((checkpoint.CheckpointError, OSError)):
        checkpoint.load(newest)


def test_an_interrupted_and_resumed_run_ends_like_an_uninterrupted_one(file, tmp_path):
    budget = ["--points", "60000", "--report-every", "1000"]
    assert training_run.main(["--folder", str(tmp_path / "whole"), "--ink", str(file), *OPTIONS, *budget]) == 0
    process = _run(tmp_path / "cut", file, *budget)
    for line in process.stdout:
        if line.startswith("step"):
            process.send_signal(signal.SIGTERM)
            break
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert _log(tmp_path / "cut", "end")[0]["how"] == "interrupted"
    assert _run(tmp_path / "cut", file, *budget).wait(60) == 0
    assert _log(tmp_path / "cut", "resume")[0]["step"] > 0
    ends = [_log(tmp_path / name, "validation")[-1] for name in ("whole", "cut")]
    assert ends[0]["total"] == ends[1]["total"]
    assert ends[0]["without_average"] == ends[1]["without_average"]
    assert ends[0]["gain"] == pytest.approx(
        sum(_log(tmp_path / "cut", "start")[0]["baseline"].values()) - ends[0]["total"]
    )


def test_two_processes_train_like_one(file, tmp_path):
    """The same loss at every report and the same validation, though each process saw half of every batch."""
    budget = ["--points", "15000", "--report-every", "500", "--validation-every", "5000"]
    assert training_run.main(["--folder", str(tmp_path / "one"), "--ink", str(file), *OPTIONS, *budget]) == 0
    launcher = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")
    process = _run(tmp_path / "two", file, *budget, launcher=launcher)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert _log(tmp_path / "two", "start")[0]["processes"] == 2
    for kind in ("progress", "validation"):
        one, two = _log(tmp_path / "one", kind), _log(tmp_path / "two", kind)
        assert [record["step"] for record in one] == [record["step"] for record in two] and len(one) >= 3
        np.testing.assert_allclose(
            [record["total"] for record in one], [record["total"] for record in two], rtol=0, atol=1e-5
        )


def test_early_stop(file, tmp_path):
    options = ["--points", "1e7", "--report-every", "1000", "--validation-every", "1000", "--patience", "2"]
    options += ["--learning-rate", "0"]
    assert training_run.main(["--folder", str(tmp_path), "--ink", str(file), *OPTIONS, *options]) == 0
    assert _log(tmp_path, "end")[0]["how"] == "early stop"
    assert len(_log(tmp_path, "validation")) == 3


def test_a_run_starts_from_the_average_of_another(file, tmp_path):
    first, second, options = tmp_path / "first", tmp_path / "second", ["--ink", str(file), *OPTIONS, "--points"]
    assert training_run.main(["--folder", str(first), *options, "20000"]) == 0
    options += ["5000", "--learning-rate", "0", "--init-from", str(first)]
    assert training_run.main(["--folder", str(second), *options]) == 0
    before, after = (checkpoint.load(checkpoint.latest(folder))[1] for folder in (first, second))
    for name, average in before["best"].items():
        for group in ("weights", "average", "best"):
            assert torch.allclose(after[group][name], average, atol=1e-6)
    old, new = (_log(folder, "end")[-1] for folder in (first, second))
    records = log.read(second / "log.jsonl")
    assert records[: len(log.read(first / "log.jsonl"))] == log.read(first / "log.jsonl")
    known = export.from_run(second, "two", None).metadata["training"]
    assert (known["steps"], known["points"]) == (old["step"] + new["step"], old["points"] + new["points"])
    assert known["validation"]["total"] == pytest.approx(_log(second, "validation")[-1]["total"], abs=1e-4)
    assert training_run.main(["--folder", str(tmp_path / "third"), *options, "--init-from", str(tmp_path)]) == 2
    assert training_run.main(["--folder", str(tmp_path / "fourth"), *options, "--units", "25"]) == 2


def test_an_interpolation_between_two_runs_is_exported(file, tmp_path):
    first, second, options = tmp_path / "first", tmp_path / "second", ["--ink", str(file), *OPTIONS, "--points"]
    assert training_run.main(["--folder", str(first), *options, "5000"]) == 0
    assert training_run.main(["--folder", str(second), *options, "5000", "--init-from", str(first)]) == 0
    output = tmp_path / "between.jb64"
    command = [
        "--folder",
        str(second),
        "--interpolate-from",
        str(first),
        "--share",
        "0.25",
        "--float32",
        "-o",
        str(output),
    ]
    assert export.main(command) == 0
    between, before, after = weight_file.load(output), *(export.from_run(run, "one", None) for run in (first, second))
    for name, array in between.arrays.items():
        assert not np.allclose(before.arrays[name], after.arrays[name])
        np.testing.assert_allclose(array, 0.75 * before.arrays[name] + 0.25 * after.arrays[name], atol=1e-6)
    assert between.metadata["training"]["share"] == 0.25 and between.metadata["training"]["validation"] is None
    for share in ("1.5", "nan"):
        assert export.main([*command, "--share", share]) == 2


@pytest.mark.parametrize("kind", ["missing", "broken", "rows"])
def test_bad_input_is_one_line_and_exit_code_2(file, tmp_path, capsys, kind):
    options = []
    if kind == "missing":
        file = tmp_path / "nowhere.npz"
    elif kind == "broken":
        file.write_bytes(b"no ink")
    else:
        options = ["--source-weights", "1", "-1"]
    assert training_run.main(["--folder", str(tmp_path / "run"), "--ink", str(file), *OPTIONS, *options]) == 2
    error = capsys.readouterr().err
    assert error.startswith("train: ") and error.count("\n") == 1


def test_noise_differs_in_each_step_and_is_off_in_scoring(file):
    points = torch.randn(11, 4, 3)
    network = TorchNetwork(24, 3, 1)
    for noise in (Noise(drop_connect=0.2), Noise(weight_noise=0.05), Noise(dropout=0.2), Noise(jitter=0.05)):
        first, again, next_step = (network(points, noise, (1, step)) for step in (5, 5, 6))
        assert torch.equal(first, again)
        assert not torch.allclose(first, next_step) and not torch.allclose(first, network(points))
    some = network(points.repeat(1, 50, 1), Noise(jitter=0.05, jitter_share=0.3), (1, 5))  # (11, 200, 19)
    clean = torch.isclose(some, network(points).repeat(1, 50, 1), atol=1e-6).all(2).all(0)  # (200,)
    assert 110 < clean.sum() < 170
    many = torch.stack([network(points, Noise(dropout=0.2), (1, step)) for step in range(400)]).mean(0)
    assert (many - network(points)).abs().max() < 0.1


def test_the_exported_file_scores_as_in_training(file, tmp_path):
    """PyTorch in float32, ductus in float64 and in float32: within 1e-4 nats a point on held-out ink."""
    run, output = tmp_path / "run", tmp_path / "out.jb64.gz"
    assert training_run.main(["--folder", str(run), "--ink", str(file), *OPTIONS, "--points", "40000"]) == 0
    assert export.main(["--folder", str(run), "-o", str(output), "--float32", "--name", "small"]) == 0
    weights = weight_file.load(output)
    assert weights.metadata["units_per_x_height"] == SMALL.units_per_x_height
    assert weights.metadata["training"]["points"] >= 40_000
    assert weights.metadata["training"]["validation"]["total"] == pytest.approx(
        _log(run, "validation")[-1]["total"], abs=1e-4
    )
    points, offsets, writer = synthetic.rows(30, 5, seed=9)
    points[:, :2] += np.random.default_rng(0).normal(0, 0.3, (len(points), 2))
    feeder = Feeder(
        dataset.Dataset(points, offsets, writer, np.zeros(30, np.int32), ()), SMALL.units_per_x_height, CPU
    )
    ours = score(checkpoint.load(checkpoint.latest(run))[1]["best"], feeder)
    lines = np.split(points * np.float32([SMALL.units_per_x_height] * 2 + [1]), offsets[1:-1])
    for dtype in (np.float64, np.float32):
        for row, theirs in enumerate(Model(weights, dtype).score_lines(lines)):
            count = ours.points[row]
            assert theirs.position.sum() / count == pytest.approx(ours.position[row] / count, abs=1e-4)
            assert theirs.lift.sum() / count == pytest.approx(ours.lift[row] / count, abs=1e-4)


def test_gates_leave_in_the_order_of_ductus():
    """One step by hand in the order i, g, f, o, with the forget bias, against PyTorch's LSTM."""
    network = TorchNetwork(6, 2, 3)
    with torch.no_grad():
        network.bias.normal_()
    arrays = {name: array.astype(np.float64) for name, array in to_arrays(dict(network.named_parameters())).items()}
    points = torch.randn(5, 1, 3)
    head = predict(dict(network.named_parameters()), points, Noise()).detach().numpy()
    h, c = np.zeros(6), np.zeros(6)
    inputs = [np.zeros(3), *points[:, 0].numpy()]
    for step in range(5):
        gates = inputs[step] @ arrays["W_xh"] + h @ arrays["W_hh"] + arrays["b_h"]
        i, g, f, o = np.split(gates, 4)
        sigmoid = [1 / (1 + np.exp(-z)) for z in (i, f + 1.0, o)]
        c = c * sigmoid[1] + sigmoid[0] * np.tanh(g)
        h = np.tanh(c) * sigmoid[2]
        np.testing.assert_allclose(head[step, 0], h @ arrays["W_hy"] + arrays["b_y"], atol=1e-5)


def test_ablation_table(file, tmp_path):
    base = ["--", *OPTIONS[:-2], "--threads", "1", "--points", "4000"]
    only = ["--only", "base", "rows alike", "--jobs", "2"]
    assert ablate.main(["--runs", str(tmp_path / "runs"), "--ink", str(file), *only, *base]) == 0
    table = json.loads((tmp_path / "runs" / "ablation.json").read_text())
    assert [row["variant"] for row in table["rows"]] == ["base", "rows alike", "no average of the weights"]
    assert table["rows"][0]["against_base"] == 0 and table["rows"][1]["against_base"] != 0


def test_a_variant_changes_the_base_recipe_in_proportion():
    base = ["--rows", "8", "--learning-rate", "0.002", "--threads", "1"]
    assert ablate._options(ablate.VARIANTS["windows of 300"], base) == ["--window", "300", "--rows", "16"]
    assert ablate._options(ablate.VARIANTS["twice the rate"], base) == ["--learning-rate", "0.004"]
    assert ablate._options(ablate.VARIANTS["text twice as often"], base) == ["--source-weights", "2.0", "1.0"]
