"""What each figure offers to save, and under which name."""

import js
from pyscript.js_modules import save

from page.files.save_menu import Menu, tick
from page.ui import controls
from page.worker_client import priority_lock

TYPES = {"svg": "image/svg+xml", "inkml": "application/inkml+xml", "json": "application/json"}
# Pixels to a CSS pixel of a picture of ink, which is drawn anew for it, at least.
FINE = 2
SVG, PNG, INKML, JSON = "SVG", "PNG", "InkML", "JSON"
PICTURE = "the picture, as it is shown"
PLOT = "single lines, for a plotter too"
FORMAT = {INKML: "the W3C\u2019s format for ink", JSON: "the same for programs"}


class Exports:
    """The menus of all figures. `link_item` is one more item for figure 1."""

    def __init__(self, worker, state, pen, writing, writes, fans, ink_fans, link_item):
        self._link, self._state, self._pen = worker, state, pen
        self._writing, self._writes = writing, writes
        own = [(SVG, PLOT, lambda: self._ink("svg")), (PNG, PICTURE, self._sheet)]
        own += [(what, FORMAT[what], self._form(self._ink, what)) for what in (INKML, JSON)]
        own.append(link_item)
        menu = Menu(controls.element("continuation"), own)
        label, self._along = tick("with the continuations")
        menu.choices.prepend(label)
        rows = [(SVG, PLOT, lambda: self._rows("svg")), (PNG, PICTURE, self._page)]
        rows += [(what, FORMAT[what], self._form(self._rows, what)) for what in (INKML, JSON)]
        Menu(controls.element("generation"), rows)
        for one in (fans, ink_fans):
            self._offer_fans(one)
        self._offer_picture("cells", lambda: "cells-" + self._whose())
        self._offer_picture("cell-order", lambda: f"cells-sorted-seed{state['cell-order-seed']}-" + self._whose())
        self._offer_picture("cells-live", lambda: "cells-live")
        self._offer_picture("mixture", lambda: f"hills-{self._whose()}-point{state['step'] + 1}")
        self._offer_picture("beautify", lambda: "beautified")
        self._offer_picture("priming", lambda: f"priming-seed{state['priming-seed']}")
        self._offer_picture("pca", lambda: "components-" + self._whose())

    # --- what is offered

    def _form(self, does, what):
        return lambda: does(what.lower())

    def _offer_fans(self, fans):
        items = [
            (SVG, "the line and its fans, true paths", lambda: self._fans(fans)),
            (PNG, PICTURE, lambda: self._picture(fans.element, self._fans_name(fans))),
            ("SVG of the line", PLOT, lambda: self._line(fans, "svg")),
        ]
        items += [(what + " of the line", FORMAT[what], self._line_form(fans, what)) for what in (INKML, JSON)]
        Menu(fans.element, items)

    def _line_form(self, fans, what):
        return lambda: self._line(fans, what.lower())

    def _offer_picture(self, name, called):
        element = controls.element(name)
        Menu(element, [(PNG, PICTURE, lambda: self._picture(element, called()))])

    def _whose(self):
        return "ink" if self._state["line"] == "ink" else "network"

    def _fans_name(self, fans):
        return f"fans-{_LINES[fans.name]}-seed{self._state[fans.element.id + '-seed']}"

    # --- pictures

    async def _picture(self, element, name, ratio=0):
        stage = element.querySelector(".stage") or element.querySelector(".paper")
        name = f"ductus-{name}.png"
        await save.picture(stage, max(ratio, js.devicePixelRatio), name)
        return f"Saved as {name}."

    def _sheet(self):
        return self._picture(controls.element("continuation"), self._ink_name(), FINE)

    def _page(self):
        return self._picture(controls.element("generation"), self._rows_name(), FINE)

    # --- ink

    def _ink_name(self):
        return f"ink-seed{self._state['seed']}"

    def _rows_name(self):
        return f"continuation-seed{self._state['generation-seed']}"

    async def _ink(self, form):
        pen = self._pen
        if not pen.count:
            return "There is no ink on the sheet yet."
        paths, samples = self._writing.shown if self._along.checked else (js.Float32Array.new(0), 0)
        arguments = {
            "strokes": [pen.points(number, 0) for number in range(pen.count)],
            "paths": paths,
            "samples": samples,
            "colours": [_colour("#continuation canvas.ink"), _colour("#continuation canvas.model")],
            "title": f"Ink, written on the page of Ductus, seed {self._state['seed']}",
        }
        return await self._save("export.ink", form, arguments, self._ink_name())

    async def _rows(self, form):
        state = self._state
        arguments = {
            "rows": [{"points": points, "y": y} for points, y in self._writes.written],
            "colour": _colour("#generation canvas.model"),
            "title": "Written by the network from seed "
            f"{state['generation-seed']} at {state['generation-temperature']:.2f}",
        }
        return await self._save("export.rows", form, arguments, self._rows_name())

    async def _line(self, fans, form):
        kind = _LINES[fans.name]
        arguments = {
            "line": fans.name,
            "colour": _colour(f"#{fans.element.id} .trace"),
            "title": f"A line of writing ({kind}), as the network of Ductus reads it",
        }
        return await self._save("export.line", form, arguments, f"line-{kind}")

    async def _fans(self, fans):
        whole, name = fans.whole, self._fans_name(fans)
        arguments = {"line": fans.name, "title": "All the ways it could have gone on: " + name}
        for what in ("points", "ways", "bins", "lifts", "strengths", "air", "colours"):
            arguments[what] = getattr(whole, what)
        return await self._save("export.fans", "", arguments, name)

    async def _save(self, kind, form, arguments, name):
        if form:
            arguments["form"] = form
        await self._link.ready.wait()
        value = await self._link.work(kind, arguments, rank=priority_lock.NEAR)
        form = form or "svg"
        name = f"ductus-{name}.{form}"
        save.file(value.data, TYPES[form], name)
        return f"Saved as {name}."


# what the worker calls a line -> what its file is called
_LINES = {"model": "network", "ink": "ink", "straight": "straight"}


def _colour(selector):
    return js.getComputedStyle(js.document.querySelector(selector)).color
