"""The formats of translations: text, JSON and pictures."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from malgil.cli.output_format import (
    draw_attention,
    format_translation,
    format_translations,
    mark_doubtful_words,
)
from malgil.common.errors import UserError
from malgil.modeling.translation import Translation
from malgil.settings import ModelSettings, Settings


def translation(text: str, pieces: dict[str, float]) -> Translation:
    scores = [math.log(share) for share in pieces.values()]
    return Translation("원문", text, -1.0, ["▁원문"], list(pieces), token_scores=scores)


@pytest.mark.parametrize(
    ("text", "pieces", "expected"),
    [
        (
            "I went home.",
            {"▁I": 0.9, "▁we": 0.7, "nt": 0.6, "▁home": 0.95, ".": 0.9, "</s>": 0.1},
            "I went[42%] home.",
        ),
        ("sure", {"▁sure": 0.5, "</s>": 0.9}, "sure"),
        ("", {"</s>": 0.2}, ""),
        ("a a", {"▁a": 0.9, "▁b": 0.1}, "a a"),  # pieces that do not stand in the text
        ("no no", {"▁no": 0.9, "▁no ": 0.2}, "no no[20%]"),
        ("네 아니요", {"▁네": 0.2, "▁아": 0.3, "니요": 0.9}, "네[20%] 아니요[27%]"),
    ],
)
def test_doubtful_words_are_marked(text: str, pieces: dict, expected: str) -> None:
    assert mark_doubtful_words(translation(text, pieces)) == expected


def test_alternatives_have_a_line_each() -> None:
    others = (translation("둘", {}), translation("셋", {}))
    one = Translation("원문", "하나", -0.5, [], [], alternatives=others)
    assert format_translation(one, 7) == "7\t-0.5000\t하나\n7\t-1.0000\t둘\n7\t-1.0000\t셋"
    assert "\n" not in format_translation(one, 7, as_json=True)


class TestSeveralTranslators:
    NAMES = ("a", "b/2")

    def test_text(self) -> None:
        both = translation("하나", {}), translation("둘", {})
        assert format_translations(both, 1, self.NAMES) == "a\t하나\nb/2\t둘"
        assert format_translations(both[:1], 1) == "하나"

    def test_alternatives(self) -> None:
        other = Translation("원문", "둘", -2.0, [], [])
        first = Translation("원문", "하나", -0.5, [], [], alternatives=(other,))
        lines = format_translations((first, other), 3, self.NAMES).split("\n")
        assert lines == ["a\t3\t-0.5000\t하나", "a\t3\t-2.0000\t둘", "b/2\t둘"]

    def test_json(self) -> None:
        both = translation("하나", {}), translation("둘", {})
        objects = format_translations(both, 1, self.NAMES, as_json=True).split("\n")
        assert [json.loads(line)["translator"] for line in objects] == list(self.NAMES)
        assert "translator" not in json.loads(format_translations(both[:1], 1, as_json=True))

    def test_confidence(self) -> None:
        doubtful = translation("no", {"▁no": 0.2})
        line = format_translations((doubtful,) * 2, 1, self.NAMES, with_confidence=True)
        assert line == "a\tno[20%]\nb/2\tno[20%]"


def test_attention_of_several_of_which_the_first_has_none(tmp_path: Path) -> None:
    """Whether there is attention depends on the translation, not on the settings."""
    weights = np.array([[0.25, 0.75], [1.0, 0.0]], np.float32)
    translator: Any = SimpleNamespace(
        name="plain + other",
        settings=Settings(model=ModelSettings(attention="none")),
        has_window=False,
        attention_heads=lambda _: [("attention", weights)],
    )
    tokens = ["▁가", "요"], ["▁go", "</s>"]
    path = tmp_path / "a.png"
    draw_attention(str(path), translator, Translation("가요", "go", -1.0, *tokens, (weights,)))
    assert path.read_bytes().startswith(b"\x89PNG")
    path.unlink()
    with pytest.raises(
        UserError, match=r"plain \+ other, which was trained with model.attention = none"
    ):
        draw_attention(str(path), translator, Translation("가요", "go", -1.0, *tokens))
    assert not path.exists()


def test_a_blank_sentence_among_sentences_with_alternatives() -> None:
    blank = Translation(" ", "", 0.0, [], [])
    assert format_translation(blank, 7, is_numbered=True) == "7\t0.0000\t"
    assert format_translations((blank, blank), 7, ("a", "b"), is_numbered=True) == (
        "a\t7\t0.0000\t\nb\t7\t0.0000\t"
    )
