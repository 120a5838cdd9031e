"""The search for a font, with tiny test fonts and with the installed fonts."""

from __future__ import annotations

import sys

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from matplotlib import font_manager, rcParams

from malgil.evaluation.plotting import fonts

SYLLABLES = "한글말가나다"


def make_font(path, family: str, *, one_glyph: bool = False, text: str = SYLLABLES):
    """Write a font of rectangles, with a glyph per character or one for all."""
    names = [".notdef"] + (["box"] if one_glyph else [f"glyph{i}" for i in range(len(text))])
    pen = TTGlyphPen(None)
    for number, point in enumerate([(0, 0), (0, 700), (500, 700), (500, 0)]):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    glyph = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(
        {ord(char): "box" if one_glyph else f"glyph{i}" for i, char in enumerate(text)}
    )
    builder.setupGlyf(dict.fromkeys(names, glyph))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family})
    builder.setupOS2()
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)
    return path


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """Simulate a machine that has only the fonts of matplotlib."""
    own = [entry for entry in font_manager.fontManager.ttflist if "mpl-data" in entry.fname]
    assert own
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    monkeypatch.setattr(fonts, "PACKAGED_FONTS", (("malgil_test_font", "fonts/Tiny.ttf"),))
    monkeypatch.syspath_prepend(tmp_path)
    fonts.hangul_family.cache_clear()
    font_manager.fontManager._findfont_cached.cache_clear()
    yield tmp_path
    fonts.hangul_family.cache_clear()
    font_manager.fontManager._findfont_cached.cache_clear()


def test_the_font_found_shows_hangul():
    family = fonts.hangul_family()
    if family is None:
        pytest.skip(f"no font here shows Hangul. {fonts.ADVICE}")
    properties = font_manager.FontProperties(family=[family])
    path = font_manager.findfont(properties, fallback_to_default=False)
    table = TTFont(path, fontNumber=0).getBestCmap()
    assert len({table[ord(char)] for char in SYLLABLES}) == len(SYLLABLES)


def test_a_font_is_judged_by_its_glyphs(tmp_path):
    assert fonts.shows_hangul(make_font(tmp_path / "a.ttf", "Good"))
    assert not fonts.shows_hangul(make_font(tmp_path / "b.ttf", "Boxes", one_glyph=True))
    assert not fonts.shows_hangul(make_font(tmp_path / "c.ttf", "Latin", text="abc"))


def test_a_file_that_is_not_a_font(tmp_path):
    (tmp_path / "text.ttf").write_text("not a font")
    assert not fonts.shows_hangul(tmp_path / "text.ttf")
    assert not fonts.shows_hangul(tmp_path / "missing.ttf")


def test_matplotlib_has_no_such_font(bare):
    assert fonts.hangul_family() is None


def test_the_advice_names_what_to_install():
    assert "pip install " in fonts.ADVICE
    assert "apt install fonts-nanum" in fonts.ADVICE
    assert "\n" not in fonts.ADVICE


def test_a_package_is_found_without_being_imported(bare):
    make_font(bare / "malgil_test_font" / "fonts" / "Tiny.ttf", "Tiny Packaged")
    (bare / "malgil_test_font" / "__init__.py").write_text("import distutils_is_gone")
    assert fonts.hangul_family() == "Tiny Packaged"
    assert "malgil_test_font" not in sys.modules


def test_a_package_without_its_file_is_skipped(bare):
    (bare / "malgil_test_font").mkdir()
    (bare / "malgil_test_font" / "__init__.py").touch()
    assert fonts.hangul_family() is None


def test_preferred_fonts_first_then_packages_then_others(bare):
    manager = font_manager.fontManager
    manager.addfont(make_font(bare / "other.ttf", "A Font Of Another Name"))
    assert fonts.hangul_family() == "A Font Of Another Name"
    fonts.hangul_family.cache_clear()
    make_font(bare / "malgil_test_font" / "fonts" / "Tiny.ttf", "Tiny Packaged")
    (bare / "malgil_test_font" / "__init__.py").touch()
    assert fonts.hangul_family() == "Tiny Packaged"
    fonts.hangul_family.cache_clear()
    manager.addfont(make_font(bare / "malgun.ttf", "Malgun Gothic"))
    assert fonts.hangul_family() == "Malgun Gothic"


def test_a_preferred_name_without_hangul_is_not_trusted(bare):
    font_manager.fontManager.addfont(make_font(bare / "n.ttf", "NanumGothic", text="abc"))
    assert fonts.hangul_family() is None


def test_a_font_installed_after_matplotlib_made_its_list_is_found(bare, monkeypatch):
    path = make_font(bare / "new.ttf", "Just Installed")
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(path)])
    assert fonts.hangul_family() == "Just Installed"


def test_settings_of_matplotlib_do_not_change(bare):
    before = dict(rcParams)
    make_font(bare / "malgil_test_font" / "fonts" / "Tiny.ttf", "Tiny Packaged")
    (bare / "malgil_test_font" / "__init__.py").touch()
    fonts.hangul_family()
    assert dict(rcParams) == before


@pytest.mark.parametrize(
    ("text", "answer"), [("한", True), ("ㅋㅋ", True), ("a \u1112", True), ("Zoë 漢字", False)]
)
def test_hangul_is_recognized(text, answer):
    assert fonts.has_hangul(text) is answer
