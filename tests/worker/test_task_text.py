"""Writing a text as a task: against the library, letter by letter, in the hand of ink, and with bad input."""

import numpy as np
import pytest

from ductus import ink
from ductus.alphabet import TextError
from ductus.generation import hands, text_rows
from ductus.generation.text import Primer, Writer, write
from ductus.generation.text_fans import fan
from ductus.ink import InkError
from ductus.resample import resample
from ductus.text_network import TextNetwork
from ductus.weights import file as weight_file
from ductus.weights.weights import WeightsError
from tests.support.networks import random_line, random_weights
from tests.support.readers import random_reader_weights
from tests.support.text_networks import random_text_weights
from tests.worker.test_ink_session import MODEL, wave
from tests.worker.test_ink_session import write as pen
from tests.worker.test_task_cells import run
from worker.tasks import fans
from worker.tasks import reader as reading
from worker.tasks import text as task
from worker.workspace import Workspace

WEIGHTS = random_text_weights(units=8, seed=1)
NETWORK = TextNetwork(WEIGHTS)
UNIT = [3.0, 3.0, 1]
HAND = hands.Hand("one", "some words", random_line(40, 3))
SETTINGS = {"sheet": "a", "says": "", "hand": -1, "temperature": 0.8, "seed": 4, "draw": 0, "width": 10.0}
TEXT = "some words of a text that fills rows"


def data(weights) -> bytes:
    return b"".join(weight_file.encode(weights))


@pytest.fixture
def workspace():
    made = Workspace(MODEL)
    about = run(task.load(made, data(WEIGHTS)))[1]
    assert about == {
        "name": "random text",
        "parameters": WEIGHTS.parameters,
        "sha256": WEIGHTS.metadata["sha256"],
    }
    return made


def shown(progress, rows=()):
    """The rows on a page that had `rows`, after the progress."""
    rows = list(rows)
    for piece in progress:
        rows[piece["row"] :] = [piece]
    return rows


def expected(line, width=10.0):
    return text_rows.wrap(line.points / UNIT, line.places, line.text, width)


def same(rows, line, width=10.0):
    """Check that rows are those of a line at once."""
    whole = expected(line, width)
    assert len(rows) == len(whole)
    for row, its in zip(rows, whole, strict=True):
        np.testing.assert_allclose(row["places"], its.places, atol=1e-5)
        assert (row["above"], row["below"]) == pytest.approx((its.above, its.below))
    np.testing.assert_array_equal(np.concatenate([row["letters"] for row in rows]), line.places)


def test_a_text_is_written_in_rows_as_the_library_writes_it(workspace):
    progress, value = run(task.write(workspace, TEXT, **SETTINGS))
    line = write(NETWORK, TEXT, 0.8, 4)
    assert value == {
        "points": len(line.points),
        "rows": len(expected(line)),
        "complete": line.complete,
        "text": TEXT,
        "changes": [],
    }
    assert len(progress) > value["rows"] > 2  # a row is shown while it is being written
    same(shown(progress), line)
    writer = Writer(NETWORK, 0.8, 4)
    writer.finish(TEXT)
    phi, seen = writer.look()
    np.testing.assert_array_equal(np.concatenate([row["window"] for row in shown(progress)]), np.float32(phi))
    np.testing.assert_array_equal(np.concatenate([row["seen"] for row in shown(progress)]), seen)


def test_typed_letter_by_letter_and_changed_it_is_the_same_as_at_once(workspace):
    rows, again = [], False
    texts = [TEXT[:end] for end in range(1, len(TEXT) + 1)] + [TEXT[:20], "some wards of", "some words", TEXT]
    for text in texts:
        work = task.write(workspace, text, **SETTINGS, again=again)
        again = len(text) % 3 == 0 and text != TEXT
        if again:  # somebody types faster than it is written, and the page misses what was written meanwhile
            for _ in range(4):
                next(work, None)
            work.close()
            continue
        progress, value = run(work)
        rows = shown(progress, rows)
        same(rows, write(NETWORK, text, 0.8, 4))
    assert value["changes"] == []
    progress, _ = run(task.write(workspace, TEXT + "s", **SETTINGS))
    assert progress[0]["row"] > 0 and progress[0]["keep"] > 50  # only the end of it is written again


def test_in_a_loaded_hand_in_that_of_the_ink_and_as_another_draw(workspace):
    assert run(task.add_hands(workspace, hands.render([HAND]).encode()))[1] == {"names": ["one"]}
    stroke = wave()
    pen(workspace.sheet("a"), [stroke])
    points = ink.to_points([resample(stroke)]) * UNIT
    kept = hands.parse(hands.render([HAND]).encode())[0].points
    for change, seed, primer in (
        ({"hand": 0}, 4, Primer(kept * UNIT, HAND.says)),
        ({"hand": -2, "says": "wwv "}, 4, Primer(points, "wwv")),
        ({"draw": 2}, [4, 2], None),
        ({"width": 20.0}, 4, None),
    ):
        progress, _ = run(task.write(workspace, "a text", **SETTINGS | change))
        same(shown(progress), write(NETWORK, "a text", 0.8, seed, primer), change.get("width", 10.0))


def test_the_best_draw_and_whether_a_text_fits_the_ink(workspace):
    with pytest.raises(ValueError, match="no reader"):
        run(task.best(workspace, "a text", "a", "", -1, 0.8, 4, 3))
    run(reading.load(workspace, data(random_reader_weights(seed=1, units_per_x_height=3.0))))
    progress, value = run(task.best(workspace, "a text of several words", "a", "", -1, 0.8, 4, 3))
    assert [piece["draw"] for piece in progress] == [0, 1, 2] and value["draw"] in (0, 1, 2)
    pen(workspace.sheet("a"), [wave()])
    read = run(reading.read(workspace, "a"))[1]["text"]
    assert run(task.fits(workspace, "a", read))[1] == {"text": read, "fits": True}
    assert run(task.fits(workspace, "a", "~" * 30))[1] == {"text": read, "fits": False}


