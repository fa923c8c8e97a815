"""Tables of spectroscopic redshifts in an archive of our own, and galaxies that are in them."""

import numpy as np

from tests.support.archive_tables import DR3, Column, Layout

SPEC_OBJ = {
    "external.sdssdr17_specobj": (
        Column("bestobjid", "older_id", "long"),
        Column("z", "spec_z"),
        Column("zerr", "spec_z_err"),
        Column("zwarning", "spec_warning", "int"),
        Column("class", "spec_class", "char"),
    )
}
"""SDSS's spectra, joined by Gaia's table of neighbours."""

LAMOST = {
    "external.lamost_dr9_lrs": (
        Column("obsid", "older_id", "long"),
        Column("ra"),
        Column("dec"),
        Column("class", "spec_class", "char"),
        Column("subclass", "vari_best_class_name", "char"),
        Column("z", "spec_z"),
        Column("z_err", "spec_z_err"),
        Column("fibermask", "spec_warning", "int"),
    )
}
"""LAMOST's, as ESA's archive has them: joined by place alone."""

PHOTOMETRY = {
    "external.sdssdr13_photoprimary": (
        Column("objid", "older_id", "long"),
        *(Column(band, "phot_g_mean_mag", "float") for band in "ugriz"),
        Column("specobjid", "spec_id", "long"),
    )
}
"""SDSS's photometry, whose z is a magnitude."""


def layout_with(*tables):
    """Return DR3 as ESA's archive has it, with some of the tables above."""
    held = {name: columns for each in tables for name, columns in each.items()}
    return Layout(DR3.columns | held, DR3.descriptions)


def with_spectroscopy(sources, z, seed=0):
    """Return a catalogue with what SDSS or LAMOST know of its galaxies.

    A few carry a warning, or are stars to the spectroscopists.
    """
    rng = np.random.default_rng(seed)
    n = len(sources)
    return sources.assign(
        spec_z=np.asarray(z, float),
        spec_z_err=rng.uniform(1e-5, 1e-4, n),
        spec_warning=np.where(np.arange(n) % 29 == 5, 4, 0),
        spec_class=np.where(np.arange(n) % 31 == 7, "STAR", "GALAXY"),
        spec_id=np.arange(n) + 1,
    )
