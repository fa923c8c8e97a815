"""A catalogue made by a job: started, stopped in the middle, gone on with."""

import pytest

from core.errors import ConfigError, DataError
from core.jobs import finish, resume, stop, wait
from core.prediction import PRIORS
from core.scale import list_catalogues, open_catalogue, start
from core.scale.job import CatalogueConfig
from tests.core.scale.conftest import assert_is_single


def test_a_catalogue_is_stopped_and_gone_on_with(mixture_run, bulk, single, tmp_path):
    def written():
        return {path: path.stat().st_mtime_ns for path in job.catalogue.glob("*.parquet")}

    job = start(tmp_path, mixture_run, [str(bulk)], workers=1, with_densities=True)
    stop(job)
    stopped = wait(job)
    assert stopped.state == "cancelled"
    assert stopped.message.startswith("Cancelled. Resume goes on after ")
    resume(job)
    done = finish(job).status()
    assert (done.files, done.files_done, done.failed, done.fraction) == (7, 7, 1, 1.0)
    assert done.message == "200 spectra, 200 redshifts, 1 file failed."
    assert_is_single(job.catalogue, single)
    assert "stars_5.csv" in job.failed_path.read_text()
    assert len(list(job.densities.glob("*.parquet"))) == 5
    before = written()
    resume(job)
    assert finish(job).status().message == done.message
    assert written() == before
    assert [each.id for each in list_catalogues(tmp_path)] == [job.id]
    assert open_catalogue(tmp_path, job.id).config == job.config


def test_every_prior_without_a_table_is_taken():
    """Those of the galaxies of a recalibration, too: Predict offers them."""
    for prior in PRIORS:
        assert CatalogueConfig("run", ("a.csv",), prior=prior).prior == prior


def test_what_cannot_be_is_refused_before_a_job_is_made(mixture_run, tmp_path, tmp_path_factory):
    with pytest.raises(ConfigError, match=r"Prior: expected training, flat, .* received 'table'"):
        start(tmp_path, mixture_run, ["nowhere"], prior="table")
    with pytest.raises(DataError, match="nowhere: there is no such file or folder"):
        start(tmp_path, mixture_run, ["nowhere"])
    files = tmp_path_factory.mktemp("lists") / "files.txt"
    files.write_text("absent.csv\n")
    with pytest.raises(DataError, match=r"absent\.csv: there is no such file or folder"):
        start(tmp_path, mixture_run, [f"@{files}"])
    assert not list(tmp_path.iterdir())
