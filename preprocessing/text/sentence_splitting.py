"""Splitting of texts into sentences, and of sentences that are too long for the model."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from malgil.preprocessing.text.affixes import EMOTICON, FOOTNOTE
from malgil.preprocessing.text.brackets import (
    CLOSING,
    OPENING,
    SYMMETRIC,
    BracketScanner,
    OpenBracket,
    find_closing,
    is_apostrophe,
)
from malgil.preprocessing.text.markup import separates_blocks
from malgil.preprocessing.text.normalization import SPACE
from malgil.preprocessing.text.sentence_ends import (
    FINAL_MARKS,
    continues,
    has_korean_ending,
    is_abbreviation,
)
from malgil.preprocessing.text.span import OPENING as OPENING_MARK
from malgil.preprocessing.text.span import VALUE, Span

# These stand for each character of markup while a text is split: tags and marks that open, and
# others, which belong to the sentence before them. They are private, neither letters nor spaces.
_OPEN_MARKUP, _OTHER_MARKUP = "\ue001", "\ue000"

_EMOJI = "\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff"
_EMOJI_PARTS = f"{_EMOJI}\ufe0f\u200d\u2640\u2642\U000e0020-\U000e007f"
# What may end a sentence: a final mark, or after a Korean ending a sign that is used as one.
_END = re.compile(
    rf"[{FINAL_MARKS}]+"
    rf"|(?<=[가-힣])(?:~+(?=[\s{_EMOJI}])|\ ?(?:[ㅋㅎㅠㅜ]+|\^\^|;;|{EMOTICON}|[{_EMOJI}]))"
)
_CLOSERS = re.escape("".join(sign for sign in CLOSING if sign not in OPENING))
# Signs after an end that belong to the sentence before it.
_TRAIL = re.compile(
    rf"{_OTHER_MARKUP}+|\s?(?:{FOOTNOTE}(?!\w)|[¹²³⁰-⁹]+|[ㅋㅎㅠㅜㅡ]+(?![ㄱ-ㅣ])|{EMOTICON}|[{_CLOSERS}]|[~;^]+"
    rf"|[{_EMOJI_PARTS}]+|[{FINAL_MARKS}]+)"
    r"|[“‘](?=\s)"  # the end of a „German“ quotation; elsewhere these open one
)
# Brackets that may enclose a sentence. < > * _ ` have other uses.
_ENCLOSING = frozenset("([{「『《〈【〔“‘«‹„‟‚\"'")
_QUOTATION_END = re.compile(f"[{re.escape(''.join((set(CLOSING) | set(SYMMETRIC)) - {']'}))}]")
_FAR = 500  # characters: a bracket that is not closed within them is not considered
_DEEPEST = 8  # open brackets that are considered
_KOREAN_NUMERALS = tuple("가나다라마바카타파")  # of lists
_ROW = re.compile(r"\|.*\|.*\|")  # of a table in Markdown
_WORD_CHARACTER = re.compile(r"[^\W_]")
_LONGEST_WORD = 40  # characters
# "home.He is" and "home.I am" are two sentences; "System.Out.print" is one word.
_CAPITALIZED = re.compile(r"[A-ZÀ-Þ]\w*(?:['’]\w+)?[\s,!?]|I[\s'’]")

# A long sentence is cut after one of these if possible, or after a Korean connective ending.
_CLAUSE_MARKS = (",", ";", ":", ")", *FINAL_MARKS)
_CONNECTIVES = ("고", "며", "지만", "는데", "은데", "ㄴ데", "아서", "어서", "니까", "면", "면서")


def split_sentences(text: str, spans: Sequence[Span] = ()) -> list[tuple[int, int]]:
    """Split a text into sentences, by its characters only.

    A sentence ends after a final mark, with the closing brackets, quotation marks, tags, footnote
    marks, emoji and the like that follow it. After a Korean ending, emoji, ㅋㅋ, ㅠㅠ, ~ and ^^ are
    final marks as well. A quotation within a sentence does not end it. Elements such as <p> and
    <li>, and the cells of a row of Markdown, are apart from each other.

    Args:
        text: Normalized text.
        spans: Its protected spans, within which no sentence ends, in order.

    Returns:
        The begin and end of each sentence; they cover the text. A blank text has no sentence.
    """
    masked = _masked(text, spans) if spans else text
    borders = [0, *_borders(text, spans), len(text)]
    return [
        (first + begin, first + end)
        for first, last in itertools.pairwise(borders)
        for begin, end in _split_block(masked[first:last])
    ]


def _masked(text: str, spans: Sequence[Span]) -> str:
    """Return a text of the same length with signs, letters and digits in place of its spans."""
    parts: list[str] = []
    position = 0
    for span in spans:
        form = text[span.begin : span.end]
        if span.role != VALUE:
            is_opening = span.role == OPENING_MARK
            form = (_OPEN_MARKUP if is_opening else _OTHER_MARKUP) * len(form)
        elif span.kind != "emoji":
            form = ("0" if span.kind == "number" else "X") * len(form)
        parts += [text[position : span.begin], form]
        position = span.end
    return "".join([*parts, text[position:]])


def _borders(text: str, spans: Sequence[Span]) -> list[int]:
    """Return the indices at which a text is always split: around blocks, between cells."""
    borders = {
        span.begin if span.role == OPENING_MARK else span.end
        for span in spans
        if span.role != VALUE and separates_blocks(text[span.begin : span.end])
    }
    if _ROW.fullmatch(text):
        covered = {i for span in spans for i in range(span.begin, span.end)}
        borders |= {i + 1 for i, sign in enumerate(text) if sign == "|" and i not in covered}
    return sorted(borders - {0, len(text)})


def _split_block(text: str) -> list[tuple[int, int]]:
    """Split a masked text without such a border."""
    scanner = BracketScanner(text)
    sentences = []
    begin = read = 0
    for match in _END.finditer(text):
        if match.start() < read:
            continue  # part of the signs after an earlier mark
        scanner.advance(match.start())
        opened = tuple(scanner.open[-_DEEPEST:])
        end = read = _end_of_trail(text, match.end(), opened)
        following = _WORD_CHARACTER.search(text, end)
        if not following:
            break
        scanner.advance(end)
        at = _Position(text, begin, match.start(), match.end(), end, following.start())
        if _is_end(at) and not _is_enclosed(at, opened, scanner.open[-2 * _DEEPEST :]):
            sentences.append((begin, end))
            begin = end
    if begin < len(text):
        sentences.append((begin, len(text)))
    return sentences


class _Position(NamedTuple):
    """A place at which a sentence may end: `text[begin:mark_begin]`, then the mark and signs.

    Attributes:
        text: The whole text.
        begin: The begin of the sentence.
        mark_begin, mark_end: The mark that may end it.
        end: The end of the signs that belong to it.
        following: The index of the next letter or digit.
    """

    text: str
    begin: int
    mark_begin: int
    mark_end: int
    end: int
    following: int

    @property
    def mark(self) -> str:
        return self.text[self.mark_begin : self.mark_end]

    @property
    def before(self) -> str:
        """The end of the text before the mark, enough for one long word."""
        begin = max(self.begin, self.mark_begin - _LONGEST_WORD)
        return self.text[begin : self.mark_begin].rstrip(_OPEN_MARKUP + _OTHER_MARKUP)

    @property
    def first(self) -> str:
        """The next letter or digit."""
        return self.text[self.following]

    @property
    def has_space(self) -> bool:
        return any(map(str.isspace, self.text[self.mark_end : self.following]))

    @property
    def is_ellipsis(self) -> bool:
        return self.mark[0] in "…‥" or self.mark.startswith("..")

    @property
    def has_two_words(self) -> bool:
        """Whether the sentence before the mark has more than one word."""
        return " " in self.text[self.begin : self.mark_begin].strip()

    @property
    def goes_on(self) -> bool:
        """Whether what follows continues the sentence, such as a particle after a quotation.

        After a space and no quotation, it is a word: 갔어요ㅠㅠ 이 책을.
        """
        if not continues(self.text, self.following):
            return False
        has_quotation = bool(_QUOTATION_END.search(self.text, self.mark_end, self.end))
        return has_quotation or not self.has_space or self.first.islower()

    def is_inside(self, index: int) -> bool:
        """Return whether a word of the sentence precedes an index."""
        return bool(_WORD_CHARACTER.search(self.text, self.begin, index))


def _is_end(at: _Position) -> bool:
    """Return whether the mark ends the sentence, regardless of brackets."""
    has_sign = at.end > at.mark_end
    if has_sign and at.goes_on:
        return False
    if at.mark[0] not in FINAL_MARKS:
        # After one word, an emoji may as well belong to a noun: 나라😊.
        is_pause = at.mark.strip()[0] in "ㅋㅎㅠㅜ^;" or (at.mark[0] != "~" and at.has_two_words)
        is_end = has_korean_ending(at.before, is_certain=not is_pause)
        return is_end and not at.goes_on
    return _ends_before_space(at) if at.has_space else has_sign or _ends_without_space(at)


def _end_of_trail(text: str, at: int, opened: Sequence[OpenBracket]) -> int:
    """Return the end of the signs after an end that belong to the sentence before it."""
    still_open = [bracket.sign for bracket in opened]
    while True:
        if match := _TRAIL.match(text, at):
            at = match.end()
            continue
        space = text[at : at + 1].isspace()
        sign = text[at + space : at + space + 1]
        # After a space only if another space follows: otherwise it opens the next quotation.
        is_separate = not text[at + space + 1 : at + space + 2].strip()
        if not sign or sign not in SYMMETRIC or (space and not is_separate):
            return at
        if sign not in still_open and not (is_separate and not space):
            return at
        if sign in still_open:
            still_open.remove(sign)
        at += space + 1


def _ends_before_space(at: _Position) -> bool:
    word = at.before.split(" ")[-1]
    if at.mark == ".":
        if word.isdigit() and at.first.isdigit():
            return False  # 2026. 3. 14.
        if word in _KOREAN_NUMERALS and at.before.strip() == word:
            return False  # 가. 목적
        return not is_abbreviation(word.lstrip("([\"'“‘") + at.mark, at.first)
    if at.is_ellipsis:  # 저는… 학생이에요. / Well… maybe.
        before = at.before.rstrip()  # 저는 … 학생이에요.
        is_pause = _is_hangul(before[-1:]) or at.first.islower()
        return not is_pause or has_korean_ending(before)
    return True


def _ends_without_space(at: _Position) -> bool:
    last, is_weak = at.before[-1:], at.mark == "." or at.is_ellipsis
    if "。" in at.mark:
        return True
    if not last.isalpha():
        return False
    if _is_hangul(last) and is_weak:
        # A noun may end like a verb. A list of nouns (왼쪽.오른쪽) is one word.
        is_certain = not at.has_two_words or at.is_ellipsis
        return has_korean_ending(at.before, is_certain)
    if _is_han(last) or _is_hangul(last) or _is_han(at.first) or _is_hangul(at.first):
        return not is_weak and not continues(at.text, at.following)
    word = at.before.split(" ")[-1]
    if is_weak and (not word.isalpha() or len(word) < 2 or is_abbreviation(word + ".")):
        return False
    return bool(_CAPITALIZED.match(at.text, at.following))


def _is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"


def _is_han(character: str) -> bool:
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff"


def _is_enclosed(
    at: _Position, opened: Sequence[OpenBracket], still_open: Sequence[OpenBracket]
) -> bool:
    """Return whether an end is within brackets or quotation marks after which the sentence goes on.

    Args:
        at: The place of the end.
        opened: The brackets that were open before the mark.
        still_open: Those that are open after the signs that follow it.
    """
    for bracket in opened:
        if bracket.sign not in _ENCLOSING:
            continue
        is_inside = at.is_inside(bracket.position)
        if bracket not in still_open:
            if is_inside and not at.first.isupper():
                return True
            continue
        closing = _closing(at.text, at.end, bracket.sign)
        if closing is not None:
            after = closing + 1 + at.text[closing + 1 : closing + 2].isspace()
            if is_inside or continues(at.text, after):
                return True
    return False


def _closing(text: str, begin: int, opening: str) -> int | None:
    """Return the index at which a bracket is closed; None if that is not near."""
    at = begin
    while at := find_closing(text, opening, at, begin + _FAR) + 1:
        if not is_apostrophe(text, at - 1):
            return at - 1
    return None


def cut_tokens(tokens: Sequence[str], limit: int) -> Iterator[tuple[int, int]]:
    """Cut a sentence that is too long, after a clause if possible, otherwise at a space.

    Args:
        tokens: For each id of the sentence, the token that it belongs to.
        limit: The maximum number of ids of a part.

    Yields:
        The begin and end of each part. A blank sentence has none.
    """
    begin = 0
    while begin < len(tokens):
        end = min(begin + limit, len(tokens))
        if end < len(tokens):
            spaces = [
                i
                for i in range(begin + 1, end + 1)
                if tokens[i].startswith(SPACE) and tokens[i] is not tokens[i - 1]
            ]
            # A clause of a few words is not worth a cut.
            clauses = [
                i
                for i in spaces
                if i - begin >= limit // 3
                and tokens[i - 1].endswith((*_CLAUSE_MARKS, *_CONNECTIVES))
            ]
            end = max(clauses or spaces, default=end)
        yield begin, end
        begin = end
