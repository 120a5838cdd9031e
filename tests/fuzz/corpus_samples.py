"""Honest files of each format of a corpus, and what has a meaning in it, for fuzz targets."""

from __future__ import annotations

import csv
import io
from typing import Any, NamedTuple

from tests.preprocessing.corpus.formats.writers import tmx

PAIRS = (
    ("안녕하세요.", "Hello."),
    ('그는 "네"라고 했다.', 'He said, "Yes."'),
    ("A & B는 1,000원, 3 < 4", "A & B cost 1,000 won, 3 < 4"),
    ("저는 학생이에요.", "I am a student."),
)


class Samples(NamedTuple):
    """A format that has a file for each language.

    Attributes:
        source: A file of the source language.
        target: The file of its translation.
        tokens: What has a meaning in the format.
        name: The name of the files, `{}` for the language.
    """

    source: str
    target: str
    tokens: list[bytes]
    name: str


def rows(between: str) -> str:
    """Return the pairs as lines."""
    return "".join(between.join(pair) + "\n" for pair in PAIRS)


def csv_text(**options: Any) -> str:
    """Return the pairs as CSV with a header."""
    file = io.StringIO(newline="")
    csv.writer(file, **options).writerows([("한국어", "영어"), *PAIRS])
    return file.getvalue()


TSV = (rows("\t"), "ko\ten\n" + rows("\t"), csv_text(delimiter="\t", quoting=csv.QUOTE_ALL))
CSV = (
    csv_text(),
    csv_text(delimiter=";", quoting=csv.QUOTE_ALL),
    csv_text(delimiter="|"),
    "id,source,target,split\r\n1,가.,Go.,train\r\n2,와.,Come.,test\r\n",
)

JSON = (
    '[{"ko": "안녕", "en": "Hello"}, {"ko": "네", "en": "\\u00e9\\ud83d\\ude00"}]',
    '{"data": [{"원문": "가요.", "번역문": "Go.", "n": 1.5e3, "ok": true, "x": null}]}',
    '{"translation": {"ko": "안녕", "en": "Hello"}}\n{"translation": {"ko": "네", "en": "Yes"}}\n',
    '[["안녕", "Hello"], ["네", "Yes"], ["가요", "Go"]]',
    '{"안녕": "Hello", "네": "Yes", "가요.": "Go."}',
    '{"a": {"b": {"ko": "안녕", "en": "Hello"}, "c": ["가", "나", {"ko": "다", "en": "C"}]}}',
)
JSON_TOKENS = [
    *b'{ } [ ] " : , null true NaN Infinity - 1e400 \\u \\ud800 \\udc00 \\\\ \\" "ko":'.split(),
    b'[{"ko":"a","en":"b"},',
]

_UNITS = [[("ko", source), ("en", translation)] for source, translation in PAIRS]
TMX = (tmx(_UNITS), tmx(_UNITS[:1]))
XLIFF = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<xliff version="1.2"><file source-language="ko" '
    'target-language="en"><body><trans-unit id="1"><source>안녕 <g id="1">A</g></source><target>'
    'Hello <g id="1">A</g></target></trans-unit><trans-unit id="2"><source>네</source><target>Yes'
    "</target></trans-unit></body></file></xliff>",
    '<xliff version="2.0" srcLang="ko" trgLang="en" '
    'xmlns="urn:oasis:names:tc:xliff:document:2.0"><file id="f"><unit id="1"><segment><source>안녕'
    "</source><target>Hello</target></segment><segment><source>네 <pc id='1'>A</pc></source>"
    "<target>Yes</target></segment></unit></file></xliff>",
)
LINGUIST = (
    '<?xml version="1.0"?><!DOCTYPE TS><TS version="2.1" language="en" sourcelanguage="ko">'
    "<context><name>A</name><message><source>안녕(&amp;H)</source><translation>&amp;Hello"
    '</translation></message><message numerus="yes"><source>%n개</source><translation>'
    "<numerusform>%n item</numerusform><numerusform>%n items</numerusform></translation></message>"
    "</context></TS>"
)
XML_TOKENS = [
    *b"< > </ /> &amp; &#0; &#xD800; &x; <![CDATA[ ]]> <!-- --> <? ?> <seg> </seg> <tuv>".split(),
    *b"</g> <source> <target> <target/> <it> <x/> <a:b> xml:lang='ko' xmlns='a'".split(),
    b"<?xml version='1.0' encoding='undefined'?>",
    b" encoding='utf-16'",
    b" encoding='idna'",
    b"<!DOCTYPE a [<!ENTITY x 'y'>]>",
    b"<g id='1'>",
]

PO = (
    'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n#: a.c:1\n#, fuzzy\nmsgctxt "menu"\n'
    'msgid "열기(_O)"\nmsgstr "_Open"\n\nmsgid "%d개"\nmsgid_plural "%d개들"\nmsgstr[0] "%d item"\n'
    'msgstr[1] "%d items"\n\n#~ msgid "옛"\n#~ msgstr "old"\n'
)
PO_TOKENS = [
    *b'msgid_plural msgstr[ msgctxt "\n" #~ #| #, charset= \\ \\x \\777'.split(b" "),
    *(b'msgid "', b'msgstr "', b"charset=idna\\n", b"charset=UTF-7", b"nplurals=99999999"),
]

