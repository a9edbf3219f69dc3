"""Training a reader: torch's forward pass and CTC against the library's, and a run that is resumed and exported."""

import json

import numpy as np
import pytest
import torch

from ductus.analysis import ctc
from ductus.analysis.reader import Reader
from ductus.weights import file as weight_file
from tests.support.networks import random_line
from tests.support.readers import random_reader_weights
from tests.training.labelled import labelled_file
from weights.training.reader import batches, export, train
from weights.training.reader.network import begin, loss, run
from weights.training.reader.recipe import ReaderRecipe
from weights.training.reader.trainer import ReaderTrainer, validate
from weights.training.text import units
from weights.training.text.compose import Row
from weights.training.train import checkpoint
from weights.training.train.recipe import RecipeError

pytestmark = pytest.mark.training
torch.set_num_threads(1)
SMALL = {"rows": 4, "longest": 60, "warm_up": 3, "validation_rows": 8, "cells": 12, "layers": 2, "dropout": 0.1}
TEXTS = ["some", "3", "A, b!"]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return labelled_file(tmp_path_factory.mktemp("run") / "units.npz")


def _trainer(file, **settings) -> ReaderTrainer:
    return ReaderTrainer(ReaderRecipe(**SMALL | settings), units.load(file).part("train"))


def _command(file, folder, *more) -> int:
    small = [part for name, value in SMALL.items() for part in ("--" + name.replace("_", "-"), str(value))]
    return train.main(["--folder", str(folder), "--units", str(file), *small, *map(str, more)])


def _rows() -> list[Row]:
    lengths = zip(TEXTS, (70, 9, 33), strict=True)
    return [Row(random_line(n, n, 0.3).astype(np.float32), text) for text, n in lengths]


@pytest.mark.parametrize("frame, layers", [(3, 2), (4, 1)])
def test_torch_is_numpy(frame, layers):
    """The same log-probabilities in training and in the library, for rows of several lengths side by side."""
    weights = random_reader_weights(units=10, layers=layers, frame=frame, seed=3)
    parameters = {name: torch.from_numpy(weights.array(name)) for name in weights.arrays}
    rows = _rows()
    batch = batches.plain(rows, frame)
    log_p = run(parameters, layers, batch, torch.float32)
    for column, table in enumerate(Reader(weights).log_probabilities([row.points * [3, 3, 1] for row in rows])):
        assert batch.lengths[column] == len(table)
        np.testing.assert_allclose(log_p[: len(table), column].numpy(), table, atol=2e-5)
    low = run(parameters, layers, batch, torch.bfloat16)
    assert 0 < (low - log_p).abs().mean() < 0.05


def test_ctc_and_its_gradient_are_torchs():
    """The library's probability of a text against torch's loss, and its slope against torch's gradient."""
    rng = np.random.default_rng(0)
    z = torch.from_numpy(rng.normal(0, 1, (9, 1, 84))).requires_grad_()
    log_p, symbols = torch.log_softmax(z, -1), [5, 5, 9]
    value = torch.nn.functional.ctc_loss(log_p, torch.tensor(symbols), (9,), (3,), reduction="sum")
    (gradient,) = torch.autograd.grad(value, z)

    def ours(z: np.ndarray) -> float:
        return -ctc.log_probability(z - np.log(np.exp(z).sum(axis=1, keepdims=True)), symbols)

    at = z.detach().numpy()[:, 0]
    assert ours(at) == pytest.approx(value.item(), rel=1e-10)
    for seed in range(4):
        direction = np.random.default_rng(seed).normal(0, 1, at.shape)
        slope = (ours(at + 1e-6 * direction) - ours(at - 1e-6 * direction)) / 2e-6
        assert slope == pytest.approx(float((gradient.numpy()[:, 0] * direction).sum()), rel=1e-6)


def test_the_loss_is_the_sum_over_the_rows():
    parameters, rows = begin(8, 2, 3, 1), _rows()
    batch = batches.plain(rows, 3)
    alone = [
        float(loss(run(parameters, 2, one, torch.float32), one)) for one in (batches.plain([r], 3) for r in rows)
    ]
    assert float(loss(run(parameters, 2, batch, torch.float32), batch)) == pytest.approx(sum(alone), rel=1e-5)
    long = batches.plain([Row(rows[1].points, "longer than its frames")], 3)
    assert float(loss(run(parameters, 2, long, torch.float32), long)) == 0.0


