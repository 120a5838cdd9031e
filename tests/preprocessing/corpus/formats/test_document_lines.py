"""Documents that are recognized by many of their lines, and texts that have some such lines."""

from __future__ import annotations

import pytest

from malgil.preprocessing.corpus.formats.document_lines import structured_kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<doc><p>저는 학생이에요.</p></doc>", "an XML file"),
        ('<?xml version="1.0"?>\n<root><data name="a"/></root>\n', "an XML file"),
        ("<SAMI><BODY>\n<SYNC Start=100><P>가\n</BODY></SAMI>", "SAMI subtitles"),
        ("[00:01.00]저는 학생이에요.\n[00:02.50]비가 와요.\n", "song lyrics with times (LRC)"),
        ("[ti:제목]\n[00:01]가\n[00:02]나\n", "song lyrics with times (LRC)"),
        ("[Script Info]\nTitle: x\n", "Advanced SubStation Alpha subtitles"),
        ("{0}{25}가\n{30}{60}나\n", "MicroDVD subtitles"),
        ("0:00:01.000,0:00:02.000\n가\n\n0:00:03.000,0:00:04.000\n나\n", "YouTube subtitles (SBV)"),
        ("\\section{제목}\n저는 학생이에요.\n", "a LaTeX document"),
        ("% 주석\n\\documentclass{article}\n" + "글\n" * 50, "a LaTeX document"),
        ("INSERT INTO a VALUES (1, '가');\nINSERT INTO a VALUES (2, '나');\n", "SQL statements"),
        ("BEGIN:VCALENDAR\nSUMMARY:회의\nEND:VCALENDAR\n", "a calendar (iCalendar)"),
        ("; 메뉴\n[menu]\nopen = 열기\nclose = 닫기\n", "a configuration file (INI)"),
        ("id,text\n1,저는 학생이에요.\n2,비가 와요.\n3,가요.\n", "a CSV table"),
        ('"a","가, 나"\n"b","다"\n"c","라"\n', "a CSV table"),
        ("id;text\nA-1;가요.\nA-2;와요.\n", "a CSV table"),
    ],
)
def test_documents(text: str, kind: str) -> None:
    assert structured_kind(text, is_whole=True) == kind
    assert structured_kind(f"\ufeff{text}", is_whole=True) == kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[00:01.00]저는 학생이에요.\n비가 와요.\n밥 먹었어요?\n",
        "[공지] 내일 쉽니다.\n[안내] 비가 옵니다.\n",
        "[공지]\n내일 쉽니다.\n",
        "x = 1\ny = 2\n",
        "<b>굵게</b> 그리고 <i>기울임</i>",
        "<p>글</p>\n<p>글</p>\n",
        "<name>님, <b>안녕</b>하세요.\n",
        "<user>님 안녕하세요.</user>\n",
        "Insert into the machine a coin.\nCreate table settings.\nDrop table.\n",
        "가,나\n다,라\n마,바\n",
        "1,000원\n2,500원\n3,900원\n",
        "그래, 가자.\n네, 좋아요.\n아니, 싫어.\n",
        '"네", 라고 했다.\n비가 와요.\n눈이 와요.\n',
        "\\section 명령은 제목을 만든다.\n둘\n셋\n넷\n",
        "# 제목\n\n| 가 | 나 |\n|---|---|\n| 1 | 2 |\n",
    ],
)
def test_plain_text(text: str) -> None:
    assert structured_kind(text, is_whole=True) == ""


def test_the_beginning_of_a_long_document() -> None:
    assert structured_kind("<doc>\n" + "<p>글</p>\n" * 100, is_whole=False) == "an XML file"
    assert structured_kind("가요.\n" * 100 + "[ui]\na=1\nb=2\n", is_whole=False) == ""
