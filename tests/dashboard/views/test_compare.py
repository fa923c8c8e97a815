"""The Compare screen: the same galaxies for all runs, and differences that are core's."""

import csv
import io
import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from core.atomic import write_json
from core.comparison import setting_label, setting_text
from core.comparison.galaxies import common_dataset, common_test_part
from core.comparison.ugc import in_bad_zone
from core.config import to_dict
from core.data.dataset import save_dataset
from core.evaluation import metrics
from core.evaluation.comparison import METRICS, differences, score, verdict
from core.model import PRESETS
from core.runs import Annotations, Run
from dashboard.figures.comparison import decimals_of_all
from tests.support.apps import select, texts
from tests.support.estimates import headline
from tests.support.new_metric import NAME, new_metric  # noqa: F401 - a fixture

BOTH = ["mixture-run", "first-run"]


def table_with(app, row):
    """The one table that has such a row, its cells without backslashes."""
    (found,) = [each.value for each in app.table if row in each.value.index]
    return found.rename(columns=lambda name: name.replace("\\", ""))


@pytest.fixture
def two(mixture_run, finished):
    """Two complete runs of the same data and split; the newest named first."""
    return [mixture_run, finished]


@pytest.fixture
def open_compare(open_screen):
    """Open the screen with these runs in its address."""

    def opened(*names, **address):
        return open_screen("compare", **({"runs": list(names)} if names else {}), **address)

    return opened


@pytest.fixture
def tables(files):
    """Return a function that reads a CSV file, by its name, of those that the screen offered."""
    return lambda name: pd.read_csv(io.StringIO(files(f"{name}.csv")))


def copy_of(run, name, **recipe):
    """Another complete run of the same predictions, with other settings of its training."""
    copy = Run(shutil.copytree(run.path, run.root / name))
    training = replace(run.config.recipe.training, **recipe)
    config = replace(run.config, run_id=name, recipe=replace(run.config.recipe, training=training))
    write_json(copy.path / "config.json", to_dict(config))
    return Run(copy.path)


@pytest.fixture
def dataset_with_ugc(dataset, folders):
    """The data set with redshifts of UGC for every second galaxy, some in a bad zone."""
    ugc = np.where(dataset.z > 0.4, 0.29, dataset.z)
    ugc[::2] = np.nan
    known = replace(dataset, redshift_ugc=ugc.astype(np.float32))
    save_dataset(known, folders / "data" / "small.parquet")
    return known


def test_runs_of_the_same_galaxies_are_compared_at_first(open_compare, two, folders):
    alone = copy_of(two[0], "newer")
    config = replace(alone.config, created="2030-01-01T00:00:00+00:00")
    other = replace(config.data, hash="ab" * 32)
    write_json(alone.path / "config.json", to_dict(replace(config, data=other)))
    app = open_compare()
    assert not app.exception
    assert not app.error
    assert set(app.multiselect(key="runs").value) == set(BOTH)
    assert app.query_params["runs"] == app.multiselect(key="runs").value


def test_the_sentence_is_that_of_the_paired_bootstrap(open_compare, two):
    app = open_compare(*BOTH)
    common = common_test_part(two)
    found = differences(*(score(each.predictions) for each in common.subjects))
    assert verdict(*BOTH, found["mae"]) in texts(app.markdown)
    assert f"**{len(common)} galaxies** of the common test part" in texts(app.markdown)


def test_another_reference_and_metric_change_the_sentence(open_compare, two):
    app = open_compare(*BOTH, against="first-run", by="σ NMAD")
    b, a = (score(each.predictions) for each in common_test_part(two).subjects)
    assert verdict(*BOTH[::-1], differences(a, b)["sigma_nmad"]) in texts(app.markdown)


@pytest.mark.parametrize(("metric", "decimals"), [("mae", 6), ("outlier_fraction_strict", 4)])
def test_the_table_of_differences_has_the_digits_of_its_most_certain_run(metric, decimals):
    rows = {"standard_error": [2e-3, 1.5e-5], "low": [-1e-2, -6.7e-5], "high": [1e-2, -9e-6]}
    assert decimals_of_all(METRICS[metric], pd.DataFrame(rows)) == decimals


