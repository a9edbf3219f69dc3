"""The evaluation, which runs without PyTorch, against the training code's own scoring."""

import numpy as np
import pytest
import torch

from ductus.model import Model
from ductus.weights.weights import Weights
from tests.training import synthetic
from weights.training.data import dataset
from weights.training.data.augmentation import Augmentation
from weights.training.data.batches import Feeder
from weights.training.evaluate import evaluation, reading
from weights.training.train.network import FORGET_BIAS, TorchNetwork, to_arrays
from weights.training.train.scoring import score

pytestmark = pytest.mark.training


def test_scores_are_those_of_training(tmp_path):
    network = TorchNetwork(20, 4, seed=3)
    about = {"name": "test", "licence": None, "units": 20, "mixtures": 4, "forget_bias": FORGET_BIAS}
    about |= {"units_per_x_height": 3.0, "pen_clock": None, "training": None}
    model = Model(Weights.from_arrays(to_arrays(dict(network.named_parameters())), about))
    ink = dataset.load([synthetic.write(tmp_path / "ink.npz", 40)])
    read = reading.read(model, ink.points * np.array([3.0, 3.0, 1.0]), ink.offsets)
    named = {name: value.detach() for name, value in network.named_parameters()}
    rows = score(named, Feeder(ink, 3.0, torch.device("cpu")))
    for ours, theirs in ((read.position, rows.position), (read.lift, rows.lift)):
        np.testing.assert_allclose(np.add.reduceat(ours, ink.offsets[:-1]), theirs, rtol=1e-4, atol=1e-3)


def test_noise_is_as_wide_as_in_training():
    assert Augmentation().grid == evaluation.GRID
