"""The Runs screen: what is written on runs, the trash, bundles, cards."""

import csv
import io
import json
import shutil
import zipfile
from dataclasses import replace
from urllib.parse import parse_qs

import pandas as pd
import pytest

from core.atomic import write_json
from core.config import to_dict
from core.errors import RunError
from core.jobs import list_deleted
from core.runs import Annotations, Run, Status, open_run
from core.runs.trash import delete
from core.sharing.bundle import export_bundle
from core.spreadsheet import to_csv
from dashboard.screens.runs import details, intake
from dashboard.screens.runs.filters import passing
from dashboard.screens.runs.rows import for_file, ordered, rows_of, shown_setting
from dashboard.shared import more_seeds, state
from dashboard.shared.messages import with_code
from dashboard.shared.ways import SECTION_KEYS
from tests.support.apps import table_with, texts, unmarked

CARD = "Model card"


def button(app, key):
    return next((each for each in app.button if each.key == key), None)


def links(app):
    return {each.proto.label for each in app.get("page_link")}


def shown(app):
    return list(app.dataframe[0].value["run"]) if app.dataframe else []


def test_without_runs_the_page_says_what_to_do(open_screen):
    app = open_screen("runs")
    assert not app.exception
    assert "Train a network, or import the bundle of one" in texts(app.info)
    assert "Train" in links(app)


def test_every_run_is_listed_with_its_numbers(open_screen, finished, waiting):
    app = open_screen("runs")
    assert not app.exception
    table = app.dataframe[0].value.set_index("run")
    assert table.loc["first-run", "mae"] == finished.summary()["evaluation"]["mae"]
    assert table.loc["first-run", "state"] == "done"
    assert table.loc["second-run", "state"] == "lost"
    assert pd.isna(table.loc["second-run", "mae"])


def test_errors_stand_before_what_a_narrow_window_leaves_out(open_screen, finished, waiting):
    finished.annotate(name="A name that takes more than a line of its column", tags=("paper",))
    works = Status("running", started="2026-11-30T00:30:00+00:00", device="A processor")
    waiting.write_status(works)
    with waiting.worker_lock():
        app = open_screen("runs")
    assert not app.exception
    proto = app.dataframe[0].proto
    order = list(proto.column_order)
    assert order[:5] == ["name", "state", "val_mae", "mae", "sigma_nmad"]
    assert order[5] == "tags"
    assert "train_seconds" in order
    assert "where" not in order
    widths = {name: one.get("width", 0) for name, one in json.loads(proto.columns).items()}
    # Of a window of 768, without its margins and the ticks.
    assert sum(widths[name] for name in order[:6]) <= 697
    assert proto.row_height > 30
    told = "second-run: on A processor, since 2026-11-30 00:30 UTC"
    assert told in texts(app.caption)


def test_columns_without_room_are_in_the_menu_of_the_table(open_screen, finished, waiting):
    finished.annotate(tags=("paper",), pinned=True)
    app = open_screen("runs")
    assert not app.exception
    proto = app.dataframe[0].proto
    columns = json.loads(proto.columns)
    hidden = {name for name, one in columns.items() if one.get("hidden")} - {"_index"}
    assert "train_seconds" in hidden
    assert hidden <= set(proto.column_order)
    assert hidden <= set(app.dataframe[0].value)
    assert sum(columns[name]["width"] for name in proto.column_order if name not in hidden) <= 900
    assert "Hidden for lack of room: " in texts(app.caption)
    assert "Training time [s]. The eye above the table shows them." in texts(app.caption)


def test_runs_of_one_name_keep_their_rows_in_one_line(open_screen, finished):
    for end in ("c17c", "04af"):
        copy = finished.root / f"a-first-try-of-many-20261129-192745-{end}"
        Run(shutil.copytree(finished.path, copy)).annotate(name="a first try of many")
    app = open_screen("runs")
    assert not app.exception
    names = set(app.dataframe[0].value["name"])
    assert {"a first try of many (c17c)", "a first try of many (04af)"} <= names
    assert app.dataframe[0].proto.row_height == 30


