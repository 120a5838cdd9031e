"""Tests of config.ini: it holds and explains every setting."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest

from malgil.common.locations import ROOT
from malgil.settings import Settings, load


def every_field() -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    """Yield the section and the field of every setting."""
    for section, kind in Settings.sections().items():
        for field in dataclasses.fields(kind):
            yield section, field


FIELDS = list(every_field())
NAMES = [f"{section}.{field.name}" for section, field in FIELDS]
NUMBERS = [(section, field) for section, field in FIELDS if "low" in field.metadata]
CHOICES = [(section, field) for section, field in FIELDS if "choices" in field.metadata]


def names(fields: list[tuple[str, dataclasses.Field[Any]]]) -> list[str]:
    return [f"{section}.{field.name}" for section, field in fields]


class TestConfigFile:
    def comments(self) -> dict[str, tuple[str, str]]:
        """Return the comment and the value of every `section.key` in config.ini."""
        found, comment, section, is_open = {}, "", "", False
        for line in (ROOT / "config.ini").read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                comment = f"{comment} {line[1:]}" if is_open else line[1:]
                is_open = True
            elif line.startswith("["):
                section, comment, is_open = line.strip("[]"), "", False
            elif "=" in line:
                key, _, value = line.partition("=")
                found[f"{section}.{key.strip()}"] = (comment, value.strip())
                is_open = False
            else:
                assert not line
        return found

    def test_holds_every_default(self) -> None:
        assert load() == Settings()

    def test_holds_every_setting_in_the_order_of_the_classes(self) -> None:
        assert list(self.comments()) == NAMES

    @pytest.mark.parametrize(("section", "field"), FIELDS, ids=NAMES)
    def test_has_a_comment_of_its_own(self, section: str, field: dataclasses.Field[Any]) -> None:
        comment, _ = self.comments()[f"{section}.{field.name}"]
        assert len(comment.split()) >= 3

    @pytest.mark.parametrize(("section", "field"), CHOICES, ids=names(CHOICES))
    def test_names_each_choice(self, section: str, field: dataclasses.Field[Any]) -> None:
        words = set(re.findall(r"\w+", self.comments()[f"{section}.{field.name}"][0]))
        assert set(field.metadata["choices"]) <= words

    @pytest.mark.parametrize(("section", "field"), NUMBERS, ids=names(NUMBERS))
    def test_names_each_range(self, section: str, field: dataclasses.Field[Any]) -> None:
        comment = self.comments()[f"{section}.{field.name}"][0]
        ranges = re.findall(r"([\d.]*\d)\s+to\s+([\d.]*\d)", comment)
        expected = (field.metadata["low"], field.metadata["high"])
        assert expected in [(float(low), float(high)) for low, high in ranges]

    def test_has_no_inline_comment(self) -> None:
        assert not any("#" in value for _, value in self.comments().values())
