"""Malgil's command line, from a checkout: `python app.py --mode train`; see `cli/main.py`."""

from __future__ import annotations

import sys

from malgil.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
