"""Catalogues of redshifts: a run's redshifts of the spectra in files, with intervals and flags."""

import importlib.metadata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core.config import require
from core.data.card import utc_now
from core.data.spectra_files import open_spectra
from core.data.validation import Z_MAX
from core.errors import DataError
from core.prediction.calibration import Calibration, hash_network
from core.prediction.flags import LEVEL, MIN_Z, Flag, missing_and_clipped, usable
from core.prediction.own_columns import join, unique_names
from core.prediction.predict import Predictor
from core.runs import Run
from core.spectra import Spectra

COLUMNS = ("source_id", "z", "z_lower", "z_upper", "sigma_z", "flags")
BLOCK_SPECTRA = 8192

# Called with the number of spectra done and their total, None while that is not known.
Progress = Callable[[int, int | None], None]


class Estimator:
    """A complete run, ready to give redshifts with intervals and flags.

    Parameters
    ----------
    run : Run
        A complete run. Without a calibration (`calibration` is None) it gives
        no intervals, and only the flags that need none.
    level : float
        Share of galaxies whose true redshift the interval from z_lower to
        z_upper is meant to hold, 0 to 1.

    Raises
    ------
    ConfigError
        If the level does not lie between 0 and 1, or is so high that the run's
        validation part is too small to vouch for it.
    RunError
        If the run's network or calibration is missing or damaged.
    """

    def __init__(self, run: Run, level: float = LEVEL) -> None:
        require(
            0 < level < 1,
            f"Level of the intervals: expected a share between 0 and 1, received {level}.",
        )
        self.run = run
        self.level = level
        self.calibration = Calibration.load(run)
        if self.calibration is not None:
            self.calibration.intervals.at(np.nan, level)  # refuses levels that it cannot vouch for
        self.predictor = Predictor(run.path)
        self.network_hash = hash_network(run)

    @property
    def provenance(self) -> dict[str, str | float]:
        """Where redshifts of this run come from, and when, for the metadata of a table."""
        data = self.run.config.data
        return {
            "run_id": self.run.run_id,
            "run_name": self.run.config.name,
            "network_sha256": self.network_hash,
            "data_name": data.name,
            "data_origin": data.origin,
            "data_hash": data.hash,
            "interval_level": self.level,
            "xpz_version": importlib.metadata.version("xpz"),
            "created": utc_now(),
        }

    def predict(self, spectra: Spectra, progress: Progress | None = None) -> pd.DataFrame:
        """Return a row for every spectrum, in their order.

        Parameters
        ----------
        spectra : Spectra
            Left as they are.
        progress : callable, optional
            Called with the number of spectra done and their total.

        Returns
        -------
        pd.DataFrame
            source_id (int64); z, z_lower, z_upper and sigma_z (float64), NaN
            where there is none; flags (int32, a sum of `core.prediction.flags.Flag`);
            then the input's own columns. A name that clashes gets the suffix
            '_input'.
        """
        n = len(spectra)
        results = {name: np.full(n, np.nan) for name in COLUMNS[1:5]}
        flags = np.zeros(n, np.int32)
        for start in range(0, n, BLOCK_SPECTRA):
            rows = np.arange(start, min(start + BLOCK_SPECTRA, n))
            # Most callers bring a block at a time: that is not copied.
            block = spectra if len(rows) == n else spectra.take(rows)
            *numbers, flags[rows] = self._predict_block(block)
            for values, part in zip(results.values(), numbers, strict=True):
                values[rows] = part
            if progress is not None:
                progress(int(rows[-1]) + 1, n)
        own = spectra.own.set_axis(unique_names(spectra.own.columns, COLUMNS), axis=1)
        table = pd.DataFrame({"source_id": spectra.source_id, **results, "flags": flags})
        return pd.concat([table, own], axis=1) if len(own.columns) else table

    def _predict_block(self, spectra: Spectra) -> tuple[np.ndarray, ...]:
        """Return z, z_lower, z_upper, sigma_z and flags of every spectrum."""
        good = usable(spectra.flux)
        good[list(spectra.problems)] = False
        z = np.full(len(spectra), np.nan)
        z[good] = self.predictor.predict(spectra.flux[good])
        # A network answers anything, also -137 for a spectrum in other units.
        z[(z < MIN_Z) | (z > Z_MAX)] = np.nan
        if self.calibration is None:
            missing, clipped = missing_and_clipped(spectra.flux)
            flags = missing * Flag.MISSING_BAND + clipped * Flag.CLIPPED_BAND
            unknown = np.full(len(spectra), np.nan)
            return z, unknown, unknown, unknown, flags + np.isnan(z) * Flag.NO_REDSHIFT
        intervals = self.calibration.intervals
        flags = self.calibration.flags(spectra, z)
        return z, *intervals.at(z, self.level), intervals.half_width(z, LEVEL), flags


