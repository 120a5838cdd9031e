"""A search for literals that are shown to people and do not pass through `_`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

LOCALIZERS = ("_", "ngettext")
# Text that these functions receive is shown to people.
SHOWN = {
    "CheckResult", "UserError", "critical", "error", "exception", "info", "say", "set_title",
    "set_xlabel", "set_ylabel", "suptitle", "warn", "warning",
}  # fmt: skip
SHOWN_BY_BUILTINS = {"input", "print"}
SHOWN_KEYWORDS = {"description", "epilog", "help", "label", "metavar", "title", "usage"}
# Positional arguments of these functions that are identifiers.
IDENTIFIERS = {"CheckResult": {1}}
# Names are the same in every language.
NAMES = {"BLEU", "Java", "Keras", "MeCab", "ONNX", "Python", "TensorFlow", "chrF", "konlpy"}
# Methods of a text that return a text from their arguments.
TEXT_METHODS = {"format", "join"}
# Internal errors stay in English. An error that a user can correct is a UserError.
INTERNAL = {
    "AssertionError", "AttributeError", "KeyError", "LookupError", "NotImplementedError",
    "NoProbabilitiesError", "OverflowError", "RuntimeError", "TypeError", "ValueError",
}  # fmt: skip
# Two words with a space between them.
PROSE = re.compile(r"[A-Za-z]{2,}[,:;.]? \(?[A-Za-z]{2,}")
# A word next to a value: at the end or the beginning of a part of an f-string or a sum of texts.
WORD_BESIDE_VALUE = re.compile(r"(^ [a-z]{2,}|[a-z]{2,}:? $)", re.IGNORECASE)
# A word next to a field of `str.format`, or to a conversion of the operator %.
WORD_BESIDE_FIELD = re.compile(r"[a-z]{2,}:? \{|\} [a-z]{2,}", re.IGNORECASE)
WORD_BESIDE_CONVERSION = re.compile(r"[a-z]{2,}:? %[\d.,]*[a-z]|%[\d.,]*[a-z] [a-z]{2,}", re.I)
WORD = re.compile(r"[A-Za-z]{2,}")


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", None) or getattr(call.func, "attr", "")


def docstrings(tree: ast.Module) -> set[int]:
    """Return the ids of the constants that are statements: docstrings, also of attributes."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def text_of(node: ast.AST) -> str:
    """Return the value of a literal text, "" for any other expression."""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else ""  # type: ignore[attr-defined]


def is_shown_word(text: str) -> bool:
    return any(word not in NAMES for word in WORD.findall(text))


def reasons(tree: ast.Module) -> set[str]:
    """Return the internal errors whose text a module shows as a part of a user error."""
    found: set[str] = set()
    for handler in ast.walk(tree):
        if not (isinstance(handler, ast.ExceptHandler) and handler.name and handler.type):
            continue
        errors = [
            call
            for call in ast.walk(handler)
            if isinstance(call, ast.Call) and name_of(call) == "UserError"
        ]
        names = {
            node.id
            for error in errors
            for argument in error.args
            for node in ast.walk(argument)
            if isinstance(node, ast.Name)
        }
        if handler.name in names:
            found |= {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return found


class UnlocalizedText(ast.NodeVisitor):
    """Finds the literals of a module that look like text for people and do not pass through `_`.

    Attributes:
        found: Line number and text of each.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.found: list[tuple[int, str]] = []
        self._internal = INTERNAL - reasons(tree)
        self._skipped = docstrings(tree)
        self._is_shown = False
        self.visit(tree)

    def _visit_as(self, node: ast.AST, is_shown: bool) -> None:
        before, self._is_shown = self._is_shown, is_shown
        self.visit(node)
        self._is_shown = before

    def _check(self, node: ast.expr, text: str, *patterns: re.Pattern[str]) -> bool:
        is_found = any(pattern.search(text) for pattern in patterns)
        if is_found:
            self.found.append((node.lineno, text))
        return is_found

    def visit_Raise(self, node: ast.Raise) -> None:
        if isinstance(node.exc, ast.Call):
            if name_of(node.exc) in self._internal:
                return
            for argument in node.exc.args:  # other errors of this project are user errors
                self._visit_as(argument, True)
            return
        self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Skip assertions: they are for programmers."""

    def visit_Compare(self, node: ast.Compare) -> None:
        for child in ast.iter_child_nodes(node):  # compared, not shown
            self._visit_as(child, False)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        self._visit_as(node.slice, False)  # a key

    def visit_Call(self, node: ast.Call) -> None:
        name = name_of(node)
        if name in LOCALIZERS:
            return
        is_method_of_text = name in TEXT_METHODS and isinstance(node.func, ast.Attribute)
        template = getattr(node.func, "value", node.func) if name == "format" else node.func
        if self._check(node, text_of(template), WORD_BESIDE_FIELD):
            return
        self.visit(node.func)
        shown = self._is_shown if is_method_of_text else name in SHOWN
        shown |= isinstance(node.func, ast.Name) and name in SHOWN_BY_BUILTINS
        for i, argument in enumerate(node.args):
            self._visit_as(argument, shown and i not in IDENTIFIERS.get(name, ()))
        for keyword in node.keywords:
            self._visit_as(keyword.value, keyword.arg in SHOWN_KEYWORDS)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        template = text_of(node.left) if isinstance(node.op, ast.Mod) else ""
        if self._check(node, template, PROSE, WORD_BESIDE_CONVERSION):
            return
        if isinstance(node.op, ast.Add):
            for side in (node.left, node.right):
                text = text_of(side)
                if not PROSE.search(text):  # else it is found below
                    self._check(side, text, WORD_BESIDE_VALUE)
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        if any(PROSE.search(part) or WORD_BESIDE_VALUE.search(part) for part in parts):
            self.found.append((node.lineno, "".join(parts)))
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                self.visit(value.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and id(node) not in self._skipped:
            is_word = self._is_shown and is_shown_word(node.value)
            if is_word or PROSE.search(node.value):
                self.found.append((node.lineno, node.value))


def unlocalized(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line number and text of the literals for people that do not pass through `_`."""
    yield from UnlocalizedText(tree).found
