import numpy as np
import pytest

from core.errors import DataError
from core.evaluation.metrics import HEADLINE
from core.evaluation.resampling import percentile_interval, resampled_metrics


def galaxies(n, seed=0):
    rng = np.random.default_rng(seed)
    z_spec = rng.uniform(0, 0.6, n)
    return z_spec, z_spec + 0.03 * rng.standard_t(2, n)


@pytest.mark.parametrize("n", [1, 2, 3, 50, 51, 200])
def test_each_metric_is_that_of_the_galaxies_that_were_drawn(n):
    z_spec, z_pred = galaxies(n)
    table = resampled_metrics(z_spec, z_pred, 10, seed=7)
    rng = np.random.default_rng(7)
    for number in range(10):
        drawn = rng.integers(0, n, n)
        d = (z_pred - z_spec)[drawn]
        e = d / (1 + z_spec[drawn])
        for name, metric in HEADLINE.items():
            assert table[name][number] == pytest.approx(metric(d, e), abs=1e-11), name


def test_one_galaxy_that_is_far_off_leaves_the_scatter_as_it_is():
    z_spec, z_pred = galaxies(51)
    z_pred[0], far = 3.0, z_pred.copy()
    far[0] = 1e9
    near, other = (resampled_metrics(z_spec, z, 20)["sigma_nmad"] for z in (z_pred, far))
    assert other == pytest.approx(near, abs=1e-11)


def test_equal_errors_are_no_obstacle():
    z_spec = np.zeros(6)
    z_pred = np.array([0.1, 0.1, 0.1, -0.2, -0.2, 0.1])
    table = resampled_metrics(z_spec, z_pred, 50)
    assert set(table["bias"].round(12).tolist()) <= {0.1, -0.05, -0.2}
    assert not np.any(list(resampled_metrics(z_spec, z_spec, 5).values()))


def test_blocks_do_not_matter(monkeypatch):
    whole = resampled_metrics(*galaxies(40), 25)
    monkeypatch.setattr("core.evaluation.resampling.BLOCK_DRAWS", 120)
    in_blocks = resampled_metrics(*galaxies(40), 25)
    for name, values in whole.items():
        assert in_blocks[name] == pytest.approx(values)


def test_further_columns_are_averaged_over_the_same_galaxies():
    z_spec, z_pred = galaxies(30)
    means = {"crps": np.abs(z_pred - z_spec)}
    table = resampled_metrics(z_spec, z_pred, 20, means=means)
    assert list(table) == [*HEADLINE, "crps"]
    assert table["crps"] == pytest.approx(table["mae"])


def test_wrong_input_is_refused():
    with pytest.raises(DataError, match="at least one galaxy"):
        resampled_metrics([], [], 5)


def test_few_resamples_do_not_narrow_the_interval():
    """Of 199 draws from the uniform distribution, the 5th lies at 1/40 on average."""
    rng = np.random.default_rng(8)
    ends = [percentile_interval(rng.uniform(size=199)) for _ in range(2000)]
    assert np.mean(ends, axis=0) == pytest.approx([0.025, 0.975], abs=0.001)
    assert percentile_interval(np.arange(1.0, 20.0), confidence=0.5) == (5, 15)
