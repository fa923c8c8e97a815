"""Where in a run's folder everything lies; `core.runs` says what it is for."""

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import core
from core.jobs import File, Job
from core.runs.config import RunConfig
from core.runs.status import Status

SHIPPED_RUNS = Path(core.__path__[0]).resolve().parent / "assets" / "runs"
"""The runs that come with xpz; nobody writes to them."""


@dataclass(frozen=True)
class RunFiles(Job[RunConfig, Status]):
    """What a run has as a job, and its paths."""

    kind = "run"
    module = "core.training.worker"
    config_class = RunConfig
    status_class = Status
    afresh = MappingProxyType({"step": 0})
    temporaries = (
        *(".onnx-*", ".*.npz", ".*.keras", ".*.onnx", ".*.parquet", ".*.jsonl"),
        *(".status.json", ".summary.json"),
    )

    run_id = Job.id

    @property
    def is_shipped(self) -> bool:
        """Whether the run came with xpz: it stays as it is."""
        return self.root == SHIPPED_RUNS

    annotations_path = File("annotations.json")
    model_path = File("model.keras")
    onnx_path = File("model.onnx")
    scaler_path = File("scaler.npz")
    calibration_path = File("calibration.npz")
    checkpoint_path = File("checkpoint.npz")
    predictions_path = File("predictions.parquet")
    densities_path = File("densities.npz")
    seen_path = File("seen.npz")
    wavelength_map_path = File("wavelength_map.npz")
    summary_path = File("summary.json")
    mirror_log_path = File("mlflow.log")
