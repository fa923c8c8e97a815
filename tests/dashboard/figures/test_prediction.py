import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spectra import SampleGrid
from core.spectral_lines import FEATURES
from dashboard.figures import prediction, theme, wavelength_axis

WAVELENGTH = SampleGrid().wavelength_nm
FLUX = np.linspace(1, 10, 186)
ERROR = np.linspace(0.1, 0.3, 186)


def trace(figure, name):
    (found,) = [each for each in figure.data if each.name and each.name.startswith(name)]
    return found


def lines_at(figure):
    """Wavelengths of all vertical lines but the join of BP and RP."""
    return sorted(
        shape.x0
        for shape in figure.layout.shapes
        if shape.type == "line"
        and shape.line.color != theme.NEUTRAL
        and shape.yref.endswith("domain")
    )


def labels(figure):
    return [note.text for note in figure.layout.annotations if note.textangle == -90]


def test_the_band_is_one_standard_deviation_and_never_bridges_bp_and_rp():
    figure = prediction.spectrum(WAVELENGTH, FLUX, ERROR)
    bands = [each for each in figure.data if each.fill == "toself"]
    for band, part in zip(bands, (slice(0, 80), slice(80, None)), strict=True):
        n = len(WAVELENGTH[part])
        np.testing.assert_allclose(band.y[:n], (FLUX - ERROR)[part])
        np.testing.assert_allclose(band.y[n:][::-1], (FLUX + ERROR)[part])
        np.testing.assert_allclose(band.x[:n], WAVELENGTH[part])
    assert "errors of one standard deviation" in figure.layout.meta["alt"]


def test_a_missing_band_is_a_gap():
    flux, error = FLUX.copy(), ERROR.copy()
    flux[:80] = error[:80] = np.nan
    figure = prediction.spectrum(WAVELENGTH, flux, error, z=0.1)
    assert np.isnan(trace(figure, "Flux").y[:81]).all()
    assert np.isfinite(trace(figure, "Flux").y[81:]).all()
    assert [len(each.x) for each in figure.data if each.fill == "toself"] == [0, 212]


@pytest.mark.parametrize("z", [0.0, 0.12, 0.7])
def test_lines_stand_at_their_redshifted_wavelengths(z):
    figure = prediction.spectrum(WAVELENGTH, FLUX, z=z)
    expected = [
        feature.rest_nm * (1 + z)
        for feature in FEATURES
        if WAVELENGTH[0] <= feature.rest_nm * (1 + z) <= WAVELENGTH[-1]
    ]
    np.testing.assert_allclose(lines_at(figure), expected)
    assert f"redshift {z:.4f}" in figure.layout.meta["alt"]


def test_a_blend_has_one_label_and_the_legend_says_what_colours_mean():
    figure = prediction.spectrum(WAVELENGTH, FLUX, z=0.1)
    assert labels(figure).count("Hα, [N II]") == 1
    assert "[N II] 6548" not in labels(figure)
    names = {each.name for each in figure.data if each.showlegend is not False}
    assert {"Emission lines", "Absorption lines", "4000 Å break"} <= names


def test_without_a_redshift_there_are_no_lines():
    figure = prediction.spectrum(WAVELENGTH, FLUX)
    assert lines_at(figure) == []
    assert labels(figure) == []


def test_occlusion_is_drawn_below_on_the_same_wavelengths():
    change = np.sin(np.arange(186))
    figure = prediction.spectrum(WAVELENGTH, FLUX, z=0.1, change=change)
    drawn = trace(figure, "Change of z")
    np.testing.assert_array_equal(np.delete(drawn.y, 80), change)
    np.testing.assert_array_equal(np.delete(drawn.x, 80), WAVELENGTH)
    assert drawn.yaxis == "y2"
    assert figure.layout.xaxis.matches == "x2"
    # Lines run through both parts, so that one sees what is hidden.
    assert len(lines_at(figure)) == 2 * len(lines_at(prediction.spectrum(WAVELENGTH, FLUX, z=0.1)))


def test_neighbours_are_told_apart_by_a_dash():
    figure = prediction.spectrum(WAVELENGTH, FLUX, neighbours=FLUX + 1)
    drawn = trace(figure, "Nearest")
    np.testing.assert_array_equal(np.delete(drawn.y, 80), FLUX + 1)
    assert drawn.line.dash == "dash"
    assert "nearest training galaxies" in figure.layout.meta["alt"]


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=20).map(sorted))
def test_labels_are_moved_apart_and_stay_in_order(positions):
    moved = np.array(wavelength_axis.spread(positions, 10.0))
    assert len(moved) == len(positions)
    assert np.all(np.diff(moved) >= 10 - 1e-6)
    assert moved.mean() == pytest.approx(np.mean(positions), abs=1e-6)


@pytest.mark.parametrize("pixels_per_nm", [wavelength_axis.PIXELS_PER_NM, 0.9, 1.8])
@pytest.mark.parametrize("z", [0.0, 0.05, 0.4])
def test_no_name_of_a_line_lies_on_another_on_any_figure(z, pixels_per_nm):
    figure = prediction.spectrum(WAVELENGTH, FLUX, z=z)
    names = [note for note in figure.layout.annotations if note.textangle == -90]
    assert len(names) > 5
    at = np.array([note.x * pixels_per_nm + note.xshift for note in names])
    assert np.diff(at).min() >= wavelength_axis.LABEL_PIXELS - 1e-6


def test_labels_that_are_apart_stay_where_they_are():
    assert wavelength_axis.spread([0.0, 20.0, 50.0], 10.0) == [0.0, 20.0, 50.0]


def test_the_ends_of_the_bands_are_marked_and_do_not_set_the_scale_of_the_occlusion():
    # Of 11 hidden samples, the line that hides them is an extension at 6 of each end.
    change = 0.01 * np.sin(np.arange(186))
    for end in (0, 5, 74, 79, 80, 85, 180, 185):
        change[end] = 0.5
    assert prediction.occlusion_scale(change) == pytest.approx(1.2 * 0.01, rel=0.01)
    change[6] = -0.3
    assert prediction.occlusion_scale(change) == pytest.approx(1.2 * 0.3)
    assert prediction.occlusion_scale(np.zeros(186)) > 0
    figure = prediction.spectrum(WAVELENGTH, FLUX, change=change, z=0.1)
    assert figure.layout.yaxis2.range == pytest.approx((-0.36, 0.36))
    shades = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [(shade.x0, shade.x1) for shade in shades] == [
        (WAVELENGTH[low], WAVELENGTH[high])
        for low, high in ((0, 5), (74, 79), (80, 85), (180, 185))
    ]
    assert trace(figure, "Ends of BP and RP").marker.color == theme.NEUTRAL
