"""How results are shown, and that a failing topic is one."""

from __future__ import annotations

from malgil.cli.doctor.check import CheckResult, guarded, is_ready, to_dict, to_text

RESULTS = [
    CheckResult("numpy", "ok", "2.4.6"),
    CheckResult("nltk", "missing", "not installed", 'pip install "nltk>=3.9,<4"'),
    CheckResult("translator 말길", "optional", "not\ntrained yet", "python app.py --mode train"),
]

GOLDEN = """\
✓ numpy            2.4.6
✗ nltk             not installed
                   pip install "nltk>=3.9,<4"
– translator 말길  not trained yet
                   python app.py --mode train

Missing: nltk."""


def test_text_is_aligned_with_each_fix_on_its_own_line():
    assert to_text(RESULTS) == GOLDEN


def test_text_says_when_nothing_is_missing():
    text = to_text([RESULTS[0], RESULTS[2]])
    assert text.endswith("\n\nAll that is needed to train and to translate is there.")


def test_no_results_are_no_fault():
    assert to_text([]).strip().startswith("All that is needed")


def test_only_what_is_missing_is_needed():
    assert is_ready([RESULTS[0], RESULTS[2]])
    assert not is_ready(RESULTS)


def test_dict_has_every_field():
    assert to_dict(iter(RESULTS[1:2])) == {
        "is_ready": False,
        "checks": [
            {
                "name": "nltk",
                "state": "missing",
                "detail": "not installed",
                "fix": 'pip install "nltk>=3.9,<4"',
            }
        ],
    }


def test_a_check_that_fails_is_a_result():
    def fail() -> list[CheckResult]:
        raise RuntimeError("all is lost")

    assert guarded("luck", fail, "optional") == [
        CheckResult("luck", "optional", "cannot be examined (RuntimeError: all is lost)")
    ]
    assert guarded("luck", lambda: RESULTS, "missing") == RESULTS