KEYED = {
    "properties_files": Samples(
        "a.b = 안녕\\\n  하세요\nc.d: 네\n# x\ne\\ f=\\uac00\ng.h=1\ni.j=2\nk.l=3\n",
        "a.b = Hello\nc.d: Yes\ne\\ f=Go\ng.h=1\ni.j=2\nk.l=3\n",
        [*b"\\ \\u \\uD800 = : # !".split(), b"\\\n"],
        "{}.properties",
    ),
    "strings_files": Samples(
        '/* 인사 */\n"hello" = "안녕 \\U0001F600 \\"네\\"";\n"yes" = "네";\nkey = "값";\n',
        '"hello" = "Hello";\n"yes" = "Yes";\nkey = "value";\n',
        b'/* */ // " \\U \\Ud800 \\ ; = \\012'.split(),
        "{}.strings",
    ),
    "android_files": Samples(
        '<resources><string name="a">안녕 %1$s \\\'네\\\' \\u0041</string><plurals name="p">'
        '<item quantity="other">%d개</item></plurals><string-array name="l"><item>가</item>'
        "</string-array></resources>",
        '<resources><string name="a">Hello %1$s</string><plurals name="p"><item quantity="one">'
        '%d item</item><item quantity="other">%d items</item></plurals><string-array name="l">'
        "<item>A</item></string-array></resources>",
        [*XML_TOKENS, *b"\\u \\' @string/a <xliff:g>".split()],
        "values-{}/strings.xml",
    ),
    "resx_files": Samples(
        '<root><data name="a" xml:space="preserve"><value>안녕</value></data>'
        '<data name="b"><value>네</value></data></root>',
        '<root><data name="a"><value>Hello</value></data>'
        '<data name="b"><value>Yes</value></data></root>',
        [*XML_TOKENS, b"<value>", b'type="x"'],
        "a.{}.resx",
    ),
    "yaml_files": Samples(
        'ko:\n  a: 안녕\n  b:\n    - 가\n    - "네\\u0041"\n  c: |\n    여러\n    줄\n'
        "  d: &x 값\n  e: *x\n",
        "en:\n  a: Hello\n  b:\n    - A\n    - 'Yes'\n  c: >\n    many\n    lines\n"
        "  d: value\n  e: 1\n",
        [
            *b"*a !!python/object:os.system --- ... { [ <<: | > !!binary".split(),
            *(b"&a ", b"%YAML 9.9", b"? ", b": ", b"- "),
        ],
        "{}.yml",
    ),
    "po_files": Samples(PO.replace("Language: en", "Language: ko"), PO, PO_TOKENS, "{}.po"),
    "srt_files": Samples(
        "1\n00:00:01,000 --> 00:00:02,500\n안녕 <i>네</i>\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\n- 가요.\n- 네.\n",
        "1\n00:00:01,100 --> 00:00:02,400\nHello\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\n- Go.\n- Yes.\n",
        [*b"--> 99:59:59,999 00:00:00,000 {\\an8} <i>".split(), b"- ", b"\n\n"],
        "{}.srt",
    ),
    "vtt_files": Samples(
        "WEBVTT\n\nNOTE x\n\nSTYLE\n::cue{}\n\na\n00:01.000 --> 00:02.000 align:start\n"
        "<v A>안녕</v>\n\n00:03.000 --> 00:04.000\n네 &amp; <00:03.500>가\n",
        "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n\n00:03.000 --> 00:04.000\nYes\n",
        [*b"--> 99999999:00:00.000 & NOTE REGION <c.a.b>".split(), b"<v ", b"\n\n"],
        "{}.vtt",
    ),
    "text_files": Samples(
        "".join(source + "\n" for source, _text in PAIRS),
        "".join(text + "\n" for _source, text in PAIRS),
        [b"\n", b"\r", b"\r\n", b"\n\n", b"\t"],
        "a.{}",
    ),
}

SHEET_TOKENS = [
    *[
        "<c",
        "</c>",
        't="s"',
        't="b"',
        't="e"',
        't="d"',
        't="inlineStr"',
        "<v>",
        "</v>",
        "<v>99999999</v>",
        "<v>-1</v>",
    ],
    *[
        "<v>1e999</v>",
        "<si/>",
        "<t>",
        "<r><t>",
        "<rPh>",
        'hidden="1"',
        'r="0"',
        'r="-5"',
        'r="99999999999"',
        's="999"',
    ],
    *[
        "<f>A1</f>",
        'count="4294967295"',
        'numFmtId="14"',
        'formatCode="[h]:mm"',
        'state="veryHidden"',
    ],
    *('<c r="A1">', '<c r="XFD1048576">', '<c r="ZZZZ9">', "<mergeCell ref='A1:XFD1048576'/>"),
    *("<dimension ref='A1:ZZ99'/>", 'Target="../../x"', "<!DOCTYPE a [<!ENTITY b 'c'>]>&b;"),
]
NUMBER_FORMATS = [
    *('#,##0"원"', "0.00%", 'yyyy"년" m"월" d"일"', "[h]:mm:ss", "[$₩-412]#,##0;[Red]-0"),
    *("m/d/yy h:mm AM/PM", "General", "@", "0.00E+00", "# ?/?", "_(* #,##0_)", "aaa", "[mm]"),
    *("[$-412]yyyy-mm-dd dddd", "ss.000"),
]
NUMBER_FORMAT_TOKENS = [
    '"',
    "\\",
    "[",
    "]",
    ";",
    "0",
    "#",
    "?",
    ".",
    ",",
    "%",
    "E+",
    "y",
    "m",
    "d",
    "h",
    "s",
    "A/P",
    "*",
    "_",
]
ARCHIVE_TOKENS = [b"PK\3\4", b"PK\1\2", b"PK\5\6", b"ustar", b"../../x", b"\x1f\x8b\x08", b"BZh9"]
