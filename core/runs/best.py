"""Which of several runs is the best, as far as the validation parts of their data tell."""

import json
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress

from core.amounts import n_of
from core.data.instrument import Instrument
from core.errors import XpzError
from core.runs.run import Run
from core.runs.stored import VALIDATED_MAE
from core.versions import kept

ENOUGH = 1_000
"""Galaxies of a validation part from which its MAE is comparable.

Errors scatter by about as much as their mean is, so the MAE of n is known to 1 / sqrt(n): 3 %.
"""

UNKNOWN = "unknown"


def validation_mae(run: Run) -> float | None:
    """Return a complete run's MAE of the validation part, with its calibration as in use.

    Of older runs it is that of the epoch whose weights they have: with p(z), before calibration.
    None where the run is not complete or its files do not tell; of a calibration anew, whose
    redshifts are others than its network's.
    """
    try:
        summary = run.summary()
        if summary is None or run.config.recalibrated is not None:
            return None
        if (told := summary.get(VALIDATED_MAE)) is not None:
            return float(told)
        return kept(run.metrics_path, lambda: _of_epoch(run, summary.get("best_epoch")), "val_mae")
    except (XpzError, OSError):
        return None


def _of_epoch(run: Run, best: object) -> float | None:
    lines = run.metrics_path.read_bytes().splitlines()
    restored = run.config.recipe.training.restore_best_weights
    # Its line alone, as there are a thousand runs of a hundred epochs each.
    line = best - 1 if restored and isinstance(best, int) else len(lines) - 1
    if not 0 <= line < len(lines):
        return None
    with run.reading(run.metrics_path.name):
        mae = float(json.loads(lines[line])["val_mae"])
    return mae if math.isfinite(mae) else None


def best_run(runs: Iterable[Run]) -> Run | None:
    """Return the calibrated run of the lowest MAE of the validation part; None without one.

    The validation part, and not the test part: whoever chooses by the test part makes its numbers
    look better than they are. Runs are compared with their like alone, for the others' errors tell
    of another task: those on spectra of the same release and origin, of `ENOUGH` galaxies of the
    validation part or all of fewer. Among these groups, one whose origin is known comes before
    others, then one of enough galaxies, then that of the newest run. None that people have set
    aside; and none that was calibrated anew, which answers for galaxies of its kind alone.
    """
    able = [run for run in runs if _can_be_chosen(run)]
    errors = {run: mae for run in able if (mae := validation_mae(run)) is not None}
    if not errors:
        return None
    first = min(errors, key=_behind)  # of several the newest, as runs are listed
    alike = [run for run in errors if (_behind(run), _task(run)) == (_behind(first), _task(first))]
    return min(alike, key=lambda run: (errors[run], -n_validation(run)))


def n_validation(run: Run) -> int:
    """Return how many galaxies a run's validation part has; 0 where its summary does not tell."""
    found = (run.summary() or {}).get("n_validation", 0)
    return found if isinstance(found, int) else 0


def why_best(best: Run) -> str:
    """Say by what a run is the best: 'the best calibrated run on ...', for the screens."""
    data, n = best.config.data, n_validation(best)
    of = data.known_instrument.release
    spectra = " ".join(filter(None, (of, "spectra"))) + " of unknown origin"
    if data.origin != UNKNOWN:
        spectra = " ".join(filter(None, (data.origin, of, "spectra")))
    galaxies = f" ({n_of(n, 'galaxy')})" if n else ""
    return (
        f"the best calibrated run on {spectra}: the lowest MAE of the validation part{galaxies}, "
        f"{validation_mae(best):.4f}"
    )


def why_others_are_not_ranked(best: Run, runs: Iterable[Run]) -> str:
    """Say which of the runs cannot be compared with the best one; '' where all can."""
    others = [run for run in runs if _can_be_chosen(run) and validation_mae(run) is not None]
    unlike = [run for run in others if _task(run) != _task(best)]
    few = [run for run in others if n_validation(run) < ENOUGH <= n_validation(best)]
    reasons = [
        *["on spectra of another origin or release"] * bool(unlike),
        *[f"with fewer than {ENOUGH:,} galaxies in the validation part"] * bool(few),
    ]
    return f"Not compared with it: runs {' or '.join(reasons)}." if reasons else ""


def best_run_for(runs: Iterable[Run], instruments: Sequence[Instrument]) -> Run | None:
    """Return the best calibrated run for spectra of these instruments; None where none knows them.

    That of `best_run`, unless its spectra differ from these; then the best that was trained on such
    spectra, else the first of those that were calibrated anew with some.
    """
    listed = list(runs)
    best = best_run(listed)
    if best is not None and not any(_learnt(best).differences(each) for each in instruments):
        return best
    knowing = [run for run in listed if _knows(run, instruments)]
    anew = (run for run in knowing if run.config.recalibrated is not None and _is_whole(run))
    return best_run(knowing) or next(anew, None)


def _knows(run: Run, instruments: Sequence[Instrument]) -> bool:
    with suppress(XpzError, OSError):
        ours = _learnt(run)
        return all(
            ours.can_be_compared(each) and not ours.differences(each) for each in instruments
        )
    return False


def _learnt(run: Run) -> Instrument:
    return run.config.data.known_instrument


def _behind(run: Run) -> tuple[bool, bool]:
    """Return by what a run comes behind others, whatever its error is."""
    return run.config.data.origin == UNKNOWN, n_validation(run) < ENOUGH


def _task(run: Run) -> tuple[str, str]:
    """Return what a run's spectra are: the release of the instrument, and where they come from."""
    data = run.config.data
    return data.known_instrument.release, data.origin


def _can_be_chosen(run: Run) -> bool:
    return _is_whole(run) and run.config.recalibrated is None


def _is_whole(run: Run) -> bool:
    able = run.is_complete and run.calibration_path.is_file() and run.damage() is None
    return able and not run.annotations().archived