def test_a_complete_run_tells_its_test_error_and_epochs(open_screen, finished):
    app = open_screen("runs", run=finished.run_id)
    summary = finished.summary()
    epochs = summary["epochs_run"]
    words = f"test MAE {summary['evaluation']['mae']:.4f} after {epochs} epoch"
    assert words in texts(app.markdown)
    evaluate = open_screen("evaluate", run=finished.run_id)
    assert f"{epochs} epoch" in texts(evaluate.markdown)


def test_runs_that_are_ticked_are_compared(open_screen, finished, waiting, folders):
    other = Run(shutil.copytree(finished.path, folders / "runs" / "third-run"))
    app = open_screen("runs", run=finished.run_id)
    assert "Compare 2 runs" not in links(app)
    app.session_state["runs_marked"] = [finished.run_id, waiting.run_id, other.run_id]
    app.run()
    assert not app.exception
    (link,) = [each for each in app.get("page_link") if each.proto.label == "Compare 2 runs"]
    assert parse_qs(link.proto.query_string)["runs"] == ["third-run", "first-run"]
    assert app.selectbox(key="run").value == finished.run_id
    assert "Only finished runs can be compared: second-run is lost." in unmarked(texts(app.caption))
    app.session_state["runs_marked"] = [finished.run_id, waiting.run_id]
    app.run()
    assert not [label for label in links(app) if label.startswith("Compare ")]
    assert "Only finished runs can be compared: second-run is lost." in unmarked(texts(app.caption))


def test_what_is_deleted_is_called_as_in_the_table(open_screen, finished, waiting):
    for run in (finished, waiting):
        run.annotate(name="twin")
    app = open_screen("runs", run=finished.run_id)
    app.session_state["runs_marked"] = [waiting.run_id, finished.run_id]
    app.run()
    assert unmarked(button(app, "delete").label) == "Delete twin (first-run)"
    button(app, "delete").click().run()
    assert not app.exception
    assert "Deleted **twin (first-run)**" in unmarked(texts(app.markdown))
    assert "Deleted twin (first-run)." in unmarked(texts(app.toast))
    button(app, "delete").click().run()
    for name in ("first-run", "second-run"):
        assert f"twin ({name}) :small" in unmarked(texts(app.markdown))


def test_what_is_written_is_kept_in_the_run_and_shown_everywhere(open_screen, finished, waiting):
    app = open_screen("runs", run=finished.run_id)
    app.text_input(key="name-first-run").set_value("  Best  so far ")
    app.text_input(key="tags-first-run").set_value("paper, p(z), paper")
    # Another section at once, as a click on it leaves the field: nothing is lost.
    app.text_area(key="notes-first-run").set_value("See section 4.")
    app.session_state[SECTION_KEYS["runs"]] = CARD
    app.run()
    assert not app.exception
    assert not app.text_area
    written = Annotations("Best so far", ("paper", "p(z)"), "See section 4.")
    assert open_run(finished.root, finished.run_id).annotations() == written
    row = app.dataframe[0].value.set_index("run").loc["first-run"]
    assert row["name"] == "Best so far"
    assert list(row["tags"]) == ["paper", "p(z)"]
    for screen in ("runs", "evaluate", "train"):
        app = open_screen(screen, run=finished.run_id)
        assert "Best so far" in app.selectbox(key="run").options


def test_what_cannot_be_written_is_said_and_the_rest_stays(open_screen, finished):
    finished.annotate(name="Kept")
    app = open_screen("runs", run=finished.run_id)
    app.text_input(key="tags-first-run").set_value("a" * 40).run()
    assert not app.exception
    assert "expected 1 to 32 characters" in texts(app.error)
    assert app.text_input(key="tags-first-run").value == "a" * 40
    assert finished.annotations() == Annotations("Kept")


def test_an_archived_run_leaves_the_table_and_comes_last_in_the_choice(
    open_screen, finished, waiting
):
    assert list(state.runs()) == ["second-run", "first-run"]
    app = open_screen("runs", run="second-run")
    button(app, "archive").click().run()
    assert waiting.annotations().archived
    assert list(state.runs()) == ["first-run", "second-run"]
    assert shown(app) == ["first-run"]
    assert "1 of 2 runs." in texts(app.caption)
    app.toggle(key="archived").set_value(True).run()
    assert shown(app) == ["first-run", "second-run"]
    app = open_screen("evaluate")
    assert app.selectbox(key="run").value == "first-run"
    assert "second-run, archived" in app.selectbox(key="run").options
    app = open_screen("runs", run="second-run", archived="true")
    assert button(app, "archive").label == "Unarchive"
    button(app, "archive").click().run()
    assert not waiting.annotations().archived


