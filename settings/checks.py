"""The checks that look at more than one setting."""

from __future__ import annotations

from malgil.common.errors import UserError
from malgil.settings.sections import (
    KOREAN_TOKENIZERS,
    REWRITING_TOKENIZERS,
    ModelSettings,
    Settings,
)

_TOKENIZERS_OF = {"ko": (*KOREAN_TOKENIZERS, "none"), "fr": ("french", "nltk", "none")}


def check_together(settings: Settings) -> None:
    """Check settings that depend on one another.

    Raises:
        UserError: Which do not go together, and what is accepted.
    """
    name = settings.translator.name
    is_plain = name not in (".", "..") and name.isprintable() and not set(name) & set('/\\:*?"<>|')
    if not is_plain:
        raise UserError(f"translator.name accepts a plain name for a folder. Received: {name!r}.")
    _check_columns(settings.data.columns)
    _check_model(settings.model)
    settings.inference.check()
    text, data = settings.preprocessing, settings.data
    for side, language in (("source", data.source_language), ("target", data.target_language)):
        tokenizer = getattr(text, f"{side}_tokenizer")
        accepted = _TOKENIZERS_OF.get(language, ("nltk", "none"))
        if tokenizer not in accepted:
            raise UserError(
                f"preprocessing.{side}_tokenizer accepts {', '.join(accepted[:-1])} or none for "
                "the "
                f"language {language!r}. Received: {tokenizer!r}."
            )
    if text.target_tokenizer in REWRITING_TOKENIZERS:
        raise UserError(
            f"preprocessing.target_tokenizer accepts mecab, okt or none for Korean. Received: "
            f"{text.target_tokenizer!r}, which rewrites the text, so that no sentence can be put "
            "together from its pieces."
        )


def _check_columns(columns: tuple[str, ...]) -> None:
    numbers = {int(column) for column in columns if column.isdecimal() and len(column) < 7}
    are_two = len(columns) == len(set(columns)) == 2 and len(numbers) != 1 and 0 not in numbers
    if columns and not are_two:
        raise UserError(
            "data.columns accepts nothing, or two names or two numbers (from 1 on) of columns, "
            "source "
            f"first. Received: {', '.join(columns)!r}."
        )


def _check_model(model: ModelSettings) -> None:
    is_recurrent = model.architecture == "rnn"
    if (is_recurrent and model.bidirectional) and model.units % 2 != 0:
        raise UserError(
            "model.units accepts an even number when model.bidirectional is yes, as each "
            "direction "
            f"takes half of them. Received: {model.units}."
        )
    has_heads = model.attention == "multi_head" if is_recurrent else True
    if has_heads and model.units % model.heads != 0:
        raise UserError(
            f"model.heads accepts a number that model.units = {model.units} can be divided by. "
            f"Received: {model.heads}."
        )
    for key in ("input_feeding", "residual", "layer_normalization"):
        if not is_recurrent and getattr(model, key):
            raise UserError(
                f"model.{key} goes with model.architecture = rnn. Received: yes, with "
                f"{model.architecture}."
            )
    if model.residual and max(model.encoder_layers, model.decoder_layers) <= 1:
        raise UserError(
            "model.residual = yes goes with more than one layer, from the second of which it "
            "adds: set "
            "model.encoder_layers or model.decoder_layers. Received: 1 and 1."
        )
    if model.attention in ("none", "bahdanau") and (is_recurrent and model.input_feeding):
        raise UserError(
            f"model.input_feeding = yes goes with another model.attention. Received: "
            f"{model.attention!r}, which "
            + (
                "has nothing to feed."
                if model.attention == "none"
                else "feeds its context already."
            )
        )
    is_local = model.attention_window != "global"
    if is_local and (not is_recurrent or model.attention == "none"):
        raise UserError(
            "model.attention_window accepts global where there is no attention of a recurrent "
            f"decoder. Received: {model.attention_window!r}."
        )
