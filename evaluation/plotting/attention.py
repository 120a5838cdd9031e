"""The picture of the attention weights of a translation."""

from __future__ import annotations

import math
import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.table import display_width
from malgil.evaluation.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

# In inches. Cells shrink with the number of tokens, so that no side of the matrix is too long.
LARGEST_CELL = 0.46
SMALLEST_RULED_CELL = 0.15
LONGEST_SIDE = 14.0
LONGEST_LABEL = 24  # characters


def attention_picture(
    path: str | os.PathLike[str],
    attention: np.ndarray,
    source_tokens: Sequence[str],
    target_tokens: Sequence[str],
    title: str | None = None,
    has_window: bool = False,
) -> None:
    """Draw attention weights: source tokens across, target tokens down, large weights dark.

    Args:
        path: The picture to write; its extension selects the format, png, pdf or svg.
        attention: Weights from 0 to 1, `(tgt_len, src_len)`; each row sums to 1.
        source_tokens: `src_len` tokens.
        target_tokens: `tgt_len` tokens.
        title: The title above the picture; None for no title.
        has_window: Whether attention is local; cells outside the window are then gray.

    Raises:
        UserError: If the format is not supported, one side has no tokens, or the file cannot be
            written.
        ValueError: If the shape of the weights does not match the tokens.

    Source:
        Bahdanau et al. 2015, figure 3.
    """
    kind = style.picture_format(path)
    if not source_tokens or not target_tokens:
        message = _(
            "an attention picture accepts one or more tokens on each side. Received: {source:,} "
            "source tokens and {target:,} target tokens. Translate a text that is not blank."
        )
        raise UserError(message.format(source=len(source_tokens), target=len(target_tokens)))
    weights = np.asarray(attention, dtype=np.float64)
    if weights.shape != (len(target_tokens), len(source_tokens)):
        raise ValueError(
            f"attention accepts shape (tgt_len, src_len) = {len(target_tokens), len(source_tokens)}"
            f". Received: {weights.shape}."
        )
    with style.drawing([*source_tokens, *target_tokens, title or ""]):
        from matplotlib.figure import Figure

        layout = _layout(source_tokens, target_tokens)
        figure = Figure(figsize=(layout.width, layout.height), facecolor="white")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        image = axes.imshow(weights, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
        if has_window:
            shade_outside_window(axes, weights)
        _label_tokens(axes, source_tokens, target_tokens, layout)
        _separate_cells(axes, layout)
        _add_color_bar(figure, image, layout)
        if title:
            text = _wrapped(title, layout.width)
            axes.set_title(text, loc="left", pad=10, fontsize=12, color=style.INK, linespacing=1.4)
        style.save(figure, path, kind)


@dataclass(frozen=True)
class _PictureLayout:
    """The layout of an attention picture.

    Attributes:
        rows, columns: The number of cells.
        cell: The height of a cell in inches.
        width, height: The size of the matrix in inches.
        font_size: The size of the tokens in points.
        is_rotated: Whether the source tokens are rotated because they are wider than columns.
    """

    rows: int
    columns: int
    cell: float
    width: float
    height: float
    font_size: float
    is_rotated: bool


def _layout(source_tokens: Sequence[str], target_tokens: Sequence[str]) -> _PictureLayout:
    """Compute the layout. Columns are made wider if this avoids rotated source tokens."""
    rows, columns = len(target_tokens), len(source_tokens)
    cell = min(LARGEST_CELL, LONGEST_SIDE / max(rows, columns))
    font_size = min(max(cell * 72 * 0.45, 6.0), 11.0)
    label_width = max(text_width(token_label(token), font_size) for token in source_tokens) + 0.1
    is_rotated = label_width > 1.8 * cell or label_width * columns > LONGEST_SIDE
    width = columns * (cell if is_rotated else max(cell, label_width))
    return _PictureLayout(rows, columns, cell, width, rows * cell, font_size, is_rotated)


def _label_tokens(
    axes: Axes, source_tokens: Sequence[str], target_tokens: Sequence[str], layout: _PictureLayout
) -> None:
    """Label the axes with the tokens. Labels that do not fit are rotated or left out."""
    spacing = layout.font_size * 1.25 / 72  # the minimum distance of two labels in inches
    step = max(1, math.ceil(spacing / layout.cell))
    across = [token_label(token) for token in source_tokens]
    down = [token_label(token) for token in target_tokens]
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xticks(
        range(0, layout.columns, step), across[::step], fontsize=layout.font_size, color=style.INK
    )
    axes.set_yticks(
        range(0, layout.rows, step), down[::step], fontsize=layout.font_size, color=style.INK
    )
    if layout.is_rotated:
        is_narrow = layout.cell < 0.3
        for label in axes.get_xticklabels():
            label.set(rotation=90 if is_narrow else 45, rotation_mode="anchor", ha="left")
            label.set_verticalalignment("center" if is_narrow else "baseline")
    axes.tick_params(length=0, pad=5)
    axes.set_xlabel(_("source"), color=style.FAINT, fontsize=9, labelpad=8)
    axes.set_ylabel(_("translation"), color=style.FAINT, fontsize=9, labelpad=8)


def _separate_cells(axes: Axes, layout: _PictureLayout) -> None:
    """Draw thin lines between the cells."""
    axes.spines[:].set_color(style.RULE)
    if layout.cell < SMALLEST_RULED_CELL:
        return
    axes.set_xticks(np.arange(-0.5, layout.columns), minor=True)
    axes.set_yticks(np.arange(-0.5, layout.rows), minor=True)
    axes.grid(which="minor", color=style.RULE, linewidth=min(0.8, layout.cell * 2))
    axes.tick_params(which="minor", length=0)


def _add_color_bar(figure: Figure, image: AxesImage, layout: _PictureLayout) -> None:
    """Add a color bar to the right of the matrix, with a height that is readable for any matrix."""
    height = min(max(layout.height, 1.2), 3.0)
    bar = figure.add_axes(
        (
            1.0 + 0.25 / layout.width,
            1.0 - height / layout.height,
            0.14 / layout.width,
            height / layout.height,
        )
    )
    figure.colorbar(image, cax=bar, ticks=(0.0, 0.5, 1.0))
    bar.set_ylabel(_("attention weight"), color=style.FAINT, fontsize=9)
    style.tidy(bar)


def shade_outside_window(axes: Axes, weights: np.ndarray) -> None:
    """Color cells with a weight of exactly 0, which are outside the window, gray."""
    outside = np.ma.masked_where(weights != 0.0, np.ones(weights.shape))
    axes.imshow(outside, cmap="Greys", vmin=0.0, vmax=8.0, aspect=axes.get_aspect())


def token_label(token: str) -> str:
    """Return a token as a tick label, shortened, printable and with `$` escaped."""
    if len(token) > LONGEST_LABEL:
        token = token[: LONGEST_LABEL - 1] + "…"
    # An underscore is thinner than SentencePiece's mark of a space.
    thin = token.replace("\u2581", "_")
    visible = "".join(char if char.isprintable() else "\ufffd" for char in thin)
    return visible.replace("$", r"\$")


def text_width(text: str, font_size: float) -> float:
    """Estimate the width of a line of text in inches, in a font of `font_size` points."""
    return display_width(text) * font_size * 0.55 / 72


def _wrapped(title: str, width: float) -> str:
    """Wrap a title into lines that are not much wider than a picture of `width` inches."""
    columns = max(36, int(width * 11))
    if display_width(title) > len(title):
        columns = columns * len(title) // display_width(title)
    lines = textwrap.wrap(title, columns, max_lines=3, placeholder=" …")
    return "\n".join(lines).replace("$", r"\$")
