"""Networks as ONNX files, which predict without Keras."""

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np

from core.errors import RunError
from core.file_errors import writing
from core.model.mixture import Mixtures
from core.model.runtime import onnx_runtime

_VERIFY_ROWS = 1024

_ABOUT = (
    "Galaxy redshifts from Gaia XP spectra, by xpz. Input 'features', float32 (n, 186, 187 or "
    "189): flux of 80 BP and 106 RP samples [e-/s per sample], for some scalings divided by their "
    "mean, then the logarithms of that mean and of the noise of BP and RP; all scaled as the run's "
    "scaler.npz says. Output 'z' (n, 1), or 'mixture' (n, 3 m): m logits of weights, m means "
    "(0.2 + 0.1 x), m widths (0.003 + 0.02 ln(1 + exp x)); not calibrated. See docs/onnx.md."
)
"""Stands in every file, for those who open it without xpz."""


def export_onnx(model: keras.Model, path: str | Path) -> None:
    """Write `model` as one ONNX file: input 'features', the head's output, free batch size.

    Keras exports it: through tf2onnx on TensorFlow, jax2onnx on JAX and torch.onnx on PyTorch. The
    file takes its name, in the place of an older one, when it is complete.
    """
    import onnx

    path = Path(path)
    signature = [keras.InputSpec(shape=model.inputs[0].shape, dtype="float32", name="features")]
    with (
        writing(path),
        tempfile.TemporaryDirectory(dir=path.parent, prefix=".onnx-") as folder,
    ):
        exported, whole = Path(folder) / "exported.onnx", Path(folder) / "whole.onnx"
        with warnings.catch_warnings():
            # Tracers warn of every shape that they freeze; `verify_onnx` is the check that counts.
            warnings.simplefilter("ignore")
            model.export(exported, format="onnx", verbose=False, input_signature=signature)
        if keras.backend.backend() == "torch":
            exported = _folded(exported)
        # jax2onnx keeps large weights in a second file; read together they are written as one.
        network = onnx.load(exported)
        (name,) = model.output_names
        _rename_output(network.graph, name)
        network.doc_string = _ABOUT
        onnx.save(network, whole)
        os.replace(whole, path)


def _folded(exported: Path) -> Path:
    """Write the same network, what follows from constants alone computed once, in another file.

    PyTorch's exporter leaves to each prediction how many samples a padding adds, by operators that
    are refused in networks from elsewhere.
    """
    import onnx

    folded, runtime = exported.with_name("folded.onnx"), onnx_runtime()
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folded)
    runtime.InferenceSession(exported, options, providers=["CPUExecutionProvider"])
    network = onnx.load(folded)
    used = {node.domain for node in network.graph.node}
    sets = [each for each in network.opset_import if each.domain in used]
    del network.opset_import[:]
    network.opset_import.extend(sets)
    onnx.save(network, folded)
    return folded


def _rename_output(graph: Any, name: str) -> None:
    """Call the only output 'z' or 'mixture', as the network does; each exporter has its own."""
    (output,) = graph.output
    for node in graph.node:
        for tensors in (node.input, node.output):
            tensors[:] = [name if tensor == output.name else tensor for tensor in tensors]
    output.name = name


def verify_onnx(
    path: str | Path, model: keras.Model, features: np.ndarray, tolerance: float = 1e-5
) -> float:
    """Return the largest difference between an ONNX file and the network that it came from.

    Both predict `features`, shape (n, n_inputs), n > 0, on the CPU: a GPU multiplies with fewer
    digits than are compared. Of mixtures the weights, means and sigmas are compared. Raises a
    `RunError` if the difference [redshift; weights: 1] exceeds `tolerance` or is not a number.
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
            for ours, theirs in zip(_meaning(exported), _meaning(expected), strict=True):
                # np.maximum keeps a NaN, which max() would lose.
                largest = float(np.maximum(largest, np.abs(ours - theirs).max()))
    if not largest <= tolerance:
        raise RunError(
            f"{path}: expected the exported network to agree with the trained one within "
            f"{tolerance:.0e} in redshift, received a difference of {largest:.2g}. "
            "Do not use its predictions; train the run again."
        )
    return largest


def _meaning(outputs: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the redshifts, or the weights, means and sigmas of mixtures."""
    if outputs.shape[1] == 1:
        return (outputs,)
    mixtures = Mixtures.from_outputs(outputs)
    return mixtures.weights, mixtures.means, mixtures.sigmas
