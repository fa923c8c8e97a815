"""Published numbers of the network beside those of runs of which all is known."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data import published
from core.evaluation.report import evaluate_table
from core.model.presets import PRESETS
from core.report.training import kept_epoch
from core.reproduction import beside_runs
from core.reproduction.steps import NONE
from core.runs import SHIPPED_RUNS, open_run

PUBLISHED = json.loads(Path(published.__file__).with_name("dissertation.json").read_text())


@pytest.fixture(scope="module")
def runs():
    """One of the published network, one with p(z)."""
    return {name: open_run(SHIPPED_RUNS, name) for name in ("dissertation-20k", "compact-20k")}


def rows_of(table):
    return {row[0]: row[1:] for row in table.rows}


def judged(z_spec, z_pred, **other):
    table = pd.DataFrame({"z_spec": z_spec, "z_pred": z_pred} | other)
    return evaluate_table(table, n_resamples=20)


def test_the_layers_are_those_of_table_2():
    table = beside_runs.layers()
    parameters = [int(row[3].replace(",", "")) for row in table.rows]
    assert sum(parameters) == PUBLISHED["training"]["parameters"]
    kinds = [row[1] for row in table.rows]
    assert (kinds.count("Conv1D"), kinds.count("MaxPooling1D"), kinds.count("Dense")) == (4, 4, 5)


def test_settings_stand_beside_the_published_and_what_each_does():
    table = beside_runs.settings({"theirs": PRESETS["dissertation"], "ours": PRESETS["compact"]})
    rows = rows_of(table)
    assert table.header == ("Hyperparameter", "Published", "theirs", "ours", "What it does")
    assert all(len(row) == 4 and row[-1].endswith(".") for row in rows.values())
    assert rows["Parameters"][:2] == ("699,073", "699,073")
    assert rows["Optimiser"][:3] == ("Adamax", "Adamax", "AdamW")
    assert rows["Batch size"][:3] == ("16", "16", "128")
    assert rows["Convolution layers"][2] == "none"
    # Without effect in the published recipe, and not told in the dissertation.
    assert rows["Weight decay"][:3] == (NONE, "-", "0.4")
    # Whatever the published network has is what it was published with.
    assert all(row[1] in (row[0], "-") or row[0] == NONE for row in rows.values())


def test_curves_stand_beside_the_epochs_that_were_printed(runs):
    rows = rows_of(beside_runs.training(runs))
    first, last = (PUBLISHED["training"][f"val_mae_epoch_{epoch}"] for epoch in (1, 20))
    metrics = runs["dissertation-20k"].metrics()
    assert rows["Validation MAE, epoch 1"][:2] == (
        f"{first:.4f}",
        f"{metrics['val_mae'].iloc[0]:.4f}",
    )
    assert rows["Validation MAE, epoch 20"][0] == f"{last:.4f}"
    assert rows["Validation loss, epoch 1"][0] == NONE
    assert rows["Epoch that is kept"][1] == str(metrics["val_loss"].idxmin() + 1)
    assert rows["Training time"][0] == "75 min"
    assert rows["On"][0] == "AMD RX 6600 8 GB"


def test_table_3_has_each_bin_of_either():
    z = np.array([0.01, 0.02, 0.11, 0.12, 0.62, 0.64])
    table = beside_runs.bins({"run": judged(z, z + np.array([0.1, 0.3, 0.01, 0.01, 0, 0]))})
    rows = rows_of(table)
    assert table.header[1:] == (
        *(f"Published: {what}" for what in ("%", "mean d", "std")),
        *(f"run: {what}" for what in ("%", "mean d", "std")),
    )
    theirs = PUBLISHED["table3"]
    for i, (share, mean, std) in enumerate(
        zip(theirs["percent_of_data"], theirs["mean_error"], theirs["std"], strict=True)
    ):
        assert table.rows[i][1:4] == (f"{share:.2f}", f"{mean:.4f}", f"{std:.4f}")
    low = rows["0.00\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}0.05"]
    assert low[3:] == ("33.33", "0.2000", "0.1000")
    assert table.rows[-1] == ("0.60\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}0.65", *[NONE] * 3,
                              "33.33", "0.0000", "0.0000")  # fmt: skip
    # In an empty bin nothing is known; one galaxy alone has no deviation.
    assert table.rows[1][4:] == ("0.00", "-", "-")
    alone = beside_runs.bins({"run": judged([0.01, 0.31], [0.02, 0.31])})
    assert alone.rows[0][4:] == ("50.00", "0.0100", "-")


def test_errors_stand_beside_the_one_that_was_printed():
    z = np.linspace(0.01, 0.6, 60)
    rows = rows_of(beside_runs.errors({"run": judged(z, z + 0.02)}))
    assert rows["MAE"] == ("0.021", "0.0200 [0.0200, 0.0200]")
    theirs, ours = rows["Mean of the bins' |mean d| below 0.35"]
    assert float(theirs) == pytest.approx(0.013, abs=5e-4)
    assert ours == "0.0200"
    assert {row[0] for name, row in rows.items() if name == "Bias" or "Outliers" in name} == {NONE}
    far = rows_of(beside_runs.errors({"run": judged([0.5, 0.55], [0.5, 0.55])}))
    assert far["Mean of the bins' |mean d| below 0.35"][1] == "-"
    some = rows_of(beside_runs.errors({"run": judged([0.27, 0.32, 0.5], [0.28, 0.33, 0.5])}))
    assert some["Mean of the bins' |mean d| below 0.35"][1] == (
        "0.0100 (2 of 7 bins; published, of these: 0.0185)"
    )


def test_predictions_of_a_drawn_together_distribution_are_narrower():
    z = np.linspace(0.0, 0.6, 61)
    table = pd.DataFrame({"z_spec": z, "z_pred": 0.3 + (z - 0.3) / 2})
    rows = rows_of(beside_runs.distributions({"run": table}))
    assert rows["Median of z_spec"] == ("0.126", "0.3000")
    wide, narrow = (
        float(rows[f"Standard deviation of {each}"][1]) for each in ("z_spec", "z_pred")
    )
    assert narrow == pytest.approx(wide / 2, abs=1e-4)
    assert rows["Standard deviation of z_pred"][0] == NONE


def test_a_run_without_densities_says_so(runs):
    reports = {name: run.result()["evaluation"] for name, run in runs.items()}
    rows = rows_of(beside_runs.densities(reports))
    crps = reports["compact-20k"]["density"]["crps"]
    assert rows["CRPS"] == (NONE, "no p(z)", f"{crps:.4f}")
    assert rows["Inside 68 % intervals"][2].endswith("\N{NO-BREAK SPACE}%")


def test_a_run_that_keeps_its_last_epoch_is_marked_there(runs):
    run = runs["dissertation-20k"]
    assert kept_epoch(run) == run.result()["best_epoch"]
    training = replace(run.config.recipe.training, restore_best_weights=False)
    config = replace(run.config, recipe=replace(run.config.recipe, training=training))
    last = type("LastEpoch", (), {"config": config, "result": staticmethod(run.result)})
    assert kept_epoch(last) == run.result()["epochs_run"]


def test_intervals_are_told_of_a_run_without_densities_as_well():
    z = np.linspace(0.1, 0.3, 50)
    report = judged(z, z) | {"coverage": [{"level": 0.68, "coverage": 0.7}]}
    rows = rows_of(beside_runs.densities({"theirs": report, "unknown": judged(z, z)}))
    assert rows["Inside 68 % intervals"][1:] == ("70.0\N{NO-BREAK SPACE}%", "-")
    assert rows["CRPS"][1:] == ("no p(z)", "no p(z)")
