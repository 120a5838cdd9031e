"""Pictures: formats, sizes, labels and failures."""

from __future__ import annotations

import itertools
import subprocess
import sys
import warnings
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib import mathtext
from matplotlib.figure import Figure
from PIL import Image

from malgil.common.errors import UserError
from malgil.evaluation.plotting import fonts, style
from malgil.evaluation.plotting.attention import attention_picture
from malgil.evaluation.plotting.curves import curves_picture

SOURCE = ["▁나", "는", "▁어제", "▁학교", "에", "▁갔", "습니다", "."]
TARGET = ["I", "went", "to", "school", "yesterday", "."]
HISTORY = [
    {
        "epoch": epoch,
        "loss": 6.0 / epoch,
        "val_loss": 2.0 + (epoch - 4) ** 2 / 10,
        "learning_rate": 0.002 if epoch < 5 else 0.001,
        "tokens_per_s": 2000.0 + epoch,
        "minutes": 1.5 * epoch,
    }
    for epoch in range(1, 8)
]


def weights(tgt_len: int, src_len: int) -> np.ndarray:
    random = np.random.default_rng(seed=tgt_len).random((tgt_len, src_len))
    return random / random.sum(axis=1, keepdims=True)


@pytest.fixture
def drawn(monkeypatch):
    """Return a list of the figures that would have been written."""
    figures: list[Figure] = []
    monkeypatch.setattr(style, "save", lambda figure, path, kind: figures.append(figure))
    return figures


@pytest.fixture
def no_korean_font(monkeypatch):
    monkeypatch.setattr(fonts, "hangul_family", lambda: None)


def size_of(path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        assert image.format == "PNG"
        return image.size


@pytest.mark.parametrize(
    ("tgt_len", "src_len", "smallest", "largest"),
    [(1, 1, 200, 700), (6, 8, 400, 1500), (40, 60, 1200, 3000), (3, 90, 300, 3000)],
)
def test_an_attention_picture_is_a_png_of_a_sane_size(
    tmp_path, tgt_len, src_len, smallest, largest
):
    path = tmp_path / "attention.png"
    source = [f"source{i}" for i in range(src_len)]
    target = [f"target{i}" for i in range(tgt_len)]
    attention_picture(path, weights(tgt_len, src_len), source, target, title="A title " * 40)
    assert all(smallest <= side <= largest for side in size_of(path))
    assert [file.name for file in tmp_path.iterdir()] == ["attention.png"]


@pytest.mark.parametrize("has_window", [False, True])
def test_cells_outside_the_window_are_gray(drawn, has_window):
    """Without a window, a weight may also be 0."""
    attention = np.array([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]])
    attention_picture("a.png", attention, SOURCE[:3], TARGET[:2], has_window=has_window)
    images = [np.ma.asarray(image.get_array()) for image in drawn[0].axes[0].images]
    assert len(images) == 1 + has_window
    if has_window:
        assert np.array_equal(np.ma.getmaskarray(images[1]), attention != 0)


def test_source_is_across_the_top_and_target_down(drawn):
    attention = weights(6, 8)
    attention_picture("a.png", attention, SOURCE, TARGET, title="나는 갔다")
    axes, bar = drawn[0].axes
    shown = np.asarray(axes.images[0].get_array())
    assert np.array_equal(shown, attention)
    assert axes.images[0].get_clim() == (0.0, 1.0)
    assert axes.yaxis_inverted()
    assert axes.xaxis.get_ticks_position() == "top"
    across = [label.get_text() for label in axes.get_xticklabels()]
    assert across == [token.replace("▁", "_") for token in SOURCE]
    assert [label.get_text() for label in axes.get_yticklabels()] == TARGET
    assert axes.get_title(loc="left") == "나는 갔다"
    assert bar.get_ylim() == (0.0, 1.0)


