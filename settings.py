"""config.ini, a recipe over it and `--set` on top → frozen dataclasses, each value checked once."""

from __future__ import annotations

import configparser
import dataclasses
import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from errors import UserError, require

PROJECT = Path(__file__).resolve().parent
CONFIG = PROJECT / "config.ini"

TOKENIZERS = ("mecab", "okt", "komoran", "hannanum", "kkma", "nltk", "none")
KOREAN_TOKENIZERS = ("mecab", "okt", "komoran", "hannanum", "kkma")
# These give back other characters than the text had, so a text cannot be put together from them.
REWRITING_TOKENIZERS = ("komoran", "hannanum", "kkma")


def _choice(default: str, *choices: str) -> Any:
    return field(default=default, metadata={"choices": choices})


def _number(default: float, low: float, high: float) -> Any:
    return field(default=default, metadata={"low": low, "high": high})


def _paths(*default: str) -> Any:
    return field(default=default, metadata={"paths": True})


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
    train: tuple[str, ...] = _paths("data/composed/train.tsv", "data/handwritten/train.tsv")
    valid: tuple[str, ...] = _paths("data/composed/valid.tsv", "data/handwritten/valid.tsv")
    test: tuple[str, ...] = _paths("data/composed/test.tsv", "data/handwritten/test.tsv")


@dataclass(frozen=True)
class PreprocessingSettings:
    """How text becomes ids."""

    source_tokenizer: str = _choice("mecab", *TOKENIZERS)
    target_tokenizer: str = _choice("nltk", *TOKENIZERS)
    subword: str = _choice("bpe", "bpe", "unigram", "none")
    vocabulary_size: int = _number(4000, 32, 200_000)
    max_length: int = _number(60, 2, 10_000)
    lowercase: bool = False


@dataclass(frozen=True)
class ModelSettings:
    """The shape of the encoder and the decoder."""

    architecture: str = _choice("rnn", "rnn")
    cell: str = _choice("lstm", "lstm")
    bidirectional: bool = True
    embedding_size: int = _number(128, 1, 8192)
    units: int = _number(256, 2, 8192)
    encoder_layers: int = _number(1, 1, 16)
    decoder_layers: int = _number(1, 1, 16)
    attention: str = _choice("luong_general", "luong_general", "luong_dot")
    dropout: float = _number(0.1, 0.0, 0.95)


@dataclass(frozen=True)
class TrainingSettings:
    """How the model is fitted."""

    epochs: int = _number(30, 1, 100_000)
    max_minutes: float = _number(5.0, 0.0, 1e6)
    batch_tokens: int = _number(768, 8, 1_000_000)
    learning_rate: float = _number(0.005, 1e-8, 10.0)
    learning_rate_decay: float = _number(0.5, 0.01, 1.0)
    min_improvement: float = _number(0.03, 0.0, 100.0)
    clip_norm: float = _number(5.0, 1e-6, 1e6)
    label_smoothing: float = _number(0.1, 0.0, 0.9)
    patience: int = _number(4, 1, 100_000)
    precision: str = _choice("float32", "float32", "mixed_bfloat16", "mixed_float16")
    threads: int = _number(0, 0, 1024)
    devices: int = _number(1, 1, 64)
    checkpoint_minutes: float = _number(5.0, 0.0, 1e6)
    seed: int = _number(1, 0, 2**31 - 1)


@dataclass(frozen=True)
class InferenceSettings:
    """How a translation is searched for."""

    beam_size: int = _number(5, 1, 256)
    length_penalty: float = _number(0.6, 0.0, 10.0)
    max_length: int = _number(120, 1, 100_000)
    max_length_ratio: float = _number(2.0, 0.1, 100.0)
    batch_size: int = _number(32, 1, 100_000)
    engine: str = _choice("keras", "keras")


@dataclass(frozen=True)
class Settings:
    """Every setting, checked. One attribute for each section of `config.ini`."""

    translator: TranslatorSettings = TranslatorSettings()
    data: DataSettings = DataSettings()
    preprocessing: PreprocessingSettings = PreprocessingSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    inference: InferenceSettings = InferenceSettings()

    @property
    def folder(self) -> Path:
        """The folder of the trained translator."""
        return PROJECT / self.translator.directory / self.translator.name

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
        for section, values in _read(path).items():
            sections.setdefault(section, {}).update(values)
    for override in overrides:
        name, separator, value = override.partition("=")
        section, dot, key = name.strip().partition(".")
        require(separator and dot, f"--set accepts section.key=value. Received: {override!r}.")
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
        require(section in known, _unknown("section", section, known, "config.ini"))
        require(isinstance(values, Mapping), f"section [{section}] is not a table of settings.")
        built[section] = _section(section, known[section], values)
    settings = Settings(**built)
    _check_together(settings)
    return settings


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
        require(names, f"data.{key} names no file. Name one or more, separated by commas.")
        for name in names:
            state = "a folder" if os.path.isdir(find(name)) else "not there"
            require(
                os.path.isfile(find(name)),
                f"data.{key} names {name!r}, which is {state}. Name a file of sentence pairs.",
            )


