import numpy as np
import pytest

from core.simulation.instrument import InstrumentConfig, hermite_functions
from core.simulation.profile import ProfileConfig

CONFIG = InstrumentConfig()
WAVELENGTH_NM = CONFIG.wavelength_nm
PIXEL = np.arange(-20, 80, 0.02)


def ab_source(magnitude):
    """Flux density of a source of one AB magnitude at every wavelength [W/m2/nm]."""
    per_hz = 3631e-26 * 10 ** (-0.4 * magnitude)
    return per_hz * 299_792_458.0 / (WAVELENGTH_NM * 1e-9) ** 2 * 1e-9


def black_body(kelvin):
    x = 1.4387769e7 / (WAVELENGTH_NM * kelvin)
    return 1e-15 * (500 / WAVELENGTH_NM) ** 5 * np.expm1(1.4387769e7 / (500 * kelvin)) / np.expm1(x)


def test_hermite_functions_are_orthonormal():
    x = np.linspace(-20, 20, 8001)
    rows = hermite_functions(55, x)
    np.testing.assert_allclose(rows @ rows.T * (x[1] - x[0]), np.eye(55), atol=1e-10)


def test_hermite_functions_agree_with_gaiaxpy():
    from gaiaxpy.spectrum.sampled_basis_functions import _hermite_function

    rows = hermite_functions(40, np.array([-3.2, 0.0, 7.5]))
    for n in (0, 1, 2, 39):
        assert rows[n, 2] == pytest.approx(_hermite_function(n, 7.5), abs=1e-12)


@pytest.mark.parametrize("band", ["bp", "rp"])
@pytest.mark.parametrize("source", [ab_source(15.0), black_body(3500), black_body(9000)])
def test_counts_are_conserved(bands, band, source):
    spectrum = bands[band].design(PIXEL) @ (bands[band].response @ source)
    detected = (bands[band].light * source).sum()
    assert spectrum.sum() * 0.02 == pytest.approx(detected, rel=0.05)


@pytest.mark.parametrize(("band", "zero_point"), [("bp", 25.3540), ("rp", 25.1040)])
def test_zero_points_are_gaias(bands, band, zero_point):
    """AB zero points of Gaia EDR3 (Riello et al. 2021, A&A 649, A3)."""
    spectrum = bands[band].design(PIXEL) @ (bands[band].response @ ab_source(15.0))
    assert 15 + 2.5 * np.log10(spectrum.sum() * 0.02) == pytest.approx(zero_point, abs=0.025)


def test_g_magnitude_of_an_ab_source(bands):
    """G(AB) - G(Vega) = 25.8010 - 25.6874 (Riello et al. 2021)."""
    flux = sum((band.response @ ab_source(15.0)) @ band.g_flux for band in bands.values())
    assert -2.5 * np.log10(flux) == pytest.approx(15 - 0.1136, abs=0.005)


@pytest.mark.parametrize(
    ("band", "low_nm", "high_nm", "low_px", "high_px"),
    [("bp", 400, 620, 1.7, 1.9), ("rp", 650, 950, 2.0, 2.5)],
)
def test_line_spread_function_is_as_narrow_as_gaias(bands, band, low_nm, high_nm, low_px, high_px):
    """FWHM of the Gaussian that fits a monochromatic source best [pixel]."""
    from scipy.optimize import curve_fit

    def gaussian(pixel, height, centre, sigma):
        return height * np.exp(-0.5 * ((pixel - centre) / sigma) ** 2)

    for wavelength_nm in np.linspace(low_nm, high_nm, 12):
        column = np.abs(WAVELENGTH_NM - wavelength_nm).argmin()
        line = bands[band].design(PIXEL) @ bands[band].response[:, column]
        line = line / line.max()
        (_, _, sigma), _ = curve_fit(gaussian, PIXEL, line, (1.0, PIXEL[line.argmax()], 0.8))
        assert low_px < 2 * np.sqrt(2 * np.log(2)) * abs(sigma) < high_px


@pytest.mark.parametrize("band", ["bp", "rp"])
def test_gaiaxpy_calibrates_our_spectrum_back_to_its_source(bands, band):
    from gaiaxpy.calibrator.external_instrument_model import ExternalInstrumentModel
    from gaiaxpy.config.paths import config_path
    from gaiaxpy.spectrum.sampled_basis_functions import SampledBasisFunctions

    model = {"bp": CONFIG.bp_model, "rp": CONFIG.rp_model}[band]
    external = ExternalInstrumentModel.from_config_csv(
        *(f"{config_path}/{band}C03_{model}_{x}.csv" for x in ("dispersion", "response", "bases"))
    )
    sampling = np.linspace(*{"bp": (420.0, 620.0), "rp": (660.0, 960.0)}[band], 15)
    bases = SampledBasisFunctions.from_external_instrument_model(
        sampling, np.ones_like(sampling), external
    )
    source = black_body(5000)
    coefficients = np.linalg.solve(
        external.bases["transformationMatrix"].T, bands[band].response @ source
    )
    np.testing.assert_allclose(
        coefficients @ bases.get_design_matrix(),
        np.interp(sampling, WAVELENGTH_NM, source),
        rtol=0.03,
    )


@pytest.mark.parametrize("band", ["bp", "rp"])
def test_blurring_takes_the_light_outside_the_window_and_widens_the_rest(bands, band):
    centre = {"bp": 500.0, "rp": 800.0}[band]
    column = np.abs(WAVELENGTH_NM - centre).argmin()
    coefficients = bands[band].response[:, column]
    pixel = np.arange(-20, 80, 0.25)

    def seen(re_arcsec):
        design = bands[band].blurred_design(pixel, re_arcsec, ProfileConfig(), 0.25)
        return design @ coefficients

    point, galaxy = seen(1e-3), seen(1.5)
    np.testing.assert_allclose(
        point, bands[band].design(pixel) @ coefficients, atol=0.02 * point.max()
    )
    from core.simulation.profile import aperture_fraction

    assert galaxy.sum() / point.sum() == pytest.approx(aperture_fraction(1.5), rel=0.01)
    assert (galaxy > galaxy.max() / 2).sum() > 1.5 * (point > point.max() / 2).sum()
