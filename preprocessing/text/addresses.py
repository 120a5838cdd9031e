"""Addresses in a text: URLs, e-mail addresses, mentions and hashtags."""

from __future__ import annotations

import re

HANGUL = "가-힣"
_CHARACTER = r"[\w\-.~:/?#\[\]@!$&'()*+,;=%]"
# In an address Hangul follows one of these; elsewhere it is a particle (naver.com에서).
_REST = rf"(?:{_CHARACTER}|(?<=[/=_?&#-])[{HANGUL}]+|\$?\{{\w{{1,40}}\}})*"
# Without http:// or www. an address is recognized by its top-level domain. None of these is a word
# that may follow a period.
_DOMAINS = "com|net|org|edu|gov|info|io|dev|app|ai|tv|kr|jp|cn|tw|uk|fr|eu|ru"
_SCHEMES = "https?|ftps?|sftp|ssh|git|file|wss?|mailto|tel|jdbc:[a-z]{1,20}"
URL = (
    rf"(?i:(?<![a-z0-9])(?:(?:{_SCHEMES})://|(?:mailto|tel):(?=[\w+])|www\.)(?=[\w/{{$+{HANGUL}]){_REST}"
    # A short link has a path: youtu.be/abc, t.me/kim
    r"|(?<![\w.@-])[a-z0-9-]{1,40}\.(?:be|me|ly|gl|gg|to|cc|us|co|id|im|is|so|xyz|site|shop|page"
    rf"|link|club|blog|news|tech|cloud)/(?=[a-z0-9]){_REST}"
    r"|(?<![\w.@-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
    rf"(?:{_DOMAINS})(?![\w-])(?::\d{{2,5}}(?!\d))?(?:[/?#]{_REST})?)"
)
MAIL = r"(?i:(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,})"
# @user, #subject and #서울여행, #a#b#c, but neither a heading (# Title) nor the # of C# or of #1.
# Some corpora enclose names in #: #프라하#까지. These are translated.
_WORD = rf"[\w{HANGUL}](?:[\w{HANGUL}]|[.-](?=\w))*"
TAG = (
    rf"@(?<![\w./{HANGUL}]@)(?=[A-Za-z_{HANGUL}]){_WORD}"
    rf"|#(?<![\w&#/{HANGUL}]#)(?:{_WORD}(?:#{_WORD}){{2,}}"
    rf"|(?![^#]{{0,39}}[^\s#]#)(?=\d{{3}}|\d*[A-Za-z_]|[{HANGUL}]){_WORD})"
)

# A particle after an address. After Hangul only those are recognized that cannot be part of a word.
_PARTICLE = re.compile(
    rf"(?:(?<=[{HANGUL}])(?:에서|에게|으로|까지|부터|입니다|이에요|예요|를|에)"
    rf"|(?<![{HANGUL}])(?:님|씨|들)?(?:에서|에게|으?로|까지|부터|입니다|이에요|예요|처럼|님|[에를을은는이가와과의도만])?"
    ")$"
)
_NEVER_LAST = ".,:;!?'*~"
_OPENING = {")": "(", "]": "["}


def end_of_address(text: str, begin: int, end: int) -> int:
    """Return the end of an address without a particle, a final sign or a closing bracket.

    Args:
        text: Normalized text.
        begin, end: What a pattern of this module, or of a path, matched.
    """
    while end > begin + 1:
        last = text[end - 1]
        opening = _OPENING.get(last)
        is_open = opening and text.count(opening, begin, end) >= text.count(last, begin, end)
        if last not in _NEVER_LAST and (not opening or is_open):
            break
        end -= 1
    particle = _PARTICLE.search(text, begin + 1, end)
    return particle.start() if particle else end
