"""The numbers of estimates and what a page shows of them, of redshifts of which all is known."""

import json
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import core
from core.prediction.calibration.calibration import Calibration
from core.report import estimates
from core.report.document import Figure, Table
from core.report.numbers import numbers_of

N = 200


def table(error=0.01, half_width=0.02, **columns):
    """Return predictions that are all off by `error`, with intervals of a width."""
    z = np.linspace(0.05, 0.35, N)
    found = {"z_spec": z, "z_pred": z + error}
    found |= {"z_lower": z + error - half_width, "z_upper": z + error + half_width}
    return pd.DataFrame(found | columns)


def with_densities():
    pit = (np.arange(N) + 0.5) / N
    return table(sigma_z=0.02, pit=pit, crps=0.01, cde_loss=-5.0)


def tables_of(blocks):
    return [block for block in blocks if isinstance(block, Table)]


def test_numbers_of_redshifts_without_densities():
    told = numbers_of(table(), level=0.9)
    assert told["mae"] == pytest.approx(0.01)
    assert [(row["level"], row["coverage"]) for row in told["coverage"]] == [(0.9, 1.0)]
    # The map ends at the highest true redshift, where some predictions lie beyond.
    assert np.sum(told["map"]["counts"]) == (table()["z_pred"] <= 0.35).sum() < N
    assert sum(told["n_z"]["count"]) == N
    assert "pit" not in told
    assert numbers_of(table(half_width=0.005))["coverage"][0]["coverage"] == 0
    assert numbers_of(table().drop(columns="z_lower"))["coverage"] == []
    assert "own_interval" not in told  # it is that coverage
    assert json.loads(json.dumps(told)) == told


def test_numbers_of_a_run_without_densities_have_every_level_of_its_calibration():
    run = core.open_run("dissertation-20k")
    predictions, calibration = run.predictions(), Calibration.load(run)
    rows = numbers_of(predictions, run=run)["coverage"]
    assert rows == calibration.coverage(predictions).to_dict("records")
    assert [row["level"] for row in rows] == [0.5, 0.68, 0.9, 0.95]
    uncalibrated = predictions.drop(columns=["z_lower", "z_upper"])
    assert numbers_of(uncalibrated, run=run)["coverage"] == []


def test_the_picture_of_one_level_alone_holds_the_line_in_per_cent():
    picture, _ = estimates.coverages({"UGC": numbers_of(table())})
    words = [each.text.strip() for each in ElementTree.fromstring(picture.svg).iter() if each.text]
    ticks = [str(level) for level in range(40, 101, 10)]
    assert [each for each in words if each.isdecimal()] == 2 * ticks
    assert {"Nominal level of the intervals [%]", "Share inside [%]"} <= set(words)


def test_numbers_of_densities():
    told = numbers_of(with_densities())
    assert [row["level"] for row in told["coverage"]] == [0.5, 0.68, 0.9, 0.95]
    assert told["coverage"][1]["coverage"] == pytest.approx(0.68, abs=0.01)
    assert told["pit"]["n"] == [N // 20] * 20


def test_a_page_shows_each_estimate_in_a_column_and_none_for_what_it_has_not():
    shown = {"ours": numbers_of(with_densities()), "UGC": numbers_of(table(0.03), level=0.68)}
    (metrics,) = tables_of(estimates.metrics(shown))
    assert metrics.header == ("", "ours", "UGC")
    rows = {row[0]: row[1:] for row in metrics.rows}
    assert rows["MAE"][0].startswith("0.0100 [0.0100,")
    assert rows["MAE"][1].startswith("0.0300")
    assert rows["CRPS"][1] == "-"
    (covered,) = tables_of(estimates.coverages(shown))
    by_level = {row[0].split("\N{NO-BREAK SPACE}")[0]: row[1:] for row in covered.rows}
    assert set(by_level) == {"50.0", "68.0", "90.0", "95.0"}
    assert [row[1] for level, row in by_level.items() if level != "68.0"] == ["-"] * 3
    assert by_level["68.0"][1].startswith("0.0")  # off by more than half their width
    (bins,) = tables_of(estimates.bins(shown))
    assert sum(int(row[1]) for row in bins.rows) == N
    assert all(row[2:] == ("0.0100; 0.0100", "0.0300; 0.0300") for row in bins.rows)


def test_figures_say_in_words_what_they_show():
    shown = {"ours": numbers_of(with_densities()), "UGC": numbers_of(table(0.03))}
    blocks = [*estimates.metrics(shown), *estimates.pictures(shown), *estimates.coverages(shown)]
    figures = [block for block in blocks if isinstance(block, Figure)]
    assert len(figures) == 5
    assert "UGC 0.0300 [0.0300," in figures[0].caption
    assert estimates.pit({"UGC": shown["UGC"]}) == []


def test_errors_by_redshift_of_a_few_galaxies_are_not_drawn_of_nothing():
    few = {"ours": numbers_of(table().iloc[::40])}
    plane, said = estimates.pictures(few)
    assert isinstance(plane, Figure)
    assert "no bin of 0.05 of z_spec holds 10 galaxies" in said.words
