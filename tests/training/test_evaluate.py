"""The evaluation's commands from end to end, on a small network and made-up ink: no PyTorch, no real data."""

import copy
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from ductus import cli as command_line
from ductus import cooperative
from ductus.generation.styles import state_slices
from ductus.model import Model
from ductus.weights import file as weight_file
from ductus.weights.weights import Weights
from tests.support.networks import random_weights
from tests.training import synthetic
from weights.training.card import bars, card, markdown
from weights.training.data import ink_data
from weights.training.evaluate import drift, evaluate, penmanship, samples, styles

SMALL = ["--fans", "6", "--free-lines", "4", "--prefixes", "5"]
HELD = "validation"  # of the made-up writers, more fall into this part than into the test part


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture(scope="module")
def weights():
    return random_weights(units=16, mixtures=3, seed=1, spread=0.25, name="small")


@pytest.fixture(scope="module")
def ink(folder):
    points, offsets, writer = synthetic.rows(120, 80, seed=1, shortest=120, longest=200)
    np.savez(folder / "ink.npz", points=points, offsets=offsets, writer=writer)
    return folder / "ink.npz"


@pytest.fixture(scope="module")
def report(folder, weights, ink):
    """What the command wrote, for the network in 8 bits."""
    weight_file.save(weights.quantise(), folder / "small.jb64.gz")
    weight_file.save(weights, folder / "float32.jb64")
    output = folder / "evaluation.json"
    options = ["--float32", str(folder / "float32.jb64"), "--part", HELD, *SMALL, "-o", str(output)]
    options += ["--styles", str(made_up_styles(folder / "styles.json", weights.quantise().digest()))]
    assert evaluate.main([str(folder / "small.jb64.gz"), "--ink", str(ink), *options]) == 0
    return json.loads(output.read_text())


def made_up_styles(path, sha256):
    """A file of two styles that no network wrote."""
    lines = [[[0.5, slant, 0.0]] * 30 + [[1.0, 0.0, 1.0]] for slant in (0.2, -0.2)]
    hands = [{"name": f"style {i}", "seed": i, "hand": {}, "points": line} for i, line in enumerate(lines)]
    path.write_text(json.dumps({"format": styles.FORMAT, "weights_sha256": sha256, "styles": hands}))
    return path


def test_the_command_measures_what_the_model_says(report, folder, ink):
    model = Model(weight_file.load(folder / "small.jb64.gz"))
    held = ink_data.part(ink_data.load([ink]), HELD)
    lines = drift.lines_of(evaluate.with_noise(held, evaluate.GRID, [1, 0]))
    scores = model.score_lines([line * [3.0, 3.0, 1.0] for line in lines])
    for half in ("position", "lift", "total"):
        expected = np.concatenate([getattr(score, half) for score in scores]).mean()
        assert report["likelihood"][half]["value"] == pytest.approx(expected, rel=1e-5)
    assert report["ink"]["writers"] == len(np.unique(held.writer))
    assert all(ink_data.part_of(writer) == HELD for writer in held.writer)
    assert report["model"]["bytes"] == (folder / "small.jb64.gz").stat().st_size


def test_every_row_is_there(report):
    assert [row["path"] for row in report["fans"]["paths"]] == [0.5, 1.0, 2.0, 4.0]
    assert {row["fans"] for row in report["fans"]["paths"]} == {6}
    assert list(report["free"]) == ["0.3", "0.5", "0.8", "1.0"]
    assert list(report["styles"]) == ["style 0 (seed 0)", "style 1 (seed 1)"]
    assert list(report["styles"]["style 1 (seed 1)"]) == ["0.3", "0.5", "0.8"]
    assert report["styles"]["style 0 (seed 0)"] != report["styles"]["style 1 (seed 1)"]
    assert report["continued"]["prefixes"] == 5
    assert abs(report["float64"]["total"]["value"]) < 1e-5
    assert 0 < abs(report["quantisation"]["total"]["value"]) < 0.05
    assert set(report["clipping"]) == {"W_xh", "W_hh", "W_hy"}


def test_the_same_file_gives_the_same_numbers(report, folder, ink):
    output = folder / "again.json"
    options = ["--float32", str(folder / "float32.jb64"), "--part", HELD, *SMALL, "-o", str(output)]
    options += ["--styles", str(folder / "styles.json")]
    assert evaluate.main([str(folder / "small.jb64.gz"), "--ink", str(ink), *options]) == 0
    assert output.read_bytes() == (folder / "evaluation.json").read_bytes()
    options = [*options, "--seed", "2"]
    assert evaluate.main([str(folder / "small.jb64.gz"), "--ink", str(ink), *options]) == 0
    other = json.loads(output.read_text())
    assert other["fans"] != report["fans"]
    assert other["likelihood"]["total"]["value"] == pytest.approx(report["likelihood"]["total"]["value"], abs=0.01)


