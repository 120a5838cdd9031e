"""The scores of translations: BLEU, chrF, chrF++, TER, exact matches, perplexity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.evaluation.sacrebleu_metrics import (
    KOREAN,
    WITHOUT_SPACES,
    Interval,
    base_language,
    sacrebleu_metrics,
    score_corpus,
)
from malgil.preprocessing.text.normalization import normalize


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
        chrf_plus_plus: sacrebleu's chrF2++, which also compares words and pairs of words.
        chrf_plus_plus_signature: sacrebleu's own signature.
        ter: sacrebleu's translation edit rate: edits per 100 words of the references, 0 for equal
            texts; it can be above 100. None for languages whose words are not separated.
        ter_signature: sacrebleu's own signature; "" without TER.
        exact_match: The share of translations that equal their reference, 0 to 1.
        perplexity: The model's perplexity on the references, 1 or more; None if unknown.
        intervals: The 95 % intervals of sacrebleu's metrics, by the names of the attributes; empty
            if the test set is too large to be resampled.
    """

    sentences: int
    bleu_nltk: float
    bleu_nltk_signature: str
    bleu_sacrebleu: float
    bleu_sacrebleu_signature: str
    chrf: float
    chrf_signature: str
    chrf_plus_plus: float
    chrf_plus_plus_signature: str
    exact_match: float
    ter: float | None = None
    ter_signature: str = ""
    perplexity: float | None = None
    bleu_characters: float | None = None
    intervals: Mapping[str, Interval] = field(default_factory=dict)


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
        UserError: If there are no translations, the two lists differ in length, or the seed in the
            environment is not a number.

    Source:
        BLEU: Papineni et al. 2002. Comparable BLEU: Post 2018. chrF: Popović 2015. chrF++: Popović
        2017. TER: Snover et al. 2006. Intervals: Koehn 2004.
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
    found = {
        name: score_corpus(metric, hypotheses, references)
        for name, metric in sacrebleu_metrics(target_language).items()
    }
    characters, ter = found.get("bleu_characters"), found.get("ter")
    return Scores(
        sentences=len(hypotheses),
        bleu_nltk=bleu_nltk,
        bleu_nltk_signature=bleu_nltk_signature,
        bleu_sacrebleu=found["bleu_sacrebleu"].score,
        bleu_sacrebleu_signature=found["bleu_sacrebleu"].signature,
        chrf=found["chrf"].score,
        chrf_signature=found["chrf"].signature,
        chrf_plus_plus=found["chrf_plus_plus"].score,
        chrf_plus_plus_signature=found["chrf_plus_plus"].signature,
        exact_match=_exact_match(hypotheses, references),
        ter=ter.score if ter else None,
        ter_signature=ter.signature if ter else "",
        perplexity=perplexity,
        bleu_characters=characters.score if characters else None,
        intervals={name: each.interval for name, each in found.items() if each.interval},
    )


def as_scored(texts: Sequence[str], normalizes: bool) -> list[str]:
    """Return translations or references as they are scored: unchanged unless `normalizes`."""
    return [normalize(text) for text in texts] if normalizes else list(texts)


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
    language = base_language(target_language)
    if language in KOREAN:
        return "spaces", str.split
    if language in WITHOUT_SPACES:
        return "characters", lambda text: [char for char in text if not char.isspace()]
    from nltk.tokenize import NLTKWordTokenizer

    return "NLTKWordTokenizer", NLTKWordTokenizer().tokenize


def _exact_match(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """Return the share of translations that equal their reference, ignoring white space."""
    pairs = zip(hypotheses, references, strict=True)
    return sum(left.split() == right.split() for left, right in pairs) / len(hypotheses)
