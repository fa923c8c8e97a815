"""Bases of Gaia's XP continuous spectra, integrated over the samples.

The archive gives each band as coefficients of a set of basis functions of
pseudo-wavelength (Carrasco et al. 2021, A&A 652, A86); the sets and their
functions are GaiaXPy's.
"""

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ConfigError, DataError
from core.spectra import SampleGrid

BASES_VARIABLE = "XPZ_XP_BASES"
"""Environment variable: a file of bases in GaiaXPy's format, beside those that GaiaXPy ships."""

HOLDS_BASES = b"<hermiteFunction"
"""What files of bases hold, and the others in GaiaXPy's folder do not."""

N_NODES = 4
"""Gauss-Legendre nodes per sample; exact to 1e-9 for 55 functions and steps of 0.35 pixel."""


@dataclass(frozen=True, eq=False)
class Design:
    """What turns the coefficients of one set of bases into samples.

    `flux`, shape (n_bases, n_samples), is the integral of each basis function over each sample
    [pixel]; `products`, (n_bases (n_bases - 1) / 2, n_samples), is 2 flux[j] flux[k] for the pairs
    j > k in the order of the archive's correlations: row by row below the diagonal. A spectrum of
    n coefficients, fewer than the set has, uses the first rows of both.
    """

    flux: np.ndarray
    products: np.ndarray


def load_design(band: str, basis_id: int, grid: SampleGrid) -> Design:
    """Return the design of one band, 'bp' or 'rp'; made once per band, set and grid.

    Samples meet half-way between their positions, so that every photon counts once. Raises a
    `DataError` if the set is not known, a `ConfigError` if `BASES_VARIABLE` names no file of bases.
    """
    return _load_design(band, basis_id, grid, os.environ.get(BASES_VARIABLE, ""))


@functools.cache
def _load_design(band: str, basis_id: int, grid: SampleGrid, path: str) -> Design:
    from gaiaxpy.core.version import __version__
    from gaiaxpy.spectrum.sampled_basis_functions import populate_design_matrix

    bases = known_bases(path)
    if (band, basis_id) not in bases:
        known = ", ".join(str(i) for other, i in sorted(bases) if other == band)
        raise DataError(
            f"GaiaXPy {__version__} knows the {band.upper()} bases {known}, not "
            f"{basis_id}; update GaiaXPy, or set {BASES_VARIABLE} to a file of these bases in "
            "GaiaXPy's format."
        )
    edges = sample_edges(grid.bp_pixel if band == "bp" else grid.rp_pixel)
    nodes, weights = np.polynomial.legendre.leggauss(N_NODES)
    centre, half = (edges[1:] + edges[:-1]) / 2, np.abs(np.diff(edges)) / 2
    pixel = centre[:, None] + half[:, None] * nodes
    try:
        values = populate_design_matrix(pixel.ravel(), bases[band, basis_id])
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{path}: GaiaXPy cannot evaluate the {band.upper()} bases {basis_id} "
            f"({error}). Check the file that {BASES_VARIABLE} names."
        ) from error
    flux = values.reshape(len(values), len(centre), N_NODES) @ weights * half
    lower, upper = np.tril_indices(len(flux), k=-1)
    return Design(flux, 2 * flux[lower] * flux[upper])


def sample_edges(pixel: np.ndarray) -> np.ndarray:
    """Return where samples begin and end [pixel]: half-way between them, shape (n + 1,)."""
    middle = (pixel[1:] + pixel[:-1]) / 2
    return np.concatenate([[2 * pixel[0] - middle[0]], middle, [2 * pixel[-1] - middle[-1]]])


@functools.cache
def known_bases(path: str = "") -> dict[tuple[str, int], Any]:
    """Return the sets of bases by band and identifier, as GaiaXPy's tables of one row.

    All that GaiaXPy ships, whatever it calls the files: a new one brings those of a new release
    beside those of DR3. Where the file has an identifier that GaiaXPy also has, the file counts.
    """
    from gaiaxpy.config.paths import config_path

    bases = {}
    for file in sorted(Path(config_path).rglob("*.xml")):
        if HOLDS_BASES in file.read_bytes():
            bases.update(_read_bases(file))
    try:
        return bases | (_read_bases(Path(path)) if path else {})
    except OSError as error:
        raise ConfigError(
            f"{path}: the file of bases cannot be opened ({error.strerror}); {BASES_VARIABLE} "
            "names it."
        ) from error
    except Exception as error:  # GaiaXPy's parser raises whatever another kind of file brings about
        raise ConfigError(
            f"{path}: expected bases in GaiaXPy's XML format, as {BASES_VARIABLE} must name; "
            f"they cannot be read ({error})."
        ) from error


def _read_bases(file: Path) -> dict[tuple[str, int], Any]:
    import pandas as pd
    from gaiaxpy.converter.config import get_bands_config, parse_config

    bands = get_bands_config(parse_config(file))
    return {
        (band, int(bases.uniqueId)): pd.DataFrame.from_dict({band: bases._asdict()}, orient="index")
        for band, bases in (("bp", bands.bpConfig), ("rp", bands.rpConfig))
    }
