"""Jobs of the worker as a test asks for them, beside the figures: what they tell, as numpy arrays."""

import numpy as np

# Runs a job until it is done or has told so many pieces of news; gives those, and the value.
RUN = """async ([kind, given, pieces]) => {
    const worker = (await document.querySelector("script[name=ductus]").xworker.ready).sync;
    const job = await worker.begin(kind, given);
    const news = [];
    for (;;) {
        const part = await worker.more(job);
        news.push(...part.news);
        if (part.done || news.length >= pieces) {
            await worker.stop(job);
            const plain = (value) => ArrayBuffer.isView(value) ? Array.from(value, String) : value;
            const all = (value) => Array.isArray(value) ? value.map(all)
                : value && value.constructor === Object
                    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, all(one)]))
                    : plain(value);
            return [all(news), all(part.value ?? null)];
        }
    }
}"""


def run(page, kind, pieces=10**9, **given):
    """(news, value) of a job; it is stopped after so many pieces of news. Arrays come as lists of text: `array`."""
    return page.evaluate(RUN, [kind, given, pieces])


def array(texts, *shape):
    """An array of a job as float64, in this shape."""
    return np.reshape(np.array(texts, np.float64), shape)
