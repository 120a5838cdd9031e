"""What commands of the suites of kills and of concurrent use work on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.modeling.training.test_resume import RANDOM


@pytest.fixture(scope="session")
def long_input(tiny_pairs: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of 4,000 sentences: eight chunks."""
    path = tmp_path_factory.mktemp("input") / "in.txt"
    sources = [source for source, _ in tiny_pairs]
    lines = [sources[7 * n % len(sources)] + "!" * (n % 3) for n in range(4000)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def caching(tiny_overrides: Callable[..., list[str]], tmp_path: Path) -> list[str]:
    """Return the overrides of a corpus of 12,000 pairs whose cache is in `tmp_path/cache`."""
    lines = [f"제 친구 {n}명이 {n % 97}일에 웃어요.\tMy {n} friends laugh on {n % 97}.\n"
             for n in range(12_000)]  # fmt: skip
    (tmp_path / "corpus.tsv").write_text("".join(lines), encoding="utf-8")
    more = (f"data.train={tmp_path / 'corpus.tsv'}", f"data.cache={tmp_path / 'cache'}")
    return tiny_overrides(tmp_path, *more)


@pytest.fixture(scope="session")
def training(tiny_overrides: Callable[..., list[str]], tiny_corpus: Path) -> Callable:
    """Return a function that makes the overrides of a training with about 100 batches."""
    files = ", ".join([str(tiny_corpus / "train.tsv")] * 2)
    more = (f"data.train={files}", "cleaning.drop_duplicates=no", *RANDOM)
    return lambda directory, *others: tiny_overrides(
        directory, *more, "training.epochs=4", "inference.engine=onnx", *others
    )
