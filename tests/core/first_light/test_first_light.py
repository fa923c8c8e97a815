"""First light against an archive of our own: from its tables to the report, also broken off."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.data.archive.config import ArchiveConfig
from core.data.dataset import load_dataset
from core.data.split import split_by_source
from core.errors import ConfigError, DataError, RunError
from core.first_light import steps
from core.first_light.config import SPLIT, FirstLightConfig, Folder
from core.first_light.runs import RECALIBRATED, TUNED
from core.first_light.steps import first_light
from core.report.document import Document
from core.runs import SHIPPED_RUNS, Run
from tests.support import first_light as sky

N = 420


class BrokenOffError(BaseException):
    """Stands for a kill: nothing of ours answers it."""


@pytest.fixture(scope="module")
def seen():
    return sky.galaxies(N)


@pytest.fixture(scope="module")
def server(seen, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XPZ_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(steps, "fine_tune", sky.linear_run)
        server = sky.serve(seen)
        yield server
        server.close()


@pytest.fixture(scope="module")
def config(server):
    # 391 have a redshift that counts.
    archive = ArchiveConfig(server=server.url, chunk=200, tries=2, first_wait_s=0)
    return FirstLightConfig(galaxies=360, archive=archive)


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    """A first light that nothing disturbed, and what it said."""
    folder, said = tmp_path_factory.mktemp("first") / "light", []
    first_light(folder, config, say=said.append)
    return Folder(folder), said


def test_every_step_says_what_it_does_how_long_it_takes_and_what_came(whole):
    _, said = whole
    heads = [line for line in said if re.match(r"\d/7 ", line)]
    assert [line.split(":")[0] for line in heads] == [
        f"{number}/7 {step.name}" for number, step in enumerate(steps.STEPS, 1)
    ]
    assert all("; expected: " in line for line in heads)
    came = [line.strip() for line in said if line.startswith("    ")]
    assert len(came) == 7
    assert came[0].startswith(
        "360 galaxies of 391, drawn at random, with XP spectra and a redshift"
    )
    assert "joined by SDSS's identifiers, through Gaia's table of neighbours" in came[0]
    assert came[1:3] == ["360 spectra of 360 galaxies.", "360 galaxies."]


def test_the_data_set_holds_the_redshifts_that_met_the_surveys_cuts(whole, server, seen):
    folder, _ = whole
    dataset = load_dataset(folder.dataset)
    rows = (dataset.source_id - sky.FIRST_ID) // 7
    np.testing.assert_allclose(dataset.z, seen.z[rows])
    sources = server.sources.iloc[rows]
    assert (sources["spec_warning"] == 0).all()
    assert (sources["spec_class"] == "GALAXY").all()
    assert dataset.card.origin == "observed"
    assert dataset.redshift_ugc is not None


def test_the_numbers_are_those_of_the_redshifts(whole):
    folder, _ = whole
    figures = json.loads(folder.figures.read_text())
    shipped = figures["shipped"]["estimates"]
    assert set(shipped) == {run.name for run in SHIPPED_RUNS.iterdir() if run.is_dir()}
    for name, told in shipped.items():
        table = pd.read_parquet(folder.judged / f"{name}.parquet")
        assert told["n"] == len(table) == 360
        assert told["mae"] == pytest.approx((table["z_pred"] - table["z_spec"]).abs().mean())
        low, high = told["intervals"]["mae"]
        assert low < told["mae"] < high
        (inside,) = [row for row in told["coverage"] if row["level"] == 0.68]
        held = table["z_spec"].between(table["z_lower"], table["z_upper"]).mean()
        assert inside["coverage"] == pytest.approx(held, abs=0.02)
    own = figures["shipped"]["on_their_own_test_parts"]["compact-520k"]
    assert (own["origin"], own["n"]) == ("simulated", 51838)
    assert own["mae"] == pytest.approx(0.0202, abs=1e-4)


def test_before_and_after_are_judged_on_galaxies_that_none_has_seen(whole):
    folder, _ = whole
    figures = json.loads(folder.figures.read_text())
    ids = load_dataset(folder.dataset).source_id
    test = set(ids[split_by_source(ids, SPLIT).test].tolist())
    assert figures["after"]["comparison"]["galaxies"]["n"] == len(test)
    assert list(figures["after"]["estimates"]) == ["compact-520k", RECALIBRATED, TUNED]
    for name, run in (
        (RECALIBRATED, Run(folder.runs / RECALIBRATED)),
        (TUNED, Run(folder.runs / TUNED)),
    ):
        assert run.damage() is None
        table = run.predictions()
        table = table[table["source_id"].isin(test)]
        assert len(table) == len(test)
        mae = (table["z_pred"] - table["z_spec"]).abs().mean()
        assert figures["after"]["estimates"][name]["mae"] == pytest.approx(mae)
    ugc = figures["ugc"]["estimates"]
    assert list(ugc) == [*figures["after"]["estimates"], "Gaia UGC"]
    assert ugc["Gaia UGC"]["mae"] == pytest.approx(0.03 * np.sqrt(2 / np.pi), rel=0.25)
    assert ugc["Gaia UGC"]["coverage"][0]["level"] == 0.68


def test_a_run_that_cannot_be_recalibrated_is_refused_before_anything_is_asked(
    whole, config, server, tmp_path
):
    folder, _ = whole
    n = len(server.asked)
    asked = replace(config, start=str(folder.runs / RECALIBRATED))
    with pytest.raises(RunError, match=r"was calibrated anew already\. Take .* 'compact-520k'"):
        first_light(tmp_path / "light", asked)
    assert len(server.asked) == n
    assert not list(tmp_path.iterdir())


def test_a_recalibrated_network_is_that_of_its_start(whole):
    folder, _ = whole
    run, start = Run(folder.runs / RECALIBRATED), Run(SHIPPED_RUNS / "compact-520k")
    assert run.onnx_path.read_bytes() == start.onnx_path.read_bytes()
    assert run.config.start.run_id == "compact-520k"
    assert run.calibration_path.read_bytes() != start.calibration_path.read_bytes()


def test_the_report_is_one_page_that_holds_all_and_asks_for_nothing(whole):
    folder, _ = whole
    page = folder.report.read_text()
    figures = json.loads(folder.figures.read_text())
    assert page.count("<svg") == 14
    assert re.findall(r'(?:src|href)="(?!#|data:)', page) == []
    assert "<script" not in page
    for name, told in figures["shipped"]["estimates"].items():
        assert name in page
        assert f"{told['mae']:.4f}" in page
    assert "JOIN external.sdssdr17_specobj AS s ON s.bestobjid" in page
    assert figures["galaxies"]["hash"] in page


def test_what_is_done_is_not_done_again(whole, config, server):
    folder, _ = whole
    before, asked, said = sky.contents(folder.path), len(server.asked), []
    first_light(folder.path, config, say=said.append)
    assert len(server.asked) == asked
    assert [line.split(": ")[1][:11] for line in said] == ["done before"] * 7
    assert sky.contents(folder.path) == before


def copy_of(whole, folder):
    """Return a copy of a recalibrated run, which comes whole or not at all."""
    path = folder.runs / RECALIBRATED
    shutil.copytree(whole.runs / RECALIBRATED, path, dirs_exist_ok=True)
    return Run(path), ("Calibrated.",)


def test_broken_off_at_every_sentence_it_ends_with_the_same_files(
    whole, config, tmp_path, monkeypatch
):
    # What takes seconds, and depends on nothing but what is compared, is not done again.
    monkeypatch.setattr(steps, "page", lambda figures: Document("Numbers", (), ()))
    monkeypatch.setattr(steps, "recalibrate", lambda folder, _: copy_of(whole[0], folder))
    heard = set()

    def break_off(sentence):
        if sentence not in heard:
            heard.add(sentence)
            raise BrokenOffError

    for _ in range(100):
        try:
            first_light(tmp_path / "broken", config, say=break_off)
        except BrokenOffError:
            continue
        break
    assert len(heard) > 14
    assert sky.contents(tmp_path / "broken") == sky.contents(whole[0].path)


def test_other_settings_need_another_folder(whole, config):
    folder, _ = whole
    with pytest.raises(DataError, match=r"other settings: galaxies \(360, now 400\)"):
        first_light(folder.path, replace(config, galaxies=400))
    elsewhere = replace(config, archive=ArchiveConfig(server="http://127.0.0.1:9"))
    with pytest.raises(DataError, match=r"other settings: service \(http"):
        first_light(folder.path, elsewhere)


def test_a_folder_of_something_else_is_left_alone(config, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="this one holds other files"):
        first_light(tmp_path, config)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_too_few_galaxies_are_refused_before_anything_is_asked(server):
    asked = len(server.asked)
    with pytest.raises(ConfigError, match="expected 300 galaxies or more, received 20"):
        FirstLightConfig(galaxies=20)
    assert len(server.asked) == asked


def test_a_table_that_is_not_there_is_told_before_anything_is_made(config, tmp_path):
    with pytest.raises(DataError, match="there is no such table of redshifts"):
        first_light(tmp_path / "out", replace(config, redshifts=str(tmp_path / "no.fits")))
    assert not (tmp_path / "out").exists()
