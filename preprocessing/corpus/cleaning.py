"""Rules that exclude sentence pairs from training."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from malgil.common.localization import _
from malgil.preprocessing.corpus import Pair
from malgil.preprocessing.text.scripts import script_share
from malgil.settings import CleaningSettings

# Why pairs are left out, as messages list it: "24 with markup, 7 seen before".
CONTROL = _("with control characters")
MARKUP = _("with markup")
SCRIPT = _("in another script")
DUPLICATE = _("seen before")
WITHOUT_LETTERS = _("without a letter")
OVERLAP = _("also in valid or test")
LENGTH_RATIO = _("with one side far longer")

# C0 and C1 except tab and line ends, and the replacement character for bytes that did not decode.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd]")
# HTML tags, comments and entities, and the codes {\an8} and {y:i} of subtitles.
_MARKUP = re.compile(
    r"</?[A-Za-z][A-Za-z0-9]{0,9}(\s[^<>]*)?/?>|<!--|&(#\d+|#x[0-9A-Fa-f]+|[A-Za-z]{2,8});"
    r"|\{\\[a-z][^{}]*\}|\{[A-Za-z]:[^{}]*\}"
)
# In subwords. Texts up to this length may differ freely: "네." may be "Yes, I will do that."
_MAX_LENGTH_WITHOUT_RATIO = 10

_NOT_WORD = re.compile(r"[\W_]+")


def rejection_reason(
    source: str, target: str, rules: CleaningSettings, languages: tuple[str, str]
) -> str | None:
    """Return the reason why a pair is rejected by the rules that look at one pair only.

    Args:
        source: The source sentence before normalization.
        target: The target sentence.
        rules: `[cleaning]`.
        languages: The two-letter codes of source and target.

    Returns:
        The reason; None if the pair is accepted.
    """
    sides = source, target
    if rules.drop_control_characters and any(map(_CONTROL.search, sides)):
        return CONTROL
    if rules.drop_markup and _have_different_markup(source, target):
        return MARKUP
    # If one side has letters, the other may be a date or a number in digits: its translation.
    if rules.drop_without_letters and not any(map(str.isalpha, source + target)):
        return WITHOUT_LETTERS
    min_share = rules.min_script_share
    if min_share and any(
        script_share(text, language) < min_share
        for text, language in zip(sides, languages, strict=True)
    ):
        return SCRIPT
    return None


def _have_different_markup(source: str, target: str) -> bool:
    """Return whether the sides have markup, and not the same: tags of both become placeholders."""
    found = [sorted(match[0] for match in _MARKUP.finditer(text)) for text in (source, target)]
    return found[0] != found[1]


def exceeds_length_ratio(source_length: int, target_length: int, max_ratio: float) -> bool:
    """Return whether one side has more than `max_ratio` times as many subwords as the other.

    Args:
        source_length: The number of subwords of the source.
        target_length: The number of subwords of the target.
        max_ratio: `[cleaning] max_length_ratio`; 0 for no limit.
    """
    shorter, longer = sorted((source_length, target_length))
    return bool(max_ratio) and longer > _MAX_LENGTH_WITHOUT_RATIO and longer > max_ratio * shorter


def pair_hash(source: str, target: str) -> bytes:
    """Return an 8-byte hash of a pair."""
    return blake2b(f"{source}\t{target}".encode(), digest_size=8).digest()


def folded_pair_hash(source: str, target: str) -> bytes:
    """Return an 8-byte hash of a pair that ignores case, spaces and punctuation."""
    return pair_hash(_NOT_WORD.sub("", source.casefold()), _NOT_WORD.sub("", target.casefold()))


class Deduplicator:
    """Rules that compare a pair with others: with pairs seen before, and with held-out pairs.

    Args:
        rules: `[cleaning]`.
        held_out: The normalized pairs of valid and test.
    """

    def __init__(self, rules: CleaningSettings, held_out: Iterable[Pair]) -> None:
        self._seen: set[bytes] | None = set() if rules.drop_duplicates else None
        self._held_out = {folded_pair_hash(*pair) for pair in held_out if rules.drop_overlap}

    def rejection_reason(self, exact: bytes, folded: bytes) -> str | None:
        """Return the reason why a pair is rejected, or None. Accepted pairs are remembered.

        Args:
            exact: The `pair_hash` of the pair.
            folded: Its `folded_pair_hash`.
        """
        if folded in self._held_out:
            return OVERLAP
        if self._seen is not None:
            if exact in self._seen:
                return DUPLICATE
            self._seen.add(exact)
        return None
