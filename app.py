"""Malgil's command line, from a checkout: `python app.py --mode train`; see `cli/main.py`."""

from __future__ import annotations

import sys
from pathlib import Path

# Python adds this folder itself, but not if it is started with -P or PYTHONSAFEPATH.
_ROOT = str(Path(__file__).resolve().parent)
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

from malgil.cli.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
