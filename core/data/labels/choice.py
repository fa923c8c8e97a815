"""Which column of a table is the id, the redshift, the magnitude or the position."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.data.labels.release import WITHOUT_SPECTRA, neighbours, of_name
from core.data.schema import ALIASES
from core.errors import DataError

WORDS = re.compile(r"[a-z]+|\d+")
# Words that names write without anything between them.
GLUED = {
    **dict.fromkeys(("zspectro", "zspec", "specz", "zsp", "spz"), "z spec"),
    **dict.fromkeys(("zphoto", "zphot", "photoz", "photz", "zph", "zpdf", "bpz"), "z phot"),
    **{f"z{word}": f"z {word}" for word in ("best", "helio", "hel", "cmb", "gal", "final", "obs")},
    **{f"z{word}": f"z {word}" for word in ("peak", "mode", "median", "mean", "ml", "mc", "b")},
}

REDSHIFT = {"z", "redshift", "redshifts"}
SPECTROSCOPIC = {"spec", "sp", "spectro", "spectroscopic", "specobj"}
PHOTOMETRY = {"phot", "photo", "photometric", "ph"}
# Of template fits, neural networks and Gaia's own spectra: of BPZ (z_b, z_ml), LePhare (lp), EAZY
# (z_peak, z_mc), TPZ, ANNz, DNF, and QSOC and UGC of Gaia.
PHOTOMETRIC = {
    *("b", "ml", "mc", "mode", "median", "mean", "peak", "model", "tmpl", "templ"),
    *("pdf", "chi", "bpz", "lephare", "lp", "eazy", "ez", "tpz", "annz", "dnf", "gpz", "template"),
    *("templates", "temp", "tpl", "gaia", "ugc", "qsoc", "xp", "pred", "predicted", "est"),
}
# Words that leave open how a redshift was measured.
VAGUE = {
    *("best", "final", "helio", "hel", "heliocentric", "cmb", "gal", "galaxy", "host", "obs"),
    *("observed", "true", "sdss", "boss", "eboss", "desi", "gama", "lamost", "ned", "simbad"),
    *("vipers", "primus", "wigglez", "dfgrs", "dfgs", "df", "mrs"),
}
VELOCITY = ("cz", "czhelio", "cz_helio", "cz_hel", "helio_cz", "hcz", "cz_obs", "v_cz")
"""Names that say c z; [km/s] unless the file declares another unit."""

PERHAPS_VELOCITY = ("v", "vel", "velocity", "vhel", "vhelio", "v_hel", "v_helio", "rv", "hrv")
"""Names that may say c z, such as 2MRS's v, and are taken for it where a person says so."""

SPEC_WORDS = "spectroscopic"

# By falling priority; a table's positions are the first pair of which it has both.
POSITIONS = (
    ("target_ra", "target_dec"), ("plug_ra", "plug_dec"), ("ra", "dec"), ("ra_deg", "dec_deg"),
    ("radeg", "decdeg"), ("radeg", "dedeg"), ("ra_deg", "de_deg"), ("raj2000", "dej2000"),
    ("raj2000", "decj2000"), ("ra_j2000", "dec_j2000"), ("ra_icrs", "de_icrs"),
    ("ra_icrs", "dec_icrs"), ("ra2000", "dec2000"), ("ra_obs", "dec_obs"),
    ("right_ascension", "declination"),
)  # fmt: skip

WHAT = {
    "source_id": "Gaia's identifiers",
    "z": "redshifts",
    "g_mag": "magnitudes in Gaia's G band",
    "ra": "right ascensions [deg]",
    "dec": "declinations [deg]",
}


@dataclass(frozen=True)
class Choice:
    """The column of one quantity, and why."""

    quantity: str
    names: tuple[str, ...]  # of all columns, as the table spells them
    position: int | None = None  # None where there is none, or names do not decide
    kind: str = ""  # what the name says, such as 'spectroscopic', or 'by hand'
    left_aside: tuple[str, ...] = ()  # others that are called like it, with the reason
    rivals: tuple[str, ...] = ()  # columns among which names do not decide

    @property
    def column(self) -> str | None:
        """Its name, as the table spells it."""
        return None if self.position is None else self.names[self.position]

    @property
    def words(self) -> str:
        """The column and why it is that one, for people and cards."""
        if self.rivals:
            return f"none: several columns could be it ({', '.join(self.rivals)})"
        # A name that says spectroscopic needs no more words, unless it had rivals.
        says_more = self.position is not None and (self.left_aside or self.kind != SPEC_WORDS)
        kinds = [self.kind] * bool(self.kind and says_more)
        aside = [f"left aside: {', '.join(self.left_aside)}"] * bool(self.left_aside)
        about = "; ".join(kinds + aside)
        column = "none" if self.position is None else self.column or f"column {self.position + 1}"
        return column + (f" ({about})" if about else "")

    @property
    def aside(self) -> str:
        """What was left aside and what may be meant, as the end of an error."""
        aside = f" Left aside: {', '.join(self.left_aside)}." if self.left_aside else ""
        for name in self.names if self.quantity == "z" else ():
            if _plain(name) in PERHAPS_VELOCITY:
                aside += f" If '{name}' holds velocities c z, add --z {name} --z-unit km/s."
        return aside

    def require(self, name: str) -> None:
        """Raise an `UndecidedError` where names do not decide."""
        if self.rivals:
            raise UndecidedError(self, name)


