"""The Evaluate screen with Gaia's own redshifts: the same galaxies, their own numbers."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.comparison.ugc import in_bad_zone, ugc_predictions
from core.data.dataset import save_dataset
from core.evaluation import metrics
from core.evaluation.comparison import verdict
from core.evaluation.coverage import coverage_row
from dashboard.screens.evaluate.headline import number
from tests.support.apps import metric, table_with
from tests.support.estimates import paired

UGC = "Gaia UGC"
ON_DATASET = {"data": "other", "on": "Data set in use"}
ON_TEST_PART = {"data": "small"}


def with_ugc(dataset):
    """The same galaxies with redshifts of UGC: biased, noisy, of nine in ten."""
    random = np.random.default_rng(7)
    z = np.abs(dataset.z + 0.02 + random.normal(0, 0.04, len(dataset))).astype(np.float32)
    z[::10] = np.nan
    bounds = {"redshift_ugc_lower": z - 0.06, "redshift_ugc_upper": z + 0.02}
    return replace(dataset, redshift_ugc=z, **bounds)


@pytest.fixture
def judged(request, folders, dataset, other_dataset, finished):
    """UGC's redshifts of the galaxies that an address means, and the run's of the same."""
    address = request.param
    which = other_dataset if address is ON_DATASET else dataset
    known = with_ugc(which)
    save_dataset(known, folders / "data" / f"{which.card.name}.parquet")
    theirs = ugc_predictions(known)
    if address is ON_DATASET:
        return address, theirs
    return address, theirs[theirs["source_id"].isin(finished.predictions()["source_id"])]


@pytest.mark.parametrize("judged", [ON_DATASET, ON_TEST_PART], indirect=True, ids=["set", "part"])
def test_ugc_is_judged_as_a_run_is_on_the_same_galaxies(open_screen, finished, judged):
    address, theirs = judged
    address = {**address, "show": "Errors by redshift"}
    app = open_screen("evaluate", run=finished.run_id, whose=UGC, **address)
    assert not app.exception
    assert not app.error
    expected = metrics.mae(theirs["z_spec"], theirs["z_pred"])
    assert metric(app, "MAE") == f"{expected:.4f}"
    words = " ".join(each.value for each in app.markdown)
    assert f"**{len(theirs):,} galaxies**" in words
    assert "without a redshift of Gaia UGC are left out" in words
    labels = [tab.label for tab in app.tabs]
    assert labels == ["Predicted and true", "Errors by redshift", "Residuals", UGC]
    assert table_with(app, "mean_error")["n"].sum() == len(theirs)


def test_head_to_head_numbers_are_those_of_a_paired_comparison(
    open_screen, folders, dataset, finished, files
):
    save_dataset(with_ugc(dataset), folders / "data" / "small.parquet")
    ours = finished.predictions().set_index("source_id")
    theirs = ugc_predictions(with_ugc(dataset)).set_index("source_id")
    ids = [source for source in ours.index if source in theirs.index]
    ours, theirs = ours.loc[ids], theirs.loc[ids]

    app = open_screen("evaluate", run=finished.run_id, data="small", show=UGC)
    assert not app.exception
    found = paired(
        *(table.to_numpy() for table in (ours["z_spec"], theirs["z_pred"], ours["z_pred"]))
    )
    table = table_with(app, "difference").set_index("title")
    for name, each in found.items():
        row = table.loc[metrics.HEADLINE[name].title]
        percent = name.startswith("outlier")
        assert row["run"] == number(each.b, percent=percent)
        assert row["ugc"] == number(each.a, percent=percent)
        unit = " percentage points" if percent else ""
        assert row["difference"] == each.texts.difference + unit
        assert "%" not in row["difference"] + row["difference_interval"]
        assert row["difference_interval"] == f"{each.texts.low} to {each.texts.high}"
    assert table.loc["Outliers, RAIL", "better"] == "not ranked"
    sentence = verdict(UGC, f"Run {finished.run_id}", found["mae"])
    written = [each.value.replace("\\", "") for each in app.markdown]
    assert sentence in written
    n_unknown = len(finished.predictions()) - len(ids)
    assert n_unknown > 0
    left_out = f"{n_unknown} without a redshift of Gaia UGC are left out"
    assert any(left_out in each for each in written)

    covered = table_with(app, "half_width").set_index("estimate").loc[UGC]
    expected = coverage_row(theirs["z_spec"], theirs["z_lower"], theirs["z_upper"])
    assert covered["coverage"] == 100 * expected["coverage"]
    zones = table_with(app, "zone").set_index("zone")
    bad = in_bad_zone(theirs["z_pred"])
    assert zones["n"].sum() == len(ids)
    assert zones.loc["elsewhere", "n"] == np.count_nonzero(~bad)

    for against in ("z_spec", "z_pred"):
        file = files(f"{finished.run_id}-test-and-ugc-by-{against}.csv")
        drawn = pd.read_csv(io.StringIO(file)).groupby("estimate")["mean_error_standard_error"]
        assert drawn.count()[[UGC, "This run"]].gt(0).all()

    app.toggle(key="outside_bad_zones").set_value(True).run()
    table = table_with(app, "difference").set_index("title")
    outside = metrics.mae(theirs["z_spec"][~bad], theirs["z_pred"][~bad])
    assert table.loc["MAE", "ugc"] == f"{outside:.4f}"


def test_without_ugc_there_is_nothing_of_it(open_screen, finished):
    app = open_screen("evaluate", run=finished.run_id, whose=UGC, data="small")
    assert not app.exception
    assert UGC not in [tab.label for tab in app.tabs]
    assert metric(app, "MAE") == f"{finished.summary()['evaluation']['mae']:.4f}"


def test_a_training_set_that_has_changed_gives_no_redshifts(
    open_screen, folders, dataset, finished
):
    other = with_ugc(dataset).take(np.arange(1, len(dataset)))
    save_dataset(other, folders / "data" / "small.parquet")
    app = open_screen("evaluate", run=finished.run_id, data="small")
    assert not app.exception
    assert UGC not in [tab.label for tab in app.tabs]