def test_noise_is_as_wide_as_it_says(ink):
    plain = ink_data.load([ink])
    noisy = evaluate.with_noise(plain, 0.01, 3)
    change = noisy.points - plain.points
    assert np.abs(change[:, :2]).max() == pytest.approx(0.005, rel=0.01)
    assert change[:, :2].std() == pytest.approx(0.01 / np.sqrt(12), rel=0.02)
    assert not change[:, 2].any()
    np.testing.assert_array_equal(evaluate.with_noise(plain, 0, 3).points, plain.points)


def test_bad_input_is_one_line(folder, ink, report, capsys):
    capsys.readouterr()
    good = str(folder / "small.jb64.gz")
    weight_file.save(random_weights(units_per_x_height=None), folder / "unit.jb64")
    foreign = made_up_styles(folder / "foreign.json", "of other weights")
    for arguments in (
        [str(folder / "absent.jb64"), "--ink", str(ink)],
        [good, "--ink", str(folder / "absent.npz")],
        [good, "--ink", good],
        [str(folder / "unit.jb64"), "--ink", str(ink), "--part", HELD],
        [good, "--ink", str(ink), "--part", HELD, "--styles", str(foreign)],
        [good, "--ink", str(ink), "--part", HELD, "--styles", str(folder / "evaluation.json")],
    ):
        assert evaluate.main([*arguments, "-o", str(folder / "never.json")]) == 2
        message = capsys.readouterr().err
        assert message.startswith("evaluate: ")
        assert message.count("\n") == 1
    assert not (folder / "never.json").exists()


# --- samples


@pytest.fixture(scope="module")
def drawings(folder, report):
    assert samples.main([str(folder / "small.jb64.gz"), "-o", str(folder / "samples")]) == 0
    return folder / "samples"


def test_drawings_are_the_command_lines(drawings, folder, capsys):
    assert len(list(drawings.glob("t*.svg"))) == 48
    output = folder / "one.svg"
    options = ["--steps", "200", "--temperature", "0.8", "--seed", "7", "-o", str(output)]
    assert command_line.main(["write", str(folder / "small.jb64.gz"), *options]) == 0
    assert output.read_bytes() == (drawings / "t0.8-seed07.svg").read_bytes()


def test_the_sheet_is_drawn(drawings):
    root = ET.fromstring((drawings / samples.SHEET).read_bytes())
    assert sum(element.tag.endswith("text") for element in root.iter()) == 9
    continued = [element.get("d") for element in root.iter() if element.get("class") == "c"]
    assert len(continued) == 9
    for d in continued[3:]:  # inside a stroke: each starts where the pen is
        places = re.findall(r"M(-?\d+) ?(-?\d+)", d)
        assert max(places.count(place) for place in set(places)) >= samples.SHEET_SAMPLES


def test_the_example_word_is_the_pages():
    strokes = samples.example()
    assert len(strokes) == 3
    assert 5 < np.ptp(np.concatenate(strokes)[:, 0]) < 7
    assert strokes[0][0].tolist() == [0.95, -0.82]


def test_a_curve_is_flattened():
    line = samples._flattened("M0 0C100 0 100 0 100 100")
    t = np.linspace(0, 1, 13)
    expected = 100 * np.stack([1 - (1 - t) ** 3, t**3], 1)
    np.testing.assert_allclose(line, expected, atol=1e-9)


def test_weights_that_are_none_draw_nothing(folder, ink, capsys):
    assert samples.main([str(ink), "-o", str(folder / "nowhere")]) == 2
    assert capsys.readouterr().err.startswith("samples: ")
    assert not (folder / "nowhere").exists()


# --- styles


class Loops:
    """A network that writes words of loops; the seed decides how they lean, how high and how joined they are."""

    units_per_x_height = 2.0

    def write(self, steps, temperature, seed, state=None):
        rng = np.random.default_rng(seed)
        lean, high, joined = rng.uniform(-0.6, 0.6), rng.uniform(0.3, 0.9), rng.integers(10, 60)
        t = 0.25 * np.arange(steps)
        y = high * np.sin(t)
        xy = np.stack([0.18 * t + 0.3 * np.cos(t) - lean * y, y], 1)
        lift = np.arange(steps) % joined == joined - 1
        if seed % 4 == 3:
            xy[:, 1] += 0.1 * xy[:, 0]  # not level
        return (np.column_stack([np.diff(xy, axis=0, prepend=xy[:1]), lift]) * [2, 2, 1]).astype(np.float32)


