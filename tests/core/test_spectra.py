import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import from_dict, to_dict
from core.errors import ConfigError
from core.spectra import N_BP, N_RP, N_SAMPLES, SampleGrid, dispersion_table


def test_default_grid_spans_the_published_range():
    """The design's estimate: BP 361-624 nm, RP 624-1006 nm."""
    wavelength_nm = SampleGrid().wavelength_nm
    assert wavelength_nm.shape == (N_SAMPLES,)
    bp, rp = wavelength_nm[:N_BP], wavelength_nm[N_BP:]
    assert (bp[0], bp[-1], rp[0], rp[-1]) == pytest.approx((361, 624, 624, 1006), abs=1)


def test_edge_labels_of_the_dissertation_are_met_by_its_own_grid():
    grid = SampleGrid(bp_start=41.45, bp_step=-0.3312, rp_start=11.39, rp_step=0.3423)
    assert grid.wavelength_nm[[0, -1]] == pytest.approx((366, 996), abs=1)


def test_wavelength_inverts_the_dispersion():
    grid = SampleGrid()
    bp, rp = dispersion_table()
    back = np.interp(grid.wavelength_nm[:N_BP], bp[0], bp[1])
    assert back == pytest.approx(grid.bp_pixel, abs=1e-6)
    back = np.interp(grid.wavelength_nm[N_BP:], rp[0], rp[1])
    assert back == pytest.approx(grid.rp_pixel, abs=1e-6)


@given(
    bp_start=st.floats(40, 45),
    bp_step=st.floats(-0.37, -0.30),
    rp_start=st.floats(9, 12),
    rp_step=st.floats(0.30, 0.37),
)
def test_wavelength_rises_in_both_bands_and_json_keeps_the_grid(
    bp_start, bp_step, rp_start, rp_step
):
    grid = SampleGrid(bp_start, bp_step, rp_start, rp_step)
    assert np.all(np.diff(grid.wavelength_nm[:N_BP]) > 0)
    assert np.all(np.diff(grid.wavelength_nm[N_BP:]) > 0)
    assert from_dict(SampleGrid, to_dict(grid)) == grid


def test_an_official_table_takes_the_place_of_start_and_step():
    pixel = tuple(np.linspace(42, 15, N_BP))
    grid = SampleGrid(bp_table=pixel)
    assert tuple(grid.bp_pixel) == pixel
    assert len(grid.rp_pixel) == N_RP


def test_a_grid_running_backwards_is_refused():
    with pytest.raises(ConfigError, match="pixel positions must fall along BP"):
        SampleGrid(bp_step=0.34)


def test_a_table_of_the_wrong_length_is_refused():
    with pytest.raises(ConfigError, match=r"rp_table: expected 106 pixel positions, received 3"):
        SampleGrid(rp_table=(1.0, 2.0, 3.0))
