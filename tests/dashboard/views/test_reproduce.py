"""The Reproduce screen: every step drawn of the data set and run at hand, and the ways on."""

import pytest

from core.data.published import published
from core.reproduction import STEPS
from core.reproduction.steps import NONE
from dashboard.screens.train.basis import BASIS_KEY
from dashboard.shared.messages import plain
from dashboard.shared.ways import PRESET_KEY, VIEW_KEYS
from tests.support.apps import texts

TITLES = [step.title for step in STEPS]


def beside(app, header):
    """The one table that has such a column: published numbers and ours."""
    (found,) = [each.value for each in app.table if header in each.value.columns]
    return found.map(lambda cell: cell.replace("\\", ""))


def head(app):
    (found,) = [each.value for each in app.header]
    return found


def test_every_step_is_drawn_and_explained_and_leads_to_the_next(open_screen, mixture_run):
    app = open_screen("reproduce")
    for step in STEPS:
        assert not app.exception, step
        assert not app.error, step
        assert head(app) == f"{step.shown_in}: {step.title}"
        said = texts(app.markdown)
        assert step.look in said
        assert all(words in said for lesson in step.lessons for words in lesson)
        assert app.table
        if step.key != "network":
            assert [*app.get("plotly_chart"), *app.get("vega_lite_chart")], step
        if step is not STEPS[-1]:
            app.button(key="step_on").click().run()
            assert app.query_params["step"] == TITLES[STEPS.index(step) + 1]
    app.button(key="step_back").click().run()
    assert head(app).endswith(TITLES[-2])


def test_ours_are_those_of_the_data_set_and_run_at_hand(
    open_screen, dataset, mixture_run, finished
):
    app = open_screen("reproduce")
    rows = beside(app, "Redshifts").set_index("Redshifts")
    assert rows.loc["Mean"].tolist() == ["0.142", f"{dataset.z.mean():.4f}"]
    app = open_screen("reproduce", step="Errors", run="mixture-run")
    rows = beside(app, "z_spec")
    assert rows["Published: mean d"].iloc[0] == f"{published().table3['mean_error'].iloc[0]:.4f}"
    ours = mixture_run.summary()["evaluation"]["bins"][0]["mean_error"]
    assert rows["Ours: mean d"].iloc[0] == f"{ours:.4f}"
    app = open_screen("reproduce", step="p(z)")
    # Of the two, the one that gives p(z).
    assert app.selectbox(key="run").value == "mixture-run"
    assert set(beside(app, "Galaxies judged")["Published"]) == {NONE}


def test_what_a_step_shows_instead_does_not_become_the_choice(open_screen, mixture_run, finished):
    app = open_screen("reproduce", step="p(z)", run=finished.run_id)
    assert not app.warning
    assert app.selectbox(key="run").value == finished.run_id
    assert app.query_params["run"] == finished.run_id
    assert "no p(z). This step shows mixture-run" in texts(app.info)
    assert beside(app, "Galaxies judged").size
    app.segmented_control(key="step").set_value("Errors").run()
    assert app.query_params["step"] == "Errors"
    assert app.selectbox(key="run").value == finished.run_id


def test_overfitting_is_one_click_away(open_screen, mixture_run):
    app = open_screen("reproduce", step="Training")
    app.button(key="overfit").click().run()
    assert not app.exception
    values = {field.label: field.value for field in app.text_input}
    assert values["Added noise [error]"] == values["Weight decay"] == "0"
    assert "Differs from *compact-few* in: Weight decay, Added noise [error]." in texts(app.caption)


def test_the_preset_is_filled_in_where_one_goes_to_train(open_screen, finished):
    assert PRESET_KEY == BASIS_KEY
    app = open_screen("reproduce", step="Network")
    app.button(key="train_published").click().run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Train"]
    assert app.session_state[BASIS_KEY] == "dissertation"
    app = open_screen("reproduce", step="Network")
    app.button(key="train_ours").click().run()
    # Ours for so few galaxies.
    assert app.session_state[BASIS_KEY] == "compact-few"


@pytest.mark.parametrize(
    ("step", "way", "screen"),
    [
        ("Split", "train_on_split", "Train"),
        ("Network", "train_published", "Train"),
        ("Training", "overfit", "Train"),
        ("Network", "search_settings", "Tune"),
    ],
)
def test_a_form_is_for_the_data_set_in_use(
    open_screen, mixture_run, make_dataset_file, step, way, screen
):
    make_dataset_file("thesis", n=50)
    app = open_screen("reproduce", step=step)
    app.selectbox(key="data").set_value("thesis").run()
    app.button(key=way).click().run()
    assert not app.exception
    assert [title.value for title in app.title] == [screen]
    assert app.query_params["data"] == "thesis"
    assert app.selectbox(key="data").value == "thesis"
    assert ":small[50 galaxies]" in app.sidebar.markdown[0].value


