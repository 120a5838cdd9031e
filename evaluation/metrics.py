"""How close translations come to their references: BLEU twice, chrF, exact matches, perplexity."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from malgil.common.errors import UserError

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

_KOREAN = ("ko", "kor", "korean")
# sacrebleu's tokenizers for a target language, the best first; every other language takes 13a.
# 13a splits at spaces and punctuation, which makes no sense of a language without spaces and
# counts a Korean word with its particle as one.
_SACREBLEU_TOKENIZERS = {
    **dict.fromkeys(_KOREAN, ("ko-mecab", "char")),
    "ja": ("ja-mecab", "char"),
    "zh": ("zh",),
    **dict.fromkeys(("th", "lo", "km", "my"), ("char",)),
}
_WITHOUT_SPACES = ("ja", "zh", "th", "lo", "km", "my")


@dataclass(frozen=True)
class Scores:
    """The scores of a list of translations, and what would reproduce each of them.

    Attributes:
        sentences: How many sentences were scored.
        bleu_nltk: NLTK's corpus BLEU, 0 to 100.
        bleu_nltk_signature: NLTK's version, its tokens and its smoothing.
        bleu_sacrebleu: sacrebleu's corpus BLEU, 0 to 100.
        bleu_sacrebleu_signature: sacrebleu's own signature, which names the tokenizer.
        bleu_characters: For Korean, sacrebleu's corpus BLEU over characters (`tok:char`), which is
            the same whatever dictionary is installed; None for other languages.
        chrf: sacrebleu's chrF2, 0 to 100. It ignores spaces.
        chrf_signature: sacrebleu's own signature.
        exact_match: The share of translations equal to their reference, 0 to 1.
        perplexity: The model's perplexity on the references, 1 or more; None if not known.
    """

    sentences: int
    bleu_nltk: float
    bleu_nltk_signature: str
    bleu_sacrebleu: float
    bleu_sacrebleu_signature: str
    chrf: float
    chrf_signature: str
    exact_match: float
    perplexity: float | None = None
    bleu_characters: float | None = None


def score(
    hypotheses: Sequence[str],
    references: Sequence[str],
    target_language: str,
    perplexity: float | None = None,
) -> Scores:
    """Score detokenized translations against one reference each.

    Both sides are brought to NFC first: Korean in another form shares no character with it.
    Case counts.

    Args:
        hypotheses: The translations, as a reader sees them.
        references: As many references, in the same order.
        target_language: The code of the language of both, such as "en" or "ko".
        perplexity: Handed on to the scores.

    Returns:
        The scores.

    Raises:
        UserError: If there is nothing to score, or the two lists differ in length.

    Source:
        BLEU: Papineni et al. 2002. Comparable BLEU: Post 2018. chrF: Popović 2015.
    """
    if len(hypotheses) != len(references):
        raise UserError(
            "scoring accepts one reference for each translation. Received: "
            f"{len(hypotheses)} translations and {len(references)} references. Check the test file."
        )
    if not hypotheses:
        raise UserError("there is no sentence to score. Name a test file that has sentence pairs.")
    hypotheses = [unicodedata.normalize("NFC", text) for text in hypotheses]
    references = [unicodedata.normalize("NFC", text) for text in references]
    bleu_nltk, bleu_nltk_signature = _bleu_nltk(hypotheses, references, target_language)
    bleu_sacrebleu, bleu_signature = _bleu_sacrebleu(hypotheses, references, target_language)
    chrf, chrf_signature = _chrf(hypotheses, references)
    return Scores(
        sentences=len(hypotheses),
        bleu_nltk=bleu_nltk,
        bleu_nltk_signature=bleu_nltk_signature,
        bleu_sacrebleu=bleu_sacrebleu,
        bleu_sacrebleu_signature=bleu_signature,
        chrf=chrf,
        chrf_signature=chrf_signature,
        exact_match=_exact_match(hypotheses, references),
        perplexity=perplexity,
        bleu_characters=_bleu_characters(hypotheses, references, target_language),
    )


def _bleu_nltk(
    hypotheses: Sequence[str], references: Sequence[str], target_language: str
) -> tuple[float, str]:
    """NLTK's corpus BLEU in per cent, and its signature.

    Without smoothing NLTK warns and gives almost nothing as soon as one n-gram order has no match.
    Its `method3` smooths as sacrebleu does, and changes nothing where every order has a match.
    """
    import nltk
    from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu

    name, tokenize = _nltk_tokenizer(target_language)
    bleu = corpus_bleu(
        [[tokenize(reference)] for reference in references],
        [tokenize(hypothesis) for hypothesis in hypotheses],
        smoothing_function=SmoothingFunction().method3,
    )
    signature = f"nrefs:1|case:mixed|tok:{name}|smooth:method3|version:nltk-{nltk.__version__}"
    return 100.0 * float(bleu), signature


def _nltk_tokenizer(target_language: str) -> tuple[str, Callable[[str], list[str]]]:
    """The name and the function of the tokenizer for NLTK's BLEU.

    English tokenization knows nothing of Korean, and a morpheme tagger would make the score depend
    on what is installed: Korean is compared by the words between spaces, which is strict, as a
    wrong particle makes a wrong word. sacrebleu's score looks inside words.
    """
    language = _base(target_language)
    if language in _KOREAN:
        return "spaces", str.split
    if language in _WITHOUT_SPACES:
        return "characters", lambda text: [char for char in text if not char.isspace()]
    from nltk.tokenize import NLTKWordTokenizer

    return "NLTKWordTokenizer", NLTKWordTokenizer().tokenize


def _bleu_sacrebleu(
    hypotheses: Sequence[str], references: Sequence[str], target_language: str
) -> tuple[float, str]:
    """sacrebleu's corpus BLEU in per cent, and its signature."""
    metric = _sacrebleu_metric(target_language)
    bleu = metric.corpus_score(hypotheses, [references]).score
    return float(bleu), str(metric.get_signature())


def _bleu_characters(
    hypotheses: Sequence[str], references: Sequence[str], target_language: str
) -> float | None:
    """sacrebleu's BLEU over characters, for Korean."""
    from sacrebleu.metrics.bleu import BLEU

    if _base(target_language) not in _KOREAN:
        return None
    return float(BLEU(tokenize="char").corpus_score(hypotheses, [references]).score)


def _sacrebleu_metric(target_language: str) -> BLEU:
    """sacrebleu's BLEU with the best tokenizer that is installed for a language."""
    from sacrebleu.metrics.bleu import BLEU

    *better, last = _SACREBLEU_TOKENIZERS.get(_base(target_language), ("13a",))
    for tokenizer in better:
        try:
            return BLEU(tokenize=tokenizer)
        # Its dictionary is not installed, or another under its name; the signature tells what was
        # taken.
        except (RuntimeError, AttributeError, AssertionError):
            continue
    return BLEU(tokenize=last)


def _chrf(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[float, str]:
    """sacrebleu's chrF2 in per cent, and its signature."""
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF()
    chrf = metric.corpus_score(hypotheses, [references]).score
    return float(chrf), str(metric.get_signature())


def _exact_match(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """The share of translations that equal their reference but for white space."""
    pairs = zip(hypotheses, references, strict=True)
    return sum(left.split() == right.split() for left, right in pairs) / len(hypotheses)


def _base(language: str) -> str:
    """The language alone, without its region: "ko" of "ko-KR"."""
    return language.strip().lower().replace("_", "-").partition("-")[0]
