"""The translation of messages: a catalog for Korean, no catalog, and a broken one."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from malgil.common import localization
from malgil.common.errors import ExitCode
from malgil.common.localization import _, ngettext
from malgil.common.locations import ROOT
from tests.common.catalog import write_catalog

CANNOT_READ = "cannot read {path!r}: {reason}. {advice}"
ADVICE = "Name a file that exists."
PAIRS = ("{count:,} pair", "{count:,} pairs")
LANGUAGES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
# Runs the command line with the catalogs of another folder.
PROGRAM = """
import pathlib, sys
from malgil.common import localization
localization._FOLDER = pathlib.Path(sys.argv.pop(1))
from malgil.cli.main import main
sys.exit(main())
"""


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Return a function that sets the environment and looks for catalogs in `tmp_path`."""

    def set_environment(**variables: str) -> None:
        for name in LANGUAGES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(localization, "_FOLDER", tmp_path)
        localization._catalog.cache_clear()

    yield set_environment
    localization._catalog.cache_clear()


def run_program(locale: Path, language: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with the catalogs in `locale`."""
    environment = {name: value for name, value in os.environ.items() if name not in LANGUAGES}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(locale), *arguments],
        env={**environment, "LANG": language, "PYTHONUTF8": "1", "COLUMNS": "500"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def templates_of(folder: Path) -> Iterator[str]:
    """Yield the constants that the modules of a package pass to `_`."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                [template] = node.args
                assert isinstance(template, ast.Constant)
                yield template.value


@pytest.mark.parametrize("variable", LANGUAGES)
def test_environment_selects_the_language(
    variable: str, use: Callable[..., None], tmp_path: Path
) -> None:
    write_catalog(tmp_path, {ADVICE: "있는 파일을 지정하세요."})
    use(**{variable: "ko_KR.UTF-8"})
    assert _(ADVICE) == "있는 파일을 지정하세요."


def test_fields_may_change_their_order(use: Callable[..., None], tmp_path: Path) -> None:
    korean = "{reason}: {path!r} 파일을 읽을 수 없습니다. {advice}"
    write_catalog(tmp_path, {CANNOT_READ: korean})
    use(LANG="ko_KR.UTF-8")
    message = _(CANNOT_READ).format(path="a", reason="없음", advice="끝.")
    assert message == "없음: 'a' 파일을 읽을 수 없습니다. 끝."


def test_korean_has_one_plural_form(use: Callable[..., None], tmp_path: Path) -> None:
    write_catalog(tmp_path, {PAIRS: ("문장 쌍 {count:,}개",)})
    use(LANG="ko_KR.UTF-8")
    for count, expected in ((1, "문장 쌍 1개"), (2000, "문장 쌍 2,000개")):
        assert ngettext(*PAIRS, count).format(count=count) == expected


def test_plural_forms_of_another_language(use: Callable[..., None], tmp_path: Path) -> None:
    forms = ("{count} paire", "{count} paires")
    write_catalog(tmp_path, {PAIRS: forms}, "fr", "nplurals=2; plural=n > 1;")
    use(LANG="fr_FR.UTF-8")
    found = [ngettext(*PAIRS, count).format(count=count) for count in (0, 1, 2)]
    assert found == ["0 paire", "1 paire", "2 paires"]


@pytest.mark.parametrize("language", ["ko_KR.UTF-8", "C", "de_DE", "", "no-such-language"])
def test_without_a_catalog_texts_are_english(language: str, use: Callable[..., None]) -> None:
    use(LANG=language)
    assert _(ADVICE) == ADVICE
    assert [ngettext(*PAIRS, count).format(count=count) for count in (1, 2)] == [
        "1 pair",
        "2 pairs",
    ]


def test_untranslated_texts_are_english(use: Callable[..., None], tmp_path: Path) -> None:
    write_catalog(tmp_path, {"a text of another program": "다른 글"})
    use(LANG="ko_KR.UTF-8")
    assert _(ADVICE) == ADVICE
    assert ngettext(*PAIRS, 2) == PAIRS[1]


@pytest.mark.parametrize("damage", ["empty", "text", "truncated", "encoding", "plural"])
def test_broken_catalog_is_reported_and_not_used(
    damage: str, use: Callable[..., None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_catalog(tmp_path, {ADVICE: "있는 파일을 지정하세요."})
    content = path.read_bytes()
    damaged = {
        "empty": b"",
        "text": b"not a catalog",
        "truncated": content[:60],
        "encoding": content.replace(b"UTF-8", b"UTF-0"),
        "plural": content.replace(b"plural=0;", b"plural=*;"),
    }[damage]
    assert damaged != content
    path.write_bytes(damaged)
    use(LANG="ko_KR.UTF-8")
    assert _(ADVICE) == ADVICE
    assert _(ADVICE) == ADVICE
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(tmp_path) in caplog.text


def test_error_of_the_program_in_korean(tmp_path: Path) -> None:
    korean = "{path!r} 파일을 읽을 수 없습니다({reason}). {advice}"
    write_catalog(tmp_path, {CANNOT_READ: korean, ADVICE: "있는 파일을 지정하세요."})
    arguments = ("--mode", "evaluate", "--input", "nowhere.tsv")
    ran = run_program(tmp_path, "ko_KR.UTF-8", *arguments)
    assert ran.returncode == ExitCode.USER_ERROR
    assert "'nowhere.tsv' 파일을 읽을 수 없습니다(" in ran.stderr
    assert ran.stderr.endswith("). 있는 파일을 지정하세요.\n")
    english = run_program(tmp_path, "C", *arguments)
    assert english.returncode == ExitCode.USER_ERROR
    assert english.stderr.endswith(f"No such file or directory. {ADVICE}\n")


def test_help_of_the_program_in_another_language(tmp_path: Path) -> None:
    """Every text of the command line gets a mark, as pseudolocalization does."""
    messages = {text: f"«{text}»" for text in templates_of(ROOT / "cli")}
    write_catalog(tmp_path, messages)
    ran = run_program(tmp_path, "ko_KR.UTF-8", "--mode", "predict", "--help")
    assert ran.returncode == ExitCode.DONE
    assert ran.stdout.count("«") == ran.stdout.count("»") >= 10
    assert "«" not in run_program(tmp_path, "C", "--mode", "predict", "--help").stdout


def test_broken_catalog_does_no_harm_to_the_program(tmp_path: Path) -> None:
    write_catalog(tmp_path, {}).write_bytes(b"not a catalog")
    ran = run_program(tmp_path, "ko_KR.UTF-8", "--help")
    assert ran.returncode == ExitCode.DONE
    assert "predict" in ran.stdout
    assert "Traceback" not in ran.stderr
