"""The start of the Pyodide program: unpack the sources, if they came in one file, and export the API to the page."""

import json
from pathlib import Path

SOURCES = Path("sources.json")

if SOURCES.exists():
    for name, text in json.loads(SOURCES.read_text()).items():
        if not name.startswith("page/"):
            file = Path(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

from worker import kernels, pool_workers  # noqa: E402
from worker.api import (  # noqa: E402, F401
    add_ink,
    begin_task,
    cancel_task,
    last_prediction,
    load,
    poll_task,
    predict,
    set_stroke_count,
    start_task,
    use,
)

__export__ = ["load", "add_ink", "set_stroke_count", "predict", "start_task", "poll_task", "cancel_task"]
__export__ += ["begin_task", "last_prediction"]
backend, description = await kernels.choose()  # noqa: F704  # pyright: ignore  PyScript runs this as a coroutine
use(backend, description, pool_workers.make(backend))
