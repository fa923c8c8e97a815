"""Redshifts given to spectra: those of a table, by source_id, or the spectra's own."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.amounts import n_of
from core.data.account import Account
from core.data.labels.agreement import CONTRADICTING, REPEATED, contradicting, one_each
from core.data.labels.by_hand import ByHand
from core.data.labels.choice import require_one
from core.data.labels.plausibility import STAR, STARS, ZEROS, require_plausible, zeros
from core.data.labels.quality import Quality, quality_of
from core.data.labels.release import EXPECTED, require_release
from core.data.redshift_tables import RedshiftColumns, read_redshifts
from core.data.row_numbers import number_of
from core.data.schema import ALIASES, PER_SOURCE
from core.data.source_tables import SourceTable
from core.data.spectra.table import SpectraTable
from core.data.tables.cells import NO_ID, without_id
from core.data.validation import Z_MAX, Z_MIN
from core.errors import DataError
from core.spectra import Spectra

NO_REDSHIFT = "no redshift"
Z_OUT_OF_RANGE = f"redshift outside {Z_MIN:g} to {Z_MAX:g}"


def outside(z: np.ndarray) -> np.ndarray:
    """Return which redshifts (N,) lie outside the range of ours, or are none."""
    return ~((z >= Z_MIN) & (z <= Z_MAX))


@dataclass(frozen=True)
class Labelled:
    """Ids and redshifts of some spectra, shape (N,), and by reason which have none to go by."""

    ids: np.ndarray
    z: np.ndarray
    reasons: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Place:
    """Where some rows stand: their numbers from 0, (N,), of a table, named if of several."""

    rows: np.ndarray
    table: str = ""

    def called(self, row: int) -> str:
        """Return what people call one of the rows."""
        return f"{self.table} {number_of(row, self.rows)}".strip()


@dataclass
class Rows:
    """Ids of rows that can be used, and what tells which of a source's is the best."""

    _parts: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    _places: list[Place] = field(default_factory=list)

    def add(self, ids: np.ndarray, columns: dict[str, np.ndarray | None], place: Place) -> None:
        """Note the ids (n,) of some rows, where they stand, and what else is known of them."""
        self._places.append(place)
        errors = columns["flux_error"]
        known = np.zeros(len(ids)) if errors is None else np.nan_to_num(errors).sum(axis=1)
        missing = (known == 0).astype(int)
        for name in PER_SOURCE:
            values = columns[name]
            missing += 1 if values is None else np.isnan(values)
        flux = columns["flux"]
        assert flux is not None
        self._parts.append((ids, missing, known, flux.sum(axis=1)))

    @property
    def ids(self) -> np.ndarray:
        """Of all rows, in their order."""
        return np.concatenate([np.empty(0, np.int64), *(part[0] for part in self._parts)])

    def called(self, row: int) -> str:
        """Return what people call one of the rows."""
        for (ids, *_), place in zip(self._parts, self._places, strict=True):
            if row < len(ids):
                return place.called(row)
            row -= len(ids)
        raise IndexError(row)

    @property
    def rank(self) -> np.ndarray:
        """Lowest for rows that know most, then for those of small errors and of much light."""
        if not self._parts:
            return np.empty(0)
        _, missing, errors, light = map(np.concatenate, zip(*self._parts, strict=True))
        rank = np.empty(len(missing))
        rank[np.lexsort((-light, errors, missing))] = np.arange(len(rank))
        return rank


