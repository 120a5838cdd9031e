"""The prompt's commands, on a translator that was really trained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from malgil.cli.options import Options
from malgil.cli.output_format import format_translation
from malgil.cli.prompt import Prompt
from malgil.common.logging import messages
from malgil.modeling.translator import Translator

TEXT = "고양이가 집에서 책을 읽습니다."
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def prompt(translator: Translator, capsys: Captured) -> Iterator[Prompt]:
    with messages():
        yield Prompt(translator, Options(mode="predict"))


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


def test_beginning(prompt: Prompt, translator: Translator, capsys: Captured) -> None:
    prompt.answer(":beginning The puppy")
    prompt.answer(TEXT)
    assert capsys.readouterr().out.startswith("The puppy ")
    prompt.answer(":beginning")
    prompt.answer(TEXT)
    assert capsys.readouterr().out == translator.translate([TEXT])[0].text + "\n"


def test_json_and_confidence_hold_at_the_prompt(translator: Translator, capsys: Captured) -> None:
    options = Options(mode="predict", json=True)
    Prompt(translator, options).answer(TEXT)
    assert json.loads(capsys.readouterr().out)["source"] == TEXT
    [doubtful] = translator.translate([TEXT], ["The doctor"])
    expected = format_translation(doubtful, 1, with_confidence=True)
    assert "%]" in expected
    options = Options(mode="predict", confidence=True, beginning="The doctor")
    Prompt(translator, options).answer(TEXT)
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
    ("line", "told"),
    [
        (":no", "the prompt knows :nbest"),
        (":nbest many", "n_best"),
        (":nbest 0", "n_best"),
        (":set beam_size", "KEY=VALUE"),
        (":set bem_size=3", "beam_size"),
        (":glossary no.tsv", "cannot read"),
        (":attention a.exe", "a.exe"),
    ],
)
def test_mistakes_are_told_and_change_nothing(
    prompt: Prompt, translator: Translator, capsys: Captured, line: str, told: str
) -> None:
    prompt.answer(line)
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and told in err and err.count("\n") == 1
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
