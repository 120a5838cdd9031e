"""Ensembles: several trained translators that are used as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.modeling.trained_model import ModelEnsemble, TrainedModel
from malgil.modeling.translator import Translator
from malgil.settings import DecodingOptions


def load_ensemble(
    folders: Sequence[str | Path], inference: DecodingOptions | None = None
) -> Translator:
    """Load translators as an ensemble.

    Args:
        folders: The folders of two or more translators.
        inference: The `[inference]` settings; None for those saved with the first translator.

    Raises:
        UserError: As `Translator.load` or `combine`.
    """
    first = Translator.load(folders[0], inference)
    others = [Translator.load(folder, first.settings.inference) for folder in folders[1:]]
    return combine([first, *others])


def combine(translators: Sequence[Translator]) -> Translator:
    """Combine translators into one whose model is the ensemble of their models.

    Args:
        translators: Two or more. The ensemble uses the `[inference]` settings of the first.

    Raises:
        UserError: If their languages or text pipelines differ, or `inference.shortlist` is set.
    """
    first, *others = translators
    for other in others:
        _require_same_text(first, other)
    members: list[TrainedModel] = []
    for translator in translators:
        model = translator.model
        members += model.members if isinstance(model, ModelEnsemble) else [model]
    name = " + ".join(translator.name for translator in translators)
    return Translator(name, first.pipeline, first.settings, ModelEnsemble(members))


def _require_same_text(first: Translator, other: Translator) -> None:
    names = {"first": first.name, "other": other.name}
    data, other_data = first.settings.data, other.settings.data
    # A whole sentence for each side: another language may inflect the noun.
    messages = {
        "source_language": _(
            "{first} and {other} cannot form an ensemble: their source languages differ "
            "({language}, {other_language}). Name translators of the same languages."
        ),
        "target_language": _(
            "{first} and {other} cannot form an ensemble: their target languages differ "
            "({language}, {other_language}). Name translators of the same languages."
        ),
    }
    for key, message in messages.items():
        language, other_language = getattr(data, key), getattr(other_data, key)
        if language != other_language:
            codes = {"language": language, "other_language": other_language}
            raise UserError(message.format(**names, **codes))
    if first.settings.preprocessing != other.settings.preprocessing:
        message = _(
            "{first} and {other} cannot form an ensemble: their [preprocessing] settings differ. "
            "Train both on the same corpus with the same [preprocessing] settings."
        )
        raise UserError(message.format(**names))
    if first.pipeline.to_state() != other.pipeline.to_state():
        message = _(
            "{first} and {other} cannot form an ensemble: their vocabularies differ. "
            "Train both on the same corpus with the same [preprocessing] settings."
        )
        raise UserError(message.format(**names))
