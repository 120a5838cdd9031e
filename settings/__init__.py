"""Settings: config.ini, recipes and the command line → checked, frozen dataclasses."""

from malgil.common.locations import find
from malgil.settings.decoding import DecodingOptions
from malgil.settings.loading import from_dict, load, require_files
from malgil.settings.sections import (
    JAVA_TOKENIZERS,
    KOREAN_TOKENIZERS,
    QUANTIZATIONS,
    REWRITING_TOKENIZERS,
    TOKENIZERS,
    CleaningSettings,
    DataSettings,
    ModelSettings,
    PreprocessingSettings,
    Schedule,
    Settings,
    TrainingSettings,
    TranslatorSettings,
)

__all__ = [
    "JAVA_TOKENIZERS",
    "KOREAN_TOKENIZERS",
    "QUANTIZATIONS",
    "REWRITING_TOKENIZERS",
    "TOKENIZERS",
    "CleaningSettings",
    "DataSettings",
    "DecodingOptions",
    "ModelSettings",
    "PreprocessingSettings",
    "Schedule",
    "Settings",
    "TrainingSettings",
    "TranslatorSettings",
    "find",
    "from_dict",
    "load",
    "require_files",
]
