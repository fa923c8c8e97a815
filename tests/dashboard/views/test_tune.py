"""The Tune screen: the form of a space, how a search goes, and what its trials teach."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from core import tuning
from core.cli import main
from core.comparison import names_of
from core.data.split import SplitConfig
from core.errors import ConfigError, RunError
from core.jobs import list_deleted
from core.model.presets import COMPACT, DISSERTATION
from core.runs import DataReference, list_runs
from core.tuning.config import NONE_LEFT
from core.tuning.dimension import Dimension
from core.tuning.hyperparameters import label_of
from core.tuning.search import (
    Budget,
    Search,
    SearchConfig,
    Trial,
    create_search,
    list_searches,
)
from core.tuning.space import Space
from core.tuning.space_file import space_to_json
from core.tuning.spaces import SPACES
from dashboard.figures.parallel import OWN_SIGN
from dashboard.screens.tune.space_words import space_in_words
from dashboard.screens.tune.trials import as_json
from dashboard.shared.columns import width_for
from tests.support.apps import metric, table_with, texts, unmarked

SPACE = Space(
    "small",
    DISSERTATION,
    (
        Dimension("units_1", "choice", values=(64, 256)),
        Dimension("dense_layers", "int", 3, 4),
        Dimension("units_4", "int", 16, 128),
        Dimension("learning_rate", "float", 1e-4, 1e-2, log=True),
    ),
)
OWN = {"units_1": 256, "dense_layers": 4, "units_4": 64, "learning_rate": 0.01}


def button(app, label):
    (found,) = [each for each in app.button if each.label == label]
    return found


def editor(rows, name="compact", further=()):
    names = [
        one.name for one in SPACES[name].dimensions if (one.kind == "choice") == (rows == "choices")
    ]
    return ".".join([f"space.{name}.0.{rows}", *names, *further])


def edit(app, key, row, **cells):
    """Do in a table what a browser reports."""
    app.session_state[key] = {"edited_rows": {row: cells}, "added_rows": [], "deleted_rows": []}
    app.run()


def records(n, mae):
    return [
        {
            "epoch": epoch,
            "loss": mae / epoch,
            "mae": mae,
            "val_loss": mae / epoch,
            "val_mae": mae,
            "learning_rate": 0.001,
            "seconds": 1.0,
            "cpu_seconds": 2.0,
        }
        for epoch in range(1, n + 1)
    ]


def ended(number, values, **changes):
    trial = Trial(
        number, values, stop_epoch=3, state="done", mae=0.03, val_loss=0.01, best_epoch=3,
        epochs=3, seconds=3.0, cpu_seconds=6.0, parameters=1000 * number,
        started="2030-01-01T00:00:00+00:00", ended="2030-01-01T00:00:03+00:00",
    )  # fmt: skip
    return replace(trial, **changes)


def make_search(folders, dataset, trials=(), search_id="toy", space=SPACE, **status):
    """The folder of a search with these ended trials, as the processes at work leave it."""
    card = dataset.card
    config = SearchConfig(
        search_id=search_id,
        name=search_id,
        space=space,
        algorithm="random",
        budget=Budget(trials=20),
        data=DataReference(
            "../../../data/small.parquet", card.name, card.hash, card.n_galaxies, card.origin
        ),
        split=SplitConfig(),
        epochs=3,
    )
    search = create_search(folders / "runs", config)
    for trial in trials:
        search.write_begun(replace(trial, state="running"))
        search.write_curves(trial.number, records(trial.epochs, trial.mae or 0.1))
        search.write_ended(trial)
    done = [trial.mae for trial in trials if trial.mae is not None]
    known = {
        "state": "done",
        "trials_done": len(done),
        "trials_failed": len(trials) - len(done),
        "best_mae": min(done, default=None),
        "message": "",
        "seconds": 75.0,
        "device": "A processor",
    }
    search.write_status(replace(search.status(), **(known | status)))
    return search


def many(n=30):
    """Trials whose error follows from the learning rate; the second one failed."""
    random = np.random.default_rng(0)
    trials = []
    for number in range(1, n + 1):
        layers = int(random.integers(3, 5))
        rate = float(10 ** random.uniform(-4, -2))
        values = {"units_1": 64, "dense_layers": layers, "learning_rate": rate}
        if layers == 4:
            values["units_4"] = int(random.integers(16, 129))
        trials.append(ended(number, values, mae=0.02 - 0.003 * np.log10(rate)))
    trials[1] = ended(2, trials[1].values, state="failed", mae=None, message="It came <b>apart</b>")
    return trials


@pytest.fixture
def search(folders, dataset):
    """Three trials: the dissertation's network, a better one, a failed one."""
    return make_search(
        folders,
        dataset,
        [
            ended(1, OWN, mae=0.03),
            ended(2, {"units_1": 64, "dense_layers": 3, "learning_rate": 1e-3}, mae=0.025),
            ended(3, OWN | {"units_4": 16}, state="failed", mae=None, message="It came apart."),
        ],
    )


