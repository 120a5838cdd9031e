"""What the tests share: a tiny corpus, settings over it, and a translator really trained on it."""

from __future__ import annotations

import io
import itertools
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

import hypothesis
import pytest

from malgil.cli import translators
from malgil.cli.main import main
from malgil.common.files import write_text
from malgil.settings import DecodingOptions, PreprocessingSettings, Settings, load

if TYPE_CHECKING:
    from malgil.modeling.translator import Translator
    from malgil.preprocessing.pipeline import TextPipeline

SUBJECTS = {
    "고양이가": "The cat",
    "강아지가": "The puppy",
    "아이가": "The child",
    "의사가": "The doctor",
    "제 친구가": "My friend",
}
PLACES = {"": "", "집에서": "at home", "산에서": "on a mountain"}
VERBS = {
    "잡니다.": "sleeps",
    "웃습니다.": "laughs",
    "노래합니다.": "sings",
    "책을 읽습니다.": "reads books",
}

# An example takes longer than usual on a busy machine; the tests of time have limits of their own.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

OverridesMaker = Callable[..., list[str]]
SettingsMaker = Callable[..., Settings]


class Ran(NamedTuple):
    """A run of the command line: its exit status, and what it wrote."""

    status: int
    out: str
    err: str


AppRunner = Callable[..., Ran]


def _pairs() -> list[tuple[str, str]]:
    pairs = []
    for parts in itertools.product(SUBJECTS.items(), PLACES.items(), VERBS.items()):
        (subject, subject_en), (place, place_en), (verb, verb_en) = parts
        source = " ".join(filter(None, (subject, place, verb)))
        pairs.append((source, " ".join(filter(None, (subject_en, verb_en, place_en))) + "."))
    return pairs


def learn_pipeline(
    pairs: Sequence[tuple[str, str]], settings: PreprocessingSettings
) -> TextPipeline:
    """Learn a text path from sentence pairs in memory."""
    from malgil.preprocessing.dataset.tokenize_pairs import PairTokenizer, count_tokens
    from malgil.preprocessing.pipeline import TextPipeline
    from malgil.preprocessing.text.normalization import normalize

    normalized = [(normalize(source), normalize(target)) for source, target in pairs]
    counts = count_tokens(PairTokenizer(settings)(normalized), settings)
    return TextPipeline.learn(counts, settings)


@pytest.fixture
def hears_hangup() -> Iterator[None]:
    """Let a test receive SIGHUP, also if the tests run under nohup, which ignores it."""
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is None:
        yield
        return
    previous = signal.signal(hangup, signal.SIG_DFL)
    yield
    signal.signal(hangup, previous)


@pytest.fixture(scope="session")
def tiny_pairs() -> list[tuple[str, str]]:
    """60 sentence pairs, all different."""
    return _pairs()


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with train.tsv (all pairs except every eighth) and valid.tsv (the others)."""
    folder = tmp_path_factory.mktemp("말뭉치")
    lines = [f"{source}\t{target}\n" for source, target in _pairs()]
    train = [line for i, line in enumerate(lines) if i % 8 != 3]
    (folder / "train.tsv").write_text("".join(train), encoding="utf-8")
    (folder / "valid.tsv").write_text("".join(lines[3::8]), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny_overrides(tiny_corpus: Path) -> OverridesMaker:
    """Return a function that makes the `--set` values of a tiny training in `directory/tiny`."""

    def make(directory: Path, *more: str) -> list[str]:
        return [
            "translator.name=tiny",
            f"translator.directory={directory}",
            f"data.train={tiny_corpus / 'train.tsv'}",
            f"data.valid={tiny_corpus / 'valid.tsv'}",
            f"data.test={tiny_corpus / 'valid.tsv'}",
            f"data.cache={tiny_corpus / 'cache'}",
            "preprocessing.vocabulary_size=300",
            "preprocessing.max_length=20",
            *(() if "model.architecture=transformer" in more else ("model.embedding_size=12",)),
            "model.units=16",
            "model.dropout=0.2",
            "training.epochs=2",
            "training.max_minutes=0",
            "training.batch_tokens=120",
            "training.learning_rate=0.002",
            "training.learning_rate_decay=0.5",
            "training.min_improvement=0.03",
            "training.label_smoothing=0.1",
            "training.patience=4",
            "training.threads=1",
            "inference.engine=keras",  # without a shortlist, which takes time to learn
            *more,
        ]

    return make


@pytest.fixture(scope="session")
def tiny_settings(tiny_overrides: OverridesMaker) -> SettingsMaker:
    """Return a function that makes the settings of a tiny training; see `tiny_overrides`."""
    return lambda directory, *more: load(overrides=tiny_overrides(directory, *more))


@pytest.fixture(scope="session")
def translator_folder(
    tiny_settings: SettingsMaker,
    tiny_corpus: Path,
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> Path:
    """Return the folder of a translator of the tiny corpus. Tests must not change it.

    The first of several test processes to need it trains it, and the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "trained"
    try:
        shared.mkdir()
    except FileExistsError:
        return _wait_for(shared / "is-there")
    try:
        folder = _train_well(tiny_settings, tiny_corpus, shared)
    except BaseException:
        (shared / "is-there").write_text("")
        raise
    write_text(shared / "is-there", str(folder))
    return folder


