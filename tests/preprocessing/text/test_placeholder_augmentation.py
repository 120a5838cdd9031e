"""Placeholder augmentation: the share of pairs, positions and reproducibility."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from malgil.common.locations import ROOT
from malgil.preprocessing.text import placeholder_augmentation
from malgil.preprocessing.text.normalization import normalize
from malgil.preprocessing.text.placeholder_augmentation import augment
from malgil.preprocessing.text.placeholders import match_spans
from malgil.preprocessing.text.protected_spans import parse_spans
from malgil.preprocessing.text.span import VALUE

SHARING = [
    (f"{who} {n}시에 {what} 갔다. 좋았다.", f"{who_en} went {what_en} at {n}. It was good.")
    for who, who_en in (("나는", "I"), ("KTX가", "The KTX"), ("너는", "You"))
    for what, what_en in (("집에", "home"), ("산에", "to a mountain"))
    for n in range(1, 60)
]
OTHERS = [
    (f"{who} {when} {what} 갔다. {how}.", f"{who_en} went {what_en} {when_en}. It was {how_en}.")
    for who, who_en in (("나는", "I"), ("너는", "You"), ("그는", "He"), ("그녀는", "She"))
    for when, when_en in (("어제", "yesterday"), ("자주", "often"), ("또", "again"))
    for what, what_en in (("집에", "home"), ("산에", "to a mountain"), ("학교에", "to school"))
    for how, how_en in (("좋았다", "good"), ("추웠다", "cold"), ("힘들었다", "hard"))
]
PAIRS = SHARING + OTHERS


def plain(text: str) -> str:
    """Replace the spans of a text with #."""
    from malgil.preprocessing.text.protected_spans import find_spans

    for begin, end in reversed(find_spans(text)):
        text = text[:begin] + "#" + text[end:]
    return text


def changed(seed: int = 1, pairs: list[tuple[str, str]] = PAIRS) -> list[tuple[str, str]]:
    return [new for pair in pairs if (new := augment(*pair, seed)) != pair]


def test_a_share(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = range(10)
    share = [
        sum(len(changed(seed, pairs)) for seed in seeds) / len(pairs) / len(seeds)
        for pairs in (SHARING, OTHERS)
    ]
    assert share == pytest.approx(
        [placeholder_augmentation.SHARE_OF_SHARING, placeholder_augmentation.SHARE], rel=0.3
    )
    monkeypatch.setattr(placeholder_augmentation, "SHARE_OF_SHARING", 0.0)
    monkeypatch.setattr(placeholder_augmentation, "SHARE", 0.0)
    assert changed() == []


@pytest.fixture
def every_pair(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    monkeypatch.setattr(placeholder_augmentation, "SHARE_OF_SHARING", 1.0)
    monkeypatch.setattr(placeholder_augmentation, "SHARE", 1.0)
    found = changed()
    assert len(found) == len(PAIRS)
    return found


def test_both_sides_get_the_same_placeholders(every_pair: list[tuple[str, str]]) -> None:
    counts: Counter[int] = Counter()
    for source, target in every_pair:
        slots = match_spans(source, target)
        numbers = [{slot.number for slot in side} for side in slots]
        assert numbers[0] == numbers[1] and len(slots[0]) == len(slots[1])
        counts[len(numbers[0])] += 1
        assert normalize(source) == source and normalize(target) == target
    assert counts[1] > len(every_pair) / 2 and max(counts) > 3


def test_positions_vary(every_pair: list[tuple[str, str]]) -> None:
    forms = Counter(plain(target) for _, target in every_pair)
    assert any(form.startswith("# I went") for form in forms)
    for within in ("at #. It", "#. It was good.", ". # It was", "The # went"):
        assert any(within in form for form in forms), within
    for end in (". #", ". (#)", ": #", ". #, #", ". # #"):
        assert any(form.endswith(end) for form in forms), end


def test_other_words_are_unchanged(every_pair: list[tuple[str, str]]) -> None:
    for (source, target), (new_source, new_target) in zip(PAIRS, every_pair, strict=True):
        for text, new in ((source, new_source), (target, new_target)):
            words = [w.strip(".:") for w in text.split()]
            rest = [w for w in words if w not in plain(new) and not any(map(str.isdigit, w))]
            assert not [w for w in rest if "KTX" not in w]


def test_all_kinds_of_spans(every_pair: list[tuple[str, str]]) -> None:
    kinds: Counter[str] = Counter()
    for _, target in every_pair:
        found = parse_spans(target)
        kinds.update({span.kind for span in found})
        enclosing = [span for span in found if span.role != VALUE]
        kinds["pair"] += len(enclosing) == 2 and enclosing[0].partner >= 0
        kinds["pair of one word"] += bool(enclosing) and enclosing[0].begin > 0
    expected = "number url mail tag emoji template format code element file path word mark link"
    assert not set(expected.split()) - set(kinds)
    share = kinds["pair"] / len(every_pair)
    assert share == pytest.approx(placeholder_augmentation._SHARE_OF_ENCLOSING, rel=0.5)
    assert kinds["pair of one word"]


def test_pairs_with_placeholders_are_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placeholder_augmentation, "SHARE", 1.0)
    monkeypatch.setattr(placeholder_augmentation, "SHARE_OF_SHARING", 1.0)
    assert augment("2024년", "in 2024", 1) == ("2024년", "in 2024")


def test_is_reproducible_and_depends_on_the_seed() -> None:
    assert changed() == changed()
    assert changed(1) != changed(2)


def test_is_the_same_in_another_process() -> None:
    program = (
        "from malgil.preprocessing.text.placeholder_augmentation import augment\n"
        "print([augment(f'가 {n}', f'a {n}', 3) for n in range(100)])"
    )
    run = [sys.executable, "-B", "-c", program]
    there = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert there.strip() == str([augment(f"가 {n}", f"a {n}", 3) for n in range(100)])
    assert "#" in "".join(plain(augment(f"가 {n}", f"a {n}", 3)[0]) for n in range(100))


@settings(deadline=None, max_examples=200)
@given(source=st.text(max_size=20).map(normalize), target=st.text(max_size=20).map(normalize))
def test_never_raises(source: str, target: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placeholder_augmentation, "SHARE", 1.0)
        patch.setattr(placeholder_augmentation, "SHARE_OF_SHARING", 1.0)
        new = augment(source, target, 1)
    assert new == (source, target) or match_spans(*new)[0]