@pytest.mark.usefixtures("dataset")
def test_at_first_the_form_of_our_space_is_shown(open_screen):
    app = open_screen("tune")
    assert not app.exception
    assert not app.error
    assert not button(app, "Start search").disabled
    shown = texts(app.markdown)
    assert f"Unlimited combinations of {len(SPACES['compact'].dimensions)}" in shown
    assert "lies **outside** this space" in shown


@pytest.mark.usefixtures("dataset")
def test_the_dissertations_network_is_marked_in_its_space(open_screen):
    app = open_screen("tune")
    app.segmented_control(key="space").set_value("dissertation").run()
    shown = texts(app.markdown)
    assert f"{OWN_SIGN} The dissertation's own network lies **in** this space" in shown
    choices = table_with(app, "values").set_index("setting")
    assert choices.loc["Filters 3", "own"] == "128"
    assert choices.loc["Filters 5", "own"] == "–"
    assert table_with(app, "low").set_index("setting").loc["Kernel 1", "own"] == "5"


@pytest.mark.usefixtures("dataset")
def test_the_form_tells_what_each_hyperparameter_does(open_screen):
    app = open_screen("tune")
    (fold,) = [one for one in app.expander if one.label == "What each hyperparameter does"]
    (told,) = [one.value for one in fold.markdown]
    assert "**Weight decay**: Pulls all weights towards zero" in told
    assert told.count("**Units**") == 1


@pytest.mark.usefixtures("dataset")
def test_without_searches_their_tab_says_where_to_begin(open_screen):
    app = open_screen("tune", search="nothing")
    assert not app.exception
    assert "There is no search yet. Start one under 'New search'" in texts(app.info)


def test_without_data_the_form_says_where_they_come_from(open_screen):
    app = open_screen("tune")
    assert not app.exception
    assert "no data set to search with" in texts(app.info)


@pytest.mark.usefixtures("dataset")
def test_a_range_the_wrong_way_round_is_explained_and_cannot_be_started(open_screen):
    app = open_screen("tune")
    edit(app, editor("ranges"), 3, low="3,5")
    assert "Learning rate, From: expected a number, received '3,5'" in texts(app.error)
    assert button(app, "Start search").disabled
    edit(app, editor("ranges"), 0, low="3.5")
    assert "Gaussians, From: expected a whole number, received 3.5" in texts(app.error)
    edit(app, editor("ranges"), 0)
    edit(app, editor("ranges"), 3, low="1e-1")
    assert "Learning rate: the low end 0.1 lies above the high end 0.01" in texts(app.error)
    assert button(app, "Start search").disabled
    button(app, "Reset").click().run()
    assert not app.error
    assert not button(app, "Start search").disabled


@pytest.mark.usefixtures("dataset")
def test_a_space_of_ones_own_fills_the_form(open_screen, folders, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda search: None)
    app = open_screen("tune")
    content = space_to_json(SPACE).encode()
    app.file_uploader(key="space_file_0").set_value(
        ("mine.json", content, "application/json")
    ).run()
    assert not app.exception
    assert not app.error
    assert app.segmented_control(key="space").value == "from a file"
    button(app, "Start search").click().run()
    (search,) = list_searches(folders / "runs")
    assert search.config.space == SPACE


@pytest.mark.parametrize("space", [SPACE, SPACES["compact"]])
def test_the_space_of_a_search_is_searched_again(open_screen, folders, dataset, monkeypatch, space):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda search: None)
    make_search(folders, dataset, space=space)
    app = open_screen("tune", search="toy")
    assert "Space (JSON)" in [each.label for each in app.get("download_button")]
    button(app, "Search this space again").click().run()
    assert not app.exception
    assert app.segmented_control(key="space").value == "of a search"
    button(app, "Start search").click().run()
    (made,) = [each for each in list_searches(folders / "runs") if each.search_id != "toy"]
    assert made.config.space == space


@pytest.mark.parametrize("values", [["64", "128"], ["64"], []])
def test_rows_that_cannot_count_are_left_out_and_told(
    open_screen, folders, dataset, monkeypatch, values
):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda search: None)
    app = open_screen("tune")
    edit(app, editor("choices"), 4, values=values)
    edit(app, editor("ranges"), 1, high="3")
    assert not app.error
    assert "Units 4 is left out: Dense layers is 2 to 3." in unmarked(texts(app.info))
    assert "of 13 hyperparameters" in texts(app.markdown)
    button(app, "Start search").click().run()
    assert not app.exception
    (search,) = list_searches(folders / "runs")
    names = [one.name for one in search.config.space.dimensions]
    assert "units_3" in names
    assert "units_4" not in names


@pytest.mark.usefixtures("dataset")
def test_all_rows_of_layers_that_never_are_there_are_told_at_once(open_screen):
    app = open_screen("tune")
    app.segmented_control(key="space").set_value("dissertation").run()
    edit(app, editor("ranges", "dissertation"), 0, low="3", high="3")
    assert not app.error
    (said,) = app.info
    assert unmarked(said.value) == (
        "Filters 4, Kernel 4, Pool 4, Filters 5, Kernel 5, Pool 5 are left out: "
        "Convolution layers is 3."
    )


