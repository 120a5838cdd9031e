"""All text for people passes through `_`, and its templates are whole sentences."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from malgil.common.locations import ROOT
from tests.unlocalized_text import LOCALIZERS, is_shown_word, name_of, text_of, unlocalized

PACKAGES = ("common", "settings", "preprocessing", "modeling", "evaluation", "cli")
# Literals with several words that are not for people: file → parts of them.
NOT_SHOWN: dict[str, tuple[str, ...]] = {
    "cli/compare.py": ("No module named",),  # Python's own message
    # Commands, parts of TensorFlow's messages, a program.
    "cli/doctor/check.py": ("pip install",),
    "cli/doctor/files.py": (" --mode train",),
    "cli/doctor/hardware.py": (
        "pip install", "export KERAS", "unset CUDA", "--set training", "compiled to", "NVIDIA",
    ),
    "cli/doctor/software.py": ("pip install",),
    "cli/doctor/tensorflow_probe.py": ("import tensorflow", "compiled to", "WARNING: All log"),
    "common/localization.py": ("stay in English",),  # if there is no translation
    "common/locations.py": ("python app.py", "pip install"),
    # A product of Apple, names of HTML elements.
    "preprocessing/corpus/formats/catalogs/string_catalog.py": ("String Catalog",),
    "preprocessing/text/markup.py": ("address article aside", "a abbr b bdi", "area base br"),
    # Places in a picture, and names of fonts.
    "evaluation/plotting/comparison.py": ("outside lower center",),
    "evaluation/plotting/curves.py": ("upper right",),
    "evaluation/plotting/fonts.py": (" Sans", " Serif", " Gothic", " Dotum"),
    "evaluation/plotting/style.py": ("DejaVu Sans",),
    "modeling/tensor_file.py": ("array of numbers",),  # raised by the writer
    # Codes of languages, and names of columns.
    "preprocessing/corpus/download/http.py": ("Mozilla/5.0",),
    "preprocessing/corpus/formats/catalogs/nested_keys.py": ("premature EOF",),
    "preprocessing/corpus/formats/detection.py": ("JSON Lines", "premature EOF"),
    "preprocessing/corpus/formats/document_kinds.py": ("PowerPoint Document",),
    "preprocessing/corpus/formats/document_lines.py": ("html head body",),  # elements of HTML
    # Names of formats and files.
    "preprocessing/corpus/formats/text_signatures.py": (
        "Qt Linguist", ".srt, ", ".vtt, ", ".xml, ", ".resx, ", ".strings, ", ".properties, ",
        ".yml, ",
    ),
    "preprocessing/corpus/formats/language_names.py": (
        "어", "원문", "번역문", "기계", "교정", "검수", "사람",
    ),
    "preprocessing/text/affixes.py": ("fr it es",),
    "preprocessing/text/codes.py": ("doc docx",),  # extensions
    "preprocessing/text/english.py": ("No module named",),
    "preprocessing/text/function_words.py": ("a an the", "un une le"),
    "preprocessing/text/korean.py": ("No module named", "pip install konlpy"),
    "preprocessing/text/scripts.py": ("en fr de", "ru uk be", "ar fa", "he yi", "hi mr"),
}  # fmt: skip


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def test_all_text_for_people_is_localized() -> None:
    found = []
    for path, tree in modules():
        allowed = NOT_SHOWN.get(str(path), ())
        found += [
            f"{path}:{line}: {text}"
            for line, text in unlocalized(tree)
            if not any(part in text for part in allowed)
        ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        'raise UserError("cannot read")',
        'raise UserError("unreadable")',
        'raise UserError(f"{name} is missing")',
        'raise NotCorpusError("empty")',
        'logger.info("done")',
        'print("done")',
        'parser.add_argument("--x", help="a file")',
        'axes.plot(x, y, label="training")',
        'return f"{count:,} sentences"',
        'return "missing " + name',
        'return name + " is missing"',
        'return "missing: %s" % name',
        'return "%d pairs" % count',
        'return "missing {name}".format(name=name)',
        'print(", ".join(["missing", name]))',
        'text = "two words" if a else _("other words")',
        'ADVICE = {1: "two words"}',
        'class A:\n    text: str = "two words"',
        'def f(text="two words"): pass',
        'CheckResult(_("name"), "ok", "found")',
        """
try:
    raise ValueError("two words")
except ValueError as error:
    raise UserError(_("bad: {error}").format(error=error)) from error
""",
    ],
)
def test_finds_text_that_is_not_localized(code: str) -> None:
    assert len(list(unlocalized(ast.parse(code)))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'raise UserError(_("cannot read {path!r}").format(path=path))',
        'logger.info(ngettext("{count} pair", "{count} pairs", n).format(count=n))',
        'raise ValueError("two paths are equal")',
        'assert a, "two words"',
        'path = f"weights/{name}.bin"',
        'name = "layer_" + name',
        'mode = "rb" if is_binary else "r"',
        'state == "missing"',
        'graph.input("source")',
        'logger.info(_("{epoch}").format(epoch=row["epoch"]), row["loss"])',
        'CheckResult("Python", "ok", version)',
        'def f():\n    "Return two words."',
        """
try:
    raise ValueError("two words")
except ValueError as error:
    raise UserError(_("the file is broken.")) from error
""",
    ],
)
def test_does_not_find_other_texts(code: str) -> None:
    assert list(unlocalized(ast.parse(code))) == []


def localized_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in LOCALIZERS:
            yield node


def test_templates_are_constants() -> None:
    """A catalogue cannot translate an f-string, which is a different text each time."""
    for path, tree in modules():
        for call in localized_calls(tree):
            templates = call.args[: 2 if call.func.id == "ngettext" else 1]  # type: ignore[attr-defined]
            for template in templates:
                is_text = isinstance(template, ast.Constant) and isinstance(template.value, str)
                assert is_text, f"{path}:{call.lineno}"


def test_templates_are_whole() -> None:
    """Parts of a sentence cannot be put together in another language."""
    for path, tree in modules():
        for call in localized_calls(tree):
            for text in map(text_of, call.args):
                assert text == text.strip(" "), f"{path}:{call.lineno}: {text!r}"


def fields(template: str) -> set[str]:
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(template) if name}


def test_fields_of_templates_match_their_values() -> None:
    """Fields have names because another language may need another order."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and name_of(node) == "format"):
                continue
            value = getattr(node.func, "value", None)
            if not (isinstance(value, ast.Call) and name_of(value) in LOCALIZERS):
                continue
            assert not node.args, f"{path}:{node.lineno}: fields have names"
            for keyword in node.keywords:
                choice = keyword.value
                if isinstance(choice, ast.IfExp):  # a sentence for each case instead
                    words = [text_of(choice.body), text_of(choice.orelse)]
                    assert not any(map(is_shown_word, words)), f"{path}:{node.lineno}: {words}"
            given = {keyword.arg for keyword in node.keywords}
            if None in given:
                continue  # **values
            named: set[str] = set()
            for template in value.args[:2]:
                if isinstance(template, ast.Constant):
                    named |= fields(template.value)
            assert named == given, f"{path}:{node.lineno}"


def test_modules_that_localize_text_do_not_assign_to_the_function() -> None:
    for path, tree in modules():
        imports = [
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        ]
        if "_" not in imports:
            continue
        for node in ast.walk(tree):
            is_bound = isinstance(node, ast.Name) and node.id == "_"
            is_bound = is_bound and isinstance(node.ctx, ast.Store)
            is_bound |= isinstance(node, ast.arg) and node.arg == "_"
            assert not is_bound, f"{path}:{node.lineno}: _ is assigned"