def test_labels_do_not_overlap(drawn):
    for src_len, tgt_len in ((8, 5), (60, 40), (190, 150)):
        attention_picture(
            "a.png",
            weights(tgt_len, src_len),
            ["long source"] * src_len,
            ["target"] * tgt_len,
        )
        figure = drawn.pop()
        figure.draw_without_rendering()
        inch = figure.dpi
        axes = figure.axes[0]
        labels = [label.get_window_extent() for label in axes.get_yticklabels()]
        assert all(upper.y0 > lower.y0 + 0.06 * inch for upper, lower in itertools.pairwise(labels))
        places = axes.transData.transform([(x, 0) for x in axes.get_xticks()])[:, 0]
        assert np.diff(places).min() > 0.08 * inch


def test_only_long_korean_tokens_are_rotated(drawn):
    attention_picture("a.png", weights(6, 8), SOURCE, TARGET)
    attention_picture("a.png", weights(6, 3), ["a", "congratulations", "b"], TARGET)
    upright, leaning = (figure.axes[0].get_xticklabels()[0].get_rotation() for figure in drawn)
    assert upright == 0
    assert leaning == 45


def test_dollars_are_not_formulas(tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("a token was read as a formula")

    monkeypatch.setattr(mathtext.MathTextParser, "parse", refuse)
    source = ["$5", "▁a$b$", "$x^2$", "\\$", "$$", "$\\frac$"]
    path = tmp_path / "a.png"
    attention_picture(path, weights(3, 6), source, ["$", "_{a}$", "x"], title="$5 and $6")
    size_of(path)


def test_the_guard_against_formulas_would_see_one(tmp_path, monkeypatch):
    seen = []
    parse = mathtext.MathTextParser.parse

    def watch(self, *arguments, **named):
        seen.append(arguments[0])
        return parse(self, *arguments, **named)

    monkeypatch.setattr(mathtext.MathTextParser, "parse", watch)
    figure = Figure()
    figure.text(0.5, 0.5, "$x^2$")
    figure.savefig(tmp_path / "a.png")
    assert seen


def test_labels_of_invisible_and_long_tokens(drawn):
    attention_picture("a.png", weights(1, 3), ["\n\t", "x" * 500, ""], ["a"])
    labels = [label.get_text() for label in drawn[0].axes[0].get_xticklabels()]
    assert labels[0] == "\ufffd\ufffd"
    assert labels[1].startswith("xxx")
    assert labels[1].endswith("…")
    assert len(labels[1]) < 30


def test_hangul_shows_as_hangul(tmp_path):
    if fonts.hangul_family() is None:
        pytest.skip(f"no font here shows Hangul. {fonts.ADVICE}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ending in style.FORMATS:
            path = tmp_path / f"a.{ending}"
            attention_picture(path, weights(8, 8), SOURCE, SOURCE, title="나는 갔다")


def test_without_a_font_a_warning_gives_the_advice(tmp_path, no_korean_font, caplog, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attention_picture(tmp_path / "a.png", weights(6, 8), SOURCE, TARGET)
    [record] = caplog.records
    assert record.levelname == "WARNING" and "\n" not in record.getMessage()
    assert fonts.ADVICE in record.getMessage()
    assert capsys.readouterr() == ("", "")
    size_of(tmp_path / "a.png")


def test_without_hangul_there_is_no_warning(tmp_path, no_korean_font, caplog, capsys):
    attention_picture(tmp_path / "a.png", weights(6, 2), ["le", "chat"], TARGET)
    curves_picture(tmp_path / "c.png", HISTORY)
    assert not caplog.records and capsys.readouterr().err == ""


@pytest.mark.parametrize("ending", ["pdf", "SVG"])
def test_the_file_name_selects_the_format(tmp_path, ending):
    for name in ("attention", "curves"):
        path = tmp_path / f"{name}.{ending}"
        if name == "attention":
            attention_picture(path, weights(6, 2), ["le", "chat"], TARGET)
        else:
            curves_picture(path, HISTORY)
        if ending == "pdf":
            assert path.read_bytes().startswith(b"%PDF-")
        else:
            assert ElementTree.parse(path).getroot().tag.endswith("svg")


@pytest.mark.parametrize("name", ["a.jpg", "a", "png", "a.png.txt"])
def test_other_extensions_are_refused(tmp_path, name):
    for draw in (
        lambda path: attention_picture(path, weights(6, 8), SOURCE, TARGET),
        lambda path: curves_picture(path, HISTORY),
    ):
        with pytest.raises(UserError, match=r"\.png, \.pdf, \.svg\. Received"):
            draw(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_refusals(tmp_path):
    with pytest.raises(UserError, match="0 source tokens and 6 target tokens"):
        attention_picture(tmp_path / "a.png", np.zeros((6, 0)), [], TARGET)
    with pytest.raises(ValueError, match=r"\(6, 8\). Received: \(8, 6\)"):
        attention_picture(tmp_path / "a.png", weights(8, 6), SOURCE, TARGET)
    with pytest.raises(UserError, match="no finished epoch"):
        curves_picture(tmp_path / "c.png", [])
    with pytest.raises(UserError, match="cannot write"):
        curves_picture(tmp_path / "missing" / "c.png", HISTORY)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_only_the_old_picture(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    attention_picture(path, weights(6, 8), [*TARGET, "a", "b"], TARGET)
    before = path.read_bytes()

    def fail(self, file, **_):
        file.write(b"half a picture")
        raise RuntimeError("the renderer broke")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(RuntimeError, match="the renderer broke"):
        attention_picture(path, weights(6, 2), ["a", "b"], TARGET)
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]
    assert path.read_bytes() == before


def test_settings_of_matplotlib_do_not_change(tmp_path):
    before = dict(matplotlib.rcParams)
    attention_picture(tmp_path / "a.png", weights(6, 2), ["a", "b"], TARGET)
    curves_picture(tmp_path / "c.png", HISTORY)
    assert dict(matplotlib.rcParams) == before


def test_curves_show_both_losses_the_best_epoch_and_the_rate(drawn):
    curves_picture("c.png", HISTORY)
    above, below = drawn[0].axes
    training, validation, best = above.lines
    assert list(training.get_ydata()) == [row["loss"] for row in HISTORY]
    assert list(validation.get_ydata()) == [row["val_loss"] for row in HISTORY]
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (4, 2.0)
    legend = [text.get_text() for text in above.get_legend().get_texts()]
    assert legend == ["training", "validation", "best: 2.000, epoch 4"]
    assert list(below.lines[0].get_ydata()) == [row["learning_rate"] for row in HISTORY]
    assert above.get_title(loc="left") == "7 epochs  ·  10.5 minutes  ·  2,004 tokens/s"
    ticks = below.get_xticks()
    assert all(tick == int(tick) for tick in ticks)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_curve_of_few_epochs_is_drawn_without_a_warning(tmp_path, count):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curves_picture(tmp_path / "c.png", HISTORY[:count])
    width, height = size_of(tmp_path / "c.png")
    assert 800 < width < 1600
    assert 600 < height < 1200


def test_curves_without_some_values(drawn):
    rows = [{"epoch": 1, "loss": 3.0, "val_loss": None}, {"epoch": 2, "loss": 2.0}]
    curves_picture("c.png", rows)
    above, _ = drawn[0].axes
    assert len(above.lines) == 1
    assert above.get_title(loc="left") == "2 epochs"


def test_nan_in_the_validation_loss_is_not_the_best(drawn):
    rows = [{**row, "val_loss": float("nan") if row["epoch"] == 4 else row["val_loss"]}
            for row in HISTORY]  # fmt: skip
    curves_picture("c.png", rows)
    best = drawn[0].axes[0].lines[-1]
    assert best.get_xdata()[0] in (3, 5)


def test_importing_the_package_does_not_import_large_packages():
    code = (
        "import sys; import malgil.evaluation.plotting.attention, malgil.evaluation.report;"
        "import malgil.evaluation.plotting.fonts;"
        "print([name for name in ('matplotlib', 'nltk', 'sacrebleu') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(style.__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"
