import numpy as np
import pytest
import qp
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.errors import DataError
from core.evaluation.calibration import (
    SCORES,
    cde_loss,
    coverage_by_pit,
    coverage_by_pit_and_bin,
    crps,
    pit,
    pit_ks,
    pit_ks_limit,
    sharpness,
)
from core.evaluation.linear_density import BLOCK_ROWS
from core.model.mixture import Mixtures

GRID = np.linspace(0, 1, 2001)


def gaussians(mean, sigma):
    pdf = stats.norm.pdf(GRID, np.asarray(mean)[:, None], np.asarray(sigma)[:, None])
    return pdf / np.trapezoid(pdf, GRID, axis=1)[:, None]


@pytest.fixture(scope="module")
def normal():
    """Gaussian densities, and true redshifts drawn from them."""
    random = np.random.default_rng(1)
    mean, sigma = random.uniform(0.3, 0.6, 500), random.uniform(0.01, 0.04, 500)
    return mean, sigma, random.normal(mean, sigma), gaussians(mean, sigma)


def test_gaussians_have_the_pit_of_the_closed_form(normal):
    mean, sigma, z, pdf = normal
    np.testing.assert_allclose(pit(GRID, pdf, z), stats.norm.cdf(z, mean, sigma), atol=2e-4)


def test_gaussians_have_the_crps_of_the_closed_form(normal, scoringrules):
    # Gneiting & Raftery (2007), eq. 21
    mean, sigma, z, pdf = normal
    x = (z - mean) / sigma
    expected = sigma * (
        x * (2 * stats.norm.cdf(x) - 1) + 2 * stats.norm.pdf(x) - 1 / np.sqrt(np.pi)
    )
    np.testing.assert_allclose(crps(GRID, pdf, z), expected, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(
        crps(GRID, pdf, z), scoringrules.crps_normal(z, mean, sigma), rtol=1e-3, atol=1e-6
    )


def test_gaussians_have_the_cde_loss_of_the_closed_form(normal):
    # The integral of the square of a Gaussian is 1 / (2 sigma sqrt(pi)).
    mean, sigma, z, pdf = normal
    expected = 1 / (2 * sigma * np.sqrt(np.pi)) - 2 * stats.norm.pdf(z, mean, sigma)
    np.testing.assert_allclose(cde_loss(GRID, pdf, z), expected, rtol=2e-3, atol=0.02)


def test_mixtures_have_the_crps_of_scoringrules(scoringrules):
    random = np.random.default_rng(2)
    weights = random.dirichlet([1, 1, 1], 50)
    means, sigmas = random.uniform(0.2, 0.7, (50, 3)), random.uniform(0.01, 0.05, (50, 3))
    pdf = Mixtures(*(x.astype(np.float32) for x in (weights, means, sigmas))).pdf(GRID)
    z = random.uniform(0, 1, 50)
    expected = scoringrules.crps_mixnorm(z, means, sigmas, weights)
    np.testing.assert_allclose(crps(GRID, pdf, z), expected, rtol=2e-3, atol=1e-5)


def test_qp_finds_the_same_distribution_function(normal):
    _, sigma, z, pdf = normal
    ensemble = qp.Ensemble(qp.interp, data={"xvals": GRID, "yvals": pdf})
    expected = np.array([each.cdf(x) for each, x in zip(ensemble[:20], z[:20], strict=True)])
    np.testing.assert_allclose(pit(GRID, pdf[:20], z[:20]), expected.ravel(), atol=2e-4)
    half = np.array(ensemble[:20].ppf(0.84) - ensemble[:20].ppf(0.16)).ravel() / 2
    assert sharpness(half) == pytest.approx(sharpness(0.99446 * sigma[:20]), rel=1e-3)


def test_a_point_like_density_scores_the_absolute_error():
    mean, z = np.array([0.4, 0.4, 0.4]), np.array([0.45, 0.4, 0.1])
    found = crps(GRID, gaussians(mean, np.full(3, 1e-3)), z)
    np.testing.assert_allclose(found, np.abs(z - mean), atol=1e-3)


@pytest.mark.parametrize("grid", [np.array([0.0, 0.5]), np.array([0.0, 0.1, 0.5])])
def test_a_uniform_density_is_exact_on_the_coarsest_grid(grid):
    pdf, z = np.full((3, len(grid)), 2.0), np.array([0.1, 0.25, 0.5])
    np.testing.assert_allclose(pit(grid, pdf, z), [0.2, 0.5, 1.0])
    # Of a uniform density from 0 to b: ((z^3 + (b - z)^3) / 3) / b^2
    np.testing.assert_allclose(crps(grid, pdf, z), (z**3 + (0.5 - z) ** 3) / 3 / 0.25)
    np.testing.assert_allclose(cde_loss(grid, pdf, z), -2.0)


def test_a_redshift_outside_the_grid_is_missed_by_its_distance():
    grid, pdf = np.array([0.1, 0.5]), np.full((2, 2), 2.5)
    z = np.array([0.0, 0.8])
    assert pit(grid, pdf, z).tolist() == [0, 1]
    # At the grid's ends a uniform density scores a third of its width.
    np.testing.assert_allclose(crps(grid, pdf, z), [0.4 / 3 + 0.1, 0.4 / 3 + 0.3])
    np.testing.assert_allclose(cde_loss(grid, pdf, z), [2.5, 2.5])


@given(
    heights=st.lists(st.floats(0, 10), min_size=2, max_size=12).filter(lambda x: max(x) > 0.1),
    z=st.floats(-0.2, 1.2),
)
def test_any_density_agrees_with_brute_force(heights, z):
    grid = np.linspace(0, 1, len(heights))
    pdf = np.array(heights) / np.trapezoid(heights, grid)
    fine = np.linspace(-0.25, 1.25, 60_001)
    density = np.interp(fine, grid, pdf, left=0, right=0)
    cdf = np.cumsum(density) * (fine[1] - fine[0])
    assert pit(grid, pdf[None], [z])[0] == pytest.approx(np.interp(z, fine, cdf), abs=2e-3)
    expected = np.trapezoid((cdf - (fine >= z)) ** 2, fine)
    assert crps(grid, pdf[None], [z])[0] == pytest.approx(expected, abs=2e-3)


def test_blocks_of_galaxies_are_put_together_in_order():
    n = BLOCK_ROWS + 3
    mean = np.linspace(0.2, 0.8, n)
    grid = np.linspace(0, 1, 101)
    pdf = stats.norm.pdf(grid, mean[:, None], 0.05)
    pdf = (pdf / np.trapezoid(pdf, grid, axis=1)[:, None]).astype(np.float32)
    z = mean + 0.01 * np.sin(np.arange(n))
    np.testing.assert_allclose(pit(grid, pdf, z), stats.norm.cdf(z, mean, 0.05), atol=3e-3)


def test_calibrated_densities_are_flat_and_covered(normal):
    mean, sigma, z, pdf = normal
    values = pit(GRID, pdf, z)
    assert pit_ks(values) < pit_ks_limit(len(values), 0.999)
    table = coverage_by_pit(values)
    assert table["level"].tolist() == [0.50, 0.68, 0.90, 0.95]
    assert (table["n"] == len(z)).all()
    assert ((table["coverage"] - table["level"]).abs() < 0.07).all()
    # Densities half as wide as they should be are found out.
    narrow = pit(GRID, gaussians(mean, sigma / 2), z)
    assert pit_ks(narrow) > 2 * pit_ks_limit(len(narrow))
    assert coverage_by_pit(narrow, [0.68])["coverage"][0] == pytest.approx(0.383, abs=0.07)


def test_known_shares_inside_central_intervals():
    values = [0.16, 0.84, 0.5, 0.05, 0.999]
    table = coverage_by_pit(values, [0.0, 0.68, 0.9, 1.0])
    assert table["coverage"].tolist() == [0.2, 0.6, 0.8, 1.0]
    assert (table["coverage_low"] <= table["coverage"]).all()
    assert (table["coverage"] <= table["coverage_high"]).all()


def test_bins_of_z_pred_hold_their_own_galaxies():
    z_pred = np.array([0.01, 0.02, 0.12, 0.13, 0.14])
    table = coverage_by_pit_and_bin(z_pred, [0.5, 0.9, 0.2, 0.84, 0.99])
    assert table["z_low"].tolist() == [0.0, 0.1]  # the empty bin is left out
    assert table["z_high"].tolist() == [0.05, 0.15]
    assert table["n"].tolist() == [2, 3]
    assert table["coverage"].tolist() == pytest.approx([1 / 2, 2 / 3])


def test_known_distances_from_uniform():
    n = 50
    assert pit_ks((np.arange(n) + 0.5) / n) == pytest.approx(0.5 / n)
    assert pit_ks(np.zeros(n)) == 1
    # Kolmogorov's limit for many: 1.358 / sqrt(n)
    assert pit_ks_limit(50_000) == pytest.approx(1.3581 / np.sqrt(50_000), rel=1e-3)


def test_every_score_has_its_definition():
    assert set(SCORES) == {"crps", "cde_loss", "pit_ks", "sharpness"}
    for definition in SCORES.values():
        assert definition.formula
        assert definition.sentence.endswith(".")


@pytest.mark.parametrize(
    ("grid", "pdf", "z", "message"),
    [
        ([0, 1], [[1, 1]], [0.5, 0.6], "one true redshift per galaxy"),
        ([0, 1, 0.5], [[1, 1, 1]], [0.5], "rising redshifts"),
        ([0.0], [[1]], [0.5], "rising redshifts"),
        ([0, 1], [[2, 2]], [0.5], r"at index 0 integrates to 2, its lowest value is 2"),
        ([0, 1], [[-1, 3]], [0.5], "its lowest value is -1"),
        ([0, 1], [[1, 1], [np.nan, 1]], [0.5, 0.5], "at index 1 integrates to nan"),
        ([0, 1], [[1, 1]], [np.nan], "z_spec is nan at index 0"),
    ],
)
def test_what_is_no_density_is_refused(grid, pdf, z, message):
    for score in (pit, crps, cde_loss):
        with pytest.raises(DataError, match=message):
            score(grid, pdf, z)


@pytest.mark.parametrize("values", [[], [0.5, np.nan], [1.1], [[0.5]]])
def test_what_is_no_pit_is_refused(values):
    with pytest.raises(DataError, match="PIT value from 0 to 1"):
        pit_ks(values)
    with pytest.raises(DataError, match="PIT value from 0 to 1"):
        coverage_by_pit(values)


@pytest.mark.parametrize("values", [[], [0.1, np.nan], [-0.1]])
def test_what_is_no_predicted_error_is_refused(values):
    with pytest.raises(DataError, match="finite predicted error"):
        sharpness(values)
