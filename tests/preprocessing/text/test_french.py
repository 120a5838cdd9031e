"""French pre-tokenization, which is lossless, and French typography."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.preprocessing.text.french import NARROW_NO_BREAK, NO_BREAK, FrenchPreTokenizer
from malgil.preprocessing.text.normalization import SPACE, normalize
from malgil.preprocessing.text.pre_tokenizer import join

FRENCH = FrenchPreTokenizer()
fragments = st.sampled_from(
    [
        *("l'", "d’", "qu'", "aujourd'hui", "'", "’", "-t-il", "-vous", "-", "peut-être"),
        *("« ", " »", " ?", " !", " ;", " :", " %", "...", "…", ".", ",", " "),
        *("100 000", "3,5", "14 h 30", "10 €", "à", "École", "où", "\u00a0", "\u202f"),
    ]
)
texts = st.lists(fragments | st.characters(exclude_categories=()), max_size=15).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L'homme n'est pas là.", "▁L' homme ▁n' est ▁pas ▁là ."),
        ("Lorsqu’il pleut, j’ai froid", "▁Lorsqu’ il ▁pleut , ▁j’ ai ▁froid"),
        ("Croyez-vous qu'elle viendra ?", "▁Croyez -vous ▁qu' elle ▁viendra ▁?"),
        ("A-t-il peur aujourd'hui ?", "▁A -t-il ▁peur ▁aujourd'hui ▁?"),
        ("Donne-le-moi, peut-être là-bas", "▁Donne -le -moi , ▁peut-être ▁là-bas"),
        ("Va-t'en !", "▁Va -t' en ▁!"),
        ("« Quelqu'un » a 3,5 €...", "▁« ▁Quelqu'un ▁» ▁a ▁3,5 ▁€ ..."),
        ("l'", "▁l '"),
        ("", ""),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert FRENCH.tokenize(text) == expected.split()


@settings(deadline=None, max_examples=400)
@given(text=texts)
def test_is_lossless(text: str) -> None:
    normal = normalize(text)
    tokens = FRENCH.tokenize(normal)
    assert join(tokens) == normal
    assert all(token.replace(SPACE, "") for token in tokens)


@pytest.mark.parametrize("text", ["a" * 50_000, "l'" * 20_000, "-vous" * 9_000, "." * 20_000])
def test_long_texts(text: str) -> None:
    assert join(FRENCH.tokenize(text)) == text


class TestTypeset:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Qui ? Moi ! Bien ; oui", "Qui_? Moi_! Bien_; oui"),
            ("Qui ?!", "Qui_?!"),
            ("Il dit : « oui »", "Il dit~: «~oui~»"),
            ("100 000 habitants, 2 500 000", "100_000 habitants, 2_500_000"),
            ("5 % de 10 €, 3 $ et $ 3", "5~% de 10~€, 3~$ et $ 3"),
            ("à 14 h 30", "à 14~h~30"),
            ("en 2024 100 personnes", "en 2024_100 personnes"),  # looks like one number
            # No space is added, and other spaces are unchanged.
            ("Qui? a:b «c» 10€ le 3 mai", "Qui? a:b «c» 10€ le 3 mai"),
            ("", ""),
        ],
    )
    def test_examples(self, text: str, expected: str) -> None:
        spaced = expected.replace("_", NARROW_NO_BREAK).replace("~", NO_BREAK)
        assert FRENCH.typeset(text) == spaced

    @settings(deadline=None)
    @given(text=texts.map(normalize))
    def test_changes_only_spaces(self, text: str) -> None:
        printed = FRENCH.typeset(text)
        assert normalize(printed) == text
        assert FRENCH.typeset(printed) == printed

    def test_normalize_reverts_it(self) -> None:
        typed = "Il dit : « Qui ? »"
        assert FRENCH.tokenize(normalize(FRENCH.typeset(typed))) == FRENCH.tokenize(typed)
