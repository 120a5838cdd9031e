"""Pictures of systems side by side: their losses, their scores by length, where each looked."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from errors import require
from evaluation import canvas
from evaluation.comparison import Looked, SystemResult, short_names
from evaluation.pictures import shade_unseen, token_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that the colour-blind can tell apart (Okabe and Ito 2008), then the same dashed.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES = ("-", "--", ":")
_COLUMNS = 3  # of the attention pictures


def comparison_picture(path: str | os.PathLike[str], results: Sequence[SystemResult]) -> None:
    """Draw the validation losses over the minutes, and for each test set BLEU by source length.

    Args:
        path: The picture to write; its ending chooses the format, png, pdf or svg.
        results: At least one that did not fail.

    Raises:
        UserError: For another format, nothing to draw, or a file that cannot be written.
    """
    kind = canvas.picture_format(path)
    done = [result for result in results if not result.failure]
    require(done, "no system of the comparison came to its end: there is nothing to draw.")
    tests = short_names([test.test_name for test in done[0].tests])
    with canvas.drawing([result.name for result in done]):
        from matplotlib.figure import Figure

        figure = Figure(
            figsize=(5.2 * (1 + len(tests)), 4.4), facecolor="white", layout="constrained"
        )
        curves, *lengths = figure.subplots(1, 1 + len(tests), squeeze=False)[0]
        for i, result in enumerate(done):
            style = {"color": _COLOURS[i % len(_COLOURS)], "linewidth": 1.6}
            style["linestyle"] = _DASHES[i // len(_COLOURS) % len(_DASHES)]
            minutes = [row["minutes"] for row in result.history]
            losses = [row["val_loss"] for row in result.history]
            curves.plot(minutes, losses, marker="o", markersize=3, label=result.name, **style)
            for axes, test in zip(lengths, result.tests, strict=True):
                middles = [(part.shortest + part.longest) / 2 for part in test.by_length]
                scores = [part.bleu for part in test.by_length]
                axes.plot(middles, scores, marker="o", markersize=4, **style)
        canvas.dress(curves, "validation loss by minutes of training", "minutes", "nats per piece")
        for axes, name in zip(lengths, tests, strict=True):
            canvas.dress(axes, f"BLEU by length, {name}", "words of the source sentence", "BLEU")
            axes.set_ylim(bottom=0.0)
        handles, labels = curves.get_legend_handles_labels()
        figure.legend(
            handles,
            labels,
            loc="outside lower center",
            ncols=min(len(done), 5),
            frameon=False,
            fontsize=9,
            labelcolor=canvas.INK,
        )
        canvas.save(figure, path, kind)


def attentions_picture(
    path: str | os.PathLike[str], looked: Sequence[tuple[str, Looked]], columns: int = _COLUMNS
) -> None:
    """Draw where several systems, or several heads of one, looked for one sentence.

    Args:
        path: The picture to write; its ending chooses the format, png, pdf or svg.
        looked: A title and the weights for each; those without weights are left out.
        columns: How many stand beside one another.

    Raises:
        UserError: For another format, nothing to draw, or a file that cannot be written.
    """
    kind = canvas.picture_format(path)
    drawn = [(title, one) for title, one in looked if one.weights]
    require(drawn, "there is no attention to draw.")
    columns = min(columns, len(drawn))
    rows = math.ceil(len(drawn) / columns)
    across = max(len(one.source_tokens) for _, one in drawn)
    down = max(len(one.target_tokens) for _, one in drawn)
    cell = min(0.34, 5.0 / max(across, down))
    texts = [token for _, one in drawn for token in [*one.source_tokens, *one.target_tokens]]
    with canvas.drawing(texts):
        from matplotlib.figure import Figure

        size = columns * (across * cell + 1.2), rows * (down * cell + 1.3)
        figure = Figure(figsize=size, facecolor="white", layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, (title, one) in zip(grid, drawn, strict=False):
            weights = np.array(one.weights)
            axes.imshow(weights, cmap="Blues", vmin=0.0, vmax=1.0, aspect="equal")
            axes.set_anchor("NW")  # those of a row begin on one line
            if one.has_window:
                shade_unseen(axes, weights)
            heads = f", mean of {one.heads} heads" if one.heads > 1 else ""
            axes.set_title(title + heads, loc="left", fontsize=10, color=canvas.INK)
            _tick(axes, one)
        for axes in grid[len(drawn) :]:
            axes.set_axis_off()
        canvas.save(figure, path, kind)


def _tick(axes: Axes, one: Looked) -> None:
    canvas.tidy(axes)
    labels = [token_label(token) for token in one.source_tokens]
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8, color=canvas.INK)
    labels = [token_label(token) for token in one.target_tokens]
    axes.set_yticks(range(len(labels)), labels, fontsize=8, color=canvas.INK)
    axes.tick_params(length=0)