def _read(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        with open(path, encoding="utf-8-sig") as file:
            parser.read_file(file, source=str(path))
    except OSError as error:
        raise UserError(f"cannot read the settings {str(path)!r}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{str(path)!r} is not UTF-8 text. Save it as UTF-8.") from error
    except configparser.Error as error:
        raise UserError(f"{error.message}. Write [section] and key = value, each once.") from error
    return {section: dict(parser[section]) for section in parser.sections()}


def _section(section: str, kind: type, values: Mapping[str, Any]) -> Any:
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for key in values:
        require(key in fields, _unknown("setting", key, fields, f"[{section}]"))
    checked = {key: _value(f"{section}.{key}", fields[key], values[key]) for key in values}
    return kind(**checked)


def _unknown(what: str, name: str, known: Iterable[str], where: str) -> str:
    near = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"it accepts {', '.join(known)}."
    return f"{where} has no {what} {name!r}: {hint}"


def _value(name: str, field_: dataclasses.Field[Any], value: Any) -> Any:
    """One checked value of the type of its field's default."""
    default, rules = field_.default, field_.metadata
    if "paths" in rules:
        names = value.replace("\n", ",").split(",") if isinstance(value, str) else value
        is_list = isinstance(names, (list, tuple)) and all(isinstance(part, str) for part in names)
        require(is_list, f"{name} accepts names of files, with commas. Received: {value!r}.")
        return tuple(part.strip() for part in names if part.strip())
    if isinstance(default, bool):
        states = configparser.ConfigParser.BOOLEAN_STATES
        require(str(value).lower() in states, f"{name} accepts yes or no. Received: {value!r}.")
        return states[str(value).lower()]
    if isinstance(default, (int, float)):
        return _checked_number(name, value, type(default), rules["low"], rules["high"])
    text = str(value)
    if "choices" in rules:
        choices = rules["choices"]
        near = difflib.get_close_matches(text.lower(), choices, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        require(text in choices, f"{name} accepts {', '.join(choices)}. Received: {text!r}.{hint}")
    require(text, f"{name} is empty. Give it a value, such as {default!r}.")
    return text


def _checked_number(name: str, value: Any, kind: type, low: float, high: float) -> Any:
    what = "a whole number" if kind is int else "a number"
    message = f"{name} accepts {what} from {low:g} to {high:.10g}. Received: {str(value)!r}."
    try:
        number = kind(str(value).replace("_", ""))
    except ValueError:
        raise UserError(message) from None
    require(low <= number <= high, message)
    return number


def _check_together(settings: Settings) -> None:
    """The checks that look at more than one setting."""
    name = settings.translator.name
    is_plain = name not in (".", "..") and name.isprintable() and not set(name) & set('/\\:*?"<>|')
    require(is_plain, f"translator.name accepts a plain name for a folder. Received: {name!r}.")
    model, text, data = settings.model, settings.preprocessing, settings.data
    require(
        not model.bidirectional or model.units % 2 == 0,
        f"model.units accepts an even number when model.bidirectional is yes, as each direction "
        f"takes half of them. Received: {model.units}.",
    )
    for side, language in (("source", data.source_language), ("target", data.target_language)):
        tokenizer = getattr(text, f"{side}_tokenizer")
        require(
            tokenizer not in KOREAN_TOKENIZERS or language == "ko",
            f"preprocessing.{side}_tokenizer accepts nltk or none for the language {language!r}. "
            f"Received: {tokenizer!r}, which splits Korean.",
        )
        require(
            tokenizer != "nltk" or language != "ko",
            f"preprocessing.{side}_tokenizer accepts {', '.join(KOREAN_TOKENIZERS)} or none for "
            "Korean. Received: 'nltk'.",
        )
    require(
        text.target_tokenizer not in REWRITING_TOKENIZERS,
        f"preprocessing.target_tokenizer accepts mecab, okt or none for Korean. Received: "
        f"{text.target_tokenizer!r}, which rewrites the text, so that no sentence can be put "
        "together from its pieces.",
    )
