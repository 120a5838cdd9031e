"""How a translation is told: as lines, as JSON, as a picture."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from errors import UserError, require

if TYPE_CHECKING:
    from modeling.translator import Translation, Translator


def is_utf8(text: str) -> bool:
    """Whether a text came out of valid UTF-8: what is not stands in it as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def lines_of(translation: Translation, number: int, as_json: bool) -> str:
    """What is told of a translation.

    Args:
        translation: With its alternatives.
        number: That of its sentence, from 1 on.
        as_json: Whether as an object of JSON, in one line.

    Returns:
        A line. Where there are alternatives, one for each of them, with the number of the sentence
        and the score before it, and tabs between.
    """
    others = translation.alternatives
    if as_json:
        line = json.dumps(translation.to_dict(), ensure_ascii=False)
        # A text out of a broken encoding may hold what UTF-8 cannot.
        return line.encode("utf-8", errors="backslashreplace").decode("utf-8")
    if not others:
        return translation.text
    return "\n".join(f"{number}\t{one.score:.4f}\t{one.text}" for one in (translation, *others))


def draw(path: str, translator: Translator, translation: Translation) -> None:
    """Draw the attention of one translation; where it has several heads, each of them.

    Raises:
        UserError: If there is none, or the picture cannot be written.
    """
    kind = translator.settings.model.attention
    is_recurrent = translator.settings.model.architecture == "rnn"
    require(
        not is_recurrent or kind != "none",
        f"{translator.name} was trained with model.attention = none, which looks at nothing: there "
        "is no attention to draw.",
    )
    if translation.attention is None:
        raise UserError(
            f"there is no attention to draw for {len(translation.source_tokens):,} pieces. Give a "
            "shorter sentence."
        )
    heads = translator.heads(translation)
    tokens = translation.source_tokens, translation.target_tokens
    if len(heads) > 1:
        from evaluation.comparison import Looked
        from evaluation.comparison_pictures import attentions_picture

        looked = [(title, Looked(*tokens, weights.tolist())) for title, weights in heads]
        attentions_picture(path, looked)
    else:
        from evaluation.pictures import attention_picture

        attention_picture(path, translation.attention, *tokens)
    print(f"attention: {path}", file=sys.stderr)
