"""Measure the text path: its speed compared with konlpy and NLTK, and its round trips.

    python benchmarks/text_path.py KO-EN.tsv [--french FR-EN.tsv]

Prints two tables. Speed: the sentences per second of each tokenizer and of the library that it
uses, on the same sentences in the same process, in turn, in the best of five rounds (other work on
the machine only slows a round down). Their results are compared. Round trips: the share of
sentences for which text → tokens → subwords → ids → text gives the characters and spaces of the
file, and how the others differ. A tokenizer that is not installed is skipped.
"""

from __future__ import annotations

import argparse
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command_line import read_pairs, run_benchmark
from malgil.common.errors import UserError
from malgil.preprocessing.dataset.tokenize_pairs import PairTokenizer, count_tokens
from malgil.preprocessing.pipeline import TextPipeline
from malgil.preprocessing.text.english import EnglishPreTokenizer
from malgil.preprocessing.text.french import FrenchPreTokenizer
from malgil.preprocessing.text.korean import KoreanPreTokenizer, mecab_dictionary
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.placeholders import match_spans
from malgil.preprocessing.text.subword import UNK
from malgil.settings import PreprocessingSettings

# The number of sentences that each tagger is timed on: a few seconds of work.
SENTENCES = {"mecab": 20_000, "okt": 2500, "komoran": 6000, "hannanum": 2000, "kkma": 500}
CHECKED = 2000
ROUNDS = 5
Split = Callable[[Sequence[str]], object]


def speed_of(*ways: Split, texts: Sequence[str]) -> list[float]:
    """Return the sentences per second of each way of splitting, in the best of several rounds."""
    for way in ways:
        way(texts)  # Java compiles code that has run for a while
    rounds: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for way, found in zip(ways, rounds, strict=True):
            began = time.perf_counter()
            way(texts)
            found.append(len(texts) / (time.perf_counter() - began))
    return [max(found) for found in rounds]


def konlpy_morphs(name: str) -> Callable[[str], list[str]]:
    """Return the method `morphs` of konlpy's tagger, as in its documentation."""
    import konlpy.tag

    if name == "mecab":
        return konlpy.tag.Mecab(str(mecab_dictionary())).morphs
    return getattr(konlpy.tag, name.capitalize())().morphs


