"""Which of several runs is best on the same galaxies: ``python -m core.questions.comparison``."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.atomic import replacing, write_json
from core.comparison.beside_ugc import with_ugc, without_bad_zones
from core.comparison.galaxies import Common, common_dataset, common_test_part
from core.comparison.subject import Subject
from core.comparison.ugc import NAME as UGC
from core.comparison.ugc import read_ugc_predictions
from core.data.account import Account
from core.data.dataset import open_dataset
from core.evaluation.comparison import Scores, score
from core.jobs import File, worker
from core.npz import read_npz, write_npz
from core.questions.about_data import AboutData
from core.questions.evaluation import read_table
from core.questions.question import Question, Report, work
from core.runs import Run


@dataclass(frozen=True)
class Comparison(Question[AboutData]):
    """The redshifts that several runs give the same galaxies, and their resampled numbers."""

    kind = "comparison"
    what = "compare"
    module = "core.questions.comparison"
    config_class = AboutData

    about_path = File("about.json")
    resamples_path = File("resamples.npz")

    def answer(self, report: Report) -> None:
        """Find the common galaxies as `xpz compare` does, and resample them."""
        asked = self.config
        common = find_common(asked.open_runs(), asked.data, asked.ugc_from, report)
        if asked.without_bad_zones:
            common = without_bad_zones(common)
        found = [score(each.predictions) for each in common.subjects]
        for number, subject in enumerate(common.subjects):
            with replacing(self.path / _table(number)) as temporary:
                subject.predictions.to_parquet(temporary)
        resamples = {
            f"{number}-{metric}": values
            for number, scores in enumerate(found)
            for metric, values in scores.resamples.items()
        }
        write_npz(self.resamples_path, **resamples)
        scores = [
            {name: value for name, value in vars(each).items() if name != "resamples"}
            for each in found
        ]
        about = {
            "title": common.title,
            "n_seen": common.n_seen,
            # By their place: people may call a run something else by tomorrow.
            "unchecked": [_place(common, name) for name in common.unchecked],
            "n_without_ugc": common.n_without_ugc,
            "account": common.account.to_json(),
            "scores": scores,
        }
        write_json(self.about_path, about)

    def read(self, names: Sequence[str], runs: Sequence[Run]) -> tuple[Common, dict[str, Scores]]:
        """Return the comparison, under the names that the runs have now.

        Raises
        ------
        DamagedError
            If a file of the answer is missing or damaged.
        """
        called: list[tuple[str, Run | None]] = list(zip(names, runs, strict=True))
        if self.config.ugc_from:
            called.append((UGC, None))
        about = self.read_json(self.about_path.name)
        subjects = tuple(
            Subject(name, read_table(self, _table(number)), run)
            for number, (name, run) in enumerate(called)
        )
        with self.reading(self.resamples_path.name):
            arrays = read_npz(self.resamples_path)
        with self.reading(self.about_path.name):
            scores: dict[str, Scores] = {}
            for number, (name, _) in enumerate(called):
                stored: dict[str, Any] = about["scores"][number]
                resamples = {each: arrays[f"{number}-{each}"] for each in stored["metrics"]}
                scores[name] = Scores(**stored, resamples=resamples)
            common = Common(
                about["title"],
                subjects,
                about["n_seen"],
                tuple(called[place][0] for place in about["unchecked"]),
                about["n_without_ugc"],
                Account.from_json(about["account"]),
            )
        self.used()
        return common, scores


def find_common(runs: Sequence[Run], data: str, ugc_from: str, report: Report) -> Common:
    """Return the galaxies of a data set, or of the test parts, that no run has seen.

    With redshifts of Gaia's UGC, if a data set with them is named.
    """
    if data:
        opened = open_dataset(data)
        return common_dataset(runs, opened, with_ugc=bool(ugc_from), progress=report)
    common = common_test_part(runs)
    ugc = read_ugc_predictions(Path(ugc_from)) if ugc_from else None
    return common if ugc is None else with_ugc(common, ugc)


def _table(number: int) -> str:
    return f"subject-{number}.parquet"


def _place(common: Common, name: str) -> int:
    return [each.name for each in common.subjects].index(name)


if __name__ == "__main__":
    sys.exit(worker.main(Comparison, work))
