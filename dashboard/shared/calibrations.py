"""Calibrations of runs, kept as long as their files stay as they are."""

from pathlib import Path

import streamlit as st

from core.prediction.calibration.calibration import Calibration
from core.runs import Run
from dashboard.shared.store import FileVersion


def calibration_of(run: Run) -> Calibration | None:
    """Return a run's calibration, None where it has none; raises as `Calibration.load`."""
    if not run.calibration_path.is_file():
        return None
    return _calibration(
        run.path, FileVersion.of(run.calibration_path), FileVersion.of(run.onnx_path)
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _calibration(run_path: Path, file: FileVersion, network: FileVersion) -> Calibration | None:
    # The versions are keys of the cache: both files may change.
    return Calibration.load(Run(run_path))
