"""TMX, with the markup, the language codes and the traps of real files."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats import bounded_reader
from malgil.preprocessing.corpus.formats.bounded_reader import BoundedReader
from malgil.preprocessing.corpus.formats.translation_memory import parse_tmx
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import DataSettings
from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import PAIRS, READ, tmx

Mistake = Callable[..., str]
UNITS = [[("en", english), ("ko", korean)] for korean, english in PAIRS]


def unit(content: str, tail: str = "") -> str:
    """Return a TMX of one unit with the given content."""
    return f'<tmx version="1.4"><header/><body><tu>{content}</tu>{tail}</body></tmx>'


class TestRead:
    @pytest.mark.parametrize("head", ["", '<!DOCTYPE tmx SYSTEM "tmx14.dtd">', "<!-- a & b -->"])
    def test_pairs(self, head: str, read_file: FileReader) -> None:
        corpus = read_file(tmx(UNITS, head))
        assert corpus.pairs == READ
        assert corpus.summary() == "5 pairs; file0 detected as TMX, ko and en"

    @pytest.mark.parametrize("codes", [("KO-kr", "EN"), ("kor", "en-US"), ("ko_KR", "eng")])
    def test_codes(self, codes: tuple[str, str], read_file: FileReader) -> None:
        units = [[(codes[1], english), (codes[0], korean)] for korean, english in PAIRS]
        assert read_file(tmx(units)).pairs == READ

    def test_the_attribute_of_old_versions(self, read_file: FileReader) -> None:
        content = unit('<tuv lang="EN"><seg>a</seg></tuv><tuv lang="KO"><seg>가</seg></tuv>')
        assert read_file(content).pairs == [("가", "a")]

    def test_the_first_of_several_variants(self, read_file: FileReader) -> None:
        units = [[("ko", "가"), ("en-GB", "a"), ("ko", "나"), ("en-US", "b"), ("fr", "c")]]
        assert read_file(tmx(units)).pairs == [("가", "a")]

    def test_two_variants_of_one_language(self, read_file: FileReader) -> None:
        units = [[("ko", "가요"), ("ko", "가")], [("ko", "나")]]
        corpus = read_file(tmx(units), target_language="ko")
        assert (corpus.pairs, corpus.left_out) == ([("가요", "가")], {"with ko only once": 1})

    def test_inline_markup(self, read_file: FileReader) -> None:
        english = (
            '<bpt i="1">&lt;b></bpt>Press<ept i="1">&lt;/b></ept> <hi type="x">the <ph>{0}'
            "<sub>no</sub></ph>red</hi> <it pos='begin'>[i]</it>button<ut>\\r</ut>."
        )
        content = unit(
            f'<prop type="x">y</prop><tuv xml:lang="en"><note>z</note><seg>{english}</seg></tuv>'
            '<tuv xml:lang="ko"><seg>빨간 단추를 누르세요.</seg></tuv>'
        )
        assert read_file(content).pairs == [("빨간 단추를 누르세요.", "Press the red button.")]

    def test_words_around_inline_elements(self, read_file: FileReader) -> None:
        content = unit(
            '<tuv xml:lang="en"><seg>Hello<ph/>world<bpt i="1"/>s<ept i="1"/>.</seg></tuv>'
            '<tuv xml:lang="ko"><seg>안녕<x/>세상<hi>들</hi>.</seg></tuv>'
        )
        assert read_file(content).pairs == [("안녕 세상들.", "Hello worlds.")]

    @pytest.mark.parametrize(
        "bad", [b"\x01", b"\xff", b"&#8;", b"AT&T", b"a & b", b"&nbsp;", "\uffff".encode()]
    )
    def test_an_invalid_character_drops_its_unit(self, bad: bytes, read_file: FileReader) -> None:
        """Leave out one unit: the others, and what is not a text, are not affected."""
        content = tmx([*UNITS, [("ko", "나쁜 BAD"), ("en", "x")], [("ko", "끝"), ("en", "end")]])
        damaged = content.encode().replace(b"BAD", bad).replace(b"<header", b"<!-- & -->\n<header")
        corpus = read_file(damaged)
        assert corpus.pairs == [*READ, ("끝", "end")]
        assert corpus.left_out == {"with an invalid character": 1}

    def test_units_without_both_are_counted(self, read_file: FileReader) -> None:
        units = [*UNITS, [("ko", "가")], [("fr", "a"), ("en", "a")], [], [("en", ""), ("ko", "가")]]
        assert read_file(tmx(units)).left_out == {
            "without en": 1,
            "without ko": 1,
            "without ko and en": 1,
            "with an empty side": 1,
        }

    def test_codes_that_are_set(self, read_file: FileReader) -> None:
        units = [[("x-jeju", "혼저 옵서예"), ("ko", "어서 오세요")]]
        corpus = read_file(tmx(units), target_language="ko", columns=("x-jeju", "ko"))
        assert corpus.pairs == [("혼저 옵서예", "어서 오세요")]

    @pytest.mark.parametrize(
        ("codec", "declared"),
        [("utf-8", ""), ("utf-8", "UTF-8"), ("utf-16", "UTF-16"), ("cp949", "euc-kr")],
    )
    def test_encodings(self, codec: str, declared: str, read_file: FileReader) -> None:
        assert read_file(tmx(UNITS, encoding=declared).encode(codec)).pairs == READ

    def test_an_encoding_that_only_the_xml_declares(self, read_file: FileReader) -> None:
        units = [[("fr", "déjà vu"), ("en", "seen")]]
        content = tmx(units, encoding="ISO-8859-1").encode("latin-1")
        assert read_file(content, source_language="fr").pairs == [("déjà vu", "seen")]


class TestRefused:
    BOMB = (
        '<!DOCTYPE tmx [<!ENTITY a "lol">'
        + "".join(
            f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + "]>"
    )

    @pytest.mark.parametrize(
        "head", [BOMB, '<!DOCTYPE tmx [<!ENTITY i SYSTEM "file:///etc/hostname">]>']
    )
    def test_entities(self, head: str, mistake: Mistake) -> None:
        content = head + unit('<tuv xml:lang="ko"><seg>&i;</seg></tuv>')
        assert mistake(content) == (
            "'file0' declares XML entities, which TMX does not need. Remove them from its DOCTYPE."
        )

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (unit("<tuv>")[:-20], "is not valid TMX"),
            (
                unit('<tuv xml:lang="ko"><seg>&nbsp;</seg></tuv><tuv xml:lang="en"><seg/></tuv>'),
                "holds no sentence pair in 1 unit (1 with an invalid character)",
            ),
            (unit("<hi>" * 300 + "</hi>" * 300), "is nested more than 200 levels deep."),
            (tmx([]), "holds no sentence pair in 0 units"),
            (tmx([[("fr", "a"), ("en", "b")]]), "holds no sentence pair in 1 unit (1 without ko)"),
            (
                "<?xml version='1.0'?><html><body/></html>",
                "is XML or HTML, but not TMX, XLIFF or another",
            ),
            ("<!DOCTYPE html><title>404</title>", "is XML or HTML, but not TMX, XLIFF or another"),
            (tmx(UNITS, encoding="klingon").encode("latin-1", "ignore") + b"\xff", "'klingon'"),
        ],
    )
    def test_other_files(self, content: str | bytes, message: str, mistake: Mistake) -> None:
        assert message in mistake(content)

    def test_a_unit_that_would_fill_the_memory(
        self, mistake: Mistake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bounded_reader, "MAX_PENDING_BYTES", 1 << 20)
        many = unit("<prop>x</prop>" * 100_000)
        assert "holds a single text of more than 1 MiB" in mistake(gzip.compress(many.encode()))


def test_memory_does_not_grow() -> None:
    """Use no more memory for twenty times as many units."""

    def peak(count: int) -> int:
        text = io.StringIO(tmx(UNITS * count))
        parsed = parse_tmx(BoundedReader(text, "'f'"), DataSettings(), "'f'")
        tracemalloc.start()
        assert sum(1 for _ in parsed.rows) == len(UNITS) * count
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(2000) < 1.5 * peak(200)


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_any_text_is_read_back(pairs: list[tuple[str, str]], read_file: FileReader) -> None:
    pairs = [*pairs, ("끝", "end")]
    expected = [tuple(map(normalize, pair)) for pair in pairs]
    content = tmx([("ko", korean), ("en", english)] for korean, english in pairs)
    assert read_file(content).pairs == list(filter(all, expected))
