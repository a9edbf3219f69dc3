"""The time from "Apply" in the workbench to the changed fan, and to the changed band. For tests/bench.py; ms."""

from tests.e2e.cells import Cells

POINT = 60  # of the chosen line, some 400 points long
FIRST_CELL = 400
WAIT_MS = 700  # for everything to come to rest

# From here on every drawing on the fan's canvas and on the band's is noted, by the canvas's name.
WATCH = """() => {
    const watched = {
        fan: document.querySelector("#interventions .fan canvas"),
        band: document.querySelector("#cells .ink-bar .trace"),
    };
    window.drawn = {};
    for (const method of ["stroke", "fillRect", "fill"]) {
        const plain = CanvasRenderingContext2D.prototype[method];
        CanvasRenderingContext2D.prototype[method] = function (...values) {
            for (const name in watched) if (watched[name] === this.canvas) drawn[name] ??= performance.now();
            return plain.apply(this, values);
        };
    }
}"""
# Milliseconds from a click on "Apply" to the first drawing on each.
APPLY = """() => new Promise((resolve) => {
    window.drawn = {};
    const start = performance.now();
    document.getElementById("intervene").click();
    const look = () => {
        if (!drawn.fan || !drawn.band) return setTimeout(look, 20);
        resolve([drawn.fan - start, drawn.band - start]);
    };
    look();
})"""


def panel(browser, site, rounds: int) -> dict[str, list[float]]:
    """Silence one cell after another, with a fan of figure 2's size: {fan, band} in milliseconds."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(site.url)
    sheet = Cells(page)
    sheet.ready()
    sheet.pause()
    page.emulate_media(reduced_motion="reduce")
    page.select_option("#cells-line", "model")
    sheet.see("cells")
    field = page.locator("#cells .field")
    field.focus()
    field.press("Home")
    for _ in range(POINT):
        field.press("ArrowRight")
    page.locator("#change-cells summary").click()
    sheet.until(lambda: page.locator("#intervene").is_enabled(), "the panel")
    page.wait_for_timeout(3 * WAIT_MS)
    page.evaluate(WATCH)
    found = {"fan": [], "band": []}
    for cell in range(FIRST_CELL, FIRST_CELL + rounds):
        page.fill("#cells-cell", str(cell))
        page.wait_for_timeout(WAIT_MS)
        for name, wait in zip(("fan", "band"), page.evaluate(APPLY), strict=True):
            found[name].append(wait)
        page.wait_for_timeout(WAIT_MS)
        page.click("#intervene-reset")
        page.wait_for_timeout(WAIT_MS)
    return found