@pytest.mark.usefixtures("dataset")
def test_a_file_with_an_entry_that_cannot_count_is_opened_without_it(open_screen):
    app = open_screen("tune")
    content = space_to_json(SPACE).replace('"units_1"', '"units_9"').encode()
    app.file_uploader(key="space_file_0").set_value(
        ("mine.json", content, "application/json")
    ).run()
    assert not app.error
    assert app.segmented_control(key="space").value == "from a file"
    assert "Units 9 is left out: Dense layers is 3 to 4." in unmarked(texts(app.info))


@pytest.mark.usefixtures("dataset")
def test_a_warm_up_that_varies_is_held_against_the_epochs_of_a_trial(open_screen):
    app = open_screen("tune")
    app.multiselect(key="space.compact.0.further").set_value(["warmup_epochs"]).run()
    assert not app.warning
    edit(app, editor("ranges", further=["warmup_epochs"]), 6, high="50")
    app.text_input(key="search_epochs.40").set_value("3").run()
    assert "The warm-up of 50 epochs is longer than the training (3 epochs)" in unmarked(
        texts(app.warning)
    )


@pytest.mark.usefixtures("dataset")
@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"low": "9"}, "Gaussians: the low end 9 lies above the high end 8"),
        ({"step": "0"}, "Gaussians: expected a step above 0, received 0"),
        ({"step": "100"}, "Gaussians: expected a step that leads to another value from 3 to 8"),
        ({"high": "1000"}, "Gaussians: expected"),
    ],
)
def test_messages_about_a_row_call_it_as_the_form_does(open_screen, cells, message):
    app = open_screen("tune")
    edit(app, editor("ranges"), 0, **cells)
    assert message in unmarked(texts(app.error))
    assert "components" not in texts(app.error)
    assert button(app, "Start search").disabled


@pytest.mark.usefixtures("dataset")
def test_the_base_of_an_opened_space_is_named_or_shown(open_screen):
    def opened(space, number):
        key, content = f"space_file_{number}", space_to_json(space).encode()
        app.file_uploader(key=key).set_value(("mine.json", content, "application/json")).run()
        assert not app.exception
        return texts(app.markdown), [each.value for each in app.dataframe]

    app = open_screen("tune")
    said, tables = opened(SPACE, 0)
    assert "all others are as in the recipe *dissertation*." in said
    assert not any("Value" in table for table in tables)
    training = replace(DISSERTATION.training, batch_size=77)
    said, tables = opened(replace(SPACE, base=replace(DISSERTATION, training=training)), 1)
    assert "all others are as in the own base of *small*." in said
    edited = replace(SPACE, name="compact", base=replace(DISSERTATION, training=training))
    assert "as in the own base of *compact, edited*." in opened(edited, 2)[0]
    (shown,) = [table for table in tables if "Value" in table]
    shown = shown.set_index("Hyperparameter")["Value"]
    assert shown["Batch size"] == "77"
    assert "Learning rate" not in shown.index


@pytest.mark.usefixtures("dataset")
def test_the_next_search_has_no_name_and_one_that_is_taken_is_told(open_screen, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda search: None)
    app = open_screen("tune")
    app.text_input(key="search_name").set_value("mini").run()
    button(app, "Start search").click().run()
    app.session_state["tune_view"] = "New search"
    app.run()
    assert app.text_input(key="search_name").value == ""
    app.text_input(key="search_name").set_value("mini").run()
    assert not app.exception
    assert "Another search is called 'mini' already." in texts(app.markdown)
    app.text_input(key="search_name").set_value("x" * 81).run()
    assert "expected at most 80 characters, received 81." in texts(app.markdown)
    assert button(app, "Start search").disabled


@pytest.mark.usefixtures("dataset")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "mine.json: expected JSON"),
        (b"[1]", "mine.json: expected JSON"),
        (b'{"name": "x"}', "mine.json"),
        (b'{"base": 5, "dimensions": 3, "name": []}', "mine.json"),
        (
            space_to_json(SPACE).replace('"high": 128', '"high": 5000').encode(),
            "units_4: expected a whole number from 1 to 4,096",
        ),
        (
            space_to_json(SPACE).replace('"units_1"', '"Units 1"').encode(),
            "and of further layers filters_2 and so on. Did you mean units_1?",
        ),
        (
            space_to_json(SPACE).replace('"units_1"', '"lr"').encode(),
            "'lr': expected one of scaling, head, components, conv_layers, filters_1,",
        ),
    ],
)
def test_a_file_that_holds_no_space_is_refused(open_screen, content, said):
    app = open_screen("tune")
    app.file_uploader(key="space_file_0").set_value(
        ("mine.json", content, "application/json")
    ).run()
    assert not app.exception
    assert said in unmarked(texts(app.error))
    assert app.segmented_control(key="space").value == "compact"


@pytest.mark.usefixtures("dataset")
def test_a_network_too_deep_for_the_samples_is_explained(open_screen):
    app = open_screen("tune")
    app.segmented_control(key="space").set_value("dissertation").run()
    edit(app, editor("choices", "dissertation"), 9, values=["30"])
    message = texts(app.error)
    assert "samples" in message
    assert button(app, "Start search").disabled


