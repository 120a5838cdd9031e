"""Bad files, lines and disks: each gets a clear message, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from malgil.cli import predict

PREDICT, TRAIN, EVALUATE = (("--mode", name) for name in ("predict", "train", "evaluate"))
KOREAN = "고양이가 집에서 잡니다.\n"
LONG = "가" * 100_000


def mistake(ran: Any) -> str:
    """Return the one-line error for a user error."""
    assert (ran.status, ran.out) == (2, "")
    last = ran.err.splitlines()[-1]
    assert last.startswith("error: ") and "Traceback" not in ran.err
    return last


@pytest.fixture
def train(run_app: Any, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that trains an epoch on a file of this content, into `tmp_path/model`."""

    def run(content: bytes | str, *overrides: str) -> Any:
        path = tmp_path / "train.tsv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        sets = (
            f"translator.directory={tmp_path / 'model'}",
            f"data.train={path}",
            "training.epochs=1",
            "training.batch_tokens=400",
            *overrides,
        )
        return run_app(*TRAIN, "--overwrite", *(part for each in sets for part in ("--set", each)))

    return run


class TestTrainingFiles:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "is empty"),
            ("하나\n둘\n", "holds no sentence pair in 2 lines (2 without a tab)"),
            (b"\n" * 1000, "holds no sentence pair in 1,000 lines (1,000 blank)"),
            ("   \t   \n", "(1 with an empty side)"),
            ("caf\xe9\tcoffee\n".encode("latin-1"), "is not UTF-8 text (near line 1)"),
            (b"%PDF-1.7\n", "is a PDF. A corpus is TSV, CSV, XLSX, JSON, TMX or two parallel"),
            ("id,text,label\n" + "1,a b,c d\n" * 9, "Its first row: id, text, label."),
            (f"{LONG}\tlong\n", "(1 far too long)"),
        ],
    )
    def test_without_a_pair(self, train: Any, content: bytes | str, message: str) -> None:
        assert message in mistake(train(content))

    def test_odd_lines_are_left_out_and_counted(
        self, train: Any, tiny_corpus: Path, run_app: Any, tmp_path: Path
    ) -> None:
        good = (tiny_corpus / "train.tsv").read_text(encoding="utf-8")
        odd = [
            f"{LONG}\tlong",
            f"긴 문장\t{LONG}",
            "하나",
            "",
            "  \t ",
            "\0\tnul",
            "고양이가 집니다.\tThe cat\0 sleeps.",
            "고양이😀가 👩\u200d👧 잡니다.\tThe cat sleeps 😀.",  # kept
            "\u0378\U000e0fff 잡니다.\tIt sleeps \U0003fffe.",  # kept
            "\u1100\u1161 잡니다.\t가 sleeps.\tthird",  # kept
        ]
        ran = train(good + "\r\n".join(odd) + "\n", "preprocessing.vocabulary_size=400")
        assert (ran.status, ran.out) == (0, "")
        assert ran.err.startswith(
            "train: 55 pairs (left out: 2 far too long, 2 with control characters, "
            "1 without a tab, 1 blank, 1 with an empty side)\n"
        )
        assert "done: " in ran.err
        again = run_app(
            *PREDICT, KOREAN, "\0", "--set", f"translator.directory={tmp_path / 'model'}"
        )
        assert again.status == 0 and again.out.count("\n") == 2

    def test_other_formats_are_reported(
        self, train: Any, tiny_pairs: list[tuple[str, str]]
    ) -> None:
        rows = [
            ("번호", "번역문", "원문"),
            *((str(n), e, k) for n, (k, e) in enumerate(tiny_pairs)),
        ]
        content = "".join(",".join(row) + "\r\n" for row in rows).encode("cp949")
        # It is reported before anything else fails.
        ran = train(content, "preprocessing.vocabulary_size=32")
        assert ran.err.startswith(
            "train: 52 pairs (left out: 8 also in valid or test); train.tsv detected as CSV, "
            "cp949, columns 원문 and 번역문\nerror: "
        )


