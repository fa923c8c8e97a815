import numpy as np
import pytest

from core.data.noise import MIN_NOISE, BandNoise, rough_squares
from core.spectra import BANDS

N = 400


@pytest.fixture(scope="module")
def spectra():
    """Smooth spectra with white noise of a known size, other in BP than in RP."""
    rng = np.random.default_rng(11)
    errors = np.empty((N, 186), np.float32)
    for band, sigma in zip(BANDS, (0.2, 0.4), strict=True):
        errors[:, band] = sigma * rng.lognormal(0, 0.3, (N, 1))
    smooth = 5 + np.sin(np.linspace(0, 6, 186)) * rng.uniform(1, 3, (N, 1))
    return (smooth + errors * rng.normal(size=(N, 186))).astype(np.float32), errors


def test_a_polynomial_leaves_nothing_of_itself():
    x = np.linspace(-1, 1, 80)
    band = np.polynomial.chebyshev.chebval(x, np.arange(20).reshape(10, 2)).astype(np.float32)
    np.testing.assert_allclose(rough_squares(band), 0, atol=1e-6)


def test_the_noise_is_the_mean_error_of_each_band(spectra):
    flux, errors = spectra
    expected = np.log(np.column_stack([errors[:, band].mean(axis=1) for band in BANDS]))
    np.testing.assert_allclose(BandNoise().log_noise(flux, errors), expected, atol=1e-5)


def test_without_errors_the_noise_is_found_in_the_spectrum(spectra):
    flux, errors = spectra
    difference = BandNoise().log_noise(flux, None) - BandNoise().log_noise(flux, errors)
    assert np.abs(difference.mean(axis=0)).max() < 0.02
    # An rms of 70 or 96 degrees of freedom scatters by 1 / sqrt(2 n).
    np.testing.assert_allclose(difference.std(axis=0), 1 / np.sqrt([140, 192]), rtol=0.15)


def test_the_factor_makes_up_for_errors_that_are_not_those_of_white_noise(spectra):
    flux, errors = spectra
    noise = BandNoise.fit(flux, errors * [[1.5]] * np.where(np.arange(186) < 80, 1, 2))
    np.testing.assert_allclose(noise.log_factor, np.log([1.5, 3.0]), atol=0.02)
    difference = noise.log_noise(flux, None) - BandNoise().log_noise(flux, errors)
    np.testing.assert_allclose(difference.mean(axis=0), np.log([1.5, 3.0]), atol=0.02)


def test_without_any_errors_there_is_no_factor_and_it_is_known(spectra):
    for none in (None, np.full((N, 186), np.nan)):
        assert BandNoise.fit(spectra[0], none) == BandNoise(uses_errors=False)
    assert BandNoise.fit(*spectra).uses_errors


@pytest.mark.parametrize("useless", [np.nan, 0.0, np.inf])
def test_useless_errors_of_a_band_are_replaced_and_no_others(useless, spectra):
    flux, errors = spectra
    broken = errors.copy()
    broken[3, 100:] = useless  # RP
    if useless == 0:
        broken[3, 80:] = 0
    noise = BandNoise.fit(flux, broken)
    known = noise.log_noise(flux, errors)
    found = noise.log_noise(flux, broken)
    assert found[3, 1] == pytest.approx(noise.log_noise(flux, None)[3, 1])
    found[3, 1] = known[3, 1]
    np.testing.assert_array_equal(found, known)
    filled = noise.errors(flux, broken)
    np.testing.assert_array_equal(filled[:3], errors[:3])
    np.testing.assert_array_equal(filled[3, :80], errors[3, :80])
    np.testing.assert_allclose(filled[3, 80:], np.exp(noise.log_noise(flux, None)[3, 1]), rtol=1e-6)


def test_errors_that_stand_in_have_the_noise_of_the_spectrum(spectra):
    """What is drawn with them is scaled as if it had them."""
    flux, errors = spectra
    noise = BandNoise.fit(flux, errors)
    filled = noise.errors(flux, None)
    np.testing.assert_allclose(
        noise.log_noise(flux, filled), noise.log_noise(flux, None), atol=1e-6
    )


def test_a_spectrum_without_noise_stays_finite():
    flux = np.zeros((2, 186), np.float32)
    np.testing.assert_allclose(BandNoise().log_noise(flux, None), np.log(MIN_NOISE))
    tiny = np.full((2, 186), 1e-30, np.float32)
    np.testing.assert_allclose(BandNoise().log_noise(flux, tiny), np.log(MIN_NOISE))


def test_chunks_do_not_change_the_fit(spectra, monkeypatch):
    whole = BandNoise.fit(*spectra)
    monkeypatch.setattr("core.data.noise.CHUNK_ROWS", 33)
    np.testing.assert_allclose(BandNoise.fit(*spectra).log_factor, whole.log_factor, rtol=1e-9)
