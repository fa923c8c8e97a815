"""What goes wrong between an archive and us: nothing is lost, nothing comes twice."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from click.testing import CliRunner

from core.cli import main
from core.data.archive.config import ArchiveConfig
from core.data.archive.connections import MIN_BYTES_PER_S
from core.data.archive.download import fetch
from core.data.archive.patience import FINAL_WORDS
from core.data.build import build_dataset
from core.data.dataset import load_dataset
from core.errors import DataError
from tests.support.faults import SOAK

ROOT = Path(__file__).parents[4]


@pytest.fixture
def config(archive):
    return ArchiveConfig(server=archive.url, chunk=8, tries=3, first_wait_s=0, timeout_s=10)


def contents(folder):
    """Return the files of spectra and sources, and the ids of the spectra."""
    files = sorted((folder / "xp").iterdir())
    ids = [source for path in files for source in fits.getdata(path, 1)["source_id"].tolist()]
    return {path.name: path.read_bytes() for path in files}, ids


@pytest.mark.parametrize("trouble", ["empty", "damaged", "trickle"])
def test_spectra_that_came_to_nothing_are_asked_for_again(archive, config, tmp_path, trouble):
    archive.trouble = ["ok", trouble]
    said = []
    patience = replace(config, timeout_s=0.3 if trouble == "trickle" else 10)
    assert fetch(tmp_path, patience, galaxies=3, say=said.append).n_spectra == 3
    assert len(archive.spectra_asked()) == 2
    words = {"empty": "empty answer", "damaged": "", "trickle": "bytes came in"}[trouble]
    assert words in said[0]
    assert MIN_BYTES_PER_S > 20  # the server's own pace


@pytest.mark.parametrize("trouble", ["busy", "gone", "empty", "notice"])
def test_a_job_that_did_not_start_is_started_again(archive, config, tmp_path, trouble):
    archive.job_trouble = [trouble]
    assert fetch(tmp_path, config, galaxies=3).n_spectra == 3


@pytest.mark.parametrize(
    ("words", "is_final"),
    [
        ("Unknown retrieval type: XP_CONTINUOUS", True),
        ("Error: unknown release 'Gaia DR9'", True),
        ("Invalid value for RETRIEVAL_TYPE", True),
        ("The retrieval type 'X' is not supported for this data release", True),
        ("RELEASE parameter Gaia DR7 not valid", True),
        ("Cannot process request, too many connections", False),
        ("Internal error: unknown host while releasing a connection", False),
        ("Database of Gaia DR4 is not reachable, see the release notes", False),
        ("java.lang.NullPointerException", False),
    ],
)
def test_which_broken_answers_are_final(words, is_final):
    assert bool(FINAL_WORDS.search(words)) == is_final


@pytest.mark.parametrize("place", ["job", "table", "spectra"])
def test_a_page_to_log_in_is_told_at_once(archive, config, tmp_path, place):
    archive.job_trouble = ["login"] * (place == "job")
    archive.trouble = {"job": [], "table": ["login"], "spectra": ["ok", "login"]}[place]
    said = []
    with pytest.raises(DataError, match=r"page to log in \(Please sign in\)\. Log in with --login"):
        fetch(tmp_path, config, galaxies=3, say=said.append)
    assert said == []


def test_no_other_server_is_asked(archive, config, tmp_path):
    archive.trouble = ["ok", "elsewhere"]
    with pytest.raises(DataError, match=r"sent us on to http://192\.0\.2\.1, which was not asked"):
        fetch(tmp_path, config, galaxies=3)


def test_half_of_the_ids_missing_are_listed_and_rows_that_came_twice_count_once(
    archive, config, tmp_path
):
    archive.forgets = archive.repeats = True
    report = fetch(tmp_path / "got", config, galaxies=12)
    asked = pd.read_parquet(tmp_path / "got" / "sources.parquet")["source_id"]
    listed = pd.read_csv(tmp_path / "got" / "without_spectra.csv")["source_id"]
    _, ids = contents(tmp_path / "got")
    assert (report.n_asked, report.n_spectra, report.n_without) == (12, 6, 6)
    assert set(ids) | set(listed) == set(asked)
    assert set(ids) & set(listed) == set()
    table, out = tmp_path / "z.csv", tmp_path / "set.parquet"
    pd.DataFrame({"source_id": asked, "z": np.linspace(0.1, 0.4, 12)}).to_csv(table, index=False)
    built = build_dataset([tmp_path / "got"], out, table)
    assert built.card.n_galaxies == 6
    assert sorted(load_dataset(out).source_id) == sorted(set(ids))


def test_killed_at_any_request_the_same_command_ends_with_the_same_files(archive, tmp_path):
    words = (*("--galaxies", "13", "--chunk", "5"), *("--server", archive.url))
    command = [sys.executable, "-c", "from core.cli import main; main()", "fetch", *words]

    def run(folder, dies_at=None):
        seen = []
        environment = os.environ | {"XPZ_CACHE_DIR": str(folder.with_suffix(".cache"))}
        with (tmp_path / "log").open("w") as log:
            process = subprocess.Popen(
                [*command, "--out", str(folder)], cwd=ROOT, stderr=log, stdout=log, env=environment
            )

            def witness(path):
                seen.append(path)
                if len(seen) == dies_at:
                    process.kill()

            archive.witness = witness
            code = process.wait(120)
        archive.witness = lambda path: None
        assert code == (0 if dies_at is None else -9), (tmp_path / "log").read_text()
        return len(seen)

    n_requests = run(tmp_path / "whole")
    expected, ids = contents(tmp_path / "whole")
    assert len(ids) == len(set(ids)) == 13
    moments = np.random.default_rng().permutation(n_requests)[: 20 if SOAK else 1] + 1
    for moment in moments.tolist():
        folder = tmp_path / f"killed-{moment}"
        run(folder, moment)
        cache = {"XPZ_CACHE_DIR": str(folder.with_suffix(".cache"))}
        done = CliRunner().invoke(main, ["fetch", *words, "--out", str(folder)], env=cache)
        assert done.exit_code == 0, done.output
        assert contents(folder) == (expected, ids), f"killed at request {moment}"
