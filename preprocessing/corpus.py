"""Reading files of sentence pairs, with an account of what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from errors import UserError, require
from files import as_user_error
from preprocessing.generic import normalise

Pair = tuple[str, str]

# A character is seldom less than a third of a piece; a line beyond this is no sentence.
_CHARACTERS_PER_PIECE = 20


class Corpus:
    """Sentence pairs read from files, and what was left out.

    Attributes:
        pairs: Normalised source and target sentences, in the order of the files.
        left_out: How many lines were left out, by reason.
    """

    def __init__(self, pairs: list[Pair], left_out: Counter[str]) -> None:
        self.pairs = pairs
        self.left_out = left_out

    def account(self) -> str:
        """One line that says what was read and what was left out."""
        return account(len(self.pairs), self.left_out)


def account(count: int, left_out: Counter[str]) -> str:
    """One line that says how many pairs were read, and how many left out for which reason."""
    text = f"{count:,} pair{'s' * (count != 1)}"
    if left_out:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in left_out.most_common())
        text += f" (left out: {reasons})"
    return text


def stream(paths: Iterable[str | Path], max_length: int = 10_000) -> Iterator[Pair | str]:
    for path in paths:
        for line in read_lines(path):
            yield _pair(line, max_length)


def read(paths: Iterable[str | Path], max_length: int = 10_000) -> Corpus:
    """Read files of two columns, source and target, separated by a tab; more are passed over.

    Args:
        paths: UTF-8 text files, with or without a byte order mark.
        max_length: The most pieces of a sentence (`[preprocessing] max_length`); a line far too
            long for it is left out here, before it costs time.

    Returns:
        The pairs, and what was left out.

    Raises:
        UserError: If a file cannot be read, is not UTF-8, or holds no pair.
    """
    pairs: list[Pair] = []
    left_out: Counter[str] = Counter()
    for path in paths:
        before = len(pairs)
        reasons: Counter[str] = Counter()
        lines = 0
        for line in read_lines(path):
            lines += 1
            pair = _pair(line, max_length)
            if isinstance(pair, str):
                reasons[pair] += 1
            else:
                pairs.append(pair)
        require(lines, f"{str(path)!r} is empty. It must hold lines of source, tab, target.")
        require(
            len(pairs) > before,
            f"{str(path)!r} holds no sentence pair in {lines:,} lines ({_most(reasons)}). "
            "Each line must be source, tab, target.",
        )
        left_out += reasons
    return Corpus(pairs, left_out)


def _pair(line: str, max_length: int) -> Pair | str:
    """The pair of a line, or the reason for which there is none."""
    columns = line.split("\t")
    if len(columns) < 2:
        return "without a tab" if line.strip() else "blank"
    if max(len(columns[0]), len(columns[1])) > max_length * _CHARACTERS_PER_PIECE:
        return "far too long"
    source, target = normalise(columns[0]), normalise(columns[1])
    return (source, target) if source and target else "with an empty side"


def _most(left_out: Counter[str]) -> str:
    return ", ".join(f"{n:,} {reason}" for reason, n in left_out.most_common(3))


def read_lines(path: str | Path) -> Iterator[str]:
    """The lines of a UTF-8 file, without their ends, one at a time.

    Only `\\n`, `\\r\\n` and `\\r` end a line, so that the numbers of lines are those of an editor.

    Raises:
        UserError: If the file cannot be read or is not UTF-8; the message names the line and,
            where it can be told, the encoding that it is in.
    """
    with as_user_error(path, "read"), open(path, encoding="utf-8-sig") as file:
        yield from decoded_lines(file, str(path))


def decoded_lines(file: Iterable[str], name: str) -> Iterator[str]:
    """The lines of an open UTF-8 file without their ends; `name` is what people call it.

    Raises:
        UserError: As `read_lines`.
    """
    number = 0
    try:
        for line in file:
            number += 1
            yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        number += 1 + error.object[: error.start].count(b"\n")
        raise UserError(_not_utf8(name, number, error)) from error


def _not_utf8(name: str, line: int, error: UnicodeDecodeError) -> str:
    """The message for text that is not UTF-8: where, what it may be, and what to do."""
    sample = error.object[:100_000]
    guess = None
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) or sample[1:200:2].count(0) > 20:
        guess = "utf-16"
    else:
        for skip in range(2):  # a buffer may begin within a character of two bytes
            text = sample[skip : len(sample) - len(sample) % 2].decode("cp949", errors="ignore")
            hangul = sum("가" <= character <= "힣" for character in text)
            if hangul > 0.2 * max(1, len(text)):
                guess = "cp949"
    advice = (
        f"It looks like {guess}: convert it with `iconv -f {guess} -t utf-8 IN > OUT`."
        if guess
        else "Save it as UTF-8."
    )
    return f"{name!r} is not UTF-8 text (near line {line:,}). {advice}"


def fingerprint(pairs: Sequence[Pair]) -> str:
    """A SHA-256 of the pairs in their order, by which a resumed training knows its corpus."""
    import hashlib

    digest = hashlib.sha256()
    for source, target in pairs:
        digest.update(f"{source}\t{target}\n".encode())
    return digest.hexdigest()
