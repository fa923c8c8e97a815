"""The cuts that a table's redshifts must meet: its survey's, and those of a person."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.data.labels.choice import choose
from core.data.labels.cuts import IS_NOT, Cut, texts_of
from core.data.labels.names import SPEC_WORDS
from core.data.labels.surveys import ANY, SURVEYS, TYPE, WARNING
from core.errors import ConfigError

PHOTOMETRIC = "photometric redshift ({column})"
Z_TYPE = re.compile(r"(z|z_?best|redshift|z_?redshift)_?(type|method|kind|source|origin|flag)")
"""Columns that may tell how redshifts were measured, such as NED's 'Redshift Flag'."""

PERHAPS = re.compile(
    r"n?q|q_?c?z|z_?q|q(_?z)?op|(c?z|(z_?)?(spec|best|helio)(_?z)?|redshift)?_?"
    r"(q|qual(ity)?|qop|flags?|warn|conf(idence)?|rel(iability)?)(_?(flag|code|class))?"
)
"""Columns that may tell the quality of redshifts, whatever their codes mean."""


MATCHED = "Spectroscopic redshift, matched by xpz; cuts on quality: "
"""How the description of matched redshifts begins, which the cuts that were made go on."""

OF_CROSSMATCH = {"separation_arcsec", "redshift_row"}
"""Columns of `xpz crossmatch`, by which a CSV file, which has no descriptions, is told."""


@dataclass(frozen=True)
class Quality:
    """The cuts that a table's redshifts must meet, whose columns are spelt as in the table."""

    cuts: tuple[Cut, ...] = ()
    survey: str = ""  # whose recommendation they are; '' for none
    source: str = ""
    hint: str = ""  # what no column tells, and what to do
    made: str = ""  # the cuts of the match that the table comes from

    @property
    def words(self) -> str:
        """The cuts, and whose they are, for people and cards."""
        cuts = " and ".join(map(str, self.cuts)) or "none"
        if self.made:
            return f"{cuts} here; when the redshifts were matched: {self.made}"
        whose = f" (recommended by {self.survey}: {self.source})" if self.survey else ""
        return cuts + whose + f" ({self.hint})" * bool(self.hint)

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the table, each once."""
        return tuple(dict.fromkeys(cut.column for cut in self.cuts))

    @property
    def tells_type(self) -> bool:
        """Whether they let galaxies alone pass."""
        return any(cut.reason == TYPE for cut in self.cuts)

    def left_out(self, cells: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
        """Return which rows do not meet the cuts, each of shape (N,), by reason."""
        reasons: dict[str, np.ndarray] = {}
        for cut in self.cuts:
            reason = cut.reason.format(column=cut.column) or f"not {cut}"
            reasons[reason] = reasons.get(reason, False) | ~cut.met(cells[cut.column], name)
        return reasons

    def unmet(self, cells: Mapping[str, np.ndarray], name: str) -> str:
        """Say which cuts no row meets and what stands there; '' for none."""
        seen = [
            f" No row meets {cut}: {cut.column} holds {' or '.join(values)}."
            for cut in self.cuts
            if not cut.met(cells[cut.column], name).any()
            and (values := list(dict.fromkeys(map(repr, texts_of(cells[cut.column]))))[:3])
        ]
        return "".join(seen) + " --no-quality keeps all rows." * bool(seen)


@dataclass(frozen=True)
class Asked:
    """What a person says of the quality of redshifts.

    Attributes
    ----------
    cuts : tuple of Cut
        Their own; on columns that a survey's cuts are on they stand in the place of those.
    none : bool
        Whether surveys' cuts are not made.
    without : tuple of str
        Reasons whose cuts are not made.
    """

    cuts: tuple[Cut, ...] = ()
    none: bool = False
    without: tuple[str, ...] = ()


def quality_of(
    names: Sequence[str], asked: Asked | None = None, descriptions: Sequence[str] = ()
) -> Quality:
    """Return the cuts on a table with these columns, also on one of an unknown survey.

    The `descriptions` of the columns tell the cuts of a match that was made before.
    Raises a `ConfigError` if a column of a person's cut is not there.
    """
    asked = asked or Asked()
    spelt = {name.strip().lower(): name for name in reversed(names)}
    own = []
    for cut in asked.cuts:
        column = cut.column if cut.column in names else spelt.get(cut.column.lower())
        if column is None:
            raise ConfigError(
                f"--quality: expected a column called {cut.column}, found {', '.join(names[:8])}"
                f"{', ...' if len(names) > 8 else ''}."
            )
        own.append(replace(cut, column=column))
    if asked.none:
        return Quality(tuple(own))
    known = (survey for survey in SURVEYS if set(survey.telling) <= set(spelt))
    survey = next(known, ANY)
    taken = {cut.column for cut in own}
    cuts = [
        replace(cut, column=column)
        for cut in survey.cuts
        if (column := spelt.get(cut.column.lower())) is not None
        and column not in taken
        and cut.reason not in asked.without
    ]
    if choose("z", names).kind != SPEC_WORDS:
        own += [
            Cut(name, IS_NOT, "photometric", PHOTOMETRIC)
            for name in names
            if Z_TYPE.fullmatch(re.sub(r"\W+", "_", name.strip().lower())) and name not in taken
        ]
    if made := _made(spelt, descriptions):
        return Quality((*cuts, *own), made=made)
    if survey is ANY:
        return Quality((*cuts, *own), hint="" if asked.cuts else _hint(names, cuts, own, asked))
    return Quality((*cuts, *own), survey.name if cuts else "", survey.source if cuts else "")


def _made(columns: Collection[str], descriptions: Sequence[str]) -> str:
    """Return which cuts a match made of which a table is; '' where it is of none."""
    plain = (" ".join(each.split()) for each in descriptions)  # VOTables break lines
    told = (each.removeprefix(MATCHED) for each in plain if each.startswith(MATCHED))
    of_crossmatch = set(columns) >= OF_CROSSMATCH
    return next(told, "by xpz crossmatch, whose account names them" if of_crossmatch else "")


def _hint(names: Sequence[str], cuts: Sequence[Cut], own: Sequence[Cut], asked: Asked) -> str:
    """Say what no column of a table tells, or which may tell the quality.

    `cuts` are the survey's; `own` may leave rows out as well, but tell neither.
    """
    used = {cut.column for cut in cuts}
    plain = {name: re.sub(r"\W+", "_", name.strip().lower()) for name in names}
    perhaps = [n for n in names if PERHAPS.fullmatch(plain[n]) and n not in used]
    if perhaps:
        return (
            f"columns that may tell the quality and are not used: {', '.join(perhaps)}; "
            f'say in --quality which are reliable, such as "{perhaps[0]}>=3"'
        )
    told = {*asked.without, *(cut.reason for cut in cuts)}
    lacking = {
        what: such
        for what, reason, such in (
            ("warning flags", WARNING, "COLUMN==0"),
            ("spectral types", TYPE, "COLUMN==GALAXY"),
        )
        if reason not in told
    }
    if not lacking:
        return ""
    none = ", ".join(f"no {what} recognised" for what in lacking)
    every = "all redshifts are used; " * (not cuts and not own)
    such = " and ".join(lacking.values())
    return f'{none}: {every}say in --quality which are reliable, such as "{such}"'