@pytest.mark.usefixtures("dataset")
@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["64", "many"], "Units 1: expected a whole number, received 'many'"),
        (["64", "1,000"], "Units 1: expected a whole number, received '1,000'. Write nothing"),
        ([], "Units 1: a choice needs at least one value"),
    ],
)
def test_a_choice_that_is_none_is_named(open_screen, values, message):
    app = open_screen("tune")
    edit(app, editor("choices"), 1, values=values)
    assert message in texts(app.error)


@pytest.mark.usefixtures("dataset")
def test_whose_values_the_list_of_a_choice_holds_is_told(open_screen):
    app = open_screen("tune")
    told = "Type a value, or choose from the list, which holds the values of all hyperparameters."
    assert told in texts(app.caption)


def test_a_search_can_end_by_minutes_alone_and_have_no_early_stop(
    open_screen, folders, dataset, monkeypatch
):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda search: None)
    app = open_screen("tune")
    assert not [each for each in app.text_input if each.key == "budget_minutes"]
    app.segmented_control(key="budget_ends").set_value("Minutes").run()
    assert not [each for each in app.text_input if each.key == "budget_trials"]
    app.text_input(key="budget_minutes").set_value("10.0")
    app.text_input(key="search_patience").set_value("0").run()
    button(app, "Start search").click().run()
    assert not app.exception
    (search,) = list_searches(folders / "runs")
    assert search.config.budget == Budget(None, 10.0)
    assert search.config.patience is None


@pytest.mark.usefixtures("dataset")
def test_a_grid_without_end_cannot_be_started_and_names_what_has_none(open_screen):
    app = open_screen("tune")
    app.selectbox(key="algorithm").set_value("grid").run()
    (error,) = app.error
    assert "give Dropout, Learning rate, Weight decay," in texts([error])
    assert button(app, "Start search").disabled
    app.selectbox(key="algorithm").set_value("random").run()
    assert not app.error
    assert not button(app, "Start search").disabled


@pytest.mark.usefixtures("dataset")
def test_edits_outlive_a_change_of_page_and_a_further_setting(open_screen):
    app = open_screen("tune")
    edit(app, editor("ranges"), 0, high="4")
    app.multiselect(key="space.compact.0.further").set_value(["warmup_epochs"]).run()
    assert not app.exception
    rows = table_with(app, "low").set_index("setting")
    assert rows.loc["Gaussians", "high"] == "4"
    assert rows.loc["Warm-up [epochs]", ["low", "high"]].tolist() == ["2", "2"]
    app.switch_page("views/home.py").run()
    app.switch_page("views/tune.py").run()
    rows = table_with(app, "low").set_index("setting")
    assert rows.loc["Gaussians", "high"] == "4"
    assert "Warm-up [epochs]" in rows.index


@pytest.mark.usefixtures("dataset")
def test_choices_that_are_cut_in_their_cell_stand_whole_below_the_table(open_screen):
    app = open_screen("tune")
    for name in ("dissertation", "compact"):
        app.segmented_control(key="space").set_value(name).run()
        assert texts(app.caption).count("**") == 4  # Ranges and Choices: nothing is cut
    app.multiselect(key="space.compact.0.further").set_value(["optimizer"]).run()
    assert "**Optimiser**: Adamax, Adam, AdamW, Nadam, RMSprop, SGD" in texts(app.caption)
    chosen = ["64", "128", "256", "512", "768", "1024", "2048"]
    edit(app, editor("choices", further=["optimizer"]), 1, values=chosen)
    assert f"**Units 1**: {', '.join(chosen)}" in texts(app.caption)
    edit(app, editor("choices", further=["optimizer"]), 1, values=None)
    assert "**Units 1**" not in texts(app.caption)


def test_start_submits_what_the_form_says_and_shows_the_search(
    open_screen, folders, dataset, monkeypatch
):
    started = []
    monkeypatch.setattr("core.jobs.queue.start_process", started.append)
    app = open_screen("tune")
    edit(app, editor("ranges"), 0, low="5", high="5")
    edit(app, editor("choices"), 5, values=["silu"])
    app.selectbox(key="algorithm").set_value("random")
    app.segmented_control(key="budget_ends").set_value("Both").run()
    app.text_input(key="budget_trials").set_value("1e300")
    app.text_input(key="budget_minutes").set_value("1e300").run()
    assert button(app, "Start search").disabled
    assert texts(app.error).count("; received 1e300") == 2
    app.text_input(key="budget_trials").set_value("3")
    app.text_input(key="budget_minutes").set_value("7.0")
    app.text_input(key="search_epochs.40").set_value("4")
    app.text_input(key="search_patience").set_value("2")
    app.text_input(key="search_seed").set_value("9")
    app.text_input(key="search_workers").set_value("2")
    app.text_input(key="search_name").set_value("My Try")
    app.run()
    button(app, "Start search").click().run()
    assert not app.exception
    (search,) = list_searches(folders / "runs")
    assert len(started) == 1
    config = search.config
    assert config.search_id.startswith("my-try-")
    assert config.algorithm == "random"
    assert config.budget == Budget(3, 7.0)
    assert (config.epochs, config.patience, config.seed, config.workers) == (4, 2, 9, 2)
    assert config.data.hash == dataset.card.hash
    assert config.space.base == COMPACT
    assert config.space.dimension("components").fixed
    assert config.space.dimension("activation").options() == ("silu",)
    assert config.space.dimension("units_1") == SPACES["compact"].dimension("units_1")
    assert app.selectbox(key="search").value == search.search_id
    assert "[space compact, edited]" in texts(app.markdown)


