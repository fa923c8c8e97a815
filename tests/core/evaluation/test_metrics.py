import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.errors import DataError
from core.evaluation import bins, metrics
from tests.support.estimates import headline

redshifts = hnp.arrays(float, st.integers(1, 60), elements=st.floats(0, 1.5))
shifts = st.floats(-1, 1)


@st.composite
def pairs(draw):
    true = draw(redshifts)
    return true, true + draw(hnp.arrays(float, len(true), elements=shifts))


@pytest.fixture(scope="module")
def normal_errors():
    """100,000 galaxies whose normalised errors are N(0.003, 0.02)."""
    rng = np.random.default_rng(1)
    z_spec = rng.uniform(0, 0.6, 100_000)
    return z_spec, z_spec + (1 + z_spec) * rng.normal(0.003, 0.02, len(z_spec))


def test_the_mae_is_known_by_both_names(normal_errors):
    assert metrics.mae(*normal_errors) == headline(*normal_errors)["mae"]


def test_a_perfect_prediction_scores_zero():
    z = np.linspace(0, 0.6, 101)
    assert set(headline(z, z).values()) == {0}


def test_worked_example():
    # d = 0.1, -0.2, 0.6, 0 at 1 + z = 1, 2, 2, 1: e = 0.1, -0.1, 0.3, 0.
    z_spec, z_pred = [0, 1, 1, 0], [0.1, 0.8, 1.6, 0]
    found = metrics.errors(z_spec, z_pred)
    assert found["d"] == pytest.approx([0.1, -0.2, 0.6, 0])
    assert found["e"] == pytest.approx([0.1, -0.1, 0.3, 0])
    values = headline(z_spec, z_pred)
    assert values["mae"] == pytest.approx(0.225)
    assert values["bias"] == pytest.approx(0.05)
    # |e - 0.05| = 0.05, 0.15, 0.25, 0.05
    assert values["sigma_nmad"] == pytest.approx(1.4826 * 0.10)
    # quartiles of -0.1, 0, 0.1, 0.3: -0.025 and 0.15
    assert values["sigma_iqr"] == pytest.approx(0.175 / 1.349)
    assert values["rms"] == pytest.approx(np.sqrt(0.11 / 4))
    assert values["outlier_fraction_eazy"] == 0.25
    assert values["outlier_fraction_strict"] == 0.75
    # 3 sigma_IQR = 0.389 exceeds every |e|
    assert values["outlier_fraction_rail"] == 0


def test_known_gaussian_is_recovered(normal_errors):
    assert headline(*normal_errors)["bias"] == pytest.approx(0.003, abs=3e-4)
    assert headline(*normal_errors)["sigma_nmad"] == pytest.approx(0.02, rel=0.01)
    assert headline(*normal_errors)["sigma_iqr"] == pytest.approx(0.02, rel=0.01)
    assert headline(*normal_errors)["rms"] == pytest.approx(np.hypot(0.003, 0.02), rel=0.01)


def test_robust_scatter_ignores_outliers_that_the_rms_sees(normal_errors):
    z_spec, z_pred = normal_errors
    spoiled = z_pred.copy()
    spoiled[:1000] = 1.5
    assert headline(z_spec, spoiled)["sigma_nmad"] == pytest.approx(0.02, rel=0.05)
    assert headline(z_spec, spoiled)["sigma_iqr"] == pytest.approx(0.02, rel=0.05)
    assert headline(z_spec, spoiled)["rms"] > 0.06
    assert headline(z_spec, spoiled)["outlier_fraction_eazy"] == pytest.approx(0.01)


def test_the_rail_limit_is_never_below_006():
    z_spec = np.zeros(1000)
    z_pred = np.zeros(1000)
    z_pred[:10], z_pred[10:30] = 0.0601, 0.0599
    assert headline(z_spec, z_pred)["sigma_iqr"] == 0
    assert headline(z_spec, z_pred)["outlier_fraction_rail"] == 0.01


def test_the_limit_itself_is_no_outlier():
    assert headline([0.0], [0.15])["outlier_fraction_eazy"] == 0


@given(pairs())
def test_order_of_galaxies_does_not_matter(pair):
    z_spec, z_pred = pair
    backwards = headline(z_spec[::-1], z_pred[::-1])
    assert headline(z_spec, z_pred) == pytest.approx(backwards)


@given(pairs(), shifts)
def test_a_common_shift_moves_the_bias_and_not_the_scatter(pair, shift):
    z_spec, z_pred = pair
    before = headline(z_spec, z_pred)
    after = headline(z_spec, z_pred + shift * (1 + z_spec))
    assert after["bias"] == pytest.approx(before["bias"] + shift, abs=1e-9)
    assert after["sigma_nmad"] == pytest.approx(before["sigma_nmad"], abs=1e-9)
    assert after["sigma_iqr"] == pytest.approx(before["sigma_iqr"], abs=1e-9)


@given(pairs())
def test_bounds(pair):
    values = headline(*pair)
    assert abs(values["bias"]) <= np.abs(metrics.errors(*pair)["e"]).max()
    assert all(values[name] >= 0 for name in values if name != "bias")
    assert values["outlier_fraction_eazy"] <= values["outlier_fraction_strict"] <= 1
    assert values["outlier_fraction_rail"] <= values["outlier_fraction_strict"]


def test_input_is_not_changed():
    z_spec, z_pred = np.array([0.1, 0.2]), np.array([0.2, 0.1])
    headline(z_spec, z_pred)
    assert z_spec.tolist() == [0.1, 0.2]
    assert z_pred.tolist() == [0.2, 0.1]


@pytest.mark.parametrize(
    ("z_spec", "z_pred", "message"),
    [
        ([], [], "at least one galaxy"),
        ([0.1, 0.2], [0.1], r"shapes \(2,\) \(z_spec\) and \(1,\) \(z_pred\)"),
        ([[0.1]], [[0.1]], r"two 1-D arrays"),
        ([0.1, 0.2], [0.1, np.nan], "z_pred is nan at index 1"),
        ([np.inf, 0.2], [0.1, 0.2], "z_spec is inf at index 0"),
        ([0.1, -1], [0.1, 0.2], "above -1; received -1.0 at index 1"),
    ],
)
@pytest.mark.parametrize("function", [headline, metrics.mae])
def test_wrong_input_is_refused(function, z_spec, z_pred, message):
    with pytest.raises(DataError, match=message):
        function(z_spec, z_pred)


def test_every_number_on_the_screens_has_a_full_definition():
    table = bins.with_standard_errors(bins.binned_errors([0.1, 0.1], [0.1, 0.2]))
    of_galaxies = set(table) - {"z_low", "z_high", "n", "mae"}
    assert set(bins.DEFINITIONS) == of_galaxies | {"mean_absolute_bin_error"}
    for definition in (*metrics.HEADLINE.values(), *bins.DEFINITIONS.values()):
        assert definition.title
        assert definition.formula
        assert definition.sentence
        assert definition.source
        assert definition.sentence.endswith(".")


def test_a_spread_of_shares_is_no_share():
    assert metrics.HEADLINE["outlier_fraction_eazy"].spread_text(0.0021) == "0.21 percentage points"
    assert metrics.HEADLINE["mae"].spread_text(0.0021) == "0.0021"
    assert metrics.HEADLINE["outlier_fraction_eazy"].spread_text(None) == "-"
