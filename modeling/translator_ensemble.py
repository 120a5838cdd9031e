"""Several trained translators as one: an ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from malgil.common.errors import UserError
from malgil.modeling.trained_model import ModelEnsemble, TrainedModel
from malgil.modeling.translator import Translator
from malgil.settings import DecodingOptions


def load_ensemble(
    folders: Sequence[str | Path], inference: DecodingOptions | None = None
) -> Translator:
    """Load translators as one.

    Args:
        folders: The folders of two or more translators.
        inference: How to search; None for the settings that were saved with the first.

    Raises:
        UserError: As `Translator.load`, or as `combine`.
    """
    first = Translator.load(folders[0], inference)
    others = [Translator.load(folder, first.settings.inference) for folder in folders[1:]]
    return combine([first, *others])


def combine(translators: Sequence[Translator]) -> Translator:
    """Return a translator whose model is the ensemble of the models of several.

    Args:
        translators: Two or more; the settings of `[inference]` are those of the first.

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
    names = f"{first.name} and {other.name} cannot translate together: their"
    advice = "Train both on the same corpus with the same [preprocessing]."
    for side in ("source", "target"):
        field = f"{side}_language"
        languages = getattr(first.settings.data, field), getattr(other.settings.data, field)
        if languages[0] != languages[1]:
            raise UserError(f"{names} {side} languages differ ({', '.join(languages)}).")
    if first.settings.preprocessing != other.settings.preprocessing:
        raise UserError(f"{names} settings of [preprocessing] differ. {advice}")
    if first.pipeline.to_state() != other.pipeline.to_state():
        raise UserError(f"{names} vocabularies differ. {advice}")
