"""The page's program, in MicroPython: puts the figure, its controls and the worker together."""

import asyncio

import js
from pyscript.js_modules import boot

from page.figures.beautify import Beautify
from page.figures.cell_order import Sorted
from page.figures.cells import Cells
from page.figures.cells_columns import LineColumns
from page.figures.cells_live import Live
from page.figures.continuation import Writing
from page.figures.fans import Fans
from page.figures.generation import Writes
from page.figures.mixture import Mixtures
from page.figures.pca import Components
from page.figures.priming import Priming
from page.figures.probing import Tracks
from page.files.drop import Incoming
from page.files.exports import Exports
from page.files.ink_source import InkSource
from page.files.own_weights import OwnWeights
from page.ink.lines import Lines
from page.state import State
from page.storage.autosave import Store
from page.storage.entries import Ink
from page.storage.kept_settings import Settings
from page.storage.sharing import Sharing
from page.ui import controls
from page.ui.style_select import Styles
from page.worker_client.worker_client import WorkerClient

less_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
state = State(
    {
        "playing": not less_motion.matches,
        "generation-playing": not less_motion.matches,
        "undoable": False,
        "redoable": False,
        "ink": (0, 0),  # the strokes on the first sheet: how many, and the id of the last; set when the pen lifts
        "predicted": False,  # was ink carried on in figure 1 yet?
        "continuation-seen": True,  # is figure 1 on the screen? Only there it carries on
        "line.ink": None,
        "line.model": None,
        "line.trouble": "",
        "cell": 0,  # the chosen cell
        "step": 0,  # the chosen point of the line
        "order": None,  # the order of the cells, once there is one: row -> cell
        "signs": None,  # and what each cell is multiplied by to be shown in it; set before "order"
        "cells-live.step": 0,  # the chosen point of figure 7's ink
        "styles": 0,  # how many there are to choose from
    },
    controls.values(),
)
worker = WorkerClient()
figure = controls.element("continuation")
writing = Writing(figure, state, worker, boot.pen, controls.element("continuation-status"))
lines = Lines(worker, boot.pen, state, writing.word)
fans = Fans(controls.element("fans"), worker, state, "model", "fans-line")
ink_fans = Fans(controls.element("ink-fans"), worker, state, "ink")
ink_source = InkSource(controls.element("ink-fans"), state, lines)
line_columns = LineColumns(worker, state)
cells = Cells(controls.element("cells"), worker, state, line_columns)
sorted_cells = Sorted(controls.element("cell-order"), worker, state, line_columns)
live = Live(controls.element("cells-live"), worker, state, boot.livePen, figure.querySelectorAll(".ghost path"))
tracks = Tracks(controls.element("probing"), worker, state)
writes = Writes(controls.element("generation"), worker, state, lines, controls.element("generation-status"))
styles = Styles(worker, state, ["style", "generation-style"])
beautify = Beautify(controls.element("beautify"), worker, state, boot.beautifyPen)
priming = Priming(controls.element("priming"), worker, state, boot.primingPen)
components = Components(controls.element("pca"), worker, state)
mixtures = Mixtures(controls.element("mixture"), worker, state)


def show_playing(name):
    """The button says what it would do."""
    if name == "playing":
        controls.element("play").textContent = "Pause" if state["playing"] else "Play"


def show_history(name):
    """Undo and redo can be pressed while there is something to undo or redo."""
    if name in ("undoable", "redoable"):
        controls.element("undo").disabled = not state["undoable"]
        controls.element("redo").disabled = not state["redoable"]


def show_kept(words, trouble, back):
    """Says where ink and settings are kept, or why not, and whether something that was put aside can be had back."""
    place = controls.element("kept")
    if place.textContent != words:  # it is a live region: what is put there is said, the same words again too
        place.textContent = words
    place.classList.toggle("trouble", trouble)
    controls.element("bring-back").hidden = not back


def keep_ink(name, pen, clear):
    """The record of a sheet, which the store is told of when its ink has changed."""
    record = Ink(name, pen, clear)

    def inked():
        if not pen.open:
            store.inked(record)

    pen.inked = inked
    return record


async def offer_fresh():
    """What was kept is back: now one can start fresh."""
    await store.restored.wait()
    controls.bind_buttons({"start-fresh": store.start_fresh, "bring-back": store.bring_back})


async def tell_network():
    """The text names the network that is really there, and no cell is chosen that it does not have."""
    await worker.ready.wait()
    show_network()


def show_network():
    """The same, at once."""
    state.set("cell", min(state["cell"], worker.network.units - 1))
    for place in js.document.querySelectorAll("[data-model]"):
        value = getattr(worker.network, place.dataset.model)
        place.textContent = value if isinstance(value, str) else f"{value:,}"


def less_motion_wanted(event):
    """Whoever wants less motion, from now on, wants nothing to go on by itself."""
    if event.matches:
        state.set("playing", False)
        state.set("generation-playing", False)


state.watch(show_playing)
state.watch(show_history)
controls.bind_sliders(state)
controls.bind_selects(state)
controls.bind_buttons(
    {
        "play": writing.toggle,
        "new-sample": writing.another,
        "undo": writing.undo,
        "redo": writing.redo,
        "clear": writing.clear,
        "example": writing.example,
        "fans-new-sample": fans.another,
        "ink-fans-new-sample": ink_fans.another,
        "ink-fans-own": ink_source.own_ink,
        "cell-order-sort": sorted_cells.press,
        "cell-order-new-sample": sorted_cells.another,
        "cells-live-example": live.example,
        "cells-live-undo": live.undo,
        "cells-live-redo": live.redo,
        "cells-live-clear": live.clear,
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
less_motion.addEventListener("change", less_motion_wanted)
show_playing("playing")
show_history("undoable")
sheets = [
    keep_ink("continuation", boot.pen, writing.clear),
    keep_ink("cells-live", boot.livePen, live.clear),
    keep_ink("beautify", boot.beautifyPen, beautify.sheet.clear),
    keep_ink("priming", boot.primingPen, priming.sheet.clear),
]
store = Store(sheets, Settings(state, lambda: store.set()), show_kept)
live.show_history()
own_weights = OwnWeights(controls.element("own-weights"), worker)
incoming = Incoming(ink_source.take, own_weights.take)
sharing = Sharing(worker, state, boot.pen, writing.word, line_columns, store, incoming.say)
link_item = ("Copy link", "ink and settings in an address", sharing.copy)
exports = Exports(worker, state, boot.pen, writing, writes, fans, ink_fans, link_item)
worker.watch(show_network)
programs = [store, writing, lines, writes, fans, ink_fans, cells, sorted_cells, live, tracks, styles]
programs += [mixtures, beautify, priming, components]
programs += [own_weights, sharing]


async def run():
    """Runs for as long as the page."""
    await asyncio.gather(offer_fresh(), tell_network(), worker.start(), *[program.run() for program in programs])
