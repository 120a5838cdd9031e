"""Tests of reading settings: files, layers, recipes, and the files that they name."""

from __future__ import annotations

import configparser
import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from malgil.common.errors import UserError
from malgil.common.locations import ROOT
from malgil.settings import (
    DecodingOptions,
    PreprocessingSettings,
    Settings,
    find,
    from_dict,
    load,
    require_files,
)


def every_field() -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    """Yield the section and the field of every setting."""
    for section, kind in Settings.sections().items():
        for field in dataclasses.fields(kind):
            yield section, field


RECIPES = sorted((ROOT / "recipes").glob("*.ini"))
FIELDS = list(every_field())
NAMES = [f"{section}.{field.name}" for section, field in FIELDS]


@pytest.mark.parametrize("name", ["summary", "chatbot"])
def test_targets_that_are_not_translations_may_have_any_length(name: str) -> None:
    """613 of the 8,000 texts that ship are more than five times as long as their summaries."""
    assert load(ROOT / "recipes" / f"{name}.ini").cleaning.max_length_ratio == 0


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """Return the path of an empty base file."""
    path = tmp_path / "empty.ini"
    path.write_text("")
    return path


class TestDefaults:
    @pytest.mark.parametrize(("section", "field"), FIELDS, ids=NAMES)
    def test_are_accepted(self, section: str, field: dataclasses.Field[Any]) -> None:
        default = getattr(getattr(Settings(), section), field.name)
        built = from_dict({section: {field.name: default}})
        assert getattr(getattr(built, section), field.name) == default

    def test_settings_cannot_be_changed(self) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            Settings().model.units = 3  # type: ignore[misc]

    def test_folder(self) -> None:
        built = from_dict({"translator": {"name": "fr-en", "directory": "elsewhere"}})
        assert built.folder == ROOT / "elsewhere" / "fr-en"


class TestPrecedence:
    def test_recipe_over_config_and_overrides_over_both(self, tmp_path: Path) -> None:
        config, recipe = tmp_path / "config.ini", tmp_path / "recipe.ini"
        config.write_text("[training]\nepochs = 2\npatience = 2\nseed = 2\n")
        recipe.write_text("[training]\npatience = 3\nseed = 3\n")
        training = load(recipe, ["training.seed=4"], config).training
        assert (training.epochs, training.patience, training.seed) == (2, 3, 4)
        assert training.batch_tokens == Settings().training.batch_tokens

    def test_the_last_override_counts(self, empty: Path) -> None:
        assert load(None, ["training.seed=4", "training.seed=5"], empty).training.seed == 5

    def test_an_override_may_hold_spaces_and_signs(self, empty: Path) -> None:
        built = load(None, [" data.train = a=b.tsv, c d.tsv "], empty)
        assert built.data.train == ("a=b.tsv", "c d.tsv")

    def test_an_override_may_be_of_a_section_that_no_file_has(self, empty: Path) -> None:
        assert load(None, ["model.units=6"], empty).model.units == 6


class TestReading:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("yes", True),
            ("No", False),
            ("ON", True),
            ("off", False),
            ("1", True),
            ("0", False),
            ("true", True),
            ("False", False),
        ],
    )
    def test_booleans(self, text: str, expected: bool, empty: Path) -> None:
        overrides = [f"preprocessing.lowercase={text}"]
        assert load(None, overrides, empty).preprocessing.lowercase is expected

    def test_numbers_are_of_the_type_of_the_default(self, empty: Path) -> None:
        training = load(None, ["training.max_minutes=7", "training.epochs=1_000"], empty).training
        assert type(training.max_minutes) is float and training.max_minutes == 7.0
        assert type(training.epochs) is int and training.epochs == 1000

    @pytest.mark.parametrize("separator", [",", " , ", ",\n   ", "\n   ", ",,\n   ,"])
    def test_lists_of_files(self, separator: str, tmp_path: Path, empty: Path) -> None:
        recipe = tmp_path / "recipe.ini"
        recipe.write_text(f"[data]\ntrain = a.tsv{separator}b c.tsv\n")
        assert load(recipe, (), empty).data.train == ("a.tsv", "b c.tsv")

    @pytest.mark.parametrize(
        ("value", "columns"),
        [
            ("", ()),
            ("원문, 번역문", ("원문", "번역문")),
            ("3,5", ("3", "5")),
            ("a b,c", ("a b", "c")),
        ],
    )
    def test_columns(self, value: str, columns: tuple[str, ...], empty: Path) -> None:
        assert load(None, [f"data.columns={value}"], empty).data.columns == columns

    def test_a_byte_order_mark_and_other_line_ends(self, tmp_path: Path, empty: Path) -> None:
        recipe = tmp_path / "recipe.ini"
        recipe.write_bytes(b"\xef\xbb\xbf# a comment\r\n[training]\r\nseed = 7\r\n")
        assert load(recipe, (), empty).training.seed == 7

    def test_signs_of_interpolation_mean_nothing(self, tmp_path: Path, empty: Path) -> None:
        recipe = tmp_path / "recipe.ini"
        recipe.write_text("[data]\ntrain = %(home)s/${x}.tsv\n")
        assert load(recipe, (), empty).data.train == ("%(home)s/${x}.tsv",)

    def test_hangul_in_names(self, tmp_path: Path, empty: Path) -> None:
        recipe = tmp_path / "말길.ini"
        recipe.write_text("[translator]\nname = 말길\n", encoding="utf-8")
        assert load(recipe, (), empty).translator.name == "말길"


