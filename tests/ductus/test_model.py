"""The LSTM and the model's methods against the ONNX reference evaluator and against one another."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from ductus import cooperative, mixture
from ductus.backend import numpy
from ductus.backend.numpy import NumpyBackend
from ductus.ink import InkError
from ductus.lstm import LSTM, State
from ductus.model import Model
from tests.support.networks import random_line, random_weights


def onnx_lstm(W_xh, W_hh, b_h, forget_bias):
    """Return the same cell as an ONNX graph; ONNX orders the gates i, o, f, c (our g) and puts outputs first."""

    def reorder(array):
        i, g, f, o = np.split(array, 4, axis=-1)
        return np.concatenate([i, o, f, g], axis=-1)

    bias = b_h.copy()
    units = len(W_hh)
    bias[2 * units : 3 * units] += forget_bias
    weights = {
        "W": reorder(W_xh).T[None],
        "R": reorder(W_hh).T[None],
        "B": np.concatenate([reorder(bias), np.zeros_like(bias)])[None],
    }
    node = helper.make_node("LSTM", ["X", "W", "R", "B"], ["Y", "H", "C"], hidden_size=units)
    inputs = [helper.make_tensor_value_info("X", TensorProto.FLOAT, None)]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("Y", "H", "C")]
    initial = [onnx.numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    graph = helper.make_graph([node], "lstm", inputs, outputs, initial)
    evaluator = ReferenceEvaluator(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)]))
    return lambda x: evaluator.run(None, {"X": x.astype(np.float32)})


def test_the_cell_is_the_lstm_of_onnx():
    rng = np.random.default_rng(0)
    arrays = rng.normal(0, 0.5, (3, 40)), rng.normal(0, 0.5, (10, 40)), rng.normal(0, 0.5, 40)
    x = rng.normal(0, 1, (25, 6, 3))  # (T, B, 3)
    hidden, h, c = onnx_lstm(*arrays, 0.7)(x)
    cell = LSTM(*arrays, 0.7)
    state = cell.zero_state(6)
    for step, row in enumerate(x):
        state = cell.step(row, state)
        np.testing.assert_allclose(state.h, hidden[step, 0], atol=2e-6)
    np.testing.assert_allclose(state.h, h[0], atol=2e-6)
    np.testing.assert_allclose(state.c, c[0], atol=2e-6)


def test_a_step_changes_neither_its_state_nor_its_input():
    model = Model(random_weights())
    state = model.start(2)
    before, x = [part.copy() for part in state], np.ones((2, 3))
    model.step(x, state)
    np.testing.assert_array_equal(state.h, before[0])
    np.testing.assert_array_equal(state.c, before[1])
    assert (x == 1).all()


def test_matrix_products_by_einsum_in_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(11, 7)).astype(np.float32), rng.normal(size=(7, 5)).astype(np.float32)
    monkeypatch.setattr(numpy, "MAX_PRODUCTS", 7 * 5 * 4)
    np.testing.assert_allclose(numpy.einsum_matmul(a, b), a.astype(float) @ b, atol=1e-5)
    assert numpy.einsum_matmul(a[:0], b).shape == (0, 5)
    assert numpy.einsum_matmul(a, b).dtype == np.float32


def teacher_forced(model: Model, line: np.ndarray):
    """Return the nats per point by the definition: feed one input after another."""
    state = model.step(np.zeros((1, 3)), model.start(lead_in=0))
    position, lift = [], []
    for point in line:
        head = model.head(state)
        position.append(-mixture.log_density(head, point[None, :2])[0])
        lift.append(-mixture.log_lift(head, point[None, 2])[0])
        state = model.step(point[None], state)
    return np.array(position), np.array(lift), state


def test_score_is_the_teacher_forced_likelihood():
    model = Model(random_weights(seed=1), np.float64)
    line = random_line(30, seed=2)
    position, lift, state = teacher_forced(model, line)
    score = model.score(line)
    np.testing.assert_allclose(score.position, position)
    np.testing.assert_allclose(score.lift, lift)
    np.testing.assert_allclose(score.total, position + lift)
    np.testing.assert_allclose(model.feed(line, model.start()).c, state.c)


def test_many_lines_score_as_each_alone():
    model = Model(random_weights(seed=1), np.float64)
    lines = [random_line(n, seed=n) for n in (5, 40, 1, 17, 40, 300)]
    for line, score in zip(lines, model.score_lines(lines), strict=True):
        np.testing.assert_allclose(score.position, model.score(line).position)
        np.testing.assert_allclose(score.lift, model.score(line).lift)
    assert [len(score.lift) for score in model.score_lines([random_line(3), np.empty((0, 3))])] == [3, 0]
    assert model.score_lines([]) == []


def test_float32_scores_as_float64():
    weights = random_weights(units=100, mixtures=20, seed=3, spread=0.1)
    line = random_line(400, seed=4)
    difference = Model(weights).score(line).total - Model(weights, np.float64).score(line).total
    assert abs(difference.mean()) < 1e-4


def test_cells_are_the_states_before_each_point():
    model = Model(random_weights(), np.float64)
    line = random_line(6)
    state, expected = model.start(lead_in=2), []
    for point in line:
        expected.append(state.c[0])
        state = model.step(point[None], state)
    np.testing.assert_array_equal(model.cells(line, lead_in=2), expected)
    assert (model.cells(line, lead_in=0)[0] == 0).all()
    assert model.cells(line).shape == (6, 12)
    assert model.cells(np.empty((0, 3))).shape == (0, 12)
    assert Model(random_weights()).cells(line).dtype == np.float32


def test_paths_follow_their_own_samples():
    model = Model(random_weights(seed=5), np.float64)
    state = model.feed(random_line(10), model.start())
    paths = model.continue_(state, samples=4, steps=6, temperature=0.8, seed=11)
    rng = np.random.default_rng(11)
    states = [state] * 4
    for step in range(6):
        uniforms = rng.random((4, 4))
        for k in range(4):
            point = mixture.sample(model.output(states[k]), 0.8, uniforms[k : k + 1])
            np.testing.assert_allclose(paths[k, step], point[0], rtol=1e-5, atol=1e-6)
            states[k] = model.step(point, states[k])


def test_a_seed_decides_all_and_a_longer_path_begins_like_a_shorter():
    model = Model(random_weights(seed=5))
    state = model.start()
    long = model.continue_(state, 5, 12, 1.0, 3)
    np.testing.assert_array_equal(long, model.continue_(state, 5, 12, 1.0, 3))
    np.testing.assert_array_equal(long[:, :4], model.continue_(state, 5, 4, 1.0, 3))
    assert not np.array_equal(long, model.continue_(state, 5, 12, 1.0, 4))
    assert long.dtype == np.float32
    assert model.continue_(state, 5, 0, 1.0, 3).shape == (5, 0, 3)


def test_slices_can_be_dropped_half_way():
    model = Model(random_weights())
    slices = model.continue_slices(model.start(), 100, 50, 1.0, 0)  # in two pieces
    assert [next(slices) for _ in range(4)] == [0, 5, 5, 10]
    slices.close()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("samples", [1, 2, 7, 30])
def test_slices_change_nothing(samples, dtype):
    weights = random_weights(seed=6)
    wanted = Model(weights, dtype).continue_(Model(weights, dtype).start(), samples, 9, 0.8, 4)
    assert wanted.dtype == np.float32
    for size in (1, 4, 9, 100):
        model = Model(weights, dtype, sliced(size, 2))
        found = model.continue_(model.start(), samples, 9, 0.8, 4)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_fans_do_not_depend_on_one_another():
    model = Model(random_weights(seed=6))
    line = random_line(5)
    fans = model.fan(line, samples=3, steps=2, temperature=1.0, seed=9)
    assert fans.shape == (5, 3, 2, 3)
    state = model.feed(line[:3], model.start())
    np.testing.assert_allclose(fans[3], model.continue_(state, 3, 2, 1.0, [9, 3]), atol=1e-6)
    assert model.fan(np.empty((0, 3)), 3, 2, 1.0, 9).shape == (0, 3, 2, 3)


def sliced(rows, steps, backend=None):
    """Return a numpy backend with slices of this size."""
    backend = backend or NumpyBackend()
    backend.slice_rows, backend.slice_steps = rows, steps
    return backend


def test_many_fans_side_by_side_are_what_each_is_alone():
    model = Model(random_weights(seed=6), np.float64, sliced(40, 1))  # several groups, the last one smaller
    line = random_line(23)
    states, chosen = model.line_states(line), [22, 3, *range(4, 20), 3]
    picked = State(states.h[chosen], states.c[chosen])
    slices = model.fan_slices(picked, 6, 4, 0.7, [[9, i] for i in chosen])
    finished = []
    while True:
        try:
            finished.append(next(slices))
        except StopIteration as end:
            fans = end.value
            break
    assert fans.shape == (len(chosen), 6, 4, 3) and fans.dtype == np.float32
    assert finished == sorted(finished) and finished[-1] == len(chosen) and len(set(finished)) > 3
    for fan, i in zip(fans, chosen, strict=True):
        state = model.feed(line[:i], model.start())
        np.testing.assert_allclose(fan, model.continue_(state, 6, 4, 0.7, [9, i]), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(fans[1], fans[-1])


def test_a_slice_of_fans_takes_few_rows_at_a_time():
    class Counting(NumpyBackend):
        """A numpy backend that records the number of inputs of each product with W_xh, or W_xh stacked on W_hh."""

        def __init__(self):
            super().__init__()
            product = self.matmul
            self.matmul = lambda a, b: (rows.append(len(a)) if len(b) in (3, 3 + 12) else None, product(a, b))[1]

    rows = []
    model = Model(random_weights(seed=6), backend=sliced(16, 1, Counting()))
    slices = model.fan_slices(model.line_states(random_line(9)), 30, 3, 1.0, range(9))
    rows.clear()
    pauses = sum(1 for _ in slices)
    assert max(rows) == 15  # two pieces of a fan
    assert sum(rows) == 9 * 30 * 2 and pauses == 9 * 2 * 3


def test_fans_of_odd_counts():
    model = Model(random_weights(seed=6))
    states = model.line_states(random_line(3))
    assert cooperative.run(model.fan_slices(states, 1, 1, 1.0, [1, 2, 3])).shape == (3, 1, 1, 3)
    assert cooperative.run(model.fan_slices(states, 5, 0, 1.0, [1, 2, 3])).shape == (3, 5, 0, 3)
    none = State(states.h[:0], states.c[:0])
    assert cooperative.run(model.fan_slices(none, 5, 2, 1.0, [])).shape == (0, 5, 2, 3)
    with pytest.raises(ValueError, match="3 states need one seed each, not 2"):
        cooperative.run(model.fan_slices(states, 5, 2, 1.0, [1, 2]))
    with pytest.raises(ValueError, match="cannot draw"):
        cooperative.run(model.fan_slices(states, 0, 2, 1.0, [1, 2, 3]))
    with pytest.raises(ValueError, match="temperature"):
        cooperative.run(model.fan_slices(states, 1, 2, -1.0, [1, 2, 3]))


def test_writing_starts_from_nothing_or_from_a_state():
    model = Model(random_weights(seed=6))
    np.testing.assert_array_equal(model.write(8, 1.0, 2), model.continue_(model.start(), 1, 8, 1.0, 2)[0])
    state = model.feed(random_line(9), model.start())
    assert not np.array_equal(model.write(8, 0.0, 2), model.write(8, 0.0, 2, state))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_ink_must_be_finite(bad):
    model = Model(random_weights())
    line = random_line(4)
    line[2, 1] = bad
    for verb in (model.score, model.cells, lambda ink: model.feed(ink, model.start())):
        with pytest.raises(InkError, match="2"):
            verb(line)


def test_huge_ink_has_a_finite_score_and_leaves_a_finite_state():
    model = Model(random_weights())
    line = np.array([[0, 0, 0], [1e300, -1e300, 0], [1e-300, 5e-324, 1], [1, 1, 0]])
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(model.score(line).total).all()
        assert np.isfinite(model.feed(line, model.start()).c).all()


@pytest.mark.parametrize(("samples", "steps"), [(0, 5), (-1, 5), (3, -1)])
def test_counts_must_make_sense(samples, steps):
    model = Model(random_weights())
    with pytest.raises(ValueError, match="cannot draw"):
        model.continue_(model.start(), samples, steps, 1.0, 0)
