"""Fuzz targets of what people write for the program: settings, command lines, prompt, catalogue."""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import strategies as st

from malgil.cli import help as cli_help
from malgil.cli.arguments import parse
from malgil.cli.flags import FLAGS
from malgil.cli.modes import MODES
from malgil.cli.options import Options
from malgil.cli.output_format import json_line
from malgil.cli.prompt import Prompt
from malgil.common.errors import UserError
from malgil.preprocessing.corpus.download.catalogue import (
    CATALOGUE,
    check_web_address,
    load_catalogue,
)
from malgil.preprocessing.corpus.download.http import resolve_redirect
from malgil.settings import DecodingOptions, Settings, from_dict, load
from malgil.settings.rendering import render_ini
from malgil.settings.schema import parse_ini
from tests.fuzz.mutation import mutated
from tests.fuzz.target import target

_INI_TOKENS = [
    *[
        "[",
        "]",
        "=",
        ":",
        "#",
        ";",
        "%(a)s",
        "${a}",
        "yes",
        "no",
        "inf",
        "-inf",
        "nan",
        "1e400",
        "0x10",
        "1_000",
        "１２",
        "units=",
        "ko",
    ],
    *("\n ", "\n[model]\n", "[DEFAULT]\n", "[recipe]\nbase = x.ini\n", "a" * 300, ", ,", "\f"),
]


@functools.cache
def _ini() -> str:
    return render_ini(Settings())


@target(
    lambda: mutated(
        [_ini(), "[model]\nunits = 128\n\n[data]\ntrain = a.tsv,\n  b.tsv\n"], _INI_TOKENS
    )
)
def configuration(text: str) -> None:
    """Check that settings that a file gives are written and read again without a change."""
    settings = from_dict(parse_ini(text.splitlines(keepends=True), "a.ini"))
    written = render_ini(settings)
    assert from_dict(parse_ini(written.splitlines(keepends=True), "b.ini")) == settings


@target(lambda: mutated([_ini()], _INI_TOKENS, edits=3))
def recipe_file(text: str) -> None:
    Path("x.ini").write_bytes(text.encode("utf-8", "surrogatepass"))
    load("x.ini")


_OVERRIDES = [
    *("model.units=256", "inference.beam_size=3", "training.learning_rate=0.001", "data.train=a,b"),
    *("inference.keep=a,b", "preprocessing.lowercase=yes", "translator.name=한국어"),
    *("inference.length_penalty=0.6", "data.columns=1,2"),
]


@target(
    lambda: st.lists(mutated(_OVERRIDES, [*_INI_TOKENS, "model.", "inference.", "."]), max_size=3)
)
def overrides(values: list[str]) -> None:
    load(overrides=values).to_dict()


@target(
    lambda: mutated(
        [json.dumps(Settings().to_dict())],
        ["null", "[]", "{}", "1e999", "NaN", '"a"', "true", "-1", "[[]]", ",", ":"],
    )
)
def stored_settings(text: str) -> None:
    """Check that settings from the file of a translator are checked as those of a file are."""
    try:
        sections = json.loads(text)
    except ValueError:
        return
    if isinstance(sections, dict):
        settings = from_dict(sections)
        assert from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


_COMMANDS = [
    "--mode predict 안녕 --n-best 3",
    "--mode=train --config recipes/a.ini --set model.units=3 --resume",
    "--mode evaluate --input a.tsv --output-of x y --json",
    "--mode download ko-en --yes --url https://a.b",
    "--mode predict --input a --output b --overwrite --attention c.png --keep x --glossary g",
    "predict --modle 안녕 -h",
]


@target(
    lambda: st.lists(
        st.one_of(
            st.sampled_from(
                [
                    *shlex.split(" ".join(_COMMANDS)),
                    *(flag.option for flag in FLAGS),
                    *MODES,
                    "--",
                    "-",
                    "",
                    "--=",
                    "-1",
                    "@a",
                ]
            ),
            mutated(_COMMANDS, ["--", "=", "-", "predict", "--set"], edits=3),
        ),
        max_size=8,
    )
)
def command_line(arguments: list[str]) -> None:
    """Check that arguments are understood or refused, and so is a request for help."""
    with contextlib.suppress(UserError):
        cli_help.requested_text(arguments)
    options = parse(arguments)
    options.check()
    assert options.mode in MODES


class _Translator:
    """Stands in for a translator at the prompt."""

    name = "a"

    def __init__(self, inference: DecodingOptions) -> None:
        self.settings = SimpleNamespace(
            inference=inference, data=SimpleNamespace(source_language="ko")
        )

    def with_inference(self, inference: DecodingOptions) -> _Translator:
        return _Translator(inference)

    def translate(self, texts: list[str], beginnings: list[str]) -> list[Any]:
        raise UserError(f"translated {texts} {beginnings}")


_TYPED = [
    *(":nbest 3", ":glossary a.tsv", ":keep 서울, New York", ":beginning The", ":attention a.png"),
    *(":quit 1", ":set beam_size=10", ":set inference.length_penalty=0.5", ":help nbest"),
    *(":help :set", "exit", "안녕하세요."),
]


@target(
    lambda: st.lists(
        mutated(_TYPED, [":", "=", " ", ",", ".", *("(", "\\", "inf", "nan")]), max_size=4
    )
)
def prompt_commands(lines: list[str]) -> None:
    """Check that each line is translated, obeyed or refused."""
    logging.disable(logging.CRITICAL)
    try:
        prompt = Prompt(cast(Any, [_Translator(DecodingOptions())]), Options("predict"))
        for line in lines:
            prompt.answer(line)
    finally:
        logging.disable(logging.NOTSET)


@functools.cache
def _catalogue() -> str:
    return CATALOGUE.read_text(encoding="utf-8")[:6000]


@target(
    lambda: mutated(
        [_catalogue()],
        [*_INI_TOKENS, "https://", "train ", "~", "\n  ", "/", "http://[::1", "@", ":99999999"],
    )
)
def catalogue(text: str) -> None:
    """Check that the files of a dataset have plain names and web addresses."""
    path = Path("catalogue.ini")
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for name, dataset in load_catalogue(path).items():
        for file in dataset.files:
            assert Path(file.name).name == file.name and not file.name.startswith(".")
            assert file.size.value > 0
        assert "/" not in name


_ADDRESSES = [
    "https://a.org/b/c.zip?d=e#f",
    "http://[2001:db8::1]:8080/x",
    "../d.gz",
    "//h/x",
    "https://한국.kr/가",
]


@target(
    lambda: st.tuples(
        mutated(_ADDRESSES, [":", "/", "@", "[", "]", "%", "?", "#", "http://", "file:", "\\"]),
        mutated(_ADDRESSES, ["://", ":"]),
    )
)
def web_addresses(pair: tuple[str, str]) -> None:
    for url in pair:
        try:
            check_web_address(url, "--url")
        except UserError:
            continue
        url.encode("ascii", "backslashreplace")
    resolve_redirect("https://a.org/b", pair[0])


@target(lambda: mutated(['안녕 \U0001f600 \\ "x" \t'], []))
def json_output(text: str) -> None:
    """Check that a line of JSON holds the text, as one line."""
    line = json_line({"text": text})
    read = json.loads(line)["text"]
    assert read.encode("utf-8", "surrogatepass") == text.encode("utf-8", "surrogatepass")
    assert "\n" not in line.rstrip("\n")