def test_a_hand_is_saved_and_loaded_again(workspace):
    pen(workspace.sheet("a"), [wave()])
    value = run(task.save_hand(workspace, "a", "waves", "mine"))[1]
    assert run(task.add_hands(workspace, value["data"].tobytes()))[1] == {"names": ["mine"]}
    one = run(task.write(workspace, "a text", **SETTINGS | {"hand": -2, "says": "waves"}))[1]
    other = run(task.write(workspace, "a text", **SETTINGS | {"hand": 0}))[1]
    assert one["complete"] and abs(one["points"] - other["points"]) < 60


def test_the_line_for_the_figures_is_in_the_plain_networks_units(workspace):
    with pytest.raises(ValueError, match="nothing has been written"):
        run(task.line(workspace))
    run(task.write(workspace, "a text", **SETTINGS))
    units = MODEL.units_per_x_height
    points = run(task.line(workspace))[1]["points"]
    np.testing.assert_allclose(points, write(NETWORK, "a text", 0.8, 4).points / UNIT * [units, units, 1], rtol=1e-5)


@pytest.mark.parametrize("hand", [-1, 0])
def test_the_fans_of_a_typed_line_with_its_text_and_without(workspace, hand):
    run(task.add_hands(workspace, hands.render([HAND]).encode()))
    run(task.write(workspace, "a text", **SETTINGS | {"hand": hand}))
    kept = hands.parse(hands.render([HAND]).encode())[0].points
    primer = None if hand < 0 else Primer(kept * UNIT, HAND.says)
    written = write(NETWORK, "a text", 0.8, 4, primer)
    line = workspace.from_points("model", run(task.line(workspace))[1]["points"].reshape(-1, 3))
    run(task.write(workspace, "another text", **SETTINGS))  # the reader types on, and the line stays
    settings = {"samples": 4, "steps": 3, "temperature": 0.7, "seed": 5}
    known = np.zeros(len(line), np.uint8)
    progress, value = run(
        fans.sample(workspace, "model", **settings, left=0, right=1, focus=0, known=known, text=True)
    )
    assert value == {"count": len(line)} and len(progress) > 3
    paths = fan(NETWORK, written.points, "a text", **settings, primer=primer)
    ways = paths[..., :2].cumsum(axis=2) / 3.0 + line.origins[:, None, None]
    for piece in progress:
        np.testing.assert_allclose(piece["xy"], ways[piece["points"]], atol=1e-4)
    point, units = len(line) // 2, MODEL.units_per_x_height
    seen = run(fans.inspect(workspace, "model", point, **settings, reach=6, typed=True, text=True))[1]
    np.testing.assert_allclose(seen["xy"][:, :3], ways[point], atol=1e-4)
    assert seen["with_text"] == pytest.approx(seen["position_nats"] + seen["lift_nats"])
    assert seen["without_text"] == pytest.approx(MODEL.score(line.points).total[point], abs=1e-4)
    if hand < 0:
        nats = NETWORK.score(written.points, "a text").total[point] + 2 * np.log(units / 3)
        assert seen["with_text"] == pytest.approx(nats, abs=1e-4)
    plain = run(fans.inspect(workspace, "model", point, **settings, reach=6, typed=True))[1]
    assert [plain[name] for name in ("with_text", "without_text")] == pytest.approx(
        [seen["with_text"], seen["without_text"]]
    )
    assert not np.allclose(plain["xy"], seen["xy"], atol=1e-2)
    assert "with_text" not in run(fans.inspect(workspace, "model", point, **settings, reach=6))[1]
    with pytest.raises(ValueError, match="no point"):
        run(fans.inspect(workspace, "model", len(line), **settings, reach=6, text=True))
    workspace.from_points("model", line.points[:-1])
    for work in (task.line(Workspace(MODEL)), fans.inspect(workspace, "model", 0, **settings, reach=6, text=True)):
        with pytest.raises(ValueError, match=r"no network that writes|show the text again"):
            run(work)


def test_what_cannot_be_done_changes_nothing(workspace):
    with pytest.raises(ValueError, match="no network that writes a text"):
        run(task.write(Workspace(MODEL), "a", **SETTINGS))
    run(task.write(workspace, "a text", **SETTINGS))
    before = run(task.line(workspace))[1]["points"]
    for text, said in (
        ("", "no text"),
        ("a" * 10**6, "1,000,000 characters"),
        ("\x07", "control"),
        ("\u05d0", "right"),
    ):
        with pytest.raises(TextError, match=said):
            run(task.write(workspace, text, **SETTINGS))
    for change, error, said in (
        ({"hand": -2}, InkError, "no ink"),
        ({"hand": 3}, ValueError, "no hand 3"),
        ({"temperature": -1}, ValueError, "temperature"),
    ):
        with pytest.raises(error, match=said):
            run(task.write(workspace, "a", **SETTINGS | change))
    for bad, said in ((data(random_weights()), "does not know what it writes"), (b"nothing", "line 1")):
        with pytest.raises(WeightsError, match=said):
            run(task.load(workspace, bad))
    with pytest.raises(hands.HandsError, match="JSON"):
        run(task.add_hands(workspace, b"nothing"))
    np.testing.assert_array_equal(run(task.line(workspace))[1]["points"], before)
