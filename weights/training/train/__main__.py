"""Train the network: `python -m weights.training.train`."""

import sys

from weights.training.train.training_run import main

sys.exit(main())
