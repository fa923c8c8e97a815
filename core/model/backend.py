"""What Keras computes with: told, and seen to be there, without an import of Keras."""

import json
import os
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from core.errors import ConfigError

EXPORTERS = {"tensorflow": "tf2onnx", "jax": "jax2onnx", "torch": "onnxscript"}
"""By backend, the package through which Keras writes its networks as ONNX files."""


def backend() -> str:
    """Return the name of the backend that Keras will take.

    As Keras chooses it: from the environment variable KERAS_BACKEND, or from keras.json in
    KERAS_HOME (~/.keras by default); else it is tensorflow.
    """
    if chosen := os.environ.get("KERAS_BACKEND"):
        return chosen
    kept = Path(os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras"), "keras.json")
    with suppress(OSError, ValueError, AttributeError):  # as Keras passes over what it cannot read
        return str(json.loads(kept.read_text(encoding="utf-8")).get("backend") or "tensorflow")
    return "tensorflow"


def check_backend() -> None:
    """Raise a `ConfigError` unless Keras can train here, and write what it has trained.

    A training that lacks its exporter would fail after its last epoch.
    """
    name = backend()
    if name not in EXPORTERS:
        raise ConfigError(
            f"Keras' backend: expected {', '.join(EXPORTERS)}, received {name!r}. Set the "
            "environment variable KERAS_BACKEND to one of these."
        )
    missing = [package for package in (name, EXPORTERS[name]) if find_spec(package) is None]
    if missing:
        raise ConfigError(
            f"Keras' backend {name} needs {' and '.join(missing)}, not installed here. Install xpz "
            f'with its extra "{name}", or set KERAS_BACKEND=tensorflow, which comes with xpz.'
        )
