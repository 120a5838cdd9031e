"""Decoding options: the section `[inference]` of the settings."""

from __future__ import annotations

from dataclasses import dataclass

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.settings.origins import Layer, Origins
from malgil.settings.schema import check_ranges, choice, number, path, words


@dataclass(frozen=True)
class DecodingOptions:
    """The options of decoding, section `[inference]`.

    `config.ini` explains each option. A new option needs a line there, a field here, and the code
    that uses it.
    """

    beam_size: int = number(5, 1, 256)
    n_best: int = number(1, 1, 256)
    length_penalty: float = number(0.6, 0.0, 10.0)
    coverage_penalty: float = number(0.0, 0.0, 10.0)
    min_length_ratio: float = number(0.0, 0.0, 10.0)
    max_length: int = number(120, 1, 100_000)
    max_length_ratio: float = number(2.0, 0.1, 100.0)
    no_repeat: int = number(0, 0, 100)
    groups: int = number(1, 1, 256)
    diversity: float = number(0.5, 0.0, 100.0)
    temperature: float = number(0.0, 0.0, 100.0)
    sample_top_k: int = number(0, 0, 200_000)
    sample_top_p: float = number(1.0, 1e-6, 1.0)
    seed: int = number(1, 0, 2**31 - 1)
    glossary: str = path()
    keep: tuple[str, ...] = words()
    dictionary: str = path()
    split_sentences: bool = True
    batch_size: int = number(32, 1, 100_000)
    engine: str = choice("onnx", "onnx", "keras")
    shortlist: int = number(0, 0, 64)
    threads: int = number(0, 0, 1024)

    def check(self, origins: Origins = Origins()) -> None:  # noqa: B008 (immutable)
        """Check the range of each option, and the options that depend on one another.

        Args:
            origins: Where the options were given, for messages.

        Raises:
            UserError: For an option out of its range, or options that exclude each other.
        """
        check_ranges("inference", self)
        if self.groups > self.beam_size:
            raise UserError(
                _(
                    "{setting} accepts at most inference.beam_size = {beam_size}. "
                    "Received: {groups}."
                ).format(
                    setting=origins.subject("inference.groups", "inference.beam_size"),
                    beam_size=self.beam_size,
                    groups=self.groups,
                )
            )
        self._check_search(origins)
        self._refuse_without_effect(origins)
        if self.shortlist and self.engine != "onnx":
            raise UserError(
                _("{setting} accepts 0 if inference.engine = {engine}. Received: {size}.").format(
                    setting=origins.subject("inference.shortlist", "inference.engine"),
                    engine=self.engine,
                    size=self.shortlist,
                )
            )

    def _check_search(self, origins: Origins) -> None:
        """Check that at most one of three search methods is selected."""
        methods = {
            "inference.glossary": bool(self.glossary),
            "inference.groups": self.groups > 1,
            "inference.temperature": self.temperature > 0,
        }
        chosen = [name for name, is_chosen in methods.items() if is_chosen]
        chosen.sort(key=lambda name: -origins.of(name).layer)
        if len(chosen) > 1:
            raise UserError(
                _(
                    "{setting} cannot be combined with {other}: each uses another search method. "
                    "Remove one of them."
                ).format(setting=origins.subject(chosen[0]), other=chosen[1])
            )

    def _refuse_without_effect(self, origins: Origins) -> None:
        """Refuse options without effect that a recipe or the command line gives.

        They are accepted in `config.ini` and its copies, which hold every option, and if what makes
        them ineffective was given later.
        """
        needed = {
            "sample_top_k": ("temperature", self.temperature > 0),
            "sample_top_p": ("temperature", self.temperature > 0),
            "diversity": ("groups", self.groups > 1),
        }
        for key, (other, is_used) in needed.items():
            name, other_name = f"inference.{key}", f"inference.{other}"
            is_default = getattr(self, key) == getattr(DecodingOptions, key)
            is_given = origins.of(name).layer >= Layer.RECIPE
            is_later = origins.of(other_name).layer >= Layer.RECIPE and (
                origins.position(other_name) >= origins.position(name)
            )
            if is_given and not (is_used or is_default or is_later):
                raise UserError(
                    _(
                        "{setting} has no effect if {other} = {value}. Remove it, or increase "
                        "{other}."
                    ).format(
                        setting=origins.subject(name), other=other_name, value=getattr(self, other)
                    )
                )
