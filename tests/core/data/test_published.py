import numpy as np
import pytest

from core.data.published import in_print, published
from core.data.statistics import DEFAULT_RANGES


def test_table_3():
    table = published().table3
    assert table.columns.tolist() == ["z_low", "z_high", "percent", "mean_error", "std"]
    assert table["percent"].sum() == pytest.approx(100, abs=0.06)
    assert table["z_low"].tolist() == [
        0,
        0.05,
        0.1,
        0.15,
        0.2,
        0.25,
        0.3,
        0.35,
        0.4,
        0.45,
        0.5,
        0.55,
    ]
    np.testing.assert_array_equal(table["z_high"].iloc[:-1], table["z_low"].iloc[1:])
    assert table.iloc[1].tolist() == [0.05, 0.1, 27.77, 0.0117, 0.0208]
    assert published().table3_edges[-1] == 0.6


def test_mean_of_the_bins_that_the_text_quotes():
    """The text's 'MAE of 0.013 for 0-0.35' is the mean of the bins' absolute mean errors."""
    low = published().table3.query("z_high <= 0.35")
    assert low["mean_error"].abs().mean() == pytest.approx(0.013, abs=0.0005)


def test_histogram_agrees_with_the_printed_percentiles():
    reference = published()
    assert reference.histogram_edges.shape == (100,)
    assert reference.histogram_fraction.sum() == pytest.approx(1, abs=1e-3)
    cumulative = np.concatenate([[0], np.cumsum(reference.histogram_fraction)])
    for rank, z in reference.redshift_percentiles.items():
        read_off = np.interp(rank / 100, cumulative, reference.histogram_edges)
        assert read_off == pytest.approx(z, abs=0.004)


def test_moments():
    reference = published()
    assert reference.n_galaxies == 520_393
    assert reference.redshift_percentiles[50] == pytest.approx(reference.redshift_median, abs=5e-4)
    middle = (reference.histogram_edges[:-1] + reference.histogram_edges[1:]) / 2
    mean = np.average(middle, weights=reference.histogram_fraction)
    assert mean == pytest.approx(reference.redshift_mean, abs=0.002)


def test_mean_spectra():
    reference = published()
    assert reference.mean_flux_ranges == DEFAULT_RANGES
    assert reference.mean_flux.shape == (6, 186)
    assert np.isfinite(reference.mean_flux[0]).all()
    # Nearer galaxies are brighter.
    assert np.nanmean(reference.mean_flux[0]) > np.nanmean(reference.mean_flux[1])


def test_training_facts():
    training = published().training
    assert (training["parameters"], training["epochs"], training["batch_size"]) == (699_073, 20, 16)
    assert published().test_mae == 0.021


def test_read_once():
    assert published() is published()


def test_table_1_shows_three_galaxies_by_their_first_and_last_samples():
    table = published().table1
    assert table.columns.tolist() == ["z", *(f"flux_{i}" for i in (0, 1, 2, 183, 184, 185))]
    assert len(table) == 3
    assert table.iloc[1].tolist() == [0.2647779, -0.213, -0.14, 0.052, 13.063, 12.639, 12.429]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.126, "0.126"), (0.1257327, "0.1257"), (1.27, "1.27"), (-0.011, "-0.011"), (2.0, "2")],
)
def test_numbers_have_the_digits_that_were_printed(value, text):
    assert in_print(value) == text
