"""The noise of the benchmark: what each kind does to a source, and what the reference keeps."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.noise import measure, row, selected
from benchmarks.noise_kinds import KINDS, Kind, noisy_pairs
from malgil.common.errors import UserError
from malgil.modeling.translator import Translator

BY_NAME = {kind.name: kind for kind in KINDS}
PAIRS = [("나는 집에 간다.", "I go home."), ("비가 오나요?", "Does it rain?"), ("가자!", "Go!")]
TEXTS = st.text(st.sampled_from("가나닭 abZ.?!,'\"-·19"), max_size=30)


def noisy(name: str, source: str, reference: str = "", language: str = "en") -> tuple[str, str]:
    """Return one pair under a kind of noise that does not join sentences."""
    [pair], _changed = noisy_pairs(BY_NAME[name], [(source, reference)], language, seed=1)
    return pair


def test_names_are_different() -> None:
    assert len(BY_NAME) == len(KINDS) and KINDS[0].name == "plain"


@pytest.mark.parametrize(
    ("name", "source", "changed"),
    [
        ("plain", "가 나.", "가 나."),
        ("one space missing", "가 나", "가나"),
        ("all spaces missing", "가 나 다 라.", "가나다라."),
        ("no final mark", "가나?!", "가나"),
        ("no final mark", "3.5", "3.5"),
        ("NFD", "가", "\u1100\u1161"),
        ("full-width signs, letters, digits", "KTX 3.5!", "ＫＴＸ ３．５！"),
        ("UPPER CASE", "Où est-il ?", "OÙ EST-IL ?"),
        ("lower case", "Où EST-il ?", "où est-il ?"),
        (
            "typographic signs ’ “ ” – … ・ 。 、",
            """"예"와 '아니오', 가-나·다... 1,234.5원.""",
            "“예”와 ’아니오’、 가–나・다… 1,234.5원。",
        ),
    ],
)
def test_what_a_translation_corrects(name: str, source: str, changed: str) -> None:
    assert noisy(name, source, "The reference.") == (changed, "The reference.")


@pytest.mark.parametrize(
    ("name", "language", "source", "reference"),
    [
        ('in "…"', "en", '"가나."', '"Ab."'),
        ("in “…”", "en", "“가나.”", "“Ab.”"),
        ("in 「…」", "en", "「가나.」", "“Ab.”"),
        ("in 「…」", "ja", "「가나.」", "「Ab.」"),
        ("- bullet", "en", "- 가나.", "- Ab."),
        ("ㅋㅋ for the final mark", "en", "가나ㅋㅋ", "Ab ㅋㅋ"),
        ("~ for the final mark", "en", "가나~", "Ab~"),
    ],
)
def test_what_a_translation_keeps(name: str, language: str, source: str, reference: str) -> None:
    assert noisy(name, "가나.", "Ab.", language) == (source, reference)


@pytest.mark.parametrize(
    ("name", "source", "reference"),
    [
        ("three to a line", "나는 집에 간다. 비가 오나요? 가자!", "I go home. Does it rain? Go!"),
        (
            "three to a line, each with 😊",
            "나는 집에 간다.😊 비가 오나요?😊 가자!😊",
            "I go home.😊 Does it rain?😊 Go!😊",
        ),
        (
            "three to a line, each in (…)",
            "(나는 집에 간다.) (비가 오나요?) (가자!)",
            "(I go home.) (Does it rain?) (Go!)",
        ),
        (
            "three to a line, each with ㅋㅋ",
            "나는 집에 간다. ㅋㅋ 비가 오나요? ㅋㅋ 가자! ㅋㅋ",
            "I go home. ㅋㅋ Does it rain? ㅋㅋ Go! ㅋㅋ",
        ),
        (
            "three to a line, no space between",
            "나는 집에 간다.비가 오나요?가자!",
            "I go home. Does it rain? Go!",
        ),
        (
            "three to a line, ends 。！？",
            "나는 집에 간다。 비가 오나요？ 가자！",
            "I go home. Does it rain? Go!",
        ),
    ],
)
def test_three_to_a_line(name: str, source: str, reference: str) -> None:
    kind = BY_NAME[name]
    assert noisy_pairs(kind, PAIRS, "en", 1) == ([(source, reference)], 1.0)
    lines, _changed = noisy_pairs(kind, [*PAIRS, ("네.", "Yes.")], "en", 1)  # none is left out
    assert len(lines) == 2 and lines[0] == (source, reference) and "네" in lines[1][0]


def test_share_of_changed_sources() -> None:
    pairs = [("가 나", "a"), ("가나", "b"), ("다라", "c"), ("다 라", "d")]
    assert noisy_pairs(BY_NAME["one space missing"], pairs, "en", 1)[1] == 0.5
    assert noisy_pairs(BY_NAME["UPPER CASE"], pairs, "en", 1)[1] == 0.0


@given(text=TEXTS, seed=st.integers(0, 99))
def test_spaces(text: str, seed: int) -> None:
    choose = random.Random(seed)
    spaces = text.count(" ")
    one_less = BY_NAME["one space missing"].source(text, choose)
    assert one_less.count(" ") == max(spaces - 1, 0)
    one_more = BY_NAME["one space too many"].source(text, choose)
    assert one_more.count(" ") - spaces in (0, 1)
    some = BY_NAME["30 % of spaces missing"].source(text, choose)
    zero_width = BY_NAME["a zero-width space"].source(text, choose)
    assert zero_width.replace("\u200b", "", 1) == text
    for changed in (one_less, one_more, some):
        assert changed.replace(" ", "") == text.replace(" ", "")


@given(text=TEXTS, seed=st.integers(0, 99), kind=st.sampled_from(KINDS))
def test_noise_is_reproducible(text: str, seed: int, kind: Kind) -> None:
    """It does not depend on the other sentences of the test set."""
    pair = (text, "a")
    alone, _changed = noisy_pairs(kind, [pair], "en", seed)
    assert alone == noisy_pairs(kind, [pair], "en", seed)[0]
    if not kind.is_joined:
        assert noisy_pairs(kind, [pair, ("나 다.", "b")], "en", seed)[0][0] == alone[0]


def test_missing_spaces_have_the_documented_share() -> None:
    pairs = [("가 나 다 라 마 바 사 아 자 차 카", "a")] * 400  # 4,000 spaces
    found, _changed = noisy_pairs(BY_NAME["30 % of spaces missing"], pairs, "en", 1)
    missing = 1 - sum(source.count(" ") for source, _ in found) / 4000
    assert missing == pytest.approx(0.3, abs=0.03)  # four standard deviations


def test_kinds_are_selected_by_words() -> None:
    assert selected([]) == list(KINDS)
    assert [kind.name for kind in selected(["NFD", "bullet"])] == ["plain", "NFD", "- bullet"]
    with pytest.raises(UserError, match="--only accepts words of the names of kinds"):
        selected(["nothing like this"])


def test_measure(translator: Translator, tiny_pairs: list[tuple[str, str]]) -> None:
    plain = measure(translator, tiny_pairs[:9], KINDS[0], seed=1)
    assert plain is not None and plain.changed == 0
    # NFD is normalized, so that nothing is lost.
    decomposed = measure(translator, tiny_pairs[:9], BY_NAME["NFD"], seed=1)
    assert decomposed is not None and decomposed.bleu == plain.bleu and decomposed.changed == 1
    cells = [cell.strip() for cell in row(decomposed, plain.bleu.score).split("|")]
    assert cells[1] == "NFD" and cells[3:5] == ["100.0 %", "100 %"] and "±" in cells[2]
    assert measure(translator, tiny_pairs[:9], BY_NAME["UPPER CASE"], seed=1) is None
