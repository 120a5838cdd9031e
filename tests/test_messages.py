"""All text for people: it passes through `_`, its templates are whole, and its English is plain."""

from __future__ import annotations

import ast
import re
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from malgil.common.locations import ROOT

PACKAGES = ("common", "settings", "preprocessing", "modeling", "evaluation", "cli")
LOCALIZERS = ("_", "ngettext")
# Whatever is handed to these is shown to people.
SHOWN = {"UserError", "info", "warning", "error", "say", "CheckResult", "print"}
SHOWN_KEYWORDS = {"help", "description", "epilog", "metavar"}
# Errors of a programmer, in English: what a user can correct is a UserError.
INTERNAL = {
    "AssertionError", "AttributeError", "KeyError", "LookupError", "NotImplementedError",
    "OverflowError", "RuntimeError", "TypeError", "ValueError",
}  # fmt: skip
# Two words with a space between them; or a word beside a value in an f-string.
PROSE = re.compile(r"[A-Za-z]{2,}[,:;.]? \(?[A-Za-z]{2,}")
WORD_BESIDE_VALUE = re.compile(r"(^ [a-z]{2,}|[a-z]{2,}:? $)", re.IGNORECASE)
# Literals that hold several words and are not for people: file → parts of them.
NOT_SHOWN: dict[str, tuple[str, ...]] = {
    "common/locations.py": ("python app.py", "pip install"),
}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", None) or getattr(call.func, "attr", "")


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the constants that are statements: docstrings, and those of attributes."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def unlocalized(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The literals of a module that look like text for people and do not pass through `_`."""
    skipped = docstrings(tree)

    def visit(node: ast.AST, is_shown: bool) -> Iterator[tuple[int, str]]:
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            if name_of(node.exc) in INTERNAL:
                return
        if isinstance(node, ast.Assert):
            return
        if isinstance(node, ast.Call):
            name = name_of(node)
            if name in LOCALIZERS:
                return
            shown = name in SHOWN
            yield from visit(node.func, is_shown)
            for argument in node.args:
                # A method of a text, such as format or join, changes nothing about who sees it.
                yield from visit(argument, shown)
            for keyword in node.keywords:
                yield from visit(keyword.value, keyword.arg in SHOWN_KEYWORDS)
            return
        if isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            if any(PROSE.search(part) or WORD_BESIDE_VALUE.search(part) for part in parts):
                yield node.lineno, "".join(parts)
            for value in node.values:
                if isinstance(value, ast.FormattedValue):
                    yield from visit(value.value, is_shown)
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in skipped:
                is_word = is_shown and re.search(r"[A-Za-z]{2,}", node.value)
                if is_word or PROSE.search(node.value):
                    yield node.lineno, node.value
            return
        if isinstance(node, ast.Compare):  # compared, not shown
            is_shown = False
        for child in ast.iter_child_nodes(node):
            yield from visit(child, is_shown)

    return visit(tree, False)


def test_all_text_for_people_passes_through_the_one_function() -> None:
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
    ("code", "count"),
    [
        ('raise UserError("cannot read")', 1),
        ('raise UserError(f"{name} is missing")', 1),
        ('logger.info("done")', 1),
        ('parser.add_argument("--x", help="a file")', 1),
        ('return f"{count:,} sentences"', 1),
        ('text = "two words" if a else _("other words")', 1),
        ('raise UserError(_("cannot read {path!r}").format(path=path))', 0),
        ('logger.info(ngettext("{count} pair", "{count} pairs", n).format(count=n))', 0),
        ('raise ValueError("two paths are equal")', 0),
        ('path = f"weights/{name}.bin"', 0),
        ('def f():\n    "Return two words."', 0),
    ],
)
def test_the_search_for_such_text(code: str, count: int) -> None:
    assert len(list(unlocalized(ast.parse(code)))) == count


def localized_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in LOCALIZERS:
                yield node


