"""Codes of software in a text: code in backticks, templates, formats, escapes, files and paths."""

from __future__ import annotations

import re

# `code` and ``code``, with the role of reStructuredText before it; no quotation (`so').
CODE = (
    r"(?::[a-z][a-z:+-]{0,30}:)?(?:``(?=[^\s`])[^`]{1,300}(?<!\s)``(?!`)"
    # Neither the apostrophe of don`t nor the quotation of several Korean words is code.
    r"|(?<![`A-Za-z])`(?!(?<=[가-힣]`)[가-힣])(?=[^\s`'])(?![가-힣]+(?:,? [가-힣]+)+`)"
    r"[^`]{1,300}(?<![\s`])`_{0,2}(?!`))"
)
_NAME = (
    r"[A-Za-z0-9_가-힣][\w가-힣.-]*(?:\[[^\[\]{}\s]{1,40}\])?(?:![rsa])?(?::[^{}\s가-힣]{0,20})?"
)
# {name} {0:.2f} {} {{ name }} {{{name}}} {% if x %} {# note #} ${name} #{name} %{name} @{name}
TEMPLATE = (
    # {count, plural, one {…} other {…}} and {\an8}
    r"\{\w{1,60}, ?(?:plural|select|selectordinal|number|date|time)"
    r"(?:,(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,100}\})*\}){1,500})?\}|\{\\[^{}]{1,80}\}"
    r"|\{\{\{[^{}]{1,200}\}\}\}|[$#%@]?\{\{[^{}]{1,200}\}\}|\{%[^{}%]{1,200}%\}|\{#[^{}#]{1,200}#\}"
    rf"|[$#%@]\{{[^{{}}\s]{{1,80}}\}}|(?<![A-Za-z0-9_\\{{])\{{(?:{_NAME})?\}}(?!\}})"
    r"|(?<![\w$])\$(?:[A-Za-z_]\w*|[0-9@#?*!](?![\d,.]*\d|[\w]))"
    r"|(?<![A-Za-z0-9_%])%[A-Z_][A-Z0-9_]+%"  # %PATH%
)
_CONVERSION = r"(?:hh?|ll?|[qjztL])?[A-Za-z@](?![A-Za-z])"
_MEASURED = r"[dsuif](?=(?:px|pt|em|ms|[KMG]?i?B|[smhx]|%)(?![a-z]))"
_SPECIFIER = (
    r"%(?:\d{1,2}\$)?[-+#0]{0,3}(?:\d{1,3}|\*)?(?:\.(?:\d{1,3}|\*))?"
    rf"(?:{_CONVERSION}|{_MEASURED})|%\(\w{{1,60}}\)[-+#0]?[\d.]{{0,5}}[A-Za-z]"
)
# %s %1$s %(name)d %@ %.2f %Y-%m-%d %d%%
FORMAT = rf"(?<![\d%])(?:{_SPECIFIER})(?:%%|[-:/.x]?(?:{_SPECIFIER}))*"
# \n between the words of a message; \textbf is a command of TeX.
ESCAPE = (
    r"(?:\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[0\"'\\]|[nrtvfb](?![a-z])"
    r"|[nrt](?=[a-z])(?<=[^\s]..)))+"
    r"|\\[A-Za-z]{2,30}\*?"
)
_EXTENSIONS = frozenset(
    """
    doc docx dot dotx hwp hwpx hwt xls xlsx xlsm ppt pptx pps ppsx pdf odt ods odp rtf txt
    csv tsv md rst tex epub htm html xhtml xml xsl json jsonl yml yaml toml ini cfg conf
    properties env log lock sql db sqlite png jpg jpeg gif bmp svg webp tif tiff ico psd
    heic raw mp3 mp4 m4a m4v wav flac ogg avi mkv mov wmv webm srt vtt ass smi zip tar gz
    tgz bz2 xz 7z rar iso dmg exe msi dll so deb rpm apk jar war whl bin dat bak tmp py pyc
    pyi ipynb js mjs jsx ts tsx css scss java class kt swift c cc cpp h hpp cs go rs rb php
    pl sh bash zsh bat cmd ps1 lua vue po mo pot tmx xlf xliff ttf otf woff woff2 h5 keras
    onnx pt pth safetensors npz npy parquet cer crt pem key eml msg ics vcf
    """.split()  # noqa: SIM905
)
# `is_file` checks the extension. The Hangul before an ASCII file name belongs to it:
# 보고서_2024.hwp (`protected_spans` adds it).
_FILE_NAME = r"(?:[\w+.-]*[\w+-])?\.[A-Za-z0-9]{1,11}(?![\w-])(?!\.[A-Za-z0-9])"
FILE = rf"(?<![\w.+-]){_FILE_NAME}"
# a/b.txt: with an extension, without a slash at the beginning
FILE_IN_FOLDER = rf"(?<![\w./@-])[\w.-]+(?:/[\w.-]+)*/{_FILE_NAME}"
_NOT_IN_PATH = r"\s\"'<>|*?:,;"
PATH = (
    # C:\Users\kim and C:/Users/kim
    r"(?<![A-Za-z0-9_])[A-Za-z]:(?:\\|/(?!/))"
    rf"(?:[^{_NOT_IN_PATH}()]|(?<=[^{_NOT_IN_PATH}])\([^\s()]*\)"
    # C:\Program Files\a.exe: the folder goes on after the space
    rf"|(?<=[^{_NOT_IN_PATH}\\]) (?=[^{_NOT_IN_PATH}\\]{{1,40}}\\))*"
    rf"|(?<![\w\\])\\\\[\w.$가-힣-]+(?:\\[^{_NOT_IN_PATH}\\()]+)+"  # \\server\folder
    # /usr/bin, ./a.sh, ~/docs. Hangul follows a slash; elsewhere it is a particle.
    # /ng/소리가: a sound
    r"|(?<![\w./)~가-힣<-])/(?!etc|usr|var|lib|bin|tmp|opt|srv|dev|mnt)[a-z]{1,3}/(?=[가-힣])"
    r"|(?<![\w./)~가-힣<-])(?:/(?=[\w.~$*{-])|(?:~|\.{1,2})/(?=[\w.~$*{가-힣-]))"
    r"(?:[\w.+@%~$-]|(?<=/)[가-힣]+|/(?=[\w.~$가-힣-]))+/?"
    # src/main: a folder at the top of a project or of a system
    r"|(?<![\w./@-])(?:src|lib|bin|etc|usr|var|home|opt|tests?|docs|node_modules)/(?:[\w.-]+/?)*"
)
_HIDDEN = "git|env|ssh|github|vscode|venv|cache|config|local|npm|cargo|docker"
HIDDEN_FILE = (
    rf"(?<![\w./가-힣])\.(?:{_HIDDEN}|[a-z]{{1,20}}(?:rc|ignore|_profile|_history|attributes))"
    r"(?![\w.])"
)


_INITIALS = re.compile(r"(?:[A-Z]\.)+[A-Z]")


def is_file(name: str) -> bool:
    """Return whether what `FILE` matches is the name of a file: one with a known extension."""
    stem, _dot, extension = name.rpartition(".")
    # "fear.So" is the end of a sentence without a space, and J.C are initials.
    if not (extension.islower() or extension.isdigit()) and not (
        extension.isupper() and len(extension) > 2
    ):
        return False
    if _INITIALS.fullmatch(stem):
        return False  # P.E.class
    return extension.lower() in _EXTENSIONS and (len(extension) > 1 or len(stem) != 1)
