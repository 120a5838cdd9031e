"""Checks of settings that depend on one another."""

from __future__ import annotations

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.settings.sections import KOREAN_TOKENIZERS, REWRITING_TOKENIZERS, Settings

_TOKENIZERS_OF = {"ko": (*KOREAN_TOKENIZERS, "none"), "fr": ("french", "nltk", "none")}


def check_together(settings: Settings) -> None:
    """Check settings that depend on one another.

    Raises:
        UserError: For a combination that is not accepted; it says where it was given.
    """
    _check_name(settings)
    _check_columns(settings)
    _check_model(settings)
    settings.inference.check(settings.origins)
    _check_tokenizers(settings)


def _check_name(settings: Settings) -> None:
    name = settings.translator.name
    is_plain = name not in (".", "..") and name.isprintable() and not set(name) & set('/\\:*?"<>|,')
    if not is_plain:
        raise UserError(
            _(
                "{setting} accepts the name of a folder, without commas and {characters}. "
                "Received: {name!r}."
            ).format(
                setting=settings.origins.subject("translator.name"),
                characters='/ \\ : * ? " < > |',
                name=name,
            )
        )


def _check_columns(settings: Settings) -> None:
    columns = settings.data.columns
    numbers = {int(column) for column in columns if column.isdecimal() and len(column) < 7}
    are_two = len(columns) == len(set(columns)) == 2 and len(numbers) != 1 and 0 not in numbers
    if columns and not are_two:
        raise UserError(
            _(
                "{setting} accepts two column names, or two column numbers from 1 on, source "
                "first; or nothing. Received: {columns!r}."
            ).format(setting=settings.origins.subject("data.columns"), columns=", ".join(columns))
        )


def _check_model(settings: Settings) -> None:
    model, subject = settings.model, settings.origins.subject
    if model.architecture == "rnn" and model.bidirectional and model.units % 2 != 0:
        raise UserError(
            _(
                "{setting} accepts an even number if model.bidirectional = yes. Received: {units}."
            ).format(setting=subject("model.units", "model.bidirectional"), units=model.units)
        )
    if model.has_effect("heads") and model.units % model.heads != 0:
        raise UserError(
            _(
                "{setting} accepts a number that divides model.units = {units}. Received: {heads}."
            ).format(
                setting=subject("model.heads", "model.units"), units=model.units, heads=model.heads
            )
        )


def _check_tokenizers(settings: Settings) -> None:
    text, data = settings.preprocessing, settings.data
    for side, language in (("source", data.source_language), ("target", data.target_language)):
        tokenizer = getattr(text, f"{side}_tokenizer")
        accepted = _TOKENIZERS_OF.get(language, ("nltk", "none"))
        if side == "target":
            accepted = tuple(name for name in accepted if name not in REWRITING_TOKENIZERS)
        if tokenizer in accepted:
            continue
        setting = f"preprocessing.{side}_tokenizer"
        message = _(
            "{setting} accepts {names} if data.{side}_language = {language}. "
            "Received: {tokenizer!r}."
        ).format(
            setting=settings.origins.subject(setting, f"data.{side}_language"),
            names=", ".join(accepted),
            side=side,
            language=language,
            tokenizer=tokenizer,
        )
        if language == "ko" and tokenizer in REWRITING_TOKENIZERS:
            reason = _("It changes the text, and translations could not be joined from its tokens.")
            message = f"{message} {reason}"
        raise UserError(message)
