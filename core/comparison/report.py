"""A comparison as one JSON-ready dictionary."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.comparison.galaxies import Common, common_dataset, common_test_part
from core.comparison.seeds import repetitions, seed_table
from core.comparison.settings import facts_table, settings_table
from core.comparison.subject import keys_by_name
from core.config import require
from core.data.dataset import Dataset, open_dataset
from core.evaluation.comparison import Scores, differences, score, verdict
from core.evaluation.own_interval import own_coverage
from core.evaluation.report import jsonable
from core.runs import Run
from core.runs.finding import open_run


def compare(
    runs: Sequence[Run | str | Path],
    data: Dataset | str | Path | None = None,
    *,
    with_ugc: bool = False,
    runs_dir: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Compare runs with the first of them, on galaxies that none was trained with.

    Parameters
    ----------
    runs : sequence of Run, str or Path
        Runs, their ids or folders.
    data : Dataset, str or Path, optional
        The galaxies; by default those in the test part of all runs.
    with_ugc : bool
        Compare Gaia's UGC as one more run, where the data set has its redshifts.
    runs_dir : str or Path, optional
        Folder of your runs, where ids are looked up.
    progress : callable, optional
        Called with the number of spectra predicted and their total.
    **options
        As of `report_on`.

    Returns
    -------
    dict
        As of `report_on`. Its keys are the runs' ids, also where people gave the runs names, which
        stand in ``names`` and in the sentences: ``differences[run_id][metric]["sentence"]``,
        ``metrics[run_id][metric]["value"]``, ``settings[setting][run_id]``.

    Raises
    ------
    RunError
        If a run is not there or not complete, or the runs have no galaxies in common.
    DataError
        If no galaxy of the data set is left to compare on.
    ConfigError
        If there are fewer than two runs, or a run is given twice.

    Examples
    --------
    >>> import core
    >>> found = core.compare(["dissertation-20k", "compact-20k"], n_resamples=200)
    >>> print(found["differences"]["compact-20k"]["mae"]["sentence"].partition(" on ")[0])
    compact-20k is better than dissertation-20k by 0.00291 ± 0.00033 in MAE
    """
    found = [open_run(run, runs_dir) for run in runs]
    n = len(found)
    require(n + with_ugc >= 2, f"Expected two runs or more to compare, received {n}.")
    if data is None:
        require(not with_ugc, "UGC is compared on a data set that has its redshifts: give `data`.")
        return report_on(common_test_part(found), **options)
    dataset = data if isinstance(data, Dataset) else open_dataset(data)
    common = common_dataset(found, dataset, with_ugc=with_ugc, progress=progress)
    return report_on(common, **options)


def report_on(
    common: Common, *, all_settings: bool = False, n_resamples: int | None = None, seed: int = 0
) -> dict[str, Any]:
    """Compare estimates of the same galaxies, each with the first.

    What is told of an estimate stands under its key, which stays when people rename a run: the
    run's id, or its folder where several of these have the same id; "Gaia UGC" of UGC.

    Parameters
    ----------
    common : Common
        Two estimates or more.
    all_settings : bool
        Tell the settings that are the same in all runs as well.
    n_resamples, seed
        As of `core.evaluation.comparison.score`.

    Returns
    -------
    dict
        ``{"galaxies": {"title", "n", "n_seen", "unchecked", "n_without_ugc"},
        "names": {<key>: what people call it}, in the order in which they were given,
        "settings": {<setting>: {<key>: value}}, "facts": {<fact>: {<key>: value}},
        "metrics": {<key>: {<metric>: {"value", "low", "high"}}},
        "own_interval": {<key>: {as own_coverage}}, "reference": key,
        "differences": {<key>: {<metric>: {as Difference.told, "better": key, "sentence"}}},
        "seeds": [rows of seed_table], "repetitions": [[keys of runs of the same seed]],
        "account": {what became of all galaxies}}``. What is undefined is None; ``unchecked`` and
        the runs of ``seeds`` are keys too. Sentences call runs by their names.
    """
    keys = keys_by_name(common.subjects)
    names = {key: name for name, key in keys.items()}
    subjects = {keys[subject.name]: subject for subject in common.subjects}
    runs = {key: subject.run for key, subject in subjects.items() if subject.run is not None}
    scores = {
        key: score(subject.predictions, n_resamples=n_resamples, seed=seed)
        for key, subject in subjects.items()
    }
    reference, *others = names
    in_order = list(runs.values())
    report = {
        "galaxies": {
            "title": common.title,
            "n": len(common),
            "n_seen": common.n_seen,
            "unchecked": [keys[name] for name in common.unchecked],
            "n_without_ugc": common.n_without_ugc,
        },
        "names": names,
        "settings": settings_table(in_order, differing_only=not all_settings).to_dict("index"),
        "facts": facts_table(in_order).to_dict("index"),
        "metrics": {key: _metrics(each) for key, each in scores.items()},
        "own_interval": {key: own_coverage(each.predictions) for key, each in subjects.items()},
        "reference": reference,
        "differences": {
            key: _differences(scores[reference], scores[key], reference, key, names)
            for key in others
        },
        "seeds": seed_table(runs, {key: scores[key].metrics for key in runs}).to_dict("records"),
        "repetitions": [list(alike) for alike in repetitions(runs)],
        "account": common.account.to_json(),
    }
    return jsonable(report)


def _metrics(scores: Scores) -> dict[str, dict[str, float]]:
    return {
        metric: dict(zip(("value", "low", "high"), (value, *scores.interval(metric)), strict=True))
        for metric, value in scores.metrics.items()
    }


def _differences(
    a: Scores, b: Scores, key_a: str, key_b: str, names: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    return {
        metric: {
            **found.told(),
            "better": {"a": key_a, "b": key_b, None: None}[found.better],
            "sentence": verdict(names[key_a], names[key_b], found),
        }
        for metric, found in differences(a, b).items()
    }
