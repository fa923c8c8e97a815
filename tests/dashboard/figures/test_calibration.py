import numpy as np
import pytest
from scipy import stats

from core.amounts import n_of
from core.evaluation.error_by_sigma import errors_by_sigma
from core.evaluation.histograms import pit_histogram
from dashboard.figures import calibration


@pytest.fixture(scope="module")
def galaxies():
    random = np.random.default_rng(1)
    sigma = random.uniform(0.01, 0.05, 2000)
    z = random.uniform(0.1, 0.5, 2000)
    return z, z + random.normal(0, sigma), sigma


def test_pit_histogram_stands_over_its_band(layers_of, galaxies):
    z_spec, z_pred, sigma = galaxies
    table = pit_histogram(stats.norm.cdf(z_spec, z_pred, sigma))
    chart = calibration.pit_histogram(table)
    bars, band, line = layers_of(chart)
    assert bars.data["n"].tolist() == table["n"].tolist()
    assert band.data[["pit_low", "pit_high"]].to_numpy().tolist() == [[0, 1]]
    assert band.data["expected_low"][0] < line.data["expected"][0] == 100
    low, high = bars.scale("y")["domain"]
    assert low == 0
    assert high > table[["n", "expected_high"]].to_numpy().max()
    assert "2,000 galaxies in 20 bins" in chart.description


def test_errors_stand_against_predicted_ones(layers_of, galaxies):
    table = errors_by_sigma(*galaxies)
    diagonal, bars, points = layers_of(calibration.errors_by_sigma(table))
    assert (diagonal.data["sigma_z"] == diagonal.data["error"]).all()
    assert points.data["sigma_z"].tolist() == table["sigma_z"].tolist()
    assert (bars.data["error_low"] <= points.data["error"]).all()
    assert diagonal.data["error"].max() > table["error_high"].max()
    assert points.scale("x") == points.scale("y")


@pytest.mark.parametrize(("n", "rows"), [(1, 1), (4, 1), (5, 2), (8, 2)])
def test_every_example_has_a_panel_with_its_redshifts(n, rows):
    z = np.linspace(0, 0.6, 241)
    centre = np.linspace(0.1, 0.4, n)
    pdf = stats.norm.pdf(z, centre[:, None], 0.02)
    figure = calibration.examples(z, pdf, centre + 0.2, centre, [str(i) for i in range(n)])
    assert [each.text for each in figure.layout.annotations] == [str(i) for i in range(n)]
    curves = [trace for trace in figure.data if trace.name == "p(z)"]
    np.testing.assert_array_equal([trace.y for trace in curves], pdf)
    truths = [trace.x[0] for trace in figure.data if trace.name == "z_spec"]
    np.testing.assert_allclose(truths, centre + 0.2)
    # A true redshift far out is in the picture all the same.
    axes = [axis for axis in figure.select_xaxes() if axis.range is not None]
    assert len(axes) == n
    for axis, truth in zip(axes, truths, strict=True):
        assert axis.range[0] < truth < axis.range[1]
    assert sum(bool(trace.showlegend) for trace in figure.data) == 3
    assert figure.layout.height == calibration.PANEL_HEIGHT * rows + 80
    assert n_of(n, "galaxy") in figure.layout.meta["alt"]
