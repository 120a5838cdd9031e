"""The options of the command line in one table: their modes, their help, how they are parsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from malgil.cli.modes import MODES
from malgil.common.localization import _


class Flag(NamedTuple):
    """An option. The parser, the checks and the help of each mode are made from these.

    Attributes:
        field: The attribute of `Options` that holds its value.
        helps: Its help in each mode that uses it: a phrase without a period.
        metavar: What its value is, such as `FILE`; "" for a switch, which has no value.
        repeats: Whether it may be given several times.
        values: The number of its values; with several, `metavar` names each of them.
        name: The option itself; "" if it is `field` with hyphens.
    """

    field: str
    helps: Mapping[str, str]
    metavar: str = ""
    repeats: bool = False
    name: str = ""
    values: int = 1

    @property
    def option(self) -> str:
        """The option as it is typed, such as `--n-best`."""
        return self.name or "--" + self.field.replace("_", "-")

    @property
    def usage(self) -> str:
        """The option with its value, such as `--n-best N`."""
        return f"{self.option} {self.metavar}".rstrip()

    @property
    def is_common(self) -> bool:
        """Whether all modes use it."""
        return set(self.helps) == set(MODES)


def _all(text: str) -> dict[str, str]:
    return dict.fromkeys(MODES, text)


_OVERWRITE = _("replace --output if it exists")
_PICTURE = _("draw the attention of one sentence; FILE ends in .png, .pdf or .svg")
_LINES = _("print one JSON object per line, with tokens and scores")
_JSON = _("print JSON instead of plain text")
_TRANSLATOR = _(
    "translator to use: a name, or the path of its folder or file; several joined by commas form "
    "an ensemble; repeat the option to compare translators"
)

FLAGS = (
    Flag("config", _all(_("recipe: settings that differ from config.ini")), _("FILE")),
    Flag(
        "overrides",
        _all(_("override one setting; may be repeated")),
        _("SECTION.KEY=VALUE"),
        repeats=True,
        name="--set",
    ),
    Flag(
        "model",
        {
            "predict": _TRANSLATOR,
            "score": _TRANSLATOR,
            "evaluate": _TRANSLATOR,
            "settings": _("print the settings that this translator was trained with"),
        },
        _("NAME[,NAME…]"),
        repeats=True,
    ),
    Flag(
        "input",
        {
            "predict": _("translate the lines of this file"),
            "score": _("score the sentence pairs of this file"),
            "evaluate": _(
                "evaluate on this file of sentence pairs, or on two parallel files SOURCE,TARGET; "
                "default: the files of [data] test"
            ),
        },
        _("FILE"),
    ),
    Flag(
        "output",
        {
            "predict": _("write the translations to this file"),
            "score": _("write the scores to this file"),
            "evaluate": _("write all translations to this file"),
            "inspect": _("draw a picture of the corpus; FILE ends in .png, .pdf or .svg"),
            "settings": _("write the settings to this file"),
        },
        _("FILE"),
    ),
    Flag(
        "output_of",
        {
            "evaluate": _(
                "evaluate another system, whose translations are the lines of FILE; may be "
                "repeated; without --model, no translator is loaded"
            )
        },
        _("NAME FILE"),
        repeats=True,
        values=2,
    ),
    Flag(
        "overwrite",
        {
            "train": _("replace a translator of the same name, even if it is better"),
            "predict": _OVERWRITE,
            "score": _OVERWRITE,
            "evaluate": _OVERWRITE,
            "settings": _OVERWRITE,
        },
    ),
    Flag(
        "resume",
        {
            "train": _("continue an interrupted training"),
            "compare": _("continue an interrupted comparison"),
            "predict": _("continue an interrupted run with --input and --output"),
        },
    ),
    Flag("n_best", {"predict": _("number of translations per sentence")}, _("N")),
    Flag("glossary", {"predict": _("file of required term translations")}, _("FILE")),
    Flag(
        "keep",
        {"predict": _("word to copy unchanged; may be repeated")},
        _("WORD"),
        repeats=True,
    ),
    Flag(
        "beginning",
        {"predict": _("target prefix: the words that each translation must begin with")},
        _("TEXT"),
    ),
    Flag("confidence", {"predict": _("mark words whose probability is below 50%")}),
    Flag("attention", {"predict": _PICTURE, "score": _PICTURE}, _("FILE")),
    Flag(
        "normalize",
        {
            "evaluate": _(
                "normalize references and translations (Unicode NFC, spaces, widths) before scoring"
            )
        },
    ),
    Flag(
        "json",
        {
            "predict": _LINES,
            "score": _LINES,
            "evaluate": _JSON,
            "compare": _JSON,
            "inspect": _JSON,
            "settings": _JSON,
            "doctor": _JSON,
        },
    ),
    Flag("yes", {"download": _("accept the license without being asked")}),
    Flag(
        "url",
        {"download": _("another address of the dataset's file; may be repeated")},
        _("URL"),
        repeats=True,
    ),
    Flag("debug", _all(_("show the traceback of an error"))),
)
"""All options except `--mode`, `--help` and `--version`, in the order of the help."""


def flags_of(mode: str) -> tuple[Flag, ...]:
    """Return the options that a mode uses."""
    return tuple(flag for flag in FLAGS if mode in flag.helps)
