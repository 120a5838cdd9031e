"""Pictures: where a translation looked in its source, and how a training went."""

from __future__ import annotations

import math
import os
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from malgil.common.errors import UserError
from malgil.evaluation.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

# Inches. Cells shrink with the number of tokens, so that no matrix grows past the longest side.
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
    """Draw attention weights: source tokens across, target tokens down, dark where it looked.

    Args:
        path: The picture to write; its ending chooses the format, png, pdf or svg.
        attention: Weights from 0 to 1, shape `(tgt_len, src_len)`; each row sums to 1.
        source_tokens: `src_len` tokens.
        target_tokens: `tgt_len` tokens.
        title: Stands above the picture, or None.
        has_window: Whether it looked through a window, and what has no weight lies outside: gray.

    Raises:
        UserError: For another format, no token on one side, or a file that cannot be written.
        ValueError: If the weights' shape is not that of the tokens.

    Source:
        The picture is that of Bahdanau et al. 2015, figure 3.
    """
    kind = style.picture_format(path)
    if not source_tokens or not target_tokens:
        raise UserError(
            "an attention picture needs at least one token on each side. Received: "
            f"{len(source_tokens)} source and {len(target_tokens)} target tokens."
        )
    weights = np.asarray(attention, dtype=np.float64)
    if weights.shape != (len(target_tokens), len(source_tokens)):
        raise ValueError(
            f"attention accepts shape (tgt_len, src_len) = {len(target_tokens), len(source_tokens)}"
            f". Received: {weights.shape}."
        )
    with style.drawing([*source_tokens, *target_tokens, title or ""]):
        from matplotlib.figure import Figure

        plan = _plan(source_tokens, target_tokens)
        figure = Figure(figsize=(plan.width, plan.height), facecolor="white")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        image = axes.imshow(weights, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
        if has_window:
            shade_unseen(axes, weights)
        _label_tokens(axes, source_tokens, target_tokens, plan)
        _separate_cells(axes, plan)
        _add_color_bar(figure, image, plan)
        if title:
            text = _wrapped(title, plan.width)
            axes.set_title(text, loc="left", pad=10, fontsize=12, color=style.INK, linespacing=1.4)
        style.save(figure, path, kind)


def curves_picture(path: str | os.PathLike[str], history: Sequence[Mapping[str, Any]]) -> None:
    """Draw a training: the losses over the epochs with the best one marked, the rate below.

    Args:
        path: The picture to write; its ending chooses the format, png, pdf or svg.
        history: One row per epoch: epoch, loss, val_loss, learning_rate, tokens_per_s, minutes
            (since the training began). What is missing or None, but for the epoch, is left out.

    Raises:
        UserError: For another format, no epoch at all, or a file that cannot be written.
    """
    kind = style.picture_format(path)
    if not history:
        raise UserError("there is no finished epoch to draw. Train for one epoch at least.")
    epochs = [row["epoch"] for row in history]
    with style.drawing([]):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.5, 5.2), facecolor="white", layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        losses = _column(history, "loss")
        validation = _column(history, "val_loss")
        marker = "o" if len(history) < 3 else None
        above.plot(epochs, losses, color=style.WEAK, marker=marker, label="training")
        if np.isfinite(validation).any():
            above.plot(epochs, validation, color=style.STRONG, marker=marker, label="validation")
            _mark_best(above, epochs, validation)
        rates = _column(history, "learning_rate")
        below.plot(epochs, rates, color=style.FAINT, marker=marker, drawstyle="steps-mid")
        _dress_curves(above, below, epochs)
        above.set_title(_summary(history), loc="left", fontsize=10, color=style.FAINT, pad=10)
        style.save(figure, path, kind)


@dataclass(frozen=True)
class _Plan:
    """The measures of an attention picture.

    Attributes:
        rows, columns: How many cells there are.
        cell: The height of a cell in inches.
        width, height: Of the matrix, in inches.
        size: Of the tokens' letters, in points.
        is_turned: Whether the source tokens are too long to stand upright over their columns.
    """

    rows: int
    columns: int
    cell: float
    width: float
    height: float
    size: float
    is_turned: bool


def _plan(source_tokens: Sequence[str], target_tokens: Sequence[str]) -> _Plan:
    """Find the measures. Columns grow a little if that lets all source tokens stand upright."""
    rows, columns = len(target_tokens), len(source_tokens)
    cell = min(LARGEST_CELL, LONGEST_SIDE / max(rows, columns))
    size = min(max(cell * 72 * 0.45, 6.0), 11.0)
    upright = max(inches(token_label(token), size) for token in source_tokens) + 0.1
    is_turned = upright > 1.8 * cell or upright * columns > LONGEST_SIDE
    width = columns * (cell if is_turned else max(cell, upright))
    return _Plan(rows, columns, cell, width, rows * cell, size, is_turned)