def test_a_metric_that_one_run_lacks_is_said_to_be_missing(open_compare, two, folders):
    twin = copy_of(two[0], "twin")
    app = open_compare("mixture-run", twin.run_id, "first-run", by="CRPS")
    assert not app.exception
    assert "first-run has no CRPS" in texts(app.markdown)
    assert "in CRPS on 39" in texts(app.markdown)


def test_a_new_metric_has_its_row_and_its_differences(open_compare, two, new_metric):  # noqa: F811
    st.cache_data.clear()
    app = open_compare(*BOTH, by=new_metric.title)
    assert not app.exception
    shown = table_with(app, new_metric.title).loc[new_metric.title]
    for run in two:
        table = run.predictions()
        value = headline(table["z_spec"], table["z_pred"])[NAME]
        assert f"{value:.4f}" in shown[run.title]
    assert f"in {new_metric.title} on" in texts(app.markdown)


def test_the_numbers_are_those_of_the_predictions_and_the_lowest_is_bold(open_compare, two, tables):
    app = open_compare(*BOTH)
    table = table_with(app, "MAE")
    assert list(table.columns) == BOTH
    values = {
        run.run_id: metrics.mae(*(run.predictions()[name] for name in ("z_spec", "z_pred")))
        for run in two
    }
    best = min(values, key=values.get)
    for name, value in values.items():
        shown = f"**{value:.4f}**" if name == best else f"{value:.4f}"
        assert table.loc["MAE", name].startswith(f"{shown} :small[:gray[")
    assert table.loc["CRPS", "first-run"] == "–"
    assert table.loc["Best epoch"].tolist() == ["8", "8"]
    inside = two[0].predictions().eval("z_lower <= z_spec <= z_upper").mean()
    interval = table.loc["In its own 68 % interval"]
    assert interval["mixture-run"].startswith(f"{100 * inside:.2f} % ")
    assert interval["first-run"] == "–"
    (row,) = tables("compared-numbers").query("metric == 'own_interval'").to_dict("records")
    assert (row["run"], row["value"]) == ("mixture-run", pytest.approx(inside))
    assert row["low"] < inside < row["high"]


@pytest.mark.parametrize(
    ("section", "charts"),
    [
        ("Numbers", 0),
        ("Differences", 3),
        ("Errors by redshift", 1),
        ("Curves", 2),
        ("Settings", 0),
        ("Disagreement", 2),
        ("Seeds", 0),
    ],
)
def test_every_section_is_drawn(open_compare, two, section, charts):
    app = open_compare(*BOTH, compare_show=section)
    assert not app.exception
    assert not app.error
    assert len(app.get("vega_lite_chart")) + len(app.get("plotly_chart")) == charts


def test_losses_of_other_settings_share_no_axis(open_compare, finished):
    copy_of(finished, "narrow", loss="huber", huber_delta=0.01)
    copy_of(finished, "wide", loss="huber", huber_delta=0.5)
    app = open_compare("narrow", "wide", compare_show="Curves")
    assert not app.exception
    kind = app.segmented_control(key="compare_kind")
    assert [words.partition("] ")[2] for words in kind.options] == ["0.01", "0.5"]
    kind.set_value(kind.options[1]).run()
    error, loss = (chart.proto.spec for chart in app.get("vega_lite_chart"))
    assert "of 2 runs over" in error
    assert "of 1 run over" in loss


def test_runs_without_common_galaxies_are_told_why_and_the_page_goes_on(open_compare, two):
    table = two[1].predictions()
    table.assign(source_id=table["source_id"] + 1_000_000).to_parquet(two[1].predictions_path)
    app = open_compare(*BOTH, compare_show="Curves")
    assert not app.exception
    assert not app.error
    assert "have no galaxies in common" in texts(app.warning)
    assert "choose it in the sidebar and at Compared on" in texts(app.warning)
    assert "--data" not in texts(app.warning)
    assert len(app.get("vega_lite_chart")) == 2
    app = open_compare(*BOTH)
    assert "Needs galaxies" in texts(app.info)


def test_a_data_set_is_judged_without_the_galaxies_that_a_run_has_seen(open_compare, two, dataset):
    app = open_compare(*BOTH, data="small", compare_on="Data set in use")
    assert not app.exception
    common = common_dataset(two, dataset)
    assert f"**{len(common)} galaxies** of small" in texts(app.markdown)
    assert f"{common.n_seen} that a run was trained with are left out" in texts(app.markdown)
    assert 0 < len(common) < len(dataset)


