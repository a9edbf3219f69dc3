"""Ink files, the split by writer, the stream of batches, and what augmentation changes."""

import numpy as np
import pytest
import torch

from tests.training import synthetic
from weights.training.data import dataset
from weights.training.data.augmentation import Augmentation, maps
from weights.training.data.batches import Feeder, Stream, row_weights

pytestmark = pytest.mark.training
CPU = torch.device("cpu")
PLAIN = Augmentation(0, 0, 0, 0, 0)


@pytest.fixture
def ink(tmp_path):
    return dataset.load([synthetic.write(tmp_path / "a.npz"), synthetic.write(tmp_path / "b.npz", seed=1)])


def test_split_is_by_writer_and_complete(ink):
    parts = [dataset.part(ink, name) for name in dataset.PARTS]
    writers = [set(part.writer.tolist()) for part in parts]
    assert all(writers)
    assert not writers[0] & writers[1] and not writers[0] & writers[2] and not writers[1] & writers[2]
    assert sum(len(part.points) for part in parts) == len(ink.points)


def test_split_is_about_five_percent_and_fixed():
    """The model card's numbers depend on this split, so no change may move a writer unnoticed."""
    parts = [dataset.part_of(writer) for writer in range(20_000)]
    for held_out in ("validation", "test"):
        assert parts.count(held_out) / len(parts) == pytest.approx(dataset.HELD_OUT, abs=0.005)
    assert [writer for writer in range(60) if parts[writer] == "test"] == [5, 6, 20, 34]
    assert [writer for writer in range(60) if parts[writer] == "validation"] == [33, 53, 59]


def test_select_and_windows_keep_every_row_whole(ink):
    chosen = ink.select(np.array([5, 2, 300]))
    for place, row in enumerate((5, 2, 300)):
        ours = chosen.points[chosen.offsets[place] : chosen.offsets[place + 1]]
        np.testing.assert_array_equal(ours, ink.points[ink.offsets[row] : ink.offsets[row + 1]])
    cut = ink.windows(30)
    assert cut.lengths.max() == 30 and cut.lengths.min() >= 1
    assert set(ink.offsets) <= set(cut.offsets)
    np.testing.assert_array_equal(np.bincount(cut.writer, cut.lengths), np.bincount(ink.writer, ink.lengths))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": np.zeros((9, 2), np.float32)}, "points has the shape"),
        ({"points": np.full((9, 3), np.nan, np.float32)}, "finite"),
        ({"points": np.full((9, 3), 0.5, np.float32)}, "lift 0 or 1"),
        ({"offsets": np.array([0, 5, 4, 9])}, "offsets must rise"),
        ({"offsets": np.array([0, 8])}, "end at the 9 points"),
        ({"offsets": np.array([1, 9])}, "start with 0"),
        ({"writer": np.zeros(5, np.int32)}, "one integer a row"),
        ({"points": np.array([object()])}, "not an .npz"),
    ],
)
def test_bad_files_are_named(tmp_path, change, message):
    arrays = {"points": np.zeros((9, 3), np.float32), "offsets": np.array([0, 9]), "writer": np.zeros(1, np.int32)}
    np.savez(tmp_path / "bad.npz", **{**arrays, **change})
    with pytest.raises(dataset.DataError, match=rf"bad\.npz.*{message}"):
        dataset.load([tmp_path / "bad.npz"])


def test_truncated_file_is_named(tmp_path):
    path = synthetic.write(tmp_path / "cut.npz")
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(dataset.DataError, match=r"cut\.npz"):
        dataset.load([path])


def test_stream_visits_every_row_once_an_epoch_with_random_access(ink):
    stream = Stream(ink.lengths, np.ones(len(ink.lengths)), 16, seed=3)
    steps = [stream.rows(step).copy() for step in range(2 * stream.batches)]
    for epoch in (steps[: stream.batches], steps[stream.batches :]):
        assert sorted(np.concatenate(epoch)) == list(range(len(ink.lengths)))
    assert any((a != b).any() for a, b in zip(steps, steps[stream.batches :], strict=False))
    again = Stream(ink.lengths, np.ones(len(ink.lengths)), 16, seed=3)
    for step in (40, 3, 17):
        np.testing.assert_array_equal(again.rows(step), steps[step])


