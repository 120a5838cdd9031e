"""Korean verbs and adjectives: from a dictionary form to the inflected form.

Every operation takes a dictionary form (먹다, 배가 고프다) and returns either another one
(먹고 싶다) or, at the end of the chain, a finished word. Negation, modality, honorifics and
tense can therefore be combined freely: `finish(past(want("먹다")), "polite")` is 먹고 싶었어요.

The irregular classes are those of the Hangeul Orthography (한글 맞춤법), article 18.
"""

from __future__ import annotations

from tools.corpus_generator.hangul import final_consonant, join_syllable, split_syllable, with_final
from tools.corpus_generator.particles import attach, spoken_final
from tools.corpus_generator.word_set import word_set

STYLES = ("polite", "formal", "casual", "plain")
# The sound does not show whether a stem keeps its ㅂ, ㄷ or ㅅ: the smaller set is listed.
REGULAR_B = word_set("입 잡 씹 뽑 집 접 좁 업 꼽 수줍 갈아입 붙잡 꼬집 뒤집")
IRREGULAR_D = word_set("걷 듣 묻 싣 깨닫 긷 알아듣")
IRREGULAR_S = word_set("짓 낫 붓 잇 긋 젓")
IRREGULAR_H = word_set(
    "파랗 빨갛 노랗 하얗 까맣 그렇 이렇 저렇 어떻 커다랗 동그랗 퍼렇 뻘겋 누렇 허옇 꺼멓"
)
REGULAR_REU = word_set("따르 치르 들르 다다르 우러르")  # lose ㅡ only: 따라
# Verbs in 이, which would otherwise be read as a noun and the copula (학생이다).
VERBS_IN_I = word_set(
    "보 쌓 움직 줄 붙 먹 끓 모 놓 쓰 높 죽 속 기울 바뀌 섞 쓰러뜨리 들 벌 늘 받아들"
)
NOT_HONORIFIC = ("마시", "모시", "적시", "쑤시")
REPEATING_REU = word_set("이르 푸르 누르")  # the 러 class: 푸르러
BRIGHT = "ㅏㅗ"
CONTRACTIONS = {"ㅏ": "ㅏ", "ㅓ": "ㅓ", "ㅐ": "ㅐ", "ㅔ": "ㅔ", "ㅕ": "ㅕ", "ㅖ": "ㅖ"}
FUSIONS = {"ㅗ": "ㅘ", "ㅜ": "ㅝ", "ㅣ": "ㅕ", "ㅚ": "ㅙ"}
H_VOWELS = {"ㅏ": "ㅐ", "ㅓ": "ㅔ", "ㅑ": "ㅒ", "ㅕ": "ㅖ"}  # 파랗 → 파래, 퍼렇 → 퍼레
DEFERENTIAL = {
    "먹다": "드시다", "마시다": "드시다", "자다": "주무시다", "말하다": "말씀하시다",
    "있다": "계시다", "이야기하다": "말씀하시다",
}  # fmt: skip


def stem_of(lemma: str) -> str:
    """Return the stem of a dictionary form: 먹다 → 먹.

    Raises:
        ValueError: If it does not end in 다 after at least one Hangul syllable.
    """
    if len(lemma) < 2 or not lemma.endswith("다") or lemma[-2] == " ":
        raise ValueError(f"expected a dictionary form in -다. Received: {lemma!r}.")
    return lemma[:-1]


def word_of(stem: str) -> str:
    """Return the last word of a stem: 배가 고프 → 고프."""
    return stem.rsplit(" ", maxsplit=1)[-1]


def irregular_class(lemma: str) -> str:
    """Return how a stem changes: ㅂ, ㄷ, ㅅ, ㅎ, ㄹ, 르, 러, 으, 하 or 이; "" if it does not."""
    stem = stem_of(lemma)
    word = word_of(stem)
    _, medial, final = split_syllable(stem[-1])
    if word.endswith("하"):
        return "하"
    if word == "아니" or (word.endswith("이") and word[:-1] not in VERBS_IN_I):
        return "이"
    if final == "ㅂ":
        return "" if word in REGULAR_B else "ㅂ"
    for letter, words in (("ㄷ", IRREGULAR_D), ("ㅅ", IRREGULAR_S), ("ㅎ", IRREGULAR_H)):
        if final == letter:
            return letter if word in words else ""
    if final == "ㄹ":
        return "ㄹ"
    if word.endswith("르") and word not in REGULAR_REU:
        return "러" if word in REPEATING_REU else "르"
    return "으" if medial == "ㅡ" and not final else ""