def test_another_data_set_is_predicted_with_every_run(open_compare, two, other_dataset):
    app = open_compare(*BOTH, data="other", compare_on="Data set in use")
    assert not app.exception
    assert "**300 galaxies** of other :green-badge[observed]" in texts(app.markdown)
    expected = common_dataset(two, other_dataset).subjects[1].predictions
    mae = metrics.mae(expected["z_spec"], expected["z_pred"])
    assert f"{mae:.4f}" in table_with(app, "MAE").loc["MAE", "first-run"]


def test_galaxies_that_cannot_be_checked_are_warned_of(open_compare, two, other_dataset, folders):
    simulated = replace(other_dataset, card=replace(other_dataset.card, origin="simulated"))
    save_dataset(simulated, folders / "data" / "other.parquet")
    (folders / "data" / "small.parquet").unlink()
    for run in two:
        run.seen_path.unlink(missing_ok=True)
    app = open_compare(*BOTH, compare_on="Data set in use")
    assert not app.exception
    assert "cannot check what **first-run** was trained on" in texts(app.warning)


def test_ugc_is_one_more_run_where_it_is_known(open_compare, two, dataset_with_ugc):
    app = open_compare("mixture-run", "Gaia UGC", data="small")
    assert not app.exception
    assert not app.error
    table = pd.DataFrame({"z": dataset_with_ugc.z, "ugc": dataset_with_ugc.redshift_ugc})
    table.index = dataset_with_ugc.source_id
    known = table.loc[two[0].predictions()["source_id"]].dropna()
    assert f"**{len(known)} galaxies**" in texts(app.markdown)
    left_out = len(two[0].predictions()) - len(known)
    assert left_out > 0
    assert f"; {left_out} without a redshift of Gaia UGC are left out" in texts(app.markdown)
    mae = (known["z"] - known["ugc"]).abs().mean()
    assert f"{mae:.4f}" in table_with(app, "MAE").loc["MAE", "Gaia UGC"]


def test_ugc_is_pointed_to_where_it_is_known_and_not_chosen(open_compare, two, dataset_with_ugc):
    app = open_compare(*BOTH, data="small")
    assert "choose **Gaia UGC**, the last in the list of runs" in texts(app.caption)
    app.multiselect(key="runs").set_value([*BOTH, "Gaia UGC"]).run()
    assert "the last in the list" not in texts(app.caption)


def test_names_that_people_gave_stand_for_the_runs(open_compare, two):
    write_json(two[0].annotations_path, to_dict(Annotations(name="Deep *field*")))
    app = open_compare(*BOTH, against="first-run")
    assert not app.exception
    b, a = (score(each.predictions) for each in common_test_part(two).subjects)
    sentence = verdict("first-run", "Deep *field*", differences(a, b)["mae"])
    assert sentence in texts(app.markdown)
    assert list(table_with(app, "MAE").columns) == ["Deep *field*", "first-run"]
    assert app.selectbox(key="against").options == ["Deep *field*", "first-run"]
    assert app.query_params["runs"] == BOTH
    write_json(two[0].annotations_path, to_dict(Annotations(name="Wide field")))
    app = open_compare(*BOTH, against="first-run")
    assert not app.exception
    assert sentence.replace("Deep *field*", "Wide field") in texts(app.markdown)
    # One that is not compared is called so as well.
    copy_of(two[1], "third").annotate(name="Wide field")
    app = open_compare(*BOTH, against="first-run")
    assert not app.exception
    called = f"Wide field ({two[0].run_id})"
    assert sentence.replace("Deep *field*", called) in texts(app.markdown)


def test_at_first_runs_are_compared_with_the_published_network(open_compare, two):
    published = copy_of(two[1], "published")
    config = replace(published.config, recipe=PRESETS["dissertation"])
    write_json(published.path / "config.json", to_dict(config))
    for run, mae in ((two[0], 0.03), (two[1], 0.01), (published, 0.04)):
        lines = [json.loads(line) for line in run.metrics_path.read_text().splitlines()]
        told = [json.dumps(line | {"val_mae": mae}) for line in lines]
        run.metrics_path.write_text("\n".join(told) + "\n")
    copy_of(published, "worst")
    app = open_compare()
    assert app.multiselect(key="runs").value[0] in ("published", "worst")
    assert app.multiselect(key="runs").value[1:] == ["first-run", "mixture-run"]


