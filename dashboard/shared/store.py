"""Cached reading and computing, keyed by file and time of change.

Flux is kept for one data set at a time (387 MB for 520,393 galaxies), its errors,
which would take as much again, are not; what is computed from it is small.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import Dataset, load_dataset, read_flux_error
from core.data.split import Split, SplitConfig, split_by_source
from core.data.statistics import (
    AverageSpectrum,
    RedshiftSummary,
    average_spectra,
    describe_redshifts,
    redshift_histogram,
)


@dataclass(frozen=True)
class FileVersion:
    """A file as it was at one moment; another content is another version."""

    path: str
    modified_ns: int
    size: int

    @classmethod
    def of(cls, path: Path) -> "FileVersion":
        """Return the present version of the file at `path`."""
        found = path.stat()
        return cls(str(path), found.st_mtime_ns, found.st_size)


@st.cache_resource(max_entries=1, show_spinner="Reading the data set")
def dataset(file: FileVersion) -> Dataset:
    """Read a data set without flux errors; all sessions share it: never change its arrays."""
    return load_dataset(Path(file.path), with_errors=False)


@st.cache_data(max_entries=64, show_spinner=False)
def flux_error(file: FileVersion, row: int) -> np.ndarray | None:
    """Flux errors of one galaxy; see `core.data.dataset.read_flux_error`."""
    return read_flux_error(Path(file.path), row)


@st.cache_data(max_entries=64, show_spinner=False)
def redshift_table(file: FileVersion, bin_width: float) -> pd.DataFrame:
    """Histogram of the redshifts; see `core.data.statistics.redshift_histogram`."""
    return redshift_histogram(dataset(file).z, bin_width)


@st.cache_data(max_entries=16, show_spinner=False)
def redshift_summary(file: FileVersion) -> RedshiftSummary:
    """Moments and percentiles of the redshifts."""
    return describe_redshifts(dataset(file).z)


@st.cache_data(max_entries=32, show_spinner="Averaging spectra")
def averages(
    file: FileVersion, ranges: tuple[tuple[float, float], ...], n_per_range: int, seed: int
) -> list[AverageSpectrum]:
    """Average spectra per redshift range; see `core.data.statistics.average_spectra`."""
    data = dataset(file)
    return average_spectra(data.flux, data.z, ranges, n_per_range=n_per_range, seed=seed)


@st.cache_data(max_entries=4, show_spinner="Splitting")
def split(file: FileVersion, config: SplitConfig) -> Split:
    """Training, validation and test parts; see `core.data.split.split_by_source`."""
    return split_by_source(dataset(file).source_id, config)
