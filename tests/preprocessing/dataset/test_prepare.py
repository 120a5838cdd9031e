"""Preparation of a corpus: ids, messages, rejected pairs and the cache."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from malgil.common.errors import UserError
from malgil.common.locks import exclusive
from malgil.common.logging import messages
from malgil.preprocessing.corpus.cleaning import Deduplicator
from malgil.preprocessing.dataset import cache, tokenize_pairs, training_pairs
from malgil.preprocessing.dataset import prepare as module
from malgil.preprocessing.dataset.cache import CachedCorpus
from malgil.preprocessing.dataset.prepare import prepare
from malgil.preprocessing.dataset.tokenize_pairs import (
    PairTokenizer,
    TokenizedCorpus,
    count_tokens,
)
from malgil.preprocessing.pipeline import TextPipeline
from malgil.preprocessing.text.normalization import normalize
from malgil.settings import Settings
from tests.preprocessing.corpus.formats.writers import csv_text, json_text, zipped

SettingsMaker = Callable[..., Settings]


def run(
    settings: Settings, subword: dict[str, bytes] | None = None
) -> tuple[CachedCorpus, list[str]]:
    """Prepare a corpus, and return it with the messages that a user sees."""
    stream = io.StringIO()
    with messages(stream):
        corpus = prepare(settings, lambda _, __: None, subword)
    return corpus, stream.getvalue().splitlines()


def decoded(corpus: CachedCorpus, settings: Settings, name: str = "train") -> list[tuple[str, str]]:
    pipeline = TextPipeline.from_state(corpus.subword, settings.preprocessing)
    source, target = getattr(corpus, name)
    return [
        (pipeline.source.decode(a.tolist()), pipeline.target.decode(b.tolist()))
        for a, b in zip(source, target, strict=True)
    ]


@pytest.fixture
def make(tiny_settings: SettingsMaker, tmp_path: Path) -> Callable[..., Settings]:
    """Return a function that makes settings with given train and valid lines."""

    def write(
        train: list[str], *more: str, valid: str = "개가 잡니다.\tThe dog sleeps."
    ) -> Settings:
        (tmp_path / "train.tsv").write_text("\n".join(train), "utf-8")
        (tmp_path / "valid.tsv").write_text(valid, "utf-8")
        files = (f"data.{key}={tmp_path / name}.tsv" for key, name in KEYS.items())
        texts = ("preprocessing.ignore_spaces=no", "preprocessing.source_noise=0")
        return tiny_settings(tmp_path, *files, f"data.cache={tmp_path / 'cache'}", *texts, *more)

    return write


KEYS = {"train": "train", "valid": "valid", "test": "valid"}
PAIRS = [("고양이가 잡니다.", "The cat sleeps."), ("개가 웃어요.", "The dog laughs.")]
LINES = ["\t".join(pair) for pair in PAIRS]


class TestIds:
    def test_match_the_texts(self, make: Any) -> None:
        settings = make(LINES)
        corpus, said = run(settings)
        assert decoded(corpus, settings) == PAIRS
        assert decoded(corpus, settings, "valid") == [("개가 잡니다.", "The dog sleeps.")]
        assert said == corpus.summary == ["train: 2 pairs", "valid: 1 pair"]

    def test_match_the_pipeline(
        self, tiny_settings: SettingsMaker, tmp_path: Path, tiny_pairs: list
    ) -> None:
        settings = tiny_settings(tmp_path)
        corpus, _ = run(settings)
        pairs = [pair for i, pair in enumerate(tiny_pairs) if i % 8 != 3]
        text = settings.preprocessing
        tokenized = PairTokenizer(text, settings.training.seed)(pairs)
        pipeline = TextPipeline.learn(count_tokens(tokenized, text), text)
        assert corpus.subword == pipeline.to_state()
        expected = list(map(pipeline.encode_tokenized, tokenized))
        for side in (0, 1):
            assert [row.tolist() for row in corpus.train[side]] == [ids[side] for ids in expected]

    def test_do_not_depend_on_the_processes(
        self, make: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        lines = [f"나무 {i}그루가 있어요.\tThere are {i} trees." for i in range(2500)]
        settings = make([*lines, *lines[:700], "비어 있어요.\t"], "training.threads=2")
        alone, said = run(settings)
        monkeypatch.setattr(tokenize_pairs, "_MIN_BYTES_FOR_PROCESSES", 0)
        data = dataclasses.replace(settings.data, cache=str(tmp_path / "another"))
        together, said_again = run(dataclasses.replace(settings, data=data))
        assert alone.fingerprint() == together.fingerprint() and said == said_again
        assert "700 seen before" in said[0] and "1 with an empty side" in said[0]
        assert len(alone.train[0]) == 2500


class TestValidationSet:
    """The pairs that the validation loss is measured on; see `ValidationSet`."""

    VALID = (
        ("한국어 2024 Ａ", "Korean  in 2024, ⌘ and ½."),
        ("개가 " * 99, "The dog " * 99),
        ("개가 잡니다.", "The dog Sleeps: “now”."),
    )

    def test_characters_are_those_of_the_pairs_that_are_kept(self, make: Any) -> None:
        valid = "\n".join("\t".join(pair) for pair in self.VALID)
        kept = [normalize(self.VALID[i][1]) for i in (0, 2)]
        other = ("preprocessing.subword=unigram", "preprocessing.lowercase=yes")
        for more in ((), other):
            settings = make(LINES, "preprocessing.max_length=60", *more, valid=valid)
            found = [run(settings)[0].validation for _ in range(2)]  # built, then from the cache
            assert found[0] == found[1]
            assert found[0].characters == sum(map(len, kept))

    def test_fingerprint_depends_only_on_the_pairs(self, make: Any) -> None:
        lines = ["\t".join(pair) for pair in self.VALID]
        settings = make(LINES, valid="\n".join(lines))
        first = run(settings)[0].validation
        more = ("preprocessing.vocabulary_size=80", "preprocessing.max_length=30")
        second = run(make(LINES[:1] * 2, *more, valid="\n".join(lines[::-1])))[0].validation
        assert first.fingerprint == second.fingerprint
        third = run(make(LINES, valid="\n".join(lines[1:])))[0].validation
        assert third.fingerprint != first.fingerprint


class TestFolder:
    @pytest.mark.parametrize(
        ("line", "key"),
        [("<b>가</b>\tone", "valid"), (LINES[0], "train")],
        ids=["empty", "missing"],
    )
    def test_no_empty_folder_is_left(self, make: Any, line: str, key: str, tmp_path: Path) -> None:
        settings = make([line])
        if key == "train":
            (tmp_path / "train.tsv").unlink()
        with pytest.raises(UserError):
            run(settings)
        assert not (tmp_path / "cache").exists()


class TestLeftOut:
    def test_each_reason_is_reported_and_written(self, make: Any, tmp_path: Path) -> None:
        rejected = tmp_path / "rejected.tsv"
        settings = make(
            [
                *LINES,
                LINES[0],
                "개가 <i>웃어요</i>.\tThe dog laughs.",
                "개가\tЯ студент",
                "개가  잡니다\tthe DOG sleeps!",
                "개가 " * 30 + "\t" + "the dog " * 30,
                "개\t" + "the dog " * 8,
                "10:30\t10:30",
                "",
                "개가 잡니다.",
                "개가 잡니다.\t ",
                "\u200b\tdog",
                "개" * 500 + "\tdog",
            ],
            f"cleaning.rejected_file={rejected}",
        )
        corpus, said = run(settings)
        assert decoded(corpus, settings) == PAIRS
        reasons = [
            "seen before", "with markup", "in another script", "also in valid or test",
            "longer than 20 tokens", "with one side far longer", "without a letter", "blank",
            "without a tab", "with an empty side", "with an empty side", "far too long",
        ]  # fmt: skip
        for reason in reasons:
            assert f"{reasons.count(reason)} {reason}" in said[0]
        header, *rows = [line.split("\t") for line in rejected.read_text("utf-8").splitlines()]
        assert header == ["reason", "file", "row", "source", "target"]
        assert [row[0] for row in rows] == reasons  # in the order of the file
        assert {row[1] for row in rows} == {str(tmp_path / "train.tsv")}
        assert [int(row[2]) for row in rows] == list(range(3, 15))
        texts = [tuple(row[3:]) for row in rows]
        assert texts[0] == PAIRS[0] and texts[3] == ("개가 잡니다", "the DOG sleeps!")
        assert texts[7:] == [
            ("", ""), ("", ""), ("개가 잡니다.", ""), ("", "dog"), ("개" * 500, "dog")
        ]  # fmt: skip

    def test_each_row_is_found_by_its_number(self, make: Any, tmp_path: Path) -> None:
        """A header and blank rows count; sheets and members of archives have their own rows."""
        rejected, pair = tmp_path / "rejected.tsv", ("개가 잡니다", "the dog sleeps!")
        book = openpyxl.Workbook()
        for sheet in (book.active, book.create_sheet("둘")):
            for row in [("ko", "en"), PAIRS[0], (), pair, ("고양이", " ")]:
                sheet.append(row)
        book.save(tmp_path / "a.xlsx")
        table = csv_text([("ko", "en"), ("가\n나", "a\nb"), pair])
        (tmp_path / "b.zip").write_bytes(zipped({"하나.csv": table, "둘.csv": table}))
        for name, side in (("c.ko", 0), ("c.en", 1)):
            (tmp_path / name).write_text(f"{PAIRS[1][side]}\n\n{pair[side]}\n", "utf-8")
        (tmp_path / "d.json").write_text(
            json_text(
                [{"ko": "가", "en": ""}, {"ko": "나", "en": "b"}, {"ko": pair[0], "en": pair[1]}]
            ),
            "utf-8",
        )
        names = ", ".join(
            str(tmp_path / name) for name in ("a.xlsx", "b.zip", "c.ko", "c.en", "d.json")
        )
        settings = make([], f"data.train={names}", f"cleaning.rejected_file={rejected}")
        _corpus, said = run(settings)
        rows = [line.split("\t")[:3] for line in rejected.read_text("utf-8").splitlines()[1:]]
        sheet = ["3 blank", "4 also in valid or test", "5 with an empty side"]
        book_rows = [(f"a.xlsx:{title}", row) for title in ("Sheet", "둘") for row in sheet]
        book_rows.insert(3, ("a.xlsx:둘", "2 seen before"))
        member = "3 also in valid or test"
        texts = f"c.ko, {tmp_path / 'c.en'}"
        assert [(row[1], f"{row[2]} {row[0]}") for row in rows] == [
            (str(tmp_path / place), row)
            for place, row in [
                *book_rows,
                ("b.zip:하나.csv", member),
                ("b.zip:둘.csv", "2 seen before"),
                ("b.zip:둘.csv", member),
                (texts, "2 blank"),
                (texts, "3 also in valid or test"),
                ("d.json", "1 with an empty side"),
                ("d.json", "3 also in valid or test"),
            ]
        ]
        counted = re.findall(r"(\d+) [a-z]", said[0].split("left out: ")[1].split(")")[0])
        assert sum(map(int, counted)) == len(rows)

    def test_a_rejected_pair_is_written_unchanged(self, make: Any, tmp_path: Path) -> None:
        """It has its original spans and the characters that have no piece."""
        rejected = tmp_path / "rejected.tsv"
        pair = "개가 2024년에 " + "웃어요 " * 20 + "뷁.\tThe dog laughs in 2024 at 3:30 ⌘."
        run(make([*LINES, pair], f"cleaning.rejected_file={rejected}"))
        row = f"longer than 20 tokens\t{tmp_path / 'train.tsv'}\t3\t{pair}"
        assert rejected.read_text("utf-8").splitlines()[1:] == [row]
        run(make([*LINES, pair], f"cleaning.rejected_file={rejected}"))  # its own file is replaced

    def test_the_name_of_the_file_is_unchanged(self, make: Any, tmp_path: Path) -> None:
        """Unlike the texts, it is not normalized, and it need not be UTF-8."""
        path, rejected = tmp_path / "Ａ\udcff.tsv", tmp_path / "rejected.tsv"
        path.write_text("\n".join([*LINES, "ｂ\t１"]), "utf-8")
        settings = make(LINES, f"cleaning.rejected_file={rejected}")
        data = dataclasses.replace(settings.data, train=(str(path),))
        run(dataclasses.replace(settings, data=data))
        row = f"in another script\t{path}\t3\tb\t1\n"
        assert rejected.read_bytes().endswith(row.encode("utf-8", "surrogateescape"))

    @pytest.mark.parametrize("key", ["train", "valid", "test", "other"])
    def test_no_file_of_the_user_is_replaced(self, make: Any, tmp_path: Path, key: str) -> None:
        path = tmp_path / f"{key}.tsv"
        extra = (f"data.test={path}",) if key == "test" else ()
        settings = make(LINES, *extra, f"cleaning.rejected_file={path}")
        if key in ("test", "other"):
            path.write_text("개가 잡니다.\tThe dog sleeps.\n", encoding="utf-8")
        before = path.read_bytes()
        with pytest.raises(UserError, match="^cleaning.rejected_file"):
            run(settings)
        assert path.read_bytes() == before

    def test_all_pairs_are_also_in_valid(self, make: Any) -> None:
        message = r"^data.train contains the same pairs as data.valid or data.test, .*: 2 also in"
        with pytest.raises(UserError, match=message):
            run(make([*LINES, "<b>가</b>\ta"], valid="\n".join(LINES)))
        corpus, _said = run(make(LINES, "cleaning.drop_overlap=no", valid="\n".join(LINES)))
        assert len(corpus.train[0]) == 2

    @pytest.mark.parametrize("key", ["valid", "test"])
    def test_train_names_the_same_file(
        self, make: Any, tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        settings = make(LINES, f"data.{key}=train.tsv")
        message = f"^data.train and data.{key} contain the same pairs: both name 'train.tsv'"
        with pytest.raises(UserError, match=message):
            run(settings)
        _corpus, said = run(make(LINES, f"data.{key}=train.tsv", "cleaning.drop_overlap=no"))
        assert said[0] == "train: 2 pairs"

    def test_one_of_the_files_is_the_same(self, make: Any, tmp_path: Path) -> None:
        settings = make(LINES, f"data.train={tmp_path / 'train.tsv'}, {tmp_path / 'valid.tsv'}")
        _corpus, said = run(settings)
        path = str(tmp_path / "valid.tsv")
        assert [line for line in said if "both" in line] == [
            f"data.train and data.{key} both name {path!r}, so its pairs are kept out of training."
            for key in ("valid", "test")
        ]
        assert "train: 2 pairs (left out: 1 also in valid or test)" in said

    def test_validation_pairs_are_not_cleaned(self, make: Any) -> None:
        """Only pairs that are too long are left out."""
        twice = "\n".join([LINES[0]] * 2 + ["개 " * 30 + "\tdogs", "<b>개</b>\tdog"])
        settings = make(LINES[1:], valid=twice)
        corpus, said = run(settings)
        assert len(corpus.valid[0]) == 3
        assert said[1] == "valid: 3 pairs (left out: 1 longer than 20 tokens)"

    @pytest.mark.parametrize("line", ["<b>가</b>\tone", "가 " * 30 + "\t" + "a " * 30])
    def test_no_pair_is_left(self, make: Any, line: str, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="no (pair of data.train|text)"):
            run(make([line]))
        assert not list((tmp_path / "cache").glob("*.h5"))

    def test_a_folder_that_cannot_be_written_to(
        self, make: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """The temporary files are written to the folder of the cache."""

        def fail(**_: Any) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(tempfile, "TemporaryFile", fail)
        with pytest.raises(UserError) as caught:
            run(make(LINES))
        assert str(caught.value) == (
            f"data.cache: cannot write {str(tmp_path / 'cache')!r}: Permission denied. "
            "Choose a folder that you may write to."
        )

    @pytest.mark.parametrize(
        "writer",
        [f"{training_pairs.__name__}.pickle.dump", f"{module.__name__}.RaggedWriter.extend"],
    )
    def test_a_full_disk(self, make: Any, monkeypatch: pytest.MonkeyPatch, writer: str) -> None:
        def fail(*_: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(writer, fail)
        with pytest.raises(UserError, match=r"data.cache: cannot write .* Free some space"):
            run(make(LINES))

    def test_a_missing_file(self, tiny_settings: SettingsMaker, tmp_path: Path) -> None:
        missing = tmp_path / "none.tsv"
        settings = tiny_settings(tmp_path, f"data.train={missing}")
        with pytest.raises(UserError, match=f"cannot read '{missing}': No such file"):
            list(TokenizedCorpus(settings, Deduplicator(settings.cleaning, ())))

    def test_a_test_file_that_cannot_be_found(
        self, make: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """Its pairs could not be held out, so it is not treated as missing."""

        def exists(path: Path) -> bool:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

        settings = make(LINES)
        monkeypatch.setattr(Path, "exists", exists)
        with pytest.raises(UserError, match=r"data\.test: cannot read .*: Permission denied"):
            run(settings)

    def test_no_test_file(self, make: Any, tmp_path: Path) -> None:
        settings = make(LINES, f"data.test={tmp_path / 'none.tsv'}")
        _corpus, said = run(settings)
        assert said[1] == "train: 2 pairs"
        assert said[0].startswith("data.test: ") and "does not exist" in said[0]


class TestCache:
    @pytest.fixture
    def built(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Return a list that gets an entry each time a corpus is read instead of loaded."""
        times: list[str] = []
        build = module.DatasetBuilder.build

        def note(building: Any, subword: Any) -> CachedCorpus:
            times.append("built")
            return build(building, subword)

        monkeypatch.setattr(module.DatasetBuilder, "build", note)
        return times

    def test_second_time(self, make: Any, built: list[str]) -> None:
        first, said = run(make(LINES))
        again, said_again = run(make(LINES))
        assert built == ["built"] and said == said_again
        assert first.fingerprint() == again.fingerprint() and first.subword == again.subword

    @pytest.mark.parametrize(
        ("override", "times"),
        [
            ("preprocessing.vocabulary_size=200", 2),
            ("cleaning.min_script_share=0.9", 2),
            ("data.target_language=fr", 2),
            ("model.units=32", 1),
            ("training.learning_rate=0.5", 1),
            ("training.seed=9", 2),
        ],
    )
    def test_settings_that_matter(
        self, make: Any, built: list[str], override: str, times: int
    ) -> None:
        run(make(LINES))
        run(make(LINES, override))
        assert len(built) == times

    def test_contents_that_matter(self, make: Any, built: list[str]) -> None:
        run(make(LINES))
        run(make(LINES[::-1]))
        run(make(LINES, valid=LINES[0]))
        assert len(built) == 3

    def test_a_damaged_cache_is_rebuilt(self, make: Any, built: list[str], tmp_path: Path) -> None:
        settings = make(LINES)
        run(settings)
        [path] = (tmp_path / "cache").glob("*.h5")
        path.write_bytes(path.read_bytes()[:-200])
        assert decoded(run(settings)[0], settings) == PAIRS
        assert len(built) == 2

    def test_subwords_of_a_resumed_training(self, make: Any, built: list[str]) -> None:
        other, _ = run(make([LINES[0], "다른 말이에요.\tAnother word."]))
        settings = make(LINES)
        corpus, _ = run(settings, other.subword)
        assert corpus.subword == other.subword
        assert decoded(corpus, settings)[0] == PAIRS[0]
        run(settings, other.subword)
        assert len(built) == 2

    def test_no_temporary_file_remains(self, make: Any, tmp_path: Path) -> None:
        run(make(LINES))
        assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".h5"]

    def test_process_that_waited_finds_the_corpus(
        self, make: Any, built: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another process makes the same corpus first."""
        settings = make(LINES)
        waits = []

        @contextlib.contextmanager
        def after_another(path: Path, **how: bool) -> Iterator[None]:
            waits.append((path.suffix, how))
            monkeypatch.setattr(module, "exclusive", exclusive)
            run(settings)
            with exclusive(path, **how):
                yield

        monkeypatch.setattr(module, "exclusive", after_another)
        corpus, said = run(settings)
        assert decoded(corpus, settings) == PAIRS
        assert len(built) == 1 and waits == [(".h5", {"waits": True})]
        assert any(line.startswith("train: 2 pairs") for line in said)

    def test_temporary_file_and_cache_of_another_process_stay(
        self, make: Any, tmp_path: Path
    ) -> None:
        """Each of them has the lock of its own corpus."""
        folder = tmp_path / "cache"
        folder.mkdir()
        others = [folder / f"{number}.h5" for number in range(cache.KEPT + 1)]
        for number, path in enumerate(others):
            path.touch()
            os.utime(path, (number, number))
        temporary = folder / ".0.h5.01234567"
        temporary.touch()
        with exclusive(others[0]):
            run(make(LINES))
        assert temporary.exists() and others[0].exists() and not others[1].exists()
        assert not list(folder.glob(".*.lock"))

    def test_rejected_file_of_another_process(self, make: Any, tmp_path: Path) -> None:
        name = tmp_path / "rejected.tsv"
        with exclusive(name), pytest.raises(UserError, match="rejected.tsv' is in use"):
            run(make(LINES, f"cleaning.rejected_file={name}"))
        assert not name.exists()