def test_a_space_that_was_not_edited_is_called_as_ours(open_screen, folders, dataset, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda _: None)
    app = open_screen("tune")
    button(app, "Start search").click().run()
    (search,) = list_searches(folders / "runs")
    assert search.config.space == SPACES["compact"]
    assert "[space compact]" in texts(app.markdown)


def test_a_start_that_is_refused_is_explained_and_can_be_tried_again(
    open_screen, dataset, folders, monkeypatch
):
    def refuse(*_, **__):
        raise RunError("The disk is full.")

    app = open_screen("tune")
    monkeypatch.setattr(tuning, "submit", refuse)
    button(app, "Start search").click().run()
    assert not app.exception
    assert texts(app.error) == "The disk is full."
    assert not button(app, "Start search").disabled


def test_a_finished_search_shows_its_trials_the_best_first(open_screen, search):
    app = open_screen("tune", search=search.search_id)
    assert not app.exception
    assert not app.error
    assert app.session_state["tune_view"] == "Searches"
    assert metric(app, "Trials ended") == "3 / 20"
    assert metric(app, "Lowest validation MAE") == "0.0250"
    trials = table_with(app, "units_4")
    assert trials["trial"].tolist() == [2, 1, 3]
    assert trials["state"].tolist() == ["✓", f"✓ {OWN_SIGN}", "✕ failed"]
    assert trials["learning_rate"].tolist() == [1e-3, 0.01, 0.01]
    assert pd.isna(trials["units_4"][0])
    assert len(app.get("vega_lite_chart")) == 2
    assert "Trial 3: It came apart." in texts(app.caption)


def test_the_table_shows_what_parts_good_trials_from_bad_ones_first(open_screen, folders, dataset):
    make_search(folders, dataset, many())
    app = open_screen("tune", search="toy")
    (shown,) = app.multiselect
    assert shown.value[0] == "learning_rate"
    assert set(shown.value) == {one.name for one in SPACE.dimensions}
    # All of the chosen trial stand below it.
    assert "Learning rate 0.00" in texts(app.caption)
    shown.set_value(["units_1"]).run()
    assert not app.exception


def test_trials_are_exported(open_screen, search):
    app = open_screen("tune", search=search.search_id)
    labels = [each.label for each in app.get("download_button")]
    assert {"Trials (CSV)", "Trials (JSON)", "Best so far (CSV)", "Curves (CSV)"} <= set(labels)


def test_the_exported_trials_are_those_of_the_command(open_screen, search, files):
    app = open_screen("tune", search=search.search_id)
    assert not app.exception
    words = ["tune", "trials", "--search", str(search.path)]
    assert (
        files(f"{search.search_id}-trials.csv")
        == CliRunner().invoke(main, [*words, "--csv"]).stdout
    )
    rows = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert [row["trial"] for row in rows] == [2, 1, 3]
    assert json.loads(files(f"{search.search_id}-trials.json"))["trials"] == rows
    app = open_screen("tune", search=search.search_id, tune_show="Parallel coordinates")
    assert not app.exception
    assert "own" not in files(f"{search.search_id}-parallel.csv").splitlines()[0].split(",")


def test_the_exported_json_has_no_holes(search):
    found = json.loads(as_json(search, search.trials()))
    assert (found["space"], found["space_hash"]) == ("small", SPACE.hash)
    assert [each["mae"] for each in found["trials"]] == [0.03, 0.025, None]
    assert found["trials"][1]["units_4"] is None


def test_a_trial_that_was_left_is_called_as_by_the_command_and_its_state_stands_whole(
    open_screen, search
):
    search.write_begun(Trial(4, {"units_1": 64, "dense_layers": 1, "learning_rate": 1e-3}, 3))
    app = open_screen("tune", search=search.search_id)
    (table,) = [each for each in app.dataframe if "cpu_seconds" in each.value]
    assert table.value.set_index("trial").loc[4, "state"] == "… unfinished"
    width = json.loads(table.proto.columns)["state"]["width"]
    assert width >= width_for([f"… unfinished {OWN_SIGN}"])


def test_whole_numbers_with_holes_stay_whole_in_both_files(open_screen, search, files):
    search.write_begun(Trial(4, {"units_1": 64, "dense_layers": 1, "learning_rate": 1e-3}, 3))
    open_screen("tune", search=search.search_id)
    rows = list(csv.DictReader(io.StringIO(files(f"{search.search_id}-trials.csv"))))
    exported = json.loads(files(f"{search.search_id}-trials.json"))["trials"]
    for name, numbers in {
        "units_4": [None, 64, 16, None],
        "best_epoch": [3, 3, 3, None],
        "parameters": [2000, 1000, 3000, None],
    }.items():
        assert repr([each[name] for each in exported]) == repr(numbers)
        assert [row[name] for row in rows] == ["" if n is None else str(n) for n in numbers]


