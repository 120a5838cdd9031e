"""Pictures that compare systems: losses, scores by length, attention weights."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from malgil.common.errors import UserError
from malgil.common.localization import _, ngettext
from malgil.evaluation.comparison import AttentionMap, SystemResult
from malgil.evaluation.comparison_tables import short_names
from malgil.evaluation.plotting import style
from malgil.evaluation.plotting.attention import shade_outside_window, text_width, token_label

# Colors that color-blind people can distinguish (Okabe and Ito 2008), then the same colors dashed.
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES = ("-", "--", ":")
_COLUMNS = 3  # of the attention pictures
_TITLE_SIZE, _TOKEN_SIZE = 10, 8  # of their letters, in points


def comparison_picture(path: str | os.PathLike[str], results: Sequence[SystemResult]) -> None:
    """Draw the validation losses over training time, and BLEU by source length for each test set.

    The bars of BLEU are its 95 % intervals; results of earlier versions have none.

    Args:
        path: The picture to write; its extension selects the format, png, pdf or svg.
        results: At least one result without a failure.

    Raises:
        UserError: If the format is not supported, all systems failed, or the file cannot be
            written.
    """
    kind = style.picture_format(path)
    done = [result for result in results if not result.failure]
    if not done:
        raise UserError(
            _("all systems of the comparison failed, so there is nothing to draw. Fix the errors.")
        )
    tests = short_names([test.test_name for test in done[0].tests])
    with style.drawing([result.name for result in done]):
        from matplotlib.figure import Figure

        figure = Figure(
            figsize=(5.2 * (1 + len(tests)), 4.4), facecolor="white", layout="constrained"
        )
        curves, *lengths = figure.subplots(1, 1 + len(tests), squeeze=False)[0]
        for i, result in enumerate(done):
            line = {"color": _COLORS[i % len(_COLORS)], "linewidth": 1.6}
            line["linestyle"] = _DASHES[i // len(_COLORS) % len(_DASHES)]
            minutes = [row["minutes"] for row in result.history]
            losses = [row["val_loss"] for row in result.history]
            curves.plot(minutes, losses, marker="o", markersize=3, label=result.name, **line)
            for axes, test in zip(lengths, result.tests, strict=True):
                middles = [(part.shortest + part.longest) / 2 for part in test.by_length]
                scores = [part.bleu for part in test.by_length]
                margins = [
                    part.interval.half_width if part.interval else 0.0 for part in test.by_length
                ]
                axes.errorbar(middles, scores, margins, capsize=2, marker="o", markersize=4, **line)
        style.format_chart(
            curves, _("validation loss by training time"), _("minutes"), _("nats per token")
        )
        for axes, name in zip(lengths, tests, strict=True):
            title = _("BLEU by sentence length, {name}").format(name=name)
            style.format_chart(axes, title, _("words in the source sentence"), _("BLEU"))
            axes.set_ylim(bottom=0.0)
        handles, labels = curves.get_legend_handles_labels()
        figure.legend(
            handles,
            labels,
            loc="outside lower center",
            ncols=min(len(done), 5),
            frameon=False,
            fontsize=9,
            labelcolor=style.INK,
        )
        style.save(figure, path, kind)


def attentions_picture(
    path: str | os.PathLike[str],
    maps: Sequence[tuple[str, AttentionMap]],
    columns: int = _COLUMNS,
) -> None:
    """Draw the attention weights of several systems, or of several heads of one, for one sentence.

    Args:
        path: The picture to write; its extension selects the format, png, pdf or svg.
        maps: Titles and attention maps. Maps without weights are left out.
        columns: The number of maps per row.

    Raises:
        UserError: If the format is not supported, no map has weights, or the file cannot be
            written.
    """
    kind = style.picture_format(path)
    with_weights = [(title, each) for title, each in maps if each.weights]
    if not with_weights:
        raise UserError(
            _("there are no attention weights to draw. Choose a translator with attention.")
        )
    titles = [_map_title(title, each) for title, each in with_weights]
    attention_maps = [each for _title, each in with_weights]
    sources = [[token_label(token) for token in each.source_tokens] for each in attention_maps]
    targets = [[token_label(token) for token in each.target_tokens] for each in attention_maps]
    with style.drawing(text for texts in (titles, *sources, *targets) for text in texts):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(1.0, 1.0), facecolor="white")  # an inch; axes extend beyond it
        boxes = _boxes(titles, sources, targets, columns)
        for i, attention in enumerate(attention_maps):
            axes = figure.add_axes(boxes[i])
            weights = np.array(attention.weights)
            axes.imshow(weights, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
            if attention.has_window:
                shade_outside_window(axes, weights)
            axes.set_title(titles[i], loc="left", fontsize=_TITLE_SIZE, color=style.INK)
            style.tidy(axes)
            axes.set_xticks(range(len(sources[i])), sources[i], rotation=90)
            axes.set_yticks(range(len(targets[i])), targets[i])
            axes.tick_params(length=0, labelsize=_TOKEN_SIZE, labelcolor=style.INK)
        style.save(figure, path, kind)


def _map_title(title: str, attention: AttentionMap) -> str:
    """Return the title of a map, with the number of heads if it shows a mean."""
    if attention.heads == 1:
        return title
    mean = ngettext(
        "{title}, mean of {count} head", "{title}, mean of {count} heads", attention.heads
    )
    return mean.format(title=title, count=attention.heads)


def _boxes(
    titles: Sequence[str],
    sources: Sequence[Sequence[str]],
    targets: Sequence[Sequence[str]],
    columns: int,
) -> list[tuple[float, float, float, float]]:
    """Return the position of each matrix, row by row: left, bottom, width and height in inches.

    Cells are squares of the same size in all matrices. A row is as tall as its tallest matrix.
    """
    cell = min(0.34, 5.0 / max(map(len, [*sources, *targets])))
    widest = max(map(len, sources)) * cell
    widest = max(widest, *(text_width(title, _TITLE_SIZE) for title in titles))
    beside, below = (
        max(text_width(label, _TOKEN_SIZE) for labels in side for label in labels)
        for side in (targets, sources)
    )
    boxes, top = [], 0.0
    for start in range(0, len(titles), columns):
        row = range(start, min(start + columns, len(titles)))
        for i in row:
            width, height = len(sources[i]) * cell, len(targets[i]) * cell
            boxes.append(((i - start) * (beside + widest + 0.3), top - height, width, height))
        top -= max(len(targets[i]) for i in row) * cell + below + 0.6  # 0.6 for a title
    return boxes
