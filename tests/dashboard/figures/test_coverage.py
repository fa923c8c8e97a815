import numpy as np
import pandas as pd
import pytest

from core.evaluation.coverage import coverage_by_bin, coverage_row
from dashboard.figures import coverage
from dashboard.figures.errors import FAINT


@pytest.fixture
def galaxies():
    z_pred = np.random.default_rng(1).uniform(0, 0.4, 500)
    return z_pred + np.random.default_rng(2).normal(0, 0.02, 500), z_pred


def layers(chart):
    """The charts' own rows, by layer, as they are drawn."""
    return [layer.data for layer in chart.layer]


def test_measured_against_nominal(galaxies):
    z_spec, z_pred = galaxies
    rows = [
        {"level": level, **coverage_row(z_spec, z_pred - half, z_pred + half)}
        for level, half in ((0.5, 0.0135), (0.95, 0.0392))
    ]
    chart = coverage.by_level(pd.DataFrame(rows))
    diagonal, bars, points = layers(chart)
    assert (diagonal["nominal"] == diagonal["measured"]).all()
    assert points["nominal"].tolist() == [50, 95]
    assert points["measured"].tolist() == [100 * row["coverage"] for row in rows]
    assert (bars["low"] < points["measured"]).all()
    assert (points["measured"] < bars["high"]).all()
    assert "2 nominal levels" in chart.description


def test_coverage_far_below_stays_in_the_frame():
    z = np.arange(100) / 100
    row = {"level": 0.5, **coverage_row(z, z - 1, z - (np.arange(100) > 9))}
    diagonal, bars, _ = layers(coverage.by_level(pd.DataFrame([row])))
    assert diagonal["nominal"].min() <= bars["low"].min()
    assert row["coverage"] == pytest.approx(0.1)


def test_by_redshift(galaxies):
    z_spec, z_pred = galaxies
    table = coverage_by_bin(z_spec, z_pred, z_pred - 0.02, z_pred + 0.02)
    chart = coverage.by_redshift(table, 0.68)
    nominal, _, points = layers(chart)
    assert nominal["measured"].tolist() == [68]
    assert points["z"].tolist() == pytest.approx(np.arange(0.025, 0.4, 0.05).tolist())
    assert points["measured"].tolist() == (100 * table["coverage"]).tolist()
    assert "68 % intervals in 8 bins" in chart.description
    assert (points["opacity"] == 1).all()


def test_bins_of_few_galaxies_are_faint(galaxies):
    z_spec, z_pred = galaxies
    table = coverage_by_bin(z_spec, z_pred, z_pred - 0.02, z_pred + 0.02)
    chart = coverage.by_redshift(table.assign(n=[9, *table["n"][1:]]), 0.68)
    _, bars, points = layers(chart)
    assert points["opacity"].tolist() == bars["opacity"].tolist() == [FAINT, *[1.0] * 7]
    assert all("opacity" in layer.encoding.to_dict() for layer in chart.layer[1:])
