"""How results are shown, and that a check that fails is a result."""

from __future__ import annotations

import pytest

from malgil import __version__
from malgil.cli.doctor.check import (
    CheckResult,
    guarded,
    in_group,
    is_ready,
    missing_for,
    to_dict,
    to_text,
)
from malgil.common.locations import INSTALL

RESULTS = [
    CheckResult("numpy", "ok", "2.4.6"),
    CheckResult("nltk", "missing", "not installed", 'pip install "nltk>=3.9,<4"'),
    CheckResult("keras", "missing", "too old", "pip install keras", ("training",)),
    CheckResult("translator 말길", "optional", "not\ntrained yet", "python app.py --mode train"),
]

GOLDEN = f"""\
Malgil {__version__}

✓ numpy            2.4.6
✗ nltk             not installed
                   pip install "nltk>=3.9,<4"
✗ keras            too old
                   pip install keras
– translator 말길  not trained yet
                   python app.py --mode train

Translating: needs nltk.
Training: needs nltk, keras.
To install all packages: {INSTALL}"""


def test_text_is_aligned_with_each_fix_on_its_own_line() -> None:
    assert to_text(RESULTS) == GOLDEN


def test_text_if_nothing_is_missing() -> None:
    text = to_text([RESULTS[0], RESULTS[3]])
    assert text.endswith("\n\nTranslating: ready.\nTraining: ready.")


def test_a_note_replaces_that_translating_is_ready() -> None:
    noted = CheckResult("translator 말길", "optional", "", note="Translating: ready, but {this}.")
    text = to_text([RESULTS[0], noted])
    assert text.endswith("\n\nTranslating: ready, but {this}.\nTraining: ready.")
    assert "Translating: needs nltk.\n" in to_text([RESULTS[1], noted])
    assert "note" not in to_dict([noted])["checks"][0]


def test_text_without_results() -> None:
    assert to_text([]) == f"Malgil {__version__}\n\n\nTranslating: ready.\nTraining: ready."


def test_what_only_training_needs_does_not_prevent_translating() -> None:
    results = [RESULTS[0], RESULTS[2]]
    assert is_ready(results, "translating") and not is_ready(results, "training")
    text = to_text(results)
    assert text.endswith("\n\nTranslating: ready.\nTraining: needs keras.")


def test_only_missing_results_count() -> None:
    assert missing_for(RESULTS, "translating") == ["nltk"]
    assert missing_for(RESULTS, "training") == ["nltk", "keras"]
    assert missing_for([RESULTS[0], RESULTS[3]], "training") == []


def test_a_result_inherits_what_its_group_is_needed_for() -> None:
    nltk, keras = in_group(RESULTS[1:3], ("translating",))
    assert (nltk.needed_for, keras.needed_for) == (("translating",), ("training",))


def test_dict_has_every_field() -> None:
    assert to_dict(iter(RESULTS[2:3])) == {
        "version": __version__,
        "is_ready": {"translating": True, "training": False},
        "checks": [
            {
                "name": "keras",
                "state": "missing",
                "detail": "too old",
                "fix": "pip install keras",
                "needed_for": ("training",),
            }
        ],
    }


@pytest.mark.parametrize("state", ["optional", "missing"])
def test_a_check_that_fails_is_a_result(state) -> None:
    def fail() -> list[CheckResult]:
        raise RuntimeError("out of luck")

    assert guarded("luck", fail, state) == [
        CheckResult("luck", state, "cannot be checked (RuntimeError: out of luck)")
    ]
    assert guarded("luck", lambda: RESULTS, state) == RESULTS
