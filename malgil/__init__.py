"""Malgil: a Korean-English translator that people train, read and run themselves.

    from malgil import Translator

    translator = Translator.load("model/ko-en")

In an installed copy every package stands inside `malgil/`. In a checkout they stand beside it, at
the top: the root is added to where `malgil.…` is looked for, so that one way of importing serves
both.
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
    """Load `Translator` when it is first asked for, so that `import malgil` takes no time."""
    if name == "Translator":
        from malgil.modeling.translator import Translator

        return Translator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
