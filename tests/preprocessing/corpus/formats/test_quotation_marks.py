"""What quotation marks mean in TSV."""

from __future__ import annotations

import pytest

from malgil.common.errors import UserError
from malgil.preprocessing.corpus.formats.quotation_marks import are_cells_quoted


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["가\ta"], None),
        ([], None),
        (['"가 ""나"" 다"\ta', "라\tb"], True),
        (['"가', '나"\t"a', 'b"'], True),
        (['"가"\ta', '"나"\tb'], True),
        (["ko\ten", '"가"\ta', '"나"\tb'], True),
        (['"가"\t"a"', "나\tb", "다\tc"], False),
        (['"가, 나"\ta', "다\tb"], True),
        (['"가, 나"\ta', "다, 라\tb"], False),
        (['"가" 나\ta', "다\tb"], False),
        (['가 5"\ta'], False),
    ],
)
def test_small_files(lines: list[str], answer: bool | None) -> None:
    assert are_cells_quoted(lines, "'f'") is answer


def test_few_cells_do_not_decide_against_many() -> None:
    quoted, literal = '"가 ""나"""\ta', '가 "나"\ta'
    assert are_cells_quoted([*[quoted] * 10, literal], "'f'") is True
    assert are_cells_quoted([*[literal] * 10, quoted], "'f'") is False
    with pytest.raises(UserError, match=r"quoted as in CSV \(9\), .* are text \(1\)"):
        are_cells_quoted([*[quoted] * 9, literal], "'f'")
