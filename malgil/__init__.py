"""Malgil: a Korean-English translator to train, read and run yourself.

    from malgil import Translator

    translator = Translator.load("model/ko-en")

In an installed copy, all packages are in `malgil/`. In a checkout, they are in the root folder,
which is added to the search path of `malgil.…`: imports are the same in both.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from malgil.modeling.translator import Translator

__all__ = ["Translator", "__version__"]

__version__ = "0.2.0"

_HERE = Path(__file__).resolve().parent
if not (_HERE / "modeling").is_dir():
    __path__.append(str(_HERE.parent))


def __getattr__(name: str) -> Any:
    """Import `Translator` at its first use, so that `import malgil` stays fast."""
    if name == "Translator":
        from malgil.modeling.translator import Translator

        return Translator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
