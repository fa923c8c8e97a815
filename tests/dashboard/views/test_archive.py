"""From the Gaia Archive, on Predict and on Data, against an archive on this machine."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.data.archive import build_job, fetch_job, match_job
from core.data.archive.build_job import build_of
from core.data.archive.fetch_job import FetchConfig, FetchJob, list_fetches
from core.data.archive.match_job import match_of
from core.data.dataset import Dataset, load_dataset
from core.jobs import Job, JobStatus, finish, stop, wait
from core.jobs.roots import create
from core.runs import Run
from dashboard.screens.archive import form
from dashboard.screens.predict import folder
from tests.support.apps import predicted_catalogue, texts, unmarked
from tests.support.archive_server import ArchiveServer
from tests.support.xp_archive_files import sources_of

OpenScreen = Callable[..., AppTest]
OF_DR4 = "SELECT source_id FROM gaiadr4.gaia_source"


@pytest.fixture(autouse=True)
def asked_here(archive: ArchiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dashboard asks the archive on this machine, as its starter named it.

    One test has a process wait for a fetch, as the dashboard does; the others would start it in
    vain.
    """
    monkeypatch.setenv("XPZ_ARCHIVE", archive.url)
    monkeypatch.setattr(form, "expect_fetch", lambda: None)


def click(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label == label]
    return button.click().run()


def ask_for_ids(app: AppTest, ids: list[int]) -> AppTest:
    return app.text_area(key="archive_ids").set_value(", ".join(map(str, ids))).run()


def the_fetch(folders: Path) -> FetchJob:
    (job,) = list_fetches(folders / "runs")
    return job


@pytest.fixture
def fetched(folders: Path) -> Callable[[], FetchJob]:
    """Return what waits for the one fetch to be done."""

    def wait_for() -> FetchJob:
        job = the_fetch(folders)
        try:
            return finish(job)
        finally:
            if job.is_active:
                stop(job)
                wait(job)

    return wait_for


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Job], JobStatus]:
    """Leave jobs to the test, and return what works on one: a process would import for a second."""
    monkeypatch.setattr("core.jobs.queue.start_process", lambda job: None)

    def work(job: Job) -> JobStatus:
        {"fetch": fetch_job, "match": match_job, "build": build_job}[job.kind].work(job)
        return job.status()

    return work


