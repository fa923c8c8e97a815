"""The tab "Inspect" of the Evaluate screen: queues, keys, what is kept, suspected labels."""

import errno
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from core.atomic import write_json
from core.config import to_dict
from core.data.dataset import save_dataset
from core.data.dataset_files import read_card
from core.inspection import inspections as inspection_file
from core.inspection.inspections import InspectionFile
from core.inspection.queues import DISAGREEMENT, LARGEST_ERRORS, LEAST_EXPECTED, queue
from core.prediction.calibration.calibration import Calibration
from core.runs import Run
from dashboard.screens.evaluate.queues import SUSPECTED
from dashboard.shared import state
from tests.support.apps import texts

ADDRESS = {"show": "Inspect"}
DATASET = "Data set in use"


def shown_galaxy(app):
    return int(app.text_input(key="galaxy").value)


def comment_field(app):
    (field,) = [each for each in app.text_input if each.label == "Comment"]
    return field


def looks(folders, run):
    return InspectionFile(folders / "runs" / "inspections" / f"{run.run_id}.jsonl").read()


def ids(run, which):
    return queue(run.predictions(), which)["source_id"].tolist()


@pytest.fixture
def downloads(monkeypatch):
    offered = {}
    draw = st.download_button

    def recorded(*args, **options):
        offered[options["file_name"]] = options["data"]
        return draw(*args, **options)

    monkeypatch.setattr(st, "download_button", recorded)
    return offered


@pytest.mark.parametrize("which", [LARGEST_ERRORS, LEAST_EXPECTED])
def test_galaxies_come_one_after_another_in_their_order(open_screen, mixture_run, which):
    app = open_screen("evaluate", run=mixture_run.run_id, queue=which, **ADDRESS)
    assert not app.exception
    assert not app.error
    order = ids(mixture_run, which)
    assert shown_galaxy(app) == order[0]
    assert f"Galaxy 1 of {len(order)}" in texts(app.markdown)
    spectrum, density = app.get("plotly_chart")
    assert f"BP/RP spectrum of source {order[0]}:" in spectrum.proto.alt
    assert f"Density p(z) of the redshift of source {order[0]}" in density.proto.alt
    app.button(key="inspect_next").click().run()
    assert shown_galaxy(app) == order[1]
    app.button(key="inspect_previous").click().run()
    app.button(key="inspect_previous").click().run()
    assert shown_galaxy(app) == order[0]
    assert not app.exception


def test_a_quality_is_saved_at_once_and_leads_to_the_next(
    open_screen, mixture_run, folders, downloads
):
    order = ids(mixture_run, LARGEST_ERRORS)
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    comment_field(app).set_value("two peaks").run()
    assert shown_galaxy(app) == order[0]
    assert "0 of these inspected" in texts(app.markdown)  # a comment alone is no inspection
    app.button(key="quality_4").click().run()
    app.button(key="quality_0").click().run()
    assert not app.exception
    assert shown_galaxy(app) == order[2]
    table = looks(folders, mixture_run)
    assert table["source_id"].tolist() == order[:2]
    assert table["quality"].tolist() == [4, 0]
    assert table["comment"].tolist() == ["two peaks", ""]
    assert set(table["data_hash"]) == {mixture_run.config.data.hash}

    # The one given last is taken back from where it has led to, and given again.
    app.button(key="quality_none").click().run()
    assert shown_galaxy(app) == order[1]
    assert looks(folders, mixture_run)["source_id"].tolist() == order[:1]
    app.button(key="quality_0").click().run()
    assert shown_galaxy(app) == order[2]

    # Another visit goes on where the last one ended.
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    assert shown_galaxy(app) == order[2]
    assert "2 of these inspected" in texts(app.markdown)
    app.button(key="inspect_previous").click().run()
    app.button(key="inspect_previous").click().run()
    assert comment_field(app).value == "two peaks"
    lines = downloads["mixture-run-test-inspected.csv"]().decode().splitlines()
    assert lines[0].startswith("source_id,data_hash,z_spec,z_pred,quality,comment,time,e")
    assert lines[1].startswith(f"{order[0]},")

    # Taking the quality back leaves the comment.
    app.button(key="quality_none").click().run()
    assert looks(folders, mixture_run)["comment"].tolist() == ["", "two peaks"]
    assert looks(folders, mixture_run)["quality"].isna().tolist() == [False, True]


