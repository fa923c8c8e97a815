"""Whether a run from elsewhere is one that every screen can show and predict with."""

import json
import logging
import sys
from datetime import datetime
from pathlib import Path

import numpy as np

from core.confined import ask, confine
from core.data.tables import parquet
from core.data.tables.raw import TableLimits
from core.errors import DataError, RunError, XpzError
from core.inspection.wavelength_map import WavelengthMap
from core.model.shapes import layer_table
from core.prediction.calibration.densities_file import read_densities
from core.prediction.estimator import Estimator
from core.prediction.seen import read_seen
from core.prediction.session import CHUNK_SPECTRA
from core.printable import printable
from core.runs.run import Run
from core.runs.stored import COLUMNS
from core.sharing.foreign_network import check_foreign_network
from core.sharing.model_card import model_card
from core.sharing.npz_check import check_npz
from core.sharing.sizes import MAX_BYTES, MOST_BYTES
from core.spectra import N_SAMPLES, Spectra

MAX_EPOCHS = 1_000_000
MAX_GALAXIES = 5_000_000
"""Of a test part."""

MEMORY_BYTES = 2**30
SECONDS = 600.0
"""By the clock; a run on 520,393 galaxies takes three."""

_LIMITS = TableLimits(MAX_BYTES, max_rows=MAX_GALAXIES, max_columns=len(COLUMNS))

logger = logging.getLogger(__name__)


def check_foreign(run: Run) -> None:
    """Read everything that the screens read of a complete run, and predict with it.

    In processes of their own, whose memory and time are limited: what fills the one or takes the
    other is found out there. Raises a `RunError` that names the file if something is missing,
    damaged, too large or not what a run has.
    """
    check_network(run)
    try:
        said = json.loads(ask("core.sharing.acceptance", str(run.path), seconds=SECONDS))
    except (TimeoutError, RuntimeError, ValueError) as error:
        raise RunError(f"The run cannot be imported: its files cannot be read, {error}.") from error
    if said:
        raise RunError(printable(said))


def check_network(run: Run) -> None:
    """Raise a `RunError` unless the network is one that xpz could have made; nothing opens it."""
    try:
        check_foreign_network(run.onnx_path)
    except RunError as error:
        raise RunError(f"{run.onnx_path.name}: the run cannot be imported. {error}") from error


def check_contents(run: Run) -> None:
    """Do the work of `check_foreign` in this process, but for the network."""
    for name, check in (
        ("config.json", _check_config),
        ("status.json", _check_status),
        ("annotations.json", Run.annotations),
        ("metrics.jsonl", _check_metrics),
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


def _check_arrays(run: Run) -> None:
    for path in run.path.glob("*.npz"):
        check_npz(path, MOST_BYTES[path.name])
    read_seen(run)
    WavelengthMap.load(run)
    if run.densities_path.is_file():
        read_densities(run)


def _check_answer(run: Run) -> None:
    estimator = Estimator(run)
    head = run.config.recipe.network.head
    if estimator.predictor.head != head:
        raise RunError(f"Expected a network with the head '{head}', as config.json says.")
    # As many as are ever asked for at once: what they take of memory and time is known then.
    n = CHUNK_SPECTRA
    estimator.predict(Spectra(np.ones((n, N_SAMPLES), np.float32), np.arange(n)))


def main(path: str) -> None:
    """Print why the run in a folder is refused, in JSON; an empty text if it is not."""
    confine(MEMORY_BYTES)
    said = ""
    try:
        check_contents(Run(Path(path)))
    except RunError as error:
        said = str(error)
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1])
