"""Check whether a trained translator keeps URLs, numbers, emoji, codes and markup unchanged.

    python benchmarks/placeholders.py model/ko-en [--show]

Translates a hundred sentences in the source language of the translator (ko, en or fr), each with
one such item. Prints how many items are unchanged in the translation, and how many of these the
model placed itself by a placeholder token. The others were placed by the attention weights or at an
end of the sentence.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command_line import run_benchmark
from malgil.common.errors import UserError
from malgil.modeling.translator import Translator
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.placeholders import MARKS

COUNT = 100
SEED = 3
LINKS = (
    "https://www.example.com/notice?id=1024",
    "http://example.org",
    "https://example.kr/a-b/c#d",
)
ADDRESSES = ("minsu.kim@example.com", "help+ko@example.co.kr", "jean.dupont@example.fr")
NUMBERS = ("2,450", "1,234,567", "98.6", "7350")
FRENCH_NUMBERS = ("2 450", "1 234 567", "98,6", "7350")
TIMES = ("10:30", "18:05")
PHONES = ("010-1234-5678", "+82-10-9876-5432")
DATES = ("2026-03-14", "2025.12.31")
EMOJI = ("😀", "👍🏽", "👨‍👩‍👧", "🇰🇷", "🎉🎉🎉")
NAMES = ("{name}", "{{ user.name }}", "%s", "%1$s", "@minsu_kim", "${user}")
FILES = ("report_2024_final.pdf", "보고서_2024.hwp", "/usr/local/bin", "C:\\Users\\kim\\a.txt")
CODES = ("AB-12345-KR", "v2.3.1", "`git commit`", "snake_case", "#travel", "RFC2616")
BREAKS = ("<br/>", "\\n", "<hr>")
# For each language: sentence templates, and the items that fit into them.
FRAMES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "ko": (
        ("자세한 내용은 {}에서 확인하세요.", LINKS),
        ("여기 링크입니다: {}", LINKS),
        ("{}로 메일을 보내 주세요.", ADDRESSES),
        ("제 이메일 주소는 {}입니다.", ADDRESSES),
        ("가격은 {}원입니다.", NUMBERS),
        ("지금까지 {}명이 왔어요.", NUMBERS),
        ("회의는 {}에 시작합니다.", TIMES),
        ("전화번호는 {}입니다.", PHONES),
        ("저는 {}에 태어났습니다.", DATES),
        ("정말 고마워요 {}", EMOJI),
        ("오늘 날씨가 좋네요 {} 산책 갈까요?", EMOJI),
        ("{} 생일 축하해요!", EMOJI),
        ("{}님이 집에 왔어요.", NAMES),
        ("{} 파일을 보내 주세요.", FILES),
        ("번호는 {}입니다.", CODES),
        ("비가 와요.{}집에 갑시다.", BREAKS),
    ),
    "en": (
        ("You will find more at {}.", LINKS),
        ("Here is the link: {}", LINKS),
        ("Please write to {} about it.", ADDRESSES),
        ("My address is {}.", ADDRESSES),
        ("It costs {} dollars.", NUMBERS),
        ("There are {} people here.", NUMBERS),
        ("The train leaves at {}.", TIMES),
        ("Call me at {} tomorrow.", PHONES),
        ("We were born on {}.", DATES),
        ("Thank you so much {}", EMOJI),
        ("The weather is nice {} shall we go?", EMOJI),
        ("{} Happy birthday!", EMOJI),
        ("{} came home.", NAMES),
        ("Please send me {} today.", FILES),
        ("The number is {}.", CODES),
        ("It is raining.{}Let us go home.", BREAKS),
    ),
    "fr": (
        ("Vous trouverez les détails sur {}.", LINKS),
        ("Voici le lien : {}", LINKS),
        ("Écrivez-moi à {} !", ADDRESSES),
        ("Mon adresse est {}.", ADDRESSES),
        ("J'ai payé {} euros.", FRENCH_NUMBERS),
        ("Il y a {} personnes ici.", FRENCH_NUMBERS),
        ("Le train part à {}.", TIMES),
        ("Appelle-moi au {}.", PHONES),
        ("Nous sommes nés le {}.", DATES),
        ("Merci beaucoup {}", EMOJI),
        ("Il fait beau {} on y va ?", EMOJI),
        ("{} Bonne fête !", EMOJI),
        ("{} est rentré.", NAMES),
        ("Envoyez-moi {} !", FILES),
        ("Le numéro est {}.", CODES),
        ("Il pleut.{}Rentrons.", BREAKS),
    ),
}


def sentences(language: str) -> list[tuple[str, str]]:
    """Return sentences in a language, each with the item that must be kept."""
    choose = random.Random(SEED)
    frames = FRAMES[language]
    made = []
    for number in range(COUNT):
        frame, fillings = frames[number % len(frames)]
        filling = choose.choice(fillings)
        made.append((frame.format(filling), filling))
    return made


def main() -> None:
    """Translate and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("translator", type=Path, help="folder of a translator, such as model/ko-en")
    parser.add_argument("--show", action="store_true", help="print every translation")
    options = parser.parse_args()
    translator = Translator.load(options.translator)
    language = translator.settings.data.source_language
    if language not in FRAMES:
        raise UserError(
            f"the benchmark accepts source languages {', '.join(FRAMES)}. Received: {language!r}."
        )
    made = sentences(language)
    translations = translator.translate([source for source, _ in made])
    pieces, placed, kept = translator.pipeline, 0, 0
    for (source, filling), translation in zip(made, translations, strict=True):
        is_kept = normalize(filling) in translation.text
        kept += is_kept
        placed += is_kept and any(
            {pieces.target.subword.pieces[piece] for piece in ids} & set(MARKS)
            for _, ids in translation.ids
        )
        if options.show or not is_kept:
            print(f"{'  ' if is_kept else '! '}{source} → {translation.text}")
    print(f"{kept} of {COUNT} unchanged, {placed} of them placed by the model")


if __name__ == "__main__":
    run_benchmark(main)
