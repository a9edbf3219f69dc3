"""The page's program, in MicroPython: puts the figure, its controls and the worker together."""

import asyncio

import js
from pyscript.js_modules import boot

from page import controls
from page.lines import Lines
from page.link import Link
from page.state import State
from page.styles import Styles
from page.writes import Writes
from page.writing import Writing

less_motion = js.matchMedia("(prefers-reduced-motion: reduce)").matches
state = State(
    {
        "playing": not less_motion,
        "writes-playing": not less_motion,
        "undoable": False,
        "redoable": False,
        "ink": (0, 0),  # the strokes on the first sheet: how many, and the id of the last; set when the pen lifts
        "predicted": False,  # was ink carried on in figure 1 yet?
        "line.ink": None,
        "line.model": None,
        "line.trouble": "",
        "line": "model",  # whose line the cells are shown of
        "cell": 0,  # the chosen cell
        "step": 0,  # the chosen point of the line
        "order": None,  # the order of the cells, once there is one
    },
    controls.values(),
)
link = Link()
figure = controls.element("writing")
writing = Writing(figure, state, link, boot.pen, controls.element("writing-status"))
lines = Lines(link, boot.pen, state, writing.word)
writes = Writes(controls.element("writes"), link, state, lines, controls.element("writes-status"))
styles = Styles(link, ["style", "writes-style"])


def show_playing(name):
    """The button says what it would do."""
    if name == "playing":
        controls.element("play").textContent = "Pause" if state["playing"] else "Play"


def show_history(name):
    """Undo and redo can be pressed while there is something to undo or redo."""
    if name in ("undoable", "redoable"):
        controls.element("undo").disabled = not state["undoable"]
        controls.element("redo").disabled = not state["redoable"]


async def tell_network():
    """The text names the network that is really there."""
    await link.ready.wait()
    for place in js.document.querySelectorAll("[data-model]"):
        value = getattr(link.network, place.dataset.model)
        place.textContent = value if isinstance(value, str) else f"{value:,}"


state.watch(show_playing)
state.watch(show_history)
controls.bind_sliders(state)
controls.bind_selects(state)
controls.bind_buttons(
    {
        "play": writing.toggle,
        "another": writing.another,
        "undo": writing.undo,
        "redo": writing.redo,
        "clear": writing.clear,
        "example": writing.example,
    }
)
controls.bind_keys(
    figure,
    {
        " ": writing.toggle,
        "a": writing.another,
        "e": writing.example,
        "ctrl+z": writing.undo,
        "ctrl+shift+z": writing.redo,
        "ctrl+y": writing.redo,
    },
)
show_playing("playing")
show_history("undoable")
await asyncio.gather(writing.run(), tell_network(), lines.run(), styles.run(), writes.run(), link.start())  # noqa: F704  PyScript runs this file as a coroutine
