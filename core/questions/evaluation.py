"""How good is a run on a data set: ``python -m core.questions.evaluation FOLDER``."""

import sys
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.atomic import replacing, write_json
from core.data.account import Account
from core.evaluation.report import completed, evaluate_table
from core.jobs import File, worker
from core.npz import read_npz, write_npz
from core.prediction.dataset import Predicted, predict_unseen
from core.prediction.notices import Notice
from core.questions.about_data import AboutData
from core.questions.question import Question, Report, work


@dataclass(frozen=True)
class Evaluation(Question[AboutData]):
    """The redshifts that one run gives the galaxies of a data set, and their numbers."""

    kind = "evaluation"
    what = "evaluate"
    module = "core.questions.evaluation"
    config_class = AboutData

    predictions_path = File("predictions.parquet")
    rows_path = File("rows.npz")
    report_path = File("report.json")

    def answer(self, report: Report) -> None:
        """Predict the data set as `xpz evaluate` does, and judge it."""
        (run,) = self.config.open_runs()
        found = predict_unseen(
            run,
            self.config.data,
            with_seen=self.config.with_seen,
            other_instrument=self.config.other_instrument,
            progress=report,
        )
        numbers = evaluate_table(found.predictions)
        with replacing(self.predictions_path) as temporary:
            found.predictions.to_parquet(temporary)
        write_npz(self.rows_path, rows=found.rows)
        about = {"notices": list(map(asdict, found.notices)), "account": found.account.to_json()}
        write_json(self.report_path, {"report": numbers, **about})

    def read(self) -> tuple[Predicted, dict[str, Any]]:
        """Return the redshifts, and their numbers as `evaluate_table` gives them.

        Raises
        ------
        DamagedError
            If a file of the answer is missing or damaged.
        """
        stored = self.read_json(self.report_path.name)
        with self.reading(self.rows_path.name):
            rows = read_npz(self.rows_path)["rows"]
        with self.reading(self.report_path.name):
            notices = tuple(Notice(**each) for each in stored["notices"])
            account, numbers = Account.from_json(stored["account"]), stored["report"]
        table = read_table(self, self.predictions_path.name)
        self.used()
        # An older xpz may have answered.
        return Predicted(table, np.asarray(rows), notices, account), completed(numbers, table)


def read_table(question: Question[Any], name: str) -> pd.DataFrame:
    """Return a table of an answer."""
    with question.reading(name):
        return pd.read_parquet(question.path / name)


if __name__ == "__main__":
    sys.exit(worker.main(Evaluation, work))