@pytest.mark.parametrize("step", ["Redshifts", "Training"])
def test_with_nothing_at_hand_the_way_to_something_is_shown(open_screen, step):
    app = open_screen("reproduce", step=step)
    assert not app.exception
    assert not app.error
    assert "There is no" in texts(app.info)
    assert texts(app.markdown)


def test_a_run_that_is_at_work_is_not_offered(open_screen, waiting):
    app = open_screen("reproduce", step="Training")
    assert not app.exception
    assert "There is no complete run" in texts(app.info)


def test_an_address_of_a_run_at_work_is_told_so(open_screen, waiting, finished):
    app = open_screen("reproduce", step="Training", run=waiting.run_id)
    assert not app.exception
    assert "a run that is not complete; another one is shown" in texts(app.warning)
    assert app.selectbox(key="run").value == finished.run_id


def test_an_address_without_sense_shows_the_first_step(open_screen, dataset):
    app = open_screen("reproduce", step="Nonsense")
    assert "names a step that does not exist" in texts(app.warning)
    assert head(app).endswith(TITLES[0])


def test_the_step_is_where_it_was_left(open_screen, mixture_run):
    app = open_screen("reproduce", step="Training")
    app.button(key="overfit").click().run()
    assert [title.value for title in app.title] == ["Train"]
    app.query_params.clear()  # as the sidebar leads there
    app.switch_page("views/reproduce.py").run()
    assert head(app).endswith("Training")
    assert app.query_params["step"] == "Training"
    app.segmented_control(key="step").set_value(TITLES[0]).run()
    assert head(app).endswith(TITLES[0])


def test_the_form_that_a_step_opens_says_what_to_see_and_leads_back(open_screen, mixture_run):
    app = open_screen("reproduce", step="Training")
    app.button(key="overfit").click().run()
    assert "**Reproduce, Training.** Start, then watch the curves under Runs" in texts(app.markdown)
    (back,) = [
        each for each in app.get("page_link") if each.proto.label == "Back to Reproduce, Training"
    ]
    assert "step=Training" in back.proto.query_string
    app.button(key="end_lesson").click().run()
    assert "Reproduce, Training" not in texts(app.markdown)


def test_a_form_opens_also_where_its_screen_was_left_with_the_jobs_at_hand(
    open_screen, mixture_run
):
    app = open_screen("train")
    app.session_state[VIEW_KEYS["train"]] = "Runs"
    app.run()
    app.query_params.clear()
    app.query_params["step"] = "Training"
    app.switch_page("views/reproduce.py").run()
    app.button(key="overfit").click().run()
    assert not app.exception
    assert app.session_state[VIEW_KEYS["train"]] == "New training"
    assert app.text_input(key="split_test").value == "10"


def test_the_search_is_in_the_space_that_the_documentation_names(open_screen, mixture_run):
    app = open_screen("reproduce", step="Network")
    app.button(key="search_settings").click().run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Tune"]
    (network,) = [step for step in STEPS if step.title == "Network"]
    assert app.segmented_control(key="space").value == "dissertation"
    assert "--space dissertation" in network.commands
    assert "**Reproduce, Network.**" in texts(app.markdown)


def test_the_last_step_says_what_to_do_next(open_screen, mixture_run):
    app = open_screen("reproduce", step=TITLES[-1])
    assert "What next?" in texts(app.markdown)
    assert "What next?" not in texts(open_screen("reproduce", step=TITLES[-2]).markdown)


def test_each_figure_says_whose_galaxies_it_shows(open_screen, dataset, mixture_run):
    n = len(mixture_run.predictions())
    whose = f"**{n:,} galaxies** of the test part of {plain(mixture_run.config.data.name)}"
    for step in ("Errors", "Two histograms", "Predicted and true", "p(z)"):
        app = open_screen("reproduce", step=step, run="mixture-run")
        assert whose in texts(app.markdown), step
    app = open_screen("reproduce", step="Training", run="mixture-run")
    assert f"Training: {mixture_run.summary()['n_train']:,} galaxies" in texts(app.caption)
    app = open_screen("reproduce")
    assert "scaled to this set's size and bin width" in texts(app.caption)
    assert "z_spec is measured from lines" in texts(app.markdown)


def test_a_table_is_taken_along_as_the_text_that_it_is(open_screen, dataset, files):
    app = open_screen("reproduce")
    assert not app.exception
    header, _, first = files("small-figure-10.md").splitlines()[2:5]
    assert header.replace("\\", "") == "| Redshifts | Published | Ours |"
    assert first.startswith(f"| Galaxies | {published().n_galaxies:,} |")
