"""Joining of neighboring spans."""

from __future__ import annotations

from malgil.preprocessing.text.span import (
    BREAK,
    CLOSING,
    OPENING,
    VALUE,
    Span,
    join_lists,
    join_neighbors,
)


def test_neighbors_of_one_kind() -> None:
    codes = [Span(0, 3, "template"), Span(3, 5, "format"), Span(6, 8, "format")]
    assert join_neighbors(codes) == [Span(0, 5, "format"), Span(6, 8, "format")]
    numbers = [Span(0, 3, "number"), Span(3, 5, "emoji")]
    assert join_neighbors(numbers) == numbers
    breaks = [Span(0, 2, "escape", BREAK), Span(2, 6, "element", BREAK)]
    assert join_neighbors(breaks) == [Span(0, 6, "element", BREAK)]


def test_marks_around_spans_only() -> None:
    enclosed = [
        Span(0, 2, "mark", OPENING, 2),
        Span(2, 5, "number"),
        Span(5, 7, "mark", CLOSING, 0),
    ]
    assert join_neighbors(enclosed) == [Span(0, 7, "enclosed", VALUE)]
    # A space before the closing mark: the marks enclose text.
    apart = [enclosed[0], enclosed[1], Span(6, 8, "mark", CLOSING, 0)]
    assert join_neighbors(apart) == apart


def test_partners_have_new_indices() -> None:
    spans = [
        *(Span(0, 2, "format"), Span(2, 4, "format")),
        *(Span(5, 8, "element", OPENING, 3), Span(10, 13, "element", CLOSING, 2)),
    ]
    assert join_neighbors(spans) == [
        Span(0, 4, "format"),
        Span(5, 8, "element", OPENING, 2),
        Span(10, 13, "element", CLOSING, 1),
    ]
    # **<b>**</b>: the inner mark loses its partner when the others are joined.
    crossed = [
        *(Span(0, 2, "mark", OPENING, 2), Span(2, 5, "element", OPENING, 3)),
        *(Span(5, 7, "mark", CLOSING, 0), Span(7, 11, "element", CLOSING, 1)),
    ]
    assert join_neighbors(crossed) == [
        Span(0, 7, "enclosed", VALUE),
        Span(7, 11, "element", CLOSING, -1),
    ]


def test_lists() -> None:
    text = "100, 200 <b>300 / 400</b>"
    spans = [
        *(Span(0, 3, "number"), Span(5, 8, "number"), Span(9, 12, "element", OPENING, 5)),
        *(Span(12, 15, "number"), Span(18, 21, "number"), Span(21, 25, "element", CLOSING, 2)),
    ]
    joined = join_lists(text, spans)
    assert [text[span.begin : span.end] for span in joined] == [
        *("100, 200", "<b>", "300 / 400", "</b>")
    ]
    assert [span.partner for span in joined] == [-1, 3, -1, 1]
