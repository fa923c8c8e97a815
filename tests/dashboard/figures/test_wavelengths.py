from dataclasses import replace

import numpy as np
import pytest

from core.inspection.wavelength_map import SAMPLES, MapOrigin, WavelengthMap
from core.spectra import N_BP, SampleGrid
from dashboard.figures import theme
from dashboard.figures.wavelengths import wavelength_map

ORIGIN = MapOrigin("n", "d", "the test part of Toy", "simulated")


def make(n_bins=12, empty=(0, 11)):
    """A map that grows with redshift and wavelength, the outer bins without galaxies."""
    edges = 0.05 * np.arange(n_bins + 1)
    strength = np.add.outer(np.arange(n_bins), np.arange(len(SAMPLES)) / 100) / 1000
    strength[list(empty)] = np.nan
    n = np.where(np.isnan(strength[:, 0]), 2, 30)
    wavelength_nm = SampleGrid().wavelength_nm[SAMPLES]
    shift = np.where(np.arange(n_bins)[:, None] % 2, strength, -strength)
    return WavelengthMap(wavelength_nm, edges, n, strength, shift, ORIGIN)


@pytest.fixture(scope="module")
def found():
    return make()


@pytest.fixture(scope="module")
def figure(found):
    return wavelength_map(found)


def test_each_cell_stands_where_it_was_measured(figure, found):
    heat = figure.data[0]
    for row in (1, 10):
        for column, wavelength in enumerate(found.wavelength_nm):
            place = np.searchsorted(heat.x, wavelength) - 1
            level = np.searchsorted(heat.y, found.edges[row] + 0.01) - 1
            assert heat.z[level][place] == found.strength[row, column]


def test_only_bins_with_galaxies_are_drawn(figure):
    assert list(figure.layout.yaxis.range) == pytest.approx([0.05, 0.55])
    assert not figure.data[0].hoverongaps


def test_bp_and_rp_stand_apart(figure, found):
    heat = figure.data[0]
    (gap,) = np.flatnonzero(np.isnan(heat.z).all(axis=0))
    last_bp = found.wavelength_nm[SAMPLES < N_BP][-1]
    first_rp = found.wavelength_nm[SAMPLES >= N_BP][0]
    assert last_bp < heat.x[gap] < heat.x[gap + 1] < first_rp


def test_lines_move_with_redshift_and_end_where_they_leave_the_spectrum(figure):
    lines = [each for each in figure.data[1:] if each.x[0] is not None]
    assert len(lines) % 2 == 0  # each on its dark edge
    for line in lines:
        ratio = np.array(line.x) / (1 + np.array(line.y))
        assert ratio[0] == pytest.approx(ratio[1])
        assert figure.data[0].x[0] <= min(line.x)
        assert max(line.x) <= figure.data[0].x[-1] + 1e-9
    labels = {each.text: each for each in figure.layout.annotations if each.text}
    assert labels["4000 Å break"].x == pytest.approx(400 * 1.55)
    assert labels["4000 Å break"].textangle == -90
    assert labels["Hα, [N II]"].x == figure.data[0].x[-1]
    assert labels["Hα, [N II]"].y == pytest.approx(figure.data[0].x[-1] / 656.66 - 1, abs=1e-3)


def test_labels_do_not_cover_each_other(figure):
    at_top = [each for each in figure.layout.annotations if each.textangle == -90]
    # Whatever the figure's width: on a page of 1280 pixels, and on wide ones.
    for pixels_per_nm in (0.85, 2.0):
        pixels = np.array([each.x * pixels_per_nm + each.xshift for each in at_top])
        assert (np.diff(pixels) >= 14.9).all()
    leaders = [each for each in figure.layout.annotations if each.showarrow]
    assert [each.ax for each in leaders] == [each.xshift for each in at_top]


def test_directions_have_colours_around_nothing(found):
    heat = wavelength_map(found, "shift").data[0]
    assert heat.zmin == -heat.zmax
    assert heat.colorscale[1] == (0.5, theme.DIVERGING[1][1])
    assert np.nanmin(heat.z) < 0 < np.nanmax(heat.z)
    assert heat.colorbar.title.text == "mean Δz / (1 + z)"


def test_the_ends_of_the_colours_say_that_values_lie_beyond(found):
    strength = np.where(np.isnan(found.strength), np.nan, 0.01)
    strength[1, 0] = 0.0157
    heat = wavelength_map(replace(found, strength=strength)).data[0]
    assert (heat.zmin, heat.zmax) == (0, 0.01)
    assert heat.colorbar.ticktext == ("0", "0.005", "≥ 0.01")
    shift = np.where(np.isnan(strength), np.nan, 0.01)
    shift[1, 0] = -0.0157
    heat = wavelength_map(replace(found, shift=shift), "shift").data[0]
    assert heat.colorbar.ticktext == ("≤ −0.01", "−0.005", "0", "0.005", "0.01")


def test_it_says_in_words_what_it_shows(figure, found):
    alt = figure.layout.meta["alt"]
    assert f"{found.n.sum():,} galaxies" in alt
    assert "4000 Å break" in alt
    assert figure.layout.xaxis.title.text == "Wavelength [nm]"
    assert {each.name for each in figure.data if each.name} == {
        "Emission lines",
        "Absorption lines",
        "4000 Å break",
    }


@pytest.mark.parametrize("quantity", ["strength", "shift"])
def test_a_map_without_enough_galaxies_anywhere_is_an_empty_figure(quantity):
    figure = wavelength_map(make(2, empty=(0, 1)), quantity)
    assert np.isnan(figure.data[0].z).all()
    assert figure.data[0].zmax == 1
