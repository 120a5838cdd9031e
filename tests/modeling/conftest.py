"""What the tests of several files of this room share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from malgil.modeling.training.trainer import Trainer
    from malgil.preprocessing.dataset.batches import TokenBatchSampler


@pytest.fixture
def runs(
    monkeypatch: pytest.MonkeyPatch,
) -> list[tuple[Trainer, TokenBatchSampler, TokenBatchSampler]]:
    """Collect what would be trained on, without training: only a checkpoint is written."""
    from malgil.modeling.training.trainer import Trainer

    kept: list[tuple[Trainer, TokenBatchSampler, TokenBatchSampler]] = []

    def run(self: Trainer, batches: TokenBatchSampler, valid: TokenBatchSampler) -> bool:
        kept.append((self, batches, valid))
        self.save_checkpoint()
        return False

    monkeypatch.setattr(Trainer, "run", run)
    return kept
