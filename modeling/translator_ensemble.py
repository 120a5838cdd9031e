"""Several trained translators that translate together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from malgil.common.errors import UserError
from malgil.modeling.trained_model import ModelEnsemble
from malgil.modeling.translator import Translator
from malgil.settings import DecodingOptions


def load_ensemble(
    folders: Sequence[str | Path], inference: DecodingOptions | None = None
) -> Translator:
    """Load translators that translate together.

    Args:
        folders: Theirs, two or more.
        inference: How to search; as the first was trained with where it is None.

    Raises:
        UserError: As `Translator.load`, or as `combine`.
    """
    first = Translator.load(folders[0], inference)
    others = [Translator.load(folder, first.settings.inference) for folder in folders[1:]]
    return combine([first, *others])


def combine(translators: Sequence[Translator]) -> Translator:
    """Return a translator whose model is that of several together.

    Args:
        translators: Two or more; the settings of `[inference]` are those of the first.

    Raises:
        UserError: If their text paths differ, or a shortlist is asked for.
    """
    first, *others = translators
    for other in others:
        _require_same_text(first, other)
    models = []
    for translator in translators:
        members = translator.model
        models += members.members if isinstance(members, ModelEnsemble) else [members]
    name = " + ".join(translator.name for translator in translators)
    return Translator(name, first.pipeline, first.settings, ModelEnsemble(models))


def _require_same_text(first: Translator, other: Translator) -> None:
    names = f"{first.name} and {other.name} cannot translate together: their"
    advice = "Train both on the same corpus with the same [preprocessing]."
    for side in ("source", "target"):
        mine, theirs = (getattr(each.settings.data, f"{side}_language") for each in (first, other))
        if mine != theirs:
            raise UserError(f"{names} {side} languages differ ({mine}, {theirs}).")
    if first.settings.preprocessing != other.settings.preprocessing:
        raise UserError(f"{names} settings of [preprocessing] differ. {advice}")
    if first.pipeline.to_state() != other.pipeline.to_state():
        raise UserError(f"{names} vocabularies differ. {advice}")
