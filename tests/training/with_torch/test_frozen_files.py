"""What training writes to disk: plain arrays and JSON under these names, whatever the code calls them.

A training takes hours. One that is running or was interrupted must go on after any change of the code, so these lists
stay as they are; new settings may be added, with a default that changes nothing.
"""

import dataclasses
import json

import numpy as np
import pytest
import torch

from ductus.weights import file as weight_file
from tests.training import synthetic
from weights.training.data import dataset
from weights.training.train import checkpoint, export, training_run
from weights.training.train.recipe import Recipe
from weights.training.train.trainer import Trainer

pytestmark = pytest.mark.training
UNITS, COMPONENTS = 6, 2
RECIPE = {
    "units": UNITS,
    "mixtures": COMPONENTS,
    "units_per_x_height": 3.24,
    "seed": 1,
    "points": 4000.0,
    "rows": 8,
    "window": 0,
    "writer_power": 0.25,
    "source_weights": [],
    "learning_rate": 0.004,
    "warm_up": 0.01,
    "clip": 1.0,
    "weight_decay": 0.0,
    "average": 0.995,
    "drop_connect": 0.0,
    "weight_noise": 0.0,
    "dropout": 0.0,
    "jitter": 0.0,
    "jitter_share": 1.0,
    "precision": "float32",
    "scale": 0.1,
    "slant": 0.15,
    "rotation": 0.02,
    "stretch": 0.06,
    "grid": 0.00125,
    "validation_every": 5e7,
    "report_every": 2e6,
    "patience": 0,
}
SMALL = Recipe(units=UNITS, mixtures=COMPONENTS, points=4e3, rows=8)
ARRAYS = {
    "weight_ih": (4 * UNITS, 3),
    "weight_hh": (4 * UNITS, UNITS),
    "bias": (4 * UNITS,),
    "weight_out": (1 + 6 * COMPONENTS, UNITS),
    "bias_out": (1 + 6 * COMPONENTS,),
}
GROUPS = ["average", "best", "moment1", "moment2", "weights"]
STATE = {"recipe": RECIPE, "step": 3, "seen": 1200, "best": 1.25, "stale": 0, "extra": {"seconds": 7.0}}
ALWAYS = {"kind", "seconds"}
PROGRESS = {"step", "points", "position", "lift", "total", "norm", "skipped", "rate", "speed", "left"}
START = {"recipe", "ink", "parts", "rms_unit", "baseline", "step", "device", "processes", "threads", "torch"}
LOG = {
    "start": START,
    "resume": START,
    "progress": PROGRESS,
    "validation": {"step", "points", "position", "lift", "total", "gain", "best", "without_average"},
    "checkpoint": {"step", "path"},
    "end": {"how", "step", "points", "best", "seconds"},
}
TRAINING = {"steps", "points", "seed", "ink", "parts", "seconds", "device", "torch", "validation"}


@pytest.fixture(scope="module")
def ink(tmp_path_factory):
    return synthetic.write(tmp_path_factory.mktemp("ink") / "ink.npz")


@pytest.fixture(scope="module")
def run(ink, tmp_path_factory):
    """The folder of a run that was resumed once."""
    folder = tmp_path_factory.mktemp("run")
    for points in ("4000", "6000"):
        options = ["--units", str(UNITS), "--mixtures", str(COMPONENTS), "--rows", "8", "--threads", "1"]
        assert training_run.main(["--folder", str(folder), "--ink", str(ink), *options, "--points", points]) == 0
    return folder


def test_the_files_of_a_run(run):
    assert [path.name for path in run.iterdir() if path.is_file()] == ["log.jsonl"]
    (folder,) = (path for path in run.iterdir() if path.is_dir())
    assert folder.name.startswith("checkpoint-") and folder.name[11:].isdecimal()
    names = {path.name for path in folder.iterdir()}
    assert names == {"state.json", *(f"{group}.npz" for group in GROUPS)}
    state = json.loads((folder / "state.json").read_text())
    assert state.keys() == STATE.keys() | {"groups"} and state["groups"] == GROUPS
    assert state["recipe"].keys() >= RECIPE.keys() and state["extra"].keys() == {"seconds"}
    for group in GROUPS:
        with np.load(folder / f"{group}.npz", allow_pickle=False) as file:
            assert {name: file[name].shape for name in file.files} == ARRAYS
            assert all(file[name].dtype == np.float32 for name in file.files)


def test_the_records_of_the_log(run):
    records = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert {record["kind"] for record in records} == LOG.keys()
    for record in records:
        assert record.keys() == ALWAYS | LOG[record["kind"]], record["kind"]
    assert records[0]["parts"]["train"].keys() == {"writers", "rows", "points"}
    assert records[0]["baseline"].keys() == {"position", "lift"}


def test_the_settings_only_grow():
    settings = json.loads(
        json.dumps(dataclasses.asdict(Recipe(units=UNITS, mixtures=COMPONENTS, points=4e3, rows=8)))
    )
    assert {name: settings[name] for name in RECIPE} == RECIPE


def test_a_checkpoint_of_these_names_is_resumed(ink, tmp_path):
    folder = tmp_path / "checkpoint-3"
    folder.mkdir()
    generator = np.random.default_rng(0)
    arrays = {
        group: {name: generator.random(shape).astype(np.float32) for name, shape in ARRAYS.items()}
        for group in GROUPS
    }
    for group, named in arrays.items():
        np.savez(folder / f"{group}.npz", **named)
    (folder / "state.json").write_text(json.dumps({**STATE, "groups": GROUPS}))
    trainer = Trainer(SMALL, dataset.load([ink]), torch.device("cpu"))
    assert trainer.restore(checkpoint.latest(tmp_path)) == STATE["extra"]
    assert (trainer.step, trainer.seen, trainer.best, trainer.stale) == (3, 1200, 1.25, 0)
    for name, value in trainer.network.named_parameters():
        np.testing.assert_array_equal(value.detach().numpy(), arrays["weights"][name])
        np.testing.assert_array_equal(trainer.best_average[name].numpy(), arrays["best"][name])
    trainer.train_step()
    assert trainer.step == 4


def test_the_metadata_of_the_exported_file(run, tmp_path):
    assert export.main(["--folder", str(run), "-o", str(tmp_path / "out.jb64.gz")]) == 0
    metadata = weight_file.load(tmp_path / "out.jb64.gz").metadata
    assert metadata["training"].keys() == TRAINING
    assert {
        "name",
        "licence",
        "units",
        "mixtures",
        "forget_bias",
        "units_per_x_height",
        "pen_clock",
    } <= metadata.keys()
