"""What xpz looks for in an archive of Gaia, and by which names and words it is recognised.

The names of DR3 stand first; those of a later release are assumptions until it is out, so each
entry also tells patterns of other names and words of descriptions.
"""

import re
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class Sought:
    """A table or a column that is looked for.

    Attributes
    ----------
    key : str
        What the rest of the program calls it.
    what : str
        What it is, in words.
    names : tuple of str
        Its name in DR3; then patterns of whole names, in any case, the better ones first.
    words : str
        Pattern of its description, for where no name fits.
    never : str
        Pattern of names and descriptions that rule it out.
    without : str
        How queries go on where it is not there; empty where they cannot.
    ucd : str
        Pattern of the UCD that a column found by words must have, where it tells one.
    datatype : str
        Pattern of the type of its values, where the archive tells it.
    """

    key: str
    what: str
    names: tuple[str, ...]
    words: str = ""
    never: str = ""
    without: str = ""
    ucd: str = ""
    datatype: str = ""

    def rank(self, name: str, description: str, ucd: str = "", datatype: str = "") -> int | None:
        """Return how well a name or a description fits, 0 the best; None where neither does."""
        if self.datatype and datatype and not re.search(self.datatype, datatype, re.IGNORECASE):
            return None
        if self.never and re.search(self.never, f"{name} {description}", re.IGNORECASE):
            return None
        for rank, pattern in enumerate(self.names):
            if re.fullmatch(pattern, name, re.IGNORECASE):
                return rank
        if not (self.words and re.search(self.words, description, re.IGNORECASE)):
            return None
        fits = not (self.ucd and ucd) or re.search(self.ucd, ucd, re.IGNORECASE)
        return len(self.names) if fits else None


NUMBER = "float|double|real|numeric"
WORD = "char|text|string"
FLAG = "bool|char|bit|byte|short|int"

SOURCE_ID = Sought("source_id", "identifier", ("source_id", "gaia_source_id", "(gaia_?)?(src|id)"))

TABLES = (
    Sought(
        "sources",
        "table of sources",
        ("gaia_source", r"(gaia_?)?(main_?)?sources?", r"gaia_source_?lite", r"e?dr\d_?lite"),
        r"(main|all).*sources",
    ),
    Sought(
        "galaxies",
        "galaxy candidates",
        ("galaxy_candidates", r".*galax(y|ies).*candidates?", r".*galax(y|ies)", r".*extragal.*"),
        r"galax(y|ies)|extragalactic",
        "qso|quasar|catalogue_name|morpholog",
        "cones and numbers of galaxies cannot be asked for; ids and ADQL can",
    ),
    Sought(
        "spectra",
        "XP spectra as array columns",
        ("xp_continuous_mean_spectrum", r".*xp.*(continuous|coefficients?|mean).*"),
        r"(xp|bp.*rp).*spectr.*coefficients|coefficients.*(xp|bp.*rp).*spectr",
        "sampled|epoch|summary",
        "spectra come by DataLink",
    ),
    Sought(
        "sdss",
        "cross-match with SDSS",
        (r"sdssdr13_best_neighbour", r"sdss.*best_?neighbou?r", r".*sdss.*(x|cross)_?match.*"),
        r"cross-?match.*(sdss|sloan)|(sdss|sloan).*(cross-?match|best neighbour)",
        "neighbourhood|join",
        "SDSS's redshifts are matched here, with xpz crossmatch",
    ),
)

_REDSHIFT = "no redshifts of Gaia's own stand beside ours"
_PURER = "the purer sample is chosen without it"

