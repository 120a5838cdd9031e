"""config.ini, a recipe over it and `--set` on top → frozen dataclasses, each value checked once."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from malgil.common.errors import UserError
from malgil.settings import schema
from malgil.settings.schema import choice, names, number, paths

PROJECT = Path(__file__).resolve().parent.parent
CHECKPOINT = "checkpoint.h5"  # in the folder of a translator
CONFIG = PROJECT / "config.ini"

TOKENIZERS = ("mecab", "okt", "komoran", "hannanum", "kkma", "nltk", "french", "none")
KOREAN_TOKENIZERS = ("mecab", "okt", "komoran", "hannanum", "kkma")
_TOKENIZERS_OF = {"ko": (*KOREAN_TOKENIZERS, "none"), "fr": ("french", "nltk", "none")}
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
    cell: str = choice("lstm", "lstm", "gru")
    bidirectional: bool = True
    embedding_size: int = number(128, 1, 8192)
    residual: bool = False
    layer_normalization: bool = False
    attention: str = choice(
        "luong_general",
        "none",
        "luong_dot",
        "luong_general",
        "luong_concat",
        "scaled_dot",
        "bahdanau",
        "multi_head",
    )
    attention_window: str = choice("global", "global", "monotonic", "predictive")
    window_half_width: int = number(10, 1, 10_000)
    input_feeding: bool = False
    heads: int = number(4, 1, 256)
    feed_forward_units: int = number(1024, 1, 65_536)
    normalization: str = choice("pre", "pre", "post")
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
        """Whether they look through the window of a local attention."""
        return self.architecture == "rnn" and self.attention_window != "global"


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
class InferenceSettings:
    """How a translation is searched for."""

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


class Schedule(NamedTuple):
    """The learning rate, and over how many steps it rises to that; see `modeling/optimizer.py`."""

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
    inference: InferenceSettings = InferenceSettings()

    @property
    def folder(self) -> Path:
        """The folder of the trained translator."""
        return PROJECT / self.translator.directory / self.translator.name

    @property
    def downloads(self) -> Path:
        """The folder of the downloaded corpora."""
        return PROJECT / self.data.downloads

    @property
    def schedule(self) -> Schedule:
        """That of `[training]`; where its learning rate is 0, what suits the architecture."""
        rate, steps = self.training.learning_rate, self.training.warmup_steps
        suited = _SCHEDULES[self.model.architecture]
        if rate:
            return Schedule(rate, steps)
        return Schedule(suited.learning_rate, steps or suited.warmup_steps)

    def with_inference(self, inference: InferenceSettings) -> Settings:
        """The same settings with another `[inference]`."""
        return dataclasses.replace(self, inference=inference)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Sections of plain JSON values; `from_dict` takes them back."""
        return dataclasses.asdict(self)


def load(
    recipe: str | os.PathLike[str] | None = None,
    overrides: Iterable[str] = (),
    config: Path = CONFIG,
) -> Settings:
    """Read `config.ini`, a recipe over it, and `section.key=value` overrides over both.

    Args:
        recipe: A file that holds only what differs from `config.ini`, or None.
        overrides: Strings `section.key=value`, as given to `--set`.
        config: The base file.

    Returns:
        The checked settings.

    Raises:
        UserError: For an unknown section or key, a value of the wrong type or out of range, or a
            file that is missing or cannot be read. The message names what is accepted.
    """
    sections: dict[str, dict[str, str]] = {}
    for path in [config] if recipe is None else [config, Path(recipe)]:
        for section, values in schema.read(path).items():
            sections.setdefault(section, {}).update(values)
    for override in overrides:
        name, separator, value = override.partition("=")
        section, dot, key = name.strip().partition(".")
        if not separator or not dot:
            raise UserError(f"--set accepts section.key=value. Received: {override!r}.")
        sections.setdefault(section, {})[key] = value.strip()
    return from_dict(sections)


def from_dict(sections: Mapping[str, Mapping[str, Any]]) -> Settings:
    """Build settings from sections of strings, as in `config.ini`, or of `to_dict`'s values.

    Raises:
        UserError: As `load`.
    """
    known = {f.name: type(f.default) for f in dataclasses.fields(Settings)}
    built = {}
    for section, values in sections.items():
        if section not in known:
            raise UserError(schema.unknown("section", section, known, "config.ini"))
        if not isinstance(values, Mapping):
            raise UserError(f"section [{section}] is not a table of settings.")
        built[section] = schema.section(section, known[section], values)
    settings = Settings(**built)
    _check_together(settings)
    return settings


# What a setting amounted to before there was such a setting, where that is not its default.
_BEFORE = {("preprocessing", "placeholders"): False}


def value_before(section: str, key: str) -> Any:
    """What holds for a translator that is older than a setting."""
    default = getattr(getattr(Settings(), section), key)
    return _BEFORE.get((section, key), default)


def from_stored(sections: Mapping[str, Mapping[str, Any]]) -> Settings:
    """The settings that a translator was trained with, settings younger than it included.

    Raises:
        UserError: As `load`.
    """
    filled = {section: dict(values) for section, values in sections.items()}
    for (section, key), value in _BEFORE.items():
        filled.setdefault(section, {}).setdefault(key, value)
    return from_dict(filled)


def find(path: str) -> Path:
    """A data file's place: as named from the current folder, else from the project's folder."""
    return Path(path) if os.path.exists(path) else PROJECT / path


def require_files(settings: Settings, *keys: str) -> None:
    """Check that the files of `[data]` under `keys` are there.

    Raises:
        UserError: For a setting that names no file, or a file that is missing or a folder.
    """
    for key in keys:
        names = getattr(settings.data, key)
        if not names:
            raise UserError(f"data.{key} names no file. Name one or more, separated by commas.")
        for name in names:
            state = "a folder" if os.path.isdir(find(name)) else "not there"
            if not os.path.isfile(find(name)):
                raise UserError(
                    f"data.{key} names {name!r}, which is {state}. Name a file of sentence pairs."
                )


def _check_together(settings: Settings) -> None:
    """The checks that look at more than one setting."""
    name = settings.translator.name
    is_plain = name not in (".", "..") and name.isprintable() and not set(name) & set('/\\:*?"<>|')
    if not is_plain:
        raise UserError(f"translator.name accepts a plain name for a folder. Received: {name!r}.")
    _check_columns(settings.data.columns)
    _check_model(settings.model)
    _check_inference(settings.inference)
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


def _check_inference(inference: InferenceSettings) -> None:
    if inference.groups > inference.beam_size:
        raise UserError(
            f"inference.groups accepts no more than inference.beam_size = {inference.beam_size}. "
            f"Received: {inference.groups}."
        )
    ways = {
        "inference.groups": inference.groups > 1,
        "inference.temperature": inference.temperature > 0,
        "inference.glossary": bool(inference.glossary),
    }
    chosen = [name for name, is_chosen in ways.items() if is_chosen]
    if len(chosen) >= 2:
        raise UserError(
            "inference.groups, temperature and glossary are ways to search, of which one is "
            "accepted. "
            f"Received: {' and '.join(chosen)}."
        )
    if inference.shortlist and inference.engine != "onnx":
        raise UserError(
            "inference.shortlist goes with inference.engine = onnx. Received: "
            f"{inference.shortlist}, with {inference.engine}."
        )