class TestRequireFiles:
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "here.tsv").write_text("a\tb\n")

    def test_present(self) -> None:
        require_files(from_dict({"data": {"train": "here.tsv"}}), "train")

    def test_only_the_keys_asked_for(self) -> None:
        built = from_dict({"data": {"train": "here.tsv", "valid": "gone.tsv"}})
        require_files(built, "train")
        with pytest.raises(UserError, match=r"^data\.valid: cannot read 'gone\.tsv': No such file"):
            require_files(built, "train", "valid")

    @pytest.mark.parametrize("name", ["gone.tsv", "x" * 300, "here.tsv/more"])
    def test_a_missing_file(self, name: str) -> None:
        with pytest.raises(UserError) as caught:
            require_files(from_dict({"data": {"train": f"here.tsv,{name}"}}), "train")
        assert str(caught.value).startswith(f"data.train: cannot read {name!r}: ")

    def test_a_null_character(self) -> None:
        """It cannot be part of a path: every call of the system would raise a ValueError."""
        for values in ({"data": {"train": "a\0b"}}, {"inference": {"glossary": "a\0b"}}):
            with pytest.raises(UserError, match="accepts text without null characters"):
                from_dict(values)

    @pytest.mark.parametrize(
        ("origin", "start"), [("--input", "--input: cannot read"), ("", "cannot read")]
    )
    def test_files_that_the_command_line_names(self, origin: str, start: str) -> None:
        with pytest.raises(UserError) as caught:
            require_files(from_dict({"data": {"train": "gone.tsv"}}), "train", origin=origin)
        assert str(caught.value).startswith(f"{start} 'gone.tsv': ")

    def test_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "folder").mkdir()
        with pytest.raises(UserError, match="'folder': Is a directory. Name a file, not a folder."):
            require_files(from_dict({"data": {"test": "folder"}}), "test")

    def test_no_name_at_all(self) -> None:
        with pytest.raises(UserError, match=r"^data\.train is empty. Name one or more files"):
            require_files(from_dict({"data": {"train": " , "}}), "train")

    def test_the_current_folder_comes_before_the_project(self, tmp_path: Path) -> None:
        assert find("config.ini") == ROOT / "config.ini"
        (tmp_path / "config.ini").write_text("")
        assert find("config.ini") == Path("config.ini")
        assert find(str(tmp_path / "here.tsv")) == tmp_path / "here.tsv"


@pytest.mark.parametrize("path", RECIPES, ids=[path.stem for path in RECIPES])
def test_recipe(path: Path) -> None:
    """A recipe can be read, and its translator has its own folder."""
    assert load(str(path)).translator.name == path.stem


@pytest.mark.parametrize("path", RECIPES, ids=[path.stem for path in RECIPES])
def test_recipe_holds_only_what_differs(path: Path) -> None:
    """A recipe has no value that its base, or config.ini, already gives."""
    text = configparser.ConfigParser(interpolation=None)
    text.read(path, encoding="utf-8")
    base = text["recipe"]["base"] if "recipe" in text else None
    inherited = load(path.parent / base if base else None).to_dict()
    own = load(path).to_dict()
    for section in set(text.sections()) - {"recipe"}:
        for key in text[section]:
            assert own[section][key] != inherited[section][key], f"{section}.{key}"


