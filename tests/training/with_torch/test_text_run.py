"""A run of the text network: resumed exactly, paused by a file, exported as a weight file."""

import json
import math
import zipfile

import numpy as np
import pytest
import torch

from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from tests.support.networks import random_weights
from tests.training.labelled import labelled_file
from weights.training.text import export, row_run, train, units
from weights.training.text.recipe import TextRecipe
from weights.training.text.trainer import TextTrainer, validate
from weights.training.train import checkpoint
from weights.training.train.recipe import RecipeError

pytestmark = pytest.mark.training
SMALL = {"rows": 4, "longest": 60, "warm_up": 3, "validation_rows": 8}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    weight_file.save(random_weights(units=16, pen_clock=None), folder / "base.jb64")
    return labelled_file(folder / "units.npz"), folder / "base.jb64"


def _trainer(files, **settings) -> TextTrainer:
    return TextTrainer(TextRecipe(**SMALL | settings), units.load(files[0]).part("train"), weight_file.load(files[1]))


def _command(files, folder, *more) -> int:
    small = [part for name, value in SMALL.items() for part in ("--" + name.replace("_", "-"), str(value))]
    return train.main(
        ["--folder", str(folder), "--units", str(files[0]), "--base", str(files[1]), *small, *map(str, more)]
    )


def _log(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_a_resumed_run_goes_on_exactly(files, tmp_path):
    straight, first = _trainer(files), _trainer(files)
    for step in range(12):
        straight.train_step(0.0)
        if step < 5:
            first.train_step(0.0)
    path = first.save(tmp_path, {"seconds": 3.5})
    second = _trainer(files)
    assert second.restore(path) == {"seconds": 3.5} and second.step == 5
    while second.step < 12:
        second.train_step(0.0)
    assert second.seen == straight.seen
    for name, value in straight.parameters.items():
        assert torch.equal(second.parameters[name], value), name
        assert torch.equal(second.average[name], straight.average[name]), name


def test_training_learns(files):
    trainer = _trainer(files, learning_rate=1e-2, average=0.5)
    rows = [row for step in range(3) for row in trainer.stream.rows(step)]
    before = validate(trainer.average, rows, trainer.recipe.units_per_x_height)
    for _ in range(60):
        trainer.train_step(0.0)
    after = validate(trainer.average, rows, trainer.recipe.units_per_x_height)
    assert after["total"] < before["total"] - 0.5
    assert trainer.report()["skipped"] == 0


def test_other_settings_are_refused(files, tmp_path):
    path = _trainer(files).save(tmp_path, {})
    _trainer(files, points=5.0, minutes=1.0).restore(path)
    with pytest.raises(RecipeError, match="jitter"):
        _trainer(files, jitter=0.5).restore(path)
    for bad in ({"rows": 0}, {"average": 1.5}, {"points": float("nan")}):
        with pytest.raises(RecipeError):
            TextRecipe(**bad)


def test_the_rate_reaches_its_end_by_time_or_by_points():
    recipe = TextRecipe(minutes=10.0, points=1000.0, warm_up=4, learning_rate=1.0, final=0.1)
    assert recipe.progress(500, 60) == 0.5 and recipe.progress(100, 300) == 0.5 and recipe.progress(0, 1e9) == 1
    assert recipe.rate(0, 0.0) == pytest.approx(0.25) and recipe.rate(9, 0.0) == pytest.approx(1.0)
    assert recipe.rate(9, 0.5) == pytest.approx(0.55) and recipe.rate(9, 1.0) == pytest.approx(0.1)
    assert TextRecipe(points=1000.0).progress(250, 1e9) == 0.25


def test_the_command_runs_resumes_and_exports(files, tmp_path, capsys):
    folder = tmp_path / "run"
    assert _command(files, folder, "--points", 1500) == 0
    done = checkpoint.latest(folder)
    assert _command(files, folder, "--points", 3000) == 0
    kinds = [record["kind"] for record in _log(folder)]
    assert kinds.count("start") == 1 and kinds.count("resume") == 1 and kinds[-1] == "end"
    assert [r["points"] >= 1500 for r in _log(folder) if r["kind"] == "end"] == [True, True]
    validations = [record for record in _log(folder) if record["kind"] == "validation"]
    assert all(record["wrong"] - record["total"] == pytest.approx(record["gain"]) for record in validations)
    assert math.nextafter(0.0, 1.0) > 0.0, "denormal numbers are still taken for 0"
    last = checkpoint.latest(folder)
    assert not done.exists() and last.exists()
    for array in last.glob("*.npz"):
        assert all(name.endswith(".npy") for name in zipfile.ZipFile(array).namelist())
        np.load(array, allow_pickle=False)
    assert {path.suffix for path in last.iterdir()} == {".npz", ".json"}
    capsys.readouterr()
    target = tmp_path / "text.jb64.gz"
    assert export.main(["--folder", str(folder), "-o", str(target), "--units", str(files[0]), "--rows", "6"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["bytes"] == target.stat().st_size and abs(report["cost"]) < 0.1
    weights = weight_file.load(target)
    assert weights.parameters == report["parameters"] and weights.metadata["training"]["steps"] > 0
    assert np.isfinite(TextNetwork(weights).score(np.zeros((3, 3)), "abc").total).all()


def test_a_file_named_pause_makes_it_save_and_wait(files, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "pause").touch()
    waited = []

    def sleep(seconds: float) -> None:
        waited.append(checkpoint.latest(folder))
        if len(waited) == 3:
            (folder / "pause").unlink()

    monkeypatch.setattr(row_run.time, "sleep", sleep)
    assert _command(files, folder, "--points", 1500) == 0
    assert len(waited) == 3 and waited[0] is not None
    kinds = [record["kind"] for record in _log(folder)]
    assert kinds.index("checkpoint") < kinds.index("pause") < kinds.index("unpause") < kinds.index("end")


def test_bad_files_are_one_line(files, tmp_path, capsys):
    assert train.main(["--folder", str(tmp_path), "--units", str(tmp_path / "none.npz")]) == 2
    assert _command((files[1], files[1]), tmp_path) == 2
    assert export.main(["--folder", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 3 and "none.npz" in error and "no checkpoint" in error


def test_a_run_whose_gradients_are_not_finite_stops(files):
    trainer = _trainer(files)
    with torch.no_grad():
        trainer.parameters["b_y"][0] = float("nan")
    with pytest.raises(RecipeError, match="not finite"):
        for _ in range(100):
            trainer.train_step(0.0)
    assert trainer.step < 30
