import numpy as np
import pytest

from core.errors import DataError
from core.evaluation.high_redshift import RedshiftBias


def test_known_errors_are_summed_up():
    # In the bins from 0.35 to 0.60: -0.02, 0.04; the one above does not count.
    z_spec = np.array([0.1, 0.36, 0.37, 0.58, 0.62])
    z_pred = z_spec + np.array([0.01, -0.03, -0.01, 0.04, -0.3])
    found = RedshiftBias.of(z_spec, z_pred)
    assert found.mae == pytest.approx(0.39 / 5)
    assert found.high_z_error == pytest.approx(0.03)
    assert found.high_z_n == 3
    assert found.high_z_bins["n"].tolist() == [2, 1]
    assert found.pred_bias is None  # no bin with 200 galaxies
    assert found.pred_bins.empty
    assert found.by_spec["n"].sum() == found.by_pred["n"].sum() == 5


def test_the_best_guess_is_biased_by_truth_and_not_by_prediction():
    # Truth is normal about 0.3, the spectrum shows it with an error as large again: the best
    # guess lies half-way to 0.3.
    random = np.random.default_rng(2)
    z_spec = random.normal(0.3, 0.08, 100_000).clip(0)
    best = 0.15 + 0.5 * (z_spec + random.normal(0, 0.08, len(z_spec)))
    found = RedshiftBias.of(z_spec, best)
    assert found.pred_bias < 0.01
    # Half the distance of each bin's centre from 0.3
    assert found.high_z_error == pytest.approx(
        np.mean([0.0375, 0.0625, 0.0875, 0.1125, 0.1375]), 0.05
    )
    raw = RedshiftBias.of(z_spec, 2 * best - 0.3)
    assert raw.high_z_error < 0.01
    assert raw.mae > found.mae
    assert raw.pred_bias > 0.1


def test_without_high_redshifts_there_is_no_number_for_them():
    z = np.linspace(0, 0.3, 500)
    found = RedshiftBias.of(z, z + 0.01)
    assert found.high_z_error is None
    assert found.high_z_n == 0


def test_the_bias_by_z_pred_is_of_large_bins_alone_which_it_tells():
    z = np.concatenate([np.full(200, 0.12), np.full(199, 0.42)])
    found = RedshiftBias.of(z, z + np.repeat([0.01, 0.06], [200, 199]))
    assert found.pred_bias == pytest.approx(0.01)
    assert found.pred_bins["z_low"].tolist() == [0.10]


def test_wrong_input_is_refused():
    with pytest.raises(DataError, match="at least one galaxy"):
        RedshiftBias.of([], [])