class TestSentences:
    @pytest.mark.parametrize(
        "text",
        ["\0", "  \t ", "\u200b", "\ufeff", "\x1b\x07", "\u3000\xa0"],
        ids=ascii,
    )
    def test_invisible_text_is_a_blank_line(self, run_app: Any, text: str) -> None:
        assert run_app(*PREDICT, stdin=f"{text}\n{text}".encode()) == (0, "\n\n", "")

    @pytest.mark.parametrize(
        "text",
        [
            "😀",
            "👩\u200d👩\u200d👧\u200d👦",
            "\u0378",
            "\U0003fffe",
            "\ue000",
            "ﷺ",
            "a\0b",
            "▁▁",
            "<s> </s>",
        ],
        ids=ascii,
    )
    def test_odd_characters_do_not_stop_the_others(self, run_app: Any, text: str) -> None:
        ran = run_app(*PREDICT, stdin=f"{KOREAN}{text}\n{KOREAN}".encode())
        assert ran.status == 0
        # A line with letters of another script is reported.
        has_letters = any(map(str.isalpha, text))
        assert ("was not translated: line 2" in ran.err) == has_letters == bool(ran.err)
        first, second, last = ran.out.split("\n")[:-1]
        assert first == last not in ("", second)

    def test_lone_surrogates(self, run_app: Any) -> None:
        message = mistake(run_app(*PREDICT, "좋아", "caf\udce9"))
        assert message == ("error: sentence 2 is not UTF-8 text: 'caf\\udce9'. Encode it in UTF-8.")

    @pytest.mark.parametrize("way", ["file", "pipe"])
    @pytest.mark.parametrize("encoding", ["cp949", "utf-16"])
    def test_another_encoding(self, run_app: Any, tmp_path: Path, way: str, encoding: str) -> None:
        content = (KOREAN * 3).encode(encoding)
        (tmp_path / "in.txt").write_bytes(content)
        arguments = ["--input", tmp_path / "in.txt"] if way == "file" else []
        ran = run_app(*PREDICT, *arguments, stdin=b"" if arguments else content)
        name = str(tmp_path / "in.txt") if way == "file" else "standard input"
        label = "cp949" if encoding == "cp949" else "UTF-16"
        assert ran.err == f"{name!r}: the encoding was detected as {label}.\n"
        assert ran[:2] == run_app(*PREDICT, stdin=(KOREAN * 3).encode())[:2]

    @pytest.mark.parametrize("way", ["file", "pipe"])
    def test_an_unknown_encoding(self, run_app: Any, tmp_path: Path, way: str) -> None:
        content = KOREAN.encode() + "caf\xe9\n".encode("latin-1")
        (tmp_path / "in.txt").write_bytes(content)
        arguments = ["--input", tmp_path / "in.txt"] if way == "file" else []
        message = mistake(run_app(*PREDICT, *arguments, stdin=b"" if arguments else content))
        name = str(tmp_path / "in.txt") if way == "file" else "standard input"
        assert f"{name!r} is not UTF-8 text (near line 2). Save it as UTF-8." in message

    def test_an_empty_file(self, run_app: Any, tmp_path: Path) -> None:
        (tmp_path / "in.txt").write_bytes(b"")
        ran = run_app(*PREDICT, "--input", tmp_path / "in.txt", "--output", tmp_path / "out")
        assert ran == (0, "", "")
        assert (tmp_path / "out").read_bytes() == b""
        assert "is empty" in mistake(run_app(*EVALUATE, "--input", tmp_path / "in.txt"))

    @pytest.mark.parametrize("text", [LONG, KOREAN.strip() * 7_700], ids=["one word", "sentences"])
    def test_100_000_characters(self, run_app: Any, text: str) -> None:
        began = time.monotonic()
        quick = ("inference.beam_size=1", "inference.batch_size=4000", "inference.max_length=9")
        sets = [part for each in quick for part in ("--set", each)]
        ran = run_app(*PREDICT, "--json", *sets, stdin=f"{text}\n{KOREAN}".encode())
        assert (ran.status, ran.err) == (0, "")
        long, short = map(json.loads, ran.out.splitlines())
        assert short["translation"] and long["translation"]
        assert long["attention"] == []  # a matrix that would fill the memory
        ends = long["source_tokens"].count("</s>")
        assert ends > 2_000
        assert long["target_tokens"].count("</s>") <= ends <= len(long["target_tokens"])
        kept = "".join(token for token in long["source_tokens"] if token != "</s>")
        assert kept.replace("▁", " ").strip() == text  # nothing was dropped between the parts
        assert time.monotonic() - began < 60

    def test_a_file_of_blank_lines(
        self, run_app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from malgil.modeling.translator import Translator

        held = []
        real = Translator.translate
        monkeypatch.setattr(
            Translator,
            "translate",
            lambda self, texts, *more: held.append(len(texts)) or real(self, texts, *more),
        )
        (tmp_path / "in.txt").write_bytes(b"\n" * 250_000)
        ran = run_app(*PREDICT, "--input", tmp_path / "in.txt", "--output", tmp_path / "out")
        assert (ran.status, ran.out) == (0, "")
        assert (tmp_path / "out").read_bytes() == b"\n" * 250_000
        assert sum(held) == 250_000  # no line twice
        assert max(held) == predict.LINES_AT_ONCE < 10_000  # so that memory stays small


class TestDisks:
    @pytest.fixture
    def disk(self, tmp_path: Path) -> Iterator[Path]:
        """Mount a small separate disk, and return its folder."""
        if not sys.platform.startswith("linux") or os.geteuid() != 0:
            pytest.skip("only root can mount a small disk")
        path = tmp_path / "disk"
        path.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", path]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("no disk can be mounted here")
        try:
            yield path
        finally:
            subprocess.run(["umount", "-l", path], check=True)

    @pytest.fixture
    def old(self, disk: Path, translator_folder: Path) -> Path:
        """Return the file of a translator on that disk."""
        (disk / "tiny").mkdir()
        path = disk / "tiny" / "translator.safetensors"
        path.write_bytes((translator_folder / "translator.safetensors").read_bytes())
        return path

    def leave(self, disk: Path, free: int) -> None:
        """Fill a disk up to the last `free` bytes."""
        system = os.statvfs(disk)
        (disk / "ballast").write_bytes(bytes(system.f_bavail * system.f_frsize - free))

    # Free bytes: none; enough to start; enough for a translator, but not for a checkpoint.
    @pytest.mark.parametrize("free", [0, 110_000, 170_000])
    def test_a_full_disk(
        self, train: Any, run_app: Any, disk: Path, old: Path, tiny_corpus: Path, free: int
    ) -> None:
        content = old.read_bytes()
        self.leave(disk, free)
        folder = f"translator.directory={disk}"
        ran = train((tiny_corpus / "train.tsv").read_bytes(), folder, "model.units=32")
        assert "No space left on device. Free some space" in mistake(ran)
        assert content in [path.read_bytes() for path in old.parent.rglob("*.safetensors")]
        assert not list(old.parent.glob(".*"))
        assert run_app(*PREDICT, KOREAN, "--set", folder).status == 0

    def test_a_full_disk_for_translations(self, run_app: Any, disk: Path) -> None:
        self.leave(disk, 8_192)
        (disk / "out").write_text("old")
        message = mistake(
            run_app(*PREDICT, "--output", disk / "out", "--overwrite", stdin=b"\n" * 50_000)
        )
        assert f"cannot write {str(disk / 'out')!r}: No space left on device" in message
        assert (disk / "out").read_text() == "old"

    def test_a_disk_that_cannot_be_written_to(
        self, train: Any, disk: Path, old: Path, tiny_corpus: Path
    ) -> None:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        ran = train((tiny_corpus / "train.tsv").read_bytes(), f"translator.directory={disk}")
        assert "Read-only file system. Choose a folder that can be written to." in mistake(ran)
        assert old.exists()

    def test_a_file_in_place_of_tensorboards_folder(
        self, train: Any, tmp_path: Path, tiny_corpus: Path
    ) -> None:
        folder = tmp_path / "model" / "tiny"
        folder.mkdir(parents=True)
        (folder / "tensorboard").write_text("")
        message = mistake(train((tiny_corpus / "train.tsv").read_bytes()))
        assert f"cannot write {str(folder / 'tensorboard')!r}: " in message

    def test_a_file_in_place_of_the_folder(self, train: Any, tmp_path: Path) -> None:
        (tmp_path / "model").write_text("precious")
        assert f"cannot create {str(tmp_path / 'model' / 'tiny')!r}" in mistake(train("a\tb\n"))
        assert (tmp_path / "model").read_text() == "precious"
