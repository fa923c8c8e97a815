"""On which galaxies runs can be compared: those that all have and none was trained with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from core.amounts import n_of
from core.comparison.same_galaxies import aligned
from core.comparison.subject import Subject, names_of
from core.comparison.ugc import NAME as UGC
from core.comparison.ugc import ugc_predictions
from core.data.account import Account
from core.data.dataset import Galaxies
from core.errors import DataError, RunError
from core.prediction.dataset import TRAINED_WITH, predict_fairly
from core.prediction.seen import account_of, are_row_numbers, used_for_estimates
from core.runs import Run
from core.shell import command


@dataclass(frozen=True, eq=False)
class Common:
    """Estimates of the same galaxies, by rising source_id.

    Attributes
    ----------
    title : str
        Which galaxies, for people.
    subjects : tuple of Subject
        In the order in which they were asked for.
    n_seen : int
        Galaxies left out because a run was trained or validated with them.
    unchecked : tuple of str
        Runs of which nobody can tell what they were trained with: theirs may be too good.
    n_without_ugc : int
        Galaxies that no run has seen, left out because UGC gives no redshift of them.
    account : Account
        What became of all galaxies of the test parts, or of the data set.
    """

    title: str
    subjects: tuple[Subject, ...]
    n_seen: int = 0
    unchecked: tuple[str, ...] = ()
    n_without_ugc: int = 0
    account: Account = field(default_factory=lambda: Account("galaxies"))

    def __len__(self) -> int:
        return len(self.subjects[0].predictions)

    @property
    def left_out(self) -> dict[str, int]:
        """How many galaxies are left out, by words for why."""
        counts = {
            "that a run was trained with": self.n_seen,
            f"without a redshift of {UGC}": self.n_without_ugc,
        }
        return {words: n for words, n in counts.items() if n}


def common_test_part(runs: Sequence[Run]) -> Common:
    """Return the runs' own predictions for the galaxies that are in the test part of all.

    Raises
    ------
    RunError
        If a run is not complete, galaxies cannot be recognised, the test parts
        share none, or a run may have started from one that was trained with them.
    DataError
        If a galaxy has one true redshift in one run and another in another.
    ConfigError
        If a run is given twice.
    """
    names = names_of(runs)
    subjects = [
        Subject(name, run.predictions(), run) for name, run in zip(names, runs, strict=True)
    ]
    if len({run.config.data.hash for run in runs}) > 1:
        for subject, run in zip(subjects, runs, strict=True):
            if _are_row_numbers(subject.predictions["source_id"], run):
                raise RunError(
                    f"The galaxies of '{subject.name}' have no ids, only row numbers, so they "
                    "cannot be matched to the test part of a run that was trained on other data. "
                    "Compare the runs on one data set."
                )
    try:
        shared = aligned(subjects)
    except RunError as error:
        raise _elsewhere(str(error), names, runs) from error
    ids = shared[0].predictions["source_id"].to_numpy()
    seen = np.zeros(len(ids), bool)
    for name, run in zip(names, runs, strict=True):
        # In its own test part, only what a run started from can have seen a galaxy.
        data = run.config.data
        numbered = _are_row_numbers(ids, run)
        used = used_for_estimates(
            run, ids, numbered=numbered, data_hash=data.hash, origin=data.origin
        )
        if used is None:
            raise RunError(
                f"Whether '{name}' has seen galaxies of the common test part cannot be checked: "
                "the run that it started from is missing or does not record its training "
                "galaxies, or the galaxies have no ids. Restore that run, or compare without it."
            )
        seen |= used
    if seen.all():
        shared_by_all = (
            f"The test parts share {n_of(len(ids), 'galaxy')}, and all were used to train one of "
            "the runs."
        )
        raise _on_one_data_set(shared_by_all, runs)
    kept = tuple(subject.take(~seen) for subject in shared)
    every = np.unique(np.concatenate([each.predictions["source_id"] for each in subjects]))
    title, elsewhere = "the common test part", "not in the test part of every run"
    if any(run.config.recalibrated is not None for run in runs):
        title, elsewhere = "those that every run is judged on", "some run is not judged on it"
    left_out = {elsewhere: len(every) - len(ids), TRAINED_WITH: int(seen.sum())}
    account = account_of(every, left_out)
    return Common(title, kept, int(seen.sum()), account=account)


def common_dataset(
    runs: Sequence[Run],
    dataset: Galaxies,
    *,
    with_ugc: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Common:
    """Predict the galaxies of a data set that no run was trained or validated with.

    A run that was calibrated with this data set gives each of its galaxies the redshift of a
    calibration without it.

    Parameters
    ----------
    runs : sequence of Run
        Complete runs.
    dataset : Galaxies
        A data set, or one on disk.
    with_ugc : bool
        Compare Gaia's UGC as well, on the galaxies of which it gives a redshift.
    progress : callable, optional
        Called with the number of spectra done and their total, over all runs.

    Raises
    ------
    DataError
        If no galaxy is left, or UGC's redshifts are asked for and there are none.
    RunError
        If a run is not complete or damaged.
    ConfigError
        If a run is given twice.
    """
    names = names_of(runs)
    # Before the runs', which take their time: there may be none.
    others = [Subject(UGC, ugc_predictions(dataset))] if with_ugc else []
    seen, unchecked = np.zeros(len(dataset), bool), []
    ids, card = dataset.source_id, dataset.card
    numbered = are_row_numbers(ids)
    for name, run in zip(names, runs, strict=True):
        used = used_for_estimates(
            run, ids, numbered=numbered, data_hash=card.hash, origin=card.origin
        )
        if used is None:
            unchecked.append(name)
        else:
            seen |= used
    kept = ~seen
    for other in others:
        kept &= np.isin(dataset.source_id, other.predictions["source_id"])
    if not kept.any():
        raise DataError(
            f"{dataset.card.name}: every galaxy{' that UGC knows' if with_ugc else ''} was used "
            "to train one of the runs; compare them on another data set."
        )
    n = int(kept.sum())
    subjects = []
    for number, (name, run) in enumerate(zip(names, runs, strict=True)):

        def show(done: int, _: int, before: int = number * n) -> None:
            if progress is not None:
                progress(before + done, len(runs) * n)

        subjects.append(Subject(name, predict_fairly(run, dataset, show, kept), run))
    found, without_ugc = aligned([*subjects, *others]), ~seen & ~kept
    counts = int(seen.sum()), int(without_ugc.sum())
    left_out = dict(zip((TRAINED_WITH, f"no redshift of {UGC}"), counts, strict=True))
    account = account_of(dataset.source_id, left_out, n_files=1)
    return Common(dataset.card.name, found, counts[0], tuple(unchecked), counts[1], account)


def _elsewhere(why: str, names: Sequence[str], runs: Sequence[Run]) -> RunError:
    """Say on what runs can be compared whose own galaxies are others."""
    for name, run in zip(names, runs, strict=True):
        if run.config.recalibrated is not None:
            judged_on = (
                f"'{name}' is judged on those of '{run.config.data.name}' that it was calibrated "
                "with."
            )
            return _on_one_data_set(f"{why} {judged_on}", [run], "that data set")
    sets = dict.fromkeys(f"'{run.config.data.name}'" for run in runs)
    return _on_one_data_set(f"{why} They were trained on {' and '.join(sets)}.", runs)


def _on_one_data_set(why: str, runs: Sequence[Run], which: str = "one data set") -> RunError:
    """Say how runs are compared on the galaxies of a data set that none was trained with.

    The command is told one of the data sets of `runs` that is here.
    """
    here = (str(run.data_path) for run in runs if run.data_path.is_file())
    data = command("--data", next(here, "FILE"))
    ways = f"give {data}", "choose it in the sidebar and at Compared on"
    by_command, on_screens = (
        f"{why} Compare them on {which}: {way}. Those of its galaxies that one of the runs was "
        "trained with are left out."
        for way in ways
    )
    error = RunError(by_command)
    error.on_screens = on_screens
    return error


def _are_row_numbers(source_id: ArrayLike, run: Run) -> bool:
    # Gaia's ids are far beyond the number of rows of any table.
    return np.max(source_id) < run.config.data.n_galaxies
