"""The mode compare: trains systems one after another on the same data, and sets them side by side.

Each system is trained and measured in a process of its own: one that fails, or is killed for want
of memory, does not end the others.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import signal
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from malgil.common.errors import UserError
from malgil.common.files import make_folder, set_aside, sha256_of, write_text
from malgil.evaluation.comparison import SystemResult, markdown_table
from malgil.modeling.translator_file import CHECKPOINT_NAME
from malgil.settings import Settings, find, load, require_files

_INTERRUPTED = 130
# What must be the same for all, or the figures say nothing of the systems.
_COMMON = (
    ("data", None),
    ("cleaning", None),
    ("training", "max_minutes"),
    ("translator", "directory"),
)


def compare(options: Namespace) -> int:
    """Train and measure the systems of the recipes. Returns the exit status.

    Args:
        options: `config` and `text` are the recipes, `set` holds for all of them.

    Raises:
        UserError: If a recipe or the data stand in the way of all, or settings, data or the disk
            in that of some; told when the others are done.
        RuntimeError: If some failed by a fault of the program.
    """
    systems = load_systems([options.config, *options.text] if options.config else [], options.set)
    for settings in systems:
        require_files(settings, "train", "valid", "test")
    folder = make_folder(systems[0].folder.parent / "comparison")
    note = _note(systems)
    files = _checksums(systems[0])
    results: list[SystemResult] = []
    for number, settings in enumerate(systems, 1):
        name = settings.translator.name
        print(f"── {name} ({number} of {len(systems)}) ──", file=sys.stderr, flush=True)
        has_begun, result = _kept(folder, settings, files) if options.resume else (False, None)
        if result is None:
            if not has_begun:  # what lies there is another training's: never go on with it
                set_aside(settings.folder / CHECKPOINT_NAME)
                _keep(folder, settings, files, None)
            result = _in_own_process(settings, has_begun, options.debug)
            if result is None:
                print(
                    "interrupted; all is saved. Go on with the same command and --resume",
                    file=sys.stderr,
                )
                return _INTERRUPTED
            if not result.failure:
                _keep(folder, settings, files, result)
        if result.failure:
            print(f"{name} failed: {result.failure}", file=sys.stderr)
        results.append(result)
        write_results(folder, results, note)
    shown = json.dumps([r.to_dict() for r in results], ensure_ascii=False) + "\n"
    print(shown if options.json else markdown_table(results) + note, end="", flush=True)
    print(f"done: {folder} holds the table and the pictures", file=sys.stderr)
    failed = [result.name for result in results if result.failure]
    told = f"{', '.join(failed)} failed; why stands above. --resume tries them again."
    if any(result.is_fault for result in results):
        raise RuntimeError(told)
    if failed:
        raise UserError(told)
    return 0


def load_systems(recipes: Sequence[str], overrides: Sequence[str]) -> list[Settings]:
    """The settings of each recipe, with the same overrides.

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
    """What the table alone would tell wrongly."""
    first, *others = systems
    other = next((one for one in others if one.preprocessing != first.preprocessing), None)
    if other is None:
        return ""
    return (
        f"\nThe validation loss is per piece. {first.translator.name} and {other.translator.name} "
        "differ in [preprocessing], and so in their pieces: compare BLEU and chrF instead.\n"
    )


def _checksums(settings: Settings) -> dict[str, str]:
    """Those of the files that all systems are trained on and measured with."""
    names = [*settings.data.train, *settings.data.valid, *settings.data.test]
    return {name: sha256_of(find(name)) for name in names}


def _kept(
    folder: Path, settings: Settings, files: dict[str, str]
) -> tuple[bool, SystemResult | None]:
    """What an earlier run with the same settings and files left.

    Returns:
        Whether it had begun to train, so that a checkpoint is its own and not another training's;
        and the result, if it came to one.
    """
    path = folder / f"{settings.translator.name}.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        is_same = stored["settings"] == json.loads(json.dumps(settings.to_dict()))
        if not is_same or stored["files"] != files:
            return False, None
        return True, stored["result"] and SystemResult.from_dict(stored["result"])
    except (OSError, ValueError, KeyError, TypeError):
        return False, None


def _keep(
    folder: Path, settings: Settings, files: dict[str, str], result: SystemResult | None
) -> None:
    """Remember that a system has begun, or its result."""
    stored = {
        "settings": settings.to_dict(),
        "files": files,
        "result": result and result.to_dict(),
    }
    text = json.dumps(stored, ensure_ascii=False, indent=1)
    write_text(folder / f"{settings.translator.name}.json", text)


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


def _in_own_process(settings: Settings, resume: bool, is_debug: bool) -> SystemResult | None:
    """Train and measure one system. Returns None where Ctrl-C or SIGTERM ended it."""
    context = multiprocessing.get_context("spawn")  # TensorFlow does not survive a fork
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_train_and_measure, args=(settings, resume, is_debug, sending))
    ended: list[int] = []

    def end(number: int, frame: Any) -> None:
        ended.append(number)
        if process.is_alive():
            process.terminate()  # it saves everything; without this it would go on alone

    # Ctrl-C goes to the child as well, which saves everything and then says so.
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    previous_end = signal.signal(signal.SIGTERM, end)
    try:
        process.start()
        sending.close()
        try:
            result = receiving.recv()
        except EOFError:
            process.join()
            code = process.exitcode or 0
            how = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
            result = SystemResult(settings.translator.name, f"its process {how}", is_fault=True)
        return None if ended else result
    finally:
        process.join()
        signal.signal(signal.SIGTERM, previous_end)
        signal.signal(signal.SIGINT, previous)


def _train_and_measure(
    settings: Settings, resume: bool, is_debug: bool, answer: Connection
) -> None:
    """What the process does: sends a `SystemResult`, or None where Ctrl-C ended it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    name = settings.translator.name
    try:
        answer.send(_result(settings, resume))
    except KeyboardInterrupt:
        answer.send(None)
    except UserError as error:
        answer.send(SystemResult(name, str(error)))
    except Exception as error:
        if is_debug:
            traceback.print_exc()
        told = " ".join(str(error).split())
        answer.send(SystemResult(name, f"{type(error).__name__}: {told}"[:300], is_fault=True))


def _result(settings: Settings, resume: bool) -> SystemResult | None:
    from malgil.cli.streams import counter, quiet_libraries
    from malgil.common.logging import messages
    from malgil.evaluation.comparison import measure_system
    from malgil.evaluation.plotting.curves import curves_picture
    from malgil.preprocessing.corpus.reader import read_each

    with quiet_libraries():
        from malgil.modeling.training import run
        from malgil.modeling.translator import Translator

    with messages() as line:
        trained = run.train(
            settings,
            resume and (settings.folder / CHECKPOINT_NAME).exists(),
            lambda folder, history: curves_picture(folder / "curves.png", history),
            line,
        )
    if trained.is_interrupted:
        return None
    with open(settings.folder / "history.csv", encoding="utf-8", newline="") as file:
        history = [
            {key: float(value) for key, value in row.items()} for row in csv.DictReader(file)
        ]
    translator = Translator.load(settings.folder, settings.inference)
    files = {name: find(name) for name in settings.data.test}
    test_sets = [(name, test.pairs) for name, test in read_each(files, settings.data)]
    with counter() as show:
        return measure_system(translator, history, test_sets, show)
