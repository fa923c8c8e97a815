"""Tables of spectroscopic redshifts, such as those of SDSS and DESI: what counts in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.data.schema import ALIASES
from core.data.source_tables import SourceTable, open_table
from core.errors import DataError

# By falling priority. SDSS SpecObj: PLUG_RA, PLUG_DEC, Z, Z_ERR, ZWARNING, CLASS (SkyServer: ra,
# dec, z, zErr, zWarning, class); DESI: TARGET_RA, TARGET_DEC, Z, ZERR, ZWARN, SPECTYPE.
NAMES = {
    "ra": ("target_ra", "plug_ra", "ra", "raj2000", "ra_icrs", "ra_deg"),
    "dec": ("target_dec", "plug_dec", "dec", "dej2000", "decj2000", "de_icrs", "dec_deg"),
    "z": ALIASES["z"],
    "z_error": ("zerr", "z_err", "z_error"),
    "warning": ("zwarn", "zwarning"),
    "kind": ("spectype", "class"),
}

WHAT = {
    "ra": "right ascensions [deg]",
    "dec": "declinations [deg]",
    "z": "redshifts",
    "z_error": "errors of the redshifts",
    "warning": "warning flags",
    "kind": "spectral types",
}

GALAXY = "GALAXY"


@dataclass(frozen=True)
class RedshiftColumns:
    """Names of a redshift table's columns; None: recognised by `NAMES`.

    Attributes
    ----------
    ra, dec : str, optional
        [deg], ICRS.
    z : str, optional
    z_error : str, optional
        The smaller, the better: chooses among observations of the same object.
    warning : str, optional
        0 where the redshift is reliable.
    kind : str, optional
        'GALAXY' for galaxies.
    """

    ra: str | None = None
    dec: str | None = None
    z: str | None = None
    z_error: str | None = None
    warning: str | None = None
    kind: str | None = None


@dataclass(frozen=True, eq=False)
class Redshifts:
    """Usable rows of a redshift table, arrays of shape (N,); what was left out, by reason."""

    ra: np.ndarray  # [deg], as dec
    dec: np.ndarray
    z: np.ndarray
    z_error: np.ndarray  # infinite where unknown
    row: np.ndarray  # of the table, from 0
    n_rows: int  # of the whole table
    left_out: dict[str, int] = field(default_factory=dict)
    # The column of each quantity, or 'none'.
    recognised: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.z)


def read_redshifts(
    path: str | Path,
    columns: RedshiftColumns | None = None,
    *,
    with_warnings: bool = False,
    any_kind: bool = False,
) -> Redshifts:
    """Read a table of redshifts and leave out, counted, what cannot be trusted.

    Parameters
    ----------
    path : str or Path
    columns : RedshiftColumns, optional
    with_warnings : bool
        Keep rows whose warning flag is not 0.
    any_kind : bool
        Keep rows whose spectral type is not GALAXY.

    Raises
    ------
    DataError
        If a column is missing or does not hold numbers, or no row is usable.
    """
    table = open_table(path)
    asked = columns or RedshiftColumns()
    found = {quantity: _column(table, quantity, getattr(asked, quantity)) for quantity in NAMES}
    at_hand = {quantity: column for quantity, column in found.items() if column is not None}
    cells = table.read(at_hand, texts=("kind",))
    ra, dec, z = cells["ra"], cells["dec"], cells["z"]
    keep = np.ones(len(z), bool)
    left_out: dict[str, int] = {}

    def leave_out(wrong: np.ndarray, reason: str) -> None:
        if (keep & wrong).any():
            left_out[reason] = int(np.count_nonzero(keep & wrong))
        keep[wrong] = False

    leave_out(~(np.isfinite(ra) & (np.abs(dec) <= 90)), "no position on the sky")
    # No redshift reaches -1: tables write -1, -9999 and the like where they have none.
    leave_out(~(np.isfinite(z) & (z > -1)), "no redshift")
    if "warning" in cells and not with_warnings:
        leave_out(cells["warning"] != 0, f"warning flag ({found['warning']})")
    if "kind" in cells and not any_kind:
        leave_out(~_is_galaxy(cells["kind"]), f"not of type {GALAXY} ({found['kind']})")
    if not keep.any():
        reasons = "; ".join(f"{n:,} {reason}" for reason, n in left_out.items())
        raise DataError(f"{path}: found no usable redshift ({reasons or 'no rows'}).")
    z_error = cells.get("z_error", np.full(len(z), np.inf))
    return Redshifts(
        ra[keep],
        dec[keep],
        z[keep],
        np.where(z_error > 0, z_error, np.inf)[keep],  # SDSS and DESI mark failed fits by -1 or 0
        np.flatnonzero(keep),
        len(z),
        left_out,
        {quantity: column or "none" for quantity, column in found.items()},
    )


def _column(table: SourceTable, quantity: str, asked: str | None) -> str | None:
    candidates: Sequence[str] = NAMES[quantity] if asked is None else (asked,)
    if asked is None and quantity not in ("ra", "dec", "z"):
        return table.find(candidates)
    do = f"Rename it, or name it with --{quantity.replace('_', '-')}."
    return table.require(candidates, WHAT[quantity], do)


def _is_galaxy(kinds: np.ndarray) -> np.ndarray:
    values = (
        cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell)
        for cell in np.ma.getdata(kinds).tolist()
    )
    return np.array([value.strip().upper() == GALAXY for value in values], bool)
