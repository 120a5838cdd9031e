"""Translation files of Qt Linguist."""

from __future__ import annotations

from tests.preprocessing.corpus.formats.conftest import FileReader

CONTENT = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ko_KR">
<context><name>MainWindow</name>
<message><location line="1"/><source>&amp;Open file...</source><comment>menu</comment>
<translation>파일 열기(&amp;O)...</translation></message>
<message><source>Close</source><translation type="unfinished">닫기</translation></message>
<message><source>Old</source><translation type="vanished">옛</translation></message>
<message numerus="yes"><source>%n file(s)</source>
<translation><numerusform>파일 %n개</numerusform></translation></message>
<message><source>None</source><translation></translation></message>
</context></TS>
"""


def test_messages(read_file: FileReader) -> None:
    corpus = read_file(CONTENT)
    assert corpus.pairs == [("파일 열기...", "Open file...")]
    assert corpus.left_out == {
        "not reviewed or fuzzy": 1,
        "obsolete": 1,
        "with plural forms": 1,
        "not translated": 1,
    }
    assert corpus.summary().endswith("file0 detected as Qt Linguist, source and translation")
