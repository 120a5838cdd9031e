"""Lists of words that several kinds of text share: names, days, times, places, prices."""

from __future__ import annotations

from functools import cache

from tools.corpus_generator.lexicon import load_lexicon

FAMILY_NAMES = "김 이 박 최 정 강 조 윤 장 한"
WEEKDAYS = "월요일 화요일 수요일 목요일 금요일"
WEEKEND = "토요일 일요일"
WEEKS = ("이번 주", "다음 주")
DAYS_OF_MONTH = (2, 5, 9, 12, 16, 19, 23, 27)
CITIES = "서울 부산 대구 인천 광주 대전 울산 강릉 춘천 전주 경주 속초 여수 제주 수원 목포"
DISTRICTS = "중앙동 새터동 은행동 한강동 푸른동 햇살동 바람동 강변동 솔밭동 별빛동 꽃마을 달맞이동"
PRICES = "3,000 5,000 7,000 8,000 10,000 12,000 15,000 18,000 20,000 25,000 30,000 35,000"


def _hours(part: str, first: int, last: int) -> list[str]:
    return [f"{part} {hour}시{half}" for hour in range(first, last + 1) for half in ("", " 30분")]


def _days(names: str) -> list[str]:
    return [f"{week} {name}" for week in WEEKS for name in names.split()]


@cache
def shared_lists() -> dict[str, tuple[str, ...]]:
    """Return the shared lists by name; a kind of text draws from them with `@name`."""
    given = [person.korean for person in load_lexicon().people if "name" in person.flags]
    times = _hours("오전", 9, 11), _hours("오후", 1, 5)
    lists = {
        "given": given,
        "full": [family + name for family in FAMILY_NAMES.split() for name in given],
        "weekday": _days(WEEKDAYS),
        "day": _days(WEEKDAYS) + _days(WEEKEND),
        "day_name": [*WEEKDAYS.split(), *WEEKEND.split()],
        "date": [f"{month}월 {day}일" for month in range(1, 13) for day in DAYS_OF_MONTH],
        "morning": times[0],
        "afternoon": times[1],
        "evening": _hours("저녁", 6, 8),
        "time": times[0] + times[1],
        "city": CITIES.split(),
        "district": DISTRICTS.split(),
        "price": [f"{price}원" for price in PRICES.split()],
    }
    return {name: tuple(words) for name, words in lists.items()}
