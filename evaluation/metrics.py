"""The metrics of translations: BLEU by sacrebleu and NLTK, chrF, exact matches, perplexity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from malgil.common.errors import UserError
from malgil.common.localization import _

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

_KOREAN = ("ko", "kor", "korean")
# sacrebleu's tokenizers by target language, the best first; 13a for every other language. 13a
# splits at spaces and punctuation. It does not work for languages without spaces, and it does not
# separate a Korean word from its particle.
_SACREBLEU_TOKENIZERS = {
    **dict.fromkeys(_KOREAN, ("ko-mecab", "char")),
    "ja": ("ja-mecab", "char"),
    "zh": ("zh",),
    **dict.fromkeys(("th", "lo", "km", "my"), ("char",)),
}
_WITHOUT_SPACES = ("ja", "zh", "th", "lo", "km", "my")


@dataclass(frozen=True)
class Scores:
    """The scores of a list of translations, with signatures to reproduce them.

    Attributes:
        sentences: The number of sentences.
        bleu_nltk: NLTK's corpus BLEU, 0 to 100.
        bleu_nltk_signature: A signature with NLTK's version, tokenizer and smoothing.
        bleu_sacrebleu: sacrebleu's corpus BLEU, 0 to 100.
        bleu_sacrebleu_signature: sacrebleu's own signature, which names the tokenizer.
        bleu_characters: For Korean, sacrebleu's corpus BLEU over characters (`tok:char`), which
            does not depend on the installed dictionary; None for other languages.
        chrf: sacrebleu's chrF2, 0 to 100. It ignores spaces.
        chrf_signature: sacrebleu's own signature.
        exact_match: The share of translations that equal their reference, 0 to 1.
        perplexity: The model's perplexity on the references, 1 or more; None if unknown.
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

    Both sides are scored as they are, as by the command `sacrebleu`: quotation marks, spaces and
    Unicode normal forms count. Scores are case-sensitive.

    Args:
        hypotheses: The translations, detokenized.
        references: One reference for each translation, in the same order.
        target_language: The code of their language, such as "en" or "ko".
        perplexity: The model's perplexity, which is copied to the scores.

    Raises:
        UserError: If there are no translations, or the two lists differ in length.

    Source:
        BLEU: Papineni et al. 2002. Comparable BLEU: Post 2018. chrF: Popović 2015.
    """
    if len(hypotheses) != len(references):
        message = _(
            "scoring accepts one reference per translation. Received: {translations:,} "
            "translations and {references:,} references. Check the test file."
        )
        raise UserError(message.format(translations=len(hypotheses), references=len(references)))
    if not hypotheses:
        raise UserError(
            _("there are no sentences to score. Name a test file that has sentence pairs.")
        )
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
    """Return NLTK's corpus BLEU in percent, and its signature.

    Without smoothing, NLTK warns and returns almost 0 if any n-gram order has no match. Its
    `method3` smooths as sacrebleu does, and has no effect if every order has a match.
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
    """Return the name and the function of the tokenizer for NLTK's BLEU.

    An English tokenizer does not suit Korean, and with a morpheme tagger the score would depend on
    the installed packages. Korean is therefore split at spaces. This is strict, as a wrong particle
    makes the whole word wrong; sacrebleu's score compares parts of words.
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
    """Return sacrebleu's corpus BLEU in percent, and its signature."""
    metric = _sacrebleu_metric(target_language)
    bleu = metric.corpus_score(hypotheses, [references]).score
    return float(bleu), str(metric.get_signature())


def _bleu_characters(
    hypotheses: Sequence[str], references: Sequence[str], target_language: str
) -> float | None:
    """Return sacrebleu's BLEU over characters for Korean, None for other languages."""
    from sacrebleu.metrics.bleu import BLEU

    if _base(target_language) not in _KOREAN:
        return None
    return float(BLEU(tokenize="char").corpus_score(hypotheses, [references]).score)


def _sacrebleu_metric(target_language: str) -> BLEU:
    """Return sacrebleu's BLEU with the best installed tokenizer for a language."""
    from sacrebleu.metrics.bleu import BLEU

    *better, last = _SACREBLEU_TOKENIZERS.get(_base(target_language), ("13a",))
    for tokenizer in better:
        try:
            return BLEU(tokenize=tokenizer)
        # The dictionary is not installed, or another package has its name. The signature says which
        # tokenizer was used.
        except (RuntimeError, AttributeError, AssertionError):
            continue
    return BLEU(tokenize=last)


def _chrf(hypotheses: Sequence[str], references: Sequence[str]) -> tuple[float, str]:
    """Return sacrebleu's chrF2 in percent, and its signature."""
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF()
    chrf = metric.corpus_score(hypotheses, [references]).score
    return float(chrf), str(metric.get_signature())


def _exact_match(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """Return the share of translations that equal their reference, ignoring white space."""
    pairs = zip(hypotheses, references, strict=True)
    return sum(left.split() == right.split() for left, right in pairs) / len(hypotheses)


def _base(language: str) -> str:
    """Return the language without its region: "ko" for "ko-KR"."""
    return language.strip().lower().replace("_", "-").partition("-")[0]
