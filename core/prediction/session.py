"""A network in ONNX Runtime, as this process or another one opens it."""

import os
from pathlib import Path

import numpy as np

from core.model.runtime import onnx_runtime

# Spectra per call of the network: larger calls are at most a tenth faster, and `dissertation` takes
# 0.7 MB for each spectrum of a call, which ONNX Runtime keeps.
CHUNK_SPECTRA = 64


class Network:
    """A network in this process, of an ONNX file or what stood in one.

    Attributes
    ----------
    inputs : dict of str to list
        Shape of every input by its name; axes of any length are named.
    width : int
        Columns of the output.
    """

    def __init__(self, path: Path | bytes) -> None:
        onnxruntime = onnx_runtime()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Else it takes all cores, whatever others are told: workers side by side have one each.
        threads = os.environ.get("OMP_NUM_THREADS", "")
        options.intra_op_num_threads = int(threads) if threads.isdecimal() else 0
        # Idle threads sleep: the screens share the machine with a training.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self.inputs = {put.name: put.shape for put in self._session.get_inputs()}
        self.width = self._session.get_outputs()[0].shape[1]

    def run(self, features: np.ndarray) -> np.ndarray:
        """Return the outputs, shape (n, width), of features, float32 of shape (n, n_inputs)."""
        return self._session.run(None, {"features": features})[0]
