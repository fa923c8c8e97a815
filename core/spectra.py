"""Gaia BP/RP (XP) spectra: their grid of 80 BP and 106 RP samples, and a container."""

import functools
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.amounts import n_of
from core.errors import ConfigError, DataError
from core.meanings import agree, tell, told_of

if TYPE_CHECKING:  # else every command would wait for it
    import pandas as pd

N_BP = 80
N_RP = 106
N_SAMPLES = N_BP + N_RP

BANDS = (slice(0, N_BP), slice(N_BP, N_SAMPLES))
"""The samples of BP and of RP."""

FLUX_UNIT = "e-/s per sample"

INSTRUMENT = ("release", "bp_bases", "rp_bases", "bp_coefficients", "rp_coefficients")
"""What is known of the instrument of a spectrum; see `core.data.instrument`."""


@dataclass(frozen=True)
class SampleGrid:
    """Positions of the 186 samples in pseudo-wavelength (pixels) and in nm.

    Gaia's module SMSgen takes 120 equidistant samples per band; galaxy redshifts use BP [34:114]
    and RP [4:110] (Gaia DR3 documentation, section 11.3.13). Start and step are an estimate that
    lies between the published band edges (366 and 996 nm) and a fit to published mean spectra.
    """

    # Pixel position of the first kept sample and the step between samples [pixel]; BP's is negative
    # since its pixel number falls with wavelength.
    bp_start: float = 42.60
    bp_step: float = -0.3408
    rp_start: float = 10.76
    rp_step: float = 0.3537
    # An official table of pixel positions (80 and 106) can stand in place of start and step.
    bp_table: tuple[float, ...] = ()
    rp_table: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for band, table, size in (("bp", self.bp_table, N_BP), ("rp", self.rp_table, N_RP)):
            if table and len(table) != size:
                raise ConfigError(
                    f"Grid of samples, {band}_table: expected {n_of(size, 'pixel position')}, "
                    f"received {len(table)}."
                )
        if np.any(np.diff(self.bp_pixel) >= 0) or np.any(np.diff(self.rp_pixel) <= 0):
            raise ConfigError(
                "Grid of samples: pixel positions must fall along BP and rise along RP, "
                "so that wavelength rises in both."
            )

    @property
    def bp_pixel(self) -> np.ndarray:
        """BP sample positions, shape (80,) [pixel]."""
        if self.bp_table:
            return np.array(self.bp_table)
        return self.bp_start + self.bp_step * np.arange(N_BP)

    @property
    def rp_pixel(self) -> np.ndarray:
        """RP sample positions, shape (106,) [pixel]."""
        if self.rp_table:
            return np.array(self.rp_table)
        return self.rp_start + self.rp_step * np.arange(N_RP)

    @property
    def wavelength_nm(self) -> np.ndarray:
        """Central wavelengths (186,) [nm], BP then RP, by the dispersion functions of DR3."""
        bp, rp = dispersion_table()
        return np.concatenate(
            [
                # np.interp needs rising abscissae; BP pixel falls with wavelength.
                np.interp(-self.bp_pixel, -bp[1], bp[0]),
                np.interp(self.rp_pixel, rp[1], rp[0]),
            ]
        )


@functools.cache
def dispersion_table() -> tuple[np.ndarray, np.ndarray]:
    """Return Gaia DR3's dispersion functions of BP and RP as GaiaXPy tabulates them.

    Each of shape (2, n): rising wavelength [nm] and the pixel position at it, where the band has
    one. GaiaXPy is not imported; a `DataError` says if it, or its table, is not installed.
    """
    package = importlib.util.find_spec("gaiaxpy")
    if package is None or package.origin is None:
        raise DataError("The dispersion table comes with GaiaXPy; install it: pip install gaiaxpy.")
    folder = Path(package.origin).parent / "config"
    tables = sorted(folder.glob("TabulatedDispersionFunction-DR3-*.csv"))
    if not tables:
        raise DataError(f"No DR3 dispersion table in {folder}; reinstall gaiaxpy.")
    table = np.genfromtxt(tables[-1], delimiter=",", skip_header=1)
    return tuple(table[np.isfinite(table[:, band])][:, [0, band]].T for band in (1, 2))


