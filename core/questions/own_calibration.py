"""A run calibrated by its validation part: ``python -m core.questions.own_calibration FOLDER``."""

import sys
from dataclasses import dataclass
from pathlib import Path

from core.jobs import worker
from core.prediction.calibration.recalibration import recalibrate
from core.questions.about_data import AboutData
from core.questions.question import Question, Report, work


@dataclass(frozen=True)
class OwnCalibration(Question[AboutData]):
    """The calibration that a run lacks, made with the data set that it was trained on.

    It is put into the run, and so is nothing to read here; the run's files are others afterwards,
    and so is whatever is asked about them.
    """

    kind = "calibration"
    what = "calibrate"
    module = "core.questions.own_calibration"
    config_class = AboutData

    def answer(self, report: Report) -> None:
        """Calibrate the run as `xpz calibrate` does; what it writes, it writes as a whole."""
        (run,) = self.config.open_runs()
        self.update(message=f"Calibrating {run.run_id} with its validation part")
        recalibrate(run, Path(self.config.data))


if __name__ == "__main__":
    sys.exit(worker.main(OwnCalibration, work))
