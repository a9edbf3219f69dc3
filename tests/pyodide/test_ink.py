"""Ink in Pyodide: the pen clock and the files are what they are in CPython."""

import numpy as np

from ductus.formats import inkml, io
from ductus.ink import to_points
from ductus.resample import resample
from tests.ductus.test_resample import GOLDEN
from tests.ductus.test_x_height import garlands


def clock(strokes):
    from ductus.resample import StreamingClock

    results = []
    for stroke in strokes:
        stream = StreamingClock()
        settled = [stream.add(stroke[i : i + 3]).tolist() for i in range(0, len(stroke), 3)]
        results.append([*(xy for new in settled for xy in new), *stream.lift().tolist()])
    return results


def test_the_clock_streams_the_same_points(pyodide):
    strokes = [case["stroke"] for case in GOLDEN]
    for stroke, found in zip(strokes, pyodide.call(clock, strokes), strict=True):
        np.testing.assert_allclose(np.reshape(found, (-1, 2)), resample(stroke), atol=1e-9)


def load(name, text):
    from ductus.formats import io

    return [table.tolist() for table in io.load(text.encode(), 3.24, raw=True, name=name)]


def test_a_tablets_inkml_is_read(pyodide):
    text = inkml.render([[stroke * 250 for stroke in garlands(4)]])
    (found,) = pyodide.call(load, "tablet.inkml", text)
    np.testing.assert_allclose(found, io.load(text.encode(), 3.24, raw=True, name="a.inkml")[0], atol=1e-9)
    assert len(found) > 50


def refuse(name, texts):
    from ductus.formats import io
    from ductus.ink import InkError

    complaints = []
    for text in texts:
        try:
            io.load(text.encode(), 3.24, name=name)
        except InkError as error:
            complaints.append(str(error))
    return complaints


def test_files_that_mean_harm_do_none(pyodide):
    """Deep nesting above all: the stack of WebAssembly is small."""
    found = pyodide.call(refuse, "a.json", ["[" * 100_000, '{"a":' * 100_000, "[[0,0,NaN]]", "[[1e999,0,1]]"])
    assert len(found) == 4 and "nested more than 16 deep" in found[0]
    entity = '<!DOCTYPE ink [<!ENTITY a "1 2">]><ink><trace>&a;</trace></ink>'
    found = pyodide.call(refuse, "a.inkml", [entity, "<ink>" * 10_000, "<ink\0/>"])
    assert len(found) == 3 and "entity" in found[0] and "nested" in found[1]


def test_points_of_strokes(pyodide):
    strokes = [stroke.tolist() for stroke in garlands(3)]
    source = f"from ductus.ink import to_points\nto_points({strokes!r}).tolist()"
    np.testing.assert_allclose(pyodide.run(source), to_points(strokes), atol=1e-12)
