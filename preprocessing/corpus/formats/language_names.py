"""Names of languages and sides: in column names, JSON keys, language codes, file name endings.

Codes are those of ISO 639-1 and 639-2, and of BCP 47, whose first part counts (`ko-KR` is `ko`).
"""

from __future__ import annotations

import re

from malgil.preprocessing.text.normalization import normalize

# By two-letter code: three-letter codes, and names in English, Korean and the language itself.
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

# Words that count only as a whole name: `target_text` is not a source, and `a` is an article.
_ONLY_WHOLE_NAMES = {"q", "a", "text", "본문"}
# The stages of a translation, from the draft to the text that was reviewed last. A name without any
# of these words is of the stage `PLAIN_STAGE`.
_STAGE_NAMES = (
    "mt nmt smt draft raw machine hyp hypothesis google papago 기계 초벌 초안 가번역",
    "",
    "pe ape mtpe pemt postedit postedited postediting corrected revised 교정 교열 수정 윤문",
    "review reviewed final finalized proofread checked gold 검수 감수 검토 최종 확정",
    "ref reference human 사람 휴먼 전문가",
)
_STAGES = {name: stage for stage, names in enumerate(_STAGE_NAMES) for name in names.split()}
DRAFT_STAGE, PLAIN_STAGE, REFERENCE_STAGE = 0, 1, 4
# What Korean names are composed of without spaces: 영어검수, 한국어원문, 최종번역문.
_KOREAN_PARTS = sorted(
    {
        name
        for name in (*_CODES, *_SIDES, *_STAGES, "문장", "텍스트", "결과", "번역", "문", "본", "안")
        if re.fullmatch("[가-힣]+", name)
    },
    key=len,
    reverse=True,
)
_KOREAN_PART = re.compile("|".join(_KOREAN_PARTS))
_KOREAN_COMPOUND = re.compile(f"(?:{'|'.join(_KOREAN_PARTS)})+")
_POST_EDIT = re.compile(r"post[\s_-]+edit")
_CAMEL_CASE = re.compile("(?<=[a-z])(?=[A-Z])")
_REGIONAL = re.compile(r"[A-Za-z]{2,3}[-_][A-Z]{2}")  # ko-KR, en_US

_MAX_NAME_LENGTH = 40  # characters; a longer cell is a sentence
_SENTENCE_ENDS = ".?!。？！…,"


def language_code(name: str) -> str:
    """Return the two-letter code of a language by any of its names: `ko-KR`, `KOR`, `한국어`.

    An unknown name is its own code.
    """
    name = normalize(name).lower()
    first = re.split(r"[-_]", name, maxsplit=1)[0]
    return _CODES.get(name) or _CODES.get(first) or first


def is_known_language(code: str) -> bool:
    """Return whether a two-letter code is that of a known language."""
    return code in _LANGUAGES


def name_words(name: str, allows_spaces: bool) -> list[str]:
    """Return the words of a name such as `ko_original`, in lower case.

    Args:
        name: A cell that may belong to a header, or a key.
        allows_spaces: Whether a name may consist of words separated by spaces (`영어 검수`).

    Returns:
        The words; an empty list if the text is not a name.
    """
    name = normalize(name)
    is_sentence = len(name) > _MAX_NAME_LENGTH or name.endswith(tuple(_SENTENCE_ENDS))
    if is_sentence or (not allows_spaces and " " in name):
        return []
    name = _POST_EDIT.sub("postedit", _CAMEL_CASE.sub("_", name).lower())
    parts = [part for part in re.split(r"[\s_\-./()\[\]:]+", name) if part]
    if len(parts) > 5:
        return []
    return [word for part in parts for word in _korean_words(part)]


def _korean_words(part: str) -> list[str]:
    """Split 영어검수 into 영어 and 검수; any other part is one word."""
    if part in _CODES or part in _SIDES or not _KOREAN_COMPOUND.fullmatch(part):
        return [part]
    return _KOREAN_PART.findall(part)


def stage(name: str) -> int:
    """Return the stage of the translations in a column by its name.

    Returns:
        0 for machine translations and drafts, `PLAIN_STAGE` (1) if the name does not say, 2 for
        post-edited texts, 3 for reviewed texts, 4 for references of a translation (`ref`).
    """
    stages = [_STAGES[word] for word in name_words(name, allows_spaces=True) if word in _STAGES]
    return max(stages, default=PLAIN_STAGE)


def match_rank(name: str, language: str, side: str, allows_spaces: bool) -> int | None:
    """Return how well a name matches a side of the translator.

    Args:
        name: As for `name_words`.
        language: The code of the side's language; empty if both sides have the same language.
        side: `source` or `target`.
        allows_spaces: As for `name_words`.

    Returns:
        0 if the name is the language's, 1 if one of its words is, 2 if the name is the side's, 3 if
        one of its words is, 4 if it is a stage of a translation (`NMT`, `Review`) and the side is
        `target`; None if it does not match.
    """
    words = name_words(name, allows_spaces)
    if not words:
        return None
    whole = normalize(name).lower()
    if language:
        code = language_code(language)
        is_regional = _REGIONAL.fullmatch(normalize(name))
        if _CODES.get(whole, whole) == code or (is_regional and language_code(whole) == code):
            return 0
        if any(_CODES.get(word, word) == code for word in words):
            return 1
    if _SIDES.get(whole) == side:
        return 2
    sides = {_SIDES[word] for word in words if word in _SIDES and word not in _ONLY_WHOLE_NAMES}
    if sides == {side}:
        return 3
    is_stage = any(word in _STAGES for word in words) and not any(word in _CODES for word in words)
    return 4 if is_stage and not sides and side == "target" else None
