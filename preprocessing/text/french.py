"""French pre-tokenization, which splits off elisions and clitics, and French typography."""

from __future__ import annotations

import re

from malgil.preprocessing.text.pre_tokenizer import PreTokenizer, mark_spaces

_CLITIC = (
    "-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce|moi|toi|lui|leur|le|la|les|y|en|ci|là"
    "|[mtl]['’](?=[yes]))\\b"
)
# A token ends after an elision (l'homme → l' homme, lorsqu'il → lorsqu' il) and before a clitic
# (viens-tu → viens -tu, a-t-il → a -t-il), but not within aujourd'hui or peut-être.
_TOKEN = re.compile(
    r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’](?=\w)"  # an elision
    rf"|{_CLITIC}"
    rf"|(?:\w(?:['’](?=\w)|(?!{_CLITIC})-(?=\w)|[.,:/](?=\d))?)+"  # a word or a number
    r"|\.{2,}|[^\w\s]",
    re.IGNORECASE,
)

NO_BREAK, NARROW_NO_BREAK = "\u00a0", "\u202f"
_NARROW = re.compile(r" (?=[!?;])|(?<=\d) (?=\d{3}(?!\d))")
_WIDE = re.compile(r" (?=[:»%]|[€$£](?! ?\d))|(?<=«) |(?<=\d) (?=h\b)|(?<=\d h) (?=\d)")


class FrenchPreTokenizer(PreTokenizer):
    """Splits French into words, elisions, clitics and punctuation; all characters are kept.

    Corpora write the space before ? ! : ; and within « » in four ways, often within one file.
    Therefore `normalize` replaces each with a plain space, and `typeset` restores the right one.
    """

    def tokenize(self, text: str) -> list[str]:
        """Split into tokens. See `PreTokenizer.tokenize`."""
        return mark_spaces(text, (match.span() for match in _TOKEN.finditer(text)))

    def typeset(self, text: str) -> str:
        """Replace plain spaces with no-break spaces where French typography requires them.

        A narrow no-break space is used before ! ? ; and within large numbers, a wide one before
        : » % and currencies, after «, and before the h of a time. No space is added or removed.

        Source:
            Lexique des règles typographiques en usage à l'Imprimerie nationale (2002),
            « ponctuation »; the narrow space of numbers as in Unicode's CLDR for French.
        """
        return _WIDE.sub(NO_BREAK, _NARROW.sub(NARROW_NO_BREAK, text))
