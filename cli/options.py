"""The options of one run: their types, and the combinations of them that are refused."""

from __future__ import annotations

from dataclasses import dataclass

from malgil.cli.flags import FLAGS
from malgil.cli.modes import MODES
from malgil.common.errors import UserError
from malgil.common.localization import _
from malgil.common.locations import COMMAND
from malgil.settings import Settings, load

_MODES_OF_FILES = ("compare", "inspect")  # what follows their options are files


@dataclass(frozen=True)
class Options:
    """The options of one run, each as `--help` describes it; None or empty if not given.

    Attributes:
        text: What follows the options: sentences, recipes, files or a dataset.
        overrides: The values of `--set`, each `section.key=value`.
        model: The values of `--model`; each is one translator, or several joined by commas.
        output_of: The values of `--output-of`: the name of a system, and its file of translations.
    """

    mode: str
    text: tuple[str, ...] = ()
    config: str | None = None
    overrides: tuple[str, ...] = ()
    resume: bool = False
    model: tuple[str, ...] = ()
    output_of: tuple[tuple[str, str], ...] = ()
    n_best: str | None = None
    glossary: str | None = None
    keep: tuple[str, ...] = ()
    beginning: str | None = None
    confidence: bool = False
    input: str | None = None
    output: str | None = None
    overwrite: bool = False
    attention: str | None = None
    normalize: bool = False
    json: bool = False
    yes: bool = False
    url: tuple[str, ...] = ()
    debug: bool = False

    def settings(self) -> Settings:
        """Return the settings of this run: `config.ini`, the recipe, `--set` and short options.

        Raises:
            UserError: As `settings.load`.
        """
        flags = {
            "--n-best": ("n_best", self.n_best),
            "--glossary": ("glossary", self.glossary),
            "--keep": ("keep", ",".join(self.keep) or None),
        }
        given = {
            flag: f"inference.{key}={value}"
            for flag, (key, value) in flags.items()
            if value is not None
        }
        return load(self.config, self.overrides, flags=given)

    def check(self) -> None:
        """Refuse options that the mode would ignore, and options that exclude each other.

        Raises:
            UserError: Names the option and what is accepted.
        """
        self._check_mode()
        for name in ("config", "input", "output", "attention"):
            if getattr(self, name) == "":
                raise UserError(
                    _("--{name} accepts the name of a file. Received: ''.").format(name=name)
                )
        if self.mode in _MODES_OF_FILES and "" in self.text:
            raise UserError(
                _("--mode {mode} accepts the names of files. Received: ''.").format(mode=self.mode)
            )
        if self.text and self.input:
            raise UserError(
                _(
                    "--mode {mode} accepts --input or text on the command line, not both. "
                    "Received: --input {path!r} and {text!r}."
                ).format(mode=self.mode, path=self.input, text=self.text[0])
            )
        if self.overwrite and not self.output and self.mode != "train":
            raise UserError(_("--overwrite requires --output FILE."))
        for word in self.keep:
            if not word.strip() or "," in word:
                raise UserError(
                    _(
                        "--keep accepts a word or a phrase without a comma. Received: {word!r}. "
                        "Repeat the option for several words."
                    ).format(word=word)
                )
        self._check_translations()
        if self.mode == "download":
            self._check_download()

    def _check_mode(self) -> None:
        for flag in FLAGS:
            if getattr(self, flag.field) and self.mode not in flag.helps:
                raise UserError(
                    _("{option} applies to --mode {modes} only. Received: --mode {mode}.").format(
                        option=flag.option, modes=", ".join(flag.helps), mode=self.mode
                    )
                )
        if self.text and not MODES[self.mode].operand:
            raise UserError(
                _("--mode {mode} accepts options only. Received: {text!r}.").format(
                    mode=self.mode, text=self.text[0]
                )
            )

    def _check_translations(self) -> None:
        if self.json and self.confidence:
            raise UserError(
                _(
                    "--confidence marks words in plain text, and --json contains the score of "
                    "each token. Use one of the two."
                )
            )
        if self.attention and len(self.model) > 1:
            raise UserError(
                _(
                    "--attention draws the attention of one translator. Received: {models}. "
                    "Give --model once."
                ).format(models=", ".join(self.model))
            )
        if self.mode == "predict" and self.resume and not (self.input and self.output):
            raise UserError(_("--resume requires --input FILE and --output FILE."))

    def _check_download(self) -> None:
        if len(self.text) > 1:
            raise UserError(
                _("--mode download accepts one dataset at a time. Received: {names}.").format(
                    names=", ".join(self.text)
                )
            )
        for name in ("yes", "url"):
            if not self.text and getattr(self, name):
                raise UserError(
                    _(
                        "--{name} requires the name of a dataset: {command} --mode download DATASET"
                    ).format(name=name, command=COMMAND)
                )
