"""The picture of a corpus: sentence lengths, and subwords per word by vocabulary size."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from malgil.common.localization import _
from malgil.evaluation.corpus_description import Inspection, Side, length_quantile
from malgil.evaluation.corpus_inspection import SIZES
from malgil.evaluation.plotting import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DRAWN_SHARE = 0.995  # of the sentences; the few longest ones would compress the picture
_COLORS = ("#2a6f97", "#c8553d")


def inspection_picture(path: str | os.PathLike[str], inspection: Inspection) -> None:
    """Draw the sentence lengths of both sides, and the subwords per word by vocabulary size.

    Args:
        path: The picture to write; its extension selects the format, png, pdf or svg.
        inspection: The result of `inspect`.

    Raises:
        UserError: If the format is not supported or the file cannot be written.
    """
    kind = style.picture_format(path)
    sides = inspection.source, inspection.target
    names = [f"{side.language} ({side.tokenizer})" for side in sides]
    with style.drawing(names):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11, 3.4), facecolor="white", layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        for axes, side, name, color in zip((left, middle), sides, names, _COLORS, strict=True):
            _draw_lengths(axes, side, name, color)
        for side, name, color in zip(sides, names, _COLORS, strict=True):
            sizes = [each.pieces for each in side.vocabularies]
            cut = [each.pieces_per_word for each in side.vocabularies]
            right.plot(sizes, cut, marker="o", markersize=4, color=color, label=name)
        right.set_xscale("log")
        right.set_xticks(SIZES, [f"{size:,}" for size in SIZES], rotation=30)
        right.minorticks_off()
        style.format_chart(right, _("subwords per word"), _("vocabulary size"))
        right.legend(frameon=False, fontsize=9, labelcolor=style.INK)
        style.save(figure, path, kind)


def _draw_lengths(axes: Axes, side: Side, name: str, color: str) -> None:
    from matplotlib.ticker import MaxNLocator

    last = length_quantile(side.lengths, _DRAWN_SHARE)
    lengths = [length for length in sorted(side.lengths) if length <= last]
    axes.bar(lengths, [side.lengths[length] for length in lengths], width=0.9, color=color)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(lambda value, position: f"{value:,.0f}")
    style.format_chart(axes, _("sentences, {name}").format(name=name), _("words"))
