"""A run calibrated anew with the user's own galaxies: the same network, in a run of its own."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.clock import utc_now
from core.config import to_dict
from core.data.dataset import Dataset, open_dataset, read_some
from core.data.galaxies import Galaxies
from core.data.kept import file_of
from core.data.split import split_by_source
from core.errors import DataError, RunError
from core.evaluation.report import evaluate_table
from core.jobs.roots import new_id
from core.prediction.calibration.before_after import BeforeAfter, before_and_after
from core.prediction.calibration.calibration import IN_SUMMARY, Calibration
from core.prediction.calibration.changes import changes
from core.prediction.calibration.correction import N_FOLDS, folds
from core.prediction.calibration.densities_file import write_densities
from core.prediction.calibration.recalibrated_folder import make_run
from core.prediction.dataset import predict_with
from core.prediction.notices import Notice, of_seen
from core.prediction.predictor import Predictor
from core.prediction.seen import are_row_numbers, read_seen, used_in_training, write_ids
from core.runs import (
    SUMMARY_SCHEMA,
    DataReference,
    Run,
    RunConfig,
    Start,
    as_name,
    name_after,
    runs_folder,
)
from core.runs.finding import open_run
from core.runs.stored import BEFORE, SUMMARY
from core.shell import command
from core.stored import is_there

MIN_USED = 60
"""What is left of them where a fifth judges must suffice for a calibration (`needed`)."""

MAX_USED = 100_000
"""More galaxies would make a calibration no better, and take minutes."""


@dataclass(frozen=True, eq=False)
class Recalibrated:
    """A run calibrated anew.

    Attributes
    ----------
    run : Run
        The new one.
    calibration : Calibration
    before, after : dict
        Of the same galaxies, by the run as it was and by the new one, as `evaluate_table` returns.
    covered : tuple of (float, float, float)
        Level, and the share of true redshifts inside intervals of it, before and after.
    notices : tuple of Notice
        What people must know.
    """

    run: Run
    calibration: Calibration
    before: dict[str, Any]
    after: dict[str, Any]
    covered: tuple[tuple[float, float, float], ...]
    notices: tuple[Notice, ...]

    def sentences(self) -> tuple[str, ...]:
        """Say what the calibration did."""
        return changes(self.calibration)

    def rows(self) -> tuple[BeforeAfter, ...]:
        """Return the numbers before and after that tell it."""
        return before_and_after(self.before, self.after, self.covered)


def recalibrate_with(
    run: Run | str | Path,
    data: Dataset | str | Path,
    *,
    name: str | None = None,
    runs_dir: str | Path | None = None,
    run_id: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Recalibrated:
    """Calibrate a run anew with galaxies of known redshift, a few hundred, without a training.

    The network stays; redshifts, intervals, p(z), the n(z) that p(z) assumes and the limits of the
    flags become those of galaxies like these: of another instrument, say, or another survey. What
    comes of it is a run of its own, whose predictions are these galaxies', each by a calibration
    that it had no part in (five folds). Galaxies that the run has seen are left out.
    `DensityCalibration.refitted` and `Intervals.refitted` say how it is done.

    Parameters
    ----------
    run : Run, str or Path
        A complete run with a calibration, its id or its folder; it stays as it is.
    data : Dataset, str or Path
        Data set, better its file: one in memory is first written to the folder of your data sets.
    name : str, optional
        What to call the new run, at most 80 characters.
    runs_dir : str or Path, optional
        Folder that gets the run; by default `runs`, or what `XPZ_RUNS_DIR` names.
    run_id : str, optional
        Name of the run's folder, of which there is none yet; made from `name` by default.
    progress : callable, optional
        Called with a sentence on what is being done.

    Raises
    ------
    ConfigError
        If the name is too long.
    DataError
        If the data set cannot be read, or too few galaxies are left.
    RunError
        If there is no such run, or it is not complete, not calibrated, damaged, or itself one that
        was calibrated anew.

    Examples
    --------
    >>> import core
    >>> galaxies = core.load_dataset("data/simulated-20k.parquet").take(range(300))
    >>> found = core.recalibrate_with("compact-520k", galaxies, name="Mine")  # doctest: +SKIP
    >>> found.after["density"]["coverage"][1]["coverage"]  # doctest: +SKIP
    0.68
    """
    name = as_name(name or "")
    run, root = open_run(run, runs_dir), runs_folder() if runs_dir is None else Path(runs_dir)
    summary, known = require_calibrated(run)
    path = file_of(data)
    whole = open_dataset(path)
    used = used_in_training(run, whole)
    rows = np.flatnonzero(np.ones(len(whole), bool) if used is None else ~used)
    if len(rows) < MIN_USED:
        raise DataError(
            f"{path}: expected at least {MIN_USED} galaxies that {run.title} was not trained "
            f"with, better 300; received {len(rows)} of {len(whole)}. Give more, or others."
        )
    rows = np.sort(np.random.default_rng(0).permutation(rows)[:MAX_USED])
    galaxies = read_some(whole, rows)
    tell = progress or (lambda _: None)
    tell(f"Predicting {n_of(len(rows), 'galaxy')} with the network of {run.title}")
    predictor = Predictor(run.path)
    ask = predictor.mixtures if predictor.head == "mixture" else predictor.predict
    predicted = ask(galaxies.flux, galaxies.flux_error)
    before = predict_with(predictor, known, galaxies)
    tell("Calibrating")
    calibration = known.refitted(galaxies, predicted)
    parts, held = [], []
    for fold, (fitted, left) in enumerate(folds(len(rows))):
        tell(f"Judging it on galaxies that it was not fitted to: {fold + 1} of {N_FOLDS}")
        some = predicted[fitted] if isinstance(predicted, np.ndarray) else predicted.take(fitted)
        of_fold = known.refitted(galaxies.take(fitted), some)
        parts.append(predict_with(predictor, of_fold, galaxies.take(left)).set_index(left))
        # By the calibration of all, intervals of a run without p(z) would hold them by themselves.
        held.append(_coverage(of_fold, parts[-1]))
    predictions = pd.concat(parts).sort_index().reset_index(drop=True)
    reports = [evaluate_table(table) for table in (before, predictions)]
    share_before, sizes = _coverage(known, before), [len(part) for part in parts]
    covered = tuple(
        (level, share, float(np.average([each[level] for each in held], weights=sizes)))
        for level, share in share_before.items()
        if all(level in each for each in held)
    )
    # Whoever asks for an id knows the run by it.
    origin = "" if run_id else run.annotations().name
    called = name or name_after(origin, f"calibrated with {whole.card.name}")
    config = _config(run, whole, path, root, name)
    config = replace(config, run_id=run_id or config.run_id)
    split = split_by_source(galaxies.source_id, config.split)
    result = {
        **{name: value for name, value in summary.items() if name in SUMMARY},
        "run_id": config.run_id,
        "schema": SUMMARY_SCHEMA,
        "preset": config.preset,
        **{"n_train": 0, "n_validation": len(rows), "n_test": len(rows)},
        "split_hash": split.hash,
        "data_hash": config.data.hash,
        "instrument": to_dict(config.data.known_instrument),
        "coverage": {
            f"{100 * level:.0f}": after for level, _, after in covered if level in IN_SUMMARY
        },
        "evaluation": reports[1],
        BEFORE: reports[0],
    }

    def fill(made: Run) -> None:
        calibration.save(made.calibration_path)
        predictions.to_parquet(made.predictions_path)
        if calibration.densities is not None:
            write_densities(made, calibration.densities, galaxies)
        _keep_seen(run, made, whole.source_id, galaxies.source_id)
        if called:
            made.call(called)
        made.write_summary(result)

    made = make_run(run, root, config, fill)
    notices = of_seen(run.title, used, kept=False)
    return Recalibrated(made, calibration, reports[0], reports[1], covered, notices)


def _coverage(calibration: Calibration, predictions: pd.DataFrame) -> dict[float, float]:
    """Return the share of true redshifts inside their intervals, by level."""
    table = calibration.coverage(predictions)
    return dict(zip(table["level"], table["coverage"], strict=True))


def require_calibrated(run: Run) -> tuple[dict[str, Any], Calibration]:
    """Return summary and calibration of a run that can be calibrated anew; else a `RunError`."""
    summary, known = run.result(), Calibration.load(run)
    if summary is None:
        raise RunError(
            f"Run '{run.title}' is not complete, its state is '{run.status().state}': choose one "
            "that is done."
        )
    if run.config.recalibrated is not None:
        raise RunError(
            f"Run '{run.title}' was calibrated anew already. Take the run that it came from"
            + (f", '{run.config.start.run_id}'." if run.config.start is not None else ".")
        )
    if known is None:
        raise RunError(
            f"Run '{run.title}' has no calibration that could be changed. Make one with the data "
            f"set that it was trained on: {command('xpz', 'calibrate', '--run', run.path)}"
        )
    return summary, known


def _config(run: Run, whole: Galaxies, path: Path, root: Path, name: str) -> RunConfig:
    """Return what the new run says of itself."""
    run_id = new_id(name or f"{run.run_id}-by-{whole.card.name}")
    folder = root.resolve() / "run"  # whatever its name will be
    card = whole.card
    trained = run.network_hash() if is_there(run.model_path) else ""

    def place(of: Path) -> str:
        return Path(os.path.relpath(of.resolve(), folder)).as_posix()

    return replace(
        run.config,
        run_id=run_id,
        name=name or f"{run.config.name}, calibrated with {card.name}",
        data=DataReference(
            place(path), card.name, card.hash, len(whole), card.origin, card.known_instrument
        ),
        recalibrated=replace(run.config.data, path=place(run.data_path)),
        start=Start(run.run_id, place(run.path), trained),
        created=utc_now(),
        found_by="",
    )


def _keep_seen(run: Run, made: Run, all_ids: np.ndarray, source_id: np.ndarray) -> None:
    """Keep the ids of these galaxies and those that the run has seen, where both are known."""
    before = read_seen(run)
    if before is not None and not are_row_numbers(all_ids):
        write_ids(made, np.concatenate([before, source_id]))
