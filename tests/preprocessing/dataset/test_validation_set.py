"""Tests of the identity of validation sets."""

from __future__ import annotations

import pytest

from malgil.preprocessing.dataset.validation_set import ValidationSet, fingerprint_of

PAIRS = [("개가 잡니다.", "The dog sleeps."), ("새", "A bird")]


def test_the_fingerprint_does_not_depend_on_the_order() -> None:
    assert fingerprint_of(PAIRS) == fingerprint_of(PAIRS[::-1])


def test_the_fingerprint_depends_on_every_text() -> None:
    others = [
        PAIRS[:1],
        [*PAIRS, PAIRS[0]],
        [pair[::-1] for pair in PAIRS],
        [PAIRS[0], ("새", "A bird.")],
    ]
    assert fingerprint_of(PAIRS) not in [fingerprint_of(other) for other in others]


@pytest.mark.parametrize(
    ("other", "is_comparable"),
    [
        (ValidationSet("abc", 1000), True),
        (ValidationSet("abc", 1010), True),
        (ValidationSet("abc", 990), True),
        (ValidationSet("abc", 1011), False),
        (ValidationSet("abc", 989), False),
        (ValidationSet("other", 1000), False),
        (ValidationSet("", 1000), False),
    ],
)
def test_sets_are_comparable_up_to_a_hundredth(other: ValidationSet, is_comparable: bool) -> None:
    assert ValidationSet("abc", 1000).is_comparable(other) == is_comparable
    assert other.is_comparable(ValidationSet("abc", 1000)) == is_comparable


def test_unknown_sets_are_not_comparable() -> None:
    assert not ValidationSet().is_comparable(ValidationSet())
