"""The command `python -m ductus`."""

import sys

from ductus.cli import main

sys.exit(main())