def _wait_for(path: Path) -> Path:
    """Return the folder that another test process has written into a file."""
    until = time.monotonic() + 300
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.1)
    folder = path.read_text(encoding="utf-8")
    assert folder, "another test process could not train the translator"
    return Path(folder)


def _train_well(tiny_settings: SettingsMaker, tiny_corpus: Path, directory: Path) -> Path:
    from malgil.modeling.training.run import train

    train_file = tiny_corpus / "train.tsv"
    settings = tiny_settings(
        directory,
        "data.train=" + ", ".join([str(train_file)] * 4),  # four times the pairs, few epochs
        "cleaning.drop_duplicates=no",
        "cleaning.drop_overlap=no",
        # By its loss on what it learns: by that on other pairs, it is best when it knows little.
        f"data.valid={train_file}",
        "model.embedding_size=64",
        "model.units=64",
        "model.dropout=0",
        "training.epochs=18",
        "training.batch_tokens=100",
        "training.learning_rate=0.02",
        "training.learning_rate_decay=0.7",
        "training.min_improvement=0",
        "training.label_smoothing=0",
        "training.patience=20",
        "inference.beam_size=3",
        "inference.engine=onnx",
    )
    return train(settings).folder


@pytest.fixture(scope="session")
def translator(translator_folder: Path) -> Translator:
    """Load the translator of `translator_folder`. Tests must not change it."""
    from malgil.modeling.translator import Translator

    return Translator.load(translator_folder)


@pytest.fixture(scope="session")
def load_once() -> Callable[..., Translator]:
    """`translators.load_translator`, which reads each translator once: loading takes a second."""
    loaded: dict[tuple[Path, DecodingOptions, str | None], Translator] = {}
    real = translators.load_translator

    def load_or_remember(
        settings: Settings,
        names: str | None = None,
        config: str | None = None,
        accepts_starter: bool = False,
    ) -> Translator:
        key = settings.folder, settings.inference, names
        if key not in loaded:
            loaded[key] = real(settings, names, config, accepts_starter)
        return loaded[key]

    return load_or_remember


@pytest.fixture
def run_app(
    translator_folder: Path,
    tiny_overrides: OverridesMaker,
    load_once: Callable[..., Translator],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AppRunner:
    """Return a function that runs the command line: `run_app("--mode", "predict", stdin=b"…")`.

    Its settings are those of the tiny translator; a `--set` among the arguments goes over them.
    Standard input is a pipe of bytes, or any other stream.
    """
    monkeypatch.setattr(translators, "load_translator", load_once)
    overrides = tiny_overrides(translator_folder.parent, "inference.engine=onnx")

    def run(*arguments: str | Path, stdin: bytes | TextIO = b"") -> Ran:
        if isinstance(stdin, bytes):
            stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", stdin)
        capsys.readouterr()
        # A trained translator has its own model: settings of another would be reported.
        is_trained = bool({"predict", "score", "evaluate"} & set(map(str, arguments)))
        fixed = ("model.", "preprocessing.") if is_trained else ()
        given = [value for value in overrides if not value.startswith(fixed)]
        status = main(
            [part for value in given for part in ("--set", value)] + [*map(str, arguments)]
        )
        return Ran(status, *capsys.readouterr())

    return run
