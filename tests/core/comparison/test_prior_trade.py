import numpy as np
import pytest

from core.comparison.prior_trade import CAPS, NO_CAP, PriorTrade
from core.evaluation.high_redshift import RedshiftBias
from core.model.mixture import Mixtures
from core.prediction.calibration.density_calibration import DEFAULT_ANSWER, DensityCalibration

ERROR = 0.05


@pytest.fixture(scope="module")
def best_guesses():
    """Galaxies that are normal about 0.25, seen with a normal error, and their exact p(z)."""
    random = np.random.default_rng(1)
    z_spec = random.normal(0.25, 0.06, 6000)
    z_spec = z_spec[z_spec > 0]
    seen = z_spec + random.normal(0, ERROR, len(z_spec))
    precision = 1 / ERROR**2 + 1 / 0.06**2
    mean = (seen / ERROR**2 + 0.25 / 0.06**2) / precision
    columns = (np.ones(len(seen)), mean, np.full(len(seen), precision**-0.5))
    mixtures = Mixtures(*(column[:, None].astype(np.float32) for column in columns))
    validation, test = slice(0, 2000), slice(2000, None)
    calibration = DensityCalibration.fit(
        mixtures.take(validation), z_spec[validation], random.normal(0.25, 0.06, 50_000).clip(0)
    )
    return calibration, mixtures.take(test), z_spec[test], seen[test]


@pytest.fixture(scope="module")
def trade(best_guesses):
    calibration, mixtures, z_spec, _ = best_guesses
    return PriorTrade.measure(calibration, mixtures, z_spec)


def test_without_a_cap_the_answer_is_the_default_one(best_guesses, trade):
    calibration, mixtures, _, _ = best_guesses
    expected = calibration.density(mixtures).point(DEFAULT_ANSWER)
    np.testing.assert_allclose(trade.answers[NO_CAP], expected, atol=1e-6)


def test_a_flat_prior_leaves_the_common_alone_and_pulls_the_rare_less(best_guesses, trade):
    *_, seen = best_guesses
    shift = trade.answers[100.0] - trade.answers[NO_CAP]
    common, rare = np.abs(seen - 0.25) < 0.03, seen > 0.42
    assert np.abs(shift[common]).max() < 0.01
    assert rare.sum() > 20
    assert shift[rare].min() > 0.02
    assert (trade.answers[100.0][rare] < seen[rare]).all()


def test_a_larger_cap_costs_more_and_pulls_less(trade):
    table = trade.table()
    assert table["cap"].tolist() == list(CAPS)
    first, last = table.iloc[0], table.iloc[-1]
    assert (np.diff(table["mae"]) > 0).all()
    assert (np.diff(table["high_z_error"]) < 0).all()
    assert last["mae"] < 1.05 * first["mae"]
    assert last["high_z_error"] < 0.7 * first["high_z_error"]
    assert first["pred_bias"] < 0.003 < last["pred_bias"]
    bias = RedshiftBias.of(trade.z_spec, trade.answers[10.0])
    row = table.set_index("cap").loc[10.0]
    assert row["mae"] == bias.mae
    assert row["high_z_error"] == bias.high_z_error
    assert row["high_z_n"] == bias.high_z_n


def test_a_galaxy_of_which_nothing_is_known_may_be_anywhere(best_guesses):
    calibration, mixtures, z_spec, _ = best_guesses
    means = mixtures.means[:5].copy()
    means[2] = 50.0  # no mass where galaxies are
    few = PriorTrade.measure(
        calibration, Mixtures(mixtures.weights[:5], means, mixtures.sigmas[:5]), z_spec[:5], (1, 5)
    )
    assert list(few.answers) == [1, 5]
    assert few.z_spec.tolist() == z_spec[:5].tolist()
    assert few.answers[NO_CAP][2] == pytest.approx(calibration.z[-1] / 2)
    assert few.answers[5][2] > few.answers[NO_CAP][2]  # where training galaxies are rare
