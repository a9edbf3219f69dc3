"""The side module against numpy, inside Pyodide: every routine, both builds, all kinds of shapes and values."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.networks import random_line, random_weights

ROOT = Path(__file__).resolve().parents[2]
BUILDS = ("simd", "relaxed")


@pytest.fixture(scope="module", params=BUILDS)
def path(pyodide, request):
    """Return the path of a build inside Pyodide; the cases are there too."""
    name = f"kernel-{request.param}.wasm"
    pyodide.write(f"/kernel/{name}", (ROOT / "js-shims" / "kernel" / name).read_bytes())
    for cases in ("backend", "drawing", "intervention", "reading", "text"):
        file = f"{cases}_cases.py"
        pyodide.write(f"/ductus-py/{file}", Path(__file__).with_name(file).read_bytes())
    return f"/kernel/{name}"


def run_in(pyodide, cases, case, *arguments):
    return pyodide.run(f"import {cases}\n{cases}.{case}(*{arguments!r})")


def run(pyodide, case, *arguments):
    return run_in(pyodide, "backend_cases", case, *arguments)


def test_products(pyodide, path):
    worst, shapes = run(pyodide, "products", path, 1, 150)
    assert worst < 60 and len(shapes) > 100  # roundings of sums of up to 2,000 terms, each at most half a unit
    assert any(0 in shape for shape in shapes)
    for axis, wanted in enumerate([{0, 1, 3}, {0, 1, 3, 500, 2000}, {0, 1, 3, 500, 2000}]):
        assert wanted <= {shape[axis] for shape in shapes}


def test_steps_heads_and_traces(pyodide, path):
    worst, shapes = run(pyodide, "steps", path, 2, 120)
    assert worst < 5e-6
    assert {1, 3, 499, 500, 501, 502, 503} <= {shape[0] for shape in shapes}
    assert {1, 6, 66, 129} <= {shape[2] for shape in shapes}
    assert any(shape[2] > 1 and shape[3] == 50 for shape in shapes)


def test_drawn_paths(pyodide, path):
    worst, shapes = run_in(pyodide, "drawing_cases", "draws", path, 5, 120)
    assert worst < 1e-5
    assert {1, 500, 2048} <= {shape[0] for shape in shapes} and {1, 20} <= {shape[1] for shape in shapes}
    assert {0, 1, 8} <= {shape[2] for shape in shapes} and {0, 1, 5} <= {shape[4] for shape in shapes}
    assert len({tuple(shape[5:]) for shape in shapes}) == 4


def test_changes_of_the_cells(pyodide, path):
    """In traces and drawn paths; one that keeps every cell changes no bit."""
    worst, shapes = run_in(pyodide, "intervention_cases", "changes", path, 11, 60)
    assert worst < 1e-5
    assert {1, 500} <= {shape[0] for shape in shapes} and {1, 66} <= {shape[1] for shape in shapes}
    assert any(1 < shape[4] < shape[1] * shape[2] for shape in shapes)  # several rows share one
    assert run_in(pyodide, "intervention_cases", "multipliers", path, 12) < 1e-5


def test_samples_of_given_outputs(pyodide, path):
    worst, points = run_in(pyodide, "drawing_cases", "samples", path, 6, 400)
    assert worst < 1e-6 and points > 10_000
    assert run_in(pyodide, "drawing_cases", "special_samples", path, 7, 600) == 600


def test_a_sample_has_the_same_bits_whatever_is_drawn_beside_it(pyodide, path):
    assert run_in(pyodide, "drawing_cases", "splits", path, 8, 12) > 300


def test_points_that_are_read(pyodide, path):
    worst, shapes = run_in(pyodide, "reading_cases", "readings", path, 13, 80)
    assert worst < 1e-5
    assert {1, 500} <= {shape[0] for shape in shapes} and {0, 1, 66, 67} <= {shape[1] for shape in shapes}
    assert run_in(pyodide, "reading_cases", "facts", path, 14, 600) < 1e-12


def test_a_row_has_the_same_bits_whatever_is_read_beside_it(pyodide, path):
    assert run_in(pyodide, "reading_cases", "splits", path, 15, 12) > 100


def test_layers_in_both_directions(pyodide, path):
    worst, shapes = run_in(pyodide, "reading_cases", "directions", path, 17, 25)
    assert worst < 1e-5
    for axis, wanted in enumerate([{1, 96}, {1, 15, 192}, {0, 1, 300}, {0, 1, 70}]):
        assert wanted <= {shape[axis] for shape in shapes}


def test_the_text_network(pyodide, path):
    worst, shapes = run_in(pyodide, "text_cases", "steps", path, 9, 40)
    assert worst < 1e-5
    assert {1, 100, 2048} <= {shape[0] for shape in shapes} and {0, 1, 3, 70} <= {shape[3] for shape in shapes}
    assert run_in(pyodide, "text_cases", "special_values", path, 10, 300) == 300
    worst, ends = run_in(pyodide, "text_cases", "written", path, 16, 60)
    assert worst < 1e-4 and min(ends.values()) >= 5


def test_gradients_and_descents(pyodide, path):
    worst, sizes = run(pyodide, "descents", path, 3, 40)
    assert worst < 20 and {1, 3, 500} <= set(sizes)


def test_special_values(pyodide, path):
    assert run(pyodide, "special_values", path, 4, 200) == 200


def test_tanh(pyodide, path):
    worst, tiny, bounded, hidden = run(pyodide, "tanh_errors", path)
    assert worst < 4e-7 and tiny < 1e-44 and bounded and hidden < 3e-7


def model_facts(path, weights, line):
    import numpy as np

    from ductus import cooperative
    from ductus.analysis.tsne import TSNE
    from ductus.backend import choose
    from ductus.model import Model
    from ductus.weights import file as weight_file

    backend, name = choose([path] if path else [], lambda path: True)
    model, line = Model(weight_file.load(weights), backend=backend), np.array(line)
    places = np.random.default_rng(0).normal(0, 1, (60, 5))
    distances = ((places[:, None] - places) ** 2).sum(axis=2)
    from ductus.analysis.tsne import affinities

    states = model.line_states(line[:9])
    paths = model.continue_(model.feed(line, model.start()), 6, 20, 0.5, 7)
    last = TSNE(perplexity=8, iterations=400).run(affinities(distances, 8), 1, backend=backend)
    return {
        "score": model.score(line).total.tolist(),
        "cells": model.cells(line)[:, ::13].tolist(),
        "paths": paths.tolist(),
        "fans": cooperative.run(model.fan_slices(states, 7, 4, 0.5, [[3, i] for i in range(9)])).tolist(),
        "fan alone": model.continue_(model.feed(line[:4], model.start()), 7, 4, 0.5, [3, 4]).tolist(),
        "places": last.places.tolist(),
        "iteration": last.iteration,
        "name": name,
    }


def test_the_model_and_the_cell_order_are_the_same_as_with_numpy(pyodide, path, tmp_path):
    from ductus.weights import file as weight_file

    file = tmp_path / "random.jb64"
    weight_file.save(random_weights(500, 20, seed=7, spread=0.06).quantise(), file)
    pyodide.write(str(file), file.read_bytes())
    line = random_line(40, seed=5).tolist()
    ours = pyodide.call(model_facts, path, str(file), line)
    numpys = model_facts(None, str(file), line)
    assert ours.pop("name") == f"WebAssembly SIMD ({'relaxed' if 'relaxed' in path else 'plain'})"
    assert numpys.pop("name") == "numpy with BLAS"
    np.testing.assert_allclose(ours["fans"][4], ours["fan alone"], atol=1e-4)
    for name, wanted in numpys.items():
        tolerance = 1e-3 if name == "places" else 1e-4
        np.testing.assert_allclose(ours[name], wanted, rtol=tolerance, atol=tolerance, err_msg=name)


def inside_facts(path, weights, line):
    import numpy as np

    from ductus import cooperative
    from ductus.analysis import ablation, removal, saliency
    from ductus.backend import choose
    from ductus.intervention import parse
    from ductus.model import Model
    from ductus.weights import file as weight_file

    model = Model(weight_file.load(weights), backend=choose([path] if path else [], lambda path: True)[0])
    line, which = np.array(line), parse("3,70-90:silence;7:clamp=1.5@12;8:flip;9:freeze@20;499:silence@39", 500)
    states = model.line_states(line)
    removed = cooperative.run(removal.removal_slices(model, line, states, 39, 8, 3, 1))
    return {
        "cells": model.cells(line, interventions=which).tolist(),
        "score": model.score(line, which).total.tolist(),
        "fans": model.fan(line, 7, 4, 0.5, 3, which).tolist(),
        "effects": ablation.effects(model, line, ablation.silenced([[i, i + 3] for i in range(70)])).tolist(),
        "gradient": saliency.saliency(model, line, 39).gradient.tolist(),
        "of a cell": saliency.saliency(model, line, 38, "cell", 7).gradient.tolist(),
        "removed": np.array(removed).tolist(),
    }


def test_interventions_and_gradients_are_the_same_as_with_numpy(pyodide, path, tmp_path):
    from ductus.weights import file as weight_file

    file = tmp_path / "random.jb64"
    weight_file.save(random_weights(500, 20, seed=7, spread=0.06).quantise(), file)
    pyodide.write(str(file), file.read_bytes())
    line = random_line(40, seed=5).tolist()
    ours, numpys = pyodide.call(inside_facts, path, str(file), line), inside_facts(None, str(file), line)
    for name, wanted in numpys.items():
        tolerance = 1e-4 if name in ("fans", "removed") else 1e-5
        np.testing.assert_allclose(ours[name], wanted, rtol=tolerance, atol=tolerance, err_msg=name)


def text_facts(path, weights):
    from ductus.backend import choose
    from ductus.generation.text import Primer, Writer, write
    from ductus.text_network import TextNetwork
    from ductus.weights import file as weight_file

    network = TextNetwork(weight_file.load(weights), backend=choose([path] if path else [], lambda path: True)[0])
    line = write(network, "some words", 0.5, 1)
    writer = Writer(network, 0.5, 1)
    pieces = [writer.extend("some wo"[:end]).tolist() for end in range(8)] + [writer.finish("some words").tolist()]
    primed = write(network, "abc", 0.5, 2, Primer(line.points, "some words"))
    return {
        "line": line.points.tolist(),
        "places": line.places.tolist(),
        "typed": [point for piece in pieces for point in piece],
        "primed": primed.points.tolist(),
        "score": network.score(line.points, "some words").total.tolist(),
    }


def test_texts_are_the_same_as_with_numpy(pyodide, path):
    file = ROOT / "weights" / "ductus-text-500.jb64.gz"
    pyodide.write(str(file), file.read_bytes())
    ours, numpys = pyodide.call(text_facts, path, str(file)), text_facts(None, str(file))
    assert ours["typed"] == ours["line"] and len(ours["line"]) > 20
    for name, wanted in numpys.items():
        np.testing.assert_allclose(ours[name], wanted, rtol=1e-3, atol=1e-3, err_msg=name)


def disagreement(path, routine):
    from ductus.backend import choose, wasm

    owner = wasm.WasmNetwork if hasattr(wasm.WasmNetwork, routine) else wasm.WasmBackend
    right = getattr(owner, routine)

    def wrong(self, *arguments):
        result = right(self, *arguments)
        (result[routine == "draw"] if isinstance(result, tuple) else result).ravel()[-1:] += 1e-3
        return result

    setattr(owner, routine, wrong)
    try:
        backend, description = choose([path], lambda path: True)
        return [description, backend.name]
    finally:
        setattr(owner, routine, right)


@pytest.mark.parametrize(
    ("routine", "named"),
    [
        ("multiply_packed", "matmul"),
        ("trace", "a trace"),
        ("output", "the head"),
        ("draw", "a drawn point"),
    ],
)
def test_a_routine_that_disagrees_is_named_and_numpy_stays(pyodide, path, routine, named):
    message, name = pyodide.call(disagreement, path, routine)
    assert f"{named} disagrees with numpy" in message and name == "numpy einsum"


def wrong_arrays(path):
    import numpy as np

    from ductus.backend import wasm
    from ductus.backend.numpy import CellChange
    from ductus.lstm import LSTM, Network, State

    module = wasm.load(path)
    cell = LSTM(np.zeros((3, 32)), np.zeros((8, 32)), np.zeros(32), 1.0)
    network = module.compile(Network(cell, np.zeros((8, 5), "f4"), np.zeros(5, "f4")))
    drawing = module.compile(Network(cell, np.zeros((8, 7), "f4"), np.zeros(7, "f4")))
    state = cell.zero_state(2)
    attempts = {
        "too few inputs": lambda: network.step(np.zeros((1, 3)), state),
        "a half": lambda: network.step(np.zeros((3, 3)), state),
        "too narrow": lambda: network.step(np.zeros((2, 2)), state),
        "another size": lambda: network.step(np.zeros((2, 3)), State(state.h[:, :4], state.c[:, :4])),
        "h and c apart": lambda: network.step(np.zeros((2, 3)), State(state.h, state.c[:1])),
        "a head of another size": lambda: network.output(np.zeros((2, 9))),
        "paths of a head without components": lambda: network.draw(None, state, 1.0, np.zeros((2, 1, 1, 4))),
        "paths of fewer pens": lambda: drawing.draw(None, state, 1.0, np.zeros((3, 1, 1, 4))),
        "paths of other pens": lambda: drawing.draw(None, state, 1.0, np.zeros((3, 1, 5, 4))),
        "paths with too few uniforms": lambda: drawing.draw(None, state, 1.0, np.zeros((2, 1, 1, 3))),
        "paths after too few points": lambda: drawing.draw(np.zeros((3, 3)), state, 1.0, np.zeros((2, 1, 2, 4))),
        "paths of another size": lambda: drawing.draw(
            None, State(state.h[:, :4], state.c[:, :4]), 1.0, np.zeros((2, 1, 2, 4))
        ),
        "paths below zero": lambda: drawing.draw(None, state, -1.0, np.zeros((2, 1, 2, 4))),
        "paths of no temperature": lambda: drawing.draw(None, state, np.nan, np.zeros((2, 1, 2, 4))),
        "a change of fewer cells": lambda: network.trace(np.zeros((1, 2, 3)), state, CellChange(*np.ones((2, 1, 7)))),
        "a change of other pens": lambda: network.trace(np.zeros((1, 2, 3)), state, CellChange(*np.ones((2, 3, 8)))),
        "paths of a change in halves": lambda: drawing.draw(
            None, state, 1.0, np.zeros((2, 2, 2, 4)), CellChange(np.ones((2, 8)), np.ones((1, 8)))
        ),
        "no matrix": lambda: module.multiply(np.zeros((3, 4)), np.zeros((5, 4))),
        "P too small": lambda: module.descent(*np.zeros((3, 6), "f4"), np.zeros((5, 5), "f4")).gradient(1.0),
        "mixed types": lambda: module.descent(*np.zeros((3, 5), "f8"), np.zeros((5, 5), "f4")).gradient(1.0),
        "P in another order": lambda: module.descent(
            *np.zeros((3, 5)), np.asfortranarray(np.zeros((5, 5)))[:, ::-1]
        ).gradient(1.0),
    }
    let_in = []
    for name, attempt in attempts.items():
        try:
            attempt()
            let_in.append(name)
        except (TypeError, ValueError):
            pass
    return let_in


def test_arrays_that_do_not_fit_never_reach_the_side_module(pyodide, path):
    assert pyodide.call(wrong_arrays, path) == []


def growth(path):
    import numpy as np

    from ductus.backend import wasm
    from ductus.lstm import LSTM, Network

    module = wasm.load(path)
    rng = np.random.default_rng(0)
    cell = LSTM(*(rng.normal(0, 0.2, shape) for shape in ((3, 80), (20, 80), (80,))), 1.0)
    plain = Network(cell, rng.normal(0, 0.2, (20, 9)).astype("f4"), np.zeros(9, "f4"))
    ours, x = module.compile(plain), rng.normal(0, 1, (4, 3))
    state, _ = ours.advance(x, cell.zero_state(4))
    held = [np.ones(60_000_000, np.uint8) for _ in range(5)]  # the memory must grow for these 300 MB
    found = ours.advance(x, state)
    wanted = plain.advance(x, state)
    far = np.concatenate([np.ones(60_000_000, np.uint8), held[0]])[-120:].astype("f4").reshape(40, 3)
    stepped, expected = ours.step(far, cell.zero_state(40)), plain.step(far, cell.zero_state(40))
    return [float(abs(found[1] - wanted[1]).max()), float(abs(stepped.h - expected.h).max())]


def test_the_memory_may_grow(pyodide, path):
    assert max(pyodide.call(growth, path)) < 1e-6
