"""Case markup: marks of words, and lossless round trips."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from malgil.preprocessing.text.case_markup import CAPITAL, CAPITALS, MARKS, fold, unfold
from malgil.preprocessing.text.english import EnglishPreTokenizer
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.pre_tokenizer import SpacePreTokenizer, join, mark_spaces

ENGLISH = EnglishPreTokenizer()
cased = st.sampled_from("AaBbZzßẞİıſΣσςǅǆǄJ\u030cKⅧⓐÉÉéDŽŉ")
other = st.sampled_from(" '’-.,_3가나KTX를\u0301\u200d")
texts = st.text(cased | other | st.characters(exclude_categories=()), max_size=25)


def folded(text: str) -> list[str]:
    return fold(ENGLISH.tokenize(text))


def unfolded(tokens: list[str]) -> str:
    return unfold("".join(tokens)).replace("▁", " ").strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the cat", "▁the ▁cat"),
        ("The cat", f"{CAPITAL} ▁the ▁cat"),
        ("I see A", f"{CAPITAL} ▁i ▁see {CAPITAL} ▁a"),
        ("by KTX.", f"▁by {CAPITALS} ▁ktx ."),
        ("McDonald eats iPads", "▁McDonald ▁eats ▁iPads"),
        ("(Seoul)", f"▁( {CAPITAL} seoul )"),
        ("USA's", f"{CAPITALS} ▁usa 's"),
        ("H2O", f"{CAPITAL} ▁h 2 {CAPITAL} o"),
        ("Éa ÉA", f"{CAPITAL} ▁éa {CAPITALS} ▁éa"),
        # A word, and therefore its case, may extend over several tokens.
        ("CANNOT", f"{CAPITALS} ▁can not"),
        ("KTX를 Tom은", f"{CAPITALS} ▁ktx를 {CAPITAL} ▁tom은"),
        # The case of these words could not be restored.
        ("İz ǅ", "▁İz ▁ǅ"),
        ("", ""),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert folded(text) == expected.split()


@settings(deadline=None, max_examples=500)
@given(text=texts, data=st.data())
@example(text="DON'T", data=None)
def test_case_is_restored(text: str, data: st.DataObject | None) -> None:
    normal = normalize(text)
    tokenized = [ENGLISH.tokenize(normal), SpacePreTokenizer().tokenize(normal)]
    if data:
        borders = sorted(data.draw(st.sets(st.integers(0, len(normal)), max_size=8)))
        spans = zip([0, *borders], [*borders, len(normal)], strict=True)
        tokenized.append(mark_spaces(normal, [(a, b) for a, b in spans if " " not in normal[a:b]]))
    for tokens in tokenized:
        assert join(tokens) == normal
        with_marks = fold(tokens)
        assert unfolded(with_marks) == normal
        assert all(with_marks)
        # Without the marks, the text and the token boundaries are the same.
        plain = [token for token in with_marks if token not in MARKS]
        assert "".join(plain).lower() == "".join(tokens).lower()
        borders = [0]
        for token in plain:
            borders.append(borders[-1] + len(token))
        assert {sum(map(len, tokens[:i])) for i in range(len(tokens))} <= set(borders)


@given(words=st.lists(st.sampled_from(["the", "The", "THE", "ktx", "KTX", "a", "A"])))
def test_the_pieces_of_a_word_are_those_of_lower_case(words: list[str]) -> None:
    text = " ".join(words)
    plain = [token for token in folded(text) if token not in MARKS]
    assert plain == ENGLISH.tokenize(text.lower())


class TestMarksThatAModelMisplaced:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (f"▁the{CAPITAL}", "▁the"),
            (f"{CAPITAL}▁123", "▁123"),
            (f"{CAPITAL}{CAPITALS}▁the", "▁THE"),
            (f"{CAPITALS}{CAPITAL}▁the", "▁The"),
            (f"{CAPITAL}⟦1⟧", "⟦1⟧"),
            (f"{CAPITALS}▁the▁cat", "▁THE▁cat"),
            ("", ""),
        ],
    )
    def test_examples(self, text: str, expected: str) -> None:
        assert unfold(text) == expected
