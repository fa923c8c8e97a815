"""What the names of columns say: of redshifts, ids, magnitudes and positions."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.data.labels.release import WITHOUT_SPECTRA, neighbours, of_name
from core.data.schema import ALIASES

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

CATALOGUE = {"z", "z_lower", "z_upper", "sigma_z", "flags"}
"""Columns of catalogues of ours: beside the others `z` is predicted, whatever gave `z_input`."""

NEVER = 9
"""Rank of columns that are never taken."""

MAYBE_MAGNITUDE = "perhaps the z band's magnitude"

PERHAPS_IDS = "by its values"
"""Of names, such as VizieR's, under which some keep Gaia's ids and others something else."""


@dataclass(frozen=True)
class Kind:
    """What a name says; of those in a table the lowest rank counts."""

    rank: int
    words: str = ""


def _redshift(name: str, names: Sequence[str]) -> Kind | None:
    plain = plain_name(name)
    if is_velocity(name):
        return Kind(2, "velocity c z")
    if any(plain in ALIASES[quantity] for quantity in ALIASES if quantity != "z"):
        return None  # redshift_ugc has a place of its own
    words = {part for word in WORDS.findall(plain) for part in GLUED.get(word, word).split()}
    if plain in ("z", "z_input") and {plain_name(each) for each in names} >= CATALOGUE:
        return Kind(NEVER, "predicted: never a label") if plain == "z" else Kind(1)
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
        return Kind(3, MAYBE_MAGNITUDE)
    return Kind(1)


def is_velocity(name: str) -> bool:
    """Return whether a column of this name holds c z."""
    return plain_name(name) in VELOCITY


def _source_id(name: str, names: Sequence[str]) -> Kind | None:
    plain, release = plain_name(name), of_name(name)
    if plain == "designation":
        return Kind(2)
    if release is None:
        if plain in ("source", "gaia"):
            told = next((each for one in names if (each := of_name(one)) in WITHOUT_SPECTRA), None)
            if told:  # whose ids these are as well, perhaps, and such a number names another source
                return Kind(NEVER, f"beside a column of Gaia {told}")
            return Kind(4 + (plain == "gaia"), PERHAPS_IDS)
        return Kind(1) if plain in ALIASES["source_id"] else None
    rest = re.sub(r"e?dr\d|gaia", "", plain).strip("_")
    sure = rest in ("source_id", "sourceid") or ("gaia" in plain and rest == "id")
    # VizieR's DR3Name ('Gaia DR3 123'), and GaiaDR3 in its copies of other catalogues.
    if not sure and rest != "name" and not ("gaia" in plain and not rest):
        return None
    if release in WITHOUT_SPECTRA:
        return Kind(NEVER, f"of Gaia {release}: {neighbours(release)}")
    return Kind(0) if sure else Kind(3, PERHAPS_IDS)


def _g_mag(name: str, names: Sequence[str]) -> Kind | None:
    words = set(WORDS.findall(plain_name(name).replace("gmag", "g_mag")))
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


def kind_of(quantity: str, name: str, names: Sequence[str]) -> Kind | None:
    """Return what a name among others says of a quantity; None if nothing."""
    if quantity in KINDS:
        return KINDS[quantity](name, names)
    return Kind(0) if name.strip().lower() in ALIASES[quantity] else None


@lru_cache(maxsize=4096)  # tables of samples have hundreds, and each quantity asks for them
def plain_name(name: str) -> str:
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