class UndecidedError(DataError):
    """Several columns of a table could be the same quantity."""

    def __init__(self, choice: Choice, name: str) -> None:
        rivals = ", ".join(f"'{column}'" for column in choice.rivals)
        super().__init__(
            f"{name}: several columns could be {choice.quantity}: {rivals}. Keep one of them, or "
            f"name it with {option(choice.quantity)}."
        )


def option(quantity: str) -> str:
    """Return the option of commands that names a column by hand."""
    return "--id" if quantity == "source_id" else f"--{quantity.replace('_', '-')}"


def choose(quantity: str, names: Sequence[str]) -> Choice:
    """Choose the column of a quantity by its name.

    A spectroscopic redshift beats one that says nothing of itself; photometric ones and those of
    templates are never labels. A name with Gaia's release, or of Gaia's own tables, beats a plain
    one.
    """
    kind_of = KINDS.get(quantity, lambda name, _: _alias(quantity, name))
    kinds = {i: kind for i, name in enumerate(names) if (kind := kind_of(name, names))}
    lowest = min((kind.rank for kind in kinds.values()), default=NEVER)
    best = [i for i, kind in kinds.items() if kind.rank == lowest < NEVER]
    aside = tuple(
        names[i] + f" ({kind.words})" * bool(kind.words)
        for i, kind in kinds.items()
        if i not in best
    )
    if len(best) != 1:
        rivals = tuple(names[i] for i in best)
        return Choice(quantity, tuple(names), left_aside=aside, rivals=rivals)
    return Choice(quantity, tuple(names), best[0], kinds[best[0]].words, aside)


def choose_by_hand(quantity: str, asked: str, names: Sequence[str], name: str) -> Choice:
    """Return the column that a person names: as it is spelt, else whatever the case.

    Raises a `DataError` if there is none, or several that differ in case only.
    """
    for same in (str, _plain):
        found = [i for i, column in enumerate(names) if same(column) == same(asked)]
        if len(found) > 1:
            Choice(quantity, tuple(names), rivals=tuple(names[i] for i in found)).require(name)
        if found:
            return Choice(quantity, tuple(names), found[0], "by hand")
    raise missing(quantity, asked, names, name)


def choose_position(names: Sequence[str], *, gaia: bool = False) -> tuple[Choice, Choice]:
    """Choose the columns of right ascension and declination: two that belong together.

    In tables of `gaia` ra and dec come before those of surveys' targets.
    """
    lowered = [_plain(name) for name in names]
    pairs = [pair for pair in [("ra", "dec")] * gaia + [*POSITIONS] if set(pair) <= set(lowered)]

    def choice(quantity: str, axis: int) -> Choice:
        found = [i for i, name in enumerate(lowered) if pairs and name == pairs[0][axis]]
        if len(found) > 1:
            return Choice(quantity, tuple(names), rivals=tuple(names[i] for i in found))
        others = {pair[axis] for pair in pairs}
        aside = (name for name, low in zip(names, lowered, strict=True) if low in others)
        aside = (name for name in aside if not found or name != names[found[0]])
        return Choice(quantity, tuple(names), found[0] if found else None, left_aside=tuple(aside))

    return choice("ra", 0), choice("dec", 1)


def missing(
    quantity: str, called: str, names: Sequence[str], name: str, do: str | None = None
) -> DataError:
    """Return the error of a table that has no column of a quantity; it says what to `do`."""
    shown = ", ".join(column or "unnamed" for column in names[:8])
    return DataError(
        f"{name}: expected a column of {WHAT.get(quantity, quantity)}, called {called}; found "
        f"{shown}{', ...' if len(names) > 8 else ''}. "
        f"{do or f'Rename it, or name it with {option(quantity)}.'}"
    )


