"""Affixes: what surrounds a sentence and is kept: quotation marks, emoji, tags, trailing addresses.

They are removed before the model reads a sentence, and put back around its translation. A model
that has learned plain sentences then translates “저는 학생이에요.” 😊 as well as 저는 학생이에요.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from malgil.preprocessing.text.brackets import (
    SYMMETRIC,
    BracketScanner,
    closes,
    find_closing,
)
from malgil.preprocessing.text.normalization import simplify_source, unify_signs
from malgil.preprocessing.text.protected_spans import find_spans, parse_spans
from malgil.preprocessing.text.sentence_ends import (
    FINAL_MARKS,
    has_korean_ending,
    is_question,
)
from malgil.preprocessing.text.span import VALUE, Span, text_outside

_JAMO = "[ㅋㅎㅠㅜㅡ]"  # laughing, crying
# :) :-( =D ^^ ^_^ -_- T_T ㅠ.ㅠ >_< XD <3
EMOTICON = (
    r"(?<![^\W_])(?:[:;=]['’^-]?[)(DPpOo3*|\]\[]+|[xX]D+|<3+|[TㅠㅜoO][_.][TㅠㅜoO](?![^\W_])"
    r"|\*\^\^\*|\(\^[oO._]?\^\)|>[_.]+<|-_+-|ㅡ[._]ㅡ)"
)
FOOTNOTE = r"\[(?:주|각주)?\ ?\d{1,3}(?:\ ?[,–-]\ ?\d{1,3})*\]"  # [1], [주1], [2-4]
# A space, or a sign that is neither a letter nor a digit. `\w` includes the underscore.
_SIGN = r"[\W_]"
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_SIGNS = re.compile(rf"(?:{_KEYCAP}|{_SIGN})+")

_MAX_ATTACHED = 40  # signs before a word
_LEADING = re.compile(
    rf"\s+|{_KEYCAP}|{EMOTICON}"
    rf"|(?<![^\W_]){_JAMO}+(?=[\s가-힣])"
    r"|(?<!\S)(?:\d{1,3}[.)]|\(\d{1,3}\)|[a-z가나다라마바카타파]\)|[가나다라마바카타파]\.)(?=\s+\D)"
    rf"|(?<!\S){FOOTNOTE}(?=\s)|\[[ xX]\](?=\s)"
    "|[\u2460-\u24ff\u2776-\u2793]|ㆍ"  # ①, ⓐ, ❶, a bullet that is a letter in Unicode
    # Attached to a word, these belong to it: $5, -12, #tag, @name, ¿Qué?, .NET, …라고. A run is
    # looked at from each of its signs, so its length is limited.
    rf"|(?![$€£¥₩%/\\#@&+±−~.?!…。-]{{1,{_MAX_ATTACHED}}}[^\W_])(?![¿¡\u0300-\u036f]){_SIGN}"
    "|-(?=[^\\W\\d_a-z])"  # the dash of a dialogue
)
_TRAILING = re.compile(
    rf"(?:\s+|{_KEYCAP}|{EMOTICON}|;;+|(?<=[\^ㄱ-ㅣ_-]);+"
    rf"|(?<![ㄱ-ㅣ]){_JAMO}+"
    rf"|(?<![A-Za-z0-9_]){FOOTNOTE}"
    rf"|(?<=[{FINAL_MARKS}\"”’')]){FOOTNOTE}|(?<=[{FINAL_MARKS}\"”’')])[¹²³⁰-⁹]+"
    # Attached to a word, these belong to it: 5%, 20°C, 10$, C++, ㎏, ™; a comma or colon always.
    rf"|(?<=\s)[$€£¥₩+#]|(?![$€£¥₩+#%‰°′″,;:、،©®\u2100-\u214f\u3200-\u33ff]){_SIGN})\Z"
)
# After a span that labels a sentence: {0}: …, key_name=…, [10:30] …, 10:30 - …
_LABEL_END = re.compile(r"\s?[:=|]|\s[–—-]\s|(?<=[^\W_])[])]:?\s|\W[])]:?\s")
_WINDOW = 16  # longer than every alternative of `_TRAILING` except runs, which are read in parts
_ELLIPSIS = re.compile(r"\ ?(?:[…‥]+|\.{2,})")
_FINAL_RUN = re.compile(rf"\ ?[{FINAL_MARKS}]+")
_MARKED_LETTER = re.compile(  # with a vowel sign or an accent of its own
    "[^\\W\\d_][\u0300-\u036f\u0591-\u05c7\u064b-\u0652\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e]+\\Z"
)


class Affixes(NamedTuple):
    """A sentence in three parts, which join to the whole sentence.

    Attributes:
        prefix: Signs and spaces before the text to translate.
        core: The text to translate. It is empty, and so is the suffix, if the sentence contains
            no letter outside its protected spans.
        suffix: Signs and spaces after it.
        lent_mark: A final mark that the core has to be given for its translation, as it ends
            without one (안녕하세요~); "" for none. The translation must lose it again.
    """

    prefix: str
    core: str
    suffix: str
    lent_mark: str = ""


def split_affixes(text: str, spans: Sequence[Span] = ()) -> Affixes:
    """Split a sentence into its affixes and the text between them.

    Quotation marks, brackets and tags are affixes unless their counterpart is within the text: the
    four of "A"와 "B" are part of it. Addresses and other values after a complete sentence are
    affixes, and so are labels before it ({0}: …). The final mark is part of the text.

    Args:
        text: Normalized text of a sentence, or of a part of one.
        spans: Its protected spans, in order.

    Returns:
        The parts.
    """
    begin = _end_of_prefix(text, spans)
    end = _begin_of_suffix(text, begin, spans, passes_values=True)
    if not (_FINAL_RUN.match(text, end) or has_korean_ending(text[begin:end])):
        end = _begin_of_suffix(text, begin, spans, passes_values=False)
    words = text_outside(text, spans, begin, end) if spans else text[begin:end]
    if begin >= end or not any(map(str.isalpha, words)):
        return Affixes(text, "", "")
    if begin or end < len(text):
        begin, end = _with_partners(spans, begin, end)
        begin, end = _with_counterparts(text, begin, end)
    marks = _FINAL_RUN.match(text, end)
    # An ellipsis after a complete sentence is a sign: 갔어요… After another word, it is text.
    if marks and not (_ELLIPSIS.fullmatch(marks[0]) and has_korean_ending(text[begin:end])):
        end = marks.end()
    core, suffix = text[begin:end], text[end:]
    return Affixes(text[:begin], core, suffix, _lent_mark(core, suffix))


def _end_of_prefix(text: str, spans: Sequence[Span]) -> int:
    position = at = 0
    while position < len(text):
        while at < len(spans) and spans[at].end <= position:
            at += 1
        span = spans[at] if at < len(spans) else None
        if span and span.begin == position:
            if not (_is_around_words(text, span) or _is_label(text, span)):
                break
            position = span.end
            continue
        match = _LEADING.match(text, position)
        if not match or (span and match.end() > span.begin):
            break
        position = match.end()
    return position


def _is_around_words(text: str, span: Span) -> bool:
    """Return whether a span is markup or emoji, and no word."""
    return span.role != VALUE or bool(_SIGNS.fullmatch(text, span.begin, span.end))


def _is_label(text: str, span: Span) -> bool:
    end = _LABEL_END.match(text, span.end)
    if not end:
        return False
    is_bracketed = text[span.begin - 1 : span.begin] in ("[", "(")
    return is_bracketed if end[0].lstrip()[0] in "])" else True


def _begin_of_suffix(text: str, begin: int, spans: Sequence[Span], passes_values: bool) -> int:
    """Return the end of the last word: only signs follow it, and spans that may be affixes.

    Args:
        text: The sentence.
        begin: The end of its prefix.
        spans: Its protected spans.
        passes_values: Whether addresses and other values may be part of the suffix.
    """
    position, at = len(text), len(spans) - 1
    while position > begin:
        while at >= 0 and spans[at].begin >= position:
            at -= 1
        span = spans[at] if at >= 0 else None
        if span and span.end == position:
            # A value that is attached to a word belongs to it.
            is_attached = text[span.begin - 1 : span.begin].isalnum()
            if not _is_around_words(text, span) and (is_attached or not passes_values):
                break
            position = span.begin
            continue
        lowest = max(begin, span.end if span else 0)
        window = text[max(lowest, position - _WINDOW) : position]
        match = _TRAILING.search(window)
        if not match or _MARKED_LETTER.search(window):
            break
        position -= len(match[0])
    return max(position, begin)


def _with_partners(spans: Sequence[Span], begin: int, end: int) -> tuple[int, int]:
    """Extend `text[begin:end]` by the marks outside it whose partners are in it."""
    for span in spans:
        if span.partner >= 0 and begin <= span.begin < end:
            partner = spans[span.partner]
            begin, end = min(begin, partner.begin), max(end, partner.end)
    return begin, end


def _with_counterparts(text: str, begin: int, end: int) -> tuple[int, int]:
    """Extend `text[begin:end]` by the brackets outside it whose counterpart is inside it."""
    scanner = BracketScanner(text, begin)
    scanner.advance(end)
    missing: set[str] = set()
    for sign in scanner.unmatched:
        if sign in missing:
            continue
        outside = (i for i in range(begin - 1, -1, -1) if closes(text[i], sign))
        opening = next(outside, None)
        if opening is None:
            missing.add(sign)
            continue
        begin = opening
        while sign in SYMMETRIC and text[begin - 1 : begin] == sign:
            begin -= 1  # ** and `` are one mark
    for bracket in reversed(scanner.open):
        closing = find_closing(text, bracket.sign, end, len(text))
        if closing < 0:
            break  # nor are those around it closed
        end = closing + 1
    return begin, end


def _lent_mark(core: str, suffix: str) -> str:
    """Return the final mark that a core lacks; see `Affixes`."""
    if not suffix.strip() or not core[-1].isalnum():
        return ""
    marks = _FINAL_RUN.search(suffix)
    if marks and not _ELLIPSIS.fullmatch(marks[0]):
        return next((mark for mark in "?!" if mark in marks[0]), ".")
    if has_korean_ending(core):
        return "?" if is_question(core) else "."
    return "." if marks else ""


# The quotation marks of each group of languages, for signs that the target language does not use.
_CJK = ("ko", "ja", "zh")
_GUILLEMETS = "fr it es pt ca ru uk be bg el no nb nn sv fi tr pl cs sk hu ro hr sr sl de da la eo"
_FROM_CJK = str.maketrans("「」『』《》〈〉【】〔〕", "“”“”“”‘’[][]")
_FROM_GUILLEMETS = (re.compile("«\\s?|„|‟"), "“"), (re.compile("\\s?»"), "”")
_SINGLE = str.maketrans("‹›‚", "‘’‘")


def simplify_pair(source: str, target: str) -> tuple[str, str]:
    """Return a sentence pair as the model learns it: without affixes, the source simplified.

    Args:
        source: Normalized text.
        target: Its translation.
    """
    source, target = without_shared_affixes(source, target)
    return simplify_source(source, find_spans), target


def without_shared_affixes(source: str, target: str) -> tuple[str, str]:
    """Return a sentence pair as the model translates it: without the affixes of its source.

    The source loses its affixes, and the target loses them if they are the same. A source whose
    target has others keeps them, as they may be translated: - 네 / "Yes".

    Args:
        source: Normalized text.
        target: Its translation.
    """
    source_parts = split_affixes(source, parse_spans(source))
    target_parts = split_affixes(target, parse_spans(target))
    if not source_parts.core or not target_parts.core:
        return source, target
    read = source_parts.core + source_parts.lent_mark
    if _comparable(source_parts) == _comparable(target_parts):
        # The target has no final mark either: its affixes are the same.
        return read, target_parts.core + source_parts.lent_mark
    has_others = (target_parts.prefix + target_parts.suffix).strip()
    # The target has an address of the prefix or the suffix in its midst.
    moved = any(
        affix[begin:end] in target_parts.core
        for affix in (source_parts.prefix, source_parts.suffix)
        for begin, end in find_spans(affix)
    )
    return (source if has_others or moved else read), target


def _comparable(parts: Affixes) -> tuple[str, str]:
    return unify_signs(parts.prefix).strip(), unify_signs(parts.suffix).strip()


def adapt_signs(affix: str, language: str) -> str:
    """Replace quotation marks that a language does not use with those that it uses.

    「」 and « » become “ ” in English, for example. Other signs are unchanged.

    Args:
        affix: A prefix or a suffix.
        language: The two-letter code of the target language.
    """
    if affix.isascii():
        return affix
    if language not in _CJK:
        affix = affix.translate(_FROM_CJK)
    if language not in _GUILLEMETS.split():
        for pattern, sign in _FROM_GUILLEMETS:
            affix = pattern.sub(sign, affix)
        affix = affix.translate(_SINGLE)
    return affix


def without_final_mark(translation: str) -> str:
    """Return a translation without its final mark, which stands for a mark that was lent."""
    return translation[:-1].rstrip() if translation.endswith(tuple(".?!。")) else translation


def join_parts(parts: Iterable[str]) -> str:
    """Join translations with what surrounds them. Blank ones are left out with their space."""
    joined = ""
    for part in parts:
        if part.strip():
            joined += part.lstrip() if joined[-1:].isspace() else part
    return joined.strip()
