"""Settings: a frozen dataclass for each section of `config.ini`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from malgil.common.locations import workspace
from malgil.settings.decoding import DecodingOptions
from malgil.settings.origins import Origins
from malgil.settings.schema import choice, columns, number, path, paths, switch, without_paths

TOKENIZERS = ("mecab", "okt", "komoran", "hannanum", "kkma", "nltk", "french", "none")
KOREAN_TOKENIZERS = ("mecab", "okt", "komoran", "hannanum", "kkma")
# These run on Java, which uses several threads in one process.
JAVA_TOKENIZERS = ("okt", "komoran", "hannanum", "kkma")
# These change the characters of a text, so that it cannot be joined from their tokens.
REWRITING_TOKENIZERS = ("komoran", "hannanum", "kkma")
QUANTIZATIONS = ("none", "float16", "int8")


@dataclass(frozen=True)
class TranslatorSettings:
    """The folder of the trained translator, `directory/name/`, and how its weights are stored."""

    name: str = "ko-en"
    directory: str = path("model")
    quantization: str = choice("none", *QUANTIZATIONS)


@dataclass(frozen=True)
class DataSettings:
    """The languages, and the files of sentence pairs."""

    source_language: str = "ko"
    target_language: str = "en"
    train: tuple[str, ...] = paths("data/composed/train.tsv", "data/handwritten/train.tsv")
    valid: tuple[str, ...] = paths("data/composed/valid.tsv", "data/handwritten/valid.tsv")
    test: tuple[str, ...] = paths("data/composed/test.tsv", "data/handwritten/test.tsv")
    columns: tuple[str, ...] = columns()
    cache: str = path("data/cache")
    downloads: str = path("data/downloads")
    download_min_speed: int = number(1000, 1, 1_000_000_000)


@dataclass(frozen=True)
class CleaningSettings:
    """The kinds of pairs that are removed from the training data."""

    drop_duplicates: bool = True
    drop_overlap: bool = True
    drop_control_characters: bool = True
    drop_markup: bool = True
    drop_without_letters: bool = True
    min_script_share: float = number(0.3, 0.0, 1.0)
    max_length_ratio: float = number(5.0, 0.0, 1000.0)
    rejected_file: str = path()


@dataclass(frozen=True)
class PreprocessingSettings:
    """The conversion of text to ids."""

    source_tokenizer: str = choice("mecab", *TOKENIZERS)
    target_tokenizer: str = choice("nltk", *TOKENIZERS)
    subword: str = choice("bpe", "bpe", "unigram", "none")
    vocabulary_size: int = number(4000, 32, 200_000)
    max_length: int = number(60, 2, 10_000)
    lowercase: bool = False
    placeholders: bool = True
    ignore_spaces: bool = True
    source_noise: float = number(0.1, 0.0, 1.0)

    @property
    def ignores_source_spaces(self) -> bool:
        """Whether the source tokens do not depend on the spaces of the text."""
        return self.ignore_spaces and self.source_tokenizer == "mecab"

    @property
    def is_random(self) -> bool:
        """Whether the random seed changes training pairs."""
        return self.placeholders or self.source_noise > 0

    @property
    def runs_on_java(self) -> bool:
        """Whether a tokenizer uses all processors itself, so that more processes are no faster."""
        return bool({self.source_tokenizer, self.target_tokenizer} & set(JAVA_TOKENIZERS))


@dataclass(frozen=True)
class ModelSettings:
    """The architecture and the sizes of the encoder and the decoder."""

    architecture: str = choice("rnn", "rnn", "transformer")
    units: int = number(256, 2, 8192)
    encoder_layers: int = number(1, 1, 16)
    decoder_layers: int = number(1, 1, 16)
    cell: str = choice("lstm", "lstm", "gru", only_for="rnn")
    bidirectional: bool = switch(True, only_for="rnn")
    embedding_size: int = number(128, 1, 8192, only_for="rnn")
    residual: bool = switch(False, only_for="rnn")
    layer_normalization: bool = switch(False, only_for="rnn")
    attention: str = choice(
        "luong_general",
        "none",
        "luong_dot",
        "luong_general",
        "luong_concat",
        "scaled_dot",
        "bahdanau",
        "multi_head",
        only_for="rnn",
    )
    attention_window: str = choice("global", "global", "monotonic", "predictive", only_for="rnn")
    window_half_width: int = number(10, 1, 10_000, only_for="rnn")
    input_feeding: bool = switch(False, only_for="rnn")
    heads: int = number(4, 1, 256)
    feed_forward_units: int = number(1024, 1, 65_536, only_for="transformer")
    normalization: str = choice("pre", "pre", "post", only_for="transformer")
    dropout: float = number(0.1, 0.0, 0.95)

    @property
    def source_heads(self) -> int:
        """The number of heads that attend to the source, over all layers; 0 without attention."""
        if self.architecture == "transformer":
            return self.heads * self.decoder_layers
        if self.attention == "multi_head":
            return self.heads
        return int(self.attention != "none")

    @property
    def has_window(self) -> bool:
        """Return whether attention is local (limited to a window)."""
        has_attention = self.architecture == "rnn" and self.attention != "none"
        return has_attention and self.attention_window != "global"

    def has_effect(self, name: str) -> bool:
        """Return whether a setting of this section changes this model.

        Args:
            name: The name of a field.
        """
        return not self.overruled_by(name)

    def overruled_by(self, name: str) -> tuple[str, ...]:
        """Return the settings whose values leave another one without effect.

        Args:
            name: The name of a field.

        Returns:
            The names of fields; empty if the setting has an effect.
        """
        fields = {each.name: each for each in dataclasses.fields(self)}
        only_for = fields[name].metadata.get("only_for")
        if only_for and only_for != self.architecture:
            return ("architecture",)
        is_recurrent = self.architecture == "rnn"
        if name == "heads" and is_recurrent and self.attention != "multi_head":
            return ("attention",)
        if name == "attention_window" and self.attention == "none":
            return ("attention",)
        if name == "window_half_width" and not self.has_window:
            return ("attention",) if self.attention == "none" else ("attention_window",)
        # Bahdanau's decoder feeds the context into the step in any case.
        if name == "input_feeding" and self.attention in ("none", "bahdanau"):
            return ("attention",)
        # Residual connections begin at the second layer.
        if name == "residual" and max(self.encoder_layers, self.decoder_layers) == 1:
            return ("encoder_layers", "decoder_layers")
        return ()

    def overruling_condition(self, name: str) -> str:
        """Return the settings that leave another one without effect, with their values.

        Args:
            name: The name of a field without effect.

        Returns:
            For example `model.architecture = transformer`.
        """
        names = self.overruled_by(name)  # which all have the same value
        return " = ".join([*(f"model.{each}" for each in names), str(getattr(self, names[0]))])


@dataclass(frozen=True)
class TrainingSettings:
    """The training of the model."""

    epochs: int = number(12, 1, 100_000)
    max_minutes: float = number(0.0, 0.0, 1e6)
    batch_tokens: int = number(768, 8, 1_000_000)
    learning_rate: float = number(0.0, 0.0, 10.0)
    warmup_steps: int = number(0, 0, 1_000_000)
    learning_rate_decay: float = number(0.5, 0.01, 1.0)
    min_improvement: float = number(0.03, 0.0, 100.0)
    clip_norm: float = number(5.0, 1e-6, 1e6)
    label_smoothing: float = number(0.1, 0.0, 0.9)
    patience: int = number(4, 1, 100_000)
    precision: str = choice("float32", "float32", "mixed_bfloat16", "mixed_float16")
    threads: int = number(0, 0, 1024)
    devices: int = number(1, 1, 64)
    checkpoint_minutes: float = number(5.0, 0.0, 1e6)
    seed: int = number(1, 0, 2**31 - 1)


class Schedule(NamedTuple):
    """The learning rate and the number of warm-up steps; see `modeling/training/optimizer.py`."""

    learning_rate: float
    warmup_steps: int


# A Transformer hardly learns with the learning rate that suits recurrent layers.
_SCHEDULES = {"rnn": Schedule(0.005, 0), "transformer": Schedule(0.001, 500)}


@dataclass(frozen=True)
class Settings:
    """All settings, checked.

    Attributes:
        translator, data, cleaning, preprocessing, model, training, inference: The sections.
        origins: The place that gave each value; two settings are equal if their values are.
    """

    translator: TranslatorSettings = TranslatorSettings()
    data: DataSettings = DataSettings()
    cleaning: CleaningSettings = CleaningSettings()
    preprocessing: PreprocessingSettings = PreprocessingSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    inference: DecodingOptions = DecodingOptions()  # noqa: RUF009 (immutable)
    origins: Origins = field(default=Origins(), compare=False, repr=False)

    @classmethod
    def sections(cls) -> dict[str, Any]:
        """Return the dataclass of each section, by the section's name."""
        return {each.name: type(each.default) for each in dataclasses.fields(cls) if each.compare}

    def origin(self, name: str) -> str:
        """Return the place that gave a setting its value.

        Args:
            name: `section.key`.

        Returns:
            The path of a file, an option such as `--set`, or "" for a default.
        """
        return self.origins.of(name).label

    @property
    def folder(self) -> Path:
        """The folder of the trained translator."""
        return workspace() / self.translator.directory / self.translator.name

    @property
    def downloads(self) -> Path:
        """The folder of the downloaded corpora."""
        return workspace() / self.data.downloads

    @property
    def cache(self) -> Path:
        """The folder of the cached corpora."""
        return workspace() / self.data.cache

    @property
    def schedule(self) -> Schedule:
        """The schedule of `[training]`; if its learning rate is 0, one for the architecture."""
        rate, steps = self.training.learning_rate, self.training.warmup_steps
        suited = _SCHEDULES[self.model.architecture]
        if rate:
            return Schedule(rate, steps)
        return Schedule(suited.learning_rate, steps or suited.warmup_steps)

    def with_inference(self, inference: DecodingOptions) -> Settings:
        """Return the same settings with another `[inference]`.

        Raises:
            UserError: As `DecodingOptions.check`.
        """
        inference.check()
        return dataclasses.replace(self, inference=inference)

    def without_paths(self) -> Settings:
        """Return the same settings with the defaults of all settings that name files or folders."""
        changed = {name: without_paths(getattr(self, name)) for name in self.sections()}
        return dataclasses.replace(self, **changed)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return the sections as plain JSON values; `from_dict` reads them back."""
        return {name: dataclasses.asdict(getattr(self, name)) for name in self.sections()}
