import numpy as np
import pytest

from core.evaluation.histograms import histogram2d
from dashboard.figures.density import CELLS, predicted_vs_true


@pytest.fixture(scope="module")
def histogram():
    rng = np.random.default_rng(10)
    z_spec = rng.normal(0.2, 0.05, 20_000).clip(0, 0.4)
    return histogram2d(z_spec, z_spec + rng.normal(0, 0.02, len(z_spec)), bins=40)


@pytest.fixture(scope="module")
def figure(histogram):
    return predicted_vs_true(histogram)


def test_colour_is_the_logarithm_of_the_counts_and_empty_cells_stay_empty(figure, histogram):
    heat = figure.data[0]
    counts = histogram.counts.T
    np.testing.assert_array_equal(heat.customdata, counts)
    np.testing.assert_array_equal(np.isnan(heat.z), counts == 0)
    np.testing.assert_allclose(10 ** heat.z[counts > 0], counts[counts > 0])
    assert not heat.hoverongaps


def test_true_is_along_x():
    heat = predicted_vs_true(histogram2d([0.38, 0.38], [0.12, 0.12], bins=40)).data[0]
    ((row, column),) = np.argwhere(~np.isnan(heat.z))
    assert heat.x[column] == pytest.approx(0.38, abs=0.01)
    assert heat.y[row] == pytest.approx(0.12, abs=0.01)


def test_the_colour_bar_reads_in_galaxies(figure, histogram):
    bar = figure.data[0].colorbar
    assert bar.title.text == "Galaxies"
    shown = [int(text.replace(",", "")) for text in bar.ticktext]
    np.testing.assert_allclose(bar.tickvals, np.log10(shown))
    assert shown[:3] == [1, 3, 10]
    assert shown[-1] <= histogram.counts.max()


def test_axes_are_equal_and_the_diagonal_runs_corner_to_corner(figure):
    layout = figure.layout
    assert layout.yaxis.scaleanchor == "x"
    assert layout.xaxis.range == layout.yaxis.range == (0, pytest.approx(0.4))
    diagonal = figure.data[1]
    assert list(diagonal.x) == list(diagonal.y) == list(layout.xaxis.range)
    assert layout.xaxis.title.text == "True redshift z_spec"
    assert layout.yaxis.title.text == "Predicted redshift z_pred"


def test_hover_gives_place_and_count(figure):
    template = figure.data[0].hovertemplate
    assert "z_spec %{x:.3f}" in template
    assert "z_pred %{y:.3f}" in template
    assert "galaxies: %{customdata:,}" in template


def test_it_says_in_words_what_it_shows(figure, histogram):
    inside = 20_000 - histogram.n_outside
    assert figure.layout.title.text == f"{inside:,} galaxies, {histogram.n_outside:,} more outside"
    assert figure.layout.meta["alt"].startswith("Predicted against true redshift of")


def test_one_galaxy_per_cell_still_has_a_scale():
    heat = predicted_vs_true(histogram2d([0.1], [0.1])).data[0]
    assert heat.zmin < heat.zmax
    assert list(heat.colorbar.ticktext) == ["1"]


def test_every_occupied_cell_has_a_mark_to_select_it_by(figure, histogram):
    marks = figure.data[CELLS]
    heat = figure.data[0]
    assert len(marks.x) == (histogram.counts > 0).sum()
    assert marks.customdata.sum() == histogram.counts.sum()
    i, j = histogram.occupied[7]
    assert (marks.x[7], marks.y[7]) == (pytest.approx(heat.x[i]), pytest.approx(heat.y[j]))
    assert marks.customdata[7] == histogram.counts[i, j]
    assert marks.marker.opacity == marks.unselected.marker.opacity == 0
    assert marks.selected.marker.opacity > 0.5


def test_a_drag_at_first_selects_nothing_so_that_a_click_can(figure):
    # Streamlit makes no selection of a click while a drag is to select.
    assert figure.layout.dragmode not in ("select", "lasso")
