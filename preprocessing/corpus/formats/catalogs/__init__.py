"""Formats in which the texts of programs are translated: by units, or by keys.

XLIFF, Qt Linguist and gettext hold a text and its translation in one file. Java, Android, Apple,
.NET, JSON and YAML have a file per language; their texts are paired by their keys.
"""
