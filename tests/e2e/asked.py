"""Run tasks of the worker's scheduler from a test, independently of the figures, and read their arrays with numpy."""

import numpy as np

# Run a task until it is done or has reported `pieces` times; return the progress and the value.
RUN = """async ([kind, given, pieces]) => {
    const worker = (await document.querySelector("script[name=ductus]").xworker.ready).sync;
    const task = await worker.start_task(kind, given);
    const progress = [];
    for (;;) {
        const part = await worker.poll_task(task);
        progress.push(...part.progress);
        if (part.done || progress.length >= pieces) {
            await worker.cancel_task(task);
            const plain = (value) => ArrayBuffer.isView(value) ? Array.from(value, String) : value;
            const all = (value) => Array.isArray(value) ? value.map(all)
                : value && value.constructor === Object
                    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, all(one)]))
                    : plain(value);
            return [all(progress), all(part.value ?? null)];
        }
    }
}"""


def run(page, kind, pieces=10**9, **given):
    """Return (progress, value) of a task; cancel it after `pieces` reports. Arrays are returned as lists of text."""
    return page.evaluate(RUN, [kind, given, pieces])


def array(texts, *shape):
    """Return an array of a task as float64, in this shape."""
    return np.reshape(np.array(texts, np.float64), shape)
