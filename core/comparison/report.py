"""A comparison as one JSON-ready dictionary."""

import dataclasses
from typing import Any

from core.comparison.galaxies import Common
from core.comparison.seeds import seed_table
from core.comparison.settings import facts_table, settings_table
from core.evaluation.comparison import Scores, differences, score, verdict
from core.evaluation.report import jsonable


def compare(
    common: Common,
    *,
    all_settings: bool = False,
    n_resamples: int | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Compare estimates of the same galaxies, each with the first.

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
        "names": [...],
        "run_ids": {<name>: id},
        "settings": {<setting>: {<run>: value}}, "facts": {<fact>: {<run>: value}},
        "metrics": {<name>: {<metric>: {"value", "low", "high"}}}, "reference": name,
        "differences": {<name>: {<metric>: {fields of Difference, "better", "sentence"}}},
        "seeds": [rows of seed_table]}``. What is undefined is None.
    """
    names = [subject.name for subject in common.subjects]
    runs = {subject.name: subject.run for subject in common.subjects if subject.run is not None}
    scores = {
        subject.name: score(subject.predictions, n_resamples=n_resamples, seed=seed)
        for subject in common.subjects
    }
    reference, *others = names
    in_order = list(runs.values())
    report = {
        "galaxies": {
            "title": common.title,
            "n": len(common),
            "n_seen": common.n_seen,
            "unchecked": list(common.unchecked),
            "n_without_ugc": common.n_without_ugc,
        },
        "names": names,
        "run_ids": {name: run.run_id for name, run in runs.items()},
        "settings": settings_table(in_order, differing_only=not all_settings).to_dict("index"),
        "facts": facts_table(in_order).to_dict("index"),
        "metrics": {name: _metrics(each) for name, each in scores.items()},
        "reference": reference,
        "differences": {
            name: _differences(reference, scores[reference], name, scores[name]) for name in others
        },
        "seeds": seed_table(runs, {name: scores[name].metrics for name in runs}).to_dict("records"),
    }
    return jsonable(report)


def _metrics(scores: Scores) -> dict[str, dict[str, float]]:
    table = {}
    for metric, value in scores.metrics.items():
        low, high = scores.interval(metric)
        table[metric] = {"value": value, "low": low, "high": high}
    return table


def _differences(name_a: str, a: Scores, name_b: str, b: Scores) -> dict[str, dict[str, Any]]:
    return {
        metric: {
            **dataclasses.asdict(found),
            "better": {"a": name_a, "b": name_b, None: None}[found.better],
            "sentence": verdict(name_a, name_b, found),
        }
        for metric, found in differences(a, b).items()
    }
