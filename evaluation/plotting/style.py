"""What all pictures share: their formats, colors and font, and how they reach the disk."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from malgil.common.errors import UserError
from malgil.common.files import write_atomically
from malgil.evaluation.plotting import fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "pdf", "svg")
DOTS_PER_INCH = 150

INK = "#1f2933"  # text
FAINT = "#616e7c"  # text of second rank
RULE = "#d9dee3"  # grids and frames
STRONG = "#0b5cad"  # the curve that counts
WEAK = "#e08214"  # the other one; the color-blind can tell them apart


def picture_format(path: str | os.PathLike[str]) -> str:
    """The format that a file name asks for, one of `FORMATS`.

    Raises:
        UserError: If its ending is another, or it has none.
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise UserError(
            "a picture's file name accepts the endings "
            f"{', '.join('.' + name for name in FORMATS)}. "
            f"Received: {Path(path).name!r}."
        )
    return ending


@contextmanager
def drawing(texts: Iterable[str]) -> Iterator[None]:
    """Draw, in the body, with a font that shows Hangul.

    Where no font does and a text needs one, a line on standard error says what to install, and the
    picture is drawn all the same. matplotlib's settings are as before afterwards.

    Args:
        texts: What will be written into the picture.
    """
    import matplotlib

    family = fonts.hangul_family()
    is_unreadable = family is None and any(fonts.has_hangul(text) for text in texts)
    if is_unreadable:
        print(
            f"No font here shows Hangul, so it is drawn as boxes. {fonts.ADVICE}", file=sys.stderr
        )
    families = ([family] if family else []) + ["DejaVu Sans"]
    settings = matplotlib.rc_context(
        {"font.family": families, "text.color": INK, "text.usetex": False}
    )
    with settings, warnings.catch_warnings():
        if is_unreadable:  # the one line above has said it for all glyphs
            warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


def save(figure: Figure, path: str | os.PathLike[str], kind: str) -> None:
    """Write a figure as large as what is drawn on it; `path` is replaced only by a whole picture.

    Raises:
        UserError: If the file cannot be written.
    """
    with write_atomically(path) as file:
        figure.savefig(file, format=kind, dpi=DOTS_PER_INCH, bbox_inches="tight", pad_inches=0.2)


def tidy(axes: Axes) -> None:
    """Give axes small quiet ticks and a light frame."""
    axes.tick_params(labelsize=9, labelcolor=FAINT, color=RULE, length=3)
    axes.spines[:].set_color(RULE)


def dress(axes: Axes, title: str, across: str, up: str = "") -> None:
    """What all charts share: a title on the left, what the axes count, and faint lines across."""
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.set_xlabel(across, color=FAINT, fontsize=9)
    axes.set_ylabel(up, color=FAINT, fontsize=9)
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    tidy(axes)
