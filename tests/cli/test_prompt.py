"""The prompt's commands, on a translator that was really trained."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from malgil.cli.options import Options
from malgil.cli.output_format import format_translation
from malgil.cli.prompt import Prompt, help_text
from malgil.common.logging import messages
from malgil.modeling.translator import Translator
from malgil.settings import DecodingOptions

TEXT = "고양이가 집에서 책을 읽습니다."
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def prompt(translator: Translator, capsys: Captured) -> Iterator[Prompt]:
    with messages():
        yield Prompt([translator], Options(mode="predict"))


def test_a_sentence(prompt: Prompt, translator: Translator, capsys: Captured) -> None:
    prompt.answer(TEXT)
    prompt.answer("  ")
    assert capsys.readouterr() == (translator.translate([TEXT])[0].text + "\n", "")


def test_a_paragraph_is_put_together(prompt: Prompt, capsys: Captured) -> None:
    prompt.answer(f"{TEXT} 의사가 산에서 노래합니다. {TEXT}")
    told = capsys.readouterr().out
    assert told.count("\n") == 1 and told.count(".") == 3


def test_nbest(prompt: Prompt, capsys: Captured) -> None:
    prompt.answer(":nbest 3")
    prompt.answer(TEXT)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and all(line.count("\t") == 2 for line in lines)
    prompt.answer(":nbest 1")
    prompt.answer(TEXT)
    assert capsys.readouterr().out.count("\n") == 1


def test_glossary(prompt: Prompt, tmp_path: Path, capsys: Captured) -> None:
    terms = tmp_path / "terms.tsv"
    terms.write_text("고양이\tpuppy\n", encoding="utf-8")
    prompt.answer(f":glossary {terms}")
    prompt.answer(TEXT)
    assert "puppy" in capsys.readouterr().out
    prompt.answer(":glossary")
    prompt.answer(TEXT)
    assert "puppy" not in capsys.readouterr().out


def test_words_to_keep(prompt: Prompt, capsys: Captured) -> None:
    prompt.answer(":keep 가온, 소라 마을")
    prompt.answer("가온은 소라 마을에 있어요.")
    kept = capsys.readouterr().out
    assert "가온" in kept and "소라 마을" in kept
    prompt.answer(":keep")
    prompt.answer("가온은 집에 있어요.")
    assert "가온" not in capsys.readouterr().out


def test_beginning(prompt: Prompt, translator: Translator, capsys: Captured) -> None:
    prompt.answer(":beginning The puppy")
    prompt.answer(TEXT)
    assert capsys.readouterr().out.startswith("The puppy ")
    prompt.answer(":beginning")
    prompt.answer(TEXT)
    assert capsys.readouterr().out == translator.translate([TEXT])[0].text + "\n"


def test_json_and_confidence_hold_at_the_prompt(translator: Translator, capsys: Captured) -> None:
    options = Options(mode="predict", json=True)
    Prompt([translator], options).answer(TEXT)
    assert json.loads(capsys.readouterr().out)["source"] == TEXT
    [doubtful] = translator.translate([TEXT], ["The doctor"])
    expected = format_translation(doubtful, 1, with_confidence=True)
    assert "%]" in expected
    options = Options(mode="predict", confidence=True, beginning="The doctor")
    Prompt([translator], options).answer(TEXT)
    assert capsys.readouterr().out == f"{expected}\n"


def test_attention(prompt: Prompt, tmp_path: Path, capsys: Captured) -> None:
    picture = tmp_path / "a.png"
    prompt.answer(f":attention {picture}")
    prompt.answer(TEXT)
    assert picture.read_bytes().startswith(b"\x89PNG")
    picture.unlink()
    prompt.answer(":attention")
    prompt.answer(TEXT)
    assert not picture.exists()
    capsys.readouterr()


def test_set_and_help(prompt: Prompt, capsys: Captured) -> None:
    prompt.answer(":set inference.max_length=1")
    prompt.answer(TEXT)
    assert len(capsys.readouterr().out.split()) <= 1
    prompt.answer(":help")
    assert ":nbest" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (":no", "the prompt accepts the commands :nbest, "),
        (":nbest many", ":nbest accepts a whole number from 1 to 256. Received: 'many'."),
        (":nbest 0", ":nbest accepts a whole number from 1 to 256. Received: '0'."),
        (":nbest", ":nbest accepts a whole number from 1 to 256. Received: ''."),
        (":set beam_size", "KEY=VALUE"),
        (":set beam_size=0", ":set: inference.beam_size accepts "),
        (
            ":set model.units=3",
            ":set accepts KEY=VALUE for a setting of [inference], such as beam_size=10. "
            "Received: 'model.units=3'.",
        ),
        (":quit foo", ":quit accepts no value. Received: 'foo'. Write: :quit"),
        (":set bem_size=3", "beam_size"),
        (":glossary no.tsv", "cannot read"),
        (":attention a.exe", "a.exe"),
        (":attention none/a.png", "Create its folder first."),
    ],
)
def test_mistakes_are_reported_and_change_nothing(
    prompt: Prompt, translator: Translator, capsys: Captured, line: str, message: str
) -> None:
    prompt.answer(line)
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and message in err and err.count("\n") == 1
    prompt.answer(TEXT)
    assert capsys.readouterr() == (translator.translate([TEXT])[0].text + "\n", "")


def test_ctrl_c_stops_the_sentence(
    prompt: Prompt, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Translator, "translate", interrupted)
        prompt.answer(TEXT)
    assert capsys.readouterr() == ("", "stopped\n")
    prompt.answer(TEXT)
    assert capsys.readouterr().out


@pytest.mark.parametrize("word", ["exit", "Quit ", "help", "?", "종료", "도움말"])
def test_words_that_look_like_commands(prompt: Prompt, capsys: Captured, word: str) -> None:
    prompt.answer(word)
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert err.startswith(f"{word.strip()!r} was not translated. :quit quits, ")
    prompt.answer(f"{word.strip()}.")
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    is_english = word.strip().isascii() and word != "?"
    # The translator is Korean → English.
    assert ("contains no letter of the source language (ko)" in err) == is_english
    assert is_english or err == ""


@pytest.mark.parametrize("command", ["nbest", ":nbest", " :nbest "])
def test_help_of_a_command(prompt: Prompt, capsys: Captured, command: str) -> None:
    prompt.answer(f":help {command}")
    assert capsys.readouterr().err == help_text().splitlines()[0] + "\n"


def test_no_help_of_another_word(prompt: Prompt, capsys: Captured) -> None:
    prompt.answer(":help foo")
    err = capsys.readouterr().err
    assert err.startswith("error: the prompt accepts the commands :nbest, ")
    assert err.endswith("Received: ':foo'.\n")


def test_help_has_a_line_for_each_command(prompt: Prompt) -> None:
    commands = [line.split()[0] for line in help_text().splitlines()]
    assert commands == [f":{name}" for name in prompt._commands]


def test_what_native_code_writes_while_an_engine_is_loaded_is_not_shown(
    translator: Translator, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    load = Translator.with_inference

    def noisy(self: Translator, inference: DecodingOptions) -> Translator:
        os.write(2, b"I0000 cpu_feature_guard.cc:210] This TensorFlow binary\n")
        return load(self, inference)

    monkeypatch.setattr(Translator, "with_inference", noisy)
    prompt = Prompt([translator], Options(mode="predict"))
    prompt.answer(":set engine=keras")
    assert prompt._translators[0].settings.inference.engine == "keras"
    assert capfd.readouterr().err == ""


class TestSeveral:
    @pytest.fixture
    def both(self, translator: Translator, capsys: Captured) -> Iterator[Prompt]:
        other = translator.with_inference(translator.settings.inference)
        other.name = "other"
        with messages():
            yield Prompt([translator, other], Options(mode="predict"))

    def test_a_line_for_each(self, both: Prompt, translator: Translator, capsys: Captured) -> None:
        both.answer(TEXT)
        text = translator.translate([TEXT])[0].text
        assert capsys.readouterr().out == f"tiny\t{text}\nother\t{text}\n"

    def test_commands_change_all(self, both: Prompt, capsys: Captured) -> None:
        both.answer(":nbest 2")
        both.answer(TEXT)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split("\t")[0] for line in lines] == ["tiny"] * 2 + ["other"] * 2

    def test_no_attention(self, both: Prompt, tmp_path: Path, capsys: Captured) -> None:
        options = Options(mode="predict", model=("a", "b"))
        prompt = Prompt(both._translators, options)
        prompt.answer(f":attention {tmp_path / 'a.png'}")
        assert "of one translator" in capsys.readouterr().err
        prompt.answer(TEXT)
        assert list(tmp_path.iterdir()) == []
