"""Glossaries: terms with their required translations, and the search for terms in source texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from malgil.common.errors import UserError
from malgil.common.files import require_file
from malgil.common.localization import _
from malgil.common.text_lines import read_lines
from malgil.preprocessing.text.normalization import normalize

# These may follow a Korean noun within its word: particles, the copula and a few suffixes, also
# several in a row (서울에서는, 학교까지만).
_PARTICLES = (
    "에서부터 으로부터 로부터 에게서 한테서 께서 에서 에게 한테 으로 까지 부터 처럼 보다 이나 마다 "
    "밖에 조차 마저 이라도 라도 이라고 라고 이라는 라는 이라면 라면 이랑 하고 하며 같이 대로 커녕 "
    "이든지 든지 이며 씨 님 들 은 는 이 가 을 를 에 의 와 과 도 만 로 나 랑 고 며 아 야 "
    "입니다 입니까 이에요 예요 이었습니다 였습니다 이었다 였다 이다 다 이고 인데 인지 일 인 이죠 "
    "죠 이지만 지만 이었던 였던"
)
_AFTER_HANGUL = (
    rf"(?=(?:{'|'.join(sorted(_PARTICLES.split(), key=len, reverse=True))})*(?![가-힣]))"
)
_ALTERNATIVES = "|"


@dataclass(frozen=True)
class Term:
    """A term and its required translations.

    Attributes:
        source: The term as it occurs in source texts.
        targets: The alternative translations, one of which must appear in the translation.
    """

    source: str
    targets: tuple[str, ...]


class Glossary:
    """Terms that are searched for in texts.

    A term is found as a whole word; one in lower case is found in any case. A Korean term may be
    followed by particles: 서울 is found in 서울에서, 서울은 and 서울까지만, not in 서울대.

    Args:
        terms: The terms, in any order. If two match at the same place, the longer one is found.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = {_folded(term.source): term for term in terms}
        longest_first = sorted(self.terms.values(), key=lambda term: -len(term.source))
        self._pattern = (
            re.compile("|".join(term_pattern(term.source) for term in longest_first))
            if longest_first
            else None
        )

    def find(self, text: str) -> Iterator[Term]:
        """Yield each occurrence of a term in a text, in order.

        Args:
            text: Normalized text.
        """
        if self._pattern:
            for match in self._pattern.finditer(text):
                yield self.terms.get(match[0]) or self.terms[_folded(match[0])]


def read_glossary(path: str | Path, origin: str = "") -> Glossary:
    """Read a glossary, whose lines have a source term, a tab and its translation.

    Alternative translations are separated by |. Blank lines, and lines that begin with #, are
    skipped.

    Args:
        path: The file.
        origin: The setting that names the file, such as "inference.glossary"; "" for none.

    Raises:
        UserError: If the file cannot be read or has no terms, or a line lacks one of the columns.
    """
    require_file(path, origin)
    terms = []
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip() or line.startswith("#"):
            continue
        source, _separator, targets = line.partition("\t")
        term = Term(
            normalize(source),
            tuple(filter(None, map(normalize, targets.split("\t")[0].split(_ALTERNATIVES)))),
        )
        if not term.source or not term.targets:
            message = _(
                "line {number:,} of {path!r} accepts a term, a tab and its translation. "
                "Received: {line!r}. Correct the line or remove it."
            )
            raise _error(origin, message.format(number=number, path=str(path), line=line[:80]))
        terms.append(term)
    if not terms:
        message = _("{path!r} has no terms. Write a term, a tab and its translation on each line.")
        raise _error(origin, message.format(path=str(path)))
    return Glossary(terms)


def _error(origin: str, message: str) -> UserError:
    return UserError(f"{origin}: {message}" if origin else message)


def _folded(source: str) -> str:
    return source.lower()


def term_pattern(source: str) -> str:
    """Return the pattern of a term as a whole word."""
    escaped = re.escape(source)
    if source == source.lower() != source.upper():
        escaped = f"(?i:{escaped})"
    before = r"(?<!\w)" if re.match(r"\w", source) else ""
    if re.search("[가-힣]$", source):
        return before + escaped + _AFTER_HANGUL
    # A particle may also follow a term that is not Korean: KTX는.
    after = rf"(?:(?![^\W가-힣]){_AFTER_HANGUL})" if re.search(r"\w$", source) else ""
    return before + escaped + after
