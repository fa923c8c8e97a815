"""Where in a run's folder everything lies; `core.runs` says what it is for."""

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import core
from core.jobs import Job
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

    @property
    def run_id(self) -> str:
        """Name of the folder, unique in its root."""
        return self.id

    @property
    def is_shipped(self) -> bool:
        """Whether the run came with xpz: it stays as it is."""
        return self.root == SHIPPED_RUNS

    @property
    def annotations_path(self) -> Path:
        """What people wrote on the run; most have nothing."""
        return self.path / "annotations.json"

    @property
    def model_path(self) -> Path:
        """The trained network, for Keras."""
        return self.path / "model.keras"

    @property
    def onnx_path(self) -> Path:
        """The trained network, for ONNX Runtime."""
        return self.path / "model.onnx"

    @property
    def scaler_path(self) -> Path:
        """Scaling of the input."""
        return self.path / "scaler.npz"

    @property
    def calibration_path(self) -> Path:
        """Intervals, training domain and limits of the flags; may be missing."""
        return self.path / "calibration.npz"

    @property
    def checkpoint_path(self) -> Path:
        """State after the last finished epoch, from which a resume goes on."""
        return self.path / "checkpoint.npz"

    @property
    def predictions_path(self) -> Path:
        """Predictions for the test part."""
        return self.path / "predictions.parquet"

    @property
    def densities_path(self) -> Path:
        """p(z) of the test part; only networks that give it have one."""
        return self.path / "densities.npz"

    @property
    def seen_path(self) -> Path:
        """Ids of the galaxies that the network has seen; older runs have none."""
        return self.path / "seen.npz"

    @property
    def wavelength_map_path(self) -> Path:
        """Which wavelengths carry the redshift; may be missing."""
        return self.path / "wavelength_map.npz"

    @property
    def summary_path(self) -> Path:
        """The result; its presence marks the run complete."""
        return self.path / "summary.json"

    @property
    def mirror_log_path(self) -> Path:
        """Output of the process that mirrors the run to a server; most have none."""
        return self.path / "mlflow.log"