def test_outliers_by_the_own_scatter_rank_no_run(open_compare, two):
    app = open_compare(*BOTH, by="Outliers, RAIL", compare_show="Differences")
    assert "each has a limit by its own scatter" in texts(app.markdown)
    (table,) = [each.value for each in app.dataframe if "verdict" in each.value]
    assert table["verdict"].tolist() == ["not ranked"]
    app = open_compare(*BOTH)
    row = table_with(app, "Outliers, RAIL").loc["Outliers, RAIL"]
    assert not row.str.contains("**", regex=False).any()


def test_ugcs_bad_zones_can_be_left_out(open_compare, two, dataset_with_ugc):
    app = open_compare(
        "first-run",
        "Gaia UGC",
        data="small",
        compare_on="Data set in use",
        without_bad_zones="true",
    )
    assert not app.exception
    common = common_dataset([two[1]], dataset_with_ugc, with_ugc=True)
    bad = in_bad_zone(common.subjects[1].predictions["z_pred"])
    assert bad.any()
    assert f"**{len(common) - bad.sum()} galaxies**" in texts(app.markdown)


@pytest.mark.usefixtures("dataset")
def test_ugc_is_no_choice_where_it_is_not_known(open_compare, two):
    app = open_compare("mixture-run", "first-run", "Gaia UGC", data="small")
    assert "Gaia UGC" not in app.multiselect(key="runs").options
    assert "Gaia UGC" not in texts(app.caption)
    assert app.multiselect(key="runs").value == BOTH
    assert "are left out" in texts(app.warning)


@pytest.mark.parametrize("foreign", ["../../etc/passwd", "no-such-run", "<b>x</b>", ""])
def test_foreign_runs_in_the_address_are_left_out_with_a_notice(open_compare, two, foreign):
    app = open_compare(foreign, *BOTH)
    assert not app.exception
    assert app.multiselect(key="runs").value == BOTH
    assert "are left out" in texts(app.warning)
    assert "passwd" not in texts(app.warning)
    assert app.query_params["runs"] == BOTH


def test_a_run_that_waits_is_no_choice(open_compare, two, waiting):
    app = open_compare()
    assert waiting.run_id not in app.multiselect(key="runs").options


def test_one_run_alone_is_not_compared(open_compare, two):
    app = open_compare("first-run")
    assert not app.exception
    assert "Choose 2 to 8 runs" in texts(app.info)


def test_an_emptied_choice_stays_empty(open_compare, two):
    app = open_compare(*BOTH)
    app.multiselect(key="runs").set_value([]).run()
    assert app.multiselect(key="runs").value == []
    app.run()
    assert app.multiselect(key="runs").value == []
    assert "Choose 2 to 8 runs" in texts(app.info)


def test_the_choice_is_written_into_the_address(open_compare, two):
    app = open_compare(*BOTH)
    app.multiselect(key="runs").set_value(BOTH[::-1]).run()
    assert app.query_params["runs"] == BOTH[::-1]
    assert app.selectbox(key="against").options == BOTH[::-1]


def test_seeds_are_grouped_and_others_offered(open_compare, two):
    repeat = copy_of(two[1], "repeat", seed=7)
    copy_of(two[1], "a-repetition", seed=7)
    copy_of(two[1], "of-the-same-seed")
    app = open_compare(*BOTH, compare_show="Seeds")
    assert "No two of these runs have the same" in texts(app.info)
    assert "Other seeds of the same settings: repeat." in texts(app.markdown)
    (more,) = [each for each in app.button if each.label == "Compare them too"]
    more.click().run()
    assert not app.exception
    assert app.multiselect(key="runs").value == [*BOTH, repeat.run_id]
    assert "first-run (seed 0), repeat (seed 7)" in texts(app.markdown)
    assert len(app.get("vega_lite_chart")) == 1
    (table,) = [each.value for each in app.dataframe if "seeds" in each.value]
    mae = table.set_index("metric").loc["MAE"]
    known = two[1].predictions()
    assert mae["mean"] == f"{metrics.mae(known['z_spec'], known['z_pred']):.5f}"
    assert (mae["n_runs"], mae["std"]) == (2, "0.00000")
    # Shares as everywhere else: in per cent.
    error = known.eval("abs(z_pred - z_spec) / (1 + z_spec)")
    share = 100 * (error > 0.05).mean()
    outliers = table.set_index("metric").loc["Outliers, |e| > 0.05"]
    assert (outliers["mean"], outliers["std"]) == (f"{share:.3f} %", "0.000 percentage points")


