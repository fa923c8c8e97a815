"""Which of several runs is the best, as far as the validation parts of their data tell."""

import json
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress

from core.data.instrument import Instrument
from core.errors import XpzError
from core.runs.run import Run
from core.versions import kept


def validation_mae(run: Run) -> float | None:
    """Return a complete run's MAE of the validation part, of the epoch whose weights it has.

    None where the run is not complete or its files do not tell; of a calibration anew, whose
    redshifts are others than its network's.
    """
    try:
        summary = run.summary()
        if summary is None or run.config.recalibrated is not None:
            return None
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
    look better than they are. Only runs on spectra of the same release and origin as those of the
    first calibrated run are compared, for the others' errors tell of another task; none that people
    have set aside; and none that was calibrated anew, which answers for galaxies of its kind alone.
    """
    able = [run for run in runs if _can_be_chosen(run)]
    alike = [run for run in able if _task(run) == _task(able[0])]
    errors = {run: mae for run in alike if (mae := validation_mae(run)) is not None}
    return min(errors, key=errors.__getitem__, default=None)


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


def _task(run: Run) -> tuple[str, str]:
    """Return what a run's spectra are: the release of the instrument, and where they come from."""
    data = run.config.data
    return data.known_instrument.release, data.origin


def _can_be_chosen(run: Run) -> bool:
    return _is_whole(run) and run.config.recalibrated is None


def _is_whole(run: Run) -> bool:
    able = run.is_complete and run.calibration_path.is_file() and run.damage() is None
    return able and not run.annotations().archived
