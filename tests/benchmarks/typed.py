"""How long a typed text takes, with the pool of workers and without one. For tests/bench.py; milliseconds.

It runs through the worker's API in the real page, in long slices, as while no pen moves; nothing draws it.
"""

from __future__ import annotations

from tests.benchmarks.pool import alternated, open_page

TEXTS = ("The quick brown fox jumps over a lazy do", "Pack my box with five dozen liquor jugs,")  # 40 characters
DRAWS = 5
LOAD = """async () => {
    const {last} = await import("./js-shims/boot/worker.js");
    window.run = async (kind, values, first = () => {}) => {
        const task = await last().call("start_task", kind, values);
        for (;;) {
            const part = await last().call("poll_task", task, true);
            if (part.progress.length) first();
            if (part.done) return part.value;
        }
    };
    for (const [task, name] of [["text.load", "ductus-text-500"], ["reader.load", "reader"]]) {
        const file = await fetch(`weights/${name}.jb64.gz`);
        await run(task, {data: new Uint8Array(await file.arrayBuffer())});
    }
}"""
WRITE = """async ([text, seed]) => {
    const begun = performance.now();
    let first = 0;
    const given = {text, sheet: "none", says: "", hand: -1, temperature: 0.5, seed, draw: 0, width: 44, again: true};
    await run("text.write", given, () => (first ||= performance.now() - begun));
    return [first, performance.now() - begun];
}"""
BEST = """async ([text, seed, draws]) => {
    const begun = performance.now();
    await run("text.best", {text, sheet: "none", says: "", hand: -1, temperature: 0.5, seed, draws});
    return performance.now() - begun;
}"""


def typed(browser, site, rounds: int, log=print) -> dict:
    """Return the times of 40 letters, to the first ink and in all, and of the best of five, round by round."""
    pages = {name: open_page(browser, site, name == "without") for name in ("without", "with")}
    for page in pages.values():
        page.evaluate(LOAD)
    written = [pages["with"].evaluate(WRITE, [TEXTS[seed % 2], seed]) for seed in range(rounds + 1)][1:]
    best, ratio, found = alternated(pages, rounds, log, lambda seed: (BEST, [TEXTS[seed % 2], seed, DRAWS]))
    first, whole = (list(times) for times in zip(*written, strict=True))
    return {"first ink": first, "40 letters": whole, "best of 5": best, "times as fast": ratio, "rounds": found}
