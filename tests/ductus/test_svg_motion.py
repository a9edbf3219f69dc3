"""Animated SVG: the same drawing, written in the time and at the pace of the line's points."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from ductus.cli import main
from ductus.formats import io, svg, svg_motion
from ductus.formats.svg import Layer
from ductus.ink import InkError, to_points
from tests.conftest import ROOT
from tests.ductus.test_svg import SVG, beziers
from tests.worker.test_ink_session import STROKES

RULE = re.compile(r"\.(s\d+)\{stroke-dasharray:([\d.]+) ([\d.]+);animation:\1 ([\d.]+)s linear ([\d.]+)s both\}")
FRAME = re.compile(r"([\d.]+)%\{stroke-dashoffset:([\d.]+)\}")
WEIGHTS = ROOT / "weights" / "ductus-500.jb64.gz"


def motions(text):
    """Return of each path (its element, its length, its begin and duration, its frames (n + 1, 2))."""
    root = ElementTree.fromstring(text)
    style = root.findall(SVG + "style")[1].text
    found = []
    for line, path in zip(style.splitlines()[1:-1], root.iter(SVG + "path"), strict=True):
        rule = RULE.match(line)
        assert rule[1] == path.get("class")
        frames = np.array(FRAME.findall(line), float)
        found.append((path, float(path.get("pathLength")), float(rule[5]), float(rule[4]), frames))
    return found


def length(pieces):
    """Return the lengths (n,) of cubic pieces (n, 4, 2), from many short chords."""
    t = np.linspace(0, 1, 400)
    basis = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return np.hypot(*np.diff(np.einsum("kt,nkd->ntd", basis, pieces), axis=1).transpose(2, 0, 1)).sum(1)


def test_the_time_of_each_point_is_the_lines_and_the_paths_are_the_still_drawings():
    layers = [Layer(STROKES[:2], "ink"), Layer(STROKES[2:], "more", pen=0.05)]
    text = svg_motion.render(layers, title="A line", points_per_s=50)
    still = ElementTree.fromstring(svg.render_layers(layers, title="A line"))
    found = motions(text)
    assert [path.get("d") for path, *_ in found] == [path.get("d") for path in still.iter(SVG + "path")]
    assert ElementTree.fromstring(text).attrib == still.attrib
    begun = 0
    for (path, whole, begin, duration, frames), stroke in zip(found, STROKES, strict=True):
        np.testing.assert_allclose([begin, duration], [begun / 50, len(stroke) / 50], atol=1e-5)
        np.testing.assert_allclose(frames[:, 0], np.linspace(0, 100, len(stroke) + 1), atol=6e-3)
        along = np.concatenate([[0], np.cumsum(length(beziers(path.get("d"))[1]))])
        if len(stroke) > 1:
            np.testing.assert_allclose(whole - frames[1:, 1], along, atol=0.01)
        assert frames[0, 1] > whole and frames[-1, 1] == 0
        begun += len(stroke)
    assert begin + duration == pytest.approx(sum(map(len, STROKES)) / 50, abs=1e-5)


def test_without_motion_the_drawing_is_finished():
    text = svg_motion.render([Layer(STROKES, "ink")])
    outside = re.sub(r"@media\(prefers-reduced-motion:no-preference\)\{.*?\n\}", "", text, flags=re.S)
    assert outside != text and "animation" not in outside and "dash" not in outside


def test_the_command_writes_a_line_that_is_read_back_and_takes_its_time(tmp_path, capsys):
    ways = {name: tmp_path / name for name in ("moving.svg", "still.svg")}
    given = f"write {WEIGHTS} --steps 90 --temperature 0.45 --seed 11 -o".split()
    assert main([*given, str(ways["still.svg"])]) == main([*given, str(ways["moving.svg"]), "--animate"]) == 0
    lines = {name: io.load(path, 3.24)[0] for name, path in ways.items()}
    np.testing.assert_allclose(lines["moving.svg"], lines["still.svg"], atol=0.03)
    *_, (_, _, begin, duration, _) = motions(ways["moving.svg"].read_text())
    assert begin + duration == pytest.approx(90 / svg_motion.POINTS_PER_S, abs=1e-4)
    capsys.readouterr()
    assert main([*given, str(tmp_path / "line.json"), "--animate"]) == 2
    assert "only an .svg can be animated" in capsys.readouterr().err and not (tmp_path / "line.json").exists()


def test_several_lines_are_written_one_after_the_other(tmp_path):
    io.save(tmp_path / "two.svg", [to_points(STROKES)] * 2, 1.0, animated=True)
    found = motions((tmp_path / "two.svg").read_text())
    begins = [begin for _, _, begin, _, _ in found]
    assert len(found) == 2 * len(STROKES) and begins == sorted(begins)
    assert len(io.load(tmp_path / "two.svg", 1.0)) == 2


def test_an_endless_animation_is_refused():
    endless = [np.stack([np.arange(30_000.0), np.zeros(30_000)], axis=1)]
    with pytest.raises(InkError, match="30,000 points are too many for an animation"):
        svg_motion.render([Layer(endless, "ink")])
