"""Statistics of a data set file, computed once and kept on disk until the file changes."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.data import shape, statistics
from core.data.cache import cache_folder
from core.data.dataset_file import DatasetFile
from core.data.statistics import AverageSpectrum, RedshiftSummary
from core.npz import read_npz, write_npz
from core.versions import FileVersion

logger = logging.getLogger(__name__)

MAX_KEPT = 500
"""Answers that are kept, of some 10 to 100 kB each; of more, the oldest go."""

_CURVES = ("mean", "median", "p16", "p84")
_RANGE = ("z_low", "z_high", "n_available", "n_used")
_MOMENTS = ("n", "mean", "median", "std", "skewness", "kurtosis")

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class KeptStatistics:
    """What `core.data.statistics` says of one version of a data set file.

    An answer is read from the user's cache folder (`core.data.cache.cache_folder`) if it was
    computed before, of this very version of the file and by this very code. Else the file is
    opened, the answer computed and, where that folder can be written to, kept.

    Attributes
    ----------
    version : FileVersion
    open : callable
        Opens the file, as `open_dataset` does.
    """

    version: FileVersion
    open: Callable[[], DatasetFile]

    def redshift_histogram(self, bin_width: float = 0.01) -> pd.DataFrame:
        """Return what `core.data.statistics.redshift_histogram` does."""

        def compute(galaxies: DatasetFile) -> Arrays:
            table = statistics.redshift_histogram(galaxies.z, bin_width)
            return {str(name): values.to_numpy() for name, values in table.items()}

        return self._answer("histogram", [bin_width], compute, pd.DataFrame)

    def redshift_summary(self) -> RedshiftSummary:
        """Return what `core.data.statistics.describe_redshifts` does."""

        def compute(galaxies: DatasetFile) -> Arrays:
            summary = statistics.describe_redshifts(galaxies.z)
            ranks, values = zip(*summary.percentiles.items(), strict=True)
            moments = {name: np.array(getattr(summary, name)) for name in _MOMENTS}
            return moments | {"ranks": np.array(ranks), "percentiles": np.array(values)}

        def restore(found: Arrays) -> RedshiftSummary:
            moments = {name: found[name].item() for name in _MOMENTS}
            ranks, values = found["ranks"].tolist(), found["percentiles"].tolist()
            return RedshiftSummary(**moments, percentiles=dict(zip(ranks, values, strict=True)))

        return self._answer("summary", [], compute, restore)

    def average_spectra(
        self,
        ranges: Sequence[tuple[float, float]],
        n_per_range: int = 1000,
        seed: int = 0,
        normalised: bool = False,
    ) -> list[AverageSpectrum]:
        """Return what `core.data.statistics.average_spectra` does."""

        def compute(galaxies: DatasetFile) -> Arrays:
            averages = statistics.average_spectra(galaxies, ranges, n_per_range, seed, normalised)
            names = (*_RANGE, *_CURVES)
            return {name: np.array([getattr(each, name) for each in averages]) for name in names}

        def restore(found: Arrays) -> list[AverageSpectrum]:
            numbers = zip(*(found[name].tolist() for name in _RANGE), strict=True)
            curves = zip(*(found[name] for name in _CURVES), strict=True)
            return [
                AverageSpectrum(*known, *own) for known, own in zip(numbers, curves, strict=True)
            ]

        asked = [[list(each) for each in ranges], n_per_range, seed, normalised]
        return self._answer("averages", asked, compute, restore)

    def _answer(
        self,
        question: str,
        asked: list[Any],
        compute: Callable[[DatasetFile], Arrays],
        restore: Callable[[Arrays], Any],
    ) -> Any:
        path = self._path(question, asked)
        try:
            return restore(read_npz(path))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.info("%s cannot be used (%s); computed again.", path, error)
        galaxies = self.open()
        found = compute(galaxies)
        # Not of what took the file's place, nor of a file that is only just being written.
        if galaxies.version == self.version and self.version.is_settled:
            _keep(path, found)
        return restore(found)

    def _path(self, question: str, asked: list[Any]) -> Path:
        read = (Path(str(module.__file__)).read_bytes() for module in (statistics, shape))
        code = hashlib.sha256(b"".join(read)).hexdigest()
        place = str(Path(self.version.path).resolve())
        key = json.dumps([place, *self.version.stamp, code, question, *asked])
        name = f"{question}-{hashlib.sha256(key.encode()).hexdigest()[:32]}.npz"
        return cache_folder() / "statistics" / name


def _keep(path: Path, found: Arrays) -> None:
    """Write an answer, whole or not at all; where that cannot be done, all goes on without it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_npz(path, **found)
        kept = sorted(path.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime_ns)
        for old in kept[:-MAX_KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        logger.info("%s: statistics cannot be kept (%s).", path, error)
