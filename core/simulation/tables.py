"""Derived arrays: built once with kcorrect, skypy and GaiaXPy, then used with numpy alone."""

import dataclasses
import hashlib
import importlib.metadata
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import core.spectra
from core.data.cache import cache_folder
from core.errors import DataError
from core.file_errors import writing
from core.npz import read_npz
from core.simulation.config import TableConfig, config_hash
from core.simulation.extinction import ccm89
from core.simulation.galaxies import Galaxies, fit_galaxies
from core.simulation.instrument import load_bands, sample_steps
from core.simulation.noise import noise_shape
from core.simulation.profile import aperture_fraction
from core.simulation.templates import load_templates
from core.spectra import BANDS, N_SAMPLES

logger = logging.getLogger(__name__)

SOURCES = ("xpz", "gaiaxpy", "kcorrect", "skypy")
"""Packages whose versions a cached file is named after."""

G_WAVELENGTH_NM = 639.07
"""Mean wavelength of Gaia's G band (GaiaXPy's XpFilter_GaiaDr3Vega)."""


@dataclass(frozen=True, eq=False)
class SimulationTables:
    """All derived arrays; redshifts and ln(half-light radius / arcsec) have even nodes.

    `spectra`, float32 (n_z, n_re, 5 * n_parts, 187), holds the samples [e-/s per sample] of each
    part of each template, scaled to an r magnitude of 0 per template; the last column is the flux
    in Gaia's G, scaled so that G = -2.5 log10(flux).
    """

    z_grid: np.ndarray  # (n_z,)
    ln_re_grid: np.ndarray  # (n_re,)
    spectra: np.ndarray
    r_maggies: np.ndarray  # (n_z, 5), r flux of each template for a coefficient of 1 [AB maggies]
    galaxies: Galaxies  # the donors
    extinction: np.ndarray  # (187,), A(lambda)/E(B-V) at the samples and in G
    warps: np.ndarray  # float32 (n_warps, 186), smooth functions of wavelength
    noise_bp: np.ndarray  # float32 (n_hermite, 80), of `core.simulation.noise.noise_shape`
    noise_rp: np.ndarray  # float32 (n_hermite, 106)


@threadpool_limits.wrap(limits=1, user_api="blas")  # threads would change the last bits
def build_tables(config: TableConfig) -> SimulationTables:
    """Compute the tables (needs gaiaxpy, kcorrect and skypy; a few seconds)."""
    z_grid = np.linspace(0.0, config.z_max, round(config.z_max / config.z_step) + 1)
    ln_re_grid = np.linspace(
        np.log(config.re_min_arcsec), np.log(config.re_max_arcsec), config.n_re
    )
    galaxies, r_maggies = fit_galaxies(config.galaxies, z_grid)
    bands = load_bands(config.instrument)
    pixels = config.grid.bp_pixel, config.grid.rp_pixel

    templates = load_templates(config.templates)
    response = np.concatenate([band.response for band in bands])
    wavelength_nm = config.instrument.wavelength_nm
    scale = np.repeat(r_maggies, config.templates.n_parts, axis=1)
    coefficients = np.array([templates.redshifted(wavelength_nm, z) @ response.T for z in z_grid])
    by_band = np.split(coefficients / scale[..., None], 2, axis=2)

    spectra = np.empty((len(z_grid), config.n_re, scale.shape[1], N_SAMPLES + 1), np.float32)
    for i, re_arcsec in enumerate(np.exp(ln_re_grid)):
        for band, pixel, step, slot, b in zip(
            bands, pixels, sample_steps(config.grid), BANDS, by_band, strict=True
        ):
            design = band.blurred_design(
                pixel, re_arcsec, config.profile, config.instrument.kernel_step_pixel
            )
            spectra[:, i, :, slot] = b @ (design * step[:, None]).T
        g_flux = sum(b @ band.g_flux for b, band in zip(by_band, bands, strict=True))
        spectra[:, i, :, -1] = g_flux * aperture_fraction(re_arcsec, config.profile)

    sample_nm = config.grid.wavelength_nm
    ln_nm = np.log(sample_nm)
    unit = (ln_nm - ln_nm.min()) / np.ptp(ln_nm)
    noise = [
        noise_shape(band, pixel, config.noise).astype(np.float32)
        for band, pixel in zip(bands, pixels, strict=True)
    ]
    return SimulationTables(
        z_grid=z_grid,
        ln_re_grid=ln_re_grid,
        spectra=spectra,
        r_maggies=r_maggies,
        galaxies=galaxies,
        extinction=config.r_v * ccm89(np.append(sample_nm, G_WAVELENGTH_NM), config.r_v),
        warps=np.cos(np.pi * np.outer(1 + np.arange(config.n_warps), unit)).astype(np.float32),
        noise_bp=noise[0],
        noise_rp=noise[1],
    )


def save_tables(tables: SimulationTables, path: str | Path) -> None:
    """Write the tables to an npz file (temporary file, then rename)."""
    path = Path(path)
    arrays = {
        field.name: getattr(tables, field.name)
        for field in dataclasses.fields(tables)
        if field.name != "galaxies"
    }
    arrays |= {f"galaxies_{name}": values for name, values in vars(tables.galaxies).items()}
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, **arrays)
            os.replace(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)


def load_tables(
    config: TableConfig | None = None, path: str | Path | None = None
) -> SimulationTables:
    """Return the tables from an npz file of `save_tables`, which needs numpy alone.

    Without a `path`, those of `config` from the cache, built if need be. Raises a `DataError` if
    `path` does not exist or is not such a file.
    """
    if path is not None:
        return _read_tables(Path(path))
    config = config or TableConfig()
    cached = cache_path(config)
    if os.path.exists(cached):  # False, no error, where we may not look
        try:
            return _read_tables(cached)
        except DataError as error:
            logger.warning("%s They are built again.", error)
    tables = build_tables(config)
    try:
        save_tables(tables, cached)
    except OSError as error:
        logger.warning("The simulation tables cannot be kept in the cache (%s).", error)
    return tables


def cache_path(config: TableConfig) -> Path:
    """Return where the tables of `config` are cached.

    The name holds hashes of the configuration and the code, and the versions of the packages that
    they come from.
    """
    versions = "-".join(importlib.metadata.version(name) for name in SOURCES)
    hashes = f"{config_hash(config)[:16]}-{_code_hash()[:16]}"
    return cache_folder() / f"simulation-{hashes}-{versions}.npz"


def _code_hash() -> str:
    """Return the SHA-256 of the source code that makes the tables, hexadecimal."""
    files = [*sorted(Path(__file__).parent.glob("*.py")), Path(core.spectra.__file__)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _read_tables(path: Path) -> SimulationTables:
    try:
        arrays = read_npz(path)
        prefix = "galaxies_"
        donors = {
            name.removeprefix(prefix): arrays.pop(name)
            for name in list(arrays)
            if name.startswith(prefix)
        }
        return SimulationTables(galaxies=Galaxies(**donors), **arrays)
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            f"{path}: expected simulation tables (npz), could not read them ({error}). "
            "Delete the file or make it again with save_tables(build_tables(), path)."
        ) from error
