"""The picture of a training run: its losses and its learning rate."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from malgil.common.errors import UserError
from malgil.common.localization import _, ngettext
from malgil.evaluation.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def curves_picture(path: str | os.PathLike[str], history: Sequence[Mapping[str, Any]]) -> None:
    """Draw the losses over the epochs with the best one marked, and the learning rate below.

    Args:
        path: The picture to write; its extension selects the format, png, pdf or svg.
        history: One row per epoch: epoch, loss, val_loss, learning_rate, tokens_per_s, minutes
            (since the start of training). Missing values and None are left out, but each row
            needs its epoch.

    Raises:
        UserError: If the format is not supported, the history is empty, or the file cannot be
            written.
    """
    kind = style.picture_format(path)
    if not history:
        raise UserError(_("there is no finished epoch to draw. Train for at least one epoch."))
    epochs = [row["epoch"] for row in history]
    with style.drawing([]):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.5, 5.2), facecolor="white", layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        losses = _column(history, "loss")
        validation = _column(history, "val_loss")
        marker = "o" if len(history) < 3 else None
        above.plot(epochs, losses, color=style.WEAK, marker=marker, label=_("training"))
        if np.isfinite(validation).any():
            label = _("validation")
            above.plot(epochs, validation, color=style.STRONG, marker=marker, label=label)
            _mark_best(above, epochs, validation)
        rates = _column(history, "learning_rate")
        below.plot(epochs, rates, color=style.FAINT, marker=marker, drawstyle="steps-mid")
        _format_axes(above, below, epochs)
        above.set_title(_summary(history), loc="left", fontsize=10, color=style.FAINT, pad=10)
        style.save(figure, path, kind)


def _column(history: Sequence[Mapping[str, Any]], key: str) -> np.ndarray:
    """Return one column of the history, `(epochs,)`, with NaN for missing values."""
    return np.array([np.nan if row.get(key) is None else row[key] for row in history], np.float64)


def _mark_best(axes: Axes, epochs: Sequence[int], validation: np.ndarray) -> None:
    """Mark the lowest validation loss with a dot, and add its value to the legend."""
    best = int(np.nanargmin(validation))
    label = _("best: {loss:.3f}, epoch {epoch:g}").format(loss=validation[best], epoch=epochs[best])
    axes.plot(epochs[best], validation[best], "o", color=style.STRONG, markersize=7, label=label)


def _format_axes(above: Axes, below: Axes, epochs: Sequence[int]) -> None:
    """Set the labels, grids and ticks of the two panels."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    above.set_ylabel(_("loss"), color=style.FAINT, fontsize=9)
    below.set_ylabel(_("learning rate"), color=style.FAINT, fontsize=9)
    below.set_xlabel(_("epoch"), color=style.FAINT, fontsize=9)
    below.set_xlim(min(epochs) - 0.5, max(epochs) + 0.5)
    below.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    below.yaxis.set_major_locator(MaxNLocator(nbins=3, steps=(1, 2, 5, 10)))
    below.yaxis.set_major_formatter(FuncFormatter(lambda value, position: f"{value:g}"))
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
    """Return the line above the curves: epochs, minutes, speed."""
    parts = [ngettext("{count} epoch", "{count} epochs", len(history)).format(count=len(history))]
    if history[-1].get("minutes") is not None:
        parts.append(_("{minutes:.1f} minutes").format(minutes=history[-1]["minutes"]))
    speeds = _column(history, "tokens_per_s")
    if np.isfinite(speeds).any():
        parts.append(_("{speed:,.0f} tokens/s").format(speed=np.nanmedian(speeds)))
    return "  ·  ".join(parts)
