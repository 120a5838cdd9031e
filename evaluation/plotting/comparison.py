"""Pictures of systems side by side: their losses, their scores by length, where each looked."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from malgil.common.errors import UserError
from malgil.evaluation.comparison import AttentionMap, SystemResult, short_names
from malgil.evaluation.plotting import style as canvas
from malgil.evaluation.plotting.attention import inches, shade_unseen, token_label

# Colors that the color-blind can tell apart (Okabe and Ito 2008), then the same dashed.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES = ("-", "--", ":")
_COLUMNS = 3  # of the attention pictures
_TITLE_SIZE, _TOKEN_SIZE = 10, 8  # of their letters, in points


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
    if not done:
        raise UserError("no system of the comparison came to its end: there is nothing to draw.")
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
    path: str | os.PathLike[str],
    looked: Sequence[tuple[str, AttentionMap]],
    columns: int = _COLUMNS,
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
    if not drawn:
        raise UserError("there is no attention to draw.")
    shown = [one for _, one in drawn]
    titles = [
        title + (f", mean of {one.heads} heads" if one.heads > 1 else "") for title, one in drawn
    ]
    sources = [[token_label(token) for token in one.source_tokens] for one in shown]
    targets = [[token_label(token) for token in one.target_tokens] for one in shown]
    with canvas.drawing(text for texts in (titles, *sources, *targets) for text in texts):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(1.0, 1.0), facecolor="white")  # an inch: axes reach beyond it
        boxes = _boxes(titles, sources, targets, columns)
        for i, one in enumerate(shown):
            axes = figure.add_axes(boxes[i])
            weights = np.array(one.weights)
            axes.imshow(weights, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
            if one.has_window:
                shade_unseen(axes, weights)
            axes.set_title(titles[i], loc="left", fontsize=_TITLE_SIZE, color=canvas.INK)
            canvas.tidy(axes)
            axes.set_xticks(range(len(sources[i])), sources[i], rotation=90)
            axes.set_yticks(range(len(targets[i])), targets[i])
            axes.tick_params(length=0, labelsize=_TOKEN_SIZE, labelcolor=canvas.INK)
        canvas.save(figure, path, kind)


def _boxes(
    titles: Sequence[str],
    sources: Sequence[Sequence[str]],
    targets: Sequence[Sequence[str]],
    columns: int,
) -> list[tuple[float, float, float, float]]:
    """Where each matrix stands, row by row: left, bottom, width and height in inches.

    Cells are squares, equally large in all; a row is as tall as its own tallest matrix.
    """
    cell = min(0.34, 5.0 / max(map(len, [*sources, *targets])))
    widest = max(map(len, sources)) * cell
    widest = max(widest, *(inches(title, _TITLE_SIZE) for title in titles))
    beside, below = (
        max(inches(label, _TOKEN_SIZE) for labels in side for label in labels)
        for side in (targets, sources)
    )
    boxes, top = [], 0.0
    for start in range(0, len(titles), columns):
        row = range(start, min(start + columns, len(titles)))
        for i in row:
            width, height = len(sources[i]) * cell, len(targets[i]) * cell
            boxes.append(((i - start) * (beside + widest + 0.3), top - height, width, height))
        top -= max(len(targets[i]) for i in row) * cell + below + 0.6  # 0.6: a title, and room
    return boxes
