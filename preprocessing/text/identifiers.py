"""Identifiers in a text: names of variables, products, versions and keys, options and hashes."""

from __future__ import annotations

import re

# A word that may be an identifier: with a digit after a letter or the reverse, with _, or with a
# capital after a small letter. `is_identifier` decides. The counts are limited so that the time is
# linear.
IDENTIFIER = (
    r"(?<![A-Za-z0-9_])(?<![A-Za-z0-9]-)(?=[A-Za-z]{1,40}(?:[-/+][A-Za-z]{1,40}){0,4}[-./+]?\d|_{0,2}[A-Za-z0-9]{1,80}_|(?:[a-z]{1,40}\.){1,4}[a-z]{1,40}_"
    r"|[0-9a-f]{2}:[0-9a-f]{2}:|_{1,2}[A-Za-z]|[a-z]{1,40}[A-Z]|\d{1,40}(?:[.-]\d{1,40}){0,8}[-.]?[A-Za-z])"
    r"[A-Za-z0-9_](?:[A-Za-z0-9_]|[-./:+](?=[A-Za-z0-9_]))*"
)
_MODIFIERS = (
    r"Ctrl|Control|Alt|AltGr|Shift|Cmd|Command|Option|Opt|Win|Windows|Super|Meta|Fn|Esc|Tab|Space"
    r"|Enter|F\d{1,2}"
)
# Ctrl+C, Ctrl + Shift + V, Ctrl-C, ⌘C
KEY = (
    rf"(?<![A-Za-z0-9_+])(?i:(?:{_MODIFIERS})(?: ?[+] ?(?:{_MODIFIERS}|[A-Za-z0-9]))+"
    r"(?![A-Za-z0-9_])"
    r"|(?:Ctrl|Alt|Shift|Cmd|Control)-(?:(?:Alt|Shift)-)?(?:[A-Z]|F\d{1,2}|Del(?:ete)?)"
    r"(?![A-Za-z0-9_-]))"
    r"|[⌘⌥⌃⇧](?:[⌘⌥⌃⇧]|[A-Za-z0-9](?![A-Za-z0-9]))*"
)
# --mode, --set=x, -x; at the beginning of a text, where a dash begins an item of a list or a
# speech (--Yes), only before a particle.
OPTION = (
    r"(?<![\w가-힣-])--(?![A-Z][a-z])[A-Za-z][\w-]*(?:=(?:[^\s가-힣\"'`)\],;]*[\w/])?)?"
    r"|(?<=[ (\"'/,])-[A-Za-z](?![\w'-])|(?<!.)-[A-Za-z](?=[가-힣])"
)
# A function with its brackets: print(), os.path.join(a, b), getUser(id); but not word(s).
_NAME = "[A-Za-z_][A-Za-z0-9_]{0,60}"
CALL = rf"(?<![A-Za-z0-9_.]){_NAME}(?:(?:\.|::|->){_NAME}){{0,8}}\(\)"
_ARGUMENTS = r"\((?:[^()\"'<>가-힣]|\"[^\"]{0,200}\"|'[^']{0,200}'){1,200}\);?"
CALL += (
    rf"|(?<![A-Za-z0-9_.])(?:{_NAME}(?:(?:\.|::|->){_NAME}){{1,8}}|[a-z]{{1,40}}[A-Z_]\w{{0,40}})"
    rf"{_ARGUMENTS}"
    r"|(?<![A-Za-z0-9_.])[a-z_]{2,40}\([\"'][^\"']{0,200}[\"']\);?"  # print("…")
)
# Names of programming languages with a sign, and addresses of IPv6
LANGUAGE = (
    r"(?<![A-Za-z0-9_])(?:[Cc]\+\+|[CFJ]#)(?![A-Za-z0-9_])"
    r"|(?<![\w:])(?=[0-9a-f:]{0,40}::)[0-9a-f]{1,4}(?::{1,2}[0-9a-f]{1,4}){1,7}(?![\w:])"
)

_HEXADECIMAL = re.compile(
    "0[xX][0-9A-Fa-f]+|(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_VERSION = re.compile(
    r"\d+(?:\.\d+)+[-.+]?(?:alpha|beta|rc|dev|post|snapshot|a|b)[-.\d]*", re.IGNORECASE
)
_FLOAT = re.compile(r"\d+(?:\.\d+)?[eE][-+]?\d+")
# A _ before a letter of a menu is the mark of its key (_File, Ch_aracter). The menu is translated.
_UNDERSCORE = re.compile(r"(?![A-Z][a-z]*_[a-z]+$)(?:_{0,2}[A-Za-z0-9.]+_.*|__[A-Za-z].*)")
_CAMEL_CASE = re.compile("[a-z][a-z0-9]*[A-Z].*")
# A number and a unit, an ordinal or a decade: 5km, 10am, 1st, 1980s, 20-year-old, 3D, 10K.
_NUMBER_AND_UNIT = re.compile(r"[\d.,]+(?:[A-Za-z]+|-[a-z]+)(?:[-/][a-z]+)*")
# A word and a number: mid-2010s, No.5, page/3, Dec.25.
_WORD_AND_NUMBER = re.compile(r"[a-z]{3,}[-/:+]\d.*|[A-Za-z]+[./:+]\d.*")
_CHANGES = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")


def is_identifier(word: str) -> bool:
    """Return whether a word that matches `IDENTIFIER` keeps its form in any language.

    Names with digits do (AB-12345, RFC2616, v2.3.1, A4), and so do snake_case and camelCase. A
    number with its unit does not (5km, 1980s), nor a number after a word (mid-2010s, No.5).
    """
    if any(form.fullmatch(word) for form in (_HEXADECIMAL, _VERSION, _FLOAT, _UNDERSCORE)):
        return True
    if _CAMEL_CASE.fullmatch(word):
        return "/" not in word
    if not any(map(str.isdigit, word)) or _NUMBER_AND_UNIT.fullmatch(word):
        return False
    if word[0].isdigit():
        # 2024-Q1, 12345-AB and hashes; 9-to-5 is a phrase.
        return bool(re.search(r"-[A-Z]|\d[A-Z]+\d", word)) or len(_CHANGES.findall(word)) > 2
    return not _WORD_AND_NUMBER.fullmatch(word) or bool(re.match(r"v\.?\d", word))
