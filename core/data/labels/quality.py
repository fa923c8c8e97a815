"""Which redshifts their survey calls reliable, and cuts that people write: "NQ>=3"."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.data.labels.choice import SPEC_WORDS, choose
from core.data.tables.cells import parse_numbers, to_texts
from core.errors import ConfigError

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
CUT = re.compile(r"""\s*([^<>=!'"]+?)\s*([<>=!]=|[<>=])\s*(?:'([^']*)'|"([^"]*)"|([\w.+-]+))\s*""")
GALAXY = "GALAXY"


@dataclass(frozen=True)
class Cut:
    """A condition that reliable redshifts meet."""

    column: str
    operator: str  # of `OPERATORS`
    value: float | str  # texts are compared without regard to case
    reason: str = ""  # why others are left out, of a {column}; '' for the cut itself

    def __str__(self) -> str:
        value = self.value if isinstance(self.value, str) else f"{self.value:g}"
        return f"{self.column} {self.operator} {value}"

    def met(self, cells: np.ndarray, name: str) -> np.ndarray:
        """Return which cells meet it, shape (N,) bool; an empty one does not."""
        compare = OPERATORS[self.operator]
        if self.reason == PHOTOMETRIC:
            return ~_texts(cells).str.contains(OF_PHOTOMETRY).to_numpy(bool)
        if isinstance(self.value, str):
            texts = _texts(cells).str.upper()
            return ((texts != "") & compare(texts, self.value.upper())).to_numpy(bool)
        numbers = (
            np.ma.filled(cells.astype(float), np.nan)
            if cells.dtype.kind == "b"
            else parse_numbers(cells, self.column, name)[0]
        )
        return np.isfinite(numbers) & compare(numbers, self.value)


def _texts(cells: np.ndarray) -> pd.Series:
    """Return cells as text, '' where they are empty; Python's b'GALAXY' is GALAXY."""
    return to_texts(cells).str.replace(r"^b(['\"])(.*)\1$", r"\2", regex=True).str.strip()


WARNING = "warning flag ({column})"
SKY = "no target, but sky or a standard star ({column})"
TYPE = f"not of type {GALAXY} ({{column}})"


@dataclass(frozen=True)
class Survey:
    """A survey whose redshifts are recognised by their columns."""

    name: str
    telling: tuple[str, ...]  # columns that only its tables have together, in lower case
    cuts: tuple[Cut, ...]  # that it recommends; those on columns that are not there are not made
    source: str  # of the recommendation


ERRORS = tuple(
    Cut(column, *met)
    for column in ("zerr", "z_err", "z_error")
    for met in (
        (">", 0, "failed fit, whose error is not above 0 ({column})"),
        ("<", 1, "error of 1 and more ({column})"),
    )
)
"""Pipelines write errors of -1 or 0 where a fit failed, and huge ones where it told nothing."""

PHOTOMETRIC = "photometric redshift ({column})"
OF_PHOTOMETRY = re.compile(r"phot|^p$|^pz$|^zp$", re.IGNORECASE)
Z_TYPE = re.compile(r"(z|z_?best|redshift|z_?redshift)_?(type|method|kind|source|origin|flag)")
"""Columns that may tell how redshifts were measured, such as NED's 'Redshift Flag'."""

PERHAPS = re.compile(
    r"n?q|q_?c?z|z_?q|q(_?z)?op|(c?z|(z_?)?(spec|best|helio)(_?z)?|redshift)?_?"
    r"(q|qual(ity)?|qop|flags?|warn|conf(idence)?|rel(iability)?)(_?(flag|code|class))?"
)
"""Columns that may tell the quality of redshifts, whatever their codes mean."""

NOT_BEST = "not the best spectrum of its object ({column})"
OF_SDSS = (
    Cut("zwarning", "==", 0, WARNING),
    Cut("class", "==", GALAXY, TYPE),
    Cut("specprimary", "==", 1, NOT_BEST),
    Cut("scienceprimary", "==", 1, NOT_BEST),
    *ERRORS,
)

SURVEYS = (
    Survey(
        "DESI",
        ("zwarn", "spectype"),
        (
            Cut("zwarn", "==", 0, WARNING),
            Cut("spectype", "==", GALAXY, TYPE),
            Cut("objtype", "==", "TGT", SKY),
            Cut("coadd_fiberstatus", "==", 0, "fault of the fibre ({column})"),
            Cut("deltachi2", ">", 40, "second-best fit as good ({column} up to 40)"),
            Cut("zcat_primary", "==", 1, NOT_BEST),
            *ERRORS,
        ),
        "DESI DR1, data.desi.lbl.gov/doc/releases/dr1, and for DELTACHI2 Hahn et al. 2023, "
        "AJ 165, 253 (Bright Galaxy Survey)",
    ),
    *(
        Survey("SDSS", telling, OF_SDSS, "SDSS DR17, sdss.org/dr17/spectro/caveats and /catalogs")
        for telling in (("zwarning", "class"), ("specprimary",))
    ),
    Survey(
        "LAMOST",
        ("obsid", "class", "subclass"),
        (
            Cut("class", "==", GALAXY, TYPE),
            Cut("zwarning", "==", 0, WARNING),
            Cut("fibermask", "==", 0, "fault of the fibre ({column})"),
            *ERRORS,
        ),
        "LAMOST LRS General Catalog, dr8.lamost.org/v1.0/doc/lr-data-production-description",
    ),
    Survey(
        "GAMA",
        ("nq",),
        (Cut("nq", ">=", 3),),
        "GAMA DR4, Driver et al. 2022, MNRAS 513, 439: nQ of 3 and more for science",
    ),
    *(
        Survey(
            "6dFGS",
            (*telling, column),
            (Cut(column, ">=", 3), Cut(column, "<=", 4)),
            "Jones et al. 2009, MNRAS 399, 683: Q of 3 and 4 are redshifts, 6 are stars",
        )
        for *telling, column in (
            ("q_cz",),
            ("targetname", "progid", "quality"),
            ("6dfgsname", "q"),
            ("6dfgs", "q"),
        )
    ),
    Survey(
        "2dFGRS",
        ("q_z", "bjmag"),
        (Cut("q_z", ">=", 3),),
        "Colless et al. 2001, MNRAS 328, 1039: Q of 3 and more are reliable",
    ),
    Survey(
        "2MRS",
        ("cz", "e_cz", "ktmag"),
        (Cut("cz", "!=", 0, "no velocity ({column})"),),
        "Huchra et al. 2012, ApJS 199, 26: velocities without a code of quality",
    ),
)

ANY = Survey(
    "",
    (),
    (
        *(Cut(column, "==", 0, WARNING) for column in ("zwarn", "zwarning")),
        *(Cut(column, "==", GALAXY, TYPE) for column in ("spectype", "class")),
        Cut("objtype", "!=", "SKY", SKY),
    ),
    "",
)
"""Cuts on columns that mean the same in most tables."""


@dataclass(frozen=True)
class Quality:
    """The cuts that a table's redshifts must meet, whose columns are spelt as in the table."""

    cuts: tuple[Cut, ...] = ()
    survey: str = ""  # whose recommendation they are; '' for none
    source: str = ""
    hint: str = ""  # what no column tells, and what to do

    @property
    def words(self) -> str:
        """The cuts, and whose they are, for people and cards."""
        cuts = " and ".join(map(str, self.cuts)) or "none"
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
            and (values := list(dict.fromkeys(map(repr, _texts(cells[cut.column]))))[:3])
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


def quality_of(names: Sequence[str], asked: Asked | None = None) -> Quality:
    """Return the cuts on a table with these columns, also on one of an unknown survey.

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
            Cut(name, "!=", "PHOT", PHOTOMETRIC)
            for name in names
            if Z_TYPE.fullmatch(re.sub(r"\W+", "_", name.strip().lower())) and name not in taken
        ]
    if survey is ANY:
        return Quality((*cuts, *own), hint="" if asked.cuts else _hint(names, cuts, asked))
    return Quality((*cuts, *own), survey.name if cuts else "", survey.source if cuts else "")


def _hint(names: Sequence[str], cuts: Sequence[Cut], asked: Asked) -> str:
    """Say what no column of a table tells, or which may tell the quality."""
    used = {cut.column for cut in cuts}
    plain = {name: re.sub(r"\W+", "_", name.strip().lower()) for name in names}
    perhaps = [n for n in names if PERHAPS.fullmatch(plain[n]) and n not in used]
    if perhaps:
        return (
            f"columns that may tell the quality and are not used: {', '.join(perhaps)}; "
            "use --quality"
        )
    told = {*asked.without, *(cut.reason for cut in cuts)}
    lacking = [
        f"no {what} recognised"
        for what, reason in (("warning flags", WARNING), ("spectral types", TYPE))
        if reason not in told
    ]
    every = "all redshifts are used; " * (not cuts)
    return f"{', '.join(lacking)}: {every}name the column with --quality" if lacking else ""


def parse_cuts(text: str | None) -> tuple[Cut, ...]:
    """Return the cuts in a text such as "NQ>=3 and CLASS == 'GALAXY'"; nothing of it is run.

    Raises
    ------
    ConfigError
        If it is anything else.
    """
    if text is None:
        return ()
    cuts = []
    for part in re.split(r"\s+(?:and|AND|&&?)\s+", text.strip()):
        match = CUT.fullmatch(part)
        if match is None:
            raise ConfigError(
                f"--quality: expected a column, one of {', '.join(OPERATORS)} and a value, joined "
                f"by 'and', such as \"NQ>=3 and ZWARN==0\"; received {part!r}."
            )
        column, symbol, *values = match.groups()
        value = next(given for given in values if given is not None)
        cuts.append(Cut(column, symbol, _number(value) if values[2] else value))
    return tuple(cuts)


def _number(text: str) -> float | str:
    if text.lower() in ("true", "false"):
        return float(text.lower() == "true")
    try:
        return float(text)
    except ValueError:
        return text
