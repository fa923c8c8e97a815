"""How the predicted redshifts compare with those that the files give, and what chance allows."""

import math
from collections.abc import Mapping

from core.amounts import n_of
from core.data import NO_REDSHIFT
from core.evaluation import KnownRedshifts
from core.prediction import Estimator
from core.runs import Run
from dashboard.shared.messages import plain

RAREST = 1e-6
"""Share of files: of rarer ones people are told that it is less."""


def in_short(found: KnownRedshifts | None, left_out: Mapping[str, int]) -> str:
    """Return the numbers as Markdown, each with what chance allows of so many galaxies.

    And how many rows with a redshift cannot be judged, by the reason. '' where no row has one.
    """
    parts = [] if found is None else _numbers(found)
    if untold := {reason: n for reason, n in left_out.items() if reason != NO_REDSHIFT}:
        reasons = ", ".join(f"{n:,} {plain(reason)}" for reason, n in untold.items())
        rows = n_of(sum(untold.values()), "more row" if parts else "row")
        parts.append(f"{rows} with z_spec left out: {reasons}")
    return " · ".join(parts)


def _numbers(found: KnownRedshifts) -> list[str]:
    known = f"**{found.n:,}** with z_spec"
    if found.n_rows > found.n:
        known = f"**{n_of(found.n, 'galaxy')}** with z_spec, in {n_of(found.n_rows, 'row')}"
    parts = [f"{known}: MAE **{found.mae:.4f}**"]
    if not math.isnan(found.mae_low):
        parts[0] += f" [{found.mae_low:.4f}, {found.mae_high:.4f}]"
    if (within := found.within) is not None:
        low, high = (f"{100 * each / within.n:.1f}" for each in (within.low, within.high))
        parts.append(
            f"**{100 * within.share:.1f} %** inside their {100 * within.level:g} % interval, by "
            f"chance {low} to {high} %"
        )
    return parts


def explained(estimator: Estimator, found: KnownRedshifts) -> str:
    """Return as Markdown what the numbers mean, and where there are better ones."""
    text = ""
    if found.n_rows > found.n:
        text = "A galaxy that comes in several rows counts once, by the first that can be judged. "
    text += (
        "Known redshifts that a data set would not take are left out: zeros, flagged ones where "
        "a column such as ZWARN or CLASS tells, those out of range or that contradict each other. "
        "The MAE with its 95 % interval (bootstrap over the galaxies): with "
        f"{n_of(found.n, 'galaxy')}, chance can move it this far. "
    )
    if (within := found.within) is not None:
        note = estimator.interval_note
        text += f"{plain(note)} " * bool(note)
        text += (
            f"Of {n_of(within.n, 'galaxy')} like those that the run was calibrated with, chance "
            f"leaves {within.low:,} to {within.high:,} inside in 95 % of such files (binomial); "
            f"here it is {within.inside:,}"
        )
        other_prior = "the prior, " * bool(note)
        # Two digits of a tiny probability would need a power of ten, or be a 0.
        rarity = f"{100 * max(within.probability, RAREST):.2g} %"
        if within.probability < RAREST:
            rarity = f"less than {rarity}"
        text += (
            ". "
            if within.is_usual
            else f", and a number as far off comes by chance in {rarity} of them: {other_prior}"
            "a rare file, galaxies that are unlike those of the calibration, or known redshifts "
            "that are wrong. "
        )
    mae, n = _on_its_test_part(estimator.run)
    if mae is not None:
        text += f"On its own {n_of(n, 'test galaxy')} the run has an MAE of {mae:.4f}."
    return text


def _on_its_test_part(run: Run) -> tuple[float | None, int]:
    told = (run.summary() or {}).get("evaluation", {})
    return told.get("mae"), told.get("n", 0)
