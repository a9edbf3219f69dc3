"""Where Pyodide starts: lays out its sources, if they came in one file, and lends the page the verbs."""

import json
from pathlib import Path

SOURCES = Path("sources.json")

if SOURCES.exists():
    for name, text in json.loads(SOURCES.read_text()).items():
        if not name.startswith("page/"):  # those are the page's
            file = Path(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

from worker.api import begin, load, more, pen, predict, record, stop, turn_to  # noqa: E402, F401

__export__ = ["load", "pen", "turn_to", "predict", "begin", "more", "stop", "record"]