def _label_tokens(
    axes: Axes, source_tokens: Sequence[str], target_tokens: Sequence[str], plan: _Plan
) -> None:
    """Write the tokens along the axes, turned or thinned out where they would not fit."""
    line = plan.size * 1.25 / 72  # inches from one label to the next, at the least
    step = max(1, math.ceil(line / plan.cell))
    across = [token_label(token) for token in source_tokens]
    down = [token_label(token) for token in target_tokens]
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xticks(
        range(0, plan.columns, step), across[::step], fontsize=plan.size, color=style.INK
    )
    axes.set_yticks(range(0, plan.rows, step), down[::step], fontsize=plan.size, color=style.INK)
    if plan.is_turned:
        is_narrow = plan.cell < 0.3
        for label in axes.get_xticklabels():
            label.set(rotation=90 if is_narrow else 45, rotation_mode="anchor", ha="left")
            label.set_verticalalignment("center" if is_narrow else "baseline")
    axes.tick_params(length=0, pad=5)
    axes.set_xlabel("source", color=style.FAINT, fontsize=9, labelpad=8)
    axes.set_ylabel("translation", color=style.FAINT, fontsize=9, labelpad=8)


def _separate_cells(axes: Axes, plan: _Plan) -> None:
    """Thin lines between the cells, so that the eye finds row and column."""
    axes.spines[:].set_color(style.RULE)
    if plan.cell < SMALLEST_RULED_CELL:
        return
    axes.set_xticks(np.arange(-0.5, plan.columns), minor=True)
    axes.set_yticks(np.arange(-0.5, plan.rows), minor=True)
    axes.grid(which="minor", color=style.RULE, linewidth=min(0.8, plan.cell * 2))
    axes.tick_params(which="minor", length=0)


def _add_color_bar(figure: Figure, image: AxesImage, plan: _Plan) -> None:
    """A bar beside the top of the matrix, of a readable height whatever the matrix's."""
    height = min(max(plan.height, 1.2), 3.0)
    bar = figure.add_axes(
        (
            1.0 + 0.25 / plan.width,
            1.0 - height / plan.height,
            0.14 / plan.width,
            height / plan.height,
        )
    )
    figure.colorbar(image, cax=bar, ticks=(0.0, 0.5, 1.0))
    bar.set_ylabel("attention weight", color=style.FAINT, fontsize=9)
    style.tidy(bar)


def shade_unseen(axes: Axes, weights: np.ndarray) -> None:
    """Grey the cells of exactly no weight: what lies outside of a local attention's window."""
    unseen = np.ma.masked_where(weights != 0.0, np.ones(weights.shape))
    axes.imshow(unseen, cmap="Greys", vmin=0.0, vmax=8.0, aspect=axes.get_aspect())


def token_label(token: str) -> str:
    """A token as a tick label: short, visible, and with `$` that is no formula."""
    if len(token) > LONGEST_LABEL:
        token = token[: LONGEST_LABEL - 1] + "…"
    # SentencePiece's mark of a word's beginning is a heavy block: the letter's line says the same.
    thin = token.replace("\u2581", "_")
    visible = "".join(char if char.isprintable() else "\ufffd" for char in thin)
    return visible.replace("$", r"\$")


def inches(text: str, size: float) -> float:
    """About how long a line of text is, in inches, in letters of `size` points."""
    return _width(text) * size * 0.55 / 72


def _width(text: str) -> int:
    """The width of a text in columns: Hangul and other wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _wrapped(title: str, width: float) -> str:
    """A title in lines that are not much wider than a picture of `width` inches."""
    columns = max(36, int(width * 11))
    if _width(title) > len(title):
        columns = columns * len(title) // _width(title)
    lines = textwrap.wrap(title, columns, max_lines=3, placeholder=" …")
    return "\n".join(lines).replace("$", r"\$")


def _column(history: Sequence[Mapping[str, Any]], key: str) -> np.ndarray:
    """One column of the history, shape `(epochs,)`; what is missing is not a number."""
    return np.array([np.nan if row.get(key) is None else row[key] for row in history], np.float64)


def _mark_best(axes: Axes, epochs: Sequence[int], validation: np.ndarray) -> None:
    """A dot at the lowest validation loss; its value is in the legend, clear of the curves."""
    best = int(np.nanargmin(validation))
    label = f"best: {validation[best]:.3f}, epoch {epochs[best]}"
    axes.plot(epochs[best], validation[best], "o", color=style.STRONG, markersize=7, label=label)


def _dress_curves(above: Axes, below: Axes, epochs: Sequence[int]) -> None:
    """Labels, grids and ticks of the two panels."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    above.set_ylabel("loss", color=style.FAINT, fontsize=9)
    below.set_ylabel("learning rate", color=style.FAINT, fontsize=9)
    below.set_xlabel("epoch", color=style.FAINT, fontsize=9)
    below.set_xlim(min(epochs) - 0.5, max(epochs) + 0.5)
    below.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    below.yaxis.set_major_locator(MaxNLocator(nbins=3, steps=(1, 2, 5, 10)))
    below.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    below.margins(y=0.2)
    below.set_ylim(bottom=0.0)
    above.margins(y=0.12)
    above.legend(frameon=False, fontsize=9, labelcolor=style.INK, loc="upper right")
    for axes in (above, below):
        axes.grid(axis="y", color=style.RULE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        style.tidy(axes)


def _summary(history: Sequence[Mapping[str, Any]]) -> str:
    """One line over the curves: how many epochs, how long, how fast."""
    parts = [f"{len(history)} epoch" + "s" * (len(history) > 1)]
    if history[-1].get("minutes") is not None:
        parts.append(f"{history[-1]['minutes']:.1f} minutes")
    speeds = _column(history, "tokens_per_s")
    if np.isfinite(speeds).any():
        parts.append(f"{np.nanmedian(speeds):,.0f} tokens/s")
    return "  ·  ".join(parts)