COLUMNS = {
    "sources": (
        Sought("ra", "right ascension", ("ra", "ra_?deg|raj2000"), "right ascension", "error"),
        Sought("dec", "declination", ("dec", "dec?_?deg|dej2000"), "declination", "error"),
        Sought(
            "g_mag",
            "G magnitude",
            ("phot_g_mean_mag", "(phot_)?g_?(mean_?)?mag(nitude)?"),
            "g.band mean mag",
            "error|rvs|flux",
            "sources come without magnitudes",
            "phot.mag",
        ),
        Sought(
            "has_xp",
            "flag of XP spectra",
            (
                "has_xp_continuous",
                r"(has|with|in|n)_.*xp.*(continuous|coef|mean).*",
                r"has_.*xp.*|(mean_)?xp_?(mean_)?spectr(um|a)_?(flag|avail(able)?)?",
            ),
            r"(?=.*(availab|flag|whether|indicat|has )).*\b(xp|bp.?rp)\b.*",
            "sampled|epoch|grav|magnitude|colou?r|flux|photometr|error",
            "every source found is asked for its spectrum",
            datatype=FLAG,
        ),
        Sought(
            "random_index",
            "order at random",
            ("random_index", ".*rand(om)?.*"),
            r"random (index|number)",
            without="galaxies come in the archive's own order",
        ),
    ),
    "galaxies": (
        Sought(
            "radius_sersic",
            "Sersic profile fitted",
            ("radius_sersic", r".*(radius.*s[eé]rsic|s[eé]rsic.*radius)", r"r_?eff.*s[eé]rsic"),
            r"radius.*s[eé]rsic|s[eé]rsic.*radius",
            "error|uncert|bulge",
            _PURER,
            datatype=NUMBER,
        ),
        Sought(
            "class_dsc",
            "class by DSC",
            ("classlabel_dsc_joint", r".*class.*dsc.*joint", r"class.*dsc|dsc.*class"),
            r"class.*dsc.*(joint|pure)",
            "prob",
            _PURER,
            datatype=WORD,
        ),
        Sought(
            "class_vari",
            "class by variability",
            ("vari_best_class_name", r"vari.*class.*(name|label)", r"vari.*class"),
            r"best.*class.*variab|variab.*best.*class",
            "score|prob",
            _PURER,
            datatype=WORD,
        ),
        Sought(
            "redshift_ugc",
            "redshift of UGC or its successor",
            (
                "redshift_ugc",
                r".*ugc.*(redshift|z)|(redshift|z).*ugc",
                r"(gal(axy)?_)?(redshift|photo_?z|z_?phot|z_gal(axy)?)(_gal(axy)?)?",
            ),
            r"redshift",
            r"qso|quasar|lower|upper|error|uncert|prob|flag|percentile|corrected",
            _REDSHIFT,
            "redshift",
            NUMBER,
        ),
        Sought(
            "redshift_ugc_lower",
            "lower bound of the redshift",
            ("redshift_ugc_lower", r".*(redshift|ugc|z).*_(lower|low|lo|min|p?16)"),
            r"(lower|16th).*redshift|redshift.*(lower|16th)",
            "qso|quasar|upper",
            _REDSHIFT,
            datatype=NUMBER,
        ),
        Sought(
            "redshift_ugc_upper",
            "upper bound of the redshift",
            ("redshift_ugc_upper", r".*(redshift|ugc|z).*_(upper|up|hi(gh)?|max|p?84)"),
            r"(upper|84th).*redshift|redshift.*(upper|84th)",
            "qso|quasar|lower",
            _REDSHIFT,
            datatype=NUMBER,
        ),
    ),
    "spectra": tuple(
        Sought(
            f"{band}_{name}",
            f"{what} of {band.upper()}",
            (f"{band}_{name}", f".*{band}.*{pattern}"),
            never="rp_|_rp" if band == "bp" else "bp_|_bp",
            without=without,
        )
        for band, (name, pattern, what, without) in product(
            ("bp", "rp"),
            (
                ("coefficients", "coef[a-z]*", "coefficients", ""),
                ("basis_function_id", "basis[a-z_]*(_id)?", "number of the bases", ""),
                ("n_parameters", "n_par[a-z]*", "number of coefficients", "rows tell it"),
                ("coefficient_errors", "coef[a-z_]*err[a-z]*", "errors", "no flux errors"),
                ("coefficient_correlations", "coef[a-z_]*corr[a-z]*", "correlations", "no errors"),
            ),
        )
    ),
    "sdss": (
        Sought(
            "sdss_id",
            "SDSS's identifier",
            ("original_ext_source_id", r"sdss.*(obj)?_?o?id", r".*ext.*source.*id"),
            r"(original|external).*identifier",
        ),
    ),
}
"""What is looked for in each table; a column may also stand in another table of the same sources.
"""