def test_whose_error_is_smaller_is_told_by_galaxy_and_bin(open_compare, two):
    app = open_compare(*BOTH, against="first-run", compare_show="Differences")
    assert not app.exception
    ours, theirs = (
        run.predictions().set_index("source_id").eval("abs(z_pred - z_spec)") for run in two
    )
    share = 100 * (ours < theirs).mean()
    said = f"mixture-run is nearer to z_spec than first-run for **{share:.1f} %** of the galaxies"
    assert said in texts(app.markdown)
    copy_of(two[1], "twin")
    app = open_compare("first-run", "twin", compare_show="Differences")
    assert not app.exception
    assert "twin and first-run give the same redshifts." in texts(app.markdown)


def test_settings_that_are_the_same_are_shown_if_asked_for(open_compare, two):
    app = open_compare(*BOTH, compare_show="Settings")
    table = table_with(app, "Head")
    assert table.loc["Head"].tolist() == ["p\\(z\\)\\, a mixture", "A redshift"]
    assert "Galaxies" not in table.index
    app.toggle(key="all_settings").set_value(True).run()
    assert table_with(app, "Head").loc["Galaxies"].tolist() == ["400", "400"]


def test_equal_settings_are_said_to_be_equal(open_compare, two):
    copy_of(two[1], "twin")
    app = open_compare("first-run", "twin", compare_show="Settings")
    assert "the same settings" in texts(app.info)


def test_settings_have_the_names_of_the_form():
    assert setting_label("training.learning_rate") == "Learning rate"
    assert setting_label("network.conv_layers[1]") == "Convolution 2"
    assert setting_label("split.seed") == "Split seed"
    assert setting_text("training.restore_best_weights", False) == "Last epoch"
    assert setting_text("data.hash", "ab" * 32) == "ab" * 6
    assert setting_text("start.hash", None) == "–"


def test_a_galaxy_in_the_address_has_its_spectrum_shown(open_compare, two):
    first, second = (run.predictions().set_index("source_id")["z_pred"] for run in two)
    third = (first - second).abs().nlargest(3).index[2]
    app = open_compare(*BOTH, compare_show="Disagreement", galaxy=str(third))
    assert not app.exception
    spread = (first - second).abs() / (1 + two[0].predictions().set_index("source_id")["z_spec"])
    shown = app.selectbox(key="galaxy")
    assert shown.options[0] == str(spread.idxmax())
    assert shown.value == str(third)
    assert len(app.get("plotly_chart")) == 1
    # A click on a row of the table does the same.
    select(app, "disagreement_galaxies", rows=[2], cells=[[0, "spread"]])
    assert app.selectbox(key="galaxy").value == shown.options[0]
    assert f"source {shown.options[0]}" in app.get("plotly_chart")[0].proto.alt


def test_without_its_data_set_a_spectrum_is_said_to_be_missing(open_compare, two, folders):
    (folders / "data" / "small.parquet").unlink()
    app = open_compare(*BOTH, compare_show="Disagreement")
    assert not app.exception
    assert not app.error
    assert "the available training data of these" in texts(app.info)


def test_a_damaged_run_is_one_sentence(open_compare, two):
    two[0].predictions_path.write_bytes(b"nothing")
    app = open_compare(*BOTH)
    assert not app.exception
    assert "is damaged" in texts(app.warning)


@pytest.mark.usefixtures("dataset")
def test_without_runs_the_screen_says_what_to_do(open_screen):
    app = open_screen("compare")
    assert not app.exception
    assert "Train two networks first" in texts(app.info)


def test_an_older_address_of_a_section_opens_it(open_compare, two):
    app = open_compare(*BOTH, show="Settings")
    assert app.session_state["compare_show"] == "Settings"
    assert not app.exception
    app.switch_page("views/runs.py").run()
    assert app.session_state["runs_show"] == "Notes and files"