@pytest.fixture
def two_graders(open_screen, mixture_run):
    """Two visitors of one run, both at the first galaxy of the queue."""
    return [open_screen("evaluate", run=mixture_run.run_id, **ADDRESS) for _ in range(2)]


def test_a_quality_that_another_gave_meanwhile_is_not_replaced_without_a_word(
    two_graders, mixture_run, folders
):
    mine, theirs = two_graders
    first, second = ids(mixture_run, LARGEST_ERRORS)[:2]
    mine.button(key="inspect_next").click().run()
    mine.button(key="quality_4").click().run()  # on the second, to which the first leads
    mine.button(key="inspect_previous").click().run()
    mine.button(key="inspect_previous").click().run()
    theirs.button(key="quality_3").click().run()
    assert not theirs.warning
    mine.button(key="quality_1").click().run()
    assert not mine.exception
    assert shown_galaxy(mine) == second
    told = texts(mine.warning)
    assert f"Quality 3, given to source {first} since it was shown here, was replaced by 1" in told
    assert "Take back (Backspace) brings 3 back." in told

    # As it says, though the galaxy that it has led to has a quality too.
    mine.button(key="quality_none").click().run()
    assert not mine.warning
    assert shown_galaxy(mine) == first
    kept = looks(folders, mixture_run).set_index("source_id")["quality"]
    assert kept.to_dict() == {first: 3, second: 4}
    # What was seen is replaced as it always was.
    mine.button(key="quality_2").click().run()
    assert not mine.warning


def test_taking_back_what_another_gave_meanwhile_is_told(two_graders, mixture_run, folders):
    mine, theirs = two_graders
    first = ids(mixture_run, LARGEST_ERRORS)[0]
    mine.button(key="quality_1").click().run()
    theirs.button(key="quality_0").click().run()
    mine.button(key="quality_none").click().run()
    assert not mine.exception
    told = texts(mine.warning)
    assert f"Quality 0, given to source {first} since it was shown here, was taken away" in told
    assert "Key 0 gives it again." in told
    assert shown_galaxy(mine) == first
    mine.button(key="quality_0").click().run()
    assert looks(folders, mixture_run)["quality"].tolist() == [0]


def test_a_comment_of_another_stays_or_is_told(two_graders, mixture_run, folders):
    mine, theirs = two_graders
    comment_field(theirs).set_value("two *peaks*").run()
    mine.button(key="quality_1").click().run()
    assert not mine.warning
    assert looks(folders, mixture_run)["comment"].tolist() == ["two *peaks*"]
    mine.button(key="inspect_previous").click().run()
    assert comment_field(mine).value == "two *peaks*"
    comment_field(theirs).set_value("three peaks").run()
    # Typed, and left by a click on a quality.
    comment_field(mine).set_value("a blend")
    mine.button(key="quality_2").click().run()
    assert not mine.exception
    assert "since it was shown here, was replaced. It was: three peaks" in texts(mine.warning)
    assert looks(folders, mixture_run)["comment"].tolist() == ["a blend"]
    # Whoever stays at the galaxy sees it with what they do next.
    theirs.button(key="switch_lines").click().run()
    assert comment_field(theirs).value == "a blend"


def test_that_inspections_are_shared_is_said(open_screen, mixture_run):
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    words = "Inspections of a run are shared by all who open it; the last one stays."
    assert words in app.segmented_control(key="queue").help