def test_ids_become_redshifts_on_the_screen(
    open_screen: OpenScreen,
    mixture_run: Run,
    dataset: Dataset,
    archive: ArchiveServer,
    fetched: Callable[[], FetchJob],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(form, "expect_fetch", fetch_job.expect_fetch)
    archive.spectra = sources_of(dataset.flux[:20], archive.sources["source_id"])
    ids = archive.sources["source_id"].tolist()[:3]
    app = open_screen("predict", run=mixture_run.run_id, spectra="Gaia Archive")
    ask_for_ids(app, ids)
    assert "**3 sources**, about 39 kB" in unmarked(texts(app.markdown))
    assert "tap_upload" in " ".join(each.value for each in app.code)
    assert not archive.asked, "nothing is asked before the visitor starts it"
    click(app, "Start fetch").run()
    assert not app.exception
    job = fetched()
    app.run()
    assert not app.exception
    assert not app.error
    table = predicted_catalogue(app)
    assert table["source_id"].tolist() == [str(source) for source in ids]
    assert table["z"].notna().all()
    known = archive.sources.set_index("source_id").loc[ids]
    assert table["own.ra"].tolist() == pytest.approx(known["ra"].tolist())
    assert table["own.g_mag"].tolist() == pytest.approx(known["phot_g_mean_mag"].tolist())
    # p(z) and the spectrum of the first.
    assert len(app.get("plotly_chart")) >= 1
    assert archive.spectra_asked() == [ids]
    account = job.account()
    assert (account.rows, account.used) == (3, 3)


def test_a_larger_fetch_opens_by_a_click(
    open_screen: OpenScreen,
    finished: Run,
    archive: ArchiveServer,
    folders: Path,
    worked: Callable[[Job], JobStatus],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dashboard.screens.archive.opening.OPEN_BY_ITSELF", 5)
    monkeypatch.setattr(form, "CHUNK", 4)
    app = open_screen("predict", run=finished.run_id, spectra="Gaia Archive")
    app.segmented_control(key="archive_way").set_value("Galaxies").run()
    app.text_input(key="archive_galaxies").set_value("9").run()
    assert "**9 galaxies at most**" in unmarked(texts(app.markdown))
    click(app, "Start fetch").run()
    job = the_fetch(folders)
    assert worked(job).state == "done"
    app.run()
    assert not [each for each in app.dataframe if "z_lower" in each.value]
    assert "**9 spectra** of 9" in unmarked(texts(app.markdown))
    click(app, "Open in Predict").run()
    assert len(predicted_catalogue(app)) == 9
    assert "From the Gaia Archive: 9 galaxies, Gaia DR3" in unmarked(texts(app.caption))
    assert [len(ids) for ids in archive.spectra_asked()] == [4, 4, 1]
    # Another visitor, or this one after a reload, finds it by its address.
    again = open_screen("predict", run=finished.run_id, fetch=job.id)
    click(again, "Open in Predict").run()
    assert len(predicted_catalogue(again)) == 9


def test_a_file_of_ids_is_asked_for(open_screen: OpenScreen, finished: Run) -> None:
    app = open_screen("predict", spectra="Gaia Archive")
    app.segmented_control(key="archive_way").set_value("File of ids").run()
    field = app.file_uploader(key="archive_ids_file")
    field.upload("mine.csv", b"source_id\n12\n13\n12\n", "text/csv").run()
    assert "**2 sources**" in unmarked(texts(app.markdown))


def test_a_place_is_counted_only_when_asked(
    open_screen: OpenScreen, finished: Run, archive: ArchiveServer
) -> None:
    app = open_screen("predict", spectra="Gaia Archive")
    app.segmented_control(key="archive_way").set_value("Name or position").run()
    app.text_input(key="archive_place").set_value("0 90").run()
    app.text_input(key="archive_radius").set_value("120.0").run()
    app.text_input(key="archive_radius").set_value("200").run()
    said = "Radius [deg]: expected a number from 0.001 to 180; received 200."
    assert said in unmarked(texts(app.markdown))
    assert not any("Count" in each.label for each in app.button)
    app.text_input(key="archive_radius").set_value("120").run()
    assert not archive.asked
    assert "named as in DR3, with the release's number" in texts(app.caption).replace("\\", "")
    click(app, "Count the sources")
    inside = (archive.sources["dec"] >= -30).sum()
    assert f"**{inside} sources found**" in unmarked(texts(app.markdown))
    # The archive has told its own names.
    assert "named as in DR3" not in texts(app.caption)
    assert len(archive.queries()) == 1
    assert not archive.spectra_asked()


def test_a_name_asks_sesame_by_a_click_alone(
    open_screen: OpenScreen, finished: Run, archive: ArchiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def sesame(name: str) -> tuple[float, float]:
        asked.append(name)
        return 187.70593, 12.39112

    monkeypatch.setattr("dashboard.screens.archive.wanted.find_place", sesame)
    app = open_screen("predict", spectra="Gaia Archive")
    app.segmented_control(key="archive_way").set_value("Name or position").run()
    app.text_input(key="archive_place").set_value("M 87").run()
    assert not asked
    click(app, "Look up").run()
    assert asked == ["M 87"]
    assert "CIRCLE(187.70593, 12.39112, 0.5)" in " ".join(each.value for each in app.code)
    assert not archive.asked


@pytest.mark.parametrize(
    ("way", "key", "text", "said"),
    [
        ("Source ids", "archive_ids", "12 abc", "Source ids: expected whole numbers"),
        ("Source ids", "archive_ids", "Gaia DR2 12", "of Gaia DR2, where the same number"),
        ("ADQL", "archive_adql", "/etc/passwd", "expected a query that begins with SELECT"),
        ("ADQL", "archive_adql", "SELECT ra FROM t", "a query that selects source_id, received"),
        ("ADQL", "archive_adql", OF_DR4, "sources of Gaia DR3, received one of gaiadr4 alone"),
    ],
)
def test_what_cannot_be_asked_is_said(
    open_screen: OpenScreen,
    finished: Run,
    archive: ArchiveServer,
    way: str,
    key: str,
    text: str,
    said: str,
) -> None:
    app = open_screen("predict", spectra="Gaia Archive")
    app.segmented_control(key="archive_way").set_value(way).run()
    app.text_area(key=key).set_value(text).run()
    assert not app.exception
    assert said in unmarked(texts(app.error))
    (start,) = [each for each in app.button if each.label == "Start fetch"]
    assert start.disabled
    assert not archive.asked


def test_ids_of_a_release_are_asked_for_once_it_is_chosen(open_screen: OpenScreen) -> None:
    app = open_screen("predict", spectra="Gaia Archive")
    app.text_area(key="archive_ids").set_value("Gaia DR4 4111834567779557376").run()
    (said,) = [unmarked(each.value) for each in app.error]
    assert said.startswith("Pasted ids: expected identifiers of Gaia DR3")
    assert "choose 'Gaia DR4' as the Release" in said
    app.selectbox(key="archive_release").set_value("Gaia DR4").run()
    assert not app.error


def test_a_query_is_of_the_release_that_is_chosen(open_screen: OpenScreen, finished: Run) -> None:
    app = open_screen("predict", spectra="Gaia Archive")
    app.segmented_control(key="archive_way").set_value("ADQL").run()
    app.text_area(key="archive_adql").set_value(OF_DR4).run()
    app.selectbox(key="archive_release").set_value("Gaia DR4").run()
    assert not app.error
    assert app.text_area(key="archive_adql").value == OF_DR4
    assert "FROM gaiadr4.gaia_source" in app.text_area(key="archive_adql").placeholder
    (start,) = [each for each in app.button if each.label == "Start fetch"]
    assert not start.disabled


def test_a_refusal_is_said_in_the_archives_words(
    open_screen: OpenScreen, finished: Run, folders: Path, worked: Callable[[Job], JobStatus]
) -> None:
    app = open_screen("predict", spectra="Gaia Archive")
    app.segmented_control(key="archive_way").set_value("ADQL").run()
    app.text_area(key="archive_adql").set_value("SELECT source_id FROM nosuchtable").run()
    click(app, "Start fetch").run()
    assert worked(the_fetch(folders)).state == "failed"
    app.run()
    assert "1 unresolved identifiers: nosuchtable" in unmarked(texts(app.error))
    # It would be refused again.
    assert "Resume" not in [each.label for each in app.button]
    job = the_fetch(folders)
    assert job.can_resume(replace(job.status(), total=10)), "what has come can be completed"


def test_a_fetch_is_cancelled_in_the_midst_of_a_request_and_goes_on(
    open_screen: OpenScreen,
    finished: Run,
    folders: Path,
    archive: ArchiveServer,
    fetched: Callable[[], FetchJob],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(form, "CHUNK", 5)
    archive.trouble = ["ok", "ok", "silent"]  # the query, the first spectra, the next
    app = open_screen("predict", spectra="Gaia Archive")
    ids = archive.sources["source_id"].tolist()[:10]
    ask_for_ids(app, ids)
    click(app, "Start fetch").run()
    job = the_fetch(folders)
    while job.read_status().done < 5 and job.is_active:
        time.sleep(0.05)
    app.run()
    click(app, "Cancel")
    assert wait(job).state == "cancelled"
    assert archive.spectra_asked() == [ids[:5], ids[5:]]
    app.run()
    assert "Resume goes on after 5 of 10 sources" in unmarked(texts(app.info))
    click(app, "Resume")
    assert fetched().report().n_spectra == 10
    assert archive.spectra_asked() == [ids[:5], ids[5:], ids[5:]]


def test_a_fetch_becomes_a_training_set_by_clicks(
    open_screen: OpenScreen,
    dataset: Dataset,
    folders: Path,
    archive: ArchiveServer,
    worked: Callable[[Job], JobStatus],
) -> None:
    app = open_screen("data", section="Add data")
    app.segmented_control(key="archive_way").set_value("Galaxies").run()
    app.text_input(key="archive_galaxies").set_value("12").run()
    click(app, "Start fetch").run()
    job = the_fetch(folders)
    assert worked(job).state == "done"
    app.run()
    sources = pd.read_parquet(job.sources)
    redshifts = pd.DataFrame(
        {"ra": sources["ra"], "dec": sources["dec"], "z": 0.1 + 0.01 * sources.index}
    )[:8]
    far = redshifts.assign(dec=-redshifts["dec"]).to_csv(index=False).encode()
    app.file_uploader(key="archive_redshifts").upload("far.csv", far, "text/csv").run()
    click(app, "Match")
    assert worked(match_of(job)).state == "failed"
    app.run()
    said = unmarked(texts(app.error))
    assert "No redshift lies within 1 arcsec" in said
    assert "Column of right ascensions" in said
    table = redshifts.to_csv(index=False).encode()
    app.file_uploader(key="archive_redshifts").upload("sdss.csv", table, "text/csv").run()
    click(app, "Match")
    assert worked(match_of(job)).state == "done"
    # Another visitor, or this one after a reload, finds what was matched.
    app = open_screen("data", section="Add data", fetch=job.id)
    assert not app.error, [each.value for each in app.error]
    assert "Matched: 8 galaxies" in unmarked(texts(app.markdown)).replace("*", "")
    app.text_input(key=f"archive_name_{job.id}").set_value("Virgo").run()
    click(app, "Build the data set")
    assert worked(build_of(job)).state == "done"
    app.run()
    assert not app.error, [each.value for each in app.error]
    built = load_dataset(folders / "data" / "virgo.parquet")
    assert len(built) == 8
    assert sorted(built.z) == pytest.approx(redshifts["z"].tolist())
    assert built.card.origin == "observed"
    assert built.redshift_ugc is not None
    assert app.session_state["data"] == "virgo"
    (train,) = [each for each in app.get("page_link") if each.proto.label == "Train with it"]
    assert "data=virgo" in train.proto.query_string
    again = open_screen("data", section="Add data", fetch=job.id, data="small")
    assert "Train with it" not in [each.proto.label for each in again.get("page_link")]
    click(again, "Use it")
    assert again.session_state["data"] == "virgo"
    click(again, "Open in Predict")
    assert [title.value for title in again.title] == ["Predict"]
    assert again.query_params["data"] == again.selectbox(key="data").value == "virgo"


def test_fetches_are_listed_and_deleted(
    open_screen: OpenScreen, finished: Run, folders: Path
) -> None:
    made = {
        name: create(FetchJob, folders / "runs", name, FetchConfig(title, created=created))
        for name, title, created in (
            ("virgo", "Virgo", "2026-12-02T10:00:00+00:00"),
            ("coma", "Coma", "2026-12-02T11:00:00+00:00"),
        )
    }
    made["virgo"].end("cancelled", "Cancelled. Resume goes on.")
    made["coma"].update(state="running", total=90)
    with made["coma"].worker_lock():
        # It opens on what is at work.
        assert open_screen("predict").segmented_control(key="spectra").value == "Gaia Archive"
        app = open_screen("predict", fetch="coma")
        app.session_state["archive_list"] = True
        app.run()
        (listed,) = [each.value for each in app.dataframe if "holds" in each.value]
        assert listed["title"].tolist() == ["Coma", "Virgo"]
        assert listed["state"].tolist() == ["running", "cancelled"]
        assert listed["sources"].tolist()[0] == 90
        assert (listed["bytes"] > 100).all()
        app.button(key="archive_delete_for_good").click().run()
        assert "is at work; cancel it first" in unmarked(texts(app.error))
        app.selectbox(key="fetch").set_value("virgo").run()
        app.button(key="archive_delete_for_good").click().run()
        assert not app.error, [each.value for each in app.error]
        assert "Deleted: Virgo." in unmarked(texts(app.success))
        assert list_fetches(folders / "runs") == [made["coma"]]


def test_a_table_on_this_machine_is_matched_by_its_ids(
    open_screen: OpenScreen,
    dataset: Dataset,
    folders: Path,
    archive: ArchiveServer,
    worked: Callable[[Job], JobStatus],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folder, "is_at_home", lambda: True)
    app = open_screen("data", section="Add data")
    ids = archive.sources["source_id"].tolist()[:6]
    ask_for_ids(app, ids)
    click(app, "Start fetch").run()
    job = the_fetch(folders)
    assert worked(job).state == "done"
    app.run()
    assert [each.label for each in app.file_uploader if "redshifts" in each.label]
    app.text_input(key="archive_redshifts_place").set_value("/nowhere/z.csv").run()
    assert "/nowhere/z.csv: there is no such file." in unmarked(texts(app.error))
    table = folders / "z.csv"
    pd.DataFrame({"ra": [1.0], "dec": [2.0], "z": [0.1]}).to_csv(table, index=False)
    app.text_input(key="archive_redshifts_place").set_value(str(table)).run()
    app.segmented_control(key="archive_by_False").set_value("source_id").run()
    click(app, "Match")
    assert worked(match_of(job)).state == "failed"
    said = unmarked(texts(app.run().error))
    assert "positions alone (ra, dec). Choose `Place on the sky` under `Match by`." in said
    table = folders / "z-by-id.csv"
    pd.DataFrame({"source_id": ids[:4], "z": [0.1, 0.2, 0.3, 0.4]}).to_csv(table, index=False)
    app.text_input(key="archive_redshifts_place").set_value(str(table)).run()
    way = app.segmented_control(key="archive_by_True")
    assert way.value == "source_id"
    way.set_value("Place on the sky").run()
    (match,) = [each for each in app.button if each.label == "Match"]
    assert not match.disabled
    app.text_input(key="archive_match_radius").set_value("0,5").run()
    assert "from 0.1 to 60; received '0,5'." in unmarked(texts(app.markdown))
    (match,) = [each for each in app.button if each.label == "Match"]
    assert match.disabled
    app.segmented_control(key="archive_by_True").set_value("source_id").run()  # of no radius
    click(app, "Match")
    assert worked(match_of(job)).state == "done"
    click(app.run(), "Build the data set")
    assert worked(build_of(job)).state == "done"
    app.run()
    assert not app.error, [each.value for each in app.error]
    (built,) = set((folders / "data").glob("*.parquet")) - {folders / "data" / "small.parquet"}
    assert sorted(load_dataset(built).source_id) == sorted(ids[:4])
    assert table.is_file()


def test_sources_without_a_spectrum_are_named_where_the_others_are_predicted(
    open_screen: OpenScreen,
    mixture_run: Run,
    dataset: Dataset,
    archive: ArchiveServer,
    fetched: Callable[[], FetchJob],
) -> None:
    ids = archive.sources["source_id"].tolist()[:3]
    archive.spectra = sources_of(dataset.flux[:2], archive.sources["source_id"][:2])
    app = open_screen("predict", run=mixture_run.run_id, spectra="Gaia Archive")
    ask_for_ids(app, [*ids, 17])
    click(app, "Start fetch").run()
    fetched()
    app.run()
    assert len(predicted_catalogue(app)) == 2
    said = unmarked(texts(app.warning))
    assert "**2 of 4 sources have no spectrum** and no redshift below" in said
    assert f"No spectrum came for it: `{ids[2]}`" in said
    assert "No such source in this release: `17`" in said


def test_a_fetch_whose_spectra_cannot_be_read_stays_the_one_to_look_at(
    open_screen: OpenScreen,
    mixture_run: Run,
    archive: ArchiveServer,
    fetched: Callable[[], FetchJob],
) -> None:
    app = open_screen("predict", run=mixture_run.run_id, spectra="Gaia Archive")
    ask_for_ids(app, archive.sources["source_id"].tolist()[:2])
    click(app, "Start fetch").run()
    job = fetched()
    for path in job.spectra.iterdir():
        path.write_bytes(b"no table of spectra")
    app.run()
    assert not app.exception
    assert "1 file refused" in unmarked(texts(app.error))
    assert app.segmented_control(key="spectra").value == "Gaia Archive"
    assert app.selectbox(key="fetch").value == job.id
    assert "From the Gaia Archive: 2 source ids, Gaia DR3" in unmarked(texts(app.caption))
    app.run()
    assert app.segmented_control(key="spectra").value == "Gaia Archive"


def test_the_address_of_another_archive_is_for_those_who_sit_at_the_server(
    open_screen: OpenScreen, finished: Run, archive: ArchiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XPZ_ARCHIVE")
    app = open_screen("predict", spectra="Gaia Archive")
    assert form.ANOTHER not in app.selectbox(key="archive_service").options
    monkeypatch.setattr(folder, "is_at_home", lambda: True)
    app.run()
    app.selectbox(key="archive_service").set_value(form.ANOTHER).run()
    ask_for_ids(app, [12])
    (start,) = [each for each in app.button if each.label == "Start fetch"]
    assert start.disabled
    app.text_input(key="archive_address").set_value("gaia").run()
    assert "Archive: expected an address such as https" in unmarked(texts(app.error))
    app.text_input(key="archive_address").set_value(archive.url).run()
    assert not app.error
    assert f"What is asked of `{archive.url}`" in [each.label for each in app.expander]
