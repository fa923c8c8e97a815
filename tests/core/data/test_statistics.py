import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.data.dataset import make_dataset, open_dataset, save_dataset
from core.data.published import published
from core.data.shape import shape_of
from core.data.split import SplitConfig, split_by_source
from core.data.statistics import (
    DEFAULT_RANGES,
    average_spectra,
    describe_redshifts,
    describe_split,
    redshift_histogram,
)
from core.errors import ConfigError, DataError


def sample(n=20_000, seed=0):
    return np.random.default_rng(seed).gamma(3, 0.045, n)


class TestHistogram:
    def test_agrees_with_numpy(self):
        z = sample()
        table = redshift_histogram(z, 0.01)
        edges = np.append(table["z_low"], table["z_high"].iloc[-1])
        np.testing.assert_array_equal(table["count"], np.histogram(z, edges)[0])
        np.testing.assert_allclose(table["fraction"], table["count"] / len(z))
        np.testing.assert_allclose(table["cumulative_fraction"], np.cumsum(table["fraction"]))

    @settings(deadline=None)
    @given(
        st.lists(st.floats(0, 1.5), min_size=1, max_size=50),
        st.sampled_from([0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 2.0]),
    )
    def test_every_redshift_lies_in_the_bin_that_counts_it(self, values, width):
        table = redshift_histogram(np.array(values), width)
        assert table["count"].sum() == len(values)
        assert table["cumulative_fraction"].iloc[-1] == pytest.approx(1)
        for low, high, count in table[["z_low", "z_high", "count"]].itertuples(index=False):
            assert count == sum(low <= z < high for z in values)

    @pytest.mark.parametrize("edge", [0.0, 0.07, 0.29, 0.57, 0.6])
    def test_an_edge_belongs_to_the_bin_above(self, edge):
        row = redshift_histogram(np.array([edge]), 0.01).query("count == 1")
        assert row["z_low"].item() == edge

    def test_published_histogram_agrees_with_table_3(self):
        reference = published()
        middle = (reference.histogram_edges[:-1] + reference.histogram_edges[1:]) / 2
        z = np.repeat(middle, np.round(reference.histogram_fraction * 1e6).astype(int))
        table = redshift_histogram(z, 0.05)
        np.testing.assert_allclose(table["fraction"] * 100, reference.table3_percent, atol=1.5)

    def test_refusals(self):
        with pytest.raises(ConfigError, match="bin width above 0, received 0"):
            redshift_histogram(np.array([0.1]), 0)
        with pytest.raises(DataError, match="at least one redshift"):
            redshift_histogram(np.array([]))


class TestMoments:
    def test_agree_with_scipy(self):
        z = sample()
        summary = describe_redshifts(z)
        reference = stats.describe(z, ddof=0)
        assert summary.n == len(z)
        assert summary.mean == pytest.approx(reference.mean)
        assert summary.std**2 == pytest.approx(reference.variance)
        assert summary.skewness == pytest.approx(reference.skewness)
        assert summary.kurtosis == pytest.approx(reference.kurtosis)
        assert summary.median == summary.percentiles[50] == np.median(z)
        assert list(summary.percentiles) == [1, 5, 10, 25, 50, 75, 90, 95, 99]
        for rank, value in summary.percentiles.items():
            assert stats.percentileofscore(z, value) == pytest.approx(rank, abs=0.01)

    def test_of_a_gamma_distribution(self):
        summary = describe_redshifts(sample(2_000_000))
        assert summary.mean == pytest.approx(0.135, rel=0.01)
        assert summary.skewness == pytest.approx(2 / np.sqrt(3), rel=0.01)
        assert summary.kurtosis == pytest.approx(6 / 3, rel=0.03)

    def test_of_equal_redshifts(self):
        summary = describe_redshifts(np.full(5, 0.1))
        assert summary.std == pytest.approx(0, abs=1e-12)
        assert np.isnan(summary.skewness)
        assert np.isnan(summary.kurtosis)

    def test_of_nothing(self):
        with pytest.raises(DataError, match="at least one redshift"):
            describe_redshifts(np.array([]))


class TestAverages:
    @pytest.fixture
    def spectra(self):
        rng = np.random.default_rng(5)
        z = rng.uniform(0, 0.55, 4000)
        flux = (rng.normal(0, 1, (4000, 186)) + 100 * z[:, None]).astype(np.float32)
        return make_dataset(flux, z, name="spectra")

    def test_of_all_galaxies_in_a_range(self, spectra):
        flux, z = spectra.flux, spectra.z
        (average,) = average_spectra(spectra, [(0.2, 0.3)], n_per_range=10_000)
        inside = flux[(z >= 0.2) & (z < 0.3)].astype(float)
        assert average.n_available == average.n_used == len(inside)
        np.testing.assert_allclose(average.mean, inside.mean(axis=0))
        np.testing.assert_allclose(average.median, np.median(inside, axis=0))
        np.testing.assert_allclose(average.p16, np.percentile(inside, 16, axis=0))
        np.testing.assert_allclose(average.p84, np.percentile(inside, 84, axis=0))

    def test_normalised_they_are_of_the_shapes_of_the_same_galaxies(self, spectra):
        flux, z = spectra.flux.astype(float), spectra.z
        flux[np.flatnonzero((z >= 0.2) & (z < 0.3))[:3]] -= 50  # of mean below 0
        galaxies = make_dataset(flux.astype(np.float32), z, name="spectra")
        (average,) = average_spectra(galaxies, [(0.2, 0.3)], n_per_range=10_000, normalised=True)
        inside = shape_of(galaxies.flux[(z >= 0.2) & (z < 0.3)])
        assert average.n_used == len(inside)
        np.testing.assert_allclose(average.mean, inside.mean(axis=0))
        np.testing.assert_allclose(average.median, np.median(inside, axis=0))
        np.testing.assert_allclose(average.p16, np.percentile(inside, 16, axis=0))
        np.testing.assert_allclose(average.p84, np.percentile(inside, 84, axis=0))

    def test_normalised_the_band_has_no_scatter_of_brightness(self):
        shape = np.linspace(0.5, 1.5, 186)
        flux = np.outer(np.geomspace(0.1, 100, 200), shape).astype(np.float32)
        galaxies = make_dataset(flux, np.full(200, 0.15), name="alike")
        average = average_spectra(galaxies, [(0.1, 0.2)], normalised=True)[0]
        for curve in (average.mean, average.median, average.p16, average.p84):
            np.testing.assert_allclose(curve, shape, rtol=1e-5)

    def test_of_a_choice(self, spectra):
        averages = average_spectra(spectra, n_per_range=100)
        assert [(a.z_low, a.z_high) for a in averages] == list(DEFAULT_RANGES)
        assert all(a.n_used == 100 < a.n_available for a in averages)
        for average in averages[:5]:
            middle = 50 * (average.z_low + average.z_high)
            assert average.mean.mean() == pytest.approx(middle, abs=1.2)

    def test_a_seed_gives_the_same_choice_again_whatever_the_other_ranges(self, spectra):
        one = average_spectra(spectra, n_per_range=50)[2]
        again = average_spectra(spectra, [(0.2, 0.3)], n_per_range=50)[0]
        other = average_spectra(spectra, [(0.2, 0.3)], n_per_range=50, seed=1)[0]
        np.testing.assert_array_equal(one.mean, again.mean)
        assert not np.array_equal(one.mean, other.mean)

    def test_of_a_file_is_that_in_memory(self, spectra, tmp_path):
        save_dataset(spectra, tmp_path / "spectra.parquet")
        in_file = average_spectra(open_dataset(tmp_path / "spectra.parquet"), n_per_range=50)
        for one, other in zip(in_file, average_spectra(spectra, n_per_range=50), strict=True):
            np.testing.assert_array_equal(one.mean, other.mean)
            assert (one.n_used, one.n_available) == (other.n_used, other.n_available)

    def test_of_an_empty_range(self, spectra):
        (average,) = average_spectra(spectra, [(0.6, 0.7)])
        assert (average.n_available, average.n_used) == (0, 0)
        for values in (average.mean, average.median, average.p16, average.p84):
            assert values.shape == (186,)
            assert np.isnan(values).all()

    def test_edges_belong_to_the_range_above(self):
        two = make_dataset(np.ones((2, 186)), np.array([0.1, 0.2]), name="two")
        counts = [a.n_available for a in average_spectra(two, [(0.0, 0.1), (0.1, 0.2)])]
        assert counts == [0, 1]

    def test_refusals(self, spectra):
        with pytest.raises(ConfigError, match=r"range from low to high, received 0\.3-0\.2"):
            average_spectra(spectra, [(0.3, 0.2)])
        with pytest.raises(ConfigError, match="at least 1 galaxy per range, received 0"):
            average_spectra(spectra, n_per_range=0)


def test_the_parts_of_a_split_add_up_to_the_whole():
    z, ids = sample(5000), np.arange(5000)
    split = split_by_source(ids, SplitConfig())
    summary = describe_split(z, split)
    assert summary.hash == split.hash
    assert summary.parts["part"].tolist() == ["train", "validation", "test"]
    assert summary.parts["galaxies"].sum() == 5000
    assert summary.parts["percent"].sum() == pytest.approx(100)
    assert summary.parts["median_z"].tolist() == [
        np.median(z[rows]) for rows in (split.train, split.validation, split.test)
    ]
    of_test = summary.histograms.query("part == 'test'")
    pd.testing.assert_frame_equal(
        of_test.drop(columns="part").reset_index(drop=True), redshift_histogram(z[split.test], 0.02)
    )


def test_an_empty_part_has_no_redshifts():
    summary = describe_split(sample(9), split_by_source(np.arange(9), SplitConfig(0.0, 0.0)))
    assert summary.parts["galaxies"].tolist() == [9, 0, 0]
    assert summary.parts["median_z"].isna().tolist() == [False, True, True]
    assert set(summary.histograms["part"]) == {"train"}
