"""A run calibrated anew with a data set: ``python -m core.questions.recalibration FOLDER``."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.atomic import write_json
from core.jobs import File, worker
from core.jobs.turn import obey
from core.prediction.calibration.recalibrated_run import recalibrate_with
from core.questions.about_data import AboutData
from core.questions.question import Question, Report, work
from core.runs.stored import MEASURES


@dataclass(frozen=True)
class Made:
    """A run that was calibrated anew, and what that changed.

    Attributes
    ----------
    run_id : str
    sentences : tuple of str
        What the calibration did.
    before, after : dict of str to float
        n, and `MEASURES` of the same galaxies, each by a calibration without it.
    covered : tuple of (float, float, float)
        Level, and the share of true redshifts inside intervals of it, before and after.
    """

    run_id: str
    sentences: tuple[str, ...]
    before: dict[str, float]
    after: dict[str, float]
    covered: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Recalibration(Question[AboutData]):
    """The making of a run by calibrating another one with the galaxies of a data set."""

    kind = "calibration"
    what = "recalibrate"
    module = "core.questions.recalibration"
    config_class = AboutData

    made_path = File("made.json")

    def answer(self, report: Report) -> None:
        """Make the run as `xpz calibrate --data` does, beside those that the answers are kept with.

        See `core.prediction.calibration.recalibrated_run`.
        """
        (run,) = self.config.open_runs()

        def say(sentence: str) -> None:
            obey(self)
            self.update(message=sentence)

        made = recalibrate_with(run, Path(self.config.data), runs_dir=self.root, progress=say)
        tables: dict[str, Any] = {
            name: {measure: table[measure] for measure in ("n", *MEASURES)}
            for name, table in (("before", made.before), ("after", made.after))
        }
        told = {"sentences": made.sentences(), "covered": made.covered, **tables}
        write_json(self.made_path, {"run_id": made.run.run_id, **told})

    def read(self) -> Made:
        """Return what was made, which may have been deleted since.

        Raises a `DamagedError` if the file is missing or damaged.
        """
        made = self.read_as(Made, self.made_path.name)
        self.used()
        return made


if __name__ == "__main__":
    sys.exit(worker.main(Recalibration, work))