DISTANCE, MAGNITUDE = "angular_distance", "magnitude_difference"
"""What tells several neighbours of one source apart, by the names of DR3's tables."""


def columns_of(key: str) -> tuple[Sought, ...]:
    """Return what is looked for in a table; of neighbours' the keys begin with the older release.

    In DR3's dr2_neighbourhood (Gaia DR3 documentation, chapter 20) the distance is in mas, and the
    difference is that of G.
    """
    if not key.startswith("neighbours_"):
        return COLUMNS.get(key, ())
    older = key.removeprefix("neighbours_")
    return (
        Sought(
            f"{older}_{DISTANCE}",
            "angular distance",
            (DISTANCE, r"(ang(ular)?_?)?(dist(ance)?|sep(aration)?)(_.*)?"),
            r"(angular|sky).*(distance|separation)",
            "error",
            "several neighbours of one source cannot be told apart by it",
            datatype=NUMBER,
        ),
        Sought(
            f"{older}_{MAGNITUDE}",
            "magnitude difference",
            (MAGNITUDE, r".*mag(nitude)?s?_?diff(erence)?.*", r"(d|delta)_?(g_?)?mag.*"),
            r"(magnitude|brightness).*difference|difference.*magnitude",
            "error",
            "several neighbours of one source cannot be told apart by it",
            datatype=NUMBER,
        ),
    )


ELSEWHERE = {
    "has_xp": r"xp|spectr|products?|availab",
    "galaxies": r"galax|extragal|ugc|redshift|morpholog|class|vari",
}
"""Other tables, by name or description, in which a column (by key) or those of a table may be."""

REDSHIFTS = Sought(
    "redshifts",
    "table of spectroscopic redshifts",
    (
        r".*sdss.*spec.*|.*spec_?(obj|photo).*",
        r".*desi.*",
        r".*lamost.*lrs.*",
        r".*(lamost|boss|gama|2df|6df|2mrs|z_?cat|spec_?z|redshift).*",
    ),
    r"redshift|spectroscop",
    without="first light takes them from a table of yours, by --redshifts",
)
"""A table of a survey, of no release of Gaia, that its columns must confirm."""

SDSS_PHOTOMETRY = Sought(
    "sdss_photometry",
    "SDSS's photometry",
    (r"sdssdr13_photoprimary", r"sdss.*photo_?(primary|obj).*"),
    without="which of its objects SDSS took a spectrum of is not known",
)
SDSS_OBJECT = Sought("objid", "SDSS's photometric identifier", ("objid", "best_?obj_?id"))
SDSS_SPECTRUM = Sought("specobjid", "SDSS's spectroscopic identifier", ("spec_?obj_?id",))

RETRIEVAL = Sought(
    "retrieval",
    "XP spectra by DataLink",
    ("XP_CONTINUOUS", "MEAN_SPECTRUM_XP", r".*XP.*(CONTINUOUS|MEAN|COEF).*", r".*MEAN.*XP.*"),
    never="SAMPLED|EPOCH|GRAV|LENS",
)
"""The retrieval type; of DR3, then as astroquery 0.4.11 names DR4's."""

RETRIEVAL_GUESSES = {"Gaia DR3": "XP_CONTINUOUS"}
"""What is asked for where the archive tells no types; of other releases `MEAN_SPECTRUM_XP`."""


def neighbours(older: str, own: str) -> Sought:
    """Return what to look for to come from ids of an older release ('dr3') to those of `own`."""
    return Sought(
        f"neighbours_{older}",
        f"neighbours of {older.upper()}",
        (
            f"{older}_neighbourhood",
            rf"(?=.*{older}).*(neighbou?r|x_?match|cross_?match|link).*",
            rf"{own}_?(from|to|x)_?{older}|{older}_?(from|to|x)_?{own}",
        ),
        rf"^(?=.*({older}|data release {older[-1]})).*(neighbou?r|cross-?match)",
        "sdss|panstarrs|tmass|allwise|urat|apass|rave_?dr|skymapper|tycho|hipparcos",
        f"ids of {older.upper()} cannot be led to this release",
    )