@dataclass
class Labels:
    """Where redshifts come from, and what was met of them so far.

    `known` are those of a table by source_id, with its `account`; None: the spectra's own count.
    """

    by_hand: ByHand = field(default_factory=ByHand)
    known: pd.Series | None = None
    account: Account | None = None
    release: str = ""  # of the table's ids, if they tell
    whose: tuple[str, str] = ("", "")  # column of the table's ids, and its name
    unmet: str = ""  # which cuts on quality no spectrum meets
    _release: str | None = None  # of the spectra, if they tell
    _columns: dict[str, str] = field(default_factory=dict)  # of the spectra's own, and their units
    # Of all rows: ids, redshifts that pass the cuts on quality, whether they have their own id.
    _met: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)

    @classmethod
    def of_table(cls, opened: SourceTable, by_hand: ByHand) -> "Labels":
        """Read a table of redshifts; of one source they are merged, or left out if they disagree.

        Raises a `DataError` as `read_redshifts` does.
        """
        named = {key: by_hand.columns.get(key) for key in ("source_id", "z")}
        table = read_redshifts(
            opened,
            RedshiftColumns(**named),
            by_ids=True,
            z_unit=by_hand.z_unit,
            quality=by_hand.quality,
        )
        assert table.source_id is not None
        ids, account = table.source_id, table.account
        rows, *_ = one_each(ids, table.z, table.z_error)
        kept = account.leave_out(
            {CONTRADICTING: ~np.isin(ids, ids[rows]), REPEATED: ~_among(rows, len(ids))},
            np.ones(len(ids), bool),
            lambda row: str(number_of(row, table.row)),
        )
        account.used = int(np.count_nonzero(kept))
        known = pd.Series(table.z[rows], index=ids[rows])
        whose = account.columns["source_id"], opened.opened.name
        return cls(by_hand, known, account, account.release.removeprefix("Gaia "), whose)

    def open(self, table: SpectraTable, account: Account) -> None:
        """Look at a table of spectra before it is read.

        Raises a `DataError` if it has no ids or redshifts that are needed, if names do not decide
        which they are, or if the ids are of another release than those of the redshifts or of the
        tables before.
        """
        name, choices = table.table.name, table.columns.choices
        ids, own = choices["source_id"], choices["z"]
        if ids.position is None and ids.left_aside:
            require_one(ids, name)
        told = table.release_told.removeprefix("Gaia ")
        self._release = self._release or told or None
        if told and told != self._release:
            raise DataError(
                f"{name}: expected spectra of Gaia {self._release}, as those of the files before, "
                f"received spectra of Gaia {told}. Make one data set per release."
            )
        if self._release is not None:
            require_release(table.release, ids.column or "", name, self._release)
        if self.known is not None:
            if ids.position is None:
                found = " or ".join(f"'{column}'" for column in table.like_ids)
                renamed = f" If {found} holds the ids, rename it to source_id." * bool(found)
                raise DataError(
                    f"{name}: expected the column source_id, which joins spectra and redshifts; "
                    f"found none.{renamed}"
                )
            require_release(self.release or None, *self.whose, told or EXPECTED, is_told=bool(told))
        for quantity, choice in choices.items():
            if quantity != "z" or self.known is None:
                choice.require(name)
        if self.known is None and own.position is None:
            raise DataError(
                f"{name}: the spectra have no redshifts (a column {', '.join(ALIASES['z'])}); "
                "give a table with source_id and z by --redshifts, for example from "
                f"xpz crossmatch.{own.aside}"
            )
        if self.known is None:
            account.recognise({"quality": self._quality(table).words})
            self._columns[own.column or ""] = table.columns.z_unit

    def of(self, part: Spectra, table: SpectraTable, first_row: int) -> Labelled:
        """Return the labels of some spectra of a table; without ids they are numbered."""
        ids = part.source_id if part.has_ids else first_row + np.arange(len(part))
        no_id = without_id(ids)
        reasons: dict[str, np.ndarray] = {}
        if self.known is not None:
            z = trusted = self.known.reindex(ids).to_numpy(np.float64)
        else:
            assert part.z is not None
            z, quality = part.z, self._quality(table)
            for column in quality.columns:
                if column not in part.own:
                    raise DataError(
                        f"{table.table.name}: expected a column of single values beside the "
                        f"spectra for a cut on quality, received '{column}'."
                    )
            cells = {column: part.own[column].to_numpy() for column in quality.columns}
            reasons = quality.left_out(cells, table.table.name)
            untrusted = np.any([np.zeros(len(z), bool), *reasons.values()], axis=0)
            trusted = np.where(untrusted, np.nan, z)
            if untrusted.all():
                self.unmet = quality.unmet(cells, table.table.name)
            if quality.tells_type:
                reasons[STARS] = np.abs(z) < STAR
        self._met.append((ids, np.where(no_id, np.nan, trusted), ~no_id & part.has_ids))
        without = {NO_ID: no_id, NO_REDSHIFT: np.isnan(z)}
        return Labelled(ids, z, {**without, **reasons, Z_OUT_OF_RANGE: outside(z)})

    def settle(self, usable: Rows, account: Account, whose: str) -> np.ndarray:
        """Judge all labels together; return which of the usable rows are kept, bool.

        Of one source the row that knows most is, and none if its redshifts disagree. `whose` the
        spectra are is for errors. Raises a `DataError` if the redshifts are none of galaxies, or
        are of other sources.
        """
        ids, z, has_id = (np.concatenate(arrays) for arrays in zip(*self._met, strict=True))
        wrong = empty = np.empty(0, np.int64)
        if self.known is not None:
            account.without_spectrum = len(np.setdiff1d(self.known.index, ids))
            if account.without_spectrum == len(self.known):
                raise DataError(
                    f"{self.whose[1]}: none of its {n_of(len(self.known), 'source_id')} is among "
                    f"those of the {n_of(len(ids), 'spectrum')} of {whose}: expected the same "
                    f"sources, with their identifiers of Gaia {self._release or EXPECTED}; those "
                    "of another release differ."
                )
            account.columns["z"] = "of the table of redshifts"
        else:
            units = set(self._columns.values())
            vouched = self.by_hand.z_unit == "z"
            is_zero = zeros(z) & (not vouched)
            empty, z = ids[is_zero], np.where(is_zero, np.nan, z)
            notes = require_plausible(
                z,
                " or ".join(self._columns),
                "the spectra",
                units.pop() if len(units) == 1 else "z",
                vouched=vouched,
            )
            account.notes += notes
            z = np.where(outside(z), np.nan, z)
            wrong = ids[contradicting(ids, z)]
        account.count_ids(ids[has_id])
        ids, rank = usable.ids, usable.rank
        told = ~np.isin(ids, empty)
        agree = np.flatnonzero(told & ~np.isin(ids, wrong))
        chosen, *_ = one_each(ids[agree], np.zeros(len(agree)), rank[agree])
        repeated = ~_among(agree[chosen], len(ids))
        keep = account.leave_out(
            {ZEROS: ~told, CONTRADICTING: np.isin(ids, wrong), REPEATED: repeated},
            np.ones(len(ids), bool),
            usable.called,
        )
        account.used = len(chosen)
        return keep

    def _quality(self, table: SpectraTable) -> Quality:
        return quality_of(table.table.names, self.by_hand.quality, table.table.stream.descriptions)


def _among(rows: np.ndarray, n: int) -> np.ndarray:
    """Return which of n rows are among `rows`, bool (n,)."""
    found = np.zeros(n, bool)
    found[rows] = True
    return found