@dataclass(frozen=True, eq=False)
class Spectra:
    """Spectra of N sources as read from a file, with or without redshifts.

    Attributes
    ----------
    flux : np.ndarray of float32, shape (N, 186)
        80 BP, then 106 RP samples [e-/s per sample]; NaN where a sample, or a
        whole band, has none.
    source_id : np.ndarray of int64, shape (N,)
        Numbers of the rows, from 0, where `has_ids` is False.
    has_ids : bool
    flux_error : np.ndarray of float32, shape (N, 186), or None
        [e-/s per sample]; NaN where unknown.
    z, g_mag : np.ndarray of float64, shape (N,), or None
        Redshift that the input gives and Gaia G [mag]; NaN where unknown.
    z_column : np.ndarray of str, shape (N,), or None
        By row, the name in `own` of the column that `z` is from; '' where there is none.
    redshift_ugc, redshift_ugc_lower, redshift_ugc_upper : np.ndarray of float64, or None
        Redshift of Gaia's UGC and the ends of its interval, each of shape (N,); NaN
        where unknown.
    own : pd.DataFrame of N rows
        The input's own columns, by their own names, but for the spectrum and
        the ids; index 0 to N-1. Its `attrs` tell their units, UCDs and descriptions.
    problems : dict of int to str
        By row, why its flux cannot be used: a sentence with column and value.
    notes : dict of int to str
        By row, why its flux, which can be used, has no errors to go with it.
    unreadable : np.ndarray of bool, shape (N, 2), or None
        Whether BP and RP hold something else than fluxes; None where none does.
    instrument : np.ndarray of float32, shape (N, 5), or None
        Numbers of Gaia's release, of the bases of BP and RP, and of their coefficients; NaN
        where nothing tells. See `core.data.instrument`.
    grid : SampleGrid or None
        Positions of the samples; None where nothing tells.

    Examples
    --------
    >>> import core, numpy
    >>> spectra = core.Spectra(numpy.ones((2, 186), numpy.float32), numpy.array([11, 12]))
    >>> len(spectra)
    2
    """

    flux: np.ndarray
    source_id: np.ndarray
    has_ids: bool = True
    flux_error: np.ndarray | None = None
    z: np.ndarray | None = None
    g_mag: np.ndarray | None = None
    redshift_ugc: np.ndarray | None = None
    redshift_ugc_lower: np.ndarray | None = None
    redshift_ugc_upper: np.ndarray | None = None
    own: "pd.DataFrame" = field(default_factory=lambda: _no_columns(0))
    problems: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    unreadable: np.ndarray | None = None
    instrument: np.ndarray | None = None
    grid: SampleGrid | None = None
    z_column: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.flux)

    def take(self, rows: np.ndarray) -> "Spectra":
        """Return the given rows, by their positions."""
        arrays = {
            name: values[rows]
            for name, values in vars(self).items()
            if isinstance(values, np.ndarray)
        }
        problems, notes = (
            {i: words[row] for i, row in enumerate(rows) if row in words}
            for words in (self.problems, self.notes)
        )
        own = self.own.iloc[rows].reset_index(drop=True) if len(self.own.columns) else self.own
        return Spectra(
            **arrays,
            has_ids=self.has_ids,
            own=own,
            problems=problems,
            notes=notes,
            grid=self.grid,
        )

    @classmethod
    def concatenate(cls, parts: Sequence["Spectra"]) -> "Spectra":
        """Join parts (at least one); what a part does not know is NaN, False or '' there."""
        starts = np.cumsum([0, *map(len, parts)]).tolist()

        def joined_words(name: str) -> dict[int, str]:
            found = zip(starts, (getattr(part, name) for part in parts), strict=False)
            return {start + row: text for start, words in found for row, text in words.items()}

        joined: dict[str, np.ndarray] = {}
        grids = {part.grid for part in parts}
        for column in fields(cls):
            given = [getattr(part, column.name) for part in parts]
            known = next((values for values in given if isinstance(values, np.ndarray)), None)
            if known is not None:
                nothing = known.dtype.type() if known.dtype.kind in "bU" else np.nan
                joined[column.name] = np.concatenate(
                    [
                        np.full((len(part), *known.shape[1:]), nothing, known.dtype)
                        if values is None
                        else values
                        for part, values in zip(parts, given, strict=True)
                    ]
                )
        return cls(
            **joined,
            has_ids=all(part.has_ids for part in parts),
            own=_joined_tables(
                [part.own if len(part.own.columns) else _no_columns(len(part)) for part in parts]
            ),
            problems=joined_words("problems"),
            notes=joined_words("notes"),
            grid=grids.pop() if len(grids) == 1 else None,
        )


def _no_columns(n: int) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(index=range(n))


def _joined_tables(tables: "Sequence[pd.DataFrame]") -> "pd.DataFrame":
    """Join tables; a column that differs in type, or that one does not have, holds objects.

    Else pandas would make decimals of whole numbers, and 64-bit ids would lose digits.
    """
    import pandas as pd

    names = dict.fromkeys(name for table in tables for name in table.columns)
    types = {name: {table.dtypes.get(name) for table in tables} for name in names}
    mixed = {name for name, found in types.items() if len(found) > 1}
    joined = pd.concat(
        [table.astype({name: object for name in table if name in mixed}) for table in tables],
        ignore_index=True,
    )
    return tell(joined, agree(told_of(tables))[0])