def test_templates_are_constants() -> None:
    """An f-string is another text each time: no catalogue can hold it."""
    for path, tree in modules():
        for call in localized_calls(tree):
            templates = call.args[: 2 if call.func.id == "ngettext" else 1]  # type: ignore[attr-defined]
            for template in templates:
                is_text = isinstance(template, ast.Constant) and isinstance(template.value, str)
                assert is_text, f"{path}:{call.lineno}"


def fields(template: str) -> set[str]:
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(template) if name}


def test_templates_name_the_values_that_they_are_given() -> None:
    """Named fields may change their order in another language."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and name_of(node) == "format"):
                continue
            value = getattr(node.func, "value", None)
            if not (isinstance(value, ast.Call) and name_of(value) in LOCALIZERS):
                continue
            assert not node.args, f"{path}:{node.lineno}: fields have names"
            given = {keyword.arg for keyword in node.keywords}
            if None in given:
                continue  # **values
            named: set[str] = set()
            for template in value.args[:2]:
                if isinstance(template, ast.Constant):
                    named |= fields(template.value)
            assert named == given, f"{path}:{node.lineno}"


def test_the_function_is_no_variable_where_it_is_used() -> None:
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


# English that reads as translated. Whole words; each with what to write instead.
UNIDIOMATIC = {
    r"(is|are|was|were|be|been) told": "says, reports, detects",
    r"told by": "detected from",
    r"so many": "number of",
    r"manieth": "Every 20th",
    r"mend(s|ed)?": "fix",
    r"but for": "except for",
    r"(go|goes|gone|going) on with": "continue",
    r"behind(?! (a |the |an )?(reverse )?(proxy|balancer|load balancer|pipe))": "after, later",
    r"fault of the program": "internal error",
    r"whatever (stands|the|their|its|is)": "regardless of",
    r"beforehand": "first, in advance",
    r"begin anew": "start again",
    r"of its own accord": "by itself",
    r"gone through": "passed through",
}
PAGES = (
    "config.ini", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "requirements.txt", "Makefile",
    "recipes/*.ini", "docs/*.md", "benchmarks/*.md", "data/*.md", "data/*.ini", "model/*.md",
    "tools/**/*.md",
)  # fmt: skip
CODE = ("app.py", "malgil", *PACKAGES, "tools", "benchmarks")


def pages() -> Iterator[Path]:
    for pattern in PAGES:
        yield from sorted(ROOT.glob(pattern))
    for top in CODE:
        yield from sorted((ROOT / top).rglob("*.py")) if (ROOT / top).is_dir() else [ROOT / top]


def prose_of(path: Path) -> str:
    """The text of a page, or what is read in a file of code: all but names."""
    return path.read_text(encoding="utf-8")


def test_english_is_plain() -> None:
    found = []
    for path in pages():
        for number, line in enumerate(prose_of(path).splitlines(), 1):
            for pattern, better in UNIDIOMATIC.items():
                match = re.search(rf"\b{pattern}\b", line, re.IGNORECASE)
                if match:
                    where = f"{path.relative_to(ROOT)}:{number}"
                    found.append(f"{where}: {match.group()!r}: write {better}")
    assert found == []


def test_the_list_finds_what_it_names() -> None:
    bad = "What a file is, is told by its content; the mend stands behind it. So many are gone on with."
    patterns = [pattern for pattern in UNIDIOMATIC if re.search(rf"\b{pattern}\b", bad, re.I)]
    assert len(patterns) >= 5
    good = "behind a proxy, behind the load balancer, behind a pipe"
    assert not any(re.search(rf"\b{pattern}\b", good, re.I) for pattern in UNIDIOMATIC)


def test_no_page_of_the_corpus_is_searched() -> None:
    """The sentences of the corpus are data."""
    assert not any(path.suffix == ".tsv" for path in pages())


def test_tracked_pages_are_all_searched() -> None:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("no git checkout")
    tracked = {ROOT / name for name in listed.stdout.split()}
    assert tracked <= set(pages())
