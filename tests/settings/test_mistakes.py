"""Tests of mistakes in settings: one line with what was received and what is accepted."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from malgil import settings
from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.settings import Settings, from_dict, load


def every_field() -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    """Yield the section and the field of every setting."""
    for section, kind in Settings.sections().items():
        for field in dataclasses.fields(kind):
            yield section, field


FIELDS = list(every_field())
NUMBERS = [(section, field) for section, field in FIELDS if "low" in field.metadata]
CHOICES = [(section, field) for section, field in FIELDS if "choices" in field.metadata]


def names(fields: list[tuple[str, dataclasses.Field[Any]]]) -> list[str]:
    return [f"{section}.{field.name}" for section, field in fields]


def mistake(content: str | bytes, folder: Path, *overrides: str) -> str:
    """Return the message for a recipe over an empty base file; it must be one line."""
    base, recipe = folder / "base.ini", folder / "recipe.ini"
    base.write_text("")
    recipe.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    with pytest.raises(UserError) as caught:
        load(recipe, overrides, base)
    message = str(caught.value)
    assert message and len(message.splitlines()) == 1
    return message


class TestUnknownNames:
    @pytest.mark.parametrize(
        ("recipe", "expected"),
        [
            (
                "[traning]\nepochs = 3",
                ("there is no section 'traning'.", "Did you mean 'training'?"),
            ),
            ("[Training]\nepochs = 3", ("'Training'", "Did you mean 'training'?")),
            ("[zzz]\nepochs = 3", ("'zzz'", "Accepted: translator, data, cleaning, preprocessing")),
            ("[DEFAULT]\nepochs = 3", ("there is no section 'DEFAULT'",)),
            (
                "[training]\nepoch = 3",
                ("training.epoch is not a setting", "Did you mean 'epochs'?"),
            ),
            ("[inference]\nbeamsize = 3", ("inference.beamsize", "Did you mean 'beam_size'?")),
            (
                "[translator]\nzzz = 3",
                ("translator.zzz", "Accepted: name, directory, quantization."),
            ),
        ],
    )
    def test_section_or_key(self, recipe: str, expected: tuple[str, ...], tmp_path: Path) -> None:
        message = mistake(recipe, tmp_path)
        assert message.startswith(f"{str(tmp_path / 'recipe.ini')!r}: ")
        assert all(part in message for part in expected)

    def test_in_an_override(self, tmp_path: Path) -> None:
        message = mistake("", tmp_path, "training.EPOCHS=3")
        assert message == "--set: training.EPOCHS is not a setting. Did you mean 'epochs'?"
        message = mistake("", tmp_path, "modle.units=3")
        assert message == "--set: there is no section 'modle'. Did you mean 'model'?"

    @pytest.mark.parametrize("name", ["Recipe", "RECIPE"])
    def test_recipe_in_capital_letters(self, name: str, tmp_path: Path) -> None:
        message = mistake(f"[{name}]\nbase = a.ini", tmp_path)
        assert f"there is no section {name!r}. Did you mean 'recipe'?" in message

    @pytest.mark.parametrize("name", ["recipe.base", "RECIPE.base"])
    def test_a_base_in_an_override(self, name: str, tmp_path: Path) -> None:
        message = mistake("", tmp_path, f"{name}=a.ini")
        assert message == (
            "--set: recipe.base is accepted in recipes only: [recipe], base = FILE. "
            "Name the recipe with --config."
        )

    def test_a_base_in_config_ini(self, tmp_path: Path) -> None:
        config = tmp_path / "config.ini"
        config.write_text("[recipe]\nbase = a.ini\n")
        with pytest.raises(UserError, match=r"config.ini': the section \[recipe\] is accepted in"):
            load(config=config)


class TestWrongValues:
    @pytest.mark.parametrize(("section", "field"), NUMBERS, ids=names(NUMBERS))
    def test_numbers(self, section: str, field: dataclasses.Field[Any], tmp_path: Path) -> None:
        low, high = field.metadata["low"], field.metadata["high"]
        wrong = [str(low - 1), str(high + 1), str(low - 1e-9), "nan", "inf", "-inf", "1e999"]
        wrong += ["-1e999", "", "three", "3 # comment", "0x10", "1,5", "9" * 400, "9" * 5000]
        kind = "a whole number" if isinstance(field.default, int) else "a number"
        for value in wrong:
            message = mistake(f"[{section}]\n{field.name} = {value}\n", tmp_path)
            assert f"{section}.{field.name} accepts {kind} from {low:g} to " in message
            assert f"Received: {value!r}." in message

    @pytest.mark.parametrize(("section", "field"), NUMBERS, ids=names(NUMBERS))
    def test_the_ends_of_a_range_are_in_it(
        self, section: str, field: dataclasses.Field[Any]
    ) -> None:
        for end in (field.metadata["low"], field.metadata["high"]):
            needed = {
                "groups": {"beam_size": "256"},
                "heads": {"attention": "multi_head"},
                "window_half_width": {"attention_window": "monotonic"},
                "feed_forward_units": {"architecture": "transformer"},
            }
            built = from_dict({section: {**needed.get(field.name, {}), field.name: str(end)}})
            assert getattr(getattr(built, section), field.name) == end

    def test_a_fraction_where_a_whole_number_is_due(self, tmp_path: Path) -> None:
        assert "accepts a whole number" in mistake("[model]\nunits = 4.0", tmp_path)

    @pytest.mark.parametrize(("section", "field"), CHOICES, ids=names(CHOICES))
    def test_choices(self, section: str, field: dataclasses.Field[Any], tmp_path: Path) -> None:
        for value in ("zzz", "", field.default.upper()):
            message = mistake(f"[{section}]\n{field.name} = {value}\n", tmp_path)
            start = f"{str(tmp_path / 'recipe.ini')!r}: {section}.{field.name} accepts "
            assert message.startswith(start)
            assert all(choice in message for choice in field.metadata["choices"])
            assert f"Received: {value!r}." in message
        assert message.endswith(f"Did you mean {field.default!r}?")

    def test_a_choice_nearly_right(self, tmp_path: Path) -> None:
        message = mistake("", tmp_path, "model.attention=luong_genral")
        assert message == (
            "--set: model.attention accepts none, luong_dot, luong_general, luong_concat, "
            "scaled_dot, bahdanau, multi_head. Received: 'luong_genral'. "
            "Did you mean 'luong_general'?"
        )

    @pytest.mark.parametrize("value", ["maybe", "", "2", "y"])
    def test_booleans(self, value: str, tmp_path: Path) -> None:
        message = mistake("", tmp_path, f"model.bidirectional={value}")
        assert message == f"--set: model.bidirectional accepts yes or no. Received: {value!r}."

    @pytest.mark.parametrize("key", ["translator.name", "translator.directory"])
    def test_empty_names(self, key: str, tmp_path: Path) -> None:
        assert f"{key} is empty" in mistake("", tmp_path, f"{key}=")

    @pytest.mark.parametrize(
        "value", [5, None, True, [1], [None], {"a.tsv": 1}, [["a.tsv"]]], ids=repr
    )
    def test_lists_of_files_from_elsewhere(self, value: Any) -> None:
        with pytest.raises(UserError, match=r"data\.train accepts .* Received: "):
            from_dict({"data": {"train": value}})

    @pytest.mark.parametrize("value", [None, [], {}, 10**400, "nan"], ids=lambda v: repr(v)[:9])
    @pytest.mark.parametrize("key", ["epochs", "learning_rate", "precision"])
    def test_other_types_from_elsewhere(self, key: str, value: Any) -> None:
        with pytest.raises(UserError, match=rf"training\.{key} accepts"):
            from_dict({"training": {key: value}})

    @pytest.mark.parametrize(
        "value", ["a", "a, b, c", "a, a", "1, 1", "1, 01", "0, 1", "1, a", "a, 2", "1, 2, 3"]
    )
    def test_columns(self, value: str, tmp_path: Path) -> None:
        message = mistake("", tmp_path, f"data.columns={value}")
        assert message == (
            "--set: data.columns accepts two column names, or two column numbers from 1 on, "
            f"source first; or nothing. Received: {value!r}."
        )

    def test_a_section_that_is_not_a_table(self) -> None:
        with pytest.raises(UserError, match=r"\[model\] is not a table"):
            from_dict({"model": 3})  # type: ignore[dict-item]


class TestFiles:
    @pytest.mark.parametrize("name", ["missing.ini", "."])
    def test_missing_recipe_or_folder(self, name: str, tmp_path: Path) -> None:
        reason = {
            "missing.ini": "No such file or directory. Name a file that exists.",
            ".": "Is a directory. Name a file, not a folder.",
        }
        with pytest.raises(UserError) as caught:
            load(tmp_path / name)
        path = str(tmp_path / name)
        assert str(caught.value) == f"--config: cannot read {path!r}: {reason[name]}"

    def test_missing_config(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"^cannot read '.*nowhere\.ini': No such"):
            load(config=tmp_path / "nowhere.ini")

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="Windows has no such files")
    def test_a_device_or_a_huge_file(self, tmp_path: Path) -> None:
        base, huge = tmp_path / "base.ini", tmp_path / "huge.ini"
        base.touch()
        huge.touch()
        os.truncate(huge, 20 << 30)  # sparse
        for path in (Path("/dev/zero"), huge):
            with pytest.raises(UserError, match="has more than 1,048,576 bytes"):
                load(path, (), base)

    @pytest.mark.parametrize("encoding", ["cp949", "utf-16"])
    def test_not_utf8(self, encoding: str, tmp_path: Path) -> None:
        message = mistake("[translator]\nname = 말길\n".encode(encoding), tmp_path)
        assert "recipe.ini' is not UTF-8 text. Save it as UTF-8." in message

    @pytest.mark.parametrize(
        ("recipe", "line"),
        [
            (
                "[training]\nseed = 1\nseed = 2",
                "line 3: the setting 'seed' appears twice in [training]. Remove one.",
            ),
            (
                "[training]\nseed = 1\n[training]",
                "line 3: the section [training] appears twice. Join them.",
            ),
            (
                "seed = 1\n[training]",
                "line 1: the first setting must follow a line [section]. Received: 'seed = 1'.",
            ),
            (
                "[training]\nseed",
                "line 2: a line accepts [section] or key = value. Received: 'seed'.",
            ),
            (
                "[training]\n= 3\n",
                "line 2: a line accepts [section] or key = value. Received: '= 3'.",
            ),
            (
                "[training\nseed = 1",
                "line 1: the first setting must follow a line [section]. Received: '[training'.",
            ),
            (
                "[]\nseed = 1",
                "line 1: the first setting must follow a line [section]. Received: '[]'.",
            ),
        ],
    )
    def test_malformed_lines(self, recipe: str, line: str, tmp_path: Path) -> None:
        assert mistake(recipe, tmp_path) == f"{str(tmp_path / 'recipe.ini')!r}, {line}"

    @pytest.mark.parametrize(
        "override", ["training.epochs", "epochs=3", "=", "", "epochs 3", "training=epochs.3"]
    )
    def test_malformed_override(self, override: str, tmp_path: Path) -> None:
        message = mistake("", tmp_path, override)
        assert message == f"--set accepts SECTION.KEY=VALUE. Received: {override!r}."


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "..",
            ".",
            "../model",
            "a/b",
            "/etc",
            "a\\b",
            "..\\b",
            "C:",
            "a*",
            "a?",
            "a\0b",
            "a\nb",
            "\u202eab",
            "<a>",
            '"a"',
            "a|b",
        ],
    )
    def test_a_translator_stays_in_its_folder(self, name: str) -> None:
        with pytest.raises(UserError) as caught:
            from_dict({"translator": {"name": name}})
        assert "translator.name accepts " in str(caught.value)
        assert f"Received: {' '.join(repr(name).split())}." in str(caught.value)

    @pytest.mark.parametrize("name", ["ko-en", "말길 2", "v1.0", "a..b", "...", "_"])
    def test_plain_names(self, name: str) -> None:
        assert from_dict({"translator": {"name": name}}).folder == ROOT / "model" / name


class TestTogether:
    def test_odd_units(self, tmp_path: Path) -> None:
        message = mistake("[model]\nunits = 255", tmp_path)
        assert "model.units accepts an even number" in message and "Received: 255." in message
        assert from_dict({"model": {"units": 255, "bidirectional": False}}).model.units == 255
        transformer = {"architecture": "transformer", "units": 255, "heads": 5}
        assert from_dict({"model": transformer}).model.units == 255

    @pytest.mark.parametrize(
        ("model", "heads"),
        [
            ({"attention": "multi_head", "units": 30}, 4),
            ({"architecture": "transformer", "units": 30, "heads": 7}, 7),
        ],
    )
    def test_units_that_heads_do_not_divide(self, model: dict[str, Any], heads: int) -> None:
        with pytest.raises(UserError) as caught:
            from_dict({"model": model})
        assert str(caught.value) == (
            f"model.heads accepts a number that divides model.units = 30. Received: {heads}."
        )

    def test_units_need_not_be_divisible_without_heads(self) -> None:
        assert from_dict({"model": {"units": 30}}).model.heads == 4

    @pytest.mark.parametrize("tokenizer", settings.KOREAN_TOKENIZERS)
    @pytest.mark.parametrize(("side", "language"), [("source", "en"), ("target", "it")])
    def test_korean_tokenizer_for_another_language(
        self, side: str, language: str, tokenizer: str
    ) -> None:
        sections = {
            "data": {
                "source_language": "de",
                "target_language": "de",
                f"{side}_language": language,
            },
            "preprocessing": {"source_tokenizer": "none", f"{side}_tokenizer": tokenizer},
        }
        with pytest.raises(UserError) as caught:
            from_dict(sections)
        message = str(caught.value)
        assert (
            f"preprocessing.{side}_tokenizer accepts nltk, none if data.{side}_language" in message
        )
        assert f"= {language}." in message and f"Received: {tokenizer!r}" in message

    @pytest.mark.parametrize("side", ["source", "target"])
    def test_nltk_for_korean(self, side: str) -> None:
        sections = {
            "data": {f"{side}_language": "ko"},
            "preprocessing": {f"{side}_tokenizer": "nltk"},
        }
        with pytest.raises(UserError) as caught:
            from_dict(sections)
        message = str(caught.value)
        assert f"preprocessing.{side}_tokenizer accepts mecab" in message
        assert "Received: 'nltk'" in message

    @pytest.mark.parametrize("tokenizer", settings.REWRITING_TOKENIZERS)
    def test_rewriting_taggers_as_target(self, tokenizer: str) -> None:
        sections = {
            "data": {"target_language": "ko"},
            "preprocessing": {"target_tokenizer": tokenizer},
        }
        with pytest.raises(UserError) as caught:
            from_dict(sections)
        message = str(caught.value)
        assert "accepts mecab, okt, none if" in message
        assert f"Received: {tokenizer!r}. It changes the text" in message

    @pytest.mark.parametrize("tokenizer", ["mecab", "okt", "none"])
    def test_joining_taggers_as_target(self, tokenizer: str) -> None:
        sections = {
            "data": {"target_language": "ko"},
            "preprocessing": {"target_tokenizer": tokenizer},
        }
        assert from_dict(sections).preprocessing.target_tokenizer == tokenizer

    @pytest.mark.parametrize("tokenizer", settings.REWRITING_TOKENIZERS)
    def test_rewriting_taggers_as_source(self, tokenizer: str) -> None:
        built = from_dict({"preprocessing": {"source_tokenizer": tokenizer}})
        assert built.preprocessing.source_tokenizer == tokenizer

    def test_the_french_tokenizer(self) -> None:
        french = {
            "data": {"source_language": "fr"},
            "preprocessing": {"source_tokenizer": "french"},
        }
        assert from_dict(french).preprocessing.source_tokenizer == "french"
        with pytest.raises(UserError) as caught:
            from_dict({"data": {"source_language": "de"}, "preprocessing": french["preprocessing"]})
        message = str(caught.value)
        assert "preprocessing.source_tokenizer accepts nltk, none if" in message
        assert "= de." in message and "Received: 'french'" in message
        korean = {**french, "preprocessing": {"source_tokenizer": "okt"}}
        with pytest.raises(
            UserError, match="accepts french, nltk, none if data.source_language = fr"
        ):
            from_dict(korean)


@pytest.mark.parametrize("name", ["vanilla", "vanilla.ini", "recipe/vanilla.ini"])
def test_a_recipe_that_ships_is_suggested(name: str) -> None:
    with pytest.raises(UserError) as caught:
        load(name)
    assert str(caught.value) == (
        f"--config: there is no recipe {name!r}. Did you mean 'recipes/vanilla.ini'?"
    )
