"""The controls of figure 1: modes, things to try, Share, full screen, toast, overview, and what can be saved."""

import asyncio

import js
from shims import boot, draw

from page.files import exports
from page.files.save_menu import Menu, make_checkbox
from page.ui import controls
from page.worker_client.worker_client import message

SLANT = 0.55  # of the example that leans, x-heights per x-height: 29 degrees
TOAST_MS = 8000
MARGIN = 4  # x-heights that the sheet reaches beyond its last mark


def make_tools(element, figure, context):
    """Bind the controls of the figure in this element."""
    state, sheet = context.state, figure.sheet
    toast = Toast(element.querySelector(".toast"), sheet.restore)
    element.querySelector("canvas.ink").addEventListener("pointerdown", lambda event: toast.hide())
    full = FullScreen(element)
    tries = Tries(element, sheet)
    sharing = Share(context, toast)
    sheet.wiped = lambda: toast.say("The sheet was cleared.", True)
    actions = {"play": figure.toggle, "new-sample": figure.new_sample, "share": sharing.start}
    actions["full-screen"], actions["more"] = full.toggle, toggle_more
    actions["try-slant"], actions["try-print"] = tries.slant, tries.print
    actions["try-face"] = tries.face
    controls.bind_buttons(actions)
    controls.bind_keys(element, {" ": figure.toggle, "a": figure.new_sample, "f": full.toggle})
    controls.element("clear").addEventListener("click", lambda event: figure.demonstration.end())
    bind_modes(element, state, figure.choose_mode)
    scroll = Overview(element, sheet, figure)
    figure.drawn = scroll.show
    make_menu(element, figure, context)


def toggle_more():
    """Show the other controls, or hide them."""
    button, place = controls.element("more"), controls.element("more-controls")
    place.hidden = not place.hidden
    button.setAttribute("aria-expanded", "false" if place.hidden else "true")


def bind_modes(element, state, choose):
    """Bind the radio buttons of the modes to the state."""
    radios = element.querySelectorAll("input[name=mode]")

    def changed(name):
        if name == "mode":
            for i in range(radios.length):
                radios[i].checked = radios[i].value == state["mode"]

    def chosen(event):
        choose(event.target.value)

    for i in range(radios.length):
        radios[i].addEventListener("change", chosen)
        radios[i].disabled = False
    state.watch(changed)
    changed("mode")


class Toast:
    """A short message at the foot of the sheet, with a button that undoes what it says."""

    def __init__(self, place, undo):
        self._place, self._text, self._button = place, place.querySelector("span"), place.querySelector("button")
        self._timer = None
        self._undo = undo
        self._button.addEventListener("click", self._clicked)

    def _clicked(self, event):
        self.hide()
        self._undo()

    def say(self, text, undoable=False):
        """Show a sentence for a while."""
        if self._timer is not None:
            js.clearTimeout(self._timer)
        self._button.hidden = not undoable
        self._place.hidden = False
        self._text.textContent = text
        self._timer = js.setTimeout(self.hide, TOAST_MS)

    def hide(self):
        """Take the message away."""
        self._place.hidden = True
        self._text.textContent = ""


class Tries:
    """Things to try: each writes another example."""

    def __init__(self, element, sheet):
        self._element, self._sheet = element, sheet

    def slant(self):
        """Write the word, leaning."""
        self._sheet.write_example(slant=SLANT)

    def print(self):
        """Write in capitals."""
        self._write("print")

    def face(self):
        """Draw what the network never saw."""
        self._write("face")

    def _write(self, name):
        self._sheet.write_example(self._element.querySelectorAll(f"[data-example={name}] path"))


class Share:
    """Copies a link to the picture, and says so."""

    def __init__(self, context, toast):
        self._context, self._toast = context, toast

    def start(self):
        """Copy the link."""
        self._task = asyncio.create_task(self._copy())

    async def _copy(self):
        try:
            self._toast.say(await self._context.copy_link())
        except Exception as error:
            self._toast.say(message(error))


