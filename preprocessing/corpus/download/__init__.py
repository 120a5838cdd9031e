"""Downloading published corpora: the catalogue, HTTP, the transfer of a file, the local files."""
