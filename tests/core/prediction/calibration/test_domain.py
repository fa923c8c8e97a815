"""What is no galaxy is outside the domain of the shipped runs; galaxies are inside."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from core.errors import DataError
from core.prediction.calibration.domain import Domain
from core.spectra import N_BP, N_SAMPLES


@pytest.fixture(scope="module")
def domain(parts):
    training, validation, _ = parts
    return Domain.fit(training.flux, training.z, training.source_id, validation.flux)


def outside(domain, flux):
    return domain.distance(flux) > domain.threshold


def share_outside(domain, flux):
    return outside(domain, np.asarray(flux)).mean()


def test_the_density_is_that_of_scikit_learns_mixture(domain):
    mixture = GaussianMixture(len(domain.weights))
    for name in ("weights", "means", "precisions_cholesky"):
        setattr(mixture, f"{name}_", getattr(domain, name))
    numbers = np.random.default_rng(4).normal(0, 2, (200, 8))
    assert len(domain.weights) > 1
    np.testing.assert_allclose(
        domain._log_mixture(numbers), mixture.score_samples(numbers), rtol=1e-12
    )


@pytest.mark.parametrize("name", ["weights", "means", "precisions_cholesky"])
def test_arrays_that_give_no_distance_are_refused(domain, name):
    arrays = domain.to_arrays()
    with pytest.raises(ValueError, match="give no distance"):
        Domain.from_arrays(arrays | {name: np.full_like(arrays[name], np.nan)})
    with pytest.raises(ValueError, match=r"^zip\(\) argument"):
        Domain.from_arrays(arrays | {name: arrays[name][:-1]})


def test_held_back_galaxies_are_inside(domain, parts):
    _, validation, test = parts
    assert share_outside(domain, test.flux) <= 0.02
    # The threshold is that of 1 % of the validation part.
    assert share_outside(domain, validation.flux) == pytest.approx(0.01, abs=0.0005)


def test_faint_and_bright_galaxies_are_inside_alike(domain, parts):
    flux = np.concatenate([part.flux for part in parts[1:]])
    mean = flux.mean(axis=1)
    for low, high in zip([0, 10, 90], [10, 90, 100], strict=True):
        limits = np.percentile(mean, [low, high])
        chosen = flux[(mean >= limits[0]) & (mean <= limits[1])]
        assert share_outside(domain, chosen) < 0.04


@pytest.mark.parametrize(
    ("level", "caught"), [(1, 0.85), (2, 0.95), (5, 0.95), (10, 0.95), (50, 0.95), (1000, 0.95)]
)
def test_stars_of_galaxies_brightness_are_outside(domain, black_bodies, observe, level, caught):
    """Mean flux in e-/s per sample; of 100 galaxies 1 is below 1, where shapes are all noise."""
    stars = observe(level * np.repeat(black_bodies, 6, axis=0))
    assert share_outside(domain, stars) >= caught


@pytest.mark.parametrize("offset", [0, 1, 5])
@pytest.mark.parametrize("level", [0.01, 0.1, 0.3, 1, 10, 100])
def test_white_noise_is_outside(domain, level, offset):
    noise = np.random.default_rng(1).normal(offset, level, (200, N_SAMPLES))
    assert share_outside(domain, noise) >= 0.95


@pytest.mark.parametrize("level", [0, 1, 5, 20])
def test_flat_spectra_are_outside(domain, observe, level):
    assert share_outside(domain, observe(np.full((200, N_SAMPLES), level))) >= 0.95


@pytest.mark.parametrize(
    "wrong",
    [
        lambda flux: 100 * flux,
        lambda flux: 1e-17 * flux,  # in W/m2/nm, or near
        lambda flux: flux[:, ::-1],
        lambda flux: np.roll(flux, -N_BP, axis=1),  # RP first
        lambda flux: np.where(np.arange(N_SAMPLES) < N_BP, 0, flux),
        lambda flux: -flux,
        lambda flux: 0 * flux,
    ],
)
def test_galaxies_delivered_wrongly_are_outside(domain, parts, wrong):
    assert share_outside(domain, wrong(parts[2].flux)) >= 0.95


def test_at_any_brightness_half_are_at_0_and_one_in_twenty_beyond_1(domain, parts):
    flux = parts[1].flux
    for rows in np.array_split(np.argsort(flux.mean(axis=1)), 5):
        distance = domain.distance(flux[rows])
        assert np.mean(distance == 0) == pytest.approx(0.5, abs=0.05)
        assert np.mean(distance > 1) == pytest.approx(0.05, abs=0.015)


def test_a_galaxy_moves_away_as_it_turns_into_a_star(domain, parts, black_bodies):
    galaxy = parts[2].flux[[5]]
    star = black_bodies[10] * galaxy.mean()
    distance = [domain.distance(galaxy + t * (star - galaxy))[0] for t in (0.25, 0.5, 0.75, 1)]
    assert (np.diff(distance) > 0).all()
    assert distance[-1] > 2 * domain.threshold


def test_same_seed_same_domain(parts):
    part, validation, test = (each.take(np.arange(1500)) for each in parts)
    first, again, other = (
        Domain.fit(part.flux, part.z, part.source_id, validation.flux, seed=seed)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(again.distance(test.flux), first.distance(test.flux))
    assert (other.distance(test.flux) != first.distance(test.flux)).any()


def test_unusable_spectra_have_no_distance_and_leave_the_others_alone(domain, parts):
    flux = parts[2].flux[:4].copy()
    expected = domain.distance(flux)
    flux[1, 7], flux[2, 100] = np.nan, np.inf
    distance = domain.distance(flux)
    assert np.isnan(distance).tolist() == [False, True, True, False]
    np.testing.assert_allclose(distance[[0, 3]], expected[[0, 3]])
    assert not outside(domain, flux)[1:3].any()
    assert domain.distance(flux[:0]).shape == (0,)
    with pytest.raises(DataError, match=r"shape \(n, 186\), received \(2, 120\)"):
        domain.distance(np.ones((2, 120)))


@pytest.mark.parametrize("value", [0.0, 1e-300, 1e30, -1e30])
def test_any_finite_flux_has_a_finite_distance_or_an_infinite_one_outside(domain, value):
    flux = np.full((1, N_SAMPLES), value)
    assert outside(domain, flux).all()


class TestNearest:
    def test_a_training_galaxy_is_nearest_to_itself(self, domain, parts):
        training = parts[0]
        for row in (0, 500, 9000):
            found = domain.nearest(training.flux[[row]], 3)
            assert found["source_id"][0] == training.source_id[row]
            assert found["z"][0] == pytest.approx(training.z[row], abs=1e-6)
            assert found["distance"][0] < 1e-3
            assert found["distance"].is_monotonic_increasing

    def test_brightness_does_not_matter(self, domain, parts):
        flux = parts[0].flux[[10]]
        ids = domain.nearest(flux, 5)["source_id"]
        assert ids.tolist() == domain.nearest(3 * flux, 5)["source_id"].tolist()

    def test_neighbours_have_like_redshifts(self, domain, parts):
        test = parts[2]
        near = [domain.nearest(test.flux[[row]], 5)["z"].mean() for row in range(200)]
        error = np.abs(near - test.z[:200]).mean()
        assert error < 0.5 * np.abs(test.z[:200] - test.z.mean()).mean()

    def test_no_more_than_there_are(self, parts):
        part = parts[0].take(np.arange(80))
        small = Domain.fit(part.flux, part.z, part.source_id, part.flux)
        assert len(small.nearest(part.flux[:1], 500)) == 80

    def test_one_finite_spectrum_is_expected(self, domain, parts):
        with pytest.raises(DataError, match="Expected one spectrum, received 2"):
            domain.nearest(parts[0].flux[:2])
        with pytest.raises(DataError, match="finite flux"):
            domain.nearest(np.full((1, N_SAMPLES), np.nan))


def test_only_so_many_galaxies_are_kept(parts, monkeypatch):
    monkeypatch.setattr("core.prediction.calibration.domain.MAX_SPECTRA", 300)
    training, validation, _ = parts
    domain = Domain.fit(training.flux, training.z, training.source_id, validation.flux)
    assert len(domain.reference) == 300
    z_of = dict(zip(training.source_id, training.z, strict=True))
    assert [z_of[i] for i in domain.reference["source_id"]] == domain.reference["z"].tolist()


def test_too_few_spectra_are_refused(parts):
    part = parts[0].take(np.arange(20))
    with pytest.raises(DataError, match=r"at least 50 spectra .* received 20 and 20"):
        Domain.fit(part.flux, part.z, part.source_id, part.flux)


def test_spectra_that_are_all_alike_give_a_domain_of_their_own():
    flux = np.ones((100, N_SAMPLES))
    domain = Domain.fit(flux, np.full(100, 0.1), np.arange(100), flux)
    assert not outside(domain, flux[:1]).any()
    assert outside(domain, 2 * flux[:1]).all()


def test_arrays_and_back(domain, parts):
    flux = parts[2].flux[:50]
    again = Domain.from_arrays(domain.to_arrays())
    np.testing.assert_array_equal(again.distance(flux), domain.distance(flux))
    assert again.threshold == domain.threshold
    np.testing.assert_array_equal(
        again.nearest(flux[:1])["source_id"], domain.nearest(flux[:1])["source_id"]
    )
    with pytest.raises(ValueError, match="do not fit together"):
        Domain.from_arrays({**domain.to_arrays(), "source_id": np.arange(3)})