@pytest.mark.parametrize(
    ("architecture", "training", "expected"),
    [
        ("rnn", {}, (0.005, 0)),
        ("rnn", {"warmup_steps": 7}, (0.005, 7)),
        ("rnn", {"learning_rate": 0.25}, (0.25, 0)),
        ("transformer", {}, (0.001, 500)),
        ("transformer", {"warmup_steps": 7}, (0.001, 7)),
        ("transformer", {"learning_rate": 0.25}, (0.25, 0)),
        ("transformer", {"learning_rate": 0.25, "warmup_steps": 7}, (0.25, 7)),
    ],
)
def test_schedule(architecture: str, training: dict[str, Any], expected: tuple) -> None:
    """Values that are not set depend on the architecture."""
    built = from_dict({"model": {"architecture": architecture}, "training": training})
    assert built.schedule == expected


@pytest.mark.parametrize(
    ("model", "source_heads", "has_window"),
    [
        ({"attention": "none", "attention_window": "monotonic"}, 0, False),
        ({"attention": "bahdanau", "heads": 3}, 1, False),
        ({"attention": "multi_head", "heads": 2, "attention_window": "monotonic"}, 2, True),
        ({"architecture": "transformer", "heads": 2, "decoder_layers": 5}, 10, False),
    ],
)
def test_attention_heads_and_windows(
    model: dict[str, Any], source_heads: int, has_window: bool
) -> None:
    built = from_dict({"model": model}).model
    assert (built.source_heads, built.has_window) == (source_heads, has_window)


def test_with_inference() -> None:
    built = from_dict({"model": {"units": 6}})
    changed = built.with_inference(DecodingOptions(beam_size=1))
    assert changed.inference.beam_size == 1 and changed.model is built.model
    assert built.inference.beam_size == Settings().inference.beam_size


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"beam_size": 0}, "beam_size accepts .* Received: '0'"),
        ({"n_best": -2}, "n_best accepts .* Received: '-2'"),
        ({"length_penalty": -0.1}, "length_penalty accepts .* Received: '-0.1'"),
        ({"coverage_penalty": -0.1}, "coverage_penalty accepts .* Received: '-0.1'"),
        ({"no_repeat": -1}, "no_repeat accepts .* Received: '-1'"),
        ({"groups": 0}, "groups accepts .* Received: '0'"),
        ({"groups": 6}, "groups accepts at most inference.beam_size = 5. Received: 6"),
        ({"temperature": -1.0}, "temperature accepts .* Received: '-1.0'"),
        ({"sample_top_p": 0.0}, "sample_top_p accepts .* Received: '0.0'"),
        ({"sample_top_p": 1.5}, "sample_top_p accepts .* Received: '1.5'"),
        ({"engine": "tpu"}, "engine accepts onnx, keras"),
        ({"groups": 2, "temperature": 1.0}, "groups cannot be combined with inference.temperature"),
        ({"groups": 2, "glossary": "t.tsv"}, "glossary cannot be combined with inference.groups"),
        ({"shortlist": 8, "engine": "keras"}, "shortlist accepts 0 if inference.engine = keras"),
    ],
)
def test_decoding_options_of_another_program_are_checked(options: dict, received: str) -> None:
    with pytest.raises(UserError, match=received):
        Settings().with_inference(DecodingOptions(**options))


class TestRoundTrip:
    def test_through_json(self) -> None:
        built = from_dict(
            {
                "translator": {"name": "말길"},
                "data": {"train": ["가.tsv", "b.tsv"], "test": []},
                "preprocessing": {"lowercase": "yes", "vocabulary_size": "777"},
                "model": {"bidirectional": "no", "units": 33},
                "training": {"learning_rate": "1e-3", "max_minutes": 0},
            }
        )
        assert built != Settings()
        assert from_dict(json.loads(json.dumps(built.to_dict()))) == built

    def test_through_a_file(self, tmp_path: Path) -> None:
        parser = configparser.ConfigParser(interpolation=None)
        for section, values in Settings().to_dict().items():
            parser[section] = {
                key: ",".join(value) if isinstance(value, tuple) else str(value)
                for key, value in values.items()
            }
        with open(tmp_path / "all.ini", "w", encoding="utf-8") as file:
            parser.write(file)
        assert load(config=tmp_path / "all.ini") == Settings()


