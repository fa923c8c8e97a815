"""Whether a run from elsewhere is one that every screen can show and predict with."""

import logging
import zipfile
from datetime import datetime

import numpy as np
import onnx

from core.data.tables import parquet
from core.data.tables.raw import TableLimits
from core.errors import DataError, RunError, XpzError
from core.inspection.wavelength_map import WavelengthMap
from core.model.shapes import layer_table
from core.prediction.calibration.densities_file import read_densities
from core.prediction.estimator import Estimator
from core.prediction.seen import read_seen
from core.runs.run import Run
from core.runs.stored import COLUMNS
from core.sharing.model_card import model_card
from core.spectra import N_SAMPLES, Spectra

MAX_BYTES = 2**30
"""Of a run, and of what each of its files unpacks to; that on 520,393 galaxies has 17 MB."""

MAX_EPOCHS = 1_000_000

_LIMITS = TableLimits(MAX_BYTES, max_rows=10_000_000, max_columns=len(COLUMNS))

logger = logging.getLogger(__name__)


def check_foreign(run: Run) -> None:
    """Read everything that the screens read of a complete run, and predict with it.

    Raises a `RunError` that names the file if something is missing, damaged, too large or not what
    a run has.
    """
    for name, check in (
        ("config.json", _check_config),
        ("status.json", _check_status),
        ("annotations.json", Run.annotations),
        ("metrics.jsonl", _check_metrics),
        ("model.onnx", _check_network),
        ("*.npz", _check_arrays),
        ("model.onnx", _check_answer),
        ("predictions.parquet", _check_predictions),
        ("summary.json", Run.result),
        ("summary.json", model_card),
    ):
        try:
            check(run)
        except XpzError as error:
            # Its folder is a passing one of ours, which says nothing to people.
            message = str(error).replace(f"{run.path}/", "")
            raise RunError(f"{name}: the run cannot be imported. {message}") from error
        except Exception as error:  # files made to mislead fail in ways that nobody can list
            logger.info("Refused a run: %s", name, exc_info=True)
            raise RunError(
                f"{name}: the run cannot be imported: the file is damaged or not from xpz "
                f"({type(error).__name__})."
            ) from error


def _check_config(run: Run) -> None:
    recipe = run.config.recipe
    layer_table(recipe.network, recipe.scaling)


def _check_status(run: Run) -> None:
    status = run.status()
    if status.state != "done":
        raise RunError(f"Expected a run that is done, received one that is {status.state}.")
    for time in (run.config.created, status.created, status.started, status.ended):
        if time:
            datetime.fromisoformat(time)


def _check_metrics(run: Run) -> None:
    metrics = run.metrics()
    if len(metrics) > MAX_EPOCHS:
        raise RunError(f"Expected at most {MAX_EPOCHS:,} epochs, received {len(metrics):,}.")


def _check_predictions(run: Run) -> None:
    (stream,) = parquet.read(run.predictions_path, _LIMITS, run.predictions_path.name)
    if isinstance(stream, DataError):
        raise stream
    unknown = set(stream.names) - set(COLUMNS)
    if unknown:
        raise RunError(f"Expected columns {', '.join(COLUMNS)}; received {sorted(unknown)[0]!r}.")
    run.predictions()


def _check_network(run: Run) -> None:
    """Raise a `RunError` if the network reaches beyond its file or brings programs along."""
    network = onnx.load(run.onnx_path, load_external_data=False)
    graph = network.graph
    attributes = [attribute for node in graph.node for attribute in node.attribute]
    tensors = [*graph.initializer, *(each.t for each in attributes)]
    tensors += [tensor for each in attributes for tensor in each.tensors]
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in tensors):
        raise RunError("Expected a network in one file, received one with weights elsewhere.")
    if (
        network.functions
        or any(each.HasField("g") or each.graphs for each in attributes)
        or any(node.domain not in ("", "ai.onnx", "ai.onnx.ml") for node in graph.node)
    ):
        raise RunError("Expected layers alone, received a network with loops or foreign parts.")


def _check_arrays(run: Run) -> None:
    for path in run.path.glob("*.npz"):
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
                raise RunError(f"{path.name}: unpacks to more than {MAX_BYTES:,} bytes.")
    read_seen(run)
    WavelengthMap.load(run)
    if run.densities_path.is_file():
        read_densities(run)


def _check_answer(run: Run) -> None:
    estimator = Estimator(run)
    head = run.config.recipe.network.head
    if estimator.predictor.head != head:
        raise RunError(f"Expected a network with the head '{head}', as config.json says.")
    estimator.predict(Spectra(np.ones((2, N_SAMPLES), np.float32), np.arange(2)))
