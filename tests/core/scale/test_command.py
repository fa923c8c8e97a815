"""`xpz predict --out FOLDER/`: what it says, and what it refuses."""

import json
import re
import zipfile

import pandas as pd
import pytest
from click.testing import CliRunner

from core.cli import main
from core.scale import expand
from core.scale.inputs import find_inputs
from core.scale.progress import Progress
from tests.core.scale.conftest import assert_is_single


@pytest.fixture
def archive(galaxies, tmp_path):
    """An archive of a table of three spectra, and of one that has too few columns."""
    frame = pd.DataFrame(galaxies.flux[:3], columns=[f"flux_{i}" for i in range(186)])
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as both:
        both.writestr("a.csv", frame.to_csv(index=False))
        both.writestr("short.csv", frame.iloc[:, :150].to_csv(index=False))
    return tmp_path / "both.zip"


@pytest.fixture
def xpz(mixture_run):
    def run(*words):
        command = ["predict", "--run", str(mixture_run.path), *map(str, words)]
        return CliRunner().invoke(main, command)

    return run


def test_a_folder_is_made_told_and_gone_on_with(xpz, bulk, cluster, single, tmp_path):
    words = (f"{bulk}/*.csv", "--out", f"{tmp_path}/z/", "--scheduler", cluster.address)
    first = xpz(*words)
    assert first.exit_code == 3  # a file failed
    assert f"{tmp_path}/z/: 200 spectra, 200 redshifts" in first.stdout
    assert "Error: stars_5.csv: expected 64-bit whole numbers" in first.stderr
    assert "2 files could not be read" in first.stderr  # list.csv was named
    assert " of 7 files" not in first.stderr  # a bar is for terminals
    assert f"stands in {tmp_path}/z/_xpz/failed.csv. --retry-failed reads them" in first.stderr
    again = xpz(*words, "--json")
    assert again.exit_code == 3
    assert "7 files were read before." in again.stderr
    assert "2 files that failed before: not tried again. --retry-failed does." in again.stderr
    assert "stars_5.csv: expected" not in again.stderr  # why stands in failed.csv
    assert again.stderr.count("--retry-failed") == 1
    assert json.loads(again.stdout)["spectra"]["rows"] == 200
    assert_is_single(tmp_path / "z", single)


def test_a_table_of_an_archive_that_is_refused_is_named_and_counted(
    xpz, archive, cluster, tmp_path
):
    words = (archive, "--out", f"{tmp_path}/z/", "--scheduler", cluster.address)
    result = xpz(*words)
    assert result.exit_code == 3
    assert "Error: both.zip > short.csv: " in result.stderr
    assert "1 file could not be read" in result.stderr
    assert re.search(r"^files refused +1$", result.stdout, re.MULTILINE)
    assert "_xpz/failed.csv. --retry-failed reads them again." in result.stderr
    (listed,) = pd.read_csv(tmp_path / "z" / "_xpz" / "failed.csv").to_dict("records")
    assert listed["file"] == str(archive)
    assert listed["reason"].startswith("both.zip > short.csv: ")
    again = xpz(*words)
    assert again.exit_code == 3
    assert "1 file that failed before: not tried again." in again.stderr
    assert "short.csv" not in again.stderr  # why stands in failed.csv
    retried = xpz(*words, "--retry-failed")
    assert "Error: both.zip > short.csv: " in retried.stderr
    assert "read before" not in retried.stdout


def test_a_new_failure_is_told_where_another_file_failed_alike_before(
    xpz, galaxies, cluster, tmp_path
):
    paths = [tmp_path / "nights" / night / "stars.csv" for night in ("1", "2", "3")]
    words = (*paths, "--out", f"{tmp_path}/z/", "--scheduler", cluster.address)
    frame = pd.DataFrame(galaxies.flux[:3], columns=[f"flux_{i}" for i in range(186)])
    for path in paths:
        path.parent.mkdir(parents=True)
        frame.to_csv(path, index=False)
    for path in paths[:2]:
        frame.assign(source_id=[1, 2, "no id"]).to_csv(path, index=False)
        result = xpz(*words)
        assert result.exit_code == 3
        assert result.stderr.count("Error: stars.csv: expected 64-bit whole numbers") == 1
        assert "1 file could not be read" in result.stderr
    assert "1 file that failed before: not tried again." in result.stderr


