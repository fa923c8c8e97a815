"""The files on the Predict screen predicted: their catalogue, and p(z) of some of it."""

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from core.prediction import (
    NO_G,
    SEEN,
    Estimator,
    Part,
    Shift,
    accounted,
    compare_spectra,
    learnt_from,
    make_catalogue,
    with_own,
    writing_pz,
)
from dashboard.screens.predict.files import Intake
from dashboard.screens.predict.predicted import Predicted

MAX_DENSITIES = 20_000
"""p(z) of one download: some 20 MB. `xpz predict --pz` writes any number."""

Progress = Callable[[int, int], None]


def predict(estimator: Estimator, intake: Intake, progress: Progress) -> Predicted:
    """Predict every spectrum of the files, which are at hand; report those done and the total."""
    tables: list[pd.DataFrame] = []
    for spectra in intake.parts:

        def report(here: int, _: int | None, before: int = sum(map(len, tables))) -> None:
            progress(before + here, intake.n)

        tables.append(estimator.predict(replace(spectra, own=pd.DataFrame(), z=None), report))
    return catalogue(estimator, intake, pd.concat(tables, ignore_index=True))


def catalogue(estimator: Estimator, intake: Intake, redshifts: pd.DataFrame) -> Predicted:
    """Return the catalogue of the files, of the redshifts of all their spectra in their order."""
    parts: list[Part] = []
    start = 0
    read = list(zip(intake.served, intake.parts, strict=True))
    for file, spectra in read:
        rows = redshifts.iloc[start : start + file.n].reset_index(drop=True)
        start += file.n
        # Of an archive some tables may have ids and others none.
        table = with_own(rows, spectra)
        part = Part.of(file.name, table, replace(spectra, has_ids=True))
        parts.append(replace(part, has_id=part.has_id & file.has_id))
    shift = _shift(estimator, intake)
    has_id = np.concatenate([part.has_id for part in parts])
    ids = redshifts["source_id"].to_numpy()
    account = replace(intake.account, used=0, noted=Counter(), left_out=Counter())
    bare = zip(intake.parts, parts, strict=True)
    if n := sum(estimator.without_g(spectra, part.table) for spectra, part in bare):
        account.noted[NO_G] = n
    if n := estimator.n_seen(intake.source_ids):
        account.noted[SEEN] = n
    table, _ = make_catalogue(parts, account, name_files=len(intake.files) > 1)
    return Predicted(
        estimator.run.run_id,
        table,
        _told([(each.z, file.n) for file, each in read]),
        accounted(estimator.provenance, account, shift),
        account,
        np.where(has_id, ids, -1 - np.arange(len(ids))),
        shift,
        tuple(file.name for file in intake.served),
        _told([(each.g_mag, file.n) for file, each in read]),
    )


def _told(values: Sequence[tuple[np.ndarray | None, int]]) -> np.ndarray | None:
    """Return what files tell of all their rows, of which each has so many; None for nothing."""
    known = [np.full(n, np.nan) if each is None else np.asarray(each, float) for each, n in values]
    told = np.concatenate(known)
    return told if np.isfinite(told).any() else None


def _shift(estimator: Estimator, intake: Intake) -> Shift | None:
    """Return how the spectra differ from those that the run learnt from; None where not known."""
    learnt = learnt_from(estimator.run) if intake.at_hand else None
    if learnt is None:
        return None
    return compare_spectra(learnt, intake.parts)


def densities(estimator: Estimator, intake: Intake, rows: np.ndarray, ending: str) -> bytes:
    """Return a file (`.npz`, ...) of p(z) of some rows, rising; one at least has a redshift."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"pz{ending}"
        with writing_pz(path, estimator.density_z, estimator.provenance) as store:
            start = 0
            for file in intake.served:
                assert file.spectra is not None
                here = rows[(rows >= start) & (rows < start + file.n)] - start
                estimator.predict(file.spectra.take(here), densities=store)
                start += file.n
        return path.read_bytes()
