"""The modes of the command line: their modules, and what their help says about them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from malgil.common.localization import _

if TYPE_CHECKING:
    from malgil.cli.options import Options


class Mode(NamedTuple):
    """A mode. A new one is an entry in `MODES` and a module with `run(options)`.

    Attributes:
        module: The module with `run(options)`. It is imported when the mode runs, so that `--help`
            and errors stay fast.
        summary: One line for the list of modes: a verb, and no period.
        description: What it reads and writes, for its own help.
        examples: Arguments that follow `--mode NAME`, one tuple for each example.
        operand: What may follow the options, such as `[SENTENCE ...]`; "" if nothing may.
        operand_help: What the operand is.
    """

    module: str
    summary: str
    description: str
    examples: tuple[tuple[str, ...], ...]
    operand: str = ""
    operand_help: str = ""


MODES = {
    "train": Mode(
        "malgil.cli.train",
        _("train a translator"),
        _(
            "Train a translator on the sentence pairs of the files in [data], and keep it in the "
            "folder that [translator] specifies."
        ),
        (
            (),
            (
                *("--set", "data.train=data/handwritten/train.tsv"),
                *("--set", "data.valid=data/handwritten/valid.tsv"),
                *("--set", "translator.name=handwritten"),
            ),
        ),
    ),
    "predict": Mode(
        "malgil.cli.predict",
        _("translate sentences"),
        _(
            "Translate sentences: those on the command line, the lines of --input or of a pipe, or "
            "the lines that are typed at a prompt."
        ),
        (
            ("저는 학생이에요.",),
            ("--input", "data/examples/letter.txt", "--output", "translations.txt"),
        ),
        _("[SENTENCE ...]"),
        _("a sentence to translate"),
    ),
    "score": Mode(
        "malgil.cli.score",
        _("score given translations: log-probability, perplexity, alignment"),
        _(
            "Score given translations. Each pair gets a line with the log-probability of the "
            "translation, its perplexity per token, and the alignment of its words."
        ),
        (
            ("저는 학생이에요.", "I am a student."),
            ("--input", "data/handwritten/test.tsv", "--output", "scores.tsv"),
        ),
        _("[SOURCE TRANSLATION]"),
        _("a source sentence and its translation"),
    ),
    "evaluate": Mode(
        "malgil.cli.evaluate",
        _("evaluate translators on test files: BLEU, chrF, TER, perplexity"),
        _(
            "Translate test files and report how close the translations are to the references. "
            "With several systems, also report which of them differ significantly from the first."
        ),
        ((), ("--input", "data/handwritten/test.tsv", "--output", "translations.tsv")),
    ),
    "compare": Mode(
        "malgil.cli.compare",
        _("train the systems of several recipes and compare them"),
        _(
            "Train a system for each recipe, evaluate all of them on the same test files, and "
            "write a report with tables and pictures."
        ),
        (("recipes/vanilla.ini", "recipes/bahdanau.ini"),),
        _("[RECIPE ...]"),
        _("a recipe; --config is the first one"),
    ),
    "inspect": Mode(
        "malgil.cli.inspect",
        _("describe a corpus: sizes, lengths, tokens, vocabularies"),
        _("Describe the sentence pairs of files, before a translator is trained on them."),
        ((), ("data/handwritten/train.tsv", "--output", "corpus.png")),
        _("[FILE ...]"),
        _("a file of sentence pairs; default: the files of [data] train"),
    ),
    "download": Mode(
        "malgil.cli.download",
        _("list published corpora, or download one"),
        _("List the published corpora, or download one of them after its license is accepted."),
        ((), ("korean-parallel-news",)),
        _("[DATASET]"),
        _("the name of a dataset; default: list all of them"),
    ),
    "settings": Mode(
        "malgil.cli.settings",
        _("print the settings in effect"),
        _(
            "Print the settings in effect as an INI file: config.ini, the recipe and --set "
            "combined. With --model, print the settings that a translator was trained with."
        ),
        (
            ("--config", "recipes/ko-en-large.ini"),
            ("--model", "ko-en", "--output", "ko-en.ini"),
        ),
    ),
    "doctor": Mode(
        "malgil.cli.doctor.diagnosis",
        _("check the installation, and show how to fix what is missing"),
        _("Check the packages, the hardware, the files and the translators that Malgil uses."),
        ((),),
    ),
}
"""The modes by their names, in the order of `--help`."""


def run(options: Options) -> int:
    """Run the mode that the options name.

    Args:
        options: The options of the command line, checked.

    Returns:
        The exit status, an `ExitCode`.

    Raises:
        UserError: What a user can correct, such as a missing file.
    """
    status: int = importlib.import_module(MODES[options.mode].module).run(options)
    return status
