"""How a translation is told: as lines, as JSON, as a picture."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING

from malgil.cli.streams import quiet_libraries
from malgil.common.errors import UserError
from malgil.evaluation.alignment import words_of
from malgil.preprocessing.text.normalization import SPACE

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator

_DOUBTED = 0.5


def is_utf8(text: str) -> bool:
    """Whether a text came out of valid UTF-8: what is not stands in it as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def with_confidence(translation: Translation) -> str:
    """A translation, each word of it that is less likely than not with its probability behind it.

    The probability of a word is the product of those of its pieces.
    """
    numbers = words_of(translation.target_tokens)
    text, marked, copied, seen = translation.text, "", 0, 0
    for word in range(max(numbers, default=-1) + 1):
        places = [i for i, number in enumerate(numbers) if number == word]
        spelled = "".join(translation.target_tokens[i] for i in places).replace(SPACE, " ").strip()
        begin = text.find(spelled, seen)
        if begin < 0 or not spelled:
            continue
        seen = begin + len(spelled)
        probability = math.exp(sum(translation.token_scores[i] for i in places))
        if probability < _DOUBTED:
            marked += f"{text[copied:seen]}[{probability:.0%}]"
            copied = seen
    return marked + text[copied:]


def lines_of(translation: Translation, number: int, as_json: bool, confidence: bool = False) -> str:
    """What is told of a translation.

    Args:
        translation: With its alternatives.
        number: That of its sentence, from 1 on.
        as_json: Whether as an object of JSON, in one line.
        confidence: Whether doubtful words are marked.

    Returns:
        A line. Where there are alternatives, one for each of them, with the number of the sentence
        and the score before it, and tabs between.
    """
    others = translation.alternatives
    if as_json:
        line = json.dumps(translation.to_dict(), ensure_ascii=False)
        # A text out of a broken encoding may hold what UTF-8 cannot.
        return line.encode("utf-8", errors="backslashreplace").decode("utf-8")
    every = [with_confidence(one) if confidence else one.text for one in (translation, *others)]
    if not others:
        return every[0]
    scores = [one.score for one in (translation, *others)]
    told = zip(scores, every, strict=True)
    return "\n".join(f"{number}\t{score:.4f}\t{text}" for score, text in told)


def draw(path: str, translator: Translator, translation: Translation) -> None:
    """Draw the attention of one translation; where it has several heads, each of them.

    Raises:
        UserError: If there is none, or the picture cannot be written.
    """
    model = translator.settings.model
    if translation.attention is None:
        if not model.source_heads:
            raise UserError(
                f"{translator.name} was trained with model.attention = none, which looks at "
                "nothing: "
                "there is no attention to draw."
            )
        raise UserError(
            f"there is no attention to draw for {len(translation.source_tokens):,} pieces. Give a "
            "shorter sentence."
        )
    with quiet_libraries():
        heads = translator.attention_heads(translation)
    tokens = translation.source_tokens, translation.target_tokens
    if len(heads) > 1:
        from malgil.evaluation.comparison import AttentionMap
        from malgil.evaluation.plotting.comparison import attentions_picture

        looked = [
            (title, AttentionMap(*tokens, weights.tolist(), has_window=translator.has_window))
            for title, weights in heads
        ]
        attentions_picture(path, looked, columns=model.heads)  # a row for each layer
    else:
        from malgil.evaluation.plotting.attention import attention_picture

        weights, has_window = translation.attention, translator.has_window
        attention_picture(path, weights, *tokens, has_window=has_window)
    print(f"attention: {path}", file=sys.stderr)
