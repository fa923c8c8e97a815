"""What is known of an input file of a catalogue: what it was, and what came of it."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.data.account import Account

SHOWN = 5
"""Rows of a file of which is kept what is wrong with them; the others are counted."""


@dataclass(frozen=True)
class PartRecord:
    """A part of a catalogue: a Parquet file of some rows of an input file.

    Attributes
    ----------
    name : str
        Of the file, in the folder of the catalogue; p(z) has the same name in its own.
    rows : int
    n_ids, n_unique, first_id, last_id : int
        Rows with a source_id, how many different ones, the smallest and the largest.
    redshifts : int
        Rows with a redshift.
    flags : dict of str to int
        Rows with each flag, by its name.
    has_densities : bool
        Whether there is a part of p(z).
    marks : str
        SHA-256 of the rows that are marked as repeated; '' for none.
    """

    name: str
    rows: int
    n_ids: int = 0
    n_unique: int = 0
    first_id: int = 0
    last_id: int = 0
    redshifts: int = 0
    flags: dict[str, int] = field(default_factory=dict)
    has_densities: bool = False
    marks: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a piece of an input file, or of the whole of it.

    `state` is 'done', 'failed' (its `reason` says why), 'aside' (it is no table of spectra), or
    'stop': nothing can be written, and `reason` says why.

    Attributes
    ----------
    state, reason : str
    aside : str
        The sentence for the account where the file is left aside.
    parts : tuple of PartRecord
    account : dict
        As `Account.to_json` gives it.
    named : tuple of str
        Quantities whose column, named by hand, is there.
    refused : tuple of str
        Why tables in the file cannot be read.
    problems, notes : dict of str to str
        The first rows whose flux cannot be used, or only without errors: by row, from 0, why.
    n_problems, n_notes : int
        How many there are.
    cuts : tuple of int
        Of the first piece of a large file: where the others begin, and the end of the last; ()
        where it is the whole file.
    """

    state: str = "done"
    reason: str = ""
    aside: str = ""
    parts: tuple[PartRecord, ...] = ()
    account: dict[str, Any] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    n_problems: int = 0
    n_notes: int = 0
    cuts: tuple[int, ...] = ()

    @property
    def failures(self) -> tuple[str, ...]:
        """Why it failed, or why tables in it did of which the others were read."""
        return (self.reason,) if self.state == "failed" else self.refused


@dataclass(frozen=True)
class FileRecord:
    """An input file as it was when it was read, and what came of it.

    Of a file on a server `path` is its address, and `version` what tells it from another one.
    """

    path: str
    name: str  # in the column `file`
    size: int
    mtime_ns: int
    outcome: Outcome
    version: str = ""


def whole_of(outcomes: Sequence[Outcome]) -> Outcome:
    """Return what came of a file whose pieces are all there, in their order."""
    for outcome in outcomes:
        if outcome.state != "done":
            return outcome
    if len(outcomes) == 1:
        return outcomes[0]
    account = add_accounts(outcome.account for outcome in outcomes)
    return replace(
        outcomes[0],
        parts=tuple(part for outcome in outcomes for part in outcome.parts),
        account=account.to_json(),
        problems=_first(outcome.problems for outcome in outcomes),
        notes=_first(outcome.notes for outcome in outcomes),
        n_problems=sum(outcome.n_problems for outcome in outcomes),
        n_notes=sum(outcome.n_notes for outcome in outcomes),
        cuts=(),
    )


def _first(words: Iterable[dict[str, str]]) -> dict[str, str]:
    every = ((row, text) for each in words for row, text in each.items())
    return dict(itertools.islice(every, SHOWN))


def add_accounts(accounts: Iterable[dict[str, Any]]) -> Account:
    """Return the sum of accounts, but for their ids, which are to be counted anew."""
    whole = Account("spectra")
    for values in accounts:
        whole.add(Account.from_json(values))
    return whole
