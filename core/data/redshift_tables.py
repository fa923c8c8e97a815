"""Tables of spectroscopic redshifts, such as those of SDSS and DESI: what counts in them."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.data.account import Account
from core.data.labels.by_hand import ByHand
from core.data.labels.choice import choose, choose_position, missing
from core.data.labels.cuts import Cut
from core.data.labels.plausibility import STAR, STARS, ZEROS, require_plausible, to_redshifts, zeros
from core.data.labels.quality import MATCHED, Asked, Quality, quality_of
from core.data.labels.surveys import GALAXY, TYPE, WARNING
from core.data.source_tables import SourceTable, open_table
from core.data.tables.cells import NO_ID, without_id
from core.errors import DataError
from core.meanings import Meaning

BY_POSITIONS = (
    "Match it with Gaia's sources first, and give what that writes: `xpz crossmatch --sources "
    "SOURCES --redshifts TABLE --radius 1 --out matched.parquet`, where TABLE is this one and "
    "SOURCES a folder of `xpz fetch`, or a table with source_id, ra and dec."
)
"""What to do with a table of positions where one of ids is needed; screens have a way of theirs."""

ERRORS = ("zerr", "z_err", "z_error", "e_z", "e_cz")


@dataclass(frozen=True)
class RedshiftColumns:
    """Names of a redshift table's columns; None: recognised.

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
    source_id : str, optional
    """

    ra: str | None = None
    dec: str | None = None
    z: str | None = None
    z_error: str | None = None
    warning: str | None = None
    kind: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, eq=False)
class Redshifts:
    """Usable rows of a redshift table, arrays of shape (N,); the account tells of all rows."""

    ra: np.ndarray  # [deg], as dec; NaN where rows are joined by ids
    dec: np.ndarray
    z: np.ndarray
    z_error: np.ndarray  # infinite where unknown
    row: np.ndarray  # of the table, from 0
    # The column of each quantity, or 'none'.
    recognised: dict[str, str] = field(default_factory=dict)
    source_id: np.ndarray | None = None
    account: Account = field(default_factory=lambda: Account("redshifts"))
    quality: Quality = field(default_factory=Quality)

    def __len__(self) -> int:
        return len(self.z)

    @property
    def meanings(self) -> dict[str, Meaning]:
        """What a table of matched redshifts says of its column z_spec: the cuts that were made."""
        return {"z_spec": Meaning(description=MATCHED + self.quality.words)}


def read_redshifts(
    path: str | Path | SourceTable,
    columns: RedshiftColumns | None = None,
    *,
    with_warnings: bool = False,
    any_kind: bool = False,
    by_ids: bool = False,
    z_unit: str | None = None,
    quality: Asked | None = None,
) -> Redshifts:
    """Read a table of redshifts and leave out, counted, what cannot be trusted.

    Parameters
    ----------
    path : str, Path or SourceTable
        The table, also one that is open.
    columns : RedshiftColumns, optional
    with_warnings : bool
        Keep rows whose warning flag is not 0.
    any_kind : bool
        Keep rows whose spectral type is not GALAXY.
    by_ids : bool
        Whether source_ids tell whose they are, not positions.
    z_unit : str, optional
        Unit of the redshifts, of `core.data.labels.plausibility.Z_UNITS`; by default that which
        the file declares.
    quality : Asked, optional
        Cuts beside or in place of those that the table's survey recommends.

    Raises
    ------
    DataError
        If a column is missing or does not hold numbers, names do not decide which it is, or no
        row is usable; if the numbers are no redshifts of galaxies.
    """
    holding = ("source_id", "z") if by_ids else ("ra", "dec", "z")
    own = {key: value for key, value in vars(columns or RedshiftColumns()).items() if value}
    table = path if isinstance(path, SourceTable) else open_table(path, holding, own)
    name, names = table.opened.name, table.opened.names
    if by_ids and "source_id" not in own:
        _refuse_positions_alone(table)
    choices = table.choose(holding, own)
    found = {quantity: choice.column for quantity, choice in choices.items()}
    found["z_error"] = table.find([own["z_error"]] if "z_error" in own else ERRORS)
    if found["z_error"] is None and "z_error" in own:
        raise missing("z_error", own["z_error"], names, name)
    cuts = quality_of(
        names,
        _asked(quality or Asked(), own, with_warnings, any_kind),
        table.opened.stream.descriptions,
    )
    wanted = {quantity: column for quantity, column in found.items() if column is not None}
    wanted |= {column: column for column in cuts.columns}
    cells = table.read(wanted, texts=cuts.columns)
    unit = ByHand(z_unit=z_unit).unit(choices["z"], table.opened)
    z = to_redshifts(cells["z"], unit)
    nowhere = np.full(len(z), np.nan)
    ra, dec = (cells.get(axis, nowhere) for axis in ("ra", "dec"))
    account = Account("redshifts", 1, 1, rows=len(z))
    misplaced = ~(by_ids | (np.isfinite(ra) & (np.abs(dec) <= 90)))
    has_id = ~without_id(cells["source_id"]) if by_ids else np.ones(len(z), bool)
    reasons = {NO_ID: ~has_id, "no position on the sky": misplaced, "no redshift": np.isnan(z)}
    reasons[ZEROS] = zeros(z) & (z_unit != "z")
    reasons |= cuts.left_out(cells, name)
    keep = account.leave_out(reasons, np.ones(len(z), bool))
    notes = require_plausible(z[keep], found["z"] or "", name, unit, vouched=z_unit == "z")
    if cuts.tells_type:
        keep = account.leave_out({STARS: np.abs(z) < STAR}, keep)
    if not keep.any():
        reasons_met = "; ".join(f"{n:,} {reason}" for reason, n in account.left_out.items())
        swapped = len(z) and misplaced.all() and (np.abs(ra) <= 90).all()
        hint = " RA and Dec may be swapped: name them with --ra and --dec." * bool(swapped)
        raise DataError(
            f"{name}: found no usable redshift ({reasons_met or 'no rows'}).{hint}"
            f"{cuts.unmet(cells, name)}"
        )
    account.used = int(np.count_nonzero(keep))
    if by_ids:
        account.count_ids(cells["source_id"][has_id])
    table.enter(account, choices)
    if unit != "z":
        account.recognise({"unit of z": f"{unit}, made z = v/c" if "/s" in unit else unit})
    account.recognise({"quality": cuts.words})
    account.notes += notes
    by_reason = {cut.reason: cut.column for cut in cuts.cuts}
    found |= {"warning": by_reason.get(WARNING), "kind": by_reason.get(TYPE)}
    z_error = cells.get("z_error", np.full(len(z), np.inf))
    return Redshifts(
        ra[keep],
        dec[keep],
        z[keep],
        np.where(z_error > 0, z_error, np.inf)[keep],  # SDSS and DESI mark failed fits by -1 or 0
        np.flatnonzero(keep),
        {quantity: column or "none" for quantity, column in found.items()},
        cells["source_id"][keep] if by_ids else None,
        account,
        cuts,
    )


def _refuse_positions_alone(table: SourceTable) -> None:
    """Raise a `DataError` if a table has positions, and no ids that it could be joined by."""
    names, name = table.opened.names, table.opened.name
    ids, (ra, dec) = choose("source_id", names), choose_position(names)
    if ids.position is not None or ids.rivals or ids.left_aside or ra.column is None:
        return
    raise DataError(
        f"{name}: expected a column of Gaia's identifiers, called source_id, found positions alone "
        f"({ra.column}, {dec.column}). {BY_POSITIONS}"
    )


def _asked(asked: Asked, own: dict[str, str], with_warnings: bool, any_kind: bool) -> Asked:
    """Return a person's cuts with those on the columns that they name, without those they drop."""
    named = (
        Cut(own.get("warning", ""), "==", 0, WARNING),
        Cut(own.get("kind", ""), "==", GALAXY, TYPE),
    )
    dropped = {WARNING: with_warnings, TYPE: any_kind}
    cuts = tuple(cut for cut in named if cut.column and not dropped[cut.reason])
    without = [reason for reason, drop in dropped.items() if drop]
    return Asked((*asked.cuts, *cuts), asked.none, (*without, *(cut.reason for cut in cuts)))
