"""What the tests of composed data share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def digests_under_hash_seeds() -> Callable[[str, dict[str, int]], set[str]]:
    """Return the SHA-256 of what a module composes, with several hash seeds of Python."""

    def digests(module: str, sizes: dict[str, int]) -> set[str]:
        program = (
            f"from hashlib import sha256; from {module} import compose, to_tsv; "
            f"parts = compose(5, {sizes}); "
            "text = ''.join(to_tsv(pairs) for pairs in parts.values()); "
            "print(sha256(text.encode()).hexdigest())"
        )
        found = set()
        for hash_seed in ("1", "77"):
            environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
            done = subprocess.run(
                [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True,
                text=True, check=True,
            )  # fmt: skip
            found.add(done.stdout)
        return found

    return digests