def test_a_deleted_run_comes_back_with_one_click(open_screen, finished, waiting):
    before = {path.name: path.read_bytes() for path in finished.path.iterdir()}
    app = open_screen("runs", run=finished.run_id)
    button(app, "delete").click().run()
    assert not app.exception
    assert shown(app) == ["second-run"]
    assert "Deleted **first-run**" in texts(app.markdown)
    button(app, "undo_run").click().run()
    assert not app.exception
    assert set(shown(app)) == {"first-run", "second-run"}
    assert app.selectbox(key="run").value == "first-run"
    assert {path.name: path.read_bytes() for path in finished.path.iterdir()} == before
    assert button(app, "undo_run") is None


def test_runs_that_began_with_a_deleted_one_are_named(open_screen, finished, monkeypatch):
    monkeypatch.setattr(details, "tuned_from", lambda run, runs: [Run(run.root / "tuned")])
    app = open_screen("runs", run=finished.run_id)
    button(app, "delete").click().run()
    assert "tuned started from its network" in texts(app.markdown)


def test_the_trash_is_restored_from_and_emptied(open_screen, finished, waiting):
    for run in (finished, waiting):
        delete(run)
    app = open_screen("runs")
    assert "Train a network" in texts(app.info)
    button(app, "restore_run-1").click().run()
    assert shown(app) == ["first-run"]
    button(app, "empty_run").click().run()
    assert not app.exception
    assert list_deleted(Run, finished.root) == []
    assert button(app, "empty_run") is None


def test_a_run_at_work_cannot_be_deleted(open_screen, waiting):
    with waiting.worker_lock():
        app = open_screen("runs")
        assert button(app, "delete").disabled
    waiting.write_status(Status("failed"))
    assert not button(open_screen("runs"), "delete").disabled


def test_a_shipped_run_is_shown_but_not_written_on(open_screen, folders, finished):
    shutil.move(finished.path, folders / "shipped" / "runs" / finished.run_id)
    app = open_screen("runs")
    assert not app.exception
    assert "came with xpz and cannot be changed" in texts(app.caption)
    assert not app.text_area
    assert button(app, "delete") is None
    assert "Evaluate" in links(app)
    assert app.dataframe[0].value.loc[0, "shipped"]


@pytest.fixture
def bundle(mixture_run):
    """The bundle of a run that is not here any more."""
    buffer = io.BytesIO()
    export_bundle(mixture_run, buffer)
    shutil.rmtree(mixture_run.path)
    return buffer


def imported(app, monkeypatch, content):
    """Import what a visitor put into the field."""
    monkeypatch.setattr(intake.st, "file_uploader", lambda *words, **settings: content)
    app.run()
    return button(app, "import_bundle").click().run()


def test_a_bundle_becomes_a_run(open_screen, folders, dataset, bundle, monkeypatch):
    app = imported(open_screen("runs"), monkeypatch, bundle)
    assert not app.exception
    assert not app.error
    assert shown(app) == ["mixture-run"]
    assert open_run(folders / "runs", "mixture-run").is_complete
    again = button(app, "import_bundle").click().run()
    assert "'mixture-run' already exists" in texts(again.error)
    assert shown(again) == ["mixture-run"]


