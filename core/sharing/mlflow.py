"""A run's copy on an MLflow server: ``python -m core.sharing.mlflow RUN_DIR``.

What is copied is what the run's folder holds, once it is complete: settings as parameters, curves
and errors as metrics, network, predictions and model card as artefacts. A training starts a process
of its own for this at its end, if `XPZ_MLFLOW_URI` names a server, and does not wait for it:
whatever happens there, the run is what it is. The library (extra `mlflow`) is imported by that
process and by `xpz mlflow` alone.
"""

import logging
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.atomic import write_text
from core.config import to_dict
from core.errors import ConfigError, RunError, XpzError
from core.evaluation.metrics import HEADLINE
from core.evaluation.report import completed
from core.jobs import detached
from core.report.document import to_html, to_markdown
from core.runs import Run, open_run
from core.sharing.model_card import model_card

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric

URI_VARIABLE = "XPZ_MLFLOW_URI"
"""Environment variable: the server that every run is mirrored to at the end of its training."""

EXPERIMENT = "xpz"
RUN_TAG = "xpz.run_id"

# Of the library: a server that is not there is told within seconds, not minutes; nobody else is
# told of its use; and it prints nothing of its own.
ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}

# What a server takes at once and as one value (MLflow 3, `mlflow.utils.validation`).
METRICS_AT_ONCE = 1000
PARAMETERS_AT_ONCE = 100
LONGEST_PARAMETER = 6000

logger = logging.getLogger("core.sharing.mlflow")  # run with -m, our name is __main__


def mirror(run: Run, tracking_uri: str, experiment: str = EXPERIMENT) -> str:
    """Copy a complete run to an MLflow server and return the id that it has there.

    A run that was mirrored before is brought up to date and keeps its id.

    Parameters
    ----------
    run : Run
        A complete run.
    tracking_uri : str
        The server, such as http://127.0.0.1:5000, or a database without one, such as
        sqlite:///mlflow.db.
    experiment : str
        Name of the experiment there; made if it is missing.

    Raises
    ------
    ConfigError
        If the library is not installed or the address is none.
    RunError
        If the run is not complete or damaged, or the server is not there or refuses.
    """
    summary = run.result()
    if summary is None:
        raise RunError(
            f"Run '{run.title}' is {run.status().state}; only a complete run is mirrored."
        )
    try:
        is_address = bool(urlsplit(tracking_uri).scheme)
    except ValueError:
        is_address = False
    if not is_address:
        raise ConfigError(
            "Expected the address of an MLflow server, such as http://127.0.0.1:5000, or of a "
            f"database, such as sqlite:///mlflow.db; received '{tracking_uri}'."
        )
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise ConfigError(
            "The mirror needs MLflow, which is not installed: pip install 'xpz[mlflow]'."
        ) from error
    summary |= {"evaluation": completed(summary["evaluation"], run.predictions())}
    try:
        return _copy(run, summary, MlflowClient(tracking_uri=tracking_uri), experiment)
    except (MlflowException, OSError) as error:
        # What failed below the library is an OSError of requests, which speaks of sockets.
        is_silent = isinstance(error.__context__, OSError)
        reason = "no server answers there" if is_silent else str(error).partition("\n")[0]
        reason = _without_password(reason, tracking_uri).rstrip(".")
        raise RunError(
            f"Run '{run.title}' could not be mirrored to MLflow at "
            f"{_without_password(tracking_uri)}: {reason}. The run itself is unchanged"
            f"{'; try again when the server answers' * is_silent}."
        ) from error


def mirror_if_asked(run: Run) -> None:
    """Start a process that mirrors a run, if `XPZ_MLFLOW_URI` is set; never wait, never fail."""
    if not os.environ.get(URI_VARIABLE):
        return
    try:
        detached.start("core.sharing.mlflow", [str(run.path)], run.mirror_log_path, lambda: True)
    except OSError as error:
        logger.warning("The run is not mirrored: %s", error)
    else:
        logger.info("The run is being mirrored; %s says how it went", run.mirror_log_path.name)


def parameters(run: Run) -> dict[str, str]:
    """Return every setting of a run by its dotted name."""
    config = to_dict(run.config)
    chosen = {name: config[name] for name in ("preset", "data", "split", "device", "start")}
    return {
        name: str(value)[:LONGEST_PARAMETER] for name, value in _flat(config["recipe"] | chosen)
    }