def korean_speed(name: str, every: Sequence[str]) -> None:
    """Print the row of the table for one tagger."""
    texts = every[:: max(1, len(every) // SENTENCES[name])][: SENTENCES[name]]
    try:
        tokenizer = KoreanPreTokenizer(name)
    except UserError as error:
        print(f"| {name} | {error} | | |")
        return
    morphs = konlpy_morphs(name)
    # Without its cache of sentences, from which later rounds would only look results up.
    ours, tokens, plain = speed_of(
        tokenizer._tagger.morphs_all,
        tokenizer.tokenize_all if name == "mecab" else tokenizer._by_morphemes,
        lambda some: [morphs(text) for text in some],
        texts=texts,
    )
    some = every[:: max(1, len(every) // CHECKED)][:CHECKED]
    differ = sum(
        a != list(morphs(text))
        for a, text in zip(tokenizer._tagger.morphs_all(some), some, strict=True)
    )
    row = f"{plain:,.0f} | {ours:,.0f} | {tokens:,.0f} | {tokens / plain:.2f}"
    print(f"| {name} | {row} | {differ} of {len(some):,} |", flush=True)


def english_speed(texts: Sequence[str]) -> None:
    """Print the row for NLTK, with an empty cache in each round, as in a new process."""
    from nltk.tokenize import NLTKWordTokenizer

    nltk = NLTKWordTokenizer()

    def spans(some: Sequence[str]) -> list[object]:
        return [list(nltk.span_tokenize(text)) for text in some if '"' not in text]

    remembered = EnglishPreTokenizer()
    ours, warm, plain = speed_of(
        lambda some: EnglishPreTokenizer().tokenize_all(some),
        remembered.tokenize_all,
        spans,
        texts=texts,
    )
    differ = sum(remembered.tokenize(text) != remembered._by_nltk(text) for text in texts)
    row = f"{plain:,.0f} | {ours:,.0f} | {warm:,.0f} | {ours / plain:.2f}"
    print(f"| nltk | {row} | {differ} of {len(texts):,} |", flush=True)


def other_speed(name: str, split: Split, texts: Sequence[str]) -> None:
    """Print the row for a function that is compared with no library."""
    print(f"| {name} | | {speed_of(split, texts=texts)[0]:,.0f} | | | |", flush=True)


def cause(line: str, text: str, is_unknown: bool) -> str:
    """Return how a text after the round trip differs from the line of the file."""
    spaces = " ".join(line.split())
    if line == text:
        return "exact"
    if spaces == normalize(text) and text != normalize(text):
        return "exact except for the no-break spaces of French typography"
    if spaces == text:
        return "spaces: no-break, repeated, leading or trailing"
    if " ".join(unicodedata.normalize("NFC", line).split()) == text:
        return "not NFC"
    if is_unknown:
        return "unknown characters"
    return "full-width, control or format characters" if normalize(line) == text else "other"


def round_trip(language: str, name: str, lines: Sequence[str]) -> None:
    """Print the row of one language and tokenizer, with up to 8,000 subwords of the lines."""
    # Only the target side of the pairs is used.
    settings = PreprocessingSettings(
        source_tokenizer="none", target_tokenizer=name, vocabulary_size=8000
    )
    try:
        pairs = [("a", normalize(line)) for line in lines]
        counts = count_tokens(PairTokenizer(settings)(pairs), settings)
        pipeline = TextPipeline.learn((Counter(["▁a"]), counts[1]), settings)
    except UserError as error:
        print(f"| {language} | {name} | {error} | | |")
        return
    causes: Counter[str] = Counter()
    subwords = 0
    same = 0
    for line in lines:
        ids = pipeline.target.encode(line)
        text = pipeline.decode(ids)
        subwords += len(ids)
        same += normalize(text) == normalize(line) and UNK not in ids
        causes[cause(line, text, UNK in ids)] += 1
    share = f"{100 * same / len(lines):.3f} %"
    table = "; ".join(f"{n:,} {what}" for what, n in causes.most_common())
    length = f"{subwords / len(lines):.2f}"
    print(f"| {language} | {name} | {len(lines):,} | {share} | {length} | {table} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the text path: speed and round trips.")
    parser.add_argument("pairs", type=Path, help="lines of Korean, tab, English")
    parser.add_argument("--french", type=Path, help="lines of French, tab, English")
    options = parser.parse_args()
    korean, english = columns(options.pairs)
    french = columns(options.french)[0] if options.french else []
    normal = [normalize(line) for line in korean]

    print("| tokenizer | library | morphemes | tokens | ratio | different |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in SENTENCES:
        korean_speed(name, normal)
    english_speed([normalize(line) for line in english[:40_000]])
    if french:
        other_speed("french", FrenchPreTokenizer().tokenize_all, [normalize(s) for s in french])
    other_speed("normalize, Korean", lambda some: [normalize(text) for text in some], korean)

    print("\n| language | tokenizer | sentences | same | subwords | compared with the file |")
    print("| --- | --- | ---: | ---: | ---: | --- |")
    sample = korean[:: max(1, len(korean) // 10_000)][:10_000]
    for name in ("mecab", "okt", "none"):
        round_trip("Korean", name, sample)
    round_trip("English", "nltk", english)
    if french:
        round_trip("French", "french", french)
        round_trip("French", "nltk", french)

    pairs = list(zip(normal, map(normalize, english), strict=True))
    shared = sum(bool(match_spans(*pair)[0]) for pair in pairs)
    print(f"\n{shared:,} of {len(pairs):,} pairs share a protected span")


def columns(path: Path) -> tuple[list[str], list[str]]:
    """Return both columns of a file, without any change of the text."""
    sources, targets = zip(*read_pairs(path), strict=True)
    return list(sources), list(targets)


if __name__ == "__main__":
    run_benchmark(main)
