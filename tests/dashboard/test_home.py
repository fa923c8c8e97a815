"""Home: empty states, the data set in use, runs, and hostile addresses."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.atomic import write_json
from core.data.archive.build_job import Build, BuildConfig
from core.data.archive.fetch_job import FetchConfig, FetchJob
from core.data.archive.match_job import Match, MatchConfig
from core.data.dataset import Dataset
from core.data.split import SplitConfig
from core.inspection import MapJob
from core.jobs import Job
from core.jobs.roots import create
from core.model.presets import get_preset
from core.questions import (
    AboutData,
    AboutSpectra,
    Catalogue,
    Comparison,
    DensitiesOfData,
    Evaluation,
    Recalibration,
    TrainingTime,
    about_time,
)
from core.runs import METRICS, DataReference, Run, RunConfig, Status, create_run
from core.runs.best import why_best
from core.scale import CatalogueConfig, CatalogueJob
from core.tuning.search import Budget, SearchConfig, create_search
from core.tuning.spaces import SPACES
from dashboard.shared.messages import plain
from tests.support.apps import select, unmarked

OpenScreen = Callable[..., AppTest]


@pytest.fixture
def make_run(folders: Path) -> Callable[..., Run]:
    def made(run_id: str, status: Status, summary: dict | None = None) -> Run:
        data = DataReference("../data/small.parquet", "small", "00", 400, "simulated")
        config = RunConfig(run_id, run_id, "compact", get_preset("compact"), data, SplitConfig())
        run = create_run(folders / "runs", config)
        run.write_status(status)
        if summary:
            run.write_summary(summary)
        return run

    return made


def texts(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join(element.value for element in elements)


def test_empty_home_says_what_to_do(open_screen: OpenScreen) -> None:
    app = open_screen("home")
    assert not app.exception
    assert "Upload a table of spectra or simulate one" in texts(app)
    assert "There are no runs yet" in texts(app)
    assert not app.selectbox


def test_data_set_in_use_is_called_simulated(open_screen: OpenScreen, dataset: Dataset) -> None:
    app = open_screen("home")
    assert not app.exception
    assert app.selectbox(key="data").value == "small"
    assert "badge[simulated] :small[400 galaxies]" in app.sidebar.markdown[0].value
    assert f"400 galaxies, made {dataset.card.created[:10]}" in unmarked(texts(app))
    assert f"content `{dataset.card.hash[:12]}`" in unmarked(texts(app))


def test_observed_data_are_not_called_simulated(
    open_screen: OpenScreen, make_dataset_file: Callable[..., Path]
) -> None:
    make_dataset_file("mine", origin="observed")
    assert "simulated" not in texts(open_screen("home")).lower()


def test_runs_table_shows_the_errors_of_complete_runs(
    open_screen: OpenScreen, dataset: Dataset, make_run: Callable[..., Run]
) -> None:
    summary = {"evaluation": {"mae": 0.0219, "sigma_nmad": 0.0223}}
    good = make_run("good", Status("done", 20, 20, seconds=90.0), summary)
    good.annotate(name="Best so far")
    make_run("broken", Status("failed", message="out of memory"))
    app = open_screen("home")
    assert not app.exception
    table = app.dataframe[0].value.set_index("run")
    assert table.loc["good", "mae"] == 0.0219
    assert table.loc["good", "name"] == "Best so far"
    assert table.loc["broken", "state"] == "failed"
    # The first row is chosen, and leads on.
    assert table.index[0] in texts(app)
    select(app, "home_runs", rows=[0], cells=[[list(table.index).index("good"), "mae"]])
    assert "**Best so far**" in unmarked(texts(app))
    (link,) = [each for each in app.get("page_link") if each.proto.page == "evaluate"]
    assert "run=good" in link.proto.query_string


def test_the_best_runs_are_listed_and_all_of_them_linked(
    open_screen: OpenScreen, dataset: Dataset, make_run: Callable[..., Run]
) -> None:
    for number in range(10):
        run = make_run(f"run-{number}", Status("done"), {"best_epoch": 1})
        run.write_metrics([dict.fromkeys(METRICS, 0.01 * (1 + number)) | {"epoch": 1}])
    run.annotate(pinned=True)
    app = open_screen("home")
    assert not app.exception
    shown = app.dataframe[0].value["run"].tolist()
    assert shown == ["run-9", *(f"run-{number}" for number in range(7))]
    assert "All 10 runs" in {link.proto.label for link in app.get("page_link")}


def test_a_damaged_run_does_not_take_home_down(
    open_screen: OpenScreen, dataset: Dataset, make_run: Callable[..., Run]
) -> None:
    run = make_run("bad", Status("done"))
    (run.path / "status.json").write_text("{half a line")
    app = open_screen("home")
    assert not app.exception
    assert app.dataframe[0].value.set_index("run").loc["bad", "state"] == "damaged"


def test_at_work_shows_progress(
    open_screen: OpenScreen, dataset: Dataset, make_run: Callable[..., Run]
) -> None:
    run = make_run("busy", Status("running", 5, 20, device="a CPU"))
    with run.worker_lock():
        app = open_screen("home")
    assert not app.exception
    assert app.get("progress")[0].value == 25
    assert "epoch 5 of 20" in app.get("progress")[0].text
    run.annotate(name="first try")
    make_run("other", Status("done")).annotate(name="first try")
    with run.worker_lock():
        assert "first try (busy): epoch" in unmarked(open_screen("home").get("progress")[0].text)


def test_at_work_shows_a_search(open_screen: OpenScreen, dataset: Dataset, folders: Path) -> None:
    config = SearchConfig(
        "hunt-1", "hunt", SPACES["compact"], "random", Budget(trials=8),
        DataReference("small.parquet", "small", "00", 400, "simulated"), SplitConfig(), epochs=4,
    )  # fmt: skip
    search = create_search(folders / "runs", config)
    search.write_status(
        replace(search.status(), state="running", trials_done=2, best_mae=0.0217, device="a CPU")
    )
    with search.worker_lock():
        app = open_screen("home")
        create_search(folders / "runs", replace(config, search_id="hunt-2"))
        named_alike = open_screen("home").get("progress")
    assert "Search hunt (hunt-1): 2 of 8" in unmarked(named_alike[0].text)
    assert not app.exception
    assert app.get("progress")[0].value == 25
    assert "Search hunt: 2 of 8 trials ended" in app.get("progress")[0].text
    assert "Lowest validation MAE so far 0.0217 on a CPU" in texts(app)
    assert "Nothing is running" not in texts(app)


@pytest.fixture
def jobs_of_every_kind(
    folders: Path, dataset: Dataset, make_run: Callable[..., Run]
) -> Iterator[dict[str, Job]]:
    """A job of each kind but trainings and searches, at work; by the words on Home."""
    runs = [str(make_run(name, Status("done")).path) for name in ("one", "two")]
    data = str(folders / "data" / "small.parquet")
    asked = {
        "Evaluation, one: 120 of 300 spectra": (Evaluation, AboutData((runs[0],), ("",), data)),
        "Prediction of p(z), one: 120 of 300 spectra": (
            *(DensitiesOfData, AboutData((runs[0],), ("",), data)),
        ),
        "Comparison, one, two: 120 of 300 spectra": (*(Comparison, AboutData((*runs,), ("", ""))),),
        "Prediction, two: 120 of 300 spectra": (Catalogue, AboutSpectra(runs[1], "", "00", 300)),
    }
    about = about_time(get_preset("compact"), 100, 50, "cpu")
    asked["Measurement of a training's time: 120 of 300 spectra"] = (TrainingTime, about)
    made: dict[str, Job] = {
        said: create(kind, folders / "runs", kind.id_of(config), config)
        for said, (kind, config) in asked.items()
    }
    for job in made.values():
        job.update(state="running", done=120, total=300)
    config = CatalogueConfig(runs[0], ("/data/*.csv",))
    made["Catalogue files: 2 of 5 files"] = create(CatalogueJob, folders / "runs", "files", config)
    made["Catalogue files: 2 of 5 files"].update(state="running", files=5, files_done=2)
    (Path(runs[1]) / "model.onnx").touch()
    making = MapJob(Path(runs[1]))
    making.update(state="running", done=3, total=80)
    fetching = create(FetchJob, folders / "runs", "fetch-1", FetchConfig("M 87", galaxies=9))
    fetching.update(state="running", done=500, total=2000)
    made["Fetch of M 87, Gaia DR3: 500 of 2,000 sources"] = fetching
    matching = create(Match, fetching.path, "match", MatchConfig("sdss.fits"))
    matching.update(state="running", message="Reading sdss.fits and matching it")
    made["Match of M 87: Reading sdss.fits and matching it"] = matching
    building = create(Build, fetching.path, "build", BuildConfig("/data", "virgo", "Virgo"))
    building.update(state="running", done=100, total=400)
    made["Data set Virgo: 100 of 400 spectra"] = building
    made["Wavelength map of two: 3 of 80 places in the spectrum hidden"] = making
    with ExitStack() as stack:
        for job in made.values():
            stack.enter_context(job.worker_lock())
        yield made


def test_at_work_shows_jobs_of_every_kind(
    open_screen: OpenScreen, jobs_of_every_kind: dict[str, Job]
) -> None:
    app = open_screen("home")
    assert not app.exception
    assert not app.error
    assert {unmarked(bar.text) for bar in app.get("progress")} == set(jobs_of_every_kind)
    links = [link.proto for link in app.get("page_link") if link.proto.label == "Open"]
    shown = sorted((each.page, each.query_string) for each in links)
    at = "data=small&on=Data+set+in+use"
    assert shown == [
        ("compare", "runs=one&runs=two"),
        ("data", "section=Add+data&fetch=fetch-1"),
        ("data", "section=Add+data&fetch=fetch-1"),
        ("evaluate", f"run=one&{at}"),
        ("evaluate", "run=one&show=p%28z%29&" + at),
        ("evaluate", "run=two&show=Wavelengths"),
        ("predict", "fetch=fetch-1"),
        ("predict", "run=one"),
        ("predict", "run=two"),
        ("train", ""),
    ]


def test_each_can_be_cancelled_from_home(
    open_screen: OpenScreen, jobs_of_every_kind: dict[str, Job]
) -> None:
    app = open_screen("home")
    for said, job in jobs_of_every_kind.items():
        assert not job.cancel_path.exists()
        (button,) = [each for each in app.button if each.key == f"cancel {job.kind} {job.path}"]
        app = button.click().run()
        assert not app.exception
        assert job.cancel_path.read_text() == "cancelled", said
    words = {unmarked(bar.text).split(": ")[1] for bar in app.get("progress")}
    assert words == {"Stopping"}
    assert all(each.disabled for each in app.button if each.label == "Cancel")


def test_what_ended_last_and_the_best_run_are_linked(
    open_screen: OpenScreen, dataset: Dataset, make_run: Callable[..., Run]
) -> None:
    app = open_screen("home")
    assert "Nothing of yours yet." in texts(app)
    assert "No calibrated run yet." in texts(app)
    make_run("older", Status("done", 20, 20, ended="2026-01-01T10:00:00+00:00"))
    make_run("newer", Status("failed", 3, 20, message="out of memory", ended="2026-01-02T10:00:00"))
    best = make_run("best", Status("done", 1, 1), {"best_epoch": 1, "evaluation": {"mae": 0.03}})
    best.write_metrics([dict.fromkeys(METRICS, 0.02) | {"epoch": 1}])
    best.calibration_path.write_bytes(b"a calibration")
    app = open_screen("home")
    assert not app.exception
    assert "newer :red-badge[:material/error: failed]" in texts(app)
    assert "out of memory. Ended 2026-01-02 10:00 UTC." in unmarked(texts(app))
    assert f"The best{why_best(best).removeprefix('the best')}, test MAE 0.0300" in texts(app)
    links = {(link.proto.page, link.proto.query_string) for link in app.get("page_link")}
    assert {("train", "run=newer"), ("predict", "run=best"), ("evaluate", "run=best")} <= links


def test_a_calibration_that_ended_names_the_run_that_it_made(
    open_screen: OpenScreen, dataset: Dataset, make_run: Callable[..., Run], folders: Path
) -> None:
    path = str(make_run("one", Status("done")).path)
    make_run("one-anew", Status("done"))
    about = AboutData((path,), ("",), str(folders / "data" / "small.parquet"))
    job = create(Recalibration, folders / "runs", Recalibration.id_of(about), about)
    numbers = dict.fromkeys(("n", "mae", "bias", "sigma_nmad"), 1.0)
    made = {"run_id": "one-anew", "sentences": [], "covered": []}
    write_json(job.made_path, made | {"before": numbers, "after": numbers})
    job.update(state="done", ended="2026-01-02T10:00:00")
    app = open_screen("home")
    assert not app.exception
    assert "Made one-anew. Ended 2026-01-02 10:00 UTC." in unmarked(texts(app))
    assert "Reading" not in texts(app)
    links = [link.proto for link in app.get("page_link") if link.proto.label == "Evaluate it"]
    assert [each.query_string.rpartition("&")[2] for each in links] == ["run=one-anew"]
    shutil.rmtree(folders / "runs" / "one-anew")
    app.run()
    assert "one-anew" not in texts(app)


def test_a_damaged_curve_does_not_hide_the_other_trainings(
    open_screen: OpenScreen, dataset: Dataset, make_run: Callable[..., Run]
) -> None:
    bad, good = (make_run(name, Status("running", 5, 20)) for name in ("bad", "good"))
    (bad.path / "metrics.jsonl").write_text("{half a line\n")
    with bad.worker_lock(), good.worker_lock():
        app = open_screen("home")
    assert not app.exception
    assert len(app.get("progress")) == 2
    assert "metrics.jsonl is damaged" in texts(app).replace("\\", "")


def test_the_table_follows_while_another_run_still_trains(
    open_screen: OpenScreen,
    dataset: Dataset,
    make_run: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for run_id in ("one", "two"):
        make_run(run_id, Status("done"))
    app = open_screen("home")
    # The page sees both at work, its live part sees one of them end, the page is drawn anew.
    both = {"one": Status("running"), "two": Status("queued")}
    seen = [both, {"two": Status("running")}, {}, {}]
    monkeypatch.setattr("core.jobs.active", lambda jobs: seen.pop(0) if "one" in jobs else {})
    app.run()
    assert not seen
    assert not app.exception


@pytest.mark.parametrize(
    "value", ["../../etc/passwd", "small.parquet", "", "<script>alert(1)</script>", "é" * 3000]
)
def test_hostile_data_set_in_the_address_falls_back_with_a_notice(
    open_screen: OpenScreen, dataset: Dataset, value: str
) -> None:
    app = open_screen("home", data=value)
    assert not app.exception
    assert app.selectbox(key="data").value == "small"
    assert [warning.value for warning in app.warning] == [
        "The address names a data set that does not exist; another one is shown."
    ]


def test_address_chooses_the_data_set(
    open_screen: OpenScreen, dataset: Dataset, make_dataset_file: Callable[..., Path]
) -> None:
    make_dataset_file("other", n=50)
    app = open_screen("home", data="other")
    assert not app.warning
    assert app.selectbox(key="data").value == "other"
    assert ":small[50 galaxies]" in app.sidebar.markdown[0].value


def test_hostile_card_cannot_format_the_page(
    open_screen: OpenScreen, make_dataset_file: Callable[..., Path]
) -> None:
    hostile = "`![](//a.b)"
    make_dataset_file("evil", name=hostile, config_hash=hostile, created=hostile[1:])
    for screen in ("home", "data"):
        app = open_screen(screen)
        assert not app.exception
        shown = [app.sidebar.markdown[0].value, *(element.value for element in app.main.markdown)]
        shown += [str(cell) for table in app.table for cell in table.value.iloc[:, 0]]
        assert not [text for text in shown if re.search(r"(^|[^`])!\[\]\(", text)]


def test_plain_escapes_what_markdown_would_render() -> None:
    hostile = "![x](http://example.org/x.png) :red[a] `b` <b> $c$"
    escaped = plain(hostile)
    for sign in "![](:`<>$)":
        assert escaped.count(f"\\{sign}") == hostile.count(sign)
    assert unmarked(escaped) == hostile


@pytest.mark.parametrize(
    ("name", "live"),
    [
        ("see https://evil.example/x", "://"),
        ("WWW.evil.example", "WWW."),
        ("me@evil.example", "@evil"),
        (":smile:", ":smile"),
        (":material/delete:", ":material"),
        ("a -> b <- c -- d >= e", "->"),
    ],
)
def test_plain_leaves_no_links_icons_and_arrows(name: str, live: str) -> None:
    shown = plain(name)
    assert live not in shown.replace("\\", "")
    assert unmarked(shown) == name


def test_a_data_set_that_is_deleted_meanwhile_gives_way(
    open_screen: OpenScreen, dataset: Dataset, make_dataset_file: Callable[..., Path]
) -> None:
    path = make_dataset_file("passing", n=50)
    app = open_screen("home", data="passing")
    path.unlink()
    app.run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="data").value == "small"
