"""Corpora: reading and cleaning sentence pairs, and downloading published datasets."""

from __future__ import annotations

# The source sentence and the target sentence.
Pair = tuple[str, str]
