"""The mode compare: trains systems one after another on the same data, and compares them."""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from malgil.cli import training_process
from malgil.cli.options import Options
from malgil.common.errors import ExitCode, UserError
from malgil.common.files import make_folder, set_aside, sha256_of, write_text
from malgil.evaluation.comparison import SystemResult, markdown_table
from malgil.modeling.translator_file import CHECKPOINT_NAME
from malgil.settings import Settings, find, load, require_files

logger = logging.getLogger(__name__)

# What must be the same for all, or the scores say nothing about the systems.
_COMMON = (
    ("data", None),
    ("cleaning", None),
    ("training", "max_minutes"),
    ("translator", "directory"),
)


def run(options: Options) -> int:
    """Train and measure the systems of the recipes.

    Args:
        options: `config` and `text` are the recipes, `overrides` hold for all of them; `resume`
            keeps what an interrupted comparison has done.

    Returns:
        The exit status.

    Raises:
        UserError: If a recipe or the data stand in the way of all, or settings, data or the disk
            in that of some; raised when the others are done.
        RuntimeError: If some failed by an internal error.
    """
    recipes = [options.config, *options.text] if options.config else []
    systems = load_systems(recipes, options.overrides)
    for settings in systems:
        require_files(settings, "train", "valid", "test")
    _require_training_packages()
    folder = make_folder(systems[0].folder.parent / "comparison")
    note = _note(systems)
    files = _checksums(systems[0])
    results: list[SystemResult] = []
    for number, settings in enumerate(systems, 1):
        logger.info("── %s (%d of %d) ──", settings.translator.name, number, len(systems))
        result = _train_or_recall(settings, _Record(folder, settings, files), options)
        if result is None:
            logger.info("interrupted; all is saved. Go on with the same command and --resume")
            return ExitCode.INTERRUPTED
        if result.failure:
            logger.info("%s failed: %s", result.name, result.failure)
        results.append(result)
        write_results(folder, results, note)
    shown = json.dumps([r.to_dict() for r in results], ensure_ascii=False) + "\n"
    print(shown if options.json else markdown_table(results) + note, end="", flush=True)
    logger.info("done: %s holds the table and the pictures", folder)
    _raise_failures(results)
    return ExitCode.DONE


def _train_or_recall(settings: Settings, record: _Record, options: Options) -> SystemResult | None:
    """Return the result of a system, out of an earlier run if it is resumed; None after Ctrl-C."""
    has_begun, result = record.read() if options.resume else (False, None)
    if result is not None:
        return result
    if not has_begun:  # the checkpoint there is of another training: never continue it
        set_aside(settings.folder / CHECKPOINT_NAME)
        record.write(None)
    result = training_process.train_in_process(settings, has_begun, options.debug)
    if result is not None and not result.failure:
        record.write(result)
    return result


def _raise_failures(results: Sequence[SystemResult]) -> None:
    """Raise if a system failed: `UserError` if the user can correct all of it."""
    failed = [result.name for result in results if result.failure]
    message = f"{', '.join(failed)} failed; why stands above. --resume tries them again."
    if any(result.is_fault for result in results):
        raise RuntimeError(message)
    if failed:
        raise UserError(message)


def _require_training_packages() -> None:
    """Raise `ModuleNotFoundError` here, before each of the systems fails for want of a package."""
    for name in ("keras", "tensorflow"):
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def load_systems(recipes: Sequence[str], overrides: Sequence[str]) -> list[Settings]:
    """Load the settings of each recipe, with the same overrides.

    Args:
        recipes: Their files.
        overrides: `section.key=value`, as given to `--set`.

    Returns:
        The settings, in the order of the recipes.

    Raises:
        UserError: If there are none, two have one name, or they differ in what must be common.
    """
    if not recipes:
        raise UserError("compare takes recipes: --config recipes/a.ini recipes/b.ini …")
    systems = [load(recipe, overrides) for recipe in recipes]
    names = [settings.translator.name for settings in systems]
    for name in names:
        if names.count(name) != 1:
            raise UserError(
                f"compare takes recipes with different names. Received translator.name = {name!r} "
                f"{names.count(name)} times: each system has a folder of its own."
            )
    for section, key in _COMMON:
        values = [getattr(settings, section) for settings in systems]
        if key:
            values = [getattr(value, key) for value in values]
        for name, value in zip(names, values, strict=True):
            what = f"{section}.{key}" if key else f"[{section}]"
            if value != values[0]:
                raise UserError(
                    f"compare needs the same {what} in all recipes; {names[0]} and {name} differ. "
                    f"Give it once for all: --set {section}.{key or 'train'}=…"
                )
    return systems


def _note(systems: Sequence[Settings]) -> str:
    """Return a warning about losses that cannot be compared; empty where they can."""
    first, *others = systems
    other = next((one for one in others if one.preprocessing != first.preprocessing), None)
    if other is None:
        return ""
    return (
        f"\nThe validation loss is per piece. {first.translator.name} and {other.translator.name} "
        "differ in [preprocessing], and so in their pieces: compare BLEU and chrF instead.\n"
    )


def _checksums(settings: Settings) -> dict[str, str]:
    """Return those of the files that all systems are trained on and measured with."""
    names = [*settings.data.train, *settings.data.valid, *settings.data.test]
    return {name: sha256_of(find(name)) for name in names}


@dataclass(frozen=True)
class _Record:
    """What a comparison remembers of a system, in `NAME.json`.

    Attributes:
        folder: Of the comparison.
        settings: The system's.
        files: The checksums of the corpus: a result on other files does not count.
    """

    folder: Path
    settings: Settings
    files: dict[str, str]

    @property
    def _path(self) -> Path:
        return self.folder / f"{self.settings.translator.name}.json"

    def read(self) -> tuple[bool, SystemResult | None]:
        """Read what an earlier run with the same settings and files left.

        Returns:
            Whether it had begun to train, so that a checkpoint is its own and not another
            training's; and its result, if it has one.
        """
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            is_same = stored["settings"] == json.loads(json.dumps(self.settings.to_dict()))
            if not is_same or stored["files"] != self.files:
                return False, None
            return True, stored["result"] and SystemResult.from_dict(stored["result"])
        except (OSError, ValueError, KeyError, TypeError):
            return False, None

    def write(self, result: SystemResult | None) -> None:
        """Remember that a system has begun, or its result."""
        stored = {
            "settings": self.settings.to_dict(),
            "files": self.files,
            "result": result and result.to_dict(),
        }
        write_text(self._path, json.dumps(stored, ensure_ascii=False, indent=1))


def write_results(folder: Path, results: Sequence[SystemResult], note: str = "") -> None:
    """Write the table, and the pictures of what is there so far.

    Args:
        folder: Where `comparison.md`, `comparison.png` and `attention.png` go.
        results: Of systems with different names.
        note: What to add below the table.

    Raises:
        UserError: If they cannot be written.
    """
    from malgil.evaluation.plotting.comparison import attentions_picture, comparison_picture

    write_text(folder / "comparison.md", markdown_table(results) + note)
    done = [result for result in results if not result.failure]
    if done:
        comparison_picture(folder / "comparison.png", done)
    maps = [(result.name, result.attention) for result in done if result.attention]
    if any(attention.weights for _, attention in maps):
        attentions_picture(folder / "attention.png", maps)