def test_the_address_names_the_galaxy(open_screen, mixture_run):
    chosen = ids(mixture_run, LARGEST_ERRORS)[7]
    app = open_screen("evaluate", run=mixture_run.run_id, galaxy=str(chosen), **ADDRESS)
    assert shown_galaxy(app) == chosen
    assert "Galaxy 8 of" in texts(app.markdown)


@pytest.mark.parametrize("address", ["../../etc/passwd", str(2**64), "1e9"])
def test_a_foreign_galaxy_in_the_address_is_not_shown(open_screen, mixture_run, address):
    app = open_screen("evaluate", run=mixture_run.run_id, galaxy=address, **ADDRESS)
    assert not app.exception
    assert "The galaxy asked for is not among the" in texts(app.warning)
    assert address not in texts(app.warning)
    assert "judged here" not in texts(app.markdown)  # nobody typed it
    first = ids(mixture_run, LARGEST_ERRORS)[0]
    assert f"of source {first}:" in app.get("plotly_chart")[0].proto.alt


@pytest.fixture
def on_the_fourth(open_screen, mixture_run):
    """The screen, on the fourth galaxy of the queue."""
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    for _ in range(3):
        app.button(key="inspect_next").click().run()
    return app


def typed_ids(run, dataset):
    own = run.predictions()["source_id"]
    strange = next(each for each in dataset.source_id if each not in set(own))
    fourth = str(ids(run, LARGEST_ERRORS)[3])
    return [fourth[:-1], "Gaia DR3", "abc", "1", str(strange), "9" * 19, "*x*"]


def test_an_id_that_is_none_of_these_leaves_the_galaxy_and_what_is_typed(
    on_the_fourth, mixture_run, dataset, folders
):
    app, order = on_the_fourth, ids(mixture_run, LARGEST_ERRORS)
    for typed in typed_ids(mixture_run, dataset):
        app.text_input(key="galaxy").set_value(typed).run()
        assert not app.exception
        assert not app.warning
        assert app.text_input(key="galaxy").value == typed
        assert "Galaxy 4 of" in texts(app.markdown)
        assert f"of source {order[3]}:" in app.get("plotly_chart")[0].proto.alt
        said = texts(app.markdown)
        assert f"among the {len(mixture_run.predictions()):,} galaxies judged here" in said
    # What is graded is the galaxy that is shown.
    app.button(key="quality_3").click().run()
    assert looks(folders, mixture_run)["source_id"].tolist() == [order[3]]
    assert shown_galaxy(app) == order[4]
    assert "judged here" not in texts(app.markdown)


@pytest.mark.parametrize("typed", ["", "  "])
def test_an_empty_field_leaves_the_galaxy(on_the_fourth, typed):
    app = on_the_fourth
    app.text_input(key="galaxy").set_value(typed).run()
    assert "Galaxy 4 of" in texts(app.markdown)
    assert "the field is empty" in texts(app.markdown)
    # Another queue begins with its own first galaxy all the same.
    app.segmented_control(key="queue").set_value(LEAST_EXPECTED).run()
    assert not app.exception
    assert "Galaxy 1 of" in texts(app.markdown)
    assert "the field is empty" not in texts(app.markdown)


def test_a_designation_leads_to_its_galaxy(on_the_fourth, mixture_run):
    seventh = ids(mixture_run, LARGEST_ERRORS)[6]
    app = on_the_fourth
    app.text_input(key="galaxy").set_value(f" Gaia DR3 {seventh}").run()
    assert not app.exception
    assert shown_galaxy(app) == seventh
    assert "Galaxy 7 of" in texts(app.markdown)


def test_the_lines_move_between_the_two_redshifts(open_screen, mixture_run):
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    galaxy = mixture_run.predictions().set_index("source_id").loc[shown_galaxy(app)]
    assert f"Lines at **z_pred = {galaxy['z_pred']:.4f}**" in texts(app.markdown)
    app.button(key="switch_lines").click().run()
    assert f"Lines at **z_spec = {galaxy['z_spec']:.4f}**" in texts(app.markdown)
    assert f"marked at redshift {galaxy['z_spec']:.4f}" in app.get("plotly_chart")[0].proto.alt


