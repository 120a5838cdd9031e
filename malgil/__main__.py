"""`python -m malgil`: the same as the command `malgil`."""

from __future__ import annotations

import sys

from malgil.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
