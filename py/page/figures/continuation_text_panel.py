"""The panel of "Write this": the text, the hand, what the ink says, and what can be done with the writing."""

import asyncio

import js
from shims import save

from page import settings
from page.figures.continuation_text import INK, SHEET, sentence
from page.figures.continuation_text_files import READER
from page.ink.lines import MODEL
from page.ui import controls
from page.ui.elements import make
from page.worker_client import priority_lock
from page.worker_client.worker_client import WorkerLost, message
from shared.limits import MAX_INK_FILE_BYTES, MAX_TEXT


class TextPanel:
    """Binds the panel to the TypedText of figure 1; `changed()` is called when something else has to be written."""

    def __init__(self, element, state, worker, pen, lines, writing, changed):
        self._lines = lines  # that the figures show
        self._state, self._worker, self._pen, self._writing, self._changed = state, worker, pen, writing, changed
        self._panel = element.querySelector("#text-panel")
        self.field, self._says = controls.element("text-field"), controls.element("says")
        self._note, self._best = controls.element("text-note"), controls.element("text-draw")
        self._hands, self._file = controls.element("hand"), controls.element("hand-file")
        self._answer = ""  # to what the reader asked for: it stays until they do something else
        self._progress = ""  # of the writing
        self._corrected = False  # did the reader say what the ink says?
        self._of = (0, 0)  # the ink that the field is about
        writing.say, writing.says = self._say, lambda: self._says.value.strip()
        writing.suggest, writing.files.loaded_hands = self._suggest, self._offer
        self.field.value = settings.decode_text(state["text"])
        self.field.addEventListener("input", self._typed)
        for kind in ("keyup", "click", "focus"):
            self.field.addEventListener(kind, self._caret)
        self.field.addEventListener("blur", lambda event: writing.mark(-1))
        self._says.addEventListener("input", self._correct)
        self._ink = element.querySelector("canvas.ink")
        self._hovers = False  # is the pointer followed? Only once that is needed: it would delay a pen
        self._file.addEventListener("change", self._picked)
        state.watch(self._state_changed)
        actions = {"text-draw": self._find_best, "text-show": self._show_below, "hand-save": self._save_hand}
        actions["hand-load"] = lambda: self._file.click()
        controls.bind_buttons({name: self._starter(actions[name]) for name in actions})
        for control in (self.field, self._says, self._hands):
            control.disabled = False
        self._state_changed("mode")

    def inked(self):
        """Forget what an ink says that is no longer there; hide the field while there is none."""
        if not self._pen.count:
            self._says.value, self._corrected = "", False
            self._state.set("ink-says", settings.EMPTY)
        elif not self._corrected:
            self._says.value = ""
        self._show()

    # --- what the reader does

    def _typed(self, event):
        self._reply("")
        word = settings.encode_text(self.field.value[: 4 * MAX_TEXT])
        if len(word) <= settings.MAX_WORD:
            self._state.set("text", word)
        self._changed()

    def _correct(self, event):
        self._reply("")
        self._corrected = bool(self._says.value.strip())
        word = settings.encode_text(self._says.value.strip())
        self._state.set("ink-says", word if len(word) <= settings.MAX_WORD else settings.EMPTY)
        self._changed()

    def _caret(self, event):
        if self._writing.text == self.field.value.strip():
            before = len(self.field.value) - len(self.field.value.lstrip())
            self._writing.mark(self.field.selectionStart - before - 1)

    def _hovered(self, event):
        if self._state["mode"] == "text" and not event.buttons:
            self._writing.point_at(event)

    def _picked(self, event):
        files = self._file.files
        if files.length:
            self._task = asyncio.create_task(self._do(self.load_hand(files.item(0))))
        self._file.value = ""  # so that the same file can be picked again

    def _starter(self, action):
        def start():
            self._reply("")
            work = action()
            if work is not None:
                self._task = asyncio.create_task(self._do(work))

        return start

    async def _do(self, work):
        try:
            self._reply(await work)
        except WorkerLost as lost:
            self._reply(sentence(message(lost)))
        except Exception as error:
            self._reply(sentence(message(error)))

    async def _find_best(self):
        if self._state["text-draw"]:
            self._state.set("text-draw", 0)
            return ""
        text, version = self.field.value, self._inputs()
        draw = await self._writing.best(text, lambda: version == self._inputs())
        if draw is None:
            return "It was changed meanwhile."
        self._state.set("text-draw", draw)
        return f"Draw {draw + 1} reads best." if draw else "The first draw reads best."

    def _inputs(self):
        state = self._state
        return (
            self.field.value,
            state["seed"],
            state["temperature"],
            state["hand"],
            self._says.value,
            self._pen.count,
        )

    async def _show_below(self):
        value = await self._worker.run_task("text.line", {}, priority=priority_lock.NEAR)
        error = await self._lines.put(MODEL, value.points, "text")
        if error:
            return sentence(error)
        self._state.set("generation-row", None)
        self._state.set("shown-line", MODEL)
        return "The figures below show this text."

    async def _save_hand(self):
        arguments = {"sheet": SHEET, "says": self._says.value, "name": self._says.value[:40] or "hand"}
        await self._writing.files.write()
        value = await self._worker.run_task("text.save_hand", arguments, priority=priority_lock.NEAR)
        save.file(value.data, "application/json", "ductus-hand.json")
        return "Saved as ductus-hand.json."

    async def load_hand(self, file):
        """Write in the hand of a file; return a sentence that says so. Raises an error that says why not."""
        if file.size > MAX_INK_FILE_BYTES:
            raise ValueError(f"{file.name} is larger than a file of hands can be")
        data = js.Uint8Array.new(await file.arrayBuffer())
        names = await self._writing.files.add_hand(data)
        self._offer(names)
        self._state.set("mode", "text")
        self._state.set("hand", names.length - 1)
        return f"{file.name} is loaded: the text is written in the hand of \u201c{names[names.length - 1]}\u201d."

    async def use_network(self, kind, data):
        """Write texts, or read ink, with another network; return a sentence. Raises an error that says why not."""
        name = await self._writing.files.use(kind, data)
        self._writing.again()
        self._state.set("mode", "text")
        self._changed()
        if kind == READER:
            return f"{name} reads your ink now, and ranks the draws of a text."
        return f"{name} writes the texts now that you type."

    async def own_networks(self):
        """Go back to the networks that came with the page."""
        for kind in self._writing.files.own():
            await self._writing.files.use(kind, None)
            self._writing.again()
            self._changed()

    # --- showing

    def _suggest(self, text):
        if not self._corrected:
            self._says.value = text

    def _offer(self, names):
        while self._hands.options.length < 2 + names.length:
            number = self._hands.options.length - 2
            make("option", self._hands, names[number], value=str(number))
        self._hands.value = str(self._state["hand"])

    def _state_changed(self, name):
        if name == "mode":
            self._panel.hidden = self._state["mode"] != "text"
            if not (self._hovers or self._panel.hidden):
                self._hovers = True
                self._ink.addEventListener("pointermove", self._hovered)
                self._ink.addEventListener("pointerleave", lambda event: self._writing.mark(-1))
        if name == "text" and js.document.activeElement != self.field:
            self.field.value = settings.decode_text(self._state["text"])
            self._changed()
        if name == "ink-says" and js.document.activeElement != self._says:
            said = settings.decode_text(self._state[name])
            if said or self._corrected:
                self._says.value, self._corrected = said, bool(said)
                self._changed()
        if name in ("hand", "text-draw"):
            self._reply("")
            self._changed()
        if name in ("mode", "hand", "text-draw"):
            self._show()

    def _show(self):
        own = self._state["hand"] == INK and self._pen.count > 0
        self._says.parentElement.hidden = not own
        controls.element("hand-save").hidden = not own
        self._best.textContent = "First draw" if self._state["text-draw"] else "Best of 5"

    def _reply(self, text):
        self._answer = text
        self._say(self._progress)

    def _say(self, text):
        self._progress = text
        note = f"{self._answer} {text}".strip()
        if self._note.textContent != note:
            self._note.textContent = note
