import numpy as np
import pytest

from core.errors import DataError
from core.simulation.extinction import ccm89


@pytest.mark.parametrize(
    ("inverse_micron", "published"),
    [(2.78, 1.569), (2.27, 1.337), (1.82, 1.000), (1.43, 0.751), (1.11, 0.479), (0.80, 0.282),
     (0.63, 0.190), (0.46, 0.114)],
)  # fmt: skip
def test_agrees_with_table_3_of_cardelli_et_al(inverse_micron, published):
    """U, B, V, R, I, J, H, K for R_V = 3.1 (1989, ApJ 345, 245)."""
    # Their polynomial is 1.1 % below their own table at B, and 1.5 % above it at K.
    assert ccm89(np.array([1e3 / inverse_micron]))[0] == pytest.approx(published, rel=0.016)


@pytest.mark.parametrize("r_v", [2.5, 3.1, 5.0])
def test_b_and_v_are_parted_by_the_reddening(r_v):
    """A(B) - A(V) = E(B-V) = A(V) / R_V."""
    b, v = ccm89(np.array([1e3 / 2.27, 1e3 / 1.82]), r_v)
    assert b - v == pytest.approx(1 / r_v, rel=0.002)


def test_is_one_at_v_whatever_r_v():
    v_nm = np.array([1e3 / 1.82])
    assert ccm89(v_nm, r_v=2.1)[0] == pytest.approx(ccm89(v_nm, r_v=5.5)[0])


def test_falls_with_wavelength_over_the_spectrum():
    assert np.all(np.diff(ccm89(np.linspace(330, 1050, 500))) < 0)


def test_refuses_the_far_ultraviolet():
    with pytest.raises(DataError, match=r"between 303 and 3333 nm, received 200\.0"):
        ccm89(np.array([200.0, 500.0]))