def test_styles_are_level_and_unlike():
    chosen = styles.choose(Loops(), candidates=40)
    assert len({style["seed"] for style in chosen}) == styles.STYLES
    assert not any(style["seed"] % 4 == 3 for style in chosen)
    hands = np.array([[style["hand"][name] for name in penmanship.HAND] for style in chosen])
    assert np.ptp(hands[:, 0]) > 30  # of 60 degrees or so
    for style in chosen:
        line = Loops().write(styles.STEPS, 0.5, style["seed"])
        assert style["points"][-1][2] == 1
        np.testing.assert_allclose(style["points"], line[: len(style["points"])], atol=6e-4)
    with pytest.raises(styles.StylesError, match="of the first 4 seeds"):
        styles.choose(Loops(), candidates=4)


def test_only_lines_that_hold_are_styles():
    tall = [style["seed"] for style in styles.choose(Loops(), candidates=40)]
    asked = []

    def holding(line):
        asked.append(len(line))
        return len(asked) % 2 == 0

    chosen = [style["seed"] for style in styles.choose(Loops(), holding, candidates=60)]
    assert len(chosen) == styles.STYLES and chosen != tall
    assert min(asked) >= penmanship.HALF
    with pytest.raises(styles.StylesError, match="that holds"):
        styles.choose(Loops(), lambda line: False, candidates=40)


class Follower(Loops):
    """Goes on as a line began: what it writes at each temperature is made from the line by `then`."""

    def __init__(self, then=lambda path, temperature: path):
        self.then = then

    def start(self):
        return None

    def feed(self, line, state):
        return line

    def continue_(self, state, samples, steps, temperature, seed):
        path = np.resize(state, (steps, 3))
        return np.repeat(self.then(path.copy(), temperature)[None], samples, 0)


def _falls(path, temperature):
    path[:, 1] += 0.1 * path[:, 0]
    return path


def _stands(path, temperature):
    return path * [0, 1, 1] if temperature == 0.3 else path


def _grows(path, temperature):
    return path * [1, 1.5, 1]


def _seldom_lifts(path, temperature):
    path[:, 2] *= np.arange(len(path)) % 2
    return path


@pytest.mark.parametrize("then", [_falls, _stands, _grows, _seldom_lifts])
def test_a_line_holds_if_what_follows_is_level_whole_and_of_human_size(then):
    line = Loops().write(styles.STEPS, 0.5, 0)
    line = styles.until_the_last_lift(line)
    human = penmanship.measures([np.resize(line, (700, 3)) / [2, 2, 1]])
    assert styles.holds(Follower(), line, human)
    assert not styles.holds(Follower(then), line, human)


def test_a_style_is_the_state_after_its_line(folder, weights):
    model = Model(weights)
    path = made_up_styles(folder / "two.json", "x")
    lines = styles.load(path, "x")
    line = lines["style 0 (seed 0)"]
    np.testing.assert_array_equal(cooperative.run(state_slices(model, line)).h, model.feed(line, model.start()).h)
    with pytest.raises(styles.StylesError, match="other weights"):
        styles.load(path, "y")


def test_a_network_that_writes_nothing_whole_has_no_styles(folder, report, ink, capsys):
    command = [str(folder / "small.jb64.gz"), "--ink", str(ink), "-o", str(folder / "none.json")]
    assert styles.main(command) == 2
    assert capsys.readouterr().err.startswith("styles: only ")
    assert not (folder / "none.json").exists()


# --- the card


@pytest.fixture
def log(report):
    ink, parts = {"ink.npz": "0"}, {"train": {"writers": 9, "rows": 90, "points": 1000}}
    start = {"ink": ink, "parts": parts, "device": "abacus", "processes": 2, "threads": 1, "torch": "0.0"}
    return [
        {"kind": "start", "seconds": 1, "recipe": {"rate": 0.002, "weights": []}, **start},
        {"kind": "progress", "seconds": 50, "points": 2000},
        {"kind": "resume", "seconds": 60, "recipe": {"rate": 0.001, "weights": []}, **start},
        {
            "kind": "validation",
            "seconds": 90,
            "points": 2500,
            "position": -1.25,
            "lift": 0.5,
            "total": -0.75,
            "gain": 3,
        },
        {"kind": "end", "seconds": 120, "how": "done"},
    ]


def test_the_card_has_the_numbers(report, log):
    text = card.card(report, log)
    part = report["likelihood"]
    assert markdown.interval(part["gain_over_marginal"]) in text
    assert markdown.number(part["baselines"]["linear"]["position"]) in text
    for row in report["fans"]["paths"]:
        assert markdown.interval(row["median_miss"]) in text
    assert "2 minutes in 2 sitting(s), 2,500 points, which is 2.5 times" in " ".join(text.split())
    assert "`rate` from 0.002 to 0.001" in text
    assert "| 2,500 | \u22121.250 | 0.500 | \u22120.750 | 3.000 |" in text
    assert "not allowed to distribute this data for commercial purposes" in " ".join(text.split())
    assert "| small |" not in text
    assert text.startswith("# Model card: small\n")


