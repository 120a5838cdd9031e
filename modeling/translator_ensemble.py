"""Several trained translators that translate together."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from malgil.common.errors import UserError
from malgil.modeling.inference.engine import Searchable
from malgil.modeling.inference.ensemble import Ensemble
from malgil.modeling.translation import Translation
from malgil.modeling.translator import Translator
from malgil.settings import DecodingOptions


class TranslatorEnsemble(Translator):
    """Translates with the mean of what several translators think; see `Ensemble`.

    They may differ in all but the text path: another seed, other sizes, another architecture.

    Args:
        members: Two or more, with the same settings of `[inference]`.

    Raises:
        UserError: If their text paths differ, or a shortlist is asked for.
    """

    def __init__(self, members: Sequence[Translator]) -> None:
        first, *others = members
        for other in others:
            _require_same_text(first, other)
        wanted = first.settings.inference.shortlist
        if wanted:
            raise UserError(
                "inference.shortlist accepts 0 for several translators at once. Received: "
                f"{wanted}."
            )
        name = " + ".join(member.name for member in members)
        super().__init__(name, first.pipeline, first.settings, first._stored, first._path)
        self.parameters = sum(member.parameters for member in members)
        self._members = list(members)

    @classmethod
    def load_all(
        cls, folders: Sequence[str | Path], inference: DecodingOptions | None = None
    ) -> TranslatorEnsemble:
        """Load translators that translate together.

        Args:
            folders: Theirs.
            inference: How to search; as the first was trained with where it is None.

        Raises:
            UserError: As `Translator.load`, or if they do not go together.
        """
        first = Translator.load(folders[0], inference)
        others = [Translator.load(folder, first.settings.inference) for folder in folders[1:]]
        return cls([first, *others])

    @property
    def fingerprint(self) -> str:
        """By which their weights are known."""
        digest = hashlib.sha256()
        for member in self._members:
            digest.update(member.fingerprint.encode())
        return digest.hexdigest()

    def with_inference(self, inference: DecodingOptions) -> TranslatorEnsemble:
        """The same translators with other settings of `[inference]`."""
        return TranslatorEnsemble([member.with_inference(inference) for member in self._members])

    @functools.cached_property
    def engine(self) -> Searchable:
        """What runs the inference models of all."""
        return Ensemble([member.engine for member in self._members])

    @property
    def has_window(self) -> bool:
        """Whether all look through windows; see `Translator.has_window`."""
        return all(member.has_window for member in self._members)

    def heads(self, translation: Translation) -> list[tuple[str, NDArray[np.float32]]]:
        """Where they looked: the mean; see `Translator.heads`."""
        blocks = translation.attention_blocks
        return [("attention", blocks[0])] if len(blocks) == 1 and blocks[0].size else []


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
