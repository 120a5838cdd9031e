"""What is printed: text from elsewhere contains nothing that a terminal would obey.

File names, settings, sentences, corpora, archives, a vocabulary, the answers of a server,
glossaries and the environment carry control characters through every mode.
"""

from __future__ import annotations

import io
import json
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from malgil.cli import train
from malgil.cli.main import main
from malgil.modeling import translator_file
from malgil.preprocessing.text.subword import Subword
from tests.web import serving

OWNED = "\x1b]0;owned\x07"
PAYLOADS = [OWNED, "\x9b31m", "\u202eb\u2066", "\r", "\n", "\x7f\x08", "\x85\u2028\u2029", "\udc9b"]
ALL = "".join(PAYLOADS)
IN_A_NAME = ALL.replace("/", "")
BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
SENTENCE = "고양이가 집에서 잡니다."

Program = Callable[..., str]


def controls(text: str) -> set[str]:
    """Return the characters of a text that a terminal obeys, by the data of Unicode."""
    return {
        character
        for character in text
        if character not in "\n\t"
        and (
            unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
            or unicodedata.bidirectional(character) in BIDI
        )
    }


class Typed(io.StringIO):
    """A terminal at which text is typed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Return a function that runs the command line, checks what it prints, and returns it."""

    def run(*arguments: str | Path, stdin: str | None = None, typed: str | None = None) -> str:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _name in range(2)]
        for name, stream in zip(("stdout", "stderr"), streams, strict=True):
            monkeypatch.setattr(sys, name, stream)
        content = (stdin or "").encode("utf-8", "surrogateescape")
        read = Typed(typed) if typed is not None else io.TextIOWrapper(io.BytesIO(content), "utf-8")
        monkeypatch.setattr(sys, "stdin", read)
        status = main([*map(str, arguments)])
        printed = ""
        for stream in streams:
            stream.flush()
            printed += stream.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]
        assert not controls(printed), (arguments, printed)
        assert status != 1 or "--debug" in arguments, printed
        lines = printed.splitlines()
        # A line end in a value must not begin a line that seems to be the program's own.
        assert not [line for line in lines if line.startswith("forged")], printed
        return printed

    yield run
    monkeypatch.undo()