def test_a_resumed_run_goes_on_exactly(file, tmp_path):
    straight, first = _trainer(file), _trainer(file)
    for step in range(10):
        straight.train_step(0.0)
        if step < 4:
            first.train_step(0.0)
    second = _trainer(file)
    second.restore(first.save(tmp_path, {}))
    while second.step < 10:
        second.train_step(0.0)
    assert second.seen == straight.seen
    for name, value in straight.parameters.items():
        assert torch.equal(second.parameters[name], value), name
        assert torch.equal(second.average[name], straight.average[name]), name


def test_training_learns(file):
    trainer = _trainer(file, learning_rate=2e-2, average=0.5, cells=24)
    rows = [row for step in range(3) for row in trainer.stream.rows(step)]
    before = validate(trainer.average, trainer.recipe, rows)
    for _ in range(80):
        trainer.train_step(0.0)
    after = validate(trainer.average, trainer.recipe, rows)
    assert after["total"] < 0.7 * before["total"] and trainer.report()["skipped"] == 0


def test_another_shape_is_refused(file, tmp_path):
    path = _trainer(file).save(tmp_path, {})
    _trainer(file, points=5.0, minutes=1.0).restore(path)
    for other in ({"cells": 10}, {"frame": 4}, {"layers": 1}, {"seed": 2}):
        with pytest.raises(RecipeError, match=next(iter(other))):
            _trainer(file, **other).restore(path)
    for bad in ({"cells": 0}, {"dropout": 1.5}, {"rows": 0}):
        with pytest.raises(RecipeError):
            ReaderRecipe(**bad)


def test_the_command_trains_readers_of_any_shape_and_exports_them(file, tmp_path, capsys):
    files = []
    for shape in (["--layers", 1, "--frame", 2, "--seed", 5], []):
        folder = tmp_path / f"run{len(files)}"
        assert _command(file, folder, *shape, "--points", 1000) == 0
        assert _command(file, folder, *shape, "--points", 2000) == 0
        kinds = [json.loads(line)["kind"] for line in (folder / "log.jsonl").read_text().splitlines()]
        assert kinds.count("start") == 1 and kinds.count("resume") == 1 and kinds[-1] == "end"
        capsys.readouterr()
        target = tmp_path / f"{len(files)}.jb64.gz"
        command = ["--folder", folder, "-o", target, "--units", file, "--part", "validation", "--rows", "6"]
        assert export.main([str(part) for part in command]) == 0
        report = json.loads(capsys.readouterr().out)
        weights = weight_file.load(target)
        assert report["bytes"] == target.stat().st_size and report["parameters"] == weights.parameters
        rows = export.held_out(units.load(file).part("validation"), export.AS_WRITTEN, 6)
        assert all(row.text.startswith("row") for row in rows)
        assert report["as_written"] == export.errors(Reader(weights), rows)
        assert report["as_written"]["characters"] == sum(len(row.text) for row in rows)
        assert report["composed"]["error"] > 0
        assert weights.metadata["training"]["validation"].keys() == {"total", "error"}
        state, groups = checkpoint.load(checkpoint.latest(folder))
        exact = export.from_run(folder, "r")
        assert exact.metadata["training"]["points"] == state["seen"] >= 2000
        for name, array in groups["average"].items():
            np.testing.assert_array_equal(exact.array(name), array.numpy())
        files.append(weights.metadata)
    assert [one["reader"]["layers"] for one in files] == [1, 2]
    assert [one["reader"]["frame"] for one in files] == [2, 3]
    assert [one["training"]["seed"] for one in files] == [5, 1]


def test_bad_files_are_one_line(file, tmp_path, capsys):
    assert train.main(["--folder", str(tmp_path), "--units", str(tmp_path / "none.npz")]) == 2
    assert train.main(["--folder", str(tmp_path), "--units", str(file), "--frame", "0"]) == 2
    assert export.main(["--folder", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 3 and "none.npz" in error and "frame" in error and "no checkpoint" in error
