"""Redshifts given to spectra: those of a table, by source_id, or the spectra's own."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.account import Account
from core.data.labels.agreement import contradicting, one_each
from core.data.labels.by_hand import ByHand, release_in
from core.data.labels.choice import require_one
from core.data.labels.plausibility import STAR, require_plausible
from core.data.labels.quality import WARNINGS, Quality, quality_of
from core.data.labels.release import EXPECTED, require_release
from core.data.redshift_tables import STARS, RedshiftColumns, read_redshifts
from core.data.schema import ALIASES
from core.data.spectra.files import SpectraTable
from core.data.spectra.xp_continuous import XPColumns
from core.data.tables.cells import parse_numbers
from core.data.validation import Z_MAX, Z_MIN
from core.errors import DataError
from core.spectra import Spectra

NO_REDSHIFT = "no redshift"
Z_OUT_OF_RANGE = f"redshift outside {Z_MIN:g} to {Z_MAX:g}"
REPEATED = "source_id seen before"
CONTRADICTING = "redshifts of one source that disagree"


# Coefficients of BP's spectra tell the release where ids do not.
RELEASES = {55: "DR3", 51: "DR4"}


@dataclass(frozen=True)
class Labelled:
    """Ids and redshifts of some spectra, shape (N,), and by reason which have none to go by."""

    ids: np.ndarray
    z: np.ndarray
    reasons: dict[str, np.ndarray]


@dataclass
class Labels:
    """Where redshifts come from, and what was met of them so far.

    `known` are those of a table by source_id, with its `account`; None: the spectra's own count.
    """

    by_hand: ByHand = field(default_factory=ByHand)
    known: pd.Series | None = None
    account: Account | None = None
    release: str = ""  # of the table's ids
    _written: set[int] = field(default_factory=set)
    _repeated: list[int] = field(default_factory=list)
    # Of the spectra's own: columns and units; ids, and redshifts that pass the cuts on quality.
    _columns: dict[str, str] = field(default_factory=dict)
    _own: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    @classmethod
    def of_table(cls, path: str | Path, by_hand: ByHand) -> "Labels":
        """Read a table of redshifts; of one source they are merged, or left out if they disagree.

        Raises a `DataError` as `read_redshifts` does.
        """
        named = {key: by_hand.columns.get(key) for key in ("source_id", "z")}
        table = read_redshifts(
            path,
            RedshiftColumns(**named),
            by_ids=True,
            z_unit=by_hand.z_unit,
            quality=by_hand.quality,
        )
        assert table.source_id is not None
        rows, n_repeated, n_contradicting = one_each(table.source_id, table.z, table.z_error)
        account = table.account
        account.left_out += Counter({REPEATED: n_repeated, CONTRADICTING: n_contradicting})
        account.used = len(rows)
        known = pd.Series(table.z[rows], index=table.source_id[rows])
        return cls(by_hand, known, account, account.release.removeprefix("Gaia "))

    def open(self, table: SpectraTable, account: Account) -> None:
        """Look at a table of spectra before it is read.

        Raises a `DataError` if it has no ids or redshifts that are needed, if names do not decide
        which they are, or if the ids are of another release than those of the redshifts.
        """
        name, choices = table.table.name, table.columns.choices
        ids, own = choices["source_id"], choices["z"]
        if ids.position is None and ids.left_aside:
            require_one(ids, name)
        release = _release(table)
        if self.known is not None:
            if ids.position is None:
                raise DataError(
                    f"{name}: expected the column source_id, which joins spectra and redshifts; "
                    "found none."
                )
            require_release(self.release or None, "source_id", name, release or EXPECTED)
        for quantity, choice in choices.items():
            if quantity != "z" or self.known is None:
                choice.require(name)
        if self.known is None and own.position is None:
            aside = f" Left aside: {', '.join(own.left_aside)}." * bool(own.left_aside)
            raise DataError(
                f"{name}: the spectra have no redshifts (a column {', '.join(ALIASES['z'])}); "
                "give a table with source_id and z by --redshifts, for example from "
                f"xpz crossmatch.{aside}"
            )
        account.tables += 1
        account.release = account.release or (f"Gaia {release}" if release else "")
        columns = {quantity: choice.words for quantity, choice in choices.items()}
        if self.known is not None:
            columns["z"] = "that of the table of redshifts"
        else:
            columns["quality"] = self._quality(table).words
            columns |= {"unit of z": table.columns.z_unit} if table.columns.z_unit != "z" else {}
            self._columns[own.column or ""] = table.columns.z_unit
        account.recognise({what: words for what, words in columns.items() if words != "none"})

    def of(self, part: Spectra, table: SpectraTable, first_row: int) -> Labelled:
        """Return the labels of some spectra of a table; without ids they are numbered."""
        ids = part.source_id if part.has_ids else first_row + np.arange(len(part))
        reasons: dict[str, np.ndarray] = {}
        if self.known is not None:
            z = self.known.reindex(ids).to_numpy(np.float64)
        else:
            assert part.z is not None
            z, quality = part.z, self._quality(table)
            cells = {column: part.own[column].to_numpy() for column in quality.columns}
            reasons = quality.left_out(cells, table.table.name)
            untrusted = np.any([np.zeros(len(z), bool), *reasons.values()], axis=0)
            self._own.append((ids, np.where(untrusted, np.nan, z)))
            if quality.tells_type:
                reasons[STARS] = np.abs(z) < STAR
        outside = ~((z >= Z_MIN) & (z <= Z_MAX))
        return Labelled(ids, z, {NO_REDSHIFT: np.isnan(z), **reasons, Z_OUT_OF_RANGE: outside})

    def first_of_each(self, ids: np.ndarray) -> np.ndarray:
        """Return which ids were not written before, shape (N,), and note them as written."""
        is_new = np.zeros(len(ids), bool)
        for row, source in enumerate(ids.tolist()):
            is_new[row] = source not in self._written
            self._written.add(source)
        self._repeated += ids[~is_new].tolist()
        return is_new

    def settle(self, account: Account) -> np.ndarray:
        """Judge all labels together; return the ids whose rows must be taken back.

        Raises a `DataError` if they are no redshifts of galaxies.
        """
        written = np.array(sorted(self._written), np.int64)
        wrong = np.empty(0, np.int64)
        if self.known is None:
            ids, z = (np.concatenate(arrays) for arrays in zip(*self._own, strict=True))
            notes = require_plausible(
                z,
                " or ".join(self._columns),
                "the spectra",
                min(self._columns.values()) if len(set(self._columns.values())) == 1 else "z",
                vouched=self.by_hand.z_unit == "z",
            )
            account.recognise({"plausibility": "; ".join(notes)} if notes else {})
            z[~((z >= Z_MIN) & (z <= Z_MAX))] = np.nan
            wrong = np.intersect1d(ids[contradicting(ids, z)], written)
        else:
            account.without_spectrum = len(np.setdiff1d(self.known.index, written))
        both = int(np.isin(self._repeated, wrong).sum())
        account.left_out[REPEATED] += len(self._repeated) - both
        account.left_out[CONTRADICTING] += len(wrong) + both
        account.left_out = +account.left_out
        return wrong

    def _quality(self, table: SpectraTable) -> Quality:
        return quality_of(table.table.names, self.by_hand.quality, unknown=WARNINGS)


def _release(table: SpectraTable) -> str | None:
    """Return the release of Gaia that the ids tell, or else the number of coefficients."""
    ids = table.columns.single.get("source_id")
    told = None if ids is None else release_in(table.table, ids)
    if told is None and isinstance(table.columns, XPColumns):
        position = table.columns.of_bands.get("bp_n_parameters")
        if position is not None:
            cells = table.table.first((position,)).column(position)
            numbers = parse_numbers(cells, table.table.names[position], table.table.name)[0]
            told = RELEASES.get(numbers[0])
    return told