class FullScreen:
    """Makes the figure as large as the window, and the window as large as the screen where the browser can."""

    def __init__(self, element):
        self._element = element
        self._button = controls.element("full-screen")
        js.document.addEventListener("fullscreenchange", self._changed)

    def toggle(self):
        """Make it large, or small again."""
        if self._element.classList.contains("full"):
            self._show(False)
            if js.document.fullscreenElement:
                js.document.exitFullscreen()
        else:
            self._show(True)
            self._task = asyncio.create_task(self._ask())

    async def _ask(self):
        try:
            await self._element.requestFullscreen()
            await js.screen.orientation.lock("landscape")  # where the screen can turn
        except Exception:
            return  # the figure is as large as the window nevertheless

    def _changed(self, event):
        if not js.document.fullscreenElement:
            self._show(False)

    def _show(self, large):
        self._element.classList.toggle("full", large)
        self._button.setAttribute("aria-pressed", "true" if large else "false")


class Overview:
    """A slider below the sheet that scrolls it, there only while the line is longer than the sheet."""

    def __init__(self, element, sheet, figure):
        self._sheet, self._figure, self._element = sheet, figure, element
        self._place = element.querySelector(".overview")
        self._canvas, self._slider = self._place.querySelector("canvas"), self._place.querySelector("input")
        self._slider.addEventListener("input", self._chosen)
        sheet.scroll.moved = self.show
        js.window.addEventListener("resize", lambda event: self.show())

    def _chosen(self, event):
        self._sheet.scroll.go(float(self._slider.value))

    def show(self):
        """Show which part of the sheet is in view."""
        surface, pen = self._sheet.overlay, boot.pen
        pan, reach = surface.pan, surface.reach
        end = pen.right
        longest = self._figure.picture.long
        if longest:
            end = max(end, draw.rightEnd(longest))
        hidden = pen.count == 0 or (pan == 0 and end <= reach)
        if self._place.hidden != hidden:
            self._place.hidden = hidden
        if hidden:
            return
        length = max(end + MARGIN, pan + reach)
        draw.overview(self._canvas, length, pen, longest, js.getComputedStyle(surface.canvas).color)
        self._slider.max = str(length - reach)
        self._slider.value = str(pan)
        self._slider.setAttribute("aria-valuetext", f"{pan:.0f} of {length:.0f} x-heights")
        self._place.style.setProperty("--part", f"{100 * reach / length:.1f}%")


def make_menu(element, figure, context):
    """Make the menu of what can be saved."""
    state, worker = context.state, context.worker

    def name():
        return f"ink-seed{state['seed']}"

    async def save_ink(form):
        text = state["mode"] == "text" and len(figure.shown) > 0  # then that is what is saved, without the sample
        if not (boot.pen.count or text):
            return "There is no ink on the sheet yet."
        arguments = {
            "strokes": [] if text else [boot.pen.points(number, 0) for number in range(boot.pen.count)],
            "paths": figure.shown if along.checked or text else [],
            "form": form,
            "colours": [exports.colour("#continuation canvas.ink"), exports.colour("#continuation canvas.model")],
            "title": f"Ink, written on the page of Ductus, seed {state['seed']}",
        }
        return await exports.write_file(worker, "export.ink", form, arguments, name())

    async def save_page(paper):
        arguments = {"paper": paper, "colour": exports.colour("#continuation canvas.model")}
        return await exports.write_file(worker, "export.page", "svg", arguments, f"page-{paper}-seed{state['seed']}")

    files = exports.ink_formats(save_ink)
    pictures = exports.pictures(element, name, exports.FINE)
    link = ("Copy link", "ink and settings in an address", lambda: context.copy_link())
    label, along = make_checkbox("with the continuations")
    menu = Menu(element, files[:1] + pictures + files[1:] + [link])
    menu.choices.prepend(label)
    pages = [
        menu.add(("Page, A4", "SVG of the text, 210 \u00d7 297 mm", lambda: save_page("a4"))),
        menu.add(("Page, Letter", "SVG of the text, 8\u00bd \u00d7 11 in", lambda: save_page("letter"))),
    ]

    def changed(name):
        if name == "mode":
            for button in pages:
                button.hidden = state["mode"] != "text"

    state.watch(changed)
    changed("mode")
