"""Visits to the page as far as its MicroPython program: what is on the sheets, what is stored, what is said of it."""

from tests.e2e.reader import Sheet

INK = """async (name) => {
    const pen = (await import("./js-shims/boot/boot.js"))[name];
    return pen.strokes.slice(0, pen.count).map(({xy, width}) => ({xy, width}));
}"""
PENS = {"#continuation": "pen", "#cells-live": "livePen", "#beautify": "beautifyPen", "#priming": "primingPen"}
# The storage's entries: {name: text}
STORED = """async () => {
    const {fallback, open} = await import("./js-shims/io/storage.js");
    const name = "ductus " + location.pathname;
    const place = await open(name).catch(() => fallback(name));
    const sheets = ["continuation", "cells-live", "beautify", "priming"];
    const names = sheets.map((name) => "ink " + name).concat("settings");
    const found = {};
    for (const name of names.concat(names.map((name) => "backup " + name))) {
        const text = await place.get(name, 1e9);
        if (text !== null) found[name] = text;
    }
    place.close();
    return found;
}"""
PUT = """async ([name, text]) => {
    const {open} = await import("./js-shims/io/storage.js");
    const place = await open("ductus " + location.pathname);
    await place.put(name, text, "", "relaxed");
    place.close();
}"""
NO_DATABASE = "indexedDB.open = () => { throw new DOMException('made for a test', 'SecurityError'); };"
NO_STORAGE = (
    NO_DATABASE
    + """Object.defineProperty(window, "localStorage", {
        get() { throw new DOMException("made for a test", "SecurityError"); },
    });"""
)


def without_python(page):
    """Stop Python in the worker from starting."""
    page.route("**/pyodide.asm.wasm", lambda route: None)


class Visit(Sheet):
    """A page whose MicroPython program runs."""

    def here(self):
        """Wait until the page's program runs and has restored what was saved."""
        self.until(self.page.locator("#start-fresh").is_enabled, "the page's program")
        self.more()
        return self

    def again(self):
        """Visit the page again, in the same window."""
        self.page.reload()
        return self.here()

    def words(self):
        return self.page.inner_text("#autosave-status")

    def stored(self):
        return self.page.evaluate(STORED)

    def saved(self, name, what=True):
        """Wait until an entry with this name is saved or, if `what` is false, removed."""
        self.until(lambda: (name in self.stored()) == what, f"{name} to be saved" if what else f"{name} to be gone")

    def write_on(self, figure, *strokes):
        """Write strokes (n, 2), in x-heights, on the sheet of another figure."""
        self.reveal(figure.removeprefix("#"))
        mark = self.page.locator(f"{figure} .mark")
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        for stroke in strokes:
            places = (stroke * box["height"] + [box["x"], box["y"] + box["height"]]).tolist()
            self.page.mouse.move(*places[0])
            self.page.mouse.down()
            for place in places[1:]:
                self.page.mouse.move(*place)
            self.page.mouse.up()

    def inks(self):
        """Return the ink of every sheet."""
        return {figure: self.page.evaluate(INK, pen) for figure, pen in PENS.items()}
