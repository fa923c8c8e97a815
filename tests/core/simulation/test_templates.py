import numpy as np
import pytest
from astropy.io import fits

from core.errors import ConfigError
from core.simulation.templates import TemplateConfig, load_templates

HALPHA_NM = 656.46  # vacuum


@pytest.fixture(scope="module")
def templates():
    return load_templates()


def test_the_parts_sum_to_the_whole_template_of_the_same_velocity_dispersion(templates):
    from skypy.galaxies.spectrum import KCorrectTemplates

    whole = KCorrectTemplates(hdu=5).templates.to_value("W m-2 nm-1")
    optical = (templates.wavelength_nm > 150) & (templates.wavelength_nm < 1100)
    np.testing.assert_allclose(
        templates.flux.sum(axis=1)[:, optical], whole[:, optical], rtol=2e-5, atol=0
    )


def test_kcorrect_fits_with_the_same_templates(templates):
    """Its coefficients may be used with ours: the same units, template by template."""
    from pathlib import Path

    import kcorrect

    path = Path(kcorrect.__file__).parent / "data" / "templates" / "kcorrect-default-v4.fits"
    (row,) = fits.getdata(path, 1)
    wavelength_nm = row["wave"] / 10
    band = (wavelength_nm > 500) & (wavelength_nm < 600)
    ours = np.array(
        [np.interp(wavelength_nm[band], templates.wavelength_nm, f) for f in templates.flux.sum(1)]
    )
    # 1 erg/s/cm2/A = 1e-2 W/m2/nm
    np.testing.assert_allclose(ours.mean(1), 1e-2 * row["flux"][:, band].mean(1), rtol=0.01)


def test_each_line_group_holds_its_lines_alone(templates):
    edges = TemplateConfig().line_edges_nm
    for group, (low, high) in enumerate(zip((0.0, *edges), (*edges, np.inf), strict=True), start=1):
        lit = templates.wavelength_nm[np.any(templates.flux[:, group] != 0, axis=0)]
        assert lit.min() > low
        assert lit.max() <= high
    red = templates.flux[:, 3].sum(axis=0)
    red = np.where(templates.wavelength_nm < 1000, red, 0)
    assert templates.wavelength_nm[red.argmax()] == pytest.approx(HALPHA_NM, abs=0.6)


@pytest.mark.parametrize("z", [0.0, 0.1, 0.5])
def test_redshift_moves_lines_and_keeps_energy(templates, z):
    wavelength_nm = np.linspace(100, 4000, 200_001)
    seen = templates.redshifted(wavelength_nm, z)
    red = seen.reshape(templates.flux.shape[0], 4, -1)[:, 3].sum(axis=0)
    near = np.abs(wavelength_nm - HALPHA_NM * (1 + z)) < 30
    assert wavelength_nm[near][red[near].argmax()] == pytest.approx(HALPHA_NM * (1 + z), abs=1)
    rest = (templates.wavelength_nm > 300) & (templates.wavelength_nm < 900)
    observed = (wavelength_nm > 300 * (1 + z)) & (wavelength_nm < 900 * (1 + z))
    energy = np.trapezoid(templates.flux[0, 0, rest], templates.wavelength_nm[rest])
    assert np.trapezoid(seen[0, observed], wavelength_nm[observed]) == pytest.approx(
        energy, rel=0.01
    )


def test_refuses_edges_that_do_not_rise():
    with pytest.raises(ConfigError, match="expected rising edges"):
        TemplateConfig(line_edges_nm=(560.0, 450.0))
