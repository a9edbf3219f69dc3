"""The page's program, in MicroPython: sets up what the figures share, makes them, and runs everything."""

import asyncio

import js
from pyscript.js_modules import boot

from page import settings
from page.figures.cells_columns import LineColumns
from page.figures.registry import FigureContext, create_figures
from page.files.drop import Incoming
from page.files.own_weights import OwnWeights
from page.ink.example import Example
from page.ink.lines import Lines
from page.state import INITIAL, State
from page.storage.autosave import Store
from page.storage.kept_settings import StoredSettings
from page.storage.sharing import Sharing
from page.ui import controls
from page.ui.style_select import StyleSelects
from page.worker_client.worker_client import WorkerClient

reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
state = State(settings.defaults(), INITIAL)
worker = WorkerClient()
example = Example(boot.pen, controls.element("continuation").querySelectorAll(".ghost path"))
lines = Lines(worker, boot.pen, state, example)
context = FigureContext(worker, state, lines, LineColumns(worker, state))


def stop_motion(event=None):
    """Pause what plays by itself where the reader prefers reduced motion."""
    if reduced_motion.matches:
        state.set("playing", False)
        state.set("generation-playing", False)


def show_storage(words, error, backup):
    """Show where ink and settings are stored, or why not, and whether there is a backup to bring back."""
    place = controls.element("kept")
    if place.textContent != words:  # a live region announces what is set, even if it is the same
        place.textContent = words
    place.classList.toggle("error", error)
    controls.element("bring-back").hidden = not backup


async def enable_fresh_start():
    """Once what was stored is restored, let the reader start fresh."""
    await store.restored.wait()
    controls.bind_buttons({"start-fresh": store.start_fresh, "bring-back": store.bring_back})


async def show_first_network():
    """Show the network's numbers once it is there."""
    await worker.ready.wait()
    show_network()


def show_network():
    """Name the network in use in the text, and keep the chosen cell among its cells."""
    state.set("cell", min(state["cell"], worker.network.units - 1))
    for place in js.document.querySelectorAll("[data-model]"):
        value = getattr(worker.network, place.dataset.model)
        place.textContent = value if isinstance(value, str) else f"{value:,}"


stop_motion()
figures = create_figures(context)
controls.bind_settings(state)
reduced_motion.addEventListener("change", stop_motion)
store = Store(context.records, StoredSettings(state, lambda: store.set()), show_storage)
context.ink_changed = store.inked
own_weights = OwnWeights(controls.element("own-weights"), worker)
drop = Incoming(context.load_ink, own_weights.take)
editor = context.editors["continuation"]
sharing = Sharing(worker, state, editor.pen, editor.example, context.columns, store, drop.say)
context.copy_link = sharing.copy
worker.watch(show_network)
programs = [store, lines, StyleSelects(worker, state, settings.STYLES), own_weights, sharing]
programs += figures


async def run():
    """Run for as long as the page is open."""
    running = [program.run() for program in programs]
    await asyncio.gather(enable_fresh_start(), show_first_network(), worker.start(), *running)
