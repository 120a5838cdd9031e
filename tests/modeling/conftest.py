"""What the tests of several files of this room share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from malgil.modeling.training.trainer import Trainer
    from malgil.preprocessing.dataset.batches import TokenBatches


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Trainer, TokenBatches, TokenBatches]]:
    """What would have been trained on, without training: a checkpoint is all that is written."""
    from malgil.modeling.training.trainer import Trainer

    kept: list[tuple[Trainer, TokenBatches, TokenBatches]] = []

    def run(self: Trainer, batches: TokenBatches, valid: TokenBatches) -> bool:
        kept.append((self, batches, valid))
        self.save_checkpoint()
        return False

    monkeypatch.setattr(Trainer, "run", run)
    return kept
