"""The options: which modes use them, what is refused, and the settings that they change."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from malgil.cli.flags import FLAGS
from malgil.cli.modes import MODES
from malgil.cli.options import Options
from malgil.common.errors import UserError


class TestSettings:
    def test_short_options_come_last(self) -> None:
        options = Options(
            "predict", overrides=("inference.n_best=2", "inference.beam_size=7"), n_best="4"
        )
        inference = options.settings().inference
        assert (inference.n_best, inference.beam_size) == (4, 7)

    def test_an_empty_glossary_is_a_setting_too(self, tmp_path: Path) -> None:
        recipe = tmp_path / "r.ini"
        recipe.write_text("[inference]\nglossary = terms.tsv\n", encoding="utf-8")
        assert Options("predict", config=str(recipe)).settings().inference.glossary == "terms.tsv"
        options = Options("predict", config=str(recipe), glossary="")
        assert options.settings().inference.glossary == ""

    def test_words_to_keep(self) -> None:
        options = Options("predict", keep=("가온", "소라 마을"))
        options.check()
        assert options.settings().inference.keep == ("가온", "소라 마을")
        assert Options("predict").settings().inference.keep == ()
        for word in ("a,b", "", " "):
            with pytest.raises(
                UserError, match="--keep accepts a word or a phrase without a comma"
            ):
                Options("predict", keep=(word,)).check()


class TestFlags:
    def test_every_flag_has_a_field(self) -> None:
        fields = {field.name for field in dataclasses.fields(Options)}
        assert fields == {flag.field for flag in FLAGS} | {"mode", "text"}

    def test_modes_exist(self) -> None:
        assert all(set(flag.helps) <= set(MODES) for flag in FLAGS)

    def test_help_texts_are_phrases(self) -> None:
        for flag in FLAGS:
            for text in flag.helps.values():
                assert text[0].islower() and not text.endswith("."), text
        assert all(not mode.summary.endswith(".") for mode in MODES.values())
        assert all(mode.description.endswith(".") for mode in MODES.values())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.field)
def test_an_option_that_the_mode_ignores_is_refused(flag: Any, mode: str) -> None:
    value: Any = True
    if flag.metavar:
        value = ("a.b=c",) if flag.repeats else "a"
    options = Options(mode, **{flag.field: value})
    if mode in flag.helps:
        options._check_mode()
        return
    with pytest.raises(UserError) as error:
        options.check()
    modes = ", ".join(flag.helps)
    assert str(error.value) == (
        f"{flag.option} applies to --mode {modes} only. Received: --mode {mode}."
    )


@pytest.mark.parametrize("mode", MODES)
def test_text_is_refused_by_modes_without_it(mode: str) -> None:
    options = Options(mode, ("가",))
    if MODES[mode].operand:
        options.check()
    else:
        with pytest.raises(UserError, match=f"--mode {mode} accepts options only. Received: '가'."):
            options.check()


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_without_options_is_accepted(mode: str) -> None:
    Options(mode).check()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options("predict", ("가",), input="a"), "--input or text on the command line, not both"),
        (Options("predict", ("가",), overwrite=True), "--overwrite requires --output FILE."),
        (Options("settings", overwrite=True), "--overwrite requires --output FILE."),
        (Options("predict", ("가",), json=True, confidence=True), "--confidence marks words in"),
        (Options("predict", ("가",), resume=True), "--resume requires --input FILE and --output"),
        (Options("predict", resume=True, input="a"), "--resume requires --input FILE and"),
        (Options("predict", resume=True), "--resume requires --input FILE and"),  # at the prompt
        (
            Options("predict", ("가",), model=("a", "b"), attention="a.png"),
            "--attention draws the attention of one translator. Received: a, b.",
        ),
        (Options("score", model=("a", "b"), attention="a.png"), "of one translator"),
        (Options("download", ("a", "b")), "one dataset at a time. Received: a, b."),
        (Options("download", yes=True), "--yes requires the name of a dataset: "),
        (Options("download", url=("u",)), "--url requires the name of a dataset: "),
        (Options("predict", input=""), "--input accepts the name of a file. Received: ''."),
        (Options("predict", output=""), "--output accepts the name of a file. Received: ''."),
        (Options("predict", attention=""), "--attention accepts the name of a file."),
        (Options("train", config=""), "--config accepts the name of a file."),
    ],
)
def test_combinations_that_are_refused(options: Options, message: str) -> None:
    with pytest.raises(UserError) as error:
        options.check()
    assert message in str(error.value)


@pytest.mark.parametrize(
    "options",
    [
        Options("train", overwrite=True, resume=True),
        Options("predict", ("가",), model=("a,b",), attention="a.png", json=True),
        Options("predict", input="a", output="b", resume=True, overwrite=True),
        Options("download", ("a",), yes=True, url=("u", "v")),
    ],
)
def test_combinations_that_are_accepted(options: Options) -> None:
    options.check()


def test_options_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Options("train").mode = "predict"  # type: ignore[misc]