def _harmony(stem: str) -> str:
    """Return 아 after a last vowel ㅏ or ㅗ, else 어; after the past (갔, 살았) always 어."""
    _, medial, final = split_syllable(stem[-1])
    return "아" if medial in BRIGHT and final != "ㅆ" else "어"


def _fuse(stem: str) -> str:
    """Add 아/어 to a stem that ends in a vowel: 가 → 가, 오 → 와, 마시 → 마셔, 쉬 → 쉬어."""
    initial, medial, _ = split_syllable(stem[-1])
    fused = CONTRACTIONS.get(medial) or FUSIONS.get(medial)
    if fused is None:
        return stem + "어"
    return stem[:-1] + join_syllable(initial, fused)


def _drop_eu(stem: str) -> str:
    """Add 아/어 to a stem in ㅡ, which is dropped; the syllable before it decides: 예쁘 → 예뻐."""
    initial = split_syllable(stem[-1])[0]
    before = stem[-2:-1]
    is_bright = bool(before.strip()) and _harmony(before) == "아"
    return stem[:-1] + join_syllable(initial, "ㅏ" if is_bright else "ㅓ")


def infinitive(lemma: str) -> str:
    """Return the 아/어 form, the base of 요, 서, 야 and the past: 돕다 → 도와, 하다 → 해."""
    stem, kind = stem_of(lemma), irregular_class(lemma)
    if kind == "하":
        return stem[:-1] + "해"
    if kind == "이":
        return stem + "어"
    if kind == "ㅂ":
        ending = "와" if word_of(stem) in ("돕", "곱") else "워"
        return with_final(stem, "") + ending
    if kind == "ㄷ":
        return with_final(stem, "ㄹ") + _harmony(stem)
    if kind == "ㅅ":
        return with_final(stem, "") + _harmony(stem)
    if kind == "ㅎ":
        initial, medial, _ = split_syllable(stem[-1])
        if word_of(stem) in ("그렇", "이렇", "저렇", "어떻"):
            return stem[:-1] + join_syllable(initial, "ㅐ")
        return stem[:-1] + join_syllable(initial, H_VOWELS[medial])
    if kind == "르":
        return with_final(stem[:-1], "ㄹ") + ("라" if _harmony(stem[:-1]) == "아" else "러")
    if kind == "러":
        return stem + "러"
    if kind == "으":
        return _drop_eu(stem)
    return stem + _harmony(stem) if final_consonant(stem) else _fuse(stem)


def join(lemma: str, ending: str) -> str:
    """Add an ending that does not depend on the last sound of the stem: 고, 지, 지만, 는, 기.

    Before ㄴ a stem loses its ㄹ: 살 + 는 → 사는.
    """
    stem = stem_of(lemma)
    if ending.startswith(("ㄴ", "느", "는", "니", "네")) and final_consonant(stem) == "ㄹ":
        stem = with_final(stem, "")
    return stem + ending


def join_eu(lemma: str, ending: str) -> str:
    """Add an ending that begins with 으 after a consonant: (으)면, (으)시, (으)ㄹ, (으)ㄴ.

    Args:
        lemma: The dictionary form.
        ending: The ending without its 으; it may be a consonant or begin with one:
            면, 시다, 러, 려고, ㄹ, ㄴ, ㅂ시다.

    Returns:
        The stem with the ending: 먹으면, 사세요, 들을, 추운, 갑시다.
    """
    stem, kind = stem_of(lemma), irregular_class(lemma)
    bare, rest = (ending[0], ending[1:]) if ending[0] in "ㄴㄹㅁㅂ" else ("", ending)
    if kind == "ㄹ":
        if bare:
            return with_final(stem, "ㄻ" if bare == "ㅁ" else bare) + rest
        drops = split_syllable(ending[0])[0] in "ㄴㅅ"
        return (with_final(stem, "") if drops else stem) + ending
    if kind == "ㅂ":
        stem = with_final(stem, "") + "우"
    elif kind == "ㅎ":
        stem = with_final(stem, "")
    elif kind == "ㄷ":
        stem = with_final(stem, "ㄹ") + "으"
    elif kind == "ㅅ":
        stem = with_final(stem, "") + "으"
    elif final_consonant(stem):
        stem += "으"
    return (with_final(stem, bare) if bare else stem) + rest


def past(lemma: str) -> str:
    """Return the past as a dictionary form: 가다 → 갔다, 이다 after a vowel → 였다."""
    stem = stem_of(lemma)
    if irregular_class(lemma) == "이" and not stem.endswith("아니"):
        host = stem[:-1]
        return host + ("였다" if host and not spoken_final(host) else "이었다")
    if stem.endswith("아니"):
        return stem + "었다"
    form = infinitive(lemma)
    return with_final(form, "ㅆ") + "다"


