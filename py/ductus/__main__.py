"""`python -m ductus`: the command line."""

import sys

from ductus.cli import main

sys.exit(main())