def test_a_bundle_that_was_changed_is_refused_by_name(
    open_screen, folders, finished, dataset, bundle, monkeypatch
):
    content = bytearray(bundle.getvalue())
    with zipfile.ZipFile(bundle) as archive:
        info = archive.getinfo("mixture-run/scaler.npz")
    content[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 1
    app = imported(open_screen("runs"), monkeypatch, io.BytesIO(content))
    assert not app.exception
    assert "mixture-run/scaler.npz: is damaged in the bundle" in texts(app.error)
    assert shown(app) == ["first-run"]


def test_the_file_of_the_table_is_called_what_it_holds(open_screen, mixture_run):
    app = open_screen("runs", find=mixture_run.run_id)
    assert shown(app) == [mixture_run.run_id]
    assert "These runs, all columns (CSV)" in {each.label for each in app.get("download_button")}


def test_the_model_card_is_shown(open_screen, mixture_run):
    app = open_screen("runs", run=mixture_run.run_id, runs_show=CARD)
    assert not app.exception
    words = texts(app.markdown)
    assert "# mixture-run" in words
    assert f"{mixture_run.summary()['evaluation']['mae']:.4f}" in words
    assert {each.label for each in app.get("download_button")} >= {
        "Card (Markdown)",
        "Card (HTML)",
        "Report with pictures (HTML)",
    }
    mixture_run.annotate(name="Renamed")
    app = open_screen("runs", run=mixture_run.run_id, runs_show=CARD)
    assert "# Renamed" in texts(app.markdown)


def test_an_incomplete_run_has_no_card_and_no_bundle(open_screen, waiting):
    app = open_screen("runs", run=waiting.run_id, runs_show=CARD)
    assert not app.exception
    assert "The card is written when the training has finished" in texts(app.info)
    app = open_screen("runs", run=waiting.run_id)
    assert "Bundle (zip)" not in {each.label for each in app.get("download_button")}
    assert "Evaluate" not in links(app)


def test_the_address_holds_run_and_filters(open_screen, finished, waiting):
    finished.annotate(tags=("paper",))
    app = open_screen("runs", run="first-run", find="PAPER", tags="paper")
    assert not app.exception
    assert not app.warning
    assert app.selectbox(key="run").value == "first-run"
    assert shown(app) == ["first-run"]
    app = open_screen("runs", run="../../etc", tags="<b>")
    assert not app.exception
    assert {each.value for each in app.warning} == {
        "The address names a run that does not exist; another one is shown.",
        "The address names a tag that does not exist; another one is shown.",
    }


def column(app, name):
    return app.dataframe[0].value.set_index("run")[name]


@pytest.fixture
def three(finished, mixture_run, waiting):
    """Two complete runs of other settings, the mixture's the better one, and one that waits."""
    for run, mae in ((finished, 0.01), (mixture_run, 0.03)):
        summary = run.summary()
        result = {**summary["evaluation"], "mae": mae, "bias": mae - 0.02}
        validated = 1e-5 if run is mixture_run else 0.02
        write_json(run.summary_path, {**summary, "evaluation": result, "validation_mae": validated})
    return finished, mixture_run, waiting


def test_the_best_comes_first_by_what_people_choose_and_pinned_ones_before(open_screen, three):
    app = open_screen("runs", run="first-run")
    assert not app.exception
    assert shown(app) == ["mixture-run", "first-run", "second-run"]
    order = app.selectbox(key="best_first_by")
    assert order.options[0] == "Validation MAE"
    assert "Outliers, RAIL" not in order.options
    order.set_value("Test MAE").run()
    assert shown(app) == ["first-run", "mixture-run", "second-run"]
    best = table_with(app, "metric")
    assert dict(zip(best["metric"], best["name"], strict=True)).items() >= {
        ("Test MAE", "first-run"),
        ("Validation MAE", "mixture-run"),
        ("CRPS", "mixture-run"),
    }
    app = open_screen("runs", run="second-run")
    button(app, "pin").click().run()
    assert not app.exception
    assert three[2].annotations().pinned
    assert shown(app) == ["second-run", "mixture-run", "first-run"]
    assert column(app, "pinned").tolist() == ["✓", "", ""]
    with three[2].worker_lock():
        button(app, "pin").click().run()
        assert shown(app) == ["second-run", "mixture-run", "first-run"]
    button(app, "pin").click().run()
    button(app, "archive").click().run()
    assert three[2].annotations() == Annotations(archived=True, pinned=True)
    assert button(app, "pin").label == "Unpin"


def test_settings_that_differ_are_columns_and_filters(open_screen, three):
    app = open_screen("runs", run="first-run", columns="Settings")
    assert not app.exception
    assert column(app, "setting.network.head").to_dict() == {
        "mixture-run": "p(z), a mixture",
        "first-run": "A redshift",
        "second-run": "A redshift",
    }
    assert "setting.data.n_galaxies" not in app.dataframe[0].value
    app.multiselect(key="filtered_settings").set_value(["setting.network.head"]).run()
    (head,) = [each for each in app.multiselect if each.label == "Head"]
    head.set_value(["A redshift"]).run()
    assert not app.exception
    assert shown(app) == ["first-run", "second-run"]
    assert "2 of 3 runs." in texts(app.caption)


def test_of_runs_that_tie_some_are_named_and_how_many_more(open_screen, three):
    run = three[0]
    for name in ("again-1", "again-2"):
        copy = Run(shutil.copytree(run.path, run.root / name))
        write_json(copy.path / "config.json", to_dict(replace(run.config, run_id=name)))
    best = table_with(open_screen("runs", run="first-run"), "metric").set_index("metric")
    assert best.loc["Test MAE", "name"].endswith(" and 1 more")
    assert best.loc["CRPS", "name"] == "mixture-run"


def test_the_best_by_size_stands_without_its_sign_on_the_screen_and_in_the_file(
    open_screen, three, files
):
    best = table_with(open_screen("runs", run="first-run"), "metric").set_index("metric")
    assert best.loc["|Bias|", "value"] == "0.0100"
    offered = pd.read_csv(io.StringIO(files("best-runs.csv"))).set_index("metric")
    assert offered.loc["abs_bias", "value"].tolist() == pytest.approx(
        [0.01, 0.01]
    )  # of -0.01 and 0.01


def test_numbers_are_filtered_by_their_range(three):
    table = rows_of({run.run_id: run for run in three})
    name = "setting.training.batch_size"
    table[name] = pd.Series([16, 64, 256], index=table.index, dtype=object)
    assert shown_setting(table, name).tolist() == [16, 64, 256]
    assert list(passing(table, settings={name: [16, 64]})["run"]) == ["first-run", "mixture-run"]


def test_the_file_of_all_runs_has_every_number_and_setting(three):
    runs = {run.run_id: run for run in three}
    table = for_file(ordered(rows_of(runs), "mae"))
    assert table["run"].tolist() == ["first-run", "mixture-run", "second-run"]
    assert table["crps"].notna().tolist() == [False, True, False]
    for run_id, run in runs.items():
        row = table.loc[run_id]
        assert row["setting.training.epochs"] == run.config.recipe.training.epochs
        assert row["setting.data.n_galaxies"] == run.config.data.n_galaxies
        assert row["tags"] == ""  # an empty cell, not "none"
        assert row["setting.data.hash"] == run.config.data.hash[:12]


def test_whole_numbers_stay_whole_in_the_file_beside_a_damaged_run(finished, waiting):
    (waiting.path / "config.json").write_text("{")
    runs = {run.run_id: run for run in (finished, waiting)}
    told = to_csv(for_file(rows_of(runs)))
    good, damaged = csv.DictReader(io.StringIO(told))
    for name, value in {
        "galaxies": finished.config.data.n_galaxies,
        "parameters": finished.summary()["parameters"],
        "setting.training.epochs": finished.config.recipe.training.epochs,
    }.items():
        assert (good[name], damaged[name]) == (str(value), "")


def test_whole_numbers_stay_whole_in_the_file_beside_decimals(finished, waiting):
    table = rows_of({run.run_id: run for run in (finished, waiting)})
    table["setting.training.patience"] = pd.Series([4, 0.5], index=table.index, dtype=object)
    rows = csv.DictReader(io.StringIO(to_csv(for_file(table))))
    assert [row["setting.training.patience"] for row in rows] == ["4", "0.5"]


def test_three_more_seeds_are_started_once(open_screen, three, dataset, monkeypatch):
    started = []

    def start(run, seeds, folder, *, data_path):
        started.append((run.run_id, seeds, folder, data_path))
        return [run] * len(seeds)

    monkeypatch.setattr(more_seeds, "train_more_seeds", start)
    app = open_screen("runs", run="first-run", runs_show="Seeds")
    assert not app.exception
    same = table_with(app, "seed")
    assert dict(zip(same["seed"], same["name"], strict=True)) == {0: "first-run"}
    (more,) = [each for each in app.button if each.label == "Train 3 more seeds"]
    more.click().run()
    assert not app.exception
    ((run_id, seeds, _, data_path),) = started
    assert (run_id, seeds, data_path.name) == ("first-run", [1, 2, 3], "small.parquet")
    data_path.unlink()
    app = open_screen("runs", run="first-run", runs_show="Seeds")
    (more,) = [each for each in app.button if each.label == "Train 3 more seeds"]
    assert more.disabled
    assert "that it was trained on, small, is not here" in texts(app.caption)


def test_why_no_seed_was_started_is_said(open_screen, finished, dataset, monkeypatch):
    def refuse(*_, **__):
        raise RunError("The disk is full.")

    monkeypatch.setattr(more_seeds, "train_more_seeds", refuse)
    app = open_screen("runs", run="first-run", runs_show="Seeds")
    (more,) = [each for each in app.button if each.label == "Train 3 more seeds"]
    more.click().run()
    assert "The disk is full." in texts(app.error)


def test_a_name_that_another_run_has_is_told_below_its_field(open_screen, finished, waiting):
    waiting.annotate(name="first try")
    app = open_screen("runs", run="first-run")
    app.text_input(key="name-first-run").set_value("first try").run()
    assert not app.exception
    assert finished.annotations().name == "first try"
    assert "Another run is called 'first try' already." in texts(app.markdown)


def test_filters_go_together(finished, waiting):
    finished.annotate(name="Best", tags=("paper", "p(z)"), notes="Section 4")
    waiting.annotate(tags=("paper",), archived=True)
    table = rows_of({run.run_id: run for run in (finished, waiting)})
    for filters, expected in (
        ({}, ["first-run"]),
        ({"archived": True}, ["first-run", "second-run"]),
        ({"tags": ("paper",), "archived": True}, ["first-run", "second-run"]),
        ({"tags": ("paper", "p(z)"), "archived": True}, ["first-run"]),
        ({"words": "section small"}, ["first-run"]),
        ({"words": "section [", "archived": True}, []),
        ({"states": ("lost",), "archived": True}, ["second-run"]),
        ({"states": ("lost",)}, []),
    ):
        assert list(passing(table, **filters)["run"]) == expected, filters


def test_a_damaged_run_takes_nothing_down(open_screen, finished, waiting):
    (waiting.path / "status.json").write_text("{half a line")
    finished.annotations_path.write_text(json.dumps({"name": 3}))
    app = open_screen("runs", run="first-run")
    assert not app.exception
    assert dict(zip(shown(app), app.dataframe[0].value["state"], strict=True)) == {
        "first-run": "done",
        "second-run": "damaged",
    }
    assert "annotations.json.name" in texts(app.error)


def test_names_cannot_format_the_page(open_screen, finished):
    hostile = "![](//a.b) :red[x]"
    finished.annotate(name=hostile, tags=("<b>x</b>",), notes=hostile)
    app = open_screen("runs", run=finished.run_id, runs_show=CARD)
    assert not app.exception
    assert not [each for each in app.markdown if "![](" in each.value or " :red[" in each.value]


@pytest.mark.parametrize("name", ["config.json", "summary.json", "status.json"])
def test_a_damaged_run_is_deleted_and_comes_back(open_screen, finished, waiting, name):
    (finished.path / name).write_text("{")
    run = Run(finished.path)
    app = open_screen("runs", run=run.run_id)
    assert not app.exception
    assert app.selectbox(key="run").value == "first-run"
    assert [each.value for each in app.error] == [with_code(run.damage())]
    button(app, "delete").click().run()
    assert not app.exception
    assert shown(app) == ["second-run"]
    assert not run.path.exists()
    button(app, "undo_run").click().run()
    assert not app.exception
    assert (run.path / name).read_text() == "{"


def test_a_damaged_run_that_came_with_xpz_cannot_be_deleted(open_screen, finished, folders):
    shipped = Run(folders / "shipped" / "runs" / finished.run_id)
    shutil.move(finished.path, shipped.path)
    (shipped.path / "config.json").write_text("{")
    app = open_screen("runs", run=shipped.run_id)
    assert [each.value for each in app.error] == [with_code(shipped.damage())]
    assert button(app, "delete") is None


def test_the_section_of_another_screen_is_none_of_this_one(open_screen, finished):
    app = open_screen("runs", **{SECTION_KEYS["compare"]: "Seeds"})
    assert not app.exception
    assert [tab.label for tab in app.tabs][:1] == ["Notes and files"]
    assert "More seeds" not in [each.value for each in app.header]
    assert app.text_area(key="notes-first-run")
