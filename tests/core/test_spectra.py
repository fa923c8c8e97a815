from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import from_dict, to_dict
from core.errors import ConfigError
from core.spectra import N_BP, N_RP, N_SAMPLES, SampleGrid, Spectra, dispersion_table


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


def spectra_of(n, first_id=1, **known):
    flux = np.arange(n * N_SAMPLES, dtype=np.float32).reshape(n, N_SAMPLES)
    return Spectra(flux=flux, source_id=first_id + np.arange(n, dtype=np.int64), **known)


def test_spectra_are_taken_by_row_with_all_that_belongs_to_them():
    own = pd.DataFrame({"field": ["a", "b", "c"]})
    spectra = spectra_of(
        3,
        z=np.array([0.1, 0.2, 0.3]),
        own=own,
        z_column=np.array(["", "field", "z"]),
        problems={2: "no flux"},
    )
    taken = spectra.take(np.array([2, 0]))
    assert taken.source_id.tolist() == [3, 1]
    assert taken.z.tolist() == [0.3, 0.1]
    assert taken.own["field"].tolist() == ["c", "a"]
    assert taken.z_column.tolist() == ["z", ""]
    assert taken.problems == {0: "no flux"}
    np.testing.assert_array_equal(taken.flux, spectra.flux[[2, 0]])


def test_joined_spectra_keep_ids_to_the_digit_and_say_what_is_not_known():
    first = spectra_of(2, first_id=2**62 + 1, problems={1: "bad"})
    second = spectra_of(
        1,
        z=np.array([0.4]),
        z_column=np.array(["long"]),
        own=pd.DataFrame({"n": [7]}),
        problems={0: "worse"},
        has_ids=False,
    )
    both = Spectra.concatenate([first, second])
    assert both.source_id.tolist() == [2**62 + 1, 2**62 + 2, 1]
    assert np.isnan(both.z[:2]).all()
    assert both.z[2] == 0.4
    assert both.z_column.tolist() == ["", "", "long"]
    other = replace(second, z_column=np.array(["n"]))
    assert Spectra.concatenate([other, second]).z_column.tolist() == ["n", "long"]
    assert both.own["n"].isna().tolist() == [True, True, False]
    assert both.problems == {1: "bad", 2: "worse"}
    assert not both.has_ids
    assert both.flux_error is None


def test_whole_numbers_that_only_some_parts_have_keep_every_digit():
    parts = [
        spectra_of(1, own=pd.DataFrame({"objid": [2**60 + 1], "n": [2**60 + 3]})),
        spectra_of(1, own=pd.DataFrame({"n": [0.5]})),
    ]
    for ordered in (parts, parts[::-1]):
        own = Spectra.concatenate(ordered).own
        assert own["objid"].dropna().tolist() == [2**60 + 1]
        assert set(own["n"]) == {2**60 + 3, 0.5}
