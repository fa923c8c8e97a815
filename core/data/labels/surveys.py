"""Which redshifts surveys call reliable: how their tables are recognised, and their own cuts."""

from dataclasses import dataclass

from core.data.labels.cuts import Cut

GALAXY = "GALAXY"

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
