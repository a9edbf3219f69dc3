"""The first drawing of the heatmap of a whole line: the longest in one frame. For tests/bench.py; milliseconds."""

from tests.e2e.reader import Sheet

# Scroll to the workbench; resolve, once all its columns are drawn, with the longest drawing in a frame, the time from
# the first drawing to the last, and how many columns were drawn for each that there is.
DRAW = """() => {
    globalThis.taken = import("./js-shims/cells/cells.js").then(({View, views}) => new Promise((resolve) => {
        const view = views.get("cells");
        const {draw} = View.prototype;
        const {paint} = view.map;
        let [columns, longest, begun] = [0, 0, 0];
        view.map.paint = function (first, count) {
            columns += count - first;
            paint.call(this, first, count);
        };
        View.prototype.draw = function () {
            const start = performance.now();
            draw.call(this);
            const end = performance.now();
            if (this !== view) return;
            begun ||= start;
            longest = Math.max(longest, end - start);
            const {count, expected} = view.columns;
            if (!count || count < expected || view.drawn < count || view.due.size) return;
            View.prototype.draw = draw;
            delete view.map.paint;
            const [heatmap_all, heatmap_columns_drawn] = [end - begun, columns / count];
            resolve({heatmap_longest_drawing: longest, heatmap_all, heatmap_columns_drawn});
        };
        document.getElementById("cells").scrollIntoView({block: "center"});
    }));
}"""


def heatmap(browser, site):
    """Measure the first drawing of the workbench's heatmap, once the network is ready."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(site.url)
    sheet = Sheet(page)
    sheet.ready()
    sheet.pause()
    page.wait_for_timeout(4000)  # the first screen has written its lines, and the fonts have come
    page.evaluate(DRAW)
    return page.evaluate("taken")
