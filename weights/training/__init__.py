"""Makes the shipped network: data, training, export, evaluation. Run from the repository's root, as modules."""

import sys
from pathlib import Path

# The model's own package lies in py/, which is no installed package: the commands here need it beside them.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "py"))
