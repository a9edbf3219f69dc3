"""Write the model card: `python -m weights.training.card`."""

import sys

from weights.training.card.render import main

sys.exit(main())