def future(lemma: str) -> str:
    """Return the future as a dictionary form: 먹다 → 먹을 것이다. `finish` contracts it."""
    return join_eu(lemma, "ㄹ") + " 것이다"


def honorific(lemma: str) -> str:
    """Return the form that honors the subject: 가다 → 가시다, 먹다 → 드시다, 자다 → 주무시다."""
    *before, word = lemma.split(" ")
    if word.endswith("이다") and irregular_class(word) == "이" and len(word) > 2:
        # After a vowel the copula is dropped: 의사시다.
        return join_eu(lemma, "시다") if final_consonant(word[:-2]) else lemma[:-2] + "시다"
    polite = DEFERENTIAL.get(word)
    return " ".join([*before, polite]) if polite else join_eu(lemma, "시다")


def formal(lemma: str, is_question: bool = False) -> str:
    """Return the 합니다체 form.

    It ends in 습니다 after a consonant, in ㅂ니다 after a vowel or ㄹ, and in 습니까 in questions.
    """
    end = "니까" if is_question else "니다"
    stem = stem_of(lemma)
    if stem.endswith(" 것이"):
        return stem[:-2] + "겁" + end
    if final_consonant(stem) in ("", "ㄹ"):
        return with_final(stem, "ㅂ") + end
    return stem + "습" + end


def polite(lemma: str) -> str:
    """Return the 해요체 form: the infinitive and 요, except 이에요/예요, 아니에요 and 세요."""
    stem = stem_of(lemma)
    if stem.endswith(" 것이"):
        return stem[:-2] + "거예요"
    if irregular_class(lemma) == "이":
        if stem.endswith("아니"):
            return stem + "에요"
        return attach(stem[:-1], "이에요/예요")
    if stem.endswith("시") and not stem.endswith(NOT_HONORIFIC):
        return stem[:-1] + "세요"
    return infinitive(lemma) + "요"


def casual(lemma: str) -> str:
    """Return the 해체 form: the infinitive; 이야/야 and 아니야 for 이다 and 아니다."""
    stem = stem_of(lemma)
    if stem.endswith(" 것이"):
        return stem[:-2] + "거야"
    if irregular_class(lemma) == "이":
        if stem.endswith("아니"):
            return stem + "야"
        return attach(stem[:-1], "이야/야")
    return infinitive(lemma)


def plain(lemma: str, is_verb: bool = True) -> str:
    """Return the 해라체 form, as in books.

    Verbs become 간다, 먹는다; adjectives, 있다 and the past do not change.
    """
    stem = stem_of(lemma)
    final = final_consonant(stem)
    if irregular_class(lemma) == "이" and not stem.endswith("아니"):
        return lemma if spoken_final(stem[:-1]) else stem[:-1] + "다"
    if not is_verb or final == "ㅆ" or stem.endswith(("없", "아니")):
        return lemma
    return with_final(stem, "ㄴ") + "다" if final in ("", "ㄹ") else stem + "는다"


def finish(lemma: str, style: str, is_question: bool = False, is_verb: bool = True) -> str:
    """Return the finished predicate of a sentence.

    Args:
        lemma: The dictionary form, including the tense.
        style: One of `STYLES`: 해요체, 합니다체, 해체 or 해라체.
        is_question: Whether it is a question; matters only in the formal style.
        is_verb: Whether it acts as a verb, not an adjective; matters only in the plain style.

    Returns:
        The predicate, without punctuation.

    Raises:
        ValueError: If the style is unknown.
    """
    if style == "formal":
        return formal(lemma, is_question)
    if style == "polite":
        return polite(lemma)
    if style == "casual":
        return casual(lemma)
    if style == "plain":
        return plain(lemma, is_verb)
    raise ValueError(f"style accepts {', '.join(STYLES)}. Received: {style!r}.")


def attributive(lemma: str, tense: str = "present", is_verb: bool = True) -> str:
    """Return the form before a noun: 읽는, 읽은, 읽을 for verbs; 큰, 재미있는 for adjectives.

    Args:
        lemma: The dictionary form.
        tense: Present, past or future; for adjectives, only the present is regular.
        is_verb: Whether it acts as a verb.
    """
    if tense == "future":
        return join_eu(lemma, "ㄹ")
    if tense == "present" and (is_verb or stem_of(lemma)[-1] in "있없"):
        return join(lemma, "는")
    return join_eu(lemma, "ㄴ")
