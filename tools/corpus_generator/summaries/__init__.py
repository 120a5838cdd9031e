"""The grammar that composes texts and their summaries: ``data/summary/``."""