def second_run(folders, run, shift):
    """A copy of the run whose redshifts differ by 0.1 in one galaxy."""
    path = folders / "runs" / "second"
    path.mkdir()
    for name in ("status.json", "summary.json"):
        (path / name).write_bytes((run.path / name).read_bytes())
    write_json(path / "config.json", to_dict(replace(run.config, run_id="second")))
    table = run.predictions()
    table["z_pred"] += np.where(np.arange(len(table)) == shift, 0.1, 0.001)
    table.iloc[::-1].iloc[:-1].to_parquet(path / "predictions.parquet")
    return Run(path)


def test_runs_that_disagree_come_first(open_screen, mixture_run, folders):
    table = mixture_run.predictions()
    second_run(folders, mixture_run, 5)
    app = open_screen(
        "evaluate", run=mixture_run.run_id, queue=DISAGREEMENT, other="second", **ADDRESS
    )
    assert not app.exception
    assert shown_galaxy(app) == table["source_id"].iloc[5]
    (shown,) = [each.value for each in app.dataframe]
    assert len(shown) == len(table) - 1
    assert shown["disagreement"].iloc[0] == pytest.approx(0.1 / (1.05 + table["z_pred"].iloc[5]))


def test_without_a_second_run_nobody_disagrees(open_screen, mixture_run):
    app = open_screen("evaluate", run=mixture_run.run_id, queue=DISAGREEMENT, **ADDRESS)
    assert not app.exception
    assert "Train a second network first" in texts(app.info)


def test_gaias_own_redshifts_can_disagree(open_screen, mixture_run, dataset, folders):
    ugc = np.where(np.arange(len(dataset)) % 2, np.nan, dataset.z).astype(np.float32)
    saved = folders / "data" / "small.parquet"
    save_dataset(replace(dataset, redshift_ugc=ugc), saved)
    app = open_screen("evaluate", run=mixture_run.run_id, queue=DISAGREEMENT, **ADDRESS)
    assert not app.exception
    assert app.selectbox(key="other").value == "Gaia UGC"
    (shown,) = [each.value for each in app.dataframe]
    np.testing.assert_allclose(shown["z_other"], shown["z_spec"], atol=1e-6)
    n = np.isin(mixture_run.predictions()["source_id"], dataset.source_id[::2]).sum()
    assert len(shown) == n


def test_exchanged_redshifts_are_listed(open_screen, mixture_run, dataset, folders):
    # So small a validation part trusts no redshift at all.
    calibration = Calibration.load(mixture_run)
    limits = replace(calibration.limits, bad_zones=())
    replace(calibration, limits=limits).save(mixture_run.calibration_path)
    rows = np.argsort(np.abs(dataset.z - 0.3))[:12]
    z = dataset.z.copy()
    z[rows] += 1.1
    other = replace(dataset, z=z, card=replace(dataset.card, name="moved"))
    path = folders / "data" / "moved.parquet"
    save_dataset(other, path)
    app = open_screen(
        "evaluate",
        run=mixture_run.run_id,
        data="moved",
        on=DATASET,
        leave_out="false",
        queue=SUSPECTED,
        **ADDRESS,
    )
    assert not app.exception
    assert not app.error
    (shown,) = [each.value for each in app.dataframe]
    found = set(shown["source_id"].astype("int64"))
    assert len(found) >= 8
    assert found <= set(dataset.source_id[rows])
    assert f"**{len(found)} suspected** of {len(dataset)}" in texts(app.caption)
    app.button(key="quality_4").click().run()
    assert set(looks(folders, mixture_run)["data_hash"]) == {read_card(path).hash}


