"""ONNX Runtime, told to keep to itself."""

import os
from types import ModuleType


def onnx_runtime() -> ModuleType:
    """Import and return ONNX Runtime with its telemetry off.

    Left alone it keeps an identifier and a log of events in the user's cache folder, meant to be
    sent; it reads the variable once, when it is imported.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime
