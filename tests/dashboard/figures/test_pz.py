import numpy as np
import pytest

from dashboard.figures import pz

Z = np.linspace(0, 0.8, 321)
PDF = np.exp(-0.5 * ((Z - 0.2) / 0.03) ** 2) / (0.03 * np.sqrt(2 * np.pi))
SUMMARIES = {"median": 0.2, "mean": 0.201, "mode": 0.199}


def draw(**options):
    return pz.redshift_density(Z, PDF, SUMMARIES, (0.1703, 0.2299), 0.68, **options)


def trace(figure, name):
    (found,) = [each for each in figure.data if each.name.startswith(name)]
    return found


def test_the_interval_is_filled_from_end_to_end_and_holds_its_share():
    band = trace(draw(), "68 % interval 0.1703 to 0.2299")
    assert (band.x[0], band.x[-1]) == (0.1703, 0.2299)
    assert band.fill == "tozeroy"
    assert np.trapezoid(band.y, band.x) == pytest.approx(0.68, abs=0.005)


def test_each_summary_stands_on_the_curve():
    figure = draw()
    for name, value in SUMMARIES.items():
        stem = trace(figure, f"{name.capitalize()} {value:.4f}")
        assert stem.x == (value, value)
        assert stem.y[0] == 0
        assert stem.y[1] == pytest.approx(np.interp(value, Z, PDF))
    assert len({trace(figure, name.capitalize()).marker.symbol for name in SUMMARIES}) == 3


def test_the_redshift_of_the_file_and_the_other_prior_are_drawn_if_known():
    plain = [each.name for each in draw().data]
    assert not any(name.startswith(("z_spec", "As calibrated")) for name in plain)
    full = draw(z_spec=0.35, as_trained=PDF * 2, title="of source 17")
    assert trace(full, "z_spec 0.3500").x == (0.35, 0.35)
    np.testing.assert_array_equal(trace(full, "As calibrated").y, PDF * 2)
    assert full.layout.yaxis.range[1] > 2 * PDF.max()
    low, high = full.layout.xaxis.range
    assert low < 0.2 - 0.06
    assert 0.35 < high < 0.5


def test_axes_have_units_and_the_picture_is_told():
    figure = draw(z_spec=0.25, title="of source 17")
    assert figure.layout.xaxis.title.text == "Redshift z"
    assert figure.layout.yaxis.title.text == "p(z) [per unit of z]"
    told = figure.layout.meta["alt"]
    for words in (
        "of source 17",
        "68 % of it between 0.1703 and 0.2299",
        "median 0.2000",
        "0.2500",
    ):
        assert words in told


def test_a_narrow_density_is_not_drawn_as_a_wide_one():
    narrow = np.where(np.abs(Z - 0.2) < 0.003, 1.0, 0.0)
    low, high = pz.shown_range(Z, narrow)
    assert high - low >= pz.MIN_WIDTH
    assert low < 0.2 < high


def test_the_range_stays_on_the_grid():
    rising = np.exp(-Z / 0.01)
    assert pz.shown_range(Z, rising)[0] == 0
    assert pz.shown_range(Z, rising[::-1])[1] == 0.8
