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
from tests.preprocessing.corpus.formats.conftest import MISSING_VALUES, FileReader
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


KO, EN = ([pair[side] for pair in PAIRS] for side in (0, 1))
NUMBERED = {"ko": dict(enumerate(KO)), "en": dict(enumerate(EN))}


class TestTextsByLanguage:
    """Files in which the two texts of a pair are not in one object."""

    @pytest.mark.parametrize("indent", [None, 1])
    @pytest.mark.parametrize(
        "value",
        [
            {"ko": KO, "en": EN},
            {"id": list(range(5)), "en": EN, "ko": KO},
            {"meta": {"name": "x", "n": 2}, "data": {"en": EN, "ko": KO}},
            {"a": EN, "b": KO},
            {"index": list(range(5)), "kind": ["x"] * 5, "a": EN, "b": KO},
            [{"ko": KO[:2], "en": EN[:2]}, {"ko": KO[2:], "en": EN[2:]}],
            {"documents": [{"id": 1, "ko": KO[:3], "en": EN[:3]}, {"ko": KO[3:], "en": EN[3:]}]},
            {"d1": {"ko": KO[:3], "en": EN[:3]}, "d2": {"ko": KO[3:], "en": EN[3:]}},
            NUMBERED,
            {"x": NUMBERED["en"], "y": NUMBERED["ko"]},
            {"id": dict(enumerate("abcde")), **NUMBERED},
            {"columns": ["en", "ko"], "index": [*range(5)], "data": [[e, k] for k, e in PAIRS]},
            {"columns": ["n", "en", "ko"], "data": [[n, e, k] for n, (k, e) in enumerate(PAIRS)]},
            {"schema": {"fields": [{"name": "ko", "type": "string"}], "pandas_version": "1.4"},
             "data": [{"index": n, "ko": k, "en": e} for n, (k, e) in enumerate(PAIRS)]},
            {str(n): {"ko": k, "en": e} for n, (k, e) in enumerate(PAIRS)},
            {"ko": {"home": {"a": KO[0], "b": KO[1]}, "c": KO[2:]},
             "en": {"home": {"a": EN[0], "b": EN[1]}, "c": EN[2:]}},
            {"en": [{"text": en, "id": None} for en in EN], "ko": [{"text": ko} for ko in KO]},
        ],
        ids=lambda value: json.dumps(value)[:16],
    )  # fmt: skip
    def test_are_paired(self, value: Any, indent: int | None, read_file: FileReader) -> None:
        pairs = [
            pair for pair in read_file(json_text(value, indent=indent)).pairs if pair[0] != "1"
        ]
        assert sorted(pairs) == sorted(READ)

    def test_in_languages_of_one_script(self, read_file: FileReader) -> None:
        french = [f"Phrase {n}" for n in range(9)]
        english = [f"Sentence {n}" for n in range(9)]
        pairs = list(zip(french, english, strict=True))
        for value in ({"en": english, "fr": french}, {"source": french, "target": english}):
            assert read_file(json_text(value), source_language="fr").pairs == pairs

    def test_in_another_order(self, read_file: FileReader) -> None:
        value = {"ko": {"a": "가", "b": "나", "c": "다"}, "en": {"c": "c!", "d": "d!", "a": "a!"}}
        corpus = read_file(json_text(value))
        assert sorted(corpus.pairs) == [("가", "a!"), ("다", "c!")]
        assert corpus.left_out == {"with an empty side": 2}

    def test_the_second_language_far_behind(self, read_file: FileReader) -> None:
        def tree(word: str) -> dict[str, Any]:
            return {
                f"part {n}": {"title": f"{word} {n}", "text": f"{word}! {n}"} for n in range(2000)
            }

        pairs = read_file(json_text({"ko": tree("가"), "en": tree("a")})).pairs
        assert pairs[:2] == [("가 0", "a 0"), ("가! 0", "a! 0")] and len(pairs) == 4000

    def test_json_lines(self, read_file: FileReader) -> None:
        content = json_lines([{"ko": KO[:2], "en": EN[:2]}, {"ko": KO[2:], "en": EN[2:]}])
        corpus = read_file(content + "\n{5\n")
        assert corpus.pairs == READ
        assert corpus.left_out == {"blank": 1, "not JSON": 1}

    def test_lists_of_different_lengths(self, mistake: Mistake) -> None:
        message = mistake(json_text({"ko": KO, "en": EN[1:]}))
        assert "item 5 of one of them has no translation." in message

    @pytest.mark.parametrize(
        "value",
        [
            {"Save": "저장", "Open a file": "파일 열기"},
            {"Save": {"translation": "저장"}, "Open a file": {"translation": "파일 열기"}},
            {"ui": {"Save": {"translation": "저장", "note": "단추"},
                    "Open a file": {"translation": "파일 열기", "note": "차림표"}}},
            {"Save": {"translation": "저장", "note": "x"},
             "Open a file": {"translation": "파일 열기", "note": "on the menu"}},
            {"Save": {"comment": "a b c", "state": "new", "text": "저장"},
             "Open a file": {"comment": "on the menu", "state": "done", "text": "파일 열기"}},
            {"저장": "Save", "파일 열기": "Open a file"},
        ],
    )  # fmt: skip
    def test_catalogs(self, value: Any, read_file: FileReader) -> None:
        corpus = read_file(json_text(value))
        assert corpus.pairs == [("저장", "Save"), ("파일 열기", "Open a file")]
        assert "detected as JSON, texts as keys" in corpus.summary()

    @pytest.mark.parametrize(
        "value",
        [
            KO,
            {"a": KO, "b": KO[::-1]},
            {"ko": KO},
            {"ko": KO, "ja": KO},
            {"home.title": "저장", "home.open": "파일 열기"},
            {"title": "저장", "open": "파일 열기", "close": "닫기"},
            {
                "SAVE_AS": {"message": "저장", "note": "단추"},
                "OPEN": {"message": "열기", "note": "가"},
            },
            [
                {"title": "저장 하기", "body": "파일을 열어요"},
                {"title": "나가기", "body": "닫아요"},
            ],
            {"a": {"0": "저장", "1": "파일"}, "b": {"0": "열기", "1": "닫기"}},
            {"documents": [{"ko": KO}, {"ko": KO[::-1]}]},
        ],
    )
    def test_one_language_is_refused(self, value: Any, mistake: Mistake) -> None:
        message = mistake(json_text(value))
        assert any(
            part in message
            for part in (
                "holds no objects with two texts",
                "texts of one language",
                "cannot decide",
            )
        )


