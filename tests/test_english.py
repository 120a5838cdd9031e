"""The English of the program, its pages and its tests is plain: no idioms of another language."""

from __future__ import annotations

import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from malgil.common.locations import ROOT

_UNITS = (
    "batch|batches|characters?|lines?|MFLOP|milliseconds|ms|pairs?|pieces?|sentences?|steps?|"
    "subwords?|tokens?"
)
_WHOLES = "batch|epoch|language|line|minute|pair|second|sentence|side|step|target token|token"
# Good English after "is no".
_AFTER_NO = (
    "better|different|doubt|exception|faster|fewer|larger|less|longer|matter|more|need|one|reason|"
    "slower|smaller|such|worse"
)
# Whole words that read as translated, as regular expressions; each with what to write instead. A
# space stands for any white space, also at the end of a line.
UNIDIOMATIC = {
    r"(is|are|was|were|be|been) told": "is reported, is detected, is configured",
    r"told (by|apart)": "detected from, distinguished",
    r"so many": "number of",
    r"manieth": "Every 20th",
    r"mend(s|ed)?": "fix",
    r"but for": "except for",
    r"(go|goes|gone|going) on with": "continue",
    r"behind(?! (a |the |an )?(reverse )?(proxy|balancer|load balancer|pipe))": "after, later",
    r"fault of the program": "internal error",
    r"whatever (stands|lies|comes|came|the|their|its|is|they|it|people)": "regardless of, any",
    r"beforehand": "first, in advance",
    r"anew": "again",
    r"of its own accord": "by itself",
    r"gone through": "passed through",
    r"learnt": "learned",
    r"ran away": "diverged",
    r"wish(ed|es)": "requested, options",
    r"nobody knows": "is unknown",
    r"if (that|it|this) is plain": "if it is clear, if it is obvious",
    r"what came": "the downloaded file, the received data",
    r"for want of": "for lack of, without",
    r"lets? go of": "release",
    r"(is|are) gone": "no longer exists",
    r"beside": "next to, compared with, in addition to",
    r"passed over": "skipped, ignored",
    r"stands? (above|below|there|here|in|at|between|beside|before)(?! for)": "is, appears, occurs",
    r"as (it|they) (stands?|lies?|lie)": "unchanged",
    r"(stays?|left|takes?|taken) as (it|they) (is|are|was|were)": "is unchanged",
    r"(?<!many\s)(is|are|was|were) (not )?there(?! (a|an|any|no|is|are|was|were)\b)": (
        "exists, was found"
    ),
    r"the most (that|one|pieces|subwords|tokens|passes|epochs|sentences|bytes|target)": "maximum",
    r"the least (that|share|number|one)": "minimum",
    rf"({_UNITS}) an? ({_WHOLES})": "per",
    rf"an? ({_UNITS}) each|one an? ({_WHOLES})": "one per line",
    rf"(?<!there\s)(is|are) no (?!({_AFTER_NO})\b)[a-z]+": "is not a",
    r"(behaviou|colou|favou|honou|neighbou)r\w*": "American spelling",
    r"(initial|maxim|minim|normal|optim|organ|real|recogn|summar|token)is(e|ed|er|es|ing)": (
        "American spelling"
    ),
}
PAGES = (
    "config.ini", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "requirements*.txt", "Makefile",
    "recipes/*.ini", "docs/*.md", "benchmarks/**/*.md", "data/*.md", "data/*.ini", "model/*.md",
    "tools/**/*.md", "pyproject.toml", ".pre-commit-config.yaml", ".ci/run",
)  # fmt: skip
CODE = (
    "app.py", "malgil", "common", "settings", "preprocessing", "modeling", "evaluation", "cli",
    "tools", "benchmarks",
)  # fmt: skip


def pages() -> Iterator[Path]:
    for pattern in PAGES:
        yield from sorted(ROOT.glob(pattern))
    for top in CODE:
        yield from sorted((ROOT / top).rglob("*.py")) if (ROOT / top).is_dir() else [ROOT / top]


def prose_of(path: Path) -> str:
    """Return the text of a page, or the comments and literals of code, in their lines."""
    text = path.read_text(encoding="utf-8")
    if path.name == "CONTRIBUTING.md":  # its table of examples: "instead of" what is in column 1
        text = re.sub(r"^\|[^|]*\|", "|", text, flags=re.MULTILINE)
    return without_code(text) if path.suffix == ".py" else text


def without_code(text: str) -> str:
    """Replace everything in a Python file except comments and literals by spaces."""
    lines = text.splitlines()
    kept = [[" "] * len(line) for line in lines]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        if name != "COMMENT" and not name.startswith(("STRING", "FSTRING")):
            continue
        (first, begin), (last, end) = token.start, token.end
        for row in range(first - 1, last):
            left = begin if row == first - 1 else 0
            right = end if row == last - 1 else len(lines[row])
            kept[row][left:right] = lines[row][left:right]
    return "\n".join(map("".join, kept))


def idioms(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the unidiomatic phrases of a text: line number, phrase, what to write instead."""
    for pattern, better in UNIDIOMATIC.items():
        spaced = pattern.replace(" ", r"[\s#]+")
        for match in re.finditer(rf"\b{spaced}\b", text, re.IGNORECASE):
            number = text.count("\n", 0, match.start()) + 1
            yield number, " ".join(re.split(r"[\s#]+", match.group())), better


def test_english_is_plain() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {phrase!r}: write {better}"
        for path in pages()
        for number, phrase, better in idioms(prose_of(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "What a file is, is told by its content.",
        "the mend for what is missing",
        "It stands behind it.",
        "So many are translated.",
        "# Training goes on\n# with the next epoch.",
        "8,000 pieces a side",
        "Sentences, one a line.",
        "a sentence a line",
        "The file is not there.",
        "It is no checkpoint.",
        "The most pieces of a translation.",
        "They are left as they are.",
        "tokenised pairs, normalised",
    ],
)
def test_finds_idioms(text: str) -> None:
    assert list(idioms(text))


@pytest.mark.parametrize(
    "text",
    [
        "behind a proxy, behind the load balancer, behind a pipe",
        "There is no translator, and it is no longer needed.",
        "Two threads are no faster.",
        "How many are there?",
        "the most frequent words, the most likely token",
        "a corpus of your own",
        "Besides the tokens, a stand-in is used.",
        "three times a second",
        "It stands for the first span.",
        "a list of precise values, otherwise the rest",
    ],
)
def test_finds_no_good_english(text: str) -> None:
    assert list(idioms(text)) == []


def test_searches_comments_and_literals_but_no_names() -> None:
    code = 'told = beside  # anew\nx = f"behind {told}"\n"""Learnt\nbeside."""\n'
    found = [(number, phrase) for number, phrase, _ in idioms(without_code(code))]
    assert sorted(found) == [(1, "anew"), (2, "behind"), (3, "Learnt"), (4, "beside")]


def test_no_page_of_the_corpus_is_searched() -> None:
    """The sentences of the corpus are data."""
    assert not any(path.suffix == ".tsv" for path in pages())


def test_all_tracked_pages_are_searched() -> None:
    command = ["git", "ls-files", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("no git checkout")
    tracked = {ROOT / name for name in listed.stdout.split()}
    assert tracked <= set(pages())