@pytest.mark.parametrize("which", [LEAST_EXPECTED, SUSPECTED])
def test_a_run_without_sigma_is_told_how_to_get_one(open_screen, finished, which):
    app = open_screen("evaluate", run=finished.run_id, queue=which, **ADDRESS)
    assert not app.exception
    assert "not calibrated" in texts(app.info)
    assert [code.value for code in app.code] == [f"xpz calibrate --run {finished.path}"]


def test_a_run_without_p_z_can_be_inspected(open_screen, finished):
    app = open_screen("evaluate", run=finished.run_id, **ADDRESS)
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert shown_galaxy(app) == ids(finished, LARGEST_ERRORS)[0]


def test_where_the_spectra_are_gone_the_rest_is_shown(open_screen, mixture_run, folders):
    (folders / "data" / "small.parquet").unlink()
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    assert not app.exception
    assert "The spectrum of this galaxy is not in the data set in use" in texts(app.info)
    assert len(app.get("plotly_chart")) == 1


def test_another_data_set_lends_its_spectra(open_screen, mixture_run, dataset, folders):
    table = mixture_run.predictions()
    known = np.isin(dataset.source_id, table["source_id"][::2])
    (folders / "data" / "small.parquet").unlink()
    some = dataset.take(known)
    moved = some.z.copy()
    moved[0] += 0.01  # the same id with another redshift is another galaxy
    save_dataset(replace(some, z=moved), folders / "data" / "some.parquet")
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    assert not app.exception
    toggle = app.toggle(key="only_here")
    assert toggle.label == f"Only the {known.sum() - 1} whose spectra are here"
    assert len(app.get("plotly_chart")) == 2
    (shown,) = [each.value for each in app.dataframe]
    assert set(shown["source_id"].astype("int64")) == set(some.source_id[1:])
    toggle.set_value(False).run()
    (shown,) = [each.value for each in app.dataframe]
    assert len(shown) == len(table)


def test_shipped_runs_are_inspected_outside_of_them(open_screen, mixture_run, monkeypatch, folders):
    monkeypatch.setattr(state, "SHIPPED_RUNS", folders / "runs")
    monkeypatch.setenv("XPZ_RUNS_DIR", str(folders / "mine"))
    before = {path.name for path in mixture_run.path.iterdir()}
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    app.button(key="quality_2").click().run()
    file = InspectionFile(folders / "mine" / "inspections" / "mixture-run.jsonl")
    assert file.read()["quality"].tolist() == [2]
    assert {path.name for path in mixture_run.path.iterdir()} == before
    assert [run for run in state.runs() if run == "inspections"] == []


def test_what_cannot_be_saved_is_a_sentence_and_stays(
    open_screen, mixture_run, folders, monkeypatch
):
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    app.button(key="quality_1").click().run()
    second = shown_galaxy(app)

    def full(path, text):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(inspection_file, "write_text", full)
    app.button(key="quality_2").click().run()
    assert not app.exception
    assert "cannot be written" in texts(app.error)
    assert shown_galaxy(app) == second
    assert looks(folders, mixture_run)["quality"].tolist() == [1]


def test_a_damaged_file_of_looks_is_a_sentence(open_screen, mixture_run, folders):
    path = folders / "runs" / "inspections" / f"{mixture_run.run_id}.jsonl"
    path.parent.mkdir()
    path.write_text("not JSON\n")
    app = open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    assert not app.exception
    assert "line 1: expected an inspection" in texts(app.error)
    assert path.read_text() == "not JSON\n"


def test_the_queue_is_a_table(open_screen, mixture_run, downloads):
    open_screen("evaluate", run=mixture_run.run_id, **ADDRESS)
    lines = downloads["mixture-run-test-queue.csv"]().decode().splitlines()
    assert lines[0] == "source_id,z_spec,z_pred,e,scaled_error,quality,comment"
    assert [int(line.split(",")[0]) for line in lines[1:]] == ids(mixture_run, LARGEST_ERRORS)
