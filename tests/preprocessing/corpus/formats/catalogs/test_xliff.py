"""XLIFF 1.2 and 2.0: languages, states, inline elements."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.preprocessing.corpus.formats.conftest import FileReader

Mistake = Callable[..., str]
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
UNIT = "<trans-unit id='1'><source>Open</source><target>열기</target></trans-unit>"


def xliff1(units: str, source: str = "en", target: str = "ko") -> str:
    namespace = "urn:oasis:names:tc:xliff:document:1.2"
    languages = f'source-language="{source}"' + f' target-language="{target}"' * bool(target)
    return (
        f'{HEAD}<xliff xmlns="{namespace}" version="1.2"><file original="a" {languages} '
        f'datatype="plaintext"><header><note>No</note></header><body><group>{units}</group>'
        "</body></file></xliff>"
    )


def xliff2(units: str) -> str:
    return (
        f'{HEAD}<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en-US" '
        f'trgLang="ko-KR"><file id="f"><group id="g">{units}</group></file></xliff>'
    )


class TestRead:
    def test_version_1(self, read_file: FileReader) -> None:
        corpus = read_file(xliff1(UNIT))
        assert corpus.pairs == [("열기", "Open")]
        assert corpus.summary() == "1 pair; file0 detected as XLIFF, source and target"

    def test_english_to_korean(self, read_file: FileReader) -> None:
        languages = {"source_language": "en", "target_language": "ko"}
        assert read_file(xliff1(UNIT), **languages).pairs == [("Open", "열기")]

    def test_without_a_target_language(self, read_file: FileReader) -> None:
        assert read_file(xliff1(UNIT, target="")).pairs == [("열기", "Open")]
        korean = UNIT.replace("Open", "닫기").replace("열기", "Close")
        assert read_file(xliff1(korean, "ko", "")).pairs == [("닫기", "Close")]

    def test_alternatives_and_notes_are_no_text(self, read_file: FileReader) -> None:
        unit = (
            "<trans-unit id='1'><source>Save</source><seg-source><mrk mtype='seg' mid='1'>Save"
            "</mrk></seg-source><target state='translated'><mrk mtype='seg' mid='1'>저장</mrk>"
            "</target><note>verb</note><alt-trans match-quality='80'><source>Store</source>"
            "<target>보관</target></alt-trans></trans-unit>"
        )
        assert read_file(xliff1(unit)).pairs == [("저장", "Save")]

    def test_what_is_left_out(self, read_file: FileReader) -> None:
        def unit(target: str, attributes: str = "") -> str:
            return f"<trans-unit id='1'{attributes}><source>A</source>{target}</trans-unit>"

        units = [
            UNIT,
            unit("<target state='new'>A</target>"),
            unit("<target state='needs-review-translation'>에이</target>"),
            unit(""),
            unit("<target/>"),
            unit("<target>에이</target>", " translate='no'"),
            unit("<target>에\x02이</target>"),
        ]
        assert read_file(xliff1("".join(units))).left_out == {
            "not reviewed or fuzzy": 2,
            "not translated": 2,
            "not to be translated": 1,
            "with an invalid character": 1,
        }

    def test_version_2(self, read_file: FileReader) -> None:
        units = (
            "<unit id='1'><notes><note>x</note></notes>"
            "<segment state='final'><source>Hello<ph id='1'/>world.</source>"
            "<target>안녕 <pc id='2'>세상</pc>.</target></segment>"
            "<ignorable><source> </source></ignorable>"
            "<segment><source>Bye.</source><target>잘 가.</target></segment></unit>"
            "<unit id='2'><segment state='initial'><source>A</source><target>A</target></segment>"
            "</unit><unit id='3'><segment><source>B</source></segment></unit>"
        )
        corpus = read_file(xliff2(units))
        assert corpus.pairs == [("안녕 세상.", "Hello world."), ("잘 가.", "Bye.")]
        assert corpus.left_out == {"not reviewed or fuzzy": 1, "not translated": 1}


class TestRefused:
    def test_other_languages(self, mistake: Mistake) -> None:
        message = mistake(xliff1(UNIT, "en", "fr"))
        assert "holds no sentence pair in 1 unit (1 in en and fr)." in message

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("<!DOCTYPE xliff [<!ENTITY a 'b'>]>" + xliff1(UNIT)[len(HEAD) :], "XML entities"),
            (xliff1(UNIT)[:-30], "is not valid XLIFF"),
            (xliff1("<group>" * 300 + "</group>" * 300), "more than 200 levels deep"),
        ],
    )
    def test_hostile_files(self, content: str, message: str, mistake: Mistake) -> None:
        assert message in mistake(content)