def test_the_best_trial_is_promoted_with_one_click(open_screen, search, folders, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)
    app = open_screen("tune", search=search.search_id)
    button(app, "Promote trial 2").click().run()
    assert not app.exception
    assert not app.error
    (run,) = list_runs(folders / "runs")
    recipe = run.config.recipe
    assert recipe.network.dense_units == (64, 256, 128)
    assert recipe.training.epochs == DISSERTATION.training.epochs
    (link,) = app.page_link
    assert link.label.startswith(f"Trial 2 is now the run {run.title}: ")
    # Another visit knows it from the runs.
    app = open_screen("tune", search=search.search_id)
    assert app.page_link[0].label == link.label
    app = open_screen("train", run=run.run_id)
    assert "found by trial 2 of search toy" in texts(app.markdown)


def test_a_deleted_search_comes_back_with_one_click(open_screen, search):
    app = open_screen("tune", search=search.search_id)
    button(app, "Delete").click().run()
    assert list_searches(search.root) == []
    assert "Deleted **toy**" in texts(app.markdown)
    button(app, "Undo").click().run()
    assert not app.exception
    assert list_searches(search.root) == [search]
    button(app, "Delete").click().run()
    button(app, "Dismiss").click().run()
    assert not texts(app.markdown).count("Deleted")
    button(app, "Restore").click().run()
    assert not app.exception
    assert list_searches(search.root) == [search]
    button(app, "Delete").click().run()
    button(app, "Empty for good").click().run()
    assert list_deleted(Search, search.root) == []


def test_a_promoted_trial_can_have_other_epochs_a_name_and_a_worker(
    open_screen, search, folders, monkeypatch
):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)
    app = open_screen("tune", search=search.search_id)
    app.text_input(key="promote_epochs.toy.2").set_value("7")
    app.toggle(key="promote_to_workers.toy.2").set_value(True)
    app.text_input(key="promote_name.toy.2").set_value("Chosen").run()
    assert "starts again, with 7 epochs" in texts(app.caption)
    button(app, "Promote trial 2").click().run()
    (run,) = list_runs(folders / "runs")
    assert run.config.name == "Chosen"
    assert run.config.recipe.training.epochs == 7
    assert run.status().waits_for_worker
    assert not app.text_input(key="promote_name.toy.2").value  # it is that run's now


def test_a_trial_is_promoted_again(open_screen, search, folders, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda run: None)
    app = open_screen("tune", search=search.search_id)
    for epochs, label in (("7", "Promote trial 2"), ("9", "Promote trial 2 again")):
        app.text_input(key="promote_epochs.toy.2").set_value(epochs).run()
        clicked = button(app, label)
        clicked.click().run()
        assert not app.exception
        assert not app.error
        # Else the second half of a double click would promote it once more.
        assert clicked.key not in [each.key for each in app.button]
    runs = list_runs(folders / "runs")
    assert {run.config.recipe.training.epochs for run in runs} == {7, 9}
    links = {unmarked(each.label) for each in app.page_link}
    called = names_of(runs)
    assert links == {f"Trial 2 is now the run {name}: see its progress" for name in called}


def test_the_chance_of_an_error_is_that_of_so_many_validation_galaxies(
    open_screen, search, dataset
):
    galaxies = 0.9 * 0.3 * dataset.card.n_galaxies
    shown = texts(open_screen("tune", search=search.search_id).caption)
    assert f"about {galaxies:,.0f} validation galaxies" in shown
    assert f"MAE is about {100 * galaxies**-0.5:.1f} % of it" in shown


def test_a_search_at_work_can_be_paused_and_shows_the_trial_under_way(
    open_screen, folders, dataset, search
):
    search = make_search(
        folders, dataset, [ended(1, OWN)], "second", state="running", trial=2, epoch=1, epochs=3
    )
    running = replace(ended(2, OWN), state="running", mae=None)
    search.write_begun(running)
    search.write_curves(2, records(1, 0.05))
    with search.worker_lock():
        app = open_screen("tune", search="second")
        assert not app.exception
        assert app.progress[0].text == "Trial 2, epoch 2 of at most 3"
        assert app.progress[0].value == pytest.approx(100 * (1 + 1 / 3) / 20, abs=1)
        assert table_with(app, "units_4")["state"].tolist() == [f"✓ {OWN_SIGN}", "… running"]
        button(app, "Pause").click().run()
        assert search.cancel_path.exists()
        assert app.progress[0].text == "Stopping after the current batch"
        assert button(app, "Cancel").disabled


def test_other_jobs_at_work_are_listed(open_screen, folders, dataset, waiting, search):
    search.write_status(replace(search.status(), state="queued"))
    with waiting.worker_lock(), search.worker_lock():
        app = open_screen("tune", search=search.search_id)
        jobs = table_with(app, "kind")
    assert app.progress[0].text == "Waits for the device"
    assert jobs[["job", "kind", "state"]].to_numpy().tolist() == [
        [waiting.run_id, "training", "queued"]
    ]


