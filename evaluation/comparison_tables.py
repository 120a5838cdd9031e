"""The tables of a comparison: costs and scores of systems, and the significance of differences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from malgil.common.localization import _
from malgil.common.table import format_table
from malgil.evaluation.comparison import SystemResult
from malgil.evaluation.report import Report
from malgil.evaluation.sacrebleu_metrics import Interval, with_interval
from malgil.evaluation.significance import LEVEL, Difference

# The names of the metrics in tables. BLEU by characters is only tested, not listed.
_METRICS = {
    "bleu_sacrebleu": _("BLEU"),
    "bleu_characters": _("BLEU, characters"),
    "chrf": _("chrF"),
    "chrf_plus_plus": _("chrF++"),
    "ter": _("TER"),
}
_LISTED = ("bleu_sacrebleu", "chrf", "chrf_plus_plus", "ter")
_NONE = "–"


def comparison_text(reports: Sequence[Report]) -> str:
    """Return the tables of several systems on the same test sets, as text for a terminal.

    Args:
        reports: A report for each system and test set.
    """
    names = list(dict.fromkeys(report.test_name for report in reports))
    reports = [each for name in names for each in reports if each.test_name == name]
    rows = [(_("test set"), _("system"), *(_METRICS[key] for key in _LISTED), _("exact"))]
    for report in reports:
        scores = report.scores
        cells = [_cell(getattr(scores, key), scores.intervals.get(key), 2) for key in _LISTED]
        exact = f"{100 * scores.exact_match:.2f} %"
        rows.append((report.test_name, report.translator, *cells, exact))
    parts = [_("Comparison"), format_table(_without_repetition(rows), range(2, len(rows[0])))]
    differences = _difference_rows(
        (report.test_name, report.translator, report.differences) for report in reports
    )
    if len(differences) > 1:
        table = format_table(_without_repetition(differences), to_right=(4, 5, 6))
        parts += [_("Differences"), table, _significance_note()]
    return "\n\n".join(parts)


def comparison_markdown(results: Sequence[SystemResult]) -> str:
    """Return the Markdown tables of a comparison, ending in a newline.

    Args:
        results: A result for each system. Those of earlier versions have fewer scores.
    """
    parts = [markdown_table(results)]
    done = [result for result in results if not result.failure]
    rows = [(_("test set"), _("system"), *(_METRICS[key] for key in _LISTED))]
    tested = []
    names = short_names([test.test_name for test in done[0].tests]) if done else []
    for number, name in enumerate(names):
        for result in done:
            test = result.tests[number]
            values = (test.bleu, test.chrf, test.chrf_plus_plus, test.ter)
            cells = [
                _cell(value, test.intervals.get(key), 1)
                for key, value in zip(_LISTED, values, strict=True)
            ]
            rows.append((name, result.name, *cells))
            tested.append((name, result.name, test.differences))
    if any(test.chrf_plus_plus is not None for result in done for test in result.tests):
        parts.append(_markdown(rows, first_number=2))
    differences = _difference_rows(tested)
    if len(differences) > 1:
        parts += [_markdown(differences, first_number=4), _significance_note() + "\n"]
    return "\n".join(parts)


def markdown_table(results: Sequence[SystemResult]) -> str:
    """Return a Markdown table of the cost and the scores of all systems, ending in a newline.

    Args:
        results: A result for each system. If it failed, its row has the reason.
    """
    tests = next((result.tests for result in results if not result.failure), ())
    head = [_("system"), _("parameters"), _("tokens/s"), _("minutes"), _("epochs")]
    head.append(_("validation loss"))
    for name in short_names([test.test_name for test in tests]):
        head += [_("BLEU {name}").format(name=name), _("chrF {name}").format(name=name)]
    head.append(_("ms per sentence"))
    lines = [head]
    for result in results:
        if result.failure:
            failure = _("failed: {reason}").format(reason=result.failure)
            lines.append([result.name, failure] + [""] * (len(head) - 2))
            continue
        last = result.history[-1]
        cells = [
            result.name,
            f"{result.parameters:,}",
            f"{result.tokens_per_s:,.0f}",
            f"{last['minutes']:.0f}",
            f"{last['epoch']:.1f}",
            f"{result.validation_loss:.3f}",
        ]
        for test in result.tests:
            for metric, value in (("bleu_sacrebleu", test.bleu), ("chrf", test.chrf)):
                cells.append(with_interval(value, test.intervals.get(metric), digits=1))
        lines.append([*cells, f"{result.milliseconds:.0f}"])
    return _markdown(lines)


def short_names(names: Sequence[str]) -> list[str]:
    """Shorten the names of test sets: remove endings, and all folders that are not needed to
    distinguish them.

    Args:
        names: Paths. Different paths get different short names.

    Example:
        >>> short_names(["data/composed/test.tsv", "data/handwritten/test.tsv"])
        ['composed/test', 'handwritten/test']
    """
    whole = [name.replace("\\", "/").split("/") for name in names]
    bare = [[*folders, last.rsplit(".", 1)[0]] for *folders, last in whole]
    for paths in (bare, whole):
        for depth in range(1, max(map(len, paths), default=0) + 1):
            ends = ["/".join(path[-depth:]) for path in paths]
            if len(set(ends)) == len(set(names)):
                return ends
    return list(names)


def _difference_rows(
    tested: Iterable[tuple[str, str, Sequence[Difference]]],
) -> list[tuple[str, ...]]:
    """Return a header, and a row for each metric of each test set and system."""
    head = [_("test set"), _("system"), _("compared with"), _("metric"), _("difference")]
    rows = [(*head, _("p, bootstrap"), _("p, randomization"), _("result"))]
    for name, system, differences in tested:
        for each in differences:
            values = (each.p_bootstrap, each.p_randomization)
            cells = [f"{each.difference:+.2f}", *(f"{value:.4f}" for value in values)]
            metric = _METRICS[each.metric]
            rows.append((name, system, each.baseline, metric, *cells, each.verdict))
    return rows


def _significance_note() -> str:
    return _(
        "A system is called better or worse if p < {level} in both tests: paired bootstrap "
        "resampling and approximate randomization."
    ).format(level=LEVEL)


def _cell(score: float | None, interval: Interval | None, digits: int) -> str:
    return _NONE if score is None else with_interval(score, interval, digits)


def _without_repetition(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Leave out the name of the test set in the first column if it is that of the row above."""
    above = ["", *(row[0] for row in rows)]
    return [
        ("" if row[0] == before else row[0], *row[1:])
        for row, before in zip(rows, above, strict=False)
    ]


def _markdown(rows: Sequence[Sequence[str]], first_number: int = 1) -> str:
    """Return a Markdown table; its columns from `first_number` on are aligned to the right."""
    columns = len(rows[0])
    lines = [rows[0], ["---"] * first_number + ["---:"] * (columns - first_number), *rows[1:]]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)
