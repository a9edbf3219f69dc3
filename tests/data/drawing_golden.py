"""Make drawing_golden.json: what the shipped network draws from fixed seeds, so that a new runtime draws the same.

    python tests/data/drawing_golden.py > tests/data/drawing_golden.json

The committed file was made with numpy 2.2.5 under CPython 3.11, before the page moved to Pyodide 314.0.3.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "weights" / "ductus-500.jb64.gz"


def drawings(path: str) -> dict[str, list]:
    """Return a line of 60 points, and ways to carry on after it and forks along it, by their seeds."""
    import numpy as np

    from ductus.model import Model
    from ductus.weights import file as weight_file

    model = Model(weight_file.load(path))
    line = model.write(60, 0.4, 11)
    state = model.feed(line, model.start())
    made = {
        "write": line,
        "continue": model.continue_(state, 3, 25, 0.5, 7),
        "fan": model.fan(line[::12], 4, 4, 0.8, 5),
    }
    return {name: np.round(np.asarray(array, float), 5).tolist() for name, array in made.items()}


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "py"))
    print(json.dumps(drawings(str(WEIGHTS))))
