"""JSON and JSON Lines, with pairs at any depth."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from malgil.preprocessing.corpus.formats import bounded_reader
from malgil.preprocessing.text.normalization import normalize
from tests.preprocessing.corpus.formats.conftest import FileReader
from tests.preprocessing.corpus.formats.writers import PAIRS, READ, json_lines, json_text

Mistake = Callable[..., str]
OBJECTS = [{"ko": korean, "en": english} for korean, english in PAIRS]
AIHUB = {
    "name": "한국어-영어 번역 말뭉치",
    "data": [
        {
            "sn": f"INTSAL{number}",
            "source": "크라우드 소싱",
            "ko_original": korean + " ",
            "ko": korean,
            "mt": english.lower(),
            "en": english,
            "source_language": "ko",
            "target_language": "en",
            "word_count_ko": 3,
            "ner": {"tags": [{"value": "서울", "tag": "LC"}], "note": "이름 하나", "by": "누구"},
            "included_unknown_words": False,
        }
        for number, (korean, english) in enumerate(PAIRS)
    ],
}


class TestJSON:
    @pytest.mark.parametrize("indent", [None, 4])
    @pytest.mark.parametrize(
        "value",
        [
            OBJECTS,
            {"data": OBJECTS},
            AIHUB,
            {"version": 1, "documents": [{"title": "a b", "body": {"pairs": OBJECTS}}]},
            {str(number): each for number, each in enumerate(OBJECTS)},
            [{"id": number, "translation": each} for number, each in enumerate(OBJECTS)],
            [list(pair) for pair in PAIRS],
            [[english, korean, 1] for korean, english in PAIRS],
        ],
        ids=lambda value: json.dumps(value)[:12],
    )
    def test_shapes(self, value: Any, indent: int | None, read_file: FileReader) -> None:
        assert read_file(json_text(value, indent=indent)).pairs == READ

    def test_aihub_is_described(self, read_file: FileReader) -> None:
        corpus = read_file(json_text(AIHUB))
        assert corpus.summary() == "5 pairs; file0 detected as JSON, keys ko and en"

    def test_one_object(self, read_file: FileReader) -> None:
        assert read_file('{"en": "a", "ko": "가"}').pairs == [("가", "a")]

    def test_sides_and_settings(self, read_file: FileReader) -> None:
        value = [{"Q": "가", "A": "나", "x": "라"}]
        assert read_file(json_text(value), target_language="ko").pairs == [("가", "나")]
        assert read_file(json_text(value), columns=("x", "A")).pairs == [("라", "나")]

    def test_unknown_keys_are_distinguished_by_script(self, read_file: FileReader) -> None:
        value = [{"no": n, "x": english, "y": korean} for n, (korean, english) in enumerate(PAIRS)]
        assert read_file(json_text(value)).pairs == READ

    def test_objects_without_the_keys_are_counted(self, read_file: FileReader) -> None:
        value = [*OBJECTS, {"ko": "가"}, {"ko": "가", "en": None}, {"x": "y"}, {"en": 5, "ko": 7}]
        corpus = read_file(json_text(value))
        assert corpus.pairs == [*READ, ("7", "5")]
        assert corpus.left_out == {"with an empty side": 2, "without ko and en": 1}

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ('[{"ko": "가", "en": "a"}, {"ko": ', "is not valid JSON: parse error: premature EOF"),
            ('[{"ko": "가", "en": "a"},\n {"ko": "가", "en" "a"},\n{}]', "is not valid JSON"),
            ("[" * 10_000, "is nested more than 200 levels deep."),
            ('{"a":' * 10_000 + "1" + "}" * 10_000, "is nested more than 200 levels deep."),
            ("[]", "holds no objects with two texts."),
            ('{"ko": "가"}', "holds no objects with two texts."),
            ('[{"a": "가 나", "b": "다", "c": "라"}]', "Its keys: a, b, c."),
        ],
    )
    def test_refused(self, content: str, message: str, mistake: Mistake) -> None:
        assert message in mistake(content)

    def test_a_text_that_would_fill_the_memory(
        self, mistake: Mistake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bounded_reader, "MAX_PENDING_BYTES", 1 << 18)
        content = json_text([*OBJECTS, {"ko": "가" * 200_000, "en": "a"}])
        assert "holds a single text of more than 0 MiB" in mistake(content)
        assert len(json_text(OBJECTS * 5000)) > 1 << 18

    def test_the_line_of_bytes_that_cannot_be_decoded(self, mistake: Mistake) -> None:
        content = json_text(OBJECTS * 1000, indent=1).encode()
        bad = content[:100_000] + b"\xff" + content[100_001:]
        line = content[:100_000].count(b"\n") + 1
        assert f"is not UTF-8 text (near line {line:,})" in mistake(bad)

    def test_brackets_do_not_make_json(self, read_file: FileReader) -> None:
        content = '[음악] 가자\t[music] Go\n["가" 나\ta b\n{"x\ty\n'
        assert len(read_file(content).pairs) == 3


class TestJSONLines:
    def test_with_blank_and_broken_lines(self, read_file: FileReader) -> None:
        content = "\n" + json_lines(OBJECTS) + '\n{"ko": "가", \n{"ko":"가","en":""}\n5\n[1]\n'
        corpus = read_file(content)
        assert corpus.pairs == READ
        assert corpus.left_out == {"blank": 2, "not JSON": 1, "with an empty side": 1}
        assert corpus.summary().endswith("file0 detected as JSON Lines, keys ko and en")

    def test_deep_objects(self, read_file: FileReader) -> None:
        content = json_lines({"id": n, "translation": each} for n, each in enumerate(OBJECTS))
        assert read_file(content).pairs == READ

    def test_lists(self, read_file: FileReader) -> None:
        assert read_file(json_lines(map(list, PAIRS))).pairs == READ

    def test_a_depth_that_python_does_not_reach(self, read_file: FileReader) -> None:
        corpus = read_file(json_lines(OBJECTS) + "[" * 100_000 + "\n")
        assert corpus.left_out == {"not JSON": 1}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=5),
    is_ascii=st.booleans(),
    form=st.sampled_from(["list", "data", "lines", "indented"]),
)
def test_any_text_is_read_back(
    pairs: list[tuple[str, str]], is_ascii: bool, form: str, read_file: FileReader
) -> None:
    values = [{"ko": korean, "en": english} for korean, english in [*pairs, ("끝", "end")]]
    if form == "lines":
        content = "".join(json.dumps(value, ensure_ascii=is_ascii) + "\n" for value in values)
    else:
        content = json.dumps(
            {"data": values} if form == "data" else values,
            ensure_ascii=is_ascii,
            indent=1 if form == "indented" else None,
        )
    expected = [tuple(map(normalize, pair)) for pair in pairs]
    assert read_file(content).pairs == [*filter(all, expected), ("끝", "end")]
