"""The side modules' built files, the choice of a backend, and the numpy backend."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from ductus import backend, mixture
from ductus.backend.numpy import BackendError, NumpyBackend, NumpyDescent
from ductus.lstm import LSTM, Network, State
from tests.support.networks import random_line

FOLDER = Path(__file__).resolve().parents[2] / "js-shims" / "kernel"


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("build", FOLDER / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_built_files_are_what_the_source_gives(builder, tmp_path):
    made = builder.build(tmp_path)
    assert [path.name for path in made] == ["kernel-simd.wasm", "kernel-relaxed.wasm"]
    for path in made:
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), f"{path.name}: python js-shims/kernel/build.py"


def section(number: int, body: bytes) -> bytes:
    return bytes([number, len(body)]) + body


def imported(name: bytes, kind: bytes) -> bytes:
    return section(2, b"\x01\x03env" + bytes([len(name)]) + name + kind)


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        (section(11, b"\x01\x00\x41\x00\x0b\x01x"), "section 11"),  # data
        (section(6, b"\x01\x7f\x01\x41\x00\x0b"), "section 6"),  # a global
        (section(5, b"\x01\x00\x01"), "section 5"),  # a memory
        (section(4, b"\x01\x70\x00\x01"), "section 4"),  # a table
        (section(8, b"\x00"), "section 8"),  # a start function
        (imported(b"__stack_pointer", b"\x03\x7f\x01"), "imports env.__stack_pointer"),
        (imported(b"__memory_base", b"\x03\x7f\x01"), "imports env.__memory_base"),  # mutable
        (imported(b"malloc", b"\x00\x00"), "imports env.malloc"),
        (section(0, b"\x08dylink.0\x01\x04\x10\x00\x00\x00"), "asks the loader"),  # for 16 bytes
        (section(0, b"\x04name"), "asks the loader"),
    ],
)
def test_a_module_that_could_touch_other_memory_is_refused(builder, extra, complaint):
    good = (FOLDER / "kernel-simd.wasm").read_bytes()
    builder.check(good)
    with pytest.raises(builder.Unsafe, match=complaint):
        builder.check(good + extra)
    with pytest.raises(builder.Unsafe, match="not a WebAssembly"):
        builder.check(good[1:])


def test_c_that_keeps_data_is_refused(builder, tmp_path, monkeypatch):
    exported = '__attribute__((visibility("default"))) '
    monkeypatch.setattr(builder, "HERE", tmp_path)
    monkeypatch.setattr(builder, "SOURCES", (("kernel.c", []),))
    for source in (
        "static int calls; {} int count(void) {{ return ++calls; }}",
        "{} const char *name(void) {{ return __func__; }}",
        "{} int pick(int n) {{ volatile int on_the_stack[4] = {{1, 2, 3, 4}}; return on_the_stack[n]; }}",
    ):
        (tmp_path / "kernel.c").write_text(source.format(exported))
        with pytest.raises(builder.Unsafe, match=r"asks the loader|imports|section"):
            builder.build(tmp_path)


@pytest.mark.parametrize("name", ["kernel-simd.wasm", "kernel.c", "none.wasm"])
def test_a_module_that_does_not_load_is_reported_and_numpy_stays(name):
    chosen, description = backend.choose([str(FOLDER / name)], lambda path: True)  # CPython runs no WebAssembly
    assert isinstance(chosen, NumpyBackend) and chosen.name == "numpy with BLAS"
    assert description.startswith(f"numpy with BLAS; {name} did not load: ")


def network(units, outputs, dtype=np.float64):
    rng = np.random.default_rng(0)
    shapes = (3, 4 * units), (units, 4 * units), (4 * units,), (units, outputs), (outputs,)
    *cell, W_y, b_y = (rng.normal(0, 0.4, shape) for shape in shapes)
    return Network(LSTM(*cell, 1.0, dtype), W_y.astype(dtype), b_y.astype(dtype))


def test_a_module_that_did_not_come_is_reported_and_numpy_stays():
    def runs(path):
        raise BackendError(f"{path}: the server answered 404")

    chosen, said = backend.choose(["kernel-simd.wasm"], runs)
    assert isinstance(chosen, NumpyBackend) and said == f"{chosen.name}; kernel-simd.wasm: the server answered 404"


def test_ways_that_part_are_what_each_is_alone():
    ours = network(11, 5)
    rng = np.random.default_rng(1)
    state = State(*rng.normal(0, 1, (2, 3, 11)))
    x = rng.normal(0, 1, (12, 3))
    apart = State(*(np.repeat(part, 4, axis=0) for part in state))  # each pen repeated four times
    (parted, output), (alone, expected) = ours.advance(x, state), ours.advance(x, apart)
    for mine, theirs in zip((*parted, output), (*alone, expected), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12)
    assert output.shape == (12, 5)


def test_a_trace_is_every_state_on_the_way():
    ours = network(11, 5, np.float32)
    line = np.stack([random_line(6, seed) for seed in (1, 2)], axis=1)  # (6, 2, 3)
    state = ours.lstm.zero_state(2)
    trace = ours.trace(line, state)
    assert trace.h.shape == trace.c.shape == (7, 2, 11) and trace.h.dtype == np.float32
    for t, x in enumerate(line):
        np.testing.assert_array_equal(trace.h[t], state.h)
        state = ours.step(x, state)
    np.testing.assert_array_equal(trace.c[-1], state.c)
    assert ours.trace(line[:0], state).c.shape == (1, 2, 11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_paths_are_points_sampled_and_fed_in_turn(dtype):
    ours, rng = network(11, 1 + 6 * 4, dtype), np.random.default_rng(2)
    state = State(*rng.normal(0, 1, (2, 3, 11)).astype(dtype))
    uniforms = rng.random((3, 5, 7, 4))
    last, paths = ours.draw(None, state, 0.6, uniforms)
    assert paths.shape == (3, 7, 5, 3) and paths.dtype == dtype and last.h.shape == (21, 11)
    for pen, sample in ((0, 0), (1, 6), (2, 3)):
        alone = State(state.h[pen : pen + 1], state.c[pen : pen + 1])
        for t in range(5):
            point = mixture.sample(ours.output(alone.h), 0.6, uniforms[pen, t, sample][None])  # (1, 3)
            np.testing.assert_allclose(paths[pen, sample, t], point[0], rtol=1e-5, atol=1e-5)
            if t < 4:
                alone = ours.step(point, alone)
        np.testing.assert_allclose(last.c[7 * pen + sample], alone.c[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_paths_are_continued_with_their_last_points(dtype):
    ours, rng = network(11, 1 + 6 * 4, dtype), np.random.default_rng(3)
    state = State(*rng.normal(0, 1, (2, 3, 11)).astype(dtype))
    uniforms = rng.random((3, 5, 7, 4))
    last, whole = ours.draw(None, state, 0.6, uniforms)
    for step in range(1, 5):
        between, first = ours.draw(None, state, 0.6, uniforms[:, :step])
        end, second = ours.draw(first[:, :, -1].reshape(-1, 3), between, 0.6, uniforms[:, step:])
        np.testing.assert_array_equal(np.concatenate([first, second], axis=2), whole)
        np.testing.assert_array_equal(end.h, last.h)


def test_no_paths_of_no_pens_or_no_steps():
    ours = network(11, 1 + 6 * 4)
    state = State(*np.zeros((2, 3, 11)))
    for shape in ((3, 0, 7), (3, 5, 0), (3, 0, 0)):
        assert ours.draw(None, state, 1.0, np.zeros((*shape, 4)))[1].shape == (3, shape[2], shape[1], 3)
    none = State(*np.zeros((2, 0, 11)))
    assert ours.draw(None, none, 1.0, np.zeros((0, 5, 7, 4)))[1].shape == (0, 7, 5, 3)


def test_a_descent_stops_where_the_gradient_is_small_enough():
    rng = np.random.default_rng(0)
    P = rng.random((9, 9))
    P += P.T
    np.fill_diagonal(P, 0)
    P /= P.sum()
    descent = NumpyDescent(rng.normal(0, 1, 9), np.zeros(9), np.ones(9), P)
    norm = np.linalg.norm(descent.gradient(1.0))
    before = descent.y.copy()
    assert descent.iterate(10, 1.0, 0.1, 0.5, norm * 1.01) == 0
    np.testing.assert_array_equal(descent.y, before)
    assert descent.iterate(10, 1.0, 0.1, 0.5, norm * 0.99) > 0
    assert abs(descent.y.sum()) < 1e-12 and not np.array_equal(descent.y, before)


def test_the_first_that_runs_and_agrees_is_used(monkeypatch):
    tried = []

    class Module:
        name = "the third"

    def load(path):
        tried.append(path)
        if path != "c":
            raise BackendError(f"{path} disagrees")
        return Module()

    monkeypatch.setattr("ductus.backend.wasm.load", load)
    chosen, description = backend.choose("abcd", lambda path: path != "a")
    assert isinstance(chosen, Module) and description == "the third; b disagrees"
    assert tried == ["b", "c"]
    for paths, expected in (("b", "numpy with BLAS; b disagrees"), ("", "numpy with BLAS")):
        chosen, description = backend.choose(paths, lambda path: True)
        assert isinstance(chosen, NumpyBackend) and description == expected