class TestNotes:
    """Notes, states and classes that stand next to a text are not its translation."""

    @pytest.mark.parametrize("key", ["intent", "note", "state", "unknown_name"])
    def test_labels_are_no_translations(self, key: str, mistake: Mistake) -> None:
        texts = {"저는 학생이에요.": "greet", "내일 또 봐요.": "say_bye"}
        value = [{"text": text, key: label} for text, label in texts.items()]
        for content in (json_text(value), json_lines(value)):
            assert "has texts of one language" in mistake(content)

    def test_words_of_a_dictionary_are(self, read_file: FileReader) -> None:
        value = [{"word": "책", "meaning": "book"}, {"word": "집", "meaning": "house"}]
        assert read_file(json_text(value)).pairs == [("책", "book"), ("집", "house")]

    def test_one_message(self, read_file: FileReader) -> None:
        value = {"I am a student.": {"translation": "저는 학생이에요.", "note": "x"}}
        assert read_file(json_text(value)).pairs == [("저는 학생이에요.", "I am a student.")]

    def test_messages_of_an_extension(self, read_file: FileReader, mistake: Mistake) -> None:
        korean, english = (
            {key: {"message": text, "description": "On a button"} for key, text in texts.items()}
            for texts in (
                {"save": "저장해 주세요.", "bye": "또 봐요."},
                {"save": "Please save.", "bye": "Bye."},
            )
        )
        names = "_locales-ko.json", "_locales-en.json"
        corpus = read_file(json_text(korean), json_text(english), names=names)
        assert corpus.pairs == [("저장해 주세요.", "Please save."), ("또 봐요.", "Bye.")]
        assert "Name the file of the other language too" in mistake(json_text(korean))


class TestMissingValues:
    VALUES = (
        {"ko": "가", "en": float("nan")},
        {"ko": None, "en": "b"},
        {"ko": float("inf"), "en": "c"},
        {"ko": "NaN: ]", "en": 'd \\" NaN, -Infinity'},
        {"ko": "가\ud83d", "en": "a\ude00 \U0001f600"},
    )

    @pytest.mark.parametrize("form", ["list", "indented", "lines", "columns"])
    @pytest.mark.parametrize("padding", range(0, 20, 3))
    def test_are_no_texts(self, padding: int, form: str, read_file: FileReader) -> None:
        start = [{"ko": "x" * (65_480 + padding), "en": "y"}]
        values = [*start, *self.VALUES]
        if form == "lines":
            content = json_lines(values)
        elif form == "columns":
            content = json.dumps({key: [value[key] for value in values] for key in ("ko", "en")})
        else:
            content = json.dumps(values, indent=1 if form == "indented" else None)
        corpus = read_file(content)
        assert corpus.pairs[1:] == [
            ("NaN: ]", 'd \\" NaN, -Infinity'),
            ("가\ufffd", "a\ufffd \U0001f600"),
        ]
        assert corpus.left_out == {"with an empty side": 3}


class TestJSONLines:
    def test_with_blank_and_broken_lines(self, read_file: FileReader) -> None:
        content = "\n" + json_lines(OBJECTS) + '\n{"ko": "가", \n{"ko":"가","en":""}\n5\n[1]\n'
        corpus = read_file(content)
        assert corpus.pairs == READ
        assert corpus.left_out == {
            "blank": 2,
            "not JSON": 1,
            "with an empty side": 1,
            "not an object": 1,
            "without ko and en": 1,
        }
        assert corpus.summary().endswith("file0 detected as JSON Lines, keys ko and en")

    def test_every_line_is_counted(self, read_file: FileReader) -> None:
        pair = '{"ko": "가", "en": "a"}\n'
        corpus = read_file(pair + '{bad\n"str"\n3\nnull\n[]\n{}\n\n' + pair.replace("가", "나"))
        assert corpus.pairs == [("가", "a"), ("나", "a")]
        assert sum(corpus.left_out.values()) == 7
        assert corpus.left_out["not an object"] == 3

    def test_deep_objects(self, read_file: FileReader) -> None:
        content = json_lines({"id": n, "translation": each} for n, each in enumerate(OBJECTS))
        assert read_file(content).pairs == READ

    def test_lists(self, read_file: FileReader) -> None:
        assert read_file(json_lines(map(list, PAIRS))).pairs == READ

    def test_a_depth_that_python_does_not_reach(self, read_file: FileReader) -> None:
        corpus = read_file(json_lines(OBJECTS) + "[" * 100_000 + "\n")
        assert corpus.left_out == {"not JSON": 1}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(
    lambda text: text.strip() not in MISSING_VALUES
)


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
