"""Numbers and dates as the cells of a workbook show them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats.workbooks.number_format import shown_text

MOMENT = datetime.datetime(2024, 3, 5, 14, 7, 9)


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (3, "General", "3"),
        (4.0, "General", "4"),
        (0.1 + 0.2, "General", "0.3"),
        (1234567.891, "#,##0", "1,234,568"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (2.345, "0.00", "2.35"),  # rounded as in decimal numbers
        (-0.001, "0.0", "0.0"),
        (3, "0.##", "3."),
        (0.256, "0%", "26%"),
        (0.2565, "0.00%", "25.65%"),
        (1500, '"₩"#,##0', "₩1,500"),
        (1500, "[$₩-412]#,##0", "₩1,500"),
        (-1500, "$#,##0.00_);($#,##0.00)", "($1,500.00)"),
        (-1500, "$#,##0;[Red]-$#,##0", "-$1,500"),
        (1500, '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-', "1,500"),
        (0, '#,##0;-#,##0;"-"', "-"),
        (1500, '#,##0"원"', "1,500원"),
        (12, "00000", "00012"),
        (1012345678, "000-0000-0000", "010-1234-5678"),
        (1234567, '#,##0,"천원"', "1,235천원"),
        (7, '"제"0"회"', "제7회"),
        (2500000, '#,##0.0,"K"', "2,500.0K"),
        (2500, '#,##0.0,"K"', "2.5K"),
        (2500, "0,.0", "2.5"),
        (0.5, "# ?/?", "1/2"),
        (1.5, "# ?/?", "1 1/2"),
        (-1.5, "# ?/?", "-1 1/2"),
        (2, "# ??/??", "2"),
        (1.5, "?/?", "3/2"),
        (1.25, "# ?/8", "1 2/8"),
        (3.14159, "# ?/?", "3 1/7"),
        (12345, "0.00E+00", "1.23E+04"),
        (0.00012, "0.0E+00", "1.2E-04"),
        (12345, "##0.0E+0", "12345"),
        (45356, "aaaa", "화요일"),
        (45356, "(aaa)", "(화)"),
        (1, "[>100]0;0.0", "1"),
        (float("nan"), "0", "nan"),
        (1e300, "0", "1e+300"),
        (True, "General", "TRUE"),
        ("text", "0.00", "text"),
        (None, "0.00", ""),
    ],
)
def test_numbers(value: Any, code: str, text: str) -> None:
    assert shown_text(value, code) == text


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (MOMENT, "yyyy-mm-dd", "2024-03-05"),
        (MOMENT, "mm-dd-yy", "2024-03-05"),  # the short date of the system
        (MOMENT, 'yyyy"년" m"월" d"일"', "2024년 3월 5일"),
        (MOMENT, '[$-412]yyyy"년" m"월" d"일" dddd', "2024년 3월 5일 화요일"),
        (MOMENT, "yyyy-mm-dd (aaa)", "2024-03-05 (화)"),
        (MOMENT, "m/d/yy h:mm", "3/5/24 14:07"),
        (MOMENT, "h:mm AM/PM", "2:07 PM"),
        (MOMENT, "[$-412]AM/PM h:mm", "오후 2:07"),
        (MOMENT, "d-mmm-yy", "5-Mar-24"),
        (MOMENT, "mmmm d\\, yyyy;@", "March 5, 2024"),
        (MOMENT, "mm:ss.0", "07:09.0"),
        (datetime.date(2024, 5, 1), "yyyy/mm/dd", "2024/05/01"),
        (datetime.time(9, 5), "h:mm", "9:05"),
        (datetime.timedelta(hours=26, minutes=3), "[h]:mm:ss", "26:03:00"),
        # Longer than the calendar of Python.
        (datetime.timedelta(days=10**8, hours=1), "[h]:mm", f"{24 * 10**8 + 1}:00"),
        (datetime.timedelta(days=-(10**6), minutes=5), "h:mm", "0:05"),
    ],
)
def test_dates(value: Any, code: str, text: str) -> None:
    assert shown_text(value, code) == text


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_grouped_numbers_are_those_of_python(number: int, decimals: int) -> None:
    code = "#,##0" + "." * bool(decimals) + "0" * decimals
    assert shown_text(number, code) == f"{number:,.{decimals}f}"


@given(
    st.one_of(st.integers(), st.floats(), st.datetimes()),
    st.text('0#?,.%;"[]$@yYmdhs/E+*_\\-원', max_size=12),
)
def test_any_format_gives_a_text(value: Any, code: str) -> None:
    assert isinstance(shown_text(value, code), str)