@dataclass(frozen=True)
class Prediction:
    """Redshifts of the spectra in several files.

    Attributes
    ----------
    table : pd.DataFrame
        A row for every spectrum of the files that could be read, in their
        order, with the columns of `Estimator.predict`; where files have
        different columns of their own, cells are empty.
    refused_files : list of (str, str)
        Names of the files that could not be read, and why.
    problems : list of (str, int, str)
        File, row (the first is row 0) and why the flux there cannot be used.
    """

    table: pd.DataFrame
    refused_files: list[tuple[str, str]] = field(default_factory=list)
    problems: list[tuple[str, int, str]] = field(default_factory=list)


def predict_files(
    estimator: Estimator, paths: Iterable[str | Path], *, progress: Progress | None = None
) -> Prediction:
    """Predict the spectra in files, holding no more of them than a block at a time.

    A file that cannot be read, even if that shows only half-way, is left out as
    a whole; the others are served. Where there are several, a column `file`
    names the one that a row comes from.

    Parameters
    ----------
    estimator : Estimator
        Of a complete run.
    paths : iterable of str or Path
        Tables of spectra of any format that `core.data.spectra_files` reads.
    progress : callable, optional
        Called with the number of spectra done and their total, None while that
        is not known.
    """
    parts: list[pd.DataFrame] = []
    refused, problems = [], []
    paths = list(paths)
    done = 0
    for path in paths:
        name = Path(path).name
        tables, wrong, n = [], [], 0
        try:
            file = open_spectra(path)
            refused += [(name, reason) for reason in file.refused]  # of the files in a .zip
            total = file.n_rows if len(paths) == 1 else None
            for spectra in file.chunks(BLOCK_SPECTRA):
                table = estimator.predict(spectra)
                tables.append(name_file(table, name) if len(paths) > 1 else table)
                wrong += [(name, n + row, words) for row, words in spectra.problems.items()]
                n += len(spectra)
                if progress is not None:
                    progress(done + n, total)
        except DataError as error:
            refused.append((name, str(error)))
            continue
        done += n
        parts += tables
        problems += wrong
    return Prediction(join_tables(parts), refused, problems)


def name_file(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a catalogue with a column `file` before the input's own columns."""
    (column,) = unique_names(["file"], table.columns)
    named = table.copy(deep=False)
    named.insert(len(COLUMNS), column, name)
    return named


def join_tables(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join catalogues by the names of their columns; a cell that one does not have is empty."""
    if not tables:
        types = dict.fromkeys(COLUMNS, float) | {"source_id": np.int64, "flags": np.int32}
        return pd.DataFrame({name: np.empty(0, dtype) for name, dtype in types.items()})
    names = dict.fromkeys(name for table in tables for name in table.columns)
    columns = {}
    for name in names:
        columns[name] = join(
            [
                table[name] if name in table else pd.Series(None, table.index, object, name)
                for table in tables
            ]
        )
    return pd.DataFrame(columns)
