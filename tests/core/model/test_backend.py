"""A training whose backend is not whole is refused before it starts."""

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

from core.errors import ConfigError
from core.model import backend as backends
from core.model.backend import backend, check_backend


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))


@pytest.fixture
def installed(monkeypatch):
    """A function that has these packages alone be found."""

    def set_to(*packages):
        monkeypatch.setattr(
            backends, "find_spec", lambda name: find_spec("json") if name in packages else None
        )

    return set_to


def test_tensorflow_is_the_default():
    assert backend() == "tensorflow"
    check_backend()


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ({"backend": "jax"}, "jax"),
        ({"floatx": "float32"}, "tensorflow"),
        ([], "tensorflow"),
        ("{", "tensorflow"),
    ],
)
def test_the_file_of_keras_is_heard(tmp_path, kept, expected):
    text = kept if isinstance(kept, str) else json.dumps(kept)
    (tmp_path / "keras.json").write_text(text)
    assert backend() == expected


def test_the_environment_comes_before_the_file(tmp_path, monkeypatch):
    (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert backend() == "torch"


def test_it_is_the_one_that_keras_takes(tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "nonsense"}')
    done = subprocess.run(
        [sys.executable, "-c", "import keras"], capture_output=True, text=True, check=False
    )
    assert "Unable to import backend : nonsense" in done.stderr
    assert backend() == "nonsense"


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    with pytest.raises(ConfigError, match="expected tensorflow, jax, torch, received 'numpy'"):
        check_backend()


@pytest.mark.parametrize(
    ("there", "missing"),
    [(["jax"], "needs jax2onnx, not"), ([], "needs jax and jax2onnx, not")],
)
def test_a_backend_that_is_not_whole_is_refused(monkeypatch, installed, there, missing):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    installed(*there)
    with pytest.raises(
        ConfigError, match=missing + ' installed here. Install xpz with its extra "jax"'
    ):
        check_backend()
    installed("jax", "jax2onnx")
    check_backend()
