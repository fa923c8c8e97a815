"""A run calibrated by its validation part: ``python -m core.questions.own_calibration FOLDER``."""

import sys
from dataclasses import dataclass
from pathlib import Path

from core.jobs import worker
from core.prediction.calibration.recalibration import recalibrate
from core.questions.about_data import hash_of, version_of_data
from core.questions.question import Question, Report, work
from core.runs import Run


@dataclass(frozen=True)
class AboutCalibration:
    """Which network is to be calibrated, and with what.

    Not by what else the run holds, which changes while it is done: the question stays the same.

    Attributes
    ----------
    run, network : str
        Folder of the run, and the hash of its network.
    data, data_version : str
        File of its data set, and `version_of_data`.
    """

    run: str
    network: str
    data: str
    data_version: str
    device: str | None = None
    created: str = ""


@dataclass(frozen=True)
class OwnCalibration(Question[AboutCalibration]):
    """The calibration that a run lacks, made with the data set that it was trained on.

    It is put into the run, and so is nothing to read here; the run's files are others afterwards,
    and so is whatever is asked about them.
    """

    kind = "calibration"
    what = "calibrate"
    module = "core.questions.own_calibration"
    config_class = AboutCalibration

    def answer(self, report: Report) -> None:
        """Calibrate the run as `xpz calibrate` does; what it writes, it writes as a whole."""
        run = Run(Path(self.config.run))
        self.update(message=f"Calibrating {run.title} with its validation part")
        recalibrate(run, Path(self.config.data))


def about_calibration(run: Run, data: Path) -> AboutCalibration:
    """Return a question about the calibration of a run's network as it is, with its data set."""
    path = data.resolve()
    return AboutCalibration(
        str(run.path.resolve()), hash_of(run.onnx_path), str(path), version_of_data(path)
    )


if __name__ == "__main__":
    sys.exit(worker.main(OwnCalibration, work))
