import numpy as np
import pytest
from scipy import stats

from core.errors import ConfigError
from core.prediction.density import redshift_grid
from core.prediction.prior import DEFAULT_CAP, PRIORS, Prior, training_density

Z = redshift_grid(0.6)
N_Z = stats.norm(0.2, 0.05).pdf(Z)


def test_the_training_parts_own_prior_changes_nothing():
    assert (Prior.training.ratio(Z, N_Z) == 1).all()


def test_the_flat_prior_is_flat_where_galaxies_are_rare_and_nowhere_else():
    ratio = Prior.flat(cap=20).ratio(Z, N_Z)
    share = N_Z / N_Z.max()
    common = share > 0.1
    assert (ratio[common] == 1).all()
    # Between a tenth and a 200th of the highest density ratio times density is one number.
    rare = ~common & (share > 0.005)
    np.testing.assert_allclose((ratio * N_Z)[rare], N_Z.max() / 10)
    assert rare.sum() > 10
    assert (ratio[share < 0.005] == 20).all()


def test_kinds_without_a_table_are_had_by_their_names():
    assert Prior.named("training", 5) is Prior.training
    assert [str(Prior.named(kind, 5)) for kind in PRIORS[1:]] == [
        "flat, cap 5",
        "galaxies, cap 5",
        "magnitude, cap 5",
    ]
    with pytest.raises(ConfigError, match="expected training, flat, galaxies or magnitude, rece"):
        Prior.named("table")
    with pytest.raises(ConfigError, match="Cap of the prior"):
        Prior.named("galaxies", 0.5)


def test_a_cap_of_1_raises_nothing():
    assert (Prior.flat(1).ratio(Z, N_Z) == 1).all()
    # A table without any division is itself.
    table = Prior.table([0, 0.8], [0, 0.8], cap=1).ratio(Z, N_Z)
    np.testing.assert_allclose(table, Z / Z[-1], rtol=1e-5)


def test_a_table_replaces_the_training_part():
    new = stats.norm(0.3, 0.05).pdf(Z)
    ratio = Prior.table(Z, 7 * new, cap=1e6).ratio(Z, N_Z)
    inside = N_Z / N_Z.max() > 1e-6
    made = (ratio * N_Z)[inside]
    np.testing.assert_allclose(made / made.max(), new[inside] / new[inside].max(), rtol=1e-6)


def test_beyond_the_table_there_is_nothing():
    ratio = Prior.table([0.1, 0.2], [1, 1]).ratio(Z, N_Z)
    assert (ratio[(Z < 0.0999) | (Z > 0.2001)] == 0).all()
    assert (ratio[(Z > 0.101) & (Z < 0.199)] > 0).all()


@pytest.mark.parametrize(
    ("z", "n", "words"),
    [
        ([0.1], [1], "at least two redshifts"),
        ([0.1, 0.2], [1], "at least two redshifts"),
        ([0.2, 0.1], [1, 1], r"redshifts that increase .* received 0\.1 after 0\.2 at z\[1\]"),
        ([0.1, 0.1], [1, 1], "redshifts that increase"),
        ([0.1, np.nan], [1, 1], r"a redshift, received no number at z\[1\] .*counted from 0"),
        ([0.1, 0.2], [1, -1], r"Prior: expected a density of 0 or more, received -1\.0 at n\[1\]"),
        ([0.1, 0.2], [0, 0], "a density above 0 somewhere"),
        ([0.1, 0.2], [1, np.inf], r"received inf at n\[1\]"),
    ],
)
def test_a_table_that_is_no_prior_is_refused(z, n, words):
    with pytest.raises(ConfigError, match=words):
        Prior.table(z, n)


@pytest.mark.parametrize("cap", [0.9, -1, np.nan, np.inf])
def test_a_cap_below_1_is_refused(cap):
    for make in (Prior.flat, lambda cap: Prior.table([0, 1], [1, 1], cap)):
        with pytest.raises(ConfigError, match="Cap of the prior"):
            make(cap)


def test_a_prior_without_anything_on_the_grid_is_refused():
    with pytest.raises(ConfigError, match=r"from z = 0\.00 to 0\.77"):
        Prior.table([2, 3], [1, 1]).ratio(Z, N_Z)


def test_its_words():
    assert str(Prior.training) == "training"
    assert str(Prior.flat()) == f"flat, cap {DEFAULT_CAP:g}"
    assert str(Prior.table([0, 1], [1, 1], 5)) == "table, cap 5"


def test_the_training_parts_density_is_that_it_was_drawn_from():
    z_train = stats.norm(0.2, 0.05).rvs(100_000, random_state=1)
    n_z = training_density(z_train[z_train >= 0], Z)
    assert np.trapezoid(n_z, Z) == pytest.approx(1)
    # The smoothing makes it a little wider.
    expected = stats.norm(0.2, np.hypot(0.05, 0.01)).pdf(Z)
    assert np.abs(n_z - expected).max() < 0.03 * expected.max()


def test_a_density_that_does_not_end_at_0_is_not_pulled_down_there():
    n_z = training_density(np.random.default_rng(1).uniform(0, 0.6, 200_000), Z)
    np.testing.assert_allclose(n_z[Z < 0.5], 1 / 0.6, rtol=0.05)
