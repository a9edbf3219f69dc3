"""py/ductus in Pyodide (32-bit, numpy without a BLAS) gives the same results as in CPython.

Each `*_facts` function is run twice from the same source: here, and inside Pyodide in Chromium.
"""

import contextlib
import json
import platform
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Error as PlaywrightError

from ductus.weights import file as weight_file
from tests.conftest import Pyodide
from tests.data import drawing_golden
from tests.support.networks import random_line, random_weights


@pytest.fixture(scope="module")
def weights(pyodide, tmp_path_factory):
    """Return the path, the same on both sides, of a quantised network of the shipped size."""
    path = tmp_path_factory.mktemp("parity") / "random.jb64"
    weight_file.save(random_weights(500, 20, seed=7, spread=0.06).quantise(), path)
    pyodide.write(str(path), path.read_bytes())
    return str(path)


def both(pyodide, function, *arguments):
    """Return a function's results in CPython and in Pyodide, both through JSON."""
    return json.loads(json.dumps(function(*arguments))), pyodide.call(function, *arguments)


def environment_facts():
    import sys

    import numpy

    from ductus.backend import default

    return [numpy.__version__, sys.maxsize, sys.platform, default().name]


def test_pyodide_is_32_bit_without_a_blas(pyodide):
    here, there = both(pyodide, environment_facts)
    newest = "2.4.3" if sys.version_info >= (3, 11) else "2.2.6"
    assert here[:2] == [newest, 2**63 - 1] and here[3] == "numpy with BLAS"
    assert there == ["2.4.3", 2**31 - 1, "emscripten", "numpy einsum"]
    assert sys.platform != "emscripten" and platform.python_implementation() == "CPython"


def file_facts(path):
    import hashlib

    from ductus.weights import file as weight_file

    weights = weight_file.load(path)
    again = b"".join(weight_file.encode(weights))
    sums = {name: float(abs(weights.array(name, "float64")).sum()) for name in weights.arrays}
    return [hashlib.sha256(again).hexdigest(), weights.digest(), weights.metadata, sums]


def test_weight_files_are_read_and_written_alike(pyodide, weights):
    here, there = both(pyodide, file_facts, weights)
    assert here[:3] == there[:3]
    assert there[3] == pytest.approx(here[3], rel=1e-12)


def quantised_facts(seed):
    import hashlib

    import numpy as np

    from ductus.weights.quantise import quantise

    made = quantise(np.random.default_rng(seed).normal(0, 1, (40, 30)))
    return [hashlib.sha256(made.values.tobytes()).hexdigest(), made.scale.ravel().tolist()]


def test_quantising_gives_the_same_bytes(pyodide):
    here, there = both(pyodide, quantised_facts, 3)
    assert here[0] == there[0]
    assert there[1] == pytest.approx(here[1], rel=1e-12)


def error_facts(text):
    from ductus.weights import file as weight_file

    try:
        weight_file.load(text.encode())
    except ValueError as error:
        return [type(error).__name__, str(error)]


def test_a_damaged_file_is_named_alike(pyodide, weights):
    whole = Path(weights).read_text()
    damaged = whole[:20_000] + "!" + whole[20_001:40_000]
    here, there = both(pyodide, error_facts, damaged)
    assert here == there and here[0] == "WeightsError"


def network_facts(path, line, dtype):
    import numpy as np

    from ductus.model import Model
    from ductus.weights import file as weight_file

    model = Model(weight_file.load(path), np.dtype(dtype))
    line = np.array(line)
    score = model.score(line)
    head = model.head(model.feed(line, model.start()))
    return {
        "position": score.position.tolist(),
        "lift": score.lift.tolist(),
        "cells": model.cells(line)[::7, ::13].tolist(),
        "head": [part.tolist() for part in head],
    }


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-6), ("float32", 1e-4)])
def test_the_network_computes_the_same(pyodide, weights, dtype, tolerance):
    here, there = both(pyodide, network_facts, weights, random_line(40, seed=5).tolist(), dtype)
    for name in ("position", "lift", "cells"):
        np.testing.assert_allclose(there[name], here[name], rtol=tolerance, atol=tolerance)
    for ours, theirs in zip(here["head"], there["head"], strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=tolerance, atol=tolerance)


def drawing_facts(path, line, temperature, seed):
    import numpy as np

    from ductus.model import Model
    from ductus.weights import file as weight_file

    model = Model(weight_file.load(path))
    line = np.array(line)
    paths = model.continue_(model.feed(line, model.start()), 6, 20, temperature, seed)
    fan = model.fan(line[:5], 4, 3, temperature, seed)
    return [paths.tolist(), fan.tolist(), model.write(25, temperature, seed).tolist()]


@pytest.mark.parametrize("temperature", [0.0, 0.1, 1.0])
def test_the_same_seed_draws_the_same(pyodide, weights, temperature):
    here, there = both(pyodide, drawing_facts, weights, random_line(12, seed=1).tolist(), temperature, 2024)
    for ours, theirs in zip(here, there, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-4)
    if temperature:
        assert np.std(here[0], axis=0).max() > 0.01  # the samples differ


def test_a_new_runtime_draws_what_the_one_before_drew(pyodide):
    pyodide.write("/shipped.jb64.gz", drawing_golden.WEIGHTS.read_bytes())
    golden = json.loads((Path(drawing_golden.__file__).parent / "drawing_golden.json").read_text())
    here = drawing_golden.drawings(str(drawing_golden.WEIGHTS))
    there = pyodide.call(drawing_golden.drawings, "/shipped.jb64.gz")
    for name, expected in golden.items():
        for found in (here, there):
            np.testing.assert_allclose(found[name], expected, rtol=0, atol=1e-3, err_msg=name)


def clock_facts(stroke):
    import numpy as np

    from ductus.resample import StreamingClock, resample

    stroke = np.array(stroke)
    clock = StreamingClock()
    settled = [clock.add(piece) for piece in np.array_split(stroke, 9)]
    return [resample(stroke).tolist(), np.concatenate([*settled, clock.lift()]).tolist()]


def test_the_pen_clock_resamples_the_same(pyodide):
    stroke = np.cumsum(np.random.default_rng(4).normal(0, 0.1, (300, 2)), axis=0)
    here, there = both(pyodide, clock_facts, stroke.tolist())
    for ours, theirs in zip(here, there, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-6)


def large_product_facts(rows):
    import numpy as np

    from ductus.backend import default

    rng = np.random.default_rng(0)
    a = rng.random((rows, 503), np.float32)
    b = rng.random((503, 2000), np.float32)
    try:
        np.einsum("bk,kn->bn", a, b)
        refused = False
    except ValueError:
        refused = True
    product = default().matmul(a, b)
    return [refused, product.shape, product[[0, 1999, 2000, rows - 1], ::199].tolist()]


def test_a_product_too_large_for_einsum_in_32_bits(pyodide):
    rows = 2200  # 2200 * 503 * 2000 > 2^31: numpy's own einsum rejects it in WebAssembly
    here, there = both(pyodide, large_product_facts, rows)
    assert there[0] is True and here[0] is False
    assert there[1] == here[1] == [rows, 2000]
    np.testing.assert_allclose(there[2], here[2], rtol=1e-4)


def test_a_crash_of_the_browser_is_not_the_end(browser, site):
    context = browser.new_context()
    python = Pyodide(context.new_page, site)
    python.write("/ductus-py/kept.py", b"value = 7")
    with contextlib.suppress(PlaywrightError):
        python.page.goto("chrome://crash")
    with pytest.warns(UserWarning, match="crashed"):
        assert python.run("import kept; kept.value") == 7
    context.close()