def test_a_lost_search_says_so_and_goes_on_with_more(open_screen, search, monkeypatch):
    started = []
    monkeypatch.setattr("core.jobs.queue.start_process", started.append)
    search.write_status(replace(search.status(), state="running"))
    app = open_screen("tune", search=search.search_id)
    assert "ended unexpectedly" in texts(app.error)
    app.text_input(key="resume.toy.3_trials").set_value("30")
    button(app, "Go on").click().run()
    assert not app.exception
    assert len(started) == 1
    assert search.budget == Budget(30)


def test_a_search_without_a_combination_left_says_so_and_offers_no_more(open_screen, search):
    search.write_status(replace(search.status(), state="done"))
    app = open_screen("tune", search=search.search_id)
    assert button(app, "Go on")
    search.write_status(replace(search.status(), message=NONE_LEFT))
    app.run()
    assert not app.exception
    assert texts(app.info) == NONE_LEFT
    assert not [each for each in app.button if each.label == "Go on"]


def test_a_search_can_go_on_by_minutes_alone(open_screen, search, monkeypatch):
    monkeypatch.setattr("core.jobs.queue.start_process", lambda search: None)
    app = open_screen("tune", search=search.search_id)
    app.segmented_control(key="resume.toy.3_ends").set_value("Minutes").run()
    # 75 s are spent: what is offered leaves it something.
    assert app.text_input(key="resume.toy.3_minutes").value == "16"
    app.text_input(key="resume.toy.3_minutes").set_value("45.0")
    button(app, "Go on").click().run()
    assert not app.exception
    assert search.budget == Budget(None, 45.0)


def test_a_shipped_search_cannot_be_changed(open_screen, search, folders):
    shipped = folders / "shipped" / "runs" / "searches"
    shipped.mkdir(parents=True)
    search.write_status(replace(search.status(), state="paused"))
    search.path.rename(shipped / search.search_id)
    app = open_screen("tune", search=search.search_id)
    assert not app.exception
    assert not [each for each in app.button if each.label in ("Go on", "Pause", "Cancel")]


SECTIONS = ["Slices", "Curves", "Parallel coordinates", "Importance", "Cost"]


@pytest.mark.parametrize("section", SECTIONS)
def test_what_the_trials_teach(open_screen, folders, dataset, section):
    make_search(folders, dataset, many())
    app = open_screen("tune", search="toy", tune_show=section)
    assert not app.exception
    assert not app.error
    labels = {each.label for each in app.get("download_button")}
    # What the trials teach stands alone, on the first screen.
    assert not app.metric
    if section == "Slices":
        assert app.multiselect[0].value == ["dense_layers", "units_4", "learning_rate"]
        assert len(app.get("plotly_chart")) == 1
        assert "Slices (CSV)" in labels
        app.multiselect[0].set_value([]).run()
        assert not app.exception
        assert "at least one" in texts(app.info)
    elif section == "Curves":
        assert len(app.get("vega_lite_chart")) == 1
        assert "Curves (CSV)" in labels
        best = min((one for one in many() if one.mae), key=lambda one: one.mae)
        assert f"Trial {best.number}, the best of these, is thick" in texts(app.caption)
        app.segmented_control(key="trial_curves_of").set_value("Loss").run()
        assert not app.exception
    elif section == "Parallel coordinates":
        assert len(app.get("plotly_chart")) == 1
        assert "Trials drawn (CSV)" in labels
        assert "network lies in this space" in texts(app.caption)
        assert app.multiselect[0].value == ["dense_layers", "units_4", "learning_rate"]
    elif section == "Importance":
        assert "with 29 trials" in texts(app.caption)
        assert "Importances (CSV)" in labels
        assert not app.warning
    else:
        assert len(app.get("vega_lite_chart")) == 2
        assert {"CPU time of the trial (CSV)", "Parameters (CSV)"} <= labels


def many_of(space, n=12):
    """Trials that take both ends of every dimension; only the last one decides their error."""
    random = np.random.default_rng(0)
    *others, last = space.dimensions
    trials = []
    for number in range(1, n + 1):
        values = {one.name: one.ends()[-int(random.integers(2))] for one in others}
        values[last.name] = last.ends()[-(number % 2)]
        trials.append(ended(number, values, mae=0.03 - 0.005 * (number % 2) + 1e-5 * number))
    return trials


@pytest.mark.parametrize("name", ["compact", "dissertation"])
def test_every_hyperparameter_that_varied_has_a_slice_and_is_in_its_file(
    open_screen, folders, dataset, files, name
):
    space = SPACES[name]
    make_search(folders, dataset, many_of(space), space=space)
    app = open_screen("tune", search="toy", tune_show="Slices")
    assert not app.exception
    names = [one.name for one in space.dimensions]
    varied = [one.name for one in space.dimensions if not one.fixed]
    (field,) = app.multiselect
    assert field.value == varied
    assert "all that took more than one value. The download has all." in field.help
    assert ("not shown" in texts(app.caption)) == (varied != names)
    field.set_value(varied[2:]).run()
    left = [label_of(each) for each in names if each not in varied[2:]]
    words = f"{len(left)} of {len(names)} hyperparameters not shown: {', '.join(left)}; any can be"
    assert words in texts(app.caption)
    assert {"trial", "mae", *names} == set(next(csv.reader(io.StringIO(files("toy-slices.csv")))))


