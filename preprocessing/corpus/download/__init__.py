"""Fetching the corpora that others publish: the catalogue, the transfer, what is checked."""
