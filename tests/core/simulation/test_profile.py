import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad
from scipy.special import gamma, gammaincinv

from core.errors import ConfigError
from core.simulation.profile import ProfileConfig, aperture_fraction, collapsed_kernel


def surface_brightness(x, y, re, n):
    """Sersic profile of unit luminosity (Graham & Driver 2005, PASA 22, 118, eq. 2)."""
    b = gammaincinv(2 * n, 0.5)
    radius = np.hypot(x, y)
    total = re**2 * 2 * np.pi * n * b ** (-2 * n) * gamma(2 * n)
    return np.exp(-b * (radius / re) ** (1 / n)) / total


@pytest.mark.parametrize("re_arcsec", [0.6, 1.5, 5.0])
@pytest.mark.parametrize("index", [1.0, 3.0])
def test_aperture_fraction_agrees_with_integration_over_the_window(re_arcsec, index):
    config = ProfileConfig(sersic_index=index)
    quadrant, _ = dblquad(
        surface_brightness,
        0,
        config.window_across_arcsec / 2,
        0,
        config.window_along_arcsec / 2,
        args=(re_arcsec, index),
        epsrel=1e-4,
    )
    assert aperture_fraction(re_arcsec, config) == pytest.approx(4 * quadrant, rel=2e-3)


def test_half_the_light_lies_within_re_whatever_the_shape_of_the_window():
    """A long slit of half width X holds the light of a circle, plus what lies beyond it."""
    wide = ProfileConfig(window_across_arcsec=1e4, window_along_arcsec=1e4)
    assert aperture_fraction(1.0, wide) == pytest.approx(1.0, abs=1e-3)
    square = ProfileConfig(window_across_arcsec=2.0, window_along_arcsec=2.0)
    assert 0.5 < aperture_fraction(1.0, square) < 0.6


def test_a_point_source_keeps_its_light_in_one_bin():
    _, weight = collapsed_kernel(1e-4, step_pixel=0.1)
    assert weight[len(weight) // 2] == pytest.approx(1.0, abs=0.01)
    assert aperture_fraction(1e-4) == pytest.approx(1.0, abs=1e-3)


def test_kernel_agrees_with_integration_across_the_window():
    config = ProfileConfig()
    offset, weight = collapsed_kernel(1.5, step_pixel=1.0, config=config)
    bin_10 = np.flatnonzero(offset == 10.0)[0]
    low, high = 9.5 * config.pixel_arcsec, 10.5 * config.pixel_arcsec
    half = config.window_across_arcsec / 2
    direct, _ = dblquad(surface_brightness, -half, half, low, high, args=(1.5, 3.0))
    assert weight[bin_10] == pytest.approx(direct, rel=1e-3)


@settings(deadline=None)
@given(re_arcsec=st.floats(0.05, 20), step=st.sampled_from([0.1, 0.25, 0.7]))
def test_kernel_is_symmetric_and_sums_to_the_aperture_fraction(re_arcsec, step):
    offset, weight = collapsed_kernel(re_arcsec, step)
    np.testing.assert_allclose(weight, weight[::-1])
    np.testing.assert_allclose(offset, -offset[::-1])
    assert np.all(weight >= 0)
    assert weight.sum() == pytest.approx(aperture_fraction(re_arcsec), rel=1e-9)


@settings(deadline=None)
@given(small=st.floats(0.05, 10), factor=st.floats(1.01, 3))
def test_larger_galaxies_lose_more_light(small, factor):
    assert aperture_fraction(small * factor) < aperture_fraction(small)


def test_refuses_a_profile_without_form():
    with pytest.raises(ConfigError, match="sersic_index > 0"):
        ProfileConfig(sersic_index=0.0)
