"""The settings: a frozen dataclass for each section of `config.ini`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from malgil.common.errors import UserError
from malgil.common.locations import workspace
from malgil.settings.schema import check_ranges, choice, names, number, paths, switch

TOKENIZERS = ("mecab", "okt", "komoran", "hannanum", "kkma", "nltk", "french", "none")
KOREAN_TOKENIZERS = ("mecab", "okt", "komoran", "hannanum", "kkma")
# These run on Java, whose threads share the work of one process.
JAVA_TOKENIZERS = ("okt", "komoran", "hannanum", "kkma")
# These give back other characters than the text had, so a text cannot be put together from them.
REWRITING_TOKENIZERS = ("komoran", "hannanum", "kkma")


@dataclass(frozen=True)
class TranslatorSettings:
    """Where the trained translator is kept: `directory/name/`."""

    name: str = "ko-en"
    directory: str = "model"


@dataclass(frozen=True)
class DataSettings:
    """The languages and the files of sentence pairs."""

    source_language: str = "ko"
    target_language: str = "en"
    train: tuple[str, ...] = paths("data/composed/train.tsv", "data/handwritten/train.tsv")
    valid: tuple[str, ...] = paths("data/composed/valid.tsv", "data/handwritten/valid.tsv")
    test: tuple[str, ...] = paths("data/composed/test.tsv", "data/handwritten/test.tsv")
    columns: tuple[str, ...] = names("two names or numbers of columns, source first")
    cache: str = "data/cache"
    downloads: str = "data/downloads"


@dataclass(frozen=True)
class CleaningSettings:
    """Which pairs are left out of the training data."""

    drop_duplicates: bool = True
    drop_overlap: bool = True
    drop_control_characters: bool = True
    drop_markup: bool = True
    min_script_share: float = number(0.3, 0.0, 1.0)
    max_length_ratio: float = number(5.0, 0.0, 1000.0)
    rejected_file: str = ""


@dataclass(frozen=True)
class PreprocessingSettings:
    """How text becomes ids."""

    source_tokenizer: str = choice("mecab", *TOKENIZERS)
    target_tokenizer: str = choice("nltk", *TOKENIZERS)
    subword: str = choice("bpe", "bpe", "unigram", "none")
    vocabulary_size: int = number(4000, 32, 200_000)
    max_length: int = number(60, 2, 10_000)
    lowercase: bool = False
    placeholders: bool = True

    @property
    def runs_on_java(self) -> bool:
        """Whether a tokenizer takes all processors by itself: other processes gain nothing."""
        return bool({self.source_tokenizer, self.target_tokenizer} & set(JAVA_TOKENIZERS))


@dataclass(frozen=True)
class ModelSettings:
    """The shape of the encoder and the decoder."""

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
        """How many heads look at the source, those of all layers: 0 without attention."""
        if self.architecture == "transformer":
            return self.heads * self.decoder_layers
        if self.attention == "multi_head":
            return self.heads
        return int(self.attention != "none")

    @property
    def has_window(self) -> bool:
        """Return whether attention is local (limited to a window)."""
        return self.architecture == "rnn" and self.attention_window != "global"

    def has_effect(self, name: str) -> bool:
        """Return whether a setting of this section changes this model.

        Args:
            name: The name of a field.
        """
        fields = {field.name: field for field in dataclasses.fields(self)}
        only_for = fields[name].metadata.get("only_for")
        if only_for and only_for != self.architecture:
            return False
        if name == "heads":
            return self.architecture == "transformer" or self.attention == "multi_head"
        return self.has_window if name == "window_half_width" else True


@dataclass(frozen=True)
class TrainingSettings:
    """How the model is fitted."""

    epochs: int = number(30, 1, 100_000)
    max_minutes: float = number(5.0, 0.0, 1e6)
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


@dataclass(frozen=True)
class DecodingOptions:
    """How translations are searched for: what `[inference]` holds, from the file to the search.

    `config.ini` explains each option. A new one takes a line there, a field here, and the code that
    reads it.
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
    glossary: str = ""
    dictionary: str = ""
    split_sentences: bool = True
    batch_size: int = number(32, 1, 100_000)
    engine: str = choice("onnx", "onnx", "keras")
    shortlist: int = number(0, 0, 64)
    threads: int = number(0, 0, 1024)

    def check(self) -> None:
        """Check options that were not read from a file, and those that depend on one another.

        Raises:
            UserError: Which is out of its range, or which do not go together.
        """
        check_ranges("inference", self)
        if self.groups > self.beam_size:
            raise UserError(
                f"inference.groups accepts no more than inference.beam_size = {self.beam_size}. "
                f"Received: {self.groups}."
            )
        ways = {
            "inference.groups": self.groups > 1,
            "inference.temperature": self.temperature > 0,
            "inference.glossary": bool(self.glossary),
        }
        chosen = [name for name, is_chosen in ways.items() if is_chosen]
        if len(chosen) >= 2:
            raise UserError(
                "inference.groups, temperature and glossary are ways to search, of which one is "
                f"accepted. Received: {' and '.join(chosen)}."
            )
        if self.shortlist and self.engine != "onnx":
            raise UserError(
                "inference.shortlist goes with inference.engine = onnx. Received: "
                f"{self.shortlist}, with {self.engine}."
            )


class Schedule(NamedTuple):
    """The learning rate and its warm-up steps; see `modeling/training/optimizer.py`."""

    learning_rate: float
    warmup_steps: int


# A Transformer learns next to nothing with the steps that suit recurrent layers.
_SCHEDULES = {"rnn": Schedule(0.005, 0), "transformer": Schedule(0.001, 500)}


@dataclass(frozen=True)
class Settings:
    """Every setting, checked. One attribute for each section of `config.ini`."""

    translator: TranslatorSettings = TranslatorSettings()
    data: DataSettings = DataSettings()
    cleaning: CleaningSettings = CleaningSettings()
    preprocessing: PreprocessingSettings = PreprocessingSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    inference: DecodingOptions = DecodingOptions()

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
        """That of `[training]`; where its learning rate is 0, what suits the architecture."""
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

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Sections of plain JSON values; `from_dict` takes them back."""
        return dataclasses.asdict(self)
