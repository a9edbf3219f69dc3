"""The time from a pointer event to the heatmap column that includes it, on the live cells. For tests/bench.py; ms."""

from tests.benchmarks.visit import answered
from tests.e2e.reader import Sheet, scribble

# [time, x, y] of every pointer event on their sheet, and of every drawing of new columns: the time and the place
# of the newest point in it.
TRACE = """async () => {
    const {Columns} = await import("./js-shims/cells/columns.js");
    const {View, views} = await import("./js-shims/cells/cells.js");
    const {livePen} = await import("./js-shims/boot/boot.js");
    const {put} = Columns.prototype;
    const {draw} = View.prototype;
    let newest = null;
    window.moves = [];
    window.sets = [];
    Columns.prototype.put = function (first, values) {
        put.call(this, first, values);
        if (this.units === 3 && values.length) newest = values.slice(-3, -1);  // x, y and lift of the points
    };
    View.prototype.draw = function () {
        draw.call(this);
        if (this !== views.get("cells-live") || !newest) return;
        sets.push([performance.now(), ...newest]);
        newest = null;
    };
    document.querySelector("#cells-live .ink").addEventListener("pointermove", () => {
        if (livePen.writing) moves.push([performance.now(), ...livePen.strokes[livePen.count - 1].xy.slice(-2)]);
    });
}"""


class LiveSheet(Sheet):
    """The sheet of the live cells."""

    def corner(self):
        """Return where the line of writing starts on the screen, and the pixels per x-height."""
        box = self.page.locator("#cells-live .mark").bounding_box()
        return box["x"], box["y"] + box["height"], box["height"]


def live(browser, site):
    """Write four words there: {pen_to_column_median, pen_to_column_p95}."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(site.url)
    sheet = LiveSheet(page)
    sheet.ready()
    sheet.pause()
    sheet.reveal("cells-live")
    page.evaluate("document.getElementById('cells-live').scrollIntoView()")
    page.wait_for_timeout(1500)
    page.evaluate(TRACE)
    for word in range(4):
        sheet.write(scribble(2.0, 60, (0.5 + 2.5 * word, 0)))
    page.wait_for_timeout(1000)
    waits = sorted(answered(*page.evaluate("[moves, sets]")))
    return {"pen_to_column_median": waits[len(waits) // 2], "pen_to_column_p95": waits[int(0.95 * len(waits))]}
