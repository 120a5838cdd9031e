"""The forms in which a translation is shown: lines of text, JSON, a picture of its attention."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from malgil.cli.streams import quiet_libraries
from malgil.common.errors import UserError

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator

logger = logging.getLogger(__name__)

_DOUBTFUL = 0.5  # a word that is less likely than this is marked


def is_utf8(text: str) -> bool:
    """Return whether a text was decoded from valid UTF-8: else it holds lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def format_translation(
    translation: Translation, number: int, as_json: bool = False, with_confidence: bool = False
) -> str:
    """Format a translation as it is printed.

    Args:
        translation: With its alternatives.
        number: That of its sentence, from 1 on.
        as_json: Whether as an object of JSON, in one line.
        with_confidence: Whether doubtful words are marked.

    Returns:
        A line. Where there are alternatives, one for each of them, with the number of the sentence
        and the score before it, and tabs between.
    """
    if as_json:
        return json_line(translation.to_dict())
    every = (translation, *translation.alternatives)
    texts = [mark_doubtful_words(one) if with_confidence else one.text for one in every]
    if len(every) == 1:
        return texts[0]
    return "\n".join(
        f"{number}\t{one.score:.4f}\t{text}" for one, text in zip(every, texts, strict=True)
    )


def json_line(values: Mapping[str, Any]) -> str:
    """Format values as an object of JSON in one line that UTF-8 can hold."""
    line = json.dumps(values, ensure_ascii=False)
    # A text that was decoded from a broken encoding may hold what UTF-8 cannot.
    return line.encode("utf-8", errors="backslashreplace").decode("utf-8")


def mark_doubtful_words(translation: Translation) -> str:
    """Return a translation in which each word that is less likely than not has its probability.

    The probability of a word is the product of those of its pieces.
    """
    from malgil.evaluation.alignment import word_indices
    from malgil.preprocessing.text.normalization import SPACE

    numbers = word_indices(translation.target_tokens)
    text, marked, copied, seen = translation.text, "", 0, 0
    for word in range(max(numbers, default=-1) + 1):
        places = [i for i, number in enumerate(numbers) if number == word]
        spelled = "".join(translation.target_tokens[i] for i in places).replace(SPACE, " ").strip()
        begin = text.find(spelled, seen)
        if begin < 0 or not spelled:
            continue
        seen = begin + len(spelled)
        probability = math.exp(sum(translation.token_scores[i] for i in places))
        if probability < _DOUBTFUL:
            marked += f"{text[copied:seen]}[{probability:.0%}]"
            copied = seen
    return marked + text[copied:]


def draw_attention(path: str, translator: Translator, translation: Translation) -> None:
    """Draw the attention of one translation; where it has several heads, each of them.

    Args:
        path: The picture.
        translator: Made the translation.
        translation: Its attention is drawn.

    Raises:
        UserError: If there is none, or the picture cannot be written.
    """
    model = translator.settings.model
    if translation.attention is None:
        if not model.source_heads:
            raise UserError(
                f"{translator.name} was trained with model.attention = none, which looks at "
                "nothing: there is no attention to draw."
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

        maps = [
            (title, AttentionMap(*tokens, weights.tolist(), has_window=translator.has_window))
            for title, weights in heads
        ]
        attentions_picture(path, maps, columns=model.heads)  # a row for each layer
    else:
        from malgil.evaluation.plotting.attention import attention_picture

        weights, has_window = translation.attention, translator.has_window
        attention_picture(path, weights, *tokens, has_window=has_window)
    logger.info("attention: %s", path)