class TestBases:
    """Tests of recipes that have a base."""

    def write(self, folder: Path, name: str, base: str, text: str) -> Path:
        path = folder / name
        path.write_text((f"[recipe]\nbase = {base}\n" if base else "") + text)
        return path

    def test_a_recipe_overrides_its_bases(self, empty: Path, tmp_path: Path) -> None:
        self.write(tmp_path, "a.ini", "", "[model]\nunits = 6\nattention = multi_head\nheads = 3\n")
        self.write(tmp_path, "b.ini", "a.ini", "[model]\nheads = 2\n")
        recipe = self.write(tmp_path, "c.ini", "b.ini", "[training]\nseed = 7\n")
        found = load(recipe, [], empty)
        assert (found.model.units, found.model.heads, found.training.seed) == (6, 2, 7)

    @pytest.mark.parametrize("base", ["a.ini", "b.ini", "missing.ini"])
    def test_a_base_that_cannot_be(self, base: str, empty: Path, tmp_path: Path) -> None:
        self.write(tmp_path, "b.ini", "a.ini", "")
        recipe = self.write(tmp_path, "a.ini", base, "")
        with pytest.raises(UserError) as caught:
            load(recipe, [], empty)
        is_missing = base == "missing.ini"
        part = "base in [recipe]: cannot read 'missing.ini': No such" if is_missing else "own base"
        assert part in str(caught.value) and f"{str(tmp_path / 'a.ini')!r}" in str(caught.value)

    def test_a_base_that_ships(self, empty: Path, tmp_path: Path) -> None:
        recipe = self.write(tmp_path, "a.ini", "recipes/ko-en-large.ini", "[model]\nunits = 6\n")
        found = load(recipe, [], empty)
        assert (found.model.units, found.preprocessing.vocabulary_size) == (6, 8000)

    def test_a_recipe_that_builds_on_itself_by_another_path(
        self, empty: Path, tmp_path: Path
    ) -> None:
        recipe = self.write(tmp_path, "a.ini", f"../{tmp_path.name}/a.ini", "")
        with pytest.raises(UserError, match="its own base"):
            load(recipe, [], empty)

    def test_a_null_character(self, empty: Path, tmp_path: Path) -> None:
        recipe = self.write(tmp_path, "a.ini", "b\0.ini", "")
        with pytest.raises(UserError, match=r"base in \[recipe\]: .* contains a null character"):
            load(recipe, [], empty)

    def test_a_key_other_than_base(self, empty: Path, tmp_path: Path) -> None:
        recipe = self.write(tmp_path, "a.ini", "", "[recipe]\nbasis = b.ini\n")
        with pytest.raises(UserError, match=r"\[recipe\] accepts base. Received: basis"):
            load(recipe, [], empty)


@pytest.mark.parametrize(
    ("tokenizers", "expected"),
    [(("mecab", "nltk"), False), (("okt", "nltk"), True), (("none", "kkma"), True)],
)
def test_runs_on_java(tokenizers: tuple[str, str], expected: bool) -> None:
    source, target = tokenizers
    text = PreprocessingSettings(source_tokenizer=source, target_tokenizer=target)
    assert text.runs_on_java is expected


def test_importing_settings_is_light() -> None:
    heavy = "{'tensorflow', 'keras', 'numpy', 'konlpy', 'nltk', 'sentencepiece'}"
    program = f"import malgil.settings, sys; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-B", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "[]"


class TestWithoutPaths:
    def test_every_text_says_whether_it_names_a_file(self) -> None:
        """A new setting must decide: files that a translator's own settings name are not opened."""
        others = {"translator.name", "data.source_language", "data.target_language"}
        others |= {"data.columns", "inference.keep"}
        for section, kind in Settings.sections().items():
            for each in dataclasses.fields(kind):
                is_text = isinstance(each.default, (str, tuple)) and "choices" not in each.metadata
                is_path = "is_path" in each.metadata
                assert is_path == (is_text and f"{section}.{each.name}" not in others), each.name

    def test_defaults_in_their_place(self) -> None:
        given = {
            "data": {"train": "a.tsv", "source_language": "fr"},
            "preprocessing": {"source_tokenizer": "nltk"},
            "inference": {"glossary": "b.tsv", "beam_size": 3},
        }
        found = from_dict(given).without_paths()
        del given["data"]["train"], given["inference"]["glossary"]
        assert found == from_dict(given)