def test_the_first_axes_are_those_that_tell_most_and_the_others_are_named(
    open_screen, folders, dataset
):
    space = SPACES["compact"]
    make_search(folders, dataset, many_of(space), space=space)
    app = open_screen("tune", search="toy", tune_show="Parallel coordinates")
    assert not app.exception
    (field,) = app.multiselect
    assert len(field.value) == 8
    assert field.value[-1] == "noise_augmentation"
    assert "the 8 that the MAE of the trials follows most" in field.help
    assert "6 of 14 hyperparameters not shown: " in texts(app.caption)


def test_what_importance_leaves_out_is_named(open_screen, folders, dataset):
    make_search(folders, dataset, many())
    app = open_screen("tune", search="toy", tune_show="Importance")
    words = "1 of 4 hyperparameters not shown: Units 1; one value in all trials."
    assert words in texts(app.caption)


def test_trials_that_are_too_many_for_slices_are_counted(
    open_screen, folders, dataset, monkeypatch
):
    monkeypatch.setattr("dashboard.figures.slices.MOST_POINTS", 30)
    make_search(folders, dataset, many())
    # All that varied are drawn: nothing is reckoned to choose among them.
    monkeypatch.setattr("dashboard.screens.tune.hyperparameters.telling", None)
    app = open_screen("tune", search="toy", tune_show="Slices")
    assert not app.exception
    assert "Only the best 10 trials are drawn." in texts(app.caption)


def test_trials_of_different_losses_share_no_axis(open_screen, folders, dataset):
    losses = Dimension("loss", "choice", values=("huber", "mse"))
    space = replace(SPACE, dimensions=(*SPACE.dimensions, losses))
    best, *others = (
        ended(number, OWN | {"loss": loss}, mae=0.02 + 0.001 * number)
        for number, loss in enumerate(["huber", "mse", "mse"], start=1)
    )
    make_search(folders, dataset, [best, *others], space=space)
    app = open_screen("tune", search="toy", tune_show="Curves")
    assert not [each for each in app.segmented_control if each.key == "trial_curves_loss"]
    app.segmented_control(key="trial_curves_of").set_value("Loss").run()
    assert not app.exception
    loss = app.segmented_control(key="trial_curves_loss")
    assert loss.label == "Loss, drawn for the trials that share it"
    (chart,) = app.get("vega_lite_chart")
    assert "of 1 trial over" in chart.proto.spec
    loss.set_value(loss.options[1]).run()
    (chart,) = app.get("vega_lite_chart")
    assert "of 2 trials over" in chart.proto.spec
    assert "Trial 2, the best of these, is thick" in texts(app.caption)


def test_few_trials_have_no_importances(open_screen, search):
    app = open_screen("tune", search=search.search_id, tune_show="Importance")
    assert "at least 10 finished trials; there are 2" in texts(app.info)


def test_sections_wait_for_a_trial_that_ended_well(open_screen, folders, dataset):
    make_search(folders, dataset, [ended(1, OWN, state="failed", mae=None, message="No.")])
    app = open_screen("tune", search="toy", tune_show="Cost")
    assert not app.exception
    assert "Results appear when a trial has succeeded" in texts(app.info)


def test_the_address_is_checked(open_screen, search):
    app = open_screen("tune", search="../../etc", tune_show="Nothing")
    assert not app.exception
    assert texts(app.warning).count("does not exist") == 2
    assert app.selectbox(key="search").value == search.search_id


def test_the_chosen_search_stands_in_the_address_and_outlives_a_change_of_page(
    open_screen, folders, dataset, search
):
    other = make_search(folders, dataset, search_id="other")
    app = open_screen("tune", search=search.search_id)
    assert app.query_params["search"] in (search.search_id, [search.search_id])
    app.selectbox(key="search").set_value(other.search_id).run()
    assert app.query_params["search"] in (other.search_id, [other.search_id])
    app.switch_page("views/home.py")
    app.query_params.clear()
    app.run()
    app.switch_page("views/tune.py").run()
    assert app.session_state["tune_view"] == "Searches"
    assert app.selectbox(key="search").value == other.search_id


def test_a_damaged_search_does_not_take_the_others_down(open_screen, folders, dataset, search):
    broken = make_search(folders, dataset, search_id="broken")
    (broken.path / "status.json").write_text("{half a line")
    app = open_screen("tune", search=search.search_id)
    assert not app.exception
    assert not app.error
    app.selectbox(key="search").set_value("broken").run()
    assert not app.exception
    assert "status.json is damaged" in texts(app.error)
    app.selectbox(key="search").set_value(search.search_id).run()
    assert not app.error


def test_messages_call_settings_as_the_form_does():
    with pytest.raises(ConfigError) as raised:
        Dimension("weight_decay", "float", 2.0, 1.0)
    assert space_in_words(str(raised.value)).startswith("Weight decay: the low end")
    assert space_in_words("units_3 and no_such_name") == "Units 3 and no_such_name"
    assert space_in_words("dropout, received '9', give 'dropout'") == (
        "dropout, received '9', give Dropout"
    )