def test_a_release_that_is_stated_must_be_the_runs(xpz, galaxies, cluster, tmp_path):
    frame = pd.DataFrame(galaxies.flux[:3], columns=[f"flux_{i}" for i in range(186)])
    frame.to_csv(tmp_path / "a.csv", index=False)
    words = (tmp_path / "a.csv", "--out", f"{tmp_path}/z/", "--scheduler", cluster.address)
    refused = xpz(*words, "--release", "Gaia DR4")
    assert "expected spectra of Gaia DR3" in refused.stderr
    assert "received Gaia DR4" in refused.stderr
    assert xpz(*words, "--overwrite", "--release", "DR3").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "z/", "--duplicates", "best"], "--duplicates best is for a single table"),
        (["--out", "z/", "--pz", "pz.npz"], "--out is a folder, and so must --pz be: --pz pz/"),
        (["--out", "z.csv", "--pz", "pz/"], "--pz is a folder, and so must --out be"),
        (["--out", "z.csv", "--hats"], "--hats is for a folder of parts: --out z/"),
        (["--out", "z.csv", "--workers", "2"], "--workers is for a folder of parts"),
        (["--out", "z.csv", "--scheduler", "tcp://a:1"], "--scheduler is for a folder of parts"),
        (["--out", "z.csv", "--retry-failed"], "--retry-failed is for a folder of parts"),
    ],
)
def test_options_that_do_not_go_together_are_refused(xpz, bulk, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    found = xpz(bulk / "stars_0.csv", *words)
    assert found.exit_code == 2
    assert said in found.stderr


def test_a_folder_without_its_slash_is_told_of_it(xpz, bulk, tmp_path):
    found = xpz(bulk, "--out", tmp_path / "z")
    assert found.exit_code == 1
    assert f"A slash makes it a folder of parts: --out {tmp_path}/z/" in found.stderr


def test_patterns_and_lists_stand_for_files(tmp_path):
    for name in ("a.csv", "b.csv", "c.txt"):
        (tmp_path / name).write_text("x")
    two = [tmp_path / "a.csv", tmp_path / "b.csv"]
    assert expand([tmp_path / "*.csv"]) == two
    (tmp_path / "some.lst").write_text(f"# stars\na.csv\n\n{tmp_path}/b.csv\n")
    assert expand([tmp_path / "some.lst"]) == two
    (tmp_path / "some.txt").write_text("a.csv\nb.csv\n")
    assert expand([f"@{tmp_path}/some.txt"]) == two
    (tmp_path / "some.txt").write_text("a.csv\r\nb.csv\r\n", encoding="utf-16")  # PowerShell's >
    assert expand([f"@{tmp_path}/some.txt"]) == two
    inputs, notes = find_inputs([tmp_path / "*.csv", tmp_path / "some.lst"])
    assert [each.path for each in inputs] == two
    assert len(notes) == 2  # given twice


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{}/*.csv", "no file fits this pattern"),
        ("@{}/no.txt", "expected a list of files, a path in each line: No such file"),
        ("{}/empty.lst", "expected a list of files, a path in each line; found none"),
        ("-", "Standard input cannot be shared with other processes; save it to a file"),
    ],
)
def test_lists_that_name_nothing_are_refused(xpz, tmp_path, source, said):
    (tmp_path / "empty.lst").write_text("# nothing\n")
    found = xpz(source.format(tmp_path), "--out", f"{tmp_path}/z/")
    assert found.exit_code == 1
    assert said in found.stderr
    assert not (tmp_path / "z").exists()


def test_progress_tells_rate_and_time_left(monkeypatch):
    told = Progress(
        files=8, files_done=2, failed=1, size=400, size_done=100, size_ended=100, workers=2
    )
    told.spectra_finished = told.spectra_ended = 8_000
    told.spectra_at_work = 1_000
    now = iter((0.0, 4500.0))
    monkeypatch.setattr("core.scale.pace.time.monotonic", lambda: next(now))
    told.pace.heard("b", 0)
    told.pace.heard("b", 9_000)
    assert told.words() == ("2 of 8 files, 1 failed, 9,000 spectra, 2/s, about 3 h 12 min left")
    told.workers = 0
    assert told.words().endswith("2/s, waiting for workers")