def test_two_runs_that_agree_to_the_digits_shown_are_both_bold(open_compare, two):
    twin = copy_of(two[0], "twin")
    table = twin.predictions()
    table = table.assign(z_pred=table["z_pred"] + 1e-12, crps=table["crps"] + 1e-15)
    table.to_parquet(twin.predictions_path)
    table = table_with(open_compare("mixture-run", "twin", "first-run"), "MAE")
    for metric in ("MAE", "CRPS"):
        bold = table.loc[metric].str.startswith("**")
        assert bold["mixture-run"] == bold["twin"]
    assert table.loc["CRPS", "twin"].startswith("**")
    assert not table.loc["Outliers, RAIL"].str.startswith("**").any()


@pytest.fixture
def named(two):
    """Two runs that people called something, with a formula and a sign that Markdown reads."""
    for run, name in zip(two, ("=Deep *field*", "Old, wide"), strict=True):
        run.annotate(name=name)
    return {run.run_id: run for run in two}


def test_the_file_of_costs_has_bare_numbers_in_a_row_for_each_run(open_compare, named, tables):
    assert not open_compare(*BOTH).exception
    table = tables("compared-cost").set_index("run")
    assert table["name"].to_dict() == {"mixture-run": "'=Deep *field*", "first-run": "Old, wide"}
    for run_id, run in named.items():
        summary = run.summary()
        for fact in ("n_train", "parameters", "epochs_run", "train_seconds", "cpu_seconds"):
            assert table.loc[run_id, fact] == summary[fact]
        assert table.loc[run_id, "spectra_per_second"] == pytest.approx(
            summary["n_train"] * summary["epochs_run"] / summary["train_seconds"], rel=1e-12
        )


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("Numbers", ["compared-numbers", "compared-cost"]),
        ("Differences", ["compared-differences", "compared-changes"]),
        ("Errors by redshift", ["compared-bins"]),
        ("Curves", ["compared-curves"]),
    ],
)
def test_files_find_runs_by_their_ids(open_compare, named, tables, section, names):
    assert not open_compare(*BOTH, against="first-run", compare_show=section).exception
    for name in names:
        table = tables(name)
        assert set(table["run"]) <= set(named)
        called = dict(zip(table["run"], table["name"], strict=True))
        assert called.get("mixture-run") == "'=Deep *field*"
        assert set(table.get("reference", ["first-run"])) == {"first-run"}


def test_the_columns_of_files_are_called_by_ids(open_compare, named, tables):
    assert not open_compare(*BOTH, against="first-run", compare_show="Differences").exception
    columns = ["z of mixture-run", "change of mixture-run"]
    assert set(columns) < set(tables("compared-galaxies"))
    assert not open_compare(*BOTH, compare_show="Disagreement").exception
    assert {f"z of {run_id}" for run_id in named} < set(tables("compared-disagreement"))
    assert not open_compare(*BOTH, compare_show="Settings").exception
    table = tables("compared-settings").set_index("setting")
    assert list(table) == BOTH
    assert table.loc["name"].tolist() == ["'=Deep *field*", "Old, wide"]


def test_whole_numbers_stay_whole_in_files(open_compare, two, files):
    copy_of(two[1], "repeat", epochs=4, seed=7, learning_rate=0.25)
    assert not open_compare("repeat", "first-run", compare_show="Settings").exception
    recipe = two[1].config.recipe.training
    rows = list(csv.reader(io.StringIO(files("compared-settings.csv"))))
    assert ["training.epochs", "4", str(recipe.epochs)] in rows
    assert ["training.seed", "7", str(recipe.seed)] in rows
    assert ["training.learning_rate", "0.25", str(recipe.learning_rate)] in rows
    assert not open_compare("repeat", "first-run").exception
    summary = two[1].summary()
    for row in csv.DictReader(io.StringIO(files("compared-cost.csv"))):
        for fact in ("n_train", "parameters", "epochs_run"):
            assert row[fact] == str(summary[fact])


def test_the_file_of_seeds_names_ids_and_names(open_compare, two, tables):
    copy_of(two[1], "repeat", seed=7).annotate(name="Once more")
    assert not open_compare("first-run", "repeat", compare_show="Seeds").exception
    table = tables("compared-seeds")
    assert set(table["runs"]) == {"first-run, repeat"}
    assert set(table["names"]) == {"first-run, Once more"}
