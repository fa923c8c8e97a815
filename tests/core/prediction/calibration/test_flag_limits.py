import numpy as np
import pytest

from core.data.dataset import make_dataset
from core.prediction.calibration.flag_limits import (
    TOO_FEW,
    find_bad_zones,
    lowest_sn,
    measure_limits,
)
from core.prediction.calibration.intervals import Intervals
from core.prediction.flags import Zone


@pytest.fixture
def random():
    return np.random.default_rng(1)


def test_errors_that_are_alike_everywhere_have_no_bad_zone(random):
    z_pred = random.uniform(0, 0.4, 20_000)
    assert find_bad_zones(z_pred, random.normal(0, 0.02, len(z_pred))) == ()


def test_hundreds_of_calibrations_with_few_galaxies_have_hardly_a_bad_zone_by_chance(random):
    found = 0
    for _ in range(300):
        z_pred = random.normal(0.18, 0.06, 600)
        e = 0.02 * random.standard_t(4, 600)
        found += any(zone.reason != TOO_FEW for zone in find_bad_zones(z_pred, e))
    assert found <= 3


def test_bias_outliers_and_scarcity_are_found_where_they_are(random):
    z_pred = random.uniform(0, 0.4, 20_000)
    e = random.normal(0, 0.02, len(z_pred))
    e[(z_pred >= 0.1) & (z_pred < 0.12)] += 0.05
    e[(z_pred >= 0.3) & (z_pred < 0.34)] -= 0.05
    far = (z_pred >= 0.2) & (z_pred < 0.22) & (random.random(len(z_pred)) < 0.2)
    e[far] += 0.5
    lonely = np.array([0.47, 0.55])
    zones = find_bad_zones(np.r_[z_pred, lonely], np.r_[e, 0, 0])
    assert zones == (
        Zone(0.1, 0.12, "predictions too high"),
        Zone(0.2, 0.22, "many outliers"),
        Zone(0.3, 0.34, "predictions too low"),
        Zone(0.4, 0.56, TOO_FEW),
    )


def test_signal_to_noise_below_which_redshifts_scatter(random):
    ratio = random.uniform(1, 101, 20_000)
    e = random.normal(0, np.where(ratio < 21, 0.1, 0.02))
    # 20 of 100: the lowest four of the twenty bins.
    assert lowest_sn(ratio, e) == pytest.approx(21, abs=0.5)


def test_where_noise_does_no_harm_the_lowest_hundredth_is_low(random):
    ratio = random.uniform(1, 101, 20_000)
    assert lowest_sn(ratio, random.normal(0, 0.02, 20_000)) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("error", [1, 0, None])
def test_all_limits(random, error):
    n = 4000
    flux = random.normal(10, 1, (n, 186))
    z_pred = random.uniform(0.05, 0.35, n)
    z_spec = z_pred + random.uniform(-0.02, 0.02, n) * (1 + z_pred)
    flux_error = None if error is None else np.full((n, 186), error)
    limits = measure_limits(
        make_dataset(flux, z_spec, name="noise", origin="simulated", flux_error=flux_error),
        Intervals.fit(z_pred, z_spec).basis(z_pred),
        z_train=np.linspace(0, 0.6, 1001),
        max_distance=3.5,
    )
    assert limits.max_distance == 3.5
    assert (limits.z_low, limits.z_high) == pytest.approx((0.0006, 0.5994))
    assert (limits.z_pred_low, limits.z_pred_high) == (z_pred.min(), z_pred.max())
    # 68 % of uniform errors within 0.02 (1 + z) either way: 0.0136; the limit is twice that.
    assert limits.max_half_width == pytest.approx(2 * 0.0136, rel=0.05)
    if error:
        assert limits.min_sn_by_error == pytest.approx(10, abs=0.3)
    else:
        assert limits.min_sn_by_error is None


def test_a_network_that_came_apart_is_no_endless_loop():
    zones = find_bad_zones(np.array([0.1, 1e12]), np.array([0.0, 1e12]))
    assert {zone.reason for zone in zones} == {TOO_FEW}