def results(summary: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of a summary: the test part's errors with intervals, and the cost."""
    report = summary["evaluation"]
    density = report.get("density", {})
    numbers = {f"test_{name}": report[name] for name in HEADLINE if name in report}
    numbers |= {
        f"test_{name}": value for name, value in density.items() if isinstance(value, float)
    }
    for name, ends in (report["intervals"] | density.get("intervals", {})).items():
        numbers |= dict(zip((f"test_{name}_low", f"test_{name}_high"), ends, strict=True))
    cost = ("parameters", "n_train", "n_test", "best_epoch", "epochs_run", "train_seconds")
    numbers |= {name: summary.get(name) for name in (*cost, "cpu_seconds")}
    return {name: float(value) for name, value in numbers.items() if value is not None}


def _copy(run: Run, summary: Mapping[str, Any], client: "MlflowClient", experiment: str) -> str:
    from mlflow.entities import Param

    status = run.status()
    start = _milliseconds(status.started or run.config.created)
    mirrored = _find_or_create(run, client, _experiment_id(client, experiment), start)
    params = [Param(name, value) for name, value in parameters(run).items()]
    batches: tuple[tuple[str, Any, int], ...] = (
        ("metrics", list(_metrics(run, summary, start)), METRICS_AT_ONCE),
        ("params", params, PARAMETERS_AT_ONCE),
    )
    for kind, entries, at_once in batches:
        for first in range(0, len(entries), at_once):
            client.log_batch(mirrored, **{kind: entries[first : first + at_once]})
    for name, value in _tags(run, summary).items():
        client.set_tag(mirrored, name, value)
    _log_artifacts(run, client, mirrored)
    end = _milliseconds(status.ended) if status.ended else None
    client.set_terminated(mirrored, "FINISHED", end)
    return mirrored


def _experiment_id(client: "MlflowClient", name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return client.create_experiment(name)
        except MlflowException:  # another process of ours was quicker
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    return found.experiment_id


def _find_or_create(run: Run, client: "MlflowClient", experiment_id: str, start: int) -> str:
    # Ids of runs hold no quotation marks; see `core.jobs.roots.JOB_ID`.
    found = client.search_runs([experiment_id], f"tags.`{RUN_TAG}` = '{run.run_id}'", max_results=1)
    if found:
        return found[0].info.run_id
    tags = {RUN_TAG: run.run_id}
    created = client.create_run(experiment_id, start_time=start, tags=tags, run_name=run.title)
    return created.info.run_id


def _metrics(run: Run, summary: Mapping[str, Any], start: int) -> "Iterator[Metric]":
    """Yield the curves by epoch, and the results, with the times at which they were reached [ms].

    The same run gives the same times: a server keeps a point that it has only once.
    """
    from mlflow.entities import Metric

    curves = run.metrics()
    times = start + (1000 * curves["seconds"].fillna(0).cumsum()).astype(int)
    for time, (_, record) in zip(times, curves.iterrows(), strict=True):
        for name, value in record.drop("epoch").items():
            if math.isfinite(value):
                yield Metric(str(name), float(value), int(time), int(record["epoch"]))
    last = int(times.iloc[-1]) if len(times) else start
    for name, value in results(summary).items():
        yield Metric(name, value, last, 0)


def _tags(run: Run, summary: Mapping[str, Any]) -> dict[str, str]:
    written, is_simulated = run.annotations(), run.config.learnt_from.origin == "simulated"
    warning = "Trained on simulated spectra.\n\n" * is_simulated
    return {
        "mlflow.runName": run.title,
        "mlflow.note.content": warning + written.notes,
        "mlflow.source.name": "xpz",
        "xpz.tags": ", ".join(written.tags),
        "xpz.origin": run.config.data.origin,
        "xpz.device": str(summary["device"]),
        "xpz.backend": str(summary["backend"]),
        "xpz.data_hash": run.config.data.hash,
    }


def _log_artifacts(run: Run, client: "MlflowClient", mirrored: str) -> None:
    files = [run.path / "config.json", run.summary_path, run.onnx_path, run.scaler_path]
    files += [run.calibration_path, run.predictions_path]
    for path in files:
        if path.is_file():
            client.log_artifact(mirrored, str(path))
    card = model_card(run)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("card.md", to_markdown(card)), ("card.html", to_html(card))):
            write_text(Path(folder) / name, text)
            client.log_artifact(mirrored, str(Path(folder) / name))


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every setting in nested settings and lists, by its dotted name."""
    if isinstance(value, dict | list) and value:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    else:
        yield name, "none" if value is None or value == [] else value


def _milliseconds(time: str) -> int:
    """Return the milliseconds since 1970 of a time in ISO 8601; 0 of none."""
    return int(1000 * datetime.fromisoformat(time).timestamp()) if time else 0


def _without_password(text: str, uri: str | None = None) -> str:
    """Return `text` without the user and password that `uri`, by default itself, may hold."""
    login, at, _ = urlsplit(uri or text).netloc.rpartition("@")
    return text.replace(login + at, "") if at else text


def main() -> int:
    """Mirror the run that the command line names to the server of `XPZ_MLFLOW_URI`."""
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stdout, level=logging.WARNING)
    logger.setLevel(logging.INFO)
    path = Path(sys.argv[1]).resolve()
    try:
        mirrored = mirror(open_run(path.parent, path.name), os.environ[URI_VARIABLE])
    except XpzError as error:
        logger.error("%s", error)
        return 1
    except Exception:  # a defect of ours or of the library: the log is all that we have
        logger.exception("The mirror failed")
        return 1
    logger.info("Mirrored as MLflow run %s", mirrored)
    return 0


if __name__ == "__main__":
    sys.exit(main())
