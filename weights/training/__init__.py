"""Make the shipped network: data <- train <- evaluate <- card, each may import only those before it.

Run the commands from the repository's root: `python -m weights.training.train`.
"""

import sys
from pathlib import Path

# From a bare clone, where `pip install .` was not run, `ductus` is found here; an installed one comes first.
sys.path.append(str(Path(__file__).resolve().parents[2] / "py"))
