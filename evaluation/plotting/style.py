"""The style of all pictures (formats, colors and font), and writing them to disk."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from malgil.common.errors import UserError
from malgil.common.files import write_atomically
from malgil.common.localization import _
from malgil.evaluation.plotting import fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

FORMATS = ("png", "pdf", "svg")
DOTS_PER_INCH = 150

INK = "#1f2933"  # text
FAINT = "#616e7c"  # secondary text
RULE = "#d9dee3"  # grids and frames
STRONG = "#0b5cad"  # the main curve
WEAK = "#e08214"  # the secondary curve; color-blind people can distinguish the two


def picture_format(path: str | os.PathLike[str], origin: str = "") -> str:
    """Return the format of a picture by its file name extension, one of `FORMATS`.

    Args:
        path: The file of the picture.
        origin: The option that names it, such as "--attention", for messages; "" for none.

    Raises:
        UserError: If the extension is another one.
    """
    extension = Path(path).suffix.lower().removeprefix(".")
    if extension not in FORMATS:
        message = _(
            "the file name of a picture accepts the extensions {extensions}. Received: {path!r}."
        ).format(extensions=", ".join(f".{name}" for name in FORMATS), path=str(path))
        raise UserError(f"{origin}: {message}" if origin else message)
    return extension


@contextmanager
def drawing(texts: Iterable[str]) -> Iterator[None]:
    """Set a font that shows Hangul for the drawing in the body.

    If no such font is found and a text needs one, a warning says what to install, and Hangul is
    drawn as boxes. matplotlib's settings are restored afterward.

    Args:
        texts: The texts of the picture.
    """
    import matplotlib

    family = fonts.hangul_family()
    is_unreadable = family is None and any(fonts.has_hangul(text) for text in texts)
    if is_unreadable:
        warning = _("No installed font shows Hangul, so it is drawn as boxes. {advice}")
        logger.warning(warning.format(advice=fonts.ADVICE))
    families = ([family] if family else []) + ["DejaVu Sans"]
    settings = matplotlib.rc_context(
        {"font.family": families, "text.color": INK, "text.usetex": False}
    )
    with settings, warnings.catch_warnings():
        if is_unreadable:  # instead of a warning for each glyph
            warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


def save(figure: Figure, path: str | os.PathLike[str], kind: str) -> None:
    """Write a figure atomically, cropped to its contents.

    Raises:
        UserError: If the file cannot be written.
    """
    with write_atomically(path) as file:
        figure.savefig(file, format=kind, dpi=DOTS_PER_INCH, bbox_inches="tight", pad_inches=0.2)


def tidy(axes: Axes) -> None:
    """Give axes small ticks and a light frame."""
    axes.tick_params(labelsize=9, labelcolor=FAINT, color=RULE, length=3)
    axes.spines[:].set_color(RULE)


def format_chart(axes: Axes, title: str, across: str, up: str = "") -> None:
    """Format a chart with a title on the left, axis labels and horizontal grid lines."""
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.set_xlabel(across, color=FAINT, fontsize=9)
    axes.set_ylabel(up, color=FAINT, fontsize=9)
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    tidy(axes)
