"""Networks as ONNX files, which predict without Keras."""

import os
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np

from core.errors import RunError
from core.model.runtime import onnx_runtime

_VERIFY_ROWS = 1024


def export_onnx(model: keras.Model, path: str | Path) -> None:
    """Write `model` as one ONNX file with the input 'features' and a free batch size.

    Keras exports it: through tf2onnx on TensorFlow, jax2onnx on JAX and
    torch.onnx on PyTorch. The file takes its name when it is complete.

    Parameters
    ----------
    model : keras.Model
        A network of `core.model.network.build_network`.
    path : str or Path
        Where to write; an existing file is replaced.
    """
    import onnx

    path = Path(path)
    signature = [keras.InputSpec(shape=model.inputs[0].shape, dtype="float32", name="features")]
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".onnx-") as folder:
        exported, whole = Path(folder) / "exported.onnx", Path(folder) / "whole.onnx"
        with warnings.catch_warnings():
            # Tracers warn of every shape that they freeze; `verify_onnx` is the check that counts.
            warnings.simplefilter("ignore")
            model.export(exported, format="onnx", verbose=False, input_signature=signature)
        # jax2onnx keeps large weights in a second file; read together they are written as one.
        onnx.save(onnx.load(exported), whole)
        os.replace(whole, path)


def verify_onnx(
    path: str | Path, model: keras.Model, features: np.ndarray, tolerance: float = 1e-5
) -> float:
    """Compare the ONNX file with the network that it came from.

    Both run on the CPU: a GPU multiplies with fewer digits than are compared.

    Parameters
    ----------
    path : str or Path
        The ONNX file.
    model : keras.Model
        The network.
    features : np.ndarray, shape (n, n_inputs)
        Scaled spectra, n > 0.
    tolerance : float
        Largest difference [redshift] that passes.

    Returns
    -------
    float
        The largest difference [redshift].

    Raises
    ------
    RunError
        If the difference is larger than `tolerance` or not a number.
    """
    session = onnx_runtime().InferenceSession(Path(path), providers=["CPUExecutionProvider"])
    features = np.asarray(features, dtype=np.float32)
    largest = 0.0
    with keras.device("cpu"):
        twin = keras.models.clone_model(model)
        twin.set_weights(model.get_weights())
        for start in range(0, len(features), _VERIFY_ROWS):
            rows = features[start : start + _VERIFY_ROWS]
            expected = keras.ops.convert_to_numpy(twin(rows, training=False))
            exported = session.run(None, {"features": rows})[0]
            # np.maximum keeps a NaN, which max() would lose.
            largest = float(np.maximum(largest, np.abs(exported - expected).max()))
    if not largest <= tolerance:
        raise RunError(
            f"{path}: expected the exported network to agree with the trained one within "
            f"{tolerance:.0e} in redshift, received a difference of {largest:.2g}. "
            "Its predictions are not to be trusted; train the run again."
        )
    return largest