def test_stream_draws_in_proportion_to_the_weights(ink):
    weights = row_weights(ink, 1.0, (2.0, 1.0))
    stream = Stream(ink.lengths, weights, 16, seed=4)
    epochs = 40
    drawn = np.bincount(
        np.concatenate([stream.rows(step) for step in range(epochs * stream.batches)]), minlength=len(weights)
    )
    assert np.abs(drawn / epochs - weights).max() < 1 / epochs + 0.2
    first, second = (np.sum(weights[ink.source == source]) for source in (0, 1))
    assert first > 1.5 * second
    hands = [weights[(ink.writer == hand) & (ink.source == 0)][0] for hand in range(60)]
    points = np.bincount(ink.writer, ink.lengths)
    np.testing.assert_allclose(np.array(hands) * points, hands[0] * points[0], rtol=1e-9)


def test_batches_hold_the_rows_in_model_units(ink):
    batch = Feeder(ink, 3.24, CPU).plain(np.array([4, 9]))
    for column, row in enumerate((4, 9)):
        truth = ink.points[ink.offsets[row] : ink.offsets[row + 1]] * np.float32([3.24, 3.24, 1])
        np.testing.assert_allclose(batch.points[: len(truth), column], truth, rtol=1e-6)
        assert batch.mask[:, column].sum() == len(truth) and not batch.points[len(truth) :, column].any()
    assert batch.total == ink.lengths[[4, 9]].sum()


def test_augmentation_is_one_linear_map_a_row_and_leaves_the_lifts(ink):
    feeder, rows = Feeder(ink, 3.24, CPU), np.arange(12)
    plain = feeder.plain(rows)
    batch = feeder.augmented(rows, Augmentation(grid=0), seed=1, step=5)
    torch.testing.assert_close(batch.points[..., 2], plain.points[..., 2])
    linear = maps(Augmentation(), 12, 1, 5)
    assert len(np.unique(linear.round(6), axis=0)) == 12
    for row in rows:
        expected = plain.points[:, row, :2].double().numpy() @ linear[row].T
        np.testing.assert_allclose(batch.points[:, row, :2], expected, atol=1e-5)


def test_maps_stay_within_their_bounds():
    limits = Augmentation(scale=0.1, slant=0.15, rotation=0.02, stretch=0.06)
    linear = maps(limits, 5000, 0, 0)
    area = np.log(np.linalg.det(linear)) / 2
    assert 0.09 < np.abs(area).max() <= 0.1 + 1e-12
    assert np.abs(np.arctan2(linear[:, 1, 0], linear[:, 0, 0])).max() <= 0.02 + 1e-12
    np.testing.assert_array_equal(maps(PLAIN, 3, 0, 0), [np.eye(2)] * 3)


def test_grid_noise_reaches_the_first_point_and_no_padding(ink):
    feeder, rows = Feeder(ink, 1.0, CPU), np.arange(40)
    noisy = feeder.augmented(rows, Augmentation(0, 0, 0, 0, grid=0.01), seed=1, step=0)
    difference = (noisy.points - feeder.plain(rows).points)[..., :2]
    assert difference.abs().max() <= 0.005 + 1e-6
    assert difference[0].abs().min() > 0
    assert not difference[noisy.mask == 0].any()
    assert difference[noisy.mask == 1].std().item() == pytest.approx(0.01 / 12**0.5, rel=0.05)


def test_a_share_of_a_batch_is_the_same_rows_augmented_the_same(ink):
    feeder, rows = Feeder(ink, 3.24, CPU), np.arange(20, 32)
    whole = feeder.augmented(rows, Augmentation(), seed=7, step=9)
    for rank in range(3):
        share = feeder.augmented(rows, Augmentation(), 7, 9, rank, 3)
        torch.testing.assert_close(share.points, whole.points[:, rank::3], rtol=0, atol=0)
        assert share.total == whole.total
