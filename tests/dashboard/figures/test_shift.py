import numpy as np
import pandas as pd
import pytest

from core.spectra import SampleGrid
from dashboard.figures import shift

WAVELENGTH = SampleGrid().wavelength_nm


@pytest.fixture
def table():
    learnt = np.linspace(1, 2, 186)
    named = {"learnt_low": learnt - 0.5, "learnt": learnt, "learnt_high": learnt + 0.5}
    mine = {"low": learnt - 0.1, "median": learnt + 0.4, "high": learnt + 0.9}
    return pd.DataFrame({**named, **mine, "sigma": 0.8, "chance": 0.2})


def by_name(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


def test_both_kinds_are_drawn_with_their_scatter_and_the_join_is_kept(table):
    figure = shift.shapes(WAVELENGTH, table)
    drawn = by_name(figure)
    assert set(drawn) == {shift.THEIRS, shift.LEARNT}
    values = np.delete(np.asarray(drawn[shift.THEIRS].y, float), 80)
    np.testing.assert_allclose(values, table["median"])
    shades = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(shades) == 2
    for trace in shades:  # a polygon for each band
        assert np.isnan(np.asarray(trace.y, float)).sum() == 1
    assert "16th to its 84th percentile" in figure.layout.meta["alt"]


def test_differences_are_drawn_beside_what_chance_does(table):
    figure = shift.differences(WAVELENGTH, table)
    drawn = by_name(figure)
    assert set(drawn) == {shift.THEIRS, shift.CHANCE}
    assert np.nanmax(np.asarray(drawn[shift.CHANCE].y, float)) == 0.2
    assert np.nanmax(np.asarray(drawn[shift.THEIRS].y, float)) == 0.8
