"""Formats of text files that are recognized by their content: subtitles, catalogs, XML."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

SRT, VTT = "SRT", "WebVTT"
PO, STRINGS, PROPERTIES, YAML = "PO", ".strings", ".properties", "YAML"
TMX, XLIFF, LINGUIST, ANDROID, RESX = "TMX", "XLIFF", "Qt Linguist", "strings.xml", ".resx"
JSON = "JSON"
# The formats that have one language per file; with names of two files that belong together.
SINGLE_LANGUAGE_FORMATS = {
    SRT: "film.ko.srt, film.en.srt",
    VTT: "film.ko.vtt, film.en.vtt",
    ANDROID: "values-ko/strings.xml, values/strings.xml",
    RESX: "Texts.ko.resx, Texts.resx",
    STRINGS: "ko.lproj/Localizable.strings, en.lproj/Localizable.strings",
    PROPERTIES: "messages_ko.properties, messages_en.properties",
    YAML: "ko.yml, en.yml",
}

# Removed before a pattern is tried, which would take 20 times as long for a megabyte of them.
_BLANKS = "\ufeff \t\r\n\f\v"
_XML_START = re.compile(r"<(\?xml|!DOCTYPE|!--|tmx|xliff|resources|TS|html)\b", re.IGNORECASE)
_RESX_START = re.compile(r"<root>\s*<(?:resheader|data|xsd:schema|!--|assembly|metadata)\b")
# What may precede the root element.
_XML_PROLOG = re.compile(
    r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>", re.DOTALL | re.I
)
_XML_ROOT = re.compile(r"<(?:\w+:)?(\w+)")
_XML_ROOTS = {"tmx": TMX, "xliff": XLIFF, "TS": LINGUIST, "resources": ANDROID}
_VTT_START = re.compile(r"\ufeff?WEBVTT(?=[ \t\r\n]|$)")
_SRT_START = re.compile(
    r"(?:\d+[ \t]*(?:\r\n?|\n)\s*)?(?:\d+:)?\d+:\d+[.,]\d+[ \t]*-->[ \t]*(?:\d+:)?\d+:\d+[.,]\d+"
)
_PO_LINE = re.compile(r'(#.*|(msgctxt|msgid|msgid_plural|msgstr(\[\d+\])?)\s+".*"|".*"|domain .*)')
_STRINGS_LINE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"\s*=\s*"[^"\\]*(?:\\.[^"\\]*)*"\s*;')
# A comment that is not closed goes on to the end, so that no other search for its end is needed.
_STRINGS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|^[ \t]*//[^\n]*$", re.DOTALL | re.MULTILINE)
_PROPERTY_LINE = re.compile(r"(?P<key>(?:[^\s=:\\]|\\.)+)\s*[=:]")
_DOTTED_PROPERTY = re.compile(r"(?P<key>[A-Za-z][\w\-]*(?:[._\-][\w\-]+)+)\s*=")
_YAML_LINE = re.compile(r"""\s*(?:- .*|(?:"[^"]*"|'[^']*'|[\w.$/-]+):(?:\s.*)?|---|\.\.\.)""")
_JSON_START = re.compile(r'(\{\s*("(?:[^"\\]|\\.)*"\s*:\s*["{\[\dtfn-]|\})|\[\s*[\[{"\]\d-])')
_MAX_LINES = 200


def xml_format(text: str) -> str | None:
    """Return the format of XML by its root element; "" if it is another; None for other texts.

    Args:
        text: The beginning of a text.
    """
    text = text.lstrip(_BLANKS)
    if not _XML_START.match(text) and not _RESX_START.match(text):
        return None
    position = 0
    while prolog := _XML_PROLOG.match(text, position):
        position = prolog.end()
    match = _XML_ROOT.match(text, position)
    root = match[1] if match else ""
    if root == "root" and re.search(r"<(resheader|data)\s", text):
        return RESX
    return _XML_ROOTS.get(root if root == "TS" else root.lower(), "")


def text_format(text: str, name: str) -> str | None:
    """Return the format of subtitles and catalogs; None for any other text.

    Only formats that cannot be confused with sentences are recognized by their content alone. YAML
    and short .properties files have to be named so as well.

    Args:
        text: The beginning of a text.
        name: The name of the file.
    """
    if _VTT_START.match(text):
        return VTT
    text = text.lstrip(_BLANKS)
    if _SRT_START.match(text):
        return SRT
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    lines = lines[:_MAX_LINES]
    if _share(_PO_LINE, lines) > 0.8 and any(line.startswith("msgid ") for line in lines):
        return PO
    if _is_strings(text, lines):
        return STRINGS
    lowered = name.lower()
    code = [
        line
        for line, previous in zip(lines, ["", *lines], strict=False)
        if line[0] not in "#!" and not previous.endswith("\\")
    ]
    if lowered.endswith(".properties") and _share(_PROPERTY_LINE, code) > 0.5:
        return PROPERTIES
    if _is_dotted_properties(code):
        return PROPERTIES
    if lowered.endswith((".yml", ".yaml")) and _share(_YAML_LINE, code) > 0.5:
        return YAML
    return None


def json_format(text: str, is_whole: bool) -> str | None:
    """Return `JSON` for JSON and JSON Lines; None for a text that only begins like JSON.

    Args:
        text: The text, or its beginning.
        is_whole: Whether it is the whole text.
    """
    if not _JSON_START.match(text.lstrip(_BLANKS)):
        return None
    text = text.lstrip("\ufeff")
    first = text.lstrip().split("\n", 1)[0]
    for part in (text, first):
        try:
            if isinstance(json.loads(part), (dict, list)):
                return JSON
        except (ValueError, RecursionError):
            continue
    # The beginning of a long value cannot be parsed: it begins with keys in quotation marks.
    return JSON if not is_whole and len(re.findall(r'"\s*:\s*["\[{\d]', text[:4096])) > 2 else None


def _share(pattern: re.Pattern[str], lines: Sequence[str]) -> float:
    """Return the share of lines that begin with a pattern; 0 if there are none."""
    return sum(bool(pattern.match(line)) for line in lines) / max(1, len(lines))


def _is_strings(text: str, lines: Sequence[str]) -> bool:
    """Return whether a text is an Apple .strings file, whose comments are those of C."""
    if not any(_STRINGS_LINE.fullmatch(line) for line in lines):
        return False
    without_comments = _STRINGS_COMMENT.sub("", text)
    code = [line.strip() for line in without_comments.splitlines() if line.strip()][:_MAX_LINES]
    return _share(_STRINGS_LINE, code) > 0.6


def _is_dotted_properties(lines: Sequence[str]) -> bool:
    """Return whether nearly all lines, at least five, are `dotted.key = text`, with new keys."""
    matches = [match for line in lines if (match := _DOTTED_PROPERTY.match(line))]
    keys = {match["key"] for match in matches}
    return len(matches) >= 5 and len(keys) > 0.9 * len(lines)
