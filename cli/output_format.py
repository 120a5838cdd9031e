"""The output formats of a translation: lines of text, JSON, a picture of its attention."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from malgil.cli.streams import quiet_libraries
from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.printable import printable_json

if TYPE_CHECKING:
    from malgil.modeling.translation import Translation
    from malgil.modeling.translator import Translator

logger = logging.getLogger(__name__)

_DOUBTFUL = 0.5  # words with a lower probability are marked


def is_utf8(text: str) -> bool:
    """Return whether a text was decoded from valid UTF-8: other texts contain lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def format_translations(
    translations: Sequence[Translation],
    number: int,
    names: Sequence[str] | None = None,
    as_json: bool = False,
    with_confidence: bool = False,
    is_numbered: bool = False,
) -> str:
    """Format the translations of one sentence by several translators, or by one.

    Args:
        translations: One by each translator.
        number: The number of the sentence, counted from 1.
        names: The names of the translators, which begin each line; None for one translator.
        as_json: Whether to format each translation as a JSON object in one line.
        with_confidence: Whether to mark words of low probability.
        is_numbered: As for `format_translation`.

    Returns:
        The lines, without the last line end.
    """
    if names is None:
        return format_translation(translations[0], number, as_json, with_confidence, is_numbered)
    lines = []
    for name, translation in zip(names, translations, strict=True):
        if as_json:
            lines.append(json_line({"translator": name, **translation.to_dict()}))
        else:
            text = format_translation(
                translation, number, with_confidence=with_confidence, is_numbered=is_numbered
            )
            lines += [f"{name}\t{line}" for line in text.split("\n")]
    return "\n".join(lines)


def format_translation(
    translation: Translation,
    number: int,
    as_json: bool = False,
    with_confidence: bool = False,
    is_numbered: bool = False,
) -> str:
    """Format a translation as it is printed.

    Args:
        translation: The translation, with its alternatives.
        number: The number of its sentence, counted from 1.
        as_json: Whether to format it as a JSON object in one line.
        with_confidence: Whether to mark words of low probability.
        is_numbered: Whether its line is numbered even if it has no alternatives, as that of a
            blank sentence among sentences with alternatives.

    Returns:
        A line, without a line end. If it is numbered or has alternatives, a line for each of them:
        the number of the sentence, the score and the text, separated by tabs.
    """
    if as_json:
        return json_line(translation.to_dict())
    candidates = (translation, *translation.alternatives)
    texts = [mark_doubtful_words(each) if with_confidence else each.text for each in candidates]
    if len(candidates) == 1 and not is_numbered:
        return texts[0]
    return "\n".join(
        f"{number}\t{each.score:.4f}\t{text}" for each, text in zip(candidates, texts, strict=True)
    )


def json_line(values: Mapping[str, Any] | Sequence[Any]) -> str:
    """Format values as JSON in one line of valid UTF-8, with all control characters escaped."""
    return printable_json(json.dumps(values, ensure_ascii=False))


def mark_doubtful_words(translation: Translation) -> str:
    """Return a translation with the probability of each word for which it is below 50%.

    The probability of a word is the product of the probabilities of its tokens.
    """
    from malgil.evaluation.alignment import word_indices
    from malgil.preprocessing.text.normalization import SPACE

    indices = word_indices(translation.target_tokens)
    text, marked, copied, end = translation.text, "", 0, 0
    for word in range(max(indices, default=-1) + 1):
        positions = [i for i, index in enumerate(indices) if index == word]
        tokens = "".join(translation.target_tokens[i] for i in positions)
        surface = tokens.replace(SPACE, " ").strip()
        begin = text.find(surface, end)
        if begin < 0 or not surface:
            continue
        end = begin + len(surface)
        probability = math.exp(sum(translation.token_scores[i] for i in positions))
        if probability < _DOUBTFUL:
            marked += f"{text[copied:end]}[{probability:.0%}]"
            copied = end
    return marked + text[copied:]


def draw_attention(path: str, translator: Translator, translation: Translation) -> None:
    """Draw the attention of a translation: one picture, with a part for each head.

    Args:
        path: The picture.
        translator: The translator that made the translation.
        translation: The translation.

    Raises:
        UserError: If it has no attention, or if the picture cannot be written.
    """
    if translation.attention is None:
        raise UserError(_missing_attention(translator, translation))
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
        columns = translator.settings.model.heads  # a row for each layer
        attentions_picture(path, maps, columns=columns)
    else:
        from malgil.evaluation.plotting.attention import attention_picture

        weights, has_window = translation.attention, translator.has_window
        attention_picture(path, weights, *tokens, has_window=has_window)
    logger.info(_("attention: {path}").format(path=path))


def _missing_attention(translator: Translator, translation: Translation) -> str:
    """Return why a translation has no attention to draw."""
    if not translator.settings.model.source_heads:
        return _(
            "--attention requires a model with attention. Received: {name}, which was trained "
            "with model.attention = none. Choose another translator with --model."
        ).format(name=translator.name)
    if not translation.is_translated:
        return _("--attention draws a sentence. Received: a line with nothing to translate.")
    return _(
        "the attention between {sources:,} source tokens and {targets:,} target tokens is too "
        "large to draw. Shorten the text."
    ).format(sources=len(translation.source_tokens), targets=len(translation.target_tokens))
