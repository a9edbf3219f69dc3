"""Scheduler of the worker as a test asks for them, beside the figures: what they tell, as numpy arrays."""

import numpy as np

# Runs a job until it is done or has told so many pieces of progress; gives those, and the value.
RUN = """async ([kind, given, pieces]) => {
    const worker = (await document.querySelector("script[name=ductus]").xworker.ready).sync;
    const job = await worker.start_task(kind, given);
    const progress = [];
    for (;;) {
        const part = await worker.poll_task(job);
        progress.push(...part.progress);
        if (part.done || progress.length >= pieces) {
            await worker.cancel_task(job);
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
    """(progress, value) of a job; it is cancelled after so many pieces of progress. Arrays come as lists of text."""
    return page.evaluate(RUN, [kind, given, pieces])


def array(texts, *shape):
    """An array of a job as float64, in this shape."""
    return np.reshape(np.array(texts, np.float64), shape)