@pytest.fixture(scope="session")
def hostile_translator(translator_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a translator each of whose pieces contains control characters."""
    from sentencepiece import sentencepiece_model_pb2

    stored = translator_file.load(translator_folder / translator_file.FILE_NAME)
    model = sentencepiece_model_pb2.ModelProto.FromString(stored.subword["target"])
    for piece in model.pieces:
        if piece.type == piece.NORMAL:
            piece.piece += "".join(PAYLOADS[:-1])
    stored.subword["target"] = model.SerializeToString()
    path: Path = tmp_path_factory.mktemp("hostile") / "hostile.safetensors"
    translator_file.save(path, stored)
    return path


def zip_of(*members: tuple[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in members:
            file.writestr(name, content)
    return archive.getvalue()


def test_a_vocabulary(program: Program, hostile_translator: Path, tmp_path: Path) -> None:
    predict = ("--mode", "predict", "--model", hostile_translator)
    lines = f"{SENTENCE}\n123 {OWNED}\x9b31m\u202e 456\n{ALL[:2]}hello {OWNED}\n"
    plain = program(*predict, stdin=lines)
    assert "owned" in plain and plain.count("]0;owned") >= 2
    for more in (["--json"], ["--n-best", "3", "--confidence"], ["--beginning", f"The{OWNED}"]):
        assert program(*predict, *more, stdin=lines)
    # A translation in a file is that of the terminal, without escapes.
    (tmp_path / "in.txt").write_text(lines, encoding="utf-8")
    output = tmp_path / "out.txt"
    program(*predict, "--input", tmp_path / "in.txt", "--output", output)
    written = output.read_text(encoding="utf-8")
    assert not controls(written)
    assert plain.startswith(written)
    values = json.loads(program(*predict, "--json", SENTENCE).splitlines()[0])
    assert not controls("".join(values["target_tokens"]))


def test_byte_pieces_spell_no_control_characters(hostile_translator: Path) -> None:
    from sentencepiece import sentencepiece_model_pb2

    stored = translator_file.load(hostile_translator)
    model = sentencepiece_model_pb2.ModelProto.FromString(stored.subword["target"])
    for value in range(256):
        model.pieces.add(piece=f"<0x{value:02X}>", type=model.SentencePiece.BYTE)
    model.trainer_spec.byte_fallback = True
    subword = Subword(model.SerializeToString())
    ids = {piece: number for number, piece in enumerate(subword.pieces)}
    encoded = [byte for text in PAYLOADS[:-1] for byte in text.encode()]
    text = subword.decode([ids[f"<0x{byte:02X}>"] for byte in encoded])
    assert "]0;owned" in text and not controls(text)
    assert not controls(subword.decode(range(len(subword))))


def test_names_and_values(
    program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = f"{IN_A_NAME}\nforged\rforged"
    missing = tmp_path / name
    shown = program("--mode", "predict", "--input", missing)
    assert r"\x1b]0;owned\x07" in shown and shown.count("\n") == 1
    for arguments in (
        ["predict", "--model", name, SENTENCE],
        ["predict", "--set", f"inference.{name}={name}", SENTENCE],
        ["evaluate", "--set", f"data.test={missing}"],
        ["inspect", missing],
        ["settings", "--config", missing],
        ["download", name],
        ["train", "--set", f"data.train={missing}"],
        [name],
        ["settings", f"--{name}"],
    ):
        assert program("--mode", *arguments)
    printed = program("--mode", "settings", "--set", f"data.cache={tmp_path / name}")
    assert "forged" in printed
    printed = program("--mode", "settings", "--json", "--set", f"data.cache={tmp_path / IN_A_NAME}")
    assert json.loads(printed)["data"]["cache"].endswith(IN_A_NAME.strip())
    monkeypatch.setenv("MALGIL_HOME", str(missing))
    assert program("--mode", "predict", "--model", str(missing), SENTENCE)


def test_libraries_and_tracebacks(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(options: Any) -> int:
        print(OWNED)
        print(f"a library says {ALL}", file=sys.stderr)
        raise RuntimeError(ALL)

    monkeypatch.setattr(train, "run", fail)
    shown = program("--mode", "train", "--debug")
    assert "Traceback" in shown and "a library says" in shown


def test_a_corpus(program: Program, tmp_path: Path) -> None:
    rows = [f"고양이가 {number}번 잡니다.\tThe cat {number} sleeps." for number in range(40)]
    hostile = [f"{row}{ALL[:-1]}" for row in rows[:10]]
    body = "\n".join(rows + hostile).encode("utf-8")
    for path, content in (
        (tmp_path / f"{OWNED.replace('/', '')}\nforged.tsv", body),
        (tmp_path / "a.zip", zip_of((f"{IN_A_NAME[:-1]}\nforged.tsv", body), ("b.tsv", b"\xff\0"))),
    ):
        path.write_bytes(content)
        small = ("--set", "preprocessing.vocabulary_size=100")
        for arguments in (["inspect", path, *small], ["inspect", path, "--json", *small]):
            assert program("--mode", *arguments)


@pytest.mark.hostile
class TestMore:
    """Slower, or less likely to fail."""

    @pytest.mark.parametrize("payload", PAYLOADS)
    @pytest.mark.parametrize(
        "arguments",
        [
            ["predict", "--input", "{}"],
            ["predict", "--attention", "{}", SENTENCE],
            ["predict", "--attention", "/tmp/{}/a.png", SENTENCE],
            ["predict", "--output", "/tmp/{}/a.txt", SENTENCE],
            ["predict", "--glossary", "{}", SENTENCE],
            ["predict", "--keep", "{}", SENTENCE, "--model", "{}"],
            ["predict", "--set", "translator.name={}", SENTENCE],
            ["predict", "--set", "translator.directory={}", SENTENCE],
            ["predict", "--set", "{}", SENTENCE],
            ["predict", "--set", "inference.engine={}", SENTENCE],
            ["predict", "{}", "--jso"],
            ["score", "{}"],
            ["score", "--input", "{}"],
            ["evaluate", "--input", "{}"],
            ["evaluate", "--input", "{},{}"],
            ["evaluate", "--output-of", "{}", "{}"],
            ["compare", "{}", "a{}"],
            ["inspect", "{}"],
            ["settings", "--set", "data.train={}"],
            ["settings", "--json", "--set", "data.train={}"],
            ["settings", "--model", "{}"],
            ["train", "--set", "data.train={}"],
            ["train", "--set", "preprocessing.source_tokenizer={}"],
            ["train", "--config", "{}"],
            ["download", "{}"],
            ["download", "{}", "--url", "{}"],
            ["{}", "--help"],
            ["settings", "--{}"],
        ],
    )
    def test_arguments(
        self,
        program: Program,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        arguments: list[str],
        payload: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        payload += "x\nforged"
        assert program("--mode", *(argument.replace("{}", payload) for argument in arguments))

    def test_the_prompt(self, program: Program, hostile_translator: Path) -> None:
        commands = [
            ":nbest",
            ":glossary",
            ":keep",
            ":beginning",
            ":attention",
            ":set",
            ":help",
            ":",
        ]
        typed = "\n".join(
            [SENTENCE, ALL.replace("\n", ""), f"123 {OWNED}", f"{OWNED}hello"]
            + [f"{command} {payload}" for command in commands for payload in PAYLOADS]
            + [f":{payload}" for payload in PAYLOADS]
        )
        assert "owned" in program("--mode", "predict", "--model", hostile_translator, typed=typed)

    def test_a_glossary(self, program: Program, hostile_translator: Path, tmp_path: Path) -> None:
        path = tmp_path / "terms.tsv"
        path.write_text(
            f"고양이{OWNED}\tcat{OWNED}\n집{ALL[:-1]}\t\nx\ty\tz\n", encoding="utf-8", newline=""
        )
        model = ("--mode", "predict", "--model", hostile_translator, SENTENCE)
        assert program(*model, "--glossary", path)
        path.write_text(f"고양이\tcat{OWNED}\n", encoding="utf-8")
        assert program(*model, "--glossary", path)

    @pytest.mark.parametrize("form", [[], ["--json"]])
    def test_evaluation(
        self, program: Program, hostile_translator: Path, tmp_path: Path, form: list[str]
    ) -> None:
        path = tmp_path / f"{IN_A_NAME[:-1]}test.tsv"
        path.write_text(f"{SENTENCE}\tThe cat sleeps.{OWNED}\n" * 3, encoding="utf-8")
        model = ("--model", hostile_translator)
        assert program("--mode", "evaluate", *model, "--input", path, *form)
        assert program("--mode", "score", *model, "--input", path, *form)
        assert program("--mode", "score", *model, SENTENCE, f"The cat {ALL[:-1]}sleeps.", *form)

    @pytest.mark.parametrize("form", [[], ["--json"]])
    def test_the_doctor(
        self, program: Program, translator_folder: Path, tmp_path: Path, form: list[str]
    ) -> None:
        folder = tmp_path / IN_A_NAME
        folder.mkdir()
        copy = folder / OWNED.replace("/", "")
        copy.mkdir()
        (copy / translator_file.FILE_NAME).write_bytes(b"x" * 100)
        given = ("--set", f"translator.directory={folder}", "--set", f"data.train={folder}")
        assert program("--mode", "doctor", *given, *form)

    def test_the_reason_of_a_server(
        self, program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("NO_PROXY", "*")
        with serving() as web:
            for payload in PAYLOADS[:2]:

                def refuse(request: Any, payload: str = payload) -> None:
                    request.wfile.write(
                        f"HTTP/1.1 404 {payload}x\r\nContent-Length: 0\r\n\r\n".encode("latin-1")
                    )

                web.script[:] = [refuse]
                downloads = ("--set", f"data.downloads={tmp_path}")
                name = ("--mode", "download", "tatoeba-kor-eng", "--yes", *downloads)
                assert "404" in program(*name, "--url", web.url())
