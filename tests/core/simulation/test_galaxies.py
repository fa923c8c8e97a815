import numpy as np
import pytest

from core.simulation.galaxies import GalaxyConfig, fit_galaxies


@pytest.fixture(scope="module")
def fitted():
    config = GalaxyConfig(fit_z_step=0.005)
    z_grid = np.linspace(0, 0.6, 601)
    return *fit_galaxies(config, z_grid), z_grid


def test_all_usable_galaxies_in_rising_redshift(fitted):
    galaxies, _, _ = fitted
    assert len(galaxies.z) == 9967
    assert np.all(np.diff(galaxies.z) >= 0)
    assert galaxies.z[0] > 0.003
    assert galaxies.r_mag.min() > 13
    assert galaxies.r_mag.max() < 18.5
    assert np.all(galaxies.coefficients >= 0)


def test_the_fit_gives_back_the_r_magnitude(fitted):
    galaxies, r_maggies, z_grid = fitted
    at_z = np.array([np.interp(galaxies.z, z_grid, column) for column in r_maggies.T]).T
    model = -2.5 * np.log10((galaxies.coefficients * at_z).sum(axis=1))
    difference = model - galaxies.r_mag
    assert abs(np.median(difference)) < 0.005
    assert np.percentile(np.abs(difference), 90) < 0.03


def test_dust_and_colours_are_those_of_sdss_galaxies(fitted):
    galaxies, _, _ = fitted
    assert galaxies.ebv.min() > 0
    # North galactic cap: median A_r of 0.07 mag (Schlegel et al. 1998 maps).
    assert np.median(galaxies.ebv) == pytest.approx(0.0709 / 2.751, rel=0.02)
    # Blue cloud and red sequence at rest (Blanton 2006, ApJ 648, 268): g-r of 0.4 and 0.8.
    assert 0.3 < np.percentile(galaxies.rest_g_minus_r, 2) < 0.55
    assert 0.75 < np.percentile(galaxies.rest_g_minus_r, 90) < 0.95


def test_selection_follows_the_configuration():
    galaxies, _ = fit_galaxies(
        GalaxyConfig(z_min=0.2, r_bright=16.0, fit_z_step=0.01), np.array([0.0, 0.5])
    )
    assert galaxies.z.min() > 0.2
    assert galaxies.r_mag.min() > 16.0
