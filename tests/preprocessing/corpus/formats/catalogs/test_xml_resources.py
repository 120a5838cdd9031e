"""Resources of Android and .NET in two files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from malgil.preprocessing.corpus.reader import read_corpus
from malgil.settings import DataSettings
from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import zipped

Mistake = Callable[..., str]
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
ENGLISH = f"""{HEAD}<!-- strings --><resources xmlns:xliff="urn:oasis:names:tc:xliff:document:1.2">
<string name="app" translatable="false">Malgil</string>
<string name="hello">Don\\'t say \\"hi\\"\\nto <b>me</b>, <xliff:g id="n">%1$s</xliff:g>!</string>
<string name="spaces">" with spaces "</string>
<string name="reference">@string/hello</string>
<string name="cdata"><![CDATA[a & b]]></string>
<string name="only">Only here</string>
<string-array name="days"><item>Monday</item><item>Tuesday</item></string-array>
<plurals name="files"><item quantity="one">%d file</item><item quantity="other">%d files</item>
</plurals><integer name="n">3</integer>
</resources>"""
KOREAN = f"""{HEAD}<resources>
<string name="cdata"><![CDATA[가 & 나]]></string>
<string name="hello">\\"안녕\\"이라고 <b>나</b>에게 말하지 마세요, %1$s!</string>
<string name="spaces">공백 있음</string>
<string-array name="days"><item>월요일</item><item>화요일</item></string-array>
<plurals name="files"><item quantity="other">파일 %d개</item></plurals>
</resources>"""


def test_android(read_file: FileReader) -> None:
    corpus = read_file(ENGLISH, KOREAN)
    assert corpus.pairs == [
        ("가 & 나", "a & b"),
        ('"안녕"이라고 나에게 말하지 마세요, %1$s!', 'Don\'t say "hi" to me, %1$s!'),
        ("공백 있음", "with spaces"),
        ("월요일", "Monday"),
        ("화요일", "Tuesday"),
        ("파일 %d개", "%d files"),
    ]
    assert corpus.left_out == {
        "not to be translated": 1,
        "a reference to another text": 1,
        "without ko": 2,
    }


def test_android_folders_in_an_archive(read_file: FileReader) -> None:
    members = {
        "res/values/strings.xml": ENGLISH,
        "res/values-ko/strings.xml": KOREAN,
        "res/values-ja/strings.xml": KOREAN.replace("월요일", "月曜日"),
    }
    corpus = read_file(zipped(members))
    assert corpus.pairs[3] == ("월요일", "Monday")
    assert "values-ko/strings.xml and res/values/strings.xml" in corpus.summary()


def test_one_language_only(mistake: Mistake) -> None:
    assert mistake(KOREAN) == (
        "'file0' (strings.xml) has texts in one language. Name the file of the other language too, "
        "such as data.train = values-ko/strings.xml, values/strings.xml."
    )


@pytest.mark.parametrize(
    "names", [("Texts.fr.resx", "Texts.resx"), ("Texts.resx", "Texts.fr.resx")]
)
def test_resx(names: tuple[str, str], tmp_path: Path) -> None:
    """Decide which file is French by its name: the scripts are the same."""
    for name in names:
        text = "Ouvrir" if ".fr." in name else "Open"
        (tmp_path / name).write_text(
            f'{HEAD}<root><resheader name="version"><value>2.0</value></resheader><data name="a" '
            f'xml:space="preserve"><value>{text}</value><comment>no</comment></data>'
            '<data name="icon" type="System.Drawing.Bitmap"><value>AAAA</value></data></root>'
        )
    corpus = read_corpus([tmp_path / name for name in names], DataSettings(source_language="fr"))
    assert corpus.pairs == [("Ouvrir", "Open")]


@pytest.mark.parametrize(
    "start", ["<data ", '<resheader name="a"><value>b</value></resheader>\n<data ']
)
def test_resx_without_a_declaration(start: str, read_file: FileReader) -> None:
    contents = [
        f'<root>\n  {start}name="a">\n    <value>{text}</value>\n  </data>\n</root>\n'
        for text in ("열기", "Open")
    ]
    assert read_file(*contents, names=("T.ko.resx", "T.resx")).pairs == [("열기", "Open")]


def test_entities(mistake: Mistake) -> None:
    content = f'<!DOCTYPE resources [<!ENTITY a "b">]>{KOREAN[len(HEAD) :]}'
    assert "declares XML entities, which strings.xml does not need" in mistake(content, ENGLISH)
