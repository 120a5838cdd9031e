"""Sentences with numbers: amounts, prices, dates, times, durations, ages, telephone numbers …

The sentences are templates (`lexicon/number_sentences.tsv`); the numbers in them are drawn, in
digits or spelled. English has digits where Korean has digits, and words where it has words: 사과
12개 is 12 apples, and 사과 열두 개 is twelve apples.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tools.corpus_generator.clause import Triple
from tools.corpus_generator.composed import Composed, compose_pair
from tools.corpus_generator.draw import Draw
from tools.corpus_generator.lexicon import read_table
from tools.corpus_generator.numerals import (
    cardinal,
    mixed,
    native,
    ordinal,
    ordinal_digits,
    sino,
)
from tools.corpus_generator.summaries.template import field_names, fill
from tools.corpus_generator.verb_phrase import words
from tools.corpus_generator.word_set import word_set

Fields = dict[str, str]

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
SPELLED_MONTHS = (
    "일월 이월 삼월 사월 오월 유월 칠월 팔월 구월 시월 십일월 십이월".split()  # noqa: SIM905
)
HALVES = (("오전", "a.m."), ("오후", "p.m."))
PARTS_OF_DAY = (("아침", "in the morning", 6, 9), ("저녁", "in the evening", 6, 9),
                ("밤", "at night", 9, 11), ("새벽", "in the morning", 2, 5))  # fmt: skip
GOODS = (
    ("가방", "bag"), ("모자", "hat"), ("책", "book"), ("치마", "skirt"), ("시계", "watch"),
    ("우산", "umbrella"), ("셔츠", "shirt"), ("사진기", "camera"), ("의자", "chair"),
    ("커피", "coffee"), ("케이크", "cake"), ("수박", "watermelon"), ("생선", "fish"),
    ("지갑", "wallet"), ("스카프", "scarf"), ("목걸이", "necklace"), ("외투", "coat"),
    ("인형", "doll"), ("자전거", "bicycle"), ("침대", "bed"), ("꽃다발", "bouquet"),
    ("화장품", "makeup"), ("휴대폰", "cell phone"), ("표", "ticket"), ("구두", "shoes"),
    ("바지", "pants"), ("안경", "glasses"), ("운동화", "sneakers"), ("장갑", "gloves"),
    ("양말", "socks"),
)  # fmt: skip
PLURAL_GOODS = ("shoes", "pants", "glasses", "sneakers", "gloves", "socks")
MASS_GOODS = ("coffee", "makeup", "fish")
COUNTED_KINDS = ("food", "drink", "thing", "machine", "animal", "plant", "people")
DURATIONS = (("분", "minute", 5, 59), ("시간", "hour", 1, 12))
PERIODS = (("년", "year", 1, 20), ("개월", "month", 2, 11), ("주", "week", 1, 8),
           ("일", "day", 2, 30), ("달", "month", 1, 6))  # fmt: skip
FEW = word_set("floor exit line ordinal times grade duration period age elder degree percent score")
TIMES = {1: "once", 2: "twice"}


def numbered(draw: Draw) -> Composed:
    """Compose a sentence with numbers of any kind."""
    kind, korean, english = draw.one(_sentences())
    fields = _FIELDS[kind](draw) if kind in _FIELDS else _counted(draw, kind)
    style = "polite"
    if "[" in korean:
        style = draw.random.choices(("polite", "formal", "casual", "plain"), (45, 25, 20, 10))[0]
    said = fill(korean, fields, style)
    text = " ".join(english.format(**fields).split()).replace("..", ".")  # p.m. ends a sentence
    numbers = " ".join(fields[name] for name in field_names(korean) if name in fields)
    # A kind with few numbers may have them in all parts, but not in the same sentence.
    triple = Triple(kind, numbers, korean if kind in FEW else "")
    return compose_pair(said[:-1], text.removesuffix(korean[-1]), triple, mark=korean[-1])


@cache
def _sentences() -> tuple[tuple[str, str, str], ...]:
    rows = read_table("number_sentences")
    return tuple((row["kind"], row["korean"], row["english"]) for row in rows)


@cache
def _things(kind: str) -> tuple[dict[str, str], ...]:
    return tuple(row for row in read_table("counted") if kind in ("count", row["class"])
                 and (kind != "count" or row["class"] in ("food", "drink", "thing")))  # fmt: skip


def _counted(draw: Draw, kind: str) -> Fields:
    """Draw a thing with its number: 사과, 12개, 12 apples."""
    thing = draw.one(_things(kind))
    is_many = thing["class"] in ("people", "thing", "food") and draw.chance(0.4)
    highest = 99 if is_many else 12
    lowest = 1 if kind != "people" else 2
    number = draw.random.randint(lowest, highest)
    korean, english = _number(draw, number)
    amount = words(english, thing["english"] if number == 1 else thing["plural"])
    return {
        "thing": thing["korean"], "q": f"{korean}{thing['counter']}", "a": amount,
        "A": amount[0].upper() + amount[1:], "be": "is" if number == 1 else "are",
        "was": "was" if number == 1 else "were", "d": english,
        "D": english[0].upper() + english[1:],
    }  # fmt: skip


def _number(draw: Draw, number: int, digits: float = 0.55) -> tuple[str, str]:
    """Return a number as it is used before a counter, and in English, in digits or spelled."""
    if draw.chance(digits):
        return str(number), str(number)
    return f"{native(number)} ", cardinal(number)


def _won(draw: Draw) -> tuple[str, str]:
    """Draw a price in won."""
    random = draw.random
    number = random.choice((random.randint(5, 99) * 100, random.randint(1, 99) * 1_000,
                            random.randint(10, 990) * 1_000))  # fmt: skip
    if draw.chance(0.05):
        number = random.randint(1, 90) * 1_000_000
    english = f"{number:,} won"
    which = random.random()
    if which < 0.6:
        # Always the same form of a number: sentences must differ in more than the comma.
        return (f"{number}원" if number // 100 % 7 == 3 else f"{number:,}원"), english
    if which < 0.8 and number % 1_000 == 0 and number > 10_000:
        return f"{mixed(number)} 원", english
    return f"{sino(number)} 원", english


def _price(draw: Draw) -> Fields:
    korean, english = draw.one(GOODS)
    price, said = _won(draw)
    is_plural = english in PLURAL_GOODS
    some = "" if is_plural or english in MASS_GOODS else "a"
    return {
        "goods": korean, "g": english, "p": price, "e": said, "be": "are" if is_plural else "is",
        "this": "these" if is_plural else "this", "This": "These" if is_plural else "This",
        "Pro": "They're" if is_plural else "It's", "some": some,
    }  # fmt: skip


def _dollars(draw: Draw) -> Fields:
    number = draw.random.choice((draw.random.randint(2, 99), draw.random.randint(10, 500)))
    unit = draw.one((("달러", "dollars"), ("유로", "euros")))
    return _price(draw) | {"m": f"{number}{unit[0]}", "x": f"{number} {unit[1]}"}


def _day(draw: Draw) -> tuple[str, str]:
    """Draw a day of the year: 3월 14일, March 14."""
    month = draw.random.randint(1, 12)
    day = draw.random.randint(1, DAYS[month - 1])
    english = f"{MONTHS[month - 1]} {day}"
    if draw.chance(0.85):
        return f"{month}월 {day}일", english
    return f"{SPELLED_MONTHS[month - 1]} {sino(day)}일", english


def _clock(draw: Draw) -> tuple[str, str]:
    """Draw a time of day: 오후 2시 30분, 2:30 p.m.; 세 시 반, three thirty."""
    random = draw.random
    hour, minute = random.randint(1, 12), random.choice((0, 0, 0, 10, 15, 20, 30, 40, 45, 50))
    if draw.chance(0.3):
        minute = random.randint(1, 59)
    before, half = draw.one(HALVES) if draw.chance(0.55) else ("", "")
    if draw.chance(0.7):
        tail = f" {minute}분" if minute else ""
        tail = " 반" if minute == 30 and draw.chance(0.4) else tail
        said = f"{hour}:{minute:02}" if minute else (str(hour) if half else f"{hour} o'clock")
        return words(before, f"{hour}시{tail}"), words(said, half)
    name, where, first, last = draw.one(PARTS_OF_DAY)
    if before and not minute:
        hour = random.randint(first, last)
        return f"{name} {native(hour)} 시", f"{cardinal(hour)} o'clock {where}"
    if minute in (10, 15, 20, 30, 40, 45, 50):
        tail = " 반" if minute == 30 else f" {sino(minute)} 분"
        return f"{native(hour)} 시{tail}", f"{cardinal(hour)} {cardinal(minute)}"
    return f"{native(hour)} 시", f"{cardinal(hour)} o'clock"


def _time(draw: Draw) -> Fields:
    (first, said), (second, other) = _clock(draw), _clock(draw)
    return {"t": first, "u": said, "s": second, "v": other}


def _datetime(draw: Draw) -> Fields:
    korean, english = _day(draw)
    return _time(draw) | {"d": korean, "e": english}


def _birth(draw: Draw) -> Fields:
    year = draw.random.randint(1900, 2035) if draw.chance(0.3) else draw.random.randint(1970, 2026)
    korean, english = _day(draw)
    return {"y": f"{year}년", "e": str(year), "d": korean, "f": english}


def _length(draw: Draw, units: tuple[tuple[str, str, int, int], ...]) -> Fields:
    """Draw a length of time: 20분, 20 minutes; 세 시간, three hours."""
    unit, english, first, last = draw.one(units)
    number = draw.random.randint(first, last)
    is_native = unit in ("시간", "달") and number <= 12
    korean, said = f"{number}{unit}", str(number)
    if is_native and draw.chance(0.5):
        korean, said = f"{native(number)} {unit}", cardinal(number)
    elif not is_native and draw.chance(0.2):
        korean, said = f"{sino(number)} {unit}", cardinal(number)
    said = words(said, english if number == 1 else f"{english}s")
    if unit == "시간" and draw.chance(0.2):
        korean, said = f"{korean} 반", f"{words(said.split(' ')[0])} and a half hours"
    return {"l": korean, "e": said}


def _age(draw: Draw, first: int = 2, last: int = 60) -> Fields:
    number = draw.random.randint(first, last)
    korean, english = _number(draw, number)
    unit = "세" if korean == english and first > 50 and draw.chance(0.5) else "살"
    return {"n": f"{korean}{unit}", "e": english}


def _phone(draw: Draw) -> Fields:
    random = draw.random
    first = random.choice(("010", "010", "010", "02", "031", "051", "070"))
    middle = random.randint(1000, 9999) if first == "010" else random.randint(200, 9999)
    return {"n": f"{first}-{middle}-{random.randint(0, 9999):04}"}


def _floor(draw: Draw) -> Fields:
    number = draw.random.randint(2, 30)
    return draw.one((
        {"n": f"{number}층", "e": ordinal_digits(number)},
        {"n": f"{sino(number)} 층", "e": ordinal(number)},
    ))  # fmt: skip


def _room(draw: Draw) -> Fields:
    number = draw.random.randint(1, 25) * 100 + draw.random.randint(1, 30)
    return {"n": f"{number}호", "e": str(number)}


def _plain(first: int, last: int, unit: str) -> Callable[[Draw], Fields]:
    """Return a function that draws a number with its unit in digits: 5번, 5."""

    def draw_plain(draw: Draw) -> Fields:
        number = draw.random.randint(first, last)
        return {"n": f"{number}{unit}", "e": str(number)}

    return draw_plain


def _percent(draw: Draw) -> Fields:
    number = draw.random.randint(1, 99)
    korean = draw.one((f"{number}%", f"{number}퍼센트"))
    english = f"{number}%" if korean.endswith("%") else f"{number} percent"
    return {"n": korean, "e": english, "E": english}


def _score(draw: Draw) -> Fields:
    first, second = sorted((draw.random.randint(0, 9), draw.random.randint(0, 9)), reverse=True)
    first += first == second
    return {"n": f"{first} 대 {second}", "e": f"{first} to {second}"}


def _times(draw: Draw) -> Fields:
    number = draw.random.randint(1, 10)
    korean, english = _number(draw, number)
    said = TIMES.get(number, f"{english} times")
    return {"n": f"{korean}번", "e": said}


def _ordinal(draw: Draw) -> Fields:
    number = draw.random.randint(1, 20)
    if draw.chance(0.3):
        return {"n": f"{number}번째", "e": ordinal_digits(number)}
    korean = "첫" if number == 1 else native(number)
    return {"n": f"{korean} 번째", "e": ordinal(number)}


def _grade(draw: Draw) -> Fields:
    number = draw.random.randint(1, 6)
    return draw.one((
        {"n": f"{number}학년", "e": ordinal_digits(number)},
        {"n": f"{sino(number)} 학년", "e": ordinal(number)},
    ))  # fmt: skip


_FIELDS: dict[str, Callable[[Draw], Fields]] = {
    "price": _price,
    "dollars": _dollars,
    "date": lambda draw: dict(zip("de", _day(draw), strict=True)),
    "datetime": _datetime,
    "birth": _birth,
    "time": _time,
    "span": _time,
    "duration": lambda draw: _length(draw, DURATIONS),
    "period": lambda draw: _length(draw, PERIODS),
    "age": _age,
    "elder": lambda draw: _age(draw, 55, 99),
    "phone": _phone,
    "floor": _floor,
    "room": _room,
    "bus": _plain(1, 7800, "번"),
    "exit": _plain(1, 14, "번"),
    "line": _plain(1, 9, "호선"),
    "page": _plain(2, 400, "쪽"),
    "percent": _percent,
    "degree": _plain(1, 40, "도"),
    "kilo": _plain(1, 95, "킬로그램"),
    "centimeter": _plain(140, 199, "센티미터"),
    "meter": _plain(5, 3000, "미터"),
    "kilometer": _plain(1, 120, "킬로미터"),
    "score": _score,
    "times": _times,
    "ordinal": _ordinal,
    "grade": _grade,
    "points": _plain(30, 100, "점"),
}
