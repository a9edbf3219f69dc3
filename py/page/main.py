"""The page's program, in MicroPython: sets up what the figures share, makes them, and runs everything."""

import asyncio

import js
from shims import boot, draw

from page import settings
from page.figures.cells_columns import LineColumns
from page.figures.registry import FigureContext, create_figures
from page.files.drop import Drop
from page.files.own_weights import OwnWeights
from page.ink.example import Example
from page.ink.line_choice import LineChoice
from page.ink.lines import Lines
from page.state import INITIAL, State
from page.storage.autosave import Autosave
from page.storage.kept_settings import StoredSettings
from page.storage.sharing import Sharing
from page.ui import controls, key_help
from page.ui.contents import Contents
from page.ui.disclosure import Disclosures
from page.ui.style_select import StyleSelects
from page.worker_client.worker_client import WorkerClient

# The fonts are fetched this long after the network, in seconds: whatever it does first comes before them.
FONTS_AFTER_S = 5

reduced_motion = js.matchMedia("(prefers-reduced-motion: reduce)")
state = State(settings.defaults(), INITIAL)
worker = WorkerClient()
example = Example(boot.pen, controls.element("continuation").querySelectorAll(".ghost path"))
lines = Lines(worker, boot.pen, state, example)
context = FigureContext(worker, state, lines, LineColumns(worker, state), LineChoice(state))


def stop_motion(event=None):
    """Pause autoplay where the reader prefers reduced motion."""
    if reduced_motion.matches:
        state.set("playing", False)
        state.set("generation-playing", False)


def show_save_status(note, state, warning, has_backup):
    """Say how far ink and settings are saved, or why not, and offer to restore a backup."""
    place = controls.element("autosave-status")
    for part, words in ((place.firstElementChild, note), (place.lastElementChild, state)):
        if part.textContent != words:  # a live region announces what is set, even if it is the same
            part.textContent = words
    place.classList.toggle("error", warning)
    controls.element("restore").hidden = not has_backup


async def enable_fresh_start():
    """Let the reader start fresh once the saved ink and settings are loaded."""
    await autosave.loaded.wait()
    controls.bind_buttons({"start-fresh": autosave.start_fresh, "restore": autosave.restore})


async def show_first_network():
    """Show the network's numbers once it is there; then fetch the fonts."""
    await worker.ready.wait()
    show_network()
    await asyncio.sleep(FONTS_AFTER_S)
    await boot.addFonts()


def show_network():
    """Name the network in use in the text, and keep the chosen cell among its cells."""
    state.set("cell", min(state["cell"], worker.network.units - 1))
    for place in js.document.querySelectorAll("[data-model]"):
        value = getattr(worker.network, place.dataset.model)
        place.textContent = value if isinstance(value, str) else f"{value:,}"


def theme_changed(name):
    """Have the whole page drawn in the theme that the reader chose."""
    if name == "theme":
        draw.setTheme(state["theme"])


stop_motion()
figures = create_figures(context)
controls.bind_settings(state)
reduced_motion.addEventListener("change", stop_motion)
stored_settings = StoredSettings(state, lambda moving: autosave.settings_changed(moving))
autosave = Autosave(context.ink_entries, stored_settings, show_save_status)
context.autosave = autosave  # pyright: ignore[reportAttributeAccessIssue]  None until here
own_weights = OwnWeights(controls.element("own-weights"), worker, context.text_panel)
drop = Drop(context.load_ink, own_weights.load, context.load_hand, worker.ready)
lines.reading = drop.reading
editor = context.editors["continuation"]
sharing = Sharing(worker, state, editor.pen, editor.example, context.columns, autosave, drop.say)
context.copy_link = sharing.copy  # pyright: ignore[reportAttributeAccessIssue]  None until here
worker.watch(show_network)
state.watch(theme_changed)
disclosures, contents = Disclosures(), Contents()
key_help.bind()
background_tasks = [autosave, lines, StyleSelects(worker, state, settings.STYLES), own_weights, sharing]
background_tasks += figures


async def run():
    """Run for as long as the page is open."""
    running = [task.run() for task in background_tasks]
    await asyncio.gather(enable_fresh_start(), show_first_network(), worker.start(), *running)
