"""Measure a network: `python -m weights.training.evaluate`."""

import sys

from weights.training.evaluate.evaluation import main

sys.exit(main())
