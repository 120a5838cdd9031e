"""The backend of Keras that is chosen, and that training refuses others than TensorFlow."""

from __future__ import annotations

from pathlib import Path

import pytest

from malgil.cli.keras_backend import chosen_backend, require_tensorflow_backend
from malgil.common.errors import UserError


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let Keras look for its configuration in an empty folder."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))


def test_the_default() -> None:
    assert chosen_backend() == ("tensorflow", "")
    require_tensorflow_backend()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"backend": "tensorflow"}'])
def test_a_configuration_that_changes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "keras.json").write_text(text, encoding="utf-8")
    assert chosen_backend()[0] == "tensorflow"
    require_tensorflow_backend()


def test_the_environment_takes_precedence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "keras.json"
    path.write_text('{"backend": "torch"}', encoding="utf-8")
    assert chosen_backend() == ("torch", str(path))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert chosen_backend() == ("jax", "KERAS_BACKEND")
    with pytest.raises(UserError, match=r"KERAS_BACKEND accepts 'tensorflow'\. Received: 'jax'\."):
        require_tensorflow_backend()
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    require_tensorflow_backend()


def test_keras_chooses_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The names of the variables and of the file are those of the installed Keras."""
    source = pytest.importorskip("importlib.util").find_spec("keras.src.backend.config")
    assert source is not None and source.origin is not None
    text = Path(source.origin).read_text(encoding="utf-8")
    for name in ('"KERAS_BACKEND"', '"KERAS_HOME"', '".keras"', '"keras.json"', '"backend"'):
        assert name in text
