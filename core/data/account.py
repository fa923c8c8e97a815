"""What became of everything that was read: an account whose sums add up."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

WIDTH = 52
"""Of the words before a number."""

SHOWN = 20
"""Sentences on files of one sort, beyond which people are told their number alone."""

MOST_ROWS = 5
"""Rows left out for one reason that are named; of others the number is told."""

NOT_ASKED = "not asked for"
"""Why a row is left out whose id is none of those that were named."""

WITHOUT_REDSHIFT = (
    "a band is missing",
    "the flux cannot be used",
    "the network's answer is no redshift",
)
"""Why spectra get no redshift: they are not used, but are in the catalogue, so not left out."""

COUNTERS = ("left_out", "skipped", "noted")
"""What an account counts by reasons."""


@dataclass
class Account:
    """What became of the rows and ids of one kind of input.

    The sums add up: `rows` is `used` and all of `left_out`, `ids` is `unique_ids` and
    `repeated_ids`.

    Attributes
    ----------
    what : str
        What the rows are: 'spectra', 'redshifts', 'sources'.
    files, tables, rows : int
        That were read.
    ids, unique_ids : int
        Rows with a source_id, and how many different ones there are.
    without_spectrum : int
        Different ids that were asked for and have no spectrum.
    used : int
        Rows that went on.
    noted : Counter of str
        Of those, rows with something amiss, by what it is.
    left_out : Counter of str
        Rows that did not, by the reason.
    left_out_rows : dict of str to list of str
        The first of these by their numbers, with the file before them where there are several.
    skipped : Counter of str
        Lines that are no rows, by the reason.
    release : str
        Of the ids, such as 'Gaia DR3'; '' where nothing tells.
    columns : dict of str to str
        Which column was recognised as what, the spellings of several files beside each other.
    notes : list of str
        How files were read, where that is not plain: another encoding, ids without a name.
    warnings : list of str
        What people should mend before they go on, and how.
    left_aside : list of str
        Files and tables that hold nothing of use: which, and why.
    refused : list of str
        Files and tables that could not be read: which, and why.

    Examples
    --------
    >>> from core.data.account import Account
    >>> account = Account("spectra", files=1, tables=1, rows=3, used=2)
    >>> account.left_out["no redshift"] += 1
    >>> account.adds_up
    True
    """

    what: str
    files: int = 0
    tables: int = 0
    rows: int = 0
    ids: int = 0
    unique_ids: int = 0
    without_spectrum: int = 0
    used: int = 0
    noted: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    left_out_rows: dict[str, list[str]] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    release: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    left_aside: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def repeated_ids(self) -> int:
        """Rows whose id came before."""
        return self.ids - self.unique_ids

    @property
    def adds_up(self) -> bool:
        """Whether every row and id is accounted for."""
        counts = (self.used, self.repeated_ids, *self.left_out.values())
        return self.rows == self.used + self.left_out.total() and min(counts) >= 0

    def leave_out(
        self,
        reasons: Mapping[str, np.ndarray],
        keep: np.ndarray,
        called: Callable[[int], str] | None = None,
    ) -> np.ndarray:
        """Count rows by the first reason why they do not go on; return which do.

        Parameters
        ----------
        reasons : mapping of str to np.ndarray of bool, shape (N,)
            Which rows do not, by the reason.
        keep : np.ndarray of bool, shape (N,)
            Rows that were not left out before.
        called : callable, optional
            Returns what people call one of the rows; by default none is named.
        """
        for reason, wrong in reasons.items():
            rows = np.flatnonzero(keep & wrong)
            if len(rows):
                self.left_out[reason] += len(rows)
                if called is not None:
                    named = self.left_out_rows.setdefault(reason, [])
                    named += map(called, rows[: MOST_ROWS - len(named)].tolist())
            keep = keep & ~wrong
        return keep

    def named_rows(self, reason: str) -> str:
        """Return the first rows that were left out for a reason, as in 'rows 4, 11, ...'."""
        named, n = self.left_out_rows.get(reason, []), self.left_out[reason]
        if not named:
            return ""
        return f"row{'s' * (n > 1)} {', '.join(named)}{', ...' * (n > len(named))}"

    def lines_on_rows(self) -> Iterator[str]:
        """Yield for each reason which rows were left out, where they are named."""
        for reason in self.left_out:
            if named := self.named_rows(reason):
                yield f"{_fate(reason)}: {reason}: {named}"

    def count_ids(self, ids: np.ndarray) -> None:
        """Count the ids of all rows that have one."""
        self.ids, self.unique_ids = len(ids), len(np.unique(ids))

    def add(self, other: "Account") -> None:
        """Take in what was read of one more file; ids are to be counted anew."""
        for name, values in vars(other).items():
            if isinstance(values, int | Counter | list):
                setattr(self, name, getattr(self, name) + values)
        self.tell_release(other.release)
        for reason, named in other.left_out_rows.items():
            self.left_out_rows[reason] = [*self.left_out_rows.get(reason, []), *named][:MOST_ROWS]
        for quantity, columns in other.columns.items():
            for column in columns.split(" | "):
                self.recognise({quantity: column})

    def tell_release(self, release: str) -> None:
        """Note of which release ids are, beside others."""
        known = self.release.split(" and ")
        if release not in known:
            self.release = " and ".join(filter(None, (*known, release)))

    def recognise(self, columns: Mapping[str, str]) -> None:
        """Note which column holds what in one more table."""
        for quantity, column in columns.items():
            known = self.columns.get(quantity, "").split(" | ")
            if column not in known:
                self.columns[quantity] = " | ".join([*filter(None, known), column])

    def counts(self) -> dict[str, int]:
        """Return how many there are of everything, by words for people."""
        asked = "asked for, " * (NOT_ASKED in self.left_out)  # ids of the others are not counted
        numbers = {
            "files read": self.files,
            "files refused": len(self.refused),
            "tables read": self.tables,
            f"{self.what}: rows read": self.rows,
            **{f"skipped: {reason}": n for reason, n in self.skipped.items()},
            f"rows {asked}with a source_id": self.ids,
            "different source_ids": self.unique_ids,
            "rows whose source_id came before": self.repeated_ids,
            "source_ids without a spectrum": self.without_spectrum,
            **{f"{_fate(reason)}: {reason}": n for reason, n in self.left_out.items()},
            "used": self.used,
            **{f"of these {note}": n for note, n in self.noted.items()},
        }
        always = (f"{self.what}: rows read", "used", *["files read"] * bool(self.refused))
        return {words: n for words, n in numbers.items() if n or words in always}

    def lines(self, *, with_refused: bool = True) -> Iterator[str]:
        """Yield the account for people, a line each; the refused by name, or their number alone."""
        for words, n in self.counts().items():
            yield f"{words:<{WIDTH}} {n:>12,}"
        yield from self.lines_on_rows()
        if self.release:
            yield f"release of the ids: {self.release}"
        for quantity, column in self.columns.items():
            yield f"{quantity}: {column}"
        yield from self.sentences(with_refused=with_refused)

    def sentences(self, *, with_refused: bool = True) -> Iterator[str]:
        """Yield what was noted, left aside and refused, and why; the first of each sort."""
        refused = [f"refused: {reason}" for reason in self.refused if with_refused]
        for sentences in (self.notes, self.left_aside, refused):
            yield from _first(sentences)

    def warned(self) -> Iterator[str]:
        """Yield what people should mend; the first sentences of many."""
        yield from _first(self.warnings)

    def to_json(self) -> dict[str, Any]:
        """Return the account as JSON has it, for scripts, cards and catalogues."""
        counts = {name: dict(getattr(self, name)) for name in COUNTERS}
        return vars(self) | {"repeated_ids": self.repeated_ids, **counts}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Account":
        """Return the account that `to_json` gave; names that it does not know are passed over."""
        known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        return cls(**known | {name: Counter(known.get(name, {})) for name in COUNTERS})


def _first(sentences: Sequence[str]) -> Iterator[str]:
    """Yield the first sentences of one sort, and how many more there are."""
    yield from sentences[:SHOWN]
    if len(sentences) > SHOWN:
        yield f"... and {len(sentences) - SHOWN:,} more like these."


def _fate(reason: str) -> str:
    return "without a redshift" if reason in WITHOUT_REDSHIFT else "left out"
