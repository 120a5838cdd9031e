"""Corpora: reading and cleaning sentence pairs, and downloading published datasets."""

from __future__ import annotations

# A source sentence and its target sentence.
Pair = tuple[str, str]
