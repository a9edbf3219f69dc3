"""The page's program, in MicroPython: puts the figure, its controls and the worker together."""

import asyncio

import js
from pyscript.js_modules import boot

from page.figures.beautify import Beautify
from page.figures.cell_order import Sorted
from page.figures.cells import Cells
from page.figures.cells_columns import LineColumns
from page.figures.cells_live import CellsLive
from page.figures.continuation import Continuation
from page.figures.fans import Fans
from page.figures.generation import Writes
from page.figures.mixture import Mixtures
from page.figures.pca import Components
from page.figures.priming import Priming
from page.figures.probing import Tracks
from page.files.drop import Drop
from page.files.exports import Exports
from page.files.ink_source import InkSource
from page.files.own_weights import OwnWeights
from page.ink.lines import Lines
from page.state import State
from page.storage.autosave import Autosave
from page.storage.entries import InkEntry
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
writing = Continuation(figure, state, worker, boot.pen, controls.element("continuation-status"))
lines = Lines(worker, boot.pen, state, writing.sheet.example)
fans = Fans(controls.element("fans"), worker, state, "model", "fans-line")
ink_fans = Fans(controls.element("ink-fans"), worker, state, "ink")
ink_source = InkSource(controls.element("ink-fans"), state, lines)
line_columns = LineColumns(worker, state)
cells = Cells(controls.element("cells"), worker, state, line_columns)
sorted_cells = Sorted(controls.element("cell-order"), worker, state, line_columns)
live = CellsLive(controls.element("cells-live"), worker, state, boot.livePen, figure.querySelectorAll(".ghost path"))
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


def show_autosave(words, warning, has_backup):
    """Say that ink and settings are saved, or why not, and offer to restore a backup."""
    place = controls.element("autosave-status")
    if place.textContent != words:  # it is a live region: what is put there is said, the same words again too
        place.textContent = words
    place.classList.toggle("trouble", warning)
    controls.element("restore").hidden = not has_backup


def ink_entry(name, pen, clear):
    """Return the entry of a sheet, saved when its ink has changed."""
    entry = InkEntry(name, pen, clear)

    def inked():
        if not pen.open:
            autosave.ink_changed(entry)

    pen.inked = inked
    return entry


async def offer_fresh():
    """Enable starting fresh once the saved ink and settings are loaded."""
    await autosave.loaded.wait()
    controls.bind_buttons({"start-fresh": autosave.start_fresh, "restore": autosave.restore})


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
controls.bind_sliders(state)
controls.bind_selects(state)
controls.bind_buttons(
    {
        "play": writing.toggle,
        "new-sample": writing.new_sample,
        "fans-new-sample": fans.another,
        "ink-fans-new-sample": ink_fans.another,
        "ink-fans-own": ink_source.own_ink,
        "cell-order-sort": sorted_cells.press,
        "cell-order-new-sample": sorted_cells.another,
    }
)
controls.bind_keys(
    figure,
    {
        " ": writing.toggle,
        "a": writing.new_sample,
    },
)
less_motion.addEventListener("change", less_motion_wanted)
show_playing("playing")
sheets = [
    ink_entry("continuation", boot.pen, writing.sheet.clear),
    ink_entry("cells-live", boot.livePen, live.sheet.clear),
    ink_entry("beautify", boot.beautifyPen, beautify.sheet.clear),
    ink_entry("priming", boot.primingPen, priming.sheet.clear),
]
autosave = Autosave(sheets, Settings(state, lambda: autosave.settings_changed()), show_autosave)
own_weights = OwnWeights(controls.element("own-weights"), worker)
drop = Drop(ink_source.load, own_weights.load)
sharing = Sharing(worker, state, boot.pen, writing.sheet.example, line_columns, autosave, drop.say)
link_item = ("Copy link", "ink and settings in an address", sharing.copy)
exports = Exports(worker, state, boot.pen, writing, writes, fans, ink_fans, link_item)
worker.watch(show_network)
programs = [autosave, writing, lines, writes, fans, ink_fans, cells, sorted_cells, live, tracks, styles]
programs += [mixtures, beautify, priming, components]
programs += [own_weights, sharing]


async def run():
    """Runs for as long as the page."""
    await asyncio.gather(offer_fresh(), tell_network(), worker.start(), *[program.run() for program in programs])
