"""A font for matplotlib that can show Hangul, which matplotlib's own font draws as empty boxes."""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

from malgil.common.localization import _

# One line with the commands that install a font with Hangul.
ADVICE = _(
    "Install a font that has it: `pip install pylopdf-fonts-ko`, "
    "or `apt install fonts-nanum` on Debian and Ubuntu."
)
# Sans-serif before serif, and fonts designed for Korean before others that also have Hangul.
PREFERRED_FAMILIES = (
    "Noto Sans KR",
    "Noto Sans CJK KR",
    "Pretendard",
    "NanumGothic",
    "Nanum Gothic",
    "NanumBarunGothic",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "Source Han Sans KR",
    "Source Han Sans K",
    "Spoqa Han Sans Neo",
    "AppleGothic",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "UnDotum",
    "Baekmuk Dotum",
    "Dotum",
    "Gulim",
    "Noto Serif KR",
    "Noto Serif CJK KR",
    "NanumMyeongjo",
    "Batang",
)
# Packages on PyPI that contain a font: the import name, and the file in the package. They are only
# looked up and never imported: koreanize_matplotlib needs distutils, which Python 3.12 removed, and
# changes matplotlib's settings when it is imported.
PACKAGED_FONTS = (
    ("pylopdf_fonts_ko", "NotoSansKR-Regular.otf"),
    ("koreanize_matplotlib", "fonts/NanumGothic.ttf"),
)
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]")
_SAMPLE = "한글말"


def has_hangul(text: str) -> bool:
    """Return whether a text contains a Hangul syllable or letter."""
    return _HANGUL.search(text) is not None


def shows_hangul(path: str | Path) -> bool:
    """Return whether a font file maps Hangul syllables to different glyphs.

    Last-resort fonts, one of which comes with matplotlib, map all characters, but all Hangul to the
    same box.

    Args:
        path: A TrueType or OpenType file, or a collection, of which the first font is checked.

    Returns:
        Whether it does; False if the file is missing or not a font.
    """
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(str(path))
    except (OSError, RuntimeError, ValueError):
        return False
    glyphs = {font.get_char_index(ord(char)) for char in _SAMPLE}
    return 0 not in glyphs and len(glyphs) == len(_SAMPLE)


@functools.cache
def hangul_family() -> str | None:
    """Find the family of a font that shows Hangul, and make it known to matplotlib.

    The search has this order: a preferred family that matplotlib knows, a font in an installed
    package, any other font that matplotlib knows, any font file on the system. The last one finds
    fonts that were installed after matplotlib cached its list of fonts.

    Returns:
        A name for `family=`; None if no font shows Hangul (`ADVICE` says what to install).
        matplotlib's settings do not change, but a new font is added to its list of fonts.
    """
    return (
        next((name for name in PREFERRED_FAMILIES if _family_shows_hangul(name)), None)
        or next((_add(path) for path in packaged_fonts() if shows_hangul(path)), None)
        or _any_known_family()
        or next((_add(path) for path in _unknown_fonts() if shows_hangul(path)), None)
    )


def packaged_fonts() -> Iterator[Path]:
    """Yield the font files of installed packages of `PACKAGED_FONTS`, without importing them."""
    for package, name in PACKAGED_FONTS:
        try:
            spec = importlib.util.find_spec(package)
        except (ImportError, ValueError):
            continue
        for folder in (spec and spec.submodule_search_locations) or ():
            path = Path(folder) / name
            if path.is_file():
                yield path


def _family_shows_hangul(family: str) -> bool:
    """Return whether the file that matplotlib uses for a family shows Hangul."""
    from matplotlib import font_manager

    if family not in {entry.name for entry in font_manager.fontManager.ttflist}:
        return False
    try:
        # With a list, matplotlib returns the file of this family or an error, not its default.
        path = font_manager.findfont(
            font_manager.FontProperties(family=[family]), fallback_to_default=False
        )
    except ValueError:
        return False
    return shows_hangul(path)


def _any_known_family() -> str | None:
    """Return the first family, by name, that shows Hangul among all that matplotlib knows."""
    from matplotlib import font_manager

    families = {
        entry.name for entry in font_manager.fontManager.ttflist if shows_hangul(entry.fname)
    }
    return next((name for name in sorted(families) if _family_shows_hangul(name)), None)


def _unknown_fonts() -> Iterator[str]:
    """Yield the font files on the system that are not in matplotlib's list."""
    from matplotlib import font_manager

    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    yield from sorted(set(font_manager.findSystemFonts()) - known)


def _add(path: str | Path) -> str:
    """Add a font file to matplotlib's list, and return its family."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=str(path)).get_name()
