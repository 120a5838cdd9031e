"""What commands of the suites of kills and of concurrent use work on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hostile.commands import Command, predict

# All that is random is on, and there are several batches in each of several epochs.
_RANDOM = (
    "model.dropout=0.3",
    "training.label_smoothing=0.1",
    "training.batch_tokens=40",
    "training.warmup_steps=7",
)


@pytest.fixture(scope="session")
def long_input(tiny_pairs: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of 2,000 sentences: four chunks."""
    path = tmp_path_factory.mktemp("input") / "in.txt"
    sources = [source for source, _ in tiny_pairs]
    lines = [sources[7 * n % len(sources)] + "!" * (n % 3) for n in range(2000)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def undisturbed(
    translator_folder: Path, long_input: Path, tmp_path_factory: pytest.TempPathFactory
) -> bytes:
    """Return what a translation of `long_input` writes if nothing happens to it."""
    path = tmp_path_factory.mktemp("undisturbed") / "out.txt"
    Command(*predict(translator_folder, long_input, path)).succeed()
    return path.read_bytes()


@pytest.fixture
def caching(tiny_overrides: Callable[..., list[str]], tmp_path: Path) -> list[str]:
    """Return the overrides of a corpus of 1,500 pairs whose cache is in `tmp_path/cache`."""
    lines = [f"제 친구 {n}명이 {n % 97}일에 웃어요.\tMy {n} friends laugh on {n % 97}.\n"
             for n in range(1500)]  # fmt: skip
    (tmp_path / "corpus.tsv").write_text("".join(lines), encoding="utf-8")
    more = (f"data.train={tmp_path / 'corpus.tsv'}", f"data.cache={tmp_path / 'cache'}")
    return tiny_overrides(tmp_path, *more)


@pytest.fixture(scope="session")
def training(tiny_overrides: Callable[..., list[str]], tiny_corpus: Path) -> Callable:
    """Return a function that makes the overrides of a training with about 100 batches."""
    files = ", ".join([str(tiny_corpus / "train.tsv")] * 2)
    more = (f"data.train={files}", "cleaning.drop_duplicates=no", *_RANDOM)
    return lambda directory, *others: tiny_overrides(
        directory, *more, "training.epochs=4", "inference.engine=onnx", *others
    )


@pytest.fixture(scope="session")
def outcome() -> Callable[[Path], Any]:
    """Return a function that returns the result of a training without its times, bit by bit."""
    from malgil.modeling import translator_file
    from tests.modeling.training import test_resume  # imports TensorFlow

    def result(folder: Path) -> Any:
        shortlist = translator_file.load(folder / translator_file.FILE_NAME).shortlist
        arrays = {name: np.asarray(value).tolist() for name, value in (shortlist or {}).items()}
        return {**test_resume.outcome(folder), "shortlist": arrays}

    return result
