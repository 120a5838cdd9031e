"""What files call languages and sides: column names, JSON keys, language codes, endings of names.

Codes: ISO 639-1 and 639-2, and BCP 47, of which the first part counts (`ko-KR` is `ko`).
"""

from __future__ import annotations

import re

from malgil.preprocessing.text.normalization import normalize

# By two-letter code: three-letter codes, and the names in English, Korean and itself.
_LANGUAGES = {
    "ko": "kor kr korean 한국어 한글 한국말 국문 국어 조선말",
    "en": "eng english 영어 영문",
    "ja": "jpn jp japanese 일본어 일어 일문 日本語",
    "zh": "zho chi cn chinese 중국어 중문 中文 汉语 漢語",
    "fr": "fra fre french 프랑스어 불어 불문 français francais",
    "de": "deu ger german 독일어 독어 독문 deutsch",
    "es": "spa spanish 스페인어 서반아어 español espanol",
    "it": "ita italian 이탈리아어 italiano",
    "pt": "por portuguese 포르투갈어 português portugues",
    "nl": "nld dut dutch 네덜란드어 nederlands",
    "ru": "rus russian 러시아어 노어 русский",
    "ar": "ara arabic 아랍어 العربية",
    "hi": "hin hindi 힌디어 हिन्दी",
    "th": "tha thai 태국어 ไทย",
    "tr": "tur turkish 튀르키예어 터키어 türkçe",
    "pl": "pol polish 폴란드어 polski",
    "vi": "vie vietnamese 베트남어 tiếng",
    "id": "ind indonesian 인도네시아어 indonesia",
    "mn": "mon khk mongolian 몽골어 монгол",
    "uz": "uzb uzbek 우즈베크어 우즈벡어",
}
_CODES = {
    name: code for code, names in _LANGUAGES.items() for name in (code, *normalize(names).split())
}
_SOURCES = (
    "source src 원문 원본 original q question 질문 질의 input 입력 "
    "text 본문 document 존댓말 formal polite"
)
_TARGETS = (
    "target tgt trg 번역문 번역 번역본 translation a answer 답변 응답 대답 output 출력 "
    "summary 요약 요약문 반말 informal casual"
)
_SIDES = dict.fromkeys(normalize(_SOURCES).split(), "source")
_SIDES |= dict.fromkeys(normalize(_TARGETS).split(), "target")

# Words that only a whole name may be: `target_text` is no source, and `a` is an article.
_ONLY_WHOLE = {"q", "a", "text", "본문"}
_REGIONAL = re.compile(r"[A-Za-z]{2,3}[-_][A-Z]{2}")  # ko-KR, en_US

_LONGEST_NAME = 40  # characters; a longer cell is a sentence
_LAST_OF_SENTENCE = ".?!。？！…,"


def language_of(code: str) -> str:
    """The two-letter code of a language, however it is called: `ko-KR`, `KOR`, `Korean`, `한국어`.

    A name that is not known is its own code.
    """
    name = normalize(code).lower()
    first = re.split(r"[-_]", name, maxsplit=1)[0]
    return _CODES.get(name) or _CODES.get(first) or first


def is_language(code: str) -> bool:
    """Whether a two-letter code is one that is known here."""
    return code in _LANGUAGES


def words(name: str, at_spaces: bool) -> list[str]:
    """The words of a name such as `ko_original`, in lower case; none of what is no name.

    Args:
        name: The cell of a header, a key, or what stands in place of one.
        at_spaces: Whether spaces part words too (`영어 검수`).
    """
    name = normalize(name).lower()
    is_sentence = len(name) > _LONGEST_NAME or name.endswith(tuple(_LAST_OF_SENTENCE))
    if is_sentence or (not at_spaces and " " in name):
        return []
    parts = [part for part in re.split(r"[\s_\-./()\[\]:]+", name) if part]
    return parts if len(parts) <= 5 else []


def matches(name: str, language: str, side: str, at_spaces: bool) -> int | None:
    """How well a name fits a side of the translator.

    Args:
        name: As for `words`.
        language: The code of the side's language; empty where languages do not tell sides apart.
        side: `source` or `target`.
        at_spaces: As for `words`.

    Returns:
        0 the language's name, 1 it is one of its words, 2 the side's name, 3 one of its words;
        None where it does not fit.
    """
    parts = words(name, at_spaces)
    if not parts:
        return None
    whole = normalize(name).lower()
    if language:
        code = language_of(language)
        is_regional = _REGIONAL.fullmatch(normalize(name))
        if _CODES.get(whole, whole) == code or (is_regional and language_of(whole) == code):
            return 0
        if any(_CODES.get(part, part) == code for part in parts):
            return 1
    if _SIDES.get(whole) == side:
        return 2
    sides = {_SIDES[part] for part in parts if part in _SIDES and part not in _ONLY_WHOLE}
    return 3 if sides == {side} else None
