"""The mode settings: prints the settings in effect, or those of a trained translator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import malgil
from malgil.cli import translators
from malgil.cli.options import Options
from malgil.cli.output_file import open_output, reserve_output
from malgil.cli.output_format import json_line
from malgil.common.errors import ExitCode, UserError
from malgil.common.localization import _
from malgil.common.locations import shown_path
from malgil.settings import Settings, from_dict
from malgil.settings.origins import Layer
from malgil.settings.rendering import render_ini

_TIME = "trained_at"
"""The key of the metrics that holds the time of training, in ISO format."""


def run(options: Options) -> int:
    """Print settings as an INI file, which can be used as a recipe or as config.ini, or as JSON.

    Args:
        options: `config` and `overrides` give the settings; `model` names a translator whose
            settings are printed instead. `output` is a file to write to, and `json` asks for JSON.

    Returns:
        The exit status.

    Raises:
        UserError: If a file cannot be read or written, a setting is not accepted, or it would have
            no effect.
    """
    settings = options.settings()
    with reserve_output(options):
        return _print(options, settings)


def _print(options: Options, settings: Settings) -> int:
    """Print the settings of the command line, or those of a trained translator; see `run`."""
    if options.model:
        _refuse_without_effect(settings, options.config)
        settings, header = _trained_settings(settings, options.model)
    else:
        header = [_("The settings in effect: {origins}.").format(origins=_origins(settings))]
    if options.json:
        text = json_line(settings.to_dict()) + "\n"
    else:
        header += [
            _("Malgil {version}. Use this file as a recipe (--config), or as config.ini.").format(
                version=malgil.__version__
            )
        ]
        text = render_ini(settings, header)
    with open_output(options.output) as file:
        file.write(text)
    return ExitCode.DONE


def _origins(settings: Settings) -> str:
    """Return the files and options that gave the settings, the lowest layer first."""
    return ", ".join(dict.fromkeys(origin.label for origin in settings.origins.places))


def _refuse_without_effect(settings: Settings, config: str | None) -> None:
    """Refuse settings of the command line that do not change where `--model` is looked for."""
    if config is not None:
        raise UserError(
            _(
                "--config has no effect with --model, which prints the settings that a translator "
                "was trained with. Remove --config or --model."
            )
        )
    for name, origin in settings.origins.by_name.items():
        section, dot, _key = name.partition(".")
        if origin.layer is Layer.OVERRIDE and dot and section != "translator":
            raise UserError(
                _(
                    "--set {name} has no effect with --model, which prints the settings that a "
                    "translator was trained with. Remove --set {name} or --model."
                ).format(name=name)
            )


def _trained_settings(settings: Settings, model: str | Sequence[str]) -> tuple[Settings, list[str]]:
    """Return the settings that a translator was trained with, and a comment about it."""
    from malgil.modeling import translator_file

    path = _translator_path(settings, model)
    sections, version = translator_file.load_settings(path)
    time = translator_file.load_metrics(path).get(_TIME, "")
    header = [
        _("The settings that the translator {path!r} was trained with.").format(
            path=shown_path(path)
        )
    ]
    if version:
        header.append(_("Trained by Malgil {version}.").format(version=version))
    if time:
        header.append(_("Trained at {time}.").format(time=time))
    return from_dict(sections), header


def _translator_path(settings: Settings, model: str | Sequence[str]) -> Path:
    """Return the file of the one translator that `--model` names."""
    values = [model] if isinstance(model, str) else model
    names = [name for value in values for name in value.split(",")]
    if len(names) != 1:
        raise UserError(
            _("--mode settings accepts one translator as --model. Received: {names}.").format(
                names=", ".join(names)
            )
        )
    return translators.resolve(settings, names[0].strip())