def test_every_table_is_whole_and_every_drawing_exists(report, log, drawings):
    text = card.card(report, log, remarks="It looks like **ants**.")
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1
    images = re.findall(r'src="samples/([^"]+)"', text)
    assert len(images) == 49
    assert {path.name for path in drawings.iterdir()} == set(images)
    assert "It looks like **ants**." in text
    assert not re.search(r"\bnan\b|\binf\b|None\b", text)


def test_bars_say_yes_and_no(report):
    better = copy.deepcopy(report)
    better["likelihood"]["gain_over_marginal"] = {"value": 5.2, "low": 5.0, "high": 5.4}
    better["quantisation"]["total"]["value"] = 0.02
    better["free"]["0.5"]["collapsed"] = 0.5
    worse = copy.deepcopy(better["free"])
    worse["0.8"]["ratio"]["lift_rate"], better["free"]["0.8"]["ratio"]["lift_rate"] = 0.5, 1.4
    worse["0.3"]["slope"] = {"median": 1.0, "95": 8.5}
    better["free"]["0.3"]["slope"] = {"median": 1.5, "95": 3.0}
    better["styles"] = {"a": better["free"], "b": worse}
    rows = {row.split(" | ")[0].strip("| "): row for row in bars.bars(better).splitlines()}
    assert rows["gain over the marginal baseline, nats a point"].endswith("| yes |")
    assert rows["cost of 8 bits, nats a point"].endswith("| **no** |")
    assert rows["lines that collapse at T = 0.5 from the zero state"].endswith("50.0 % | **no** |")
    assert rows["file, bytes"].endswith("| yes |")
    style = "a style, the worst of 2"
    assert rows[f"lift rate at T = 0.8 from {style}, over human ink's"].endswith("| 0.50 | **no** |")
    slope = rows[f"slope of lines at T = 0.3 from {style}, degrees: median, 95th percentile"]
    assert slope.endswith("| 1.5, 8.5 | **no** |")


def test_ablation_has_its_table(report, log):
    rows = [
        {"variant": "base", "total": -2.0, "gain": 5.0, "against_base": 0.0},
        {"variant": "dropout", "total": -2.1, "gain": 5.1, "against_base": -0.1},
        {"variant": "no average of the weights", "total": -1.75, "against_base": 0.25},
        {"variant": "a broken one", "failed": "exit code 1"},
    ]
    text = card.card(report, log, {"base": ["--points", "2e8"], "rows": rows})
    assert "| dropout | \u22122.1000 | 5.1000 | \u22120.1000 |" in text
    assert "`--points 2e8`" in text
    assert "| no average of the weights | \u22121.7500 | 4.7500 | 0.2500 |" in text
    assert "a broken one" not in text


def test_a_log_of_another_run_is_refused(report, log, folder, capsys):
    report = copy.deepcopy(report)
    report["model"]["training"] = {"ink": {"other.npz": "1"}, "parts": {}}
    with pytest.raises(card.CardError, match="other ink"):
        card.card(report, log)
    (folder / "log.jsonl").write_text('{"kind": "start"}\n')
    arguments = [str(folder / "evaluation.json"), str(folder / "log.jsonl"), "-o", str(folder / "CARD.md")]
    assert card.main(arguments) == 2
    assert capsys.readouterr().err.startswith("card: ")
    assert not (folder / "CARD.md").exists()
    (folder / "log.jsonl").write_text("\n".join(map(json.dumps, log)) + "\n")
    assert card.main(arguments) == 0
    assert (folder / "CARD.md").read_text().startswith("# Model card")


def test_numbers_as_markdown():
    assert markdown.number(-1234.5678, 2) == "\u22121,234.57"
    assert markdown.number(-0.0001, 2) == "0.00"
    assert markdown.percent(0.0345) == "3.5 %"
    assert markdown.interval({"value": 1, "low": -1, "high": 2}, 1) == "1.0 (\u22121.0 to 2.0)"
    assert markdown.paragraphs("a\n  b\n\n c ") == "a b\n\nc"


def test_a_network_that_never_lifts_the_pen_offers_no_styles():
    made = random_weights()
    silent = made.arrays["b_y"].copy()
    silent[0] = -50  # the lift's logit
    model = Model(Weights({**made.arrays, "b_y": silent}, made.metadata))
    with pytest.raises(styles.StylesError, match="only 0 of the first 6 seeds"):
        styles.choose(model, candidates=6)