def require_one(choice: Choice, name: str) -> int:
    """Return the position of a column that a table must have.

    Raises a `DataError` if there is none, with what was left aside and why, or names do not decide.
    """
    choice.require(name)
    if choice.position is None:
        called = " or ".join(dict.fromkeys(ALIASES.get(choice.quantity, _of_positions(choice))))
        error = missing(choice.quantity, called, choice.names, name)
        raise DataError(f"{error}{choice.aside}")
    return choice.position


def _of_positions(choice: Choice) -> list[str]:
    return [pair[choice.quantity == "dec"] for pair in POSITIONS]


def choose_all(names: Sequence[str], by_hand: Mapping[str, str], name: str) -> dict[str, Choice]:
    """Choose the column of each quantity of `ALIASES`, some of them `by_hand`."""
    return {
        quantity: choose_by_hand(quantity, by_hand[quantity], names, name)
        if quantity in by_hand
        else choose(quantity, names)
        for quantity in ALIASES
    }


NEVER = 9
"""Rank of columns that are never taken."""


@dataclass(frozen=True)
class Kind:
    """What a name says; of those in a table the lowest rank counts."""

    rank: int
    words: str = ""


def _redshift(name: str, names: Sequence[str]) -> Kind | None:
    plain = _plain(name)
    if is_velocity(name):
        return Kind(2, "velocity c z")
    if any(plain in ALIASES[quantity] for quantity in ALIASES if quantity != "z"):
        return None  # redshift_ugc has a place of its own
    words = {part for word in WORDS.findall(plain) for part in GLUED.get(word, word).split()}
    others = {word for word in words if not word.isdecimal()} - REDSHIFT
    # Programs number columns that come again: z.1 (pandas), z_2 (TOPCAT); z1 is another quantity.
    known = others <= SPECTROSCOPIC | PHOTOMETRY | PHOTOMETRIC | VAGUE and not re.search(
        r"[a-z]\d", plain
    )
    if not REDSHIFT & words or not known:
        return None
    if others & SPECTROSCOPIC and not others & PHOTOMETRY:  # ez_z_spec is what EAZY was given
        return Kind(0, SPEC_WORDS)
    if others & PHOTOMETRIC | others & PHOTOMETRY:
        return Kind(NEVER, "photometric or of templates: never a label")
    if _beside(name, "z", "griyj", names):
        return Kind(3, "perhaps the z band's magnitude")
    return Kind(1)


def is_velocity(name: str) -> bool:
    """Return whether a column of this name holds c z."""
    return _plain(name) in VELOCITY


def _source_id(name: str, names: Sequence[str]) -> Kind | None:
    plain, release = _plain(name), of_name(name)
    # VizieR's copies of Gaia call it Source.
    if plain == "designation" or (plain == "source" and "RA_ICRS" in names):
        return Kind(2)
    if release is None:
        return Kind(1) if plain in ALIASES["source_id"] else None
    rest = re.sub(r"e?dr\d|gaia", "", plain).strip("_")
    if rest not in ("source_id", "sourceid") and not ("gaia" in plain and rest == "id"):
        return None
    if release in WITHOUT_SPECTRA:
        return Kind(NEVER, f"of Gaia {release}: {neighbours(release)}")
    return Kind(0)


def _g_mag(name: str, names: Sequence[str]) -> Kind | None:
    words = set(WORDS.findall(_plain(name).replace("gmag", "g_mag")))
    if not {"g", "mag"} <= words <= {"gaia", "phot", "g", "mean", "mag", "dr"} | {"3", "4"}:
        return None
    if {"phot", "mean"} <= words or "gaia" in words or name.strip() == "Gmag":
        return Kind(0)
    if _beside(name, "g", "ri", names):
        return Kind(NEVER, "beside r and i: another survey's g")
    return Kind(1)


KINDS: Mapping[str, Callable[[str, Sequence[str]], Kind | None]] = {
    "z": _redshift,
    "source_id": _source_id,
    "g_mag": _g_mag,
}


def _alias(quantity: str, name: str) -> Kind | None:
    return Kind(0) if name.strip().lower() in ALIASES[quantity] else None


def _plain(name: str) -> str:
    """Return a name in lower case, what is no letter and no digit as '_'."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def _beside(name: str, band: str, others: str, names: Sequence[str]) -> bool:
    """Return whether columns of the same name for two other bands, in the same case, are there."""
    at = name.lower().find(band)
    renamed = {
        name[:at] + (other.upper() if name[at].isupper() else other.lower()) + name[at + 1 :]
        for other in others
    }
    return at >= 0 and len(renamed & set(names)) >= 2
