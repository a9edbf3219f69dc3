"""The fans of a line of 400 points: on the screen, against the backend's own time for them. For tests/bench.py."""

import json
import statistics

from tests.benchmarks import arithmetic
from tests.benchmarks.pool import open_page
from tests.conftest import Pyodide
from tests.e2e.reader import Sheet

POINTS, SAMPLES, STEPS = 400, 40, 10
COARSE = 8  # the coarse picture is of every eighth point
TEMPERATURE = 0.5

# In Pyodide: the fans of points of a line that are `every` apart, as the library draws them. Returns milliseconds.
BACKEND = """
import time
import in_pyodide
from ductus import cooperative
from ductus.lstm import State
from ductus.model import Model

def draw(every):
    model = Model(in_pyodide._weights, backend=in_pyodide._backends["kernel, relaxed"])
    states = model.line_states(model.write({points}, {temperature}, 1))
    points = range(0, {points}, every)
    chosen = State(states.h[::every].copy(), states.c[::every].copy())
    started = time.perf_counter()
    cooperative.run(model.fan_slices(chosen, {samples}, {steps}, {temperature}, [[1, i] for i in points]))
    return 1000 * (time.perf_counter() - started)

draw({every})
"""
# Ask for other samples of the line's fans; resolve, when all are on the screen, with milliseconds to the first, to
# the coarse picture and to all, and the longest painting in one frame.
SCREEN = """([id, every]) => {
    globalThis.taken = import("./js-shims/fans/fans.js").then(({views}) => new Promise((resolve) => {
        const view = views.get(id);
        const {frames} = view.tiles;
        const {draw} = frames;
        const before = view.fans;
        const found = {painting: 0};
        frames.draw = (now) => {
            const start = performance.now();
            const more = draw(now);
            const end = performance.now();
            found.painting = Math.max(found.painting, end - start);
            if (more || view.fans === before) return more;
            found.first ??= end - begun;
            if (view.known().every((known, i) => known || i % every)) found.coarse ??= end - begun;
            if (view.done === view.count) {
                frames.draw = draw;
                requestAnimationFrame(() => resolve({...found, all: performance.now() - begun}));
            }
            return more;
        };
        const begun = performance.now();
        document.getElementById(`${id}-new-sample`).click();
    }));
}"""


def fans(browser, site, rounds):
    """Return medians of the rounds: milliseconds on the screen and in the backend, and their ratios by rounds.

    The backend draws on one core; the page once without the pool of workers, and once with it.
    """
    pyodide = Pyodide(browser.new_page, site, arithmetic.ISOLATED)
    arithmetic.prepare(pyodide)
    pages = {name: opened(browser, site, pyodide, name == "without") for name in ("without", "with")}
    found = {}
    for number in range(rounds):
        backend = {name: timed(pyodide, every) for name, every in (("coarse", COARSE), ("all", 1))}
        row = {f"backend {name}": time for name, time in backend.items()}
        for pool in list(pages)[:: -1 if number % 2 else 1]:
            page = pages[pool]
            page.bring_to_front()
            page.evaluate(SCREEN, ["fans", COARSE])
            screen = page.evaluate("taken")
            row |= {f"{pool} the pool, {name}": time for name, time in screen.items()}
            row |= {f"{pool} the pool, {name} / backend": screen[name] / backend[name] for name in backend}
        for name, value in row.items():
            found.setdefault(name, []).append(value)
    for page in pages.values():
        page.close()
    pyodide.page.close()
    return {name: round(statistics.median(values), 2) for name, values in found.items()}


def timed(pyodide, every):
    """Return the backend's milliseconds for the fans of points that are `every` apart."""
    values = {"points": POINTS, "samples": SAMPLES, "steps": STEPS, "temperature": TEMPERATURE, "every": every}
    return pyodide.run(BACKEND.format(**values))


def opened(browser, site, pyodide, refused):
    """Return the page with the fans of the same line in figure 4, drawn once, in view.

    With `refused` its Python can start no workers.
    """
    line = pyodide.run(
        "import in_pyodide\nfrom ductus.model import Model\n"
        f"Model(in_pyodide._weights).write({POINTS}, {TEMPERATURE}, 1).round(4).tolist()"
    )
    page = open_page(browser, site, refused, 1440, 900)
    data = json.dumps([[x, y, int(lift)] for x, y, lift in line]).encode()
    page.set_input_files("#fans-file", {"name": "line.json", "mimeType": "application/json", "buffer": data})
    page.evaluate("document.querySelector('#fans .strip').scrollIntoView({block: 'center'})")
    shown = f"document.querySelector('#fans .long').ariaLabel.startsWith('A line of {POINTS} points; from each')"
    Sheet(page).until(lambda: page.evaluate(shown), "the fans")
    return page
