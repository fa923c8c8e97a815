import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits, votable
from astropy.table import Table
from pyarrow import parquet

from core.cli.into_file import tell_problems
from core.cli.predict import predict
from core.data.dataset import load_dataset, save_dataset
from core.prediction.calibration.density_calibration import DEFAULT_ANSWER
from core.prediction.catalogue.formats import ENDINGS
from core.prediction.catalogue.joined import DUPLICATES
from core.prediction.catalogue.with_own import COLUMNS
from core.prediction.density import ANSWERS
from core.prediction.prior import DEFAULT_CAP
from core.prediction.seen import SEEN, read_seen
from core.runs import Run

ROOT = Path(__file__).parents[3]
RUN = ROOT / "assets" / "runs" / "compact-20k"
POINTS = RUN.with_name("dissertation-20k")


@pytest.fixture(scope="module")
def spectra(tmp_path_factory):
    """A folder of two files of spectra, of 20 and 10 galaxies."""
    folder = tmp_path_factory.mktemp("spectra")
    dataset = load_dataset(ROOT / "data" / "simulated-20k.parquet")
    save_dataset(dataset.take(np.arange(20)), folder / "a.parquet")
    save_dataset(dataset.take(np.arange(20, 30)), folder / "b.parquet")
    return folder


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_table_of_every_format_is_written(xpz, spectra, tmp_path, ending):
    out = tmp_path / f"z{ending}"
    result = xpz("predict", "--run", RUN, "--in", spectra / "a.parquet", "--out", out)
    assert result.exit_code == 0, result.output
    assert f"{out}: 20 spectra, 20 redshifts" in result.stdout
    assert "compact-20k was trained on simulated spectra. Retrain" in result.stderr
    if ending in (".vot", ".xml"):
        assert votable.validate(str(out), io.StringIO()) is True
    if ending == ".parquet":
        names = pd.read_parquet(out).columns
    elif ending in (".csv.gz", ".tsv"):
        names = pd.read_csv(out, sep="\t" if ending == ".tsv" else ",").columns
    else:
        formats = {".vot": "votable", ".xml": "votable", ".ecsv.gz": "ascii.ecsv"}
        names = Table.read(out, format=formats.get(ending)).colnames
    assert tuple(names[:6]) == COLUMNS
    assert list(tmp_path.iterdir()) == [out]


def test_columns_that_may_hold_the_ids_are_named_on_the_error_stream(xpz, spectra, tmp_path):
    galaxies = load_dataset(spectra / "b.parquet")
    table = pd.DataFrame(galaxies.flux, columns=[f"flux_{i}" for i in range(186)])
    table["object"] = 2**61 + np.arange(len(table))
    table.to_csv(tmp_path / "mine.csv", index=False)
    words = ("predict", "--run", RUN, "--in", tmp_path / "mine.csv", "--out", tmp_path / "z.csv")
    warned = "mine.csv: no column of source ids was recognised, so the rows are numbered from 0"
    assert warned in xpz(*words).stderr
    assert warned not in xpz(*words, "--overwrite", "--id", "object").stderr
    folder = xpz(*words[:-1], f"{tmp_path}/parts/", "--workers", 1)
    assert folder.exit_code == 0
    assert warned in folder.stderr


def test_the_command_ends_with_an_account_and_gives_it_to_scripts(xpz, spectra, tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    words = ("predict", "--run", RUN, "--in", spectra / "a.parquet", "--in", spectra / "b.parquet")
    words += ("--in", tmp_path / "bad.csv", "--out", tmp_path / "z.csv")
    result = xpz(*words)
    told = dict(re.findall(r"^(\S.*\S) +([\d,]+)$", result.stdout, re.MULTILINE))
    assert told == {
        "files read": "2",
        "files refused": "1",
        "tables read": "2",
        "spectra: rows read": "30",
        "rows with a source_id": "30",
        "different source_ids": "30",
        "used": "30",
        f"of these {SEEN}": "27",
    }
    assert "flux: flux (e-/s per sample, as no unit is declared)" in result.stdout
    assert result.output.count("bad.csv: ") == 1
    result = xpz(*words, "--json", "--overwrite")
    account = json.loads(result.stdout)["spectra"]
    assert (account["rows"], account["used"], account["left_out"]) == (30, 30, {})
    assert len(account["refused"]) == 1
    assert "30 spectra, 30 redshifts" in result.stderr
    result = xpz(*words[:3], *words[-4:], "--overwrite")
    told = dict(re.findall(r"^(\S.*\S) +([\d,]+)$", result.stdout, re.MULTILINE))
    assert told == {
        "files read": "0",
        "files refused": "1",
        "spectra: rows read": "0",
        "used": "0",
    }


def test_galaxies_that_the_run_has_seen_are_counted(xpz, spectra, tmp_path):
    seen = int(
        np.isin(pd.read_parquet(spectra / "a.parquet")["source_id"], read_seen(Run(RUN))).sum()
    )
    assert 0 < seen < 20
    words = ("predict", "--run", RUN, "--in", spectra / "a.parquet", "--json", "--out")
    said = f"compact-20k was trained or calibrated with {seen} of 20 spectra here"
    for out in ("z.parquet", "z/"):
        result = xpz(*words, f"{tmp_path}/{out}")
        assert result.stderr.count(said) == 1
        assert json.loads(result.stdout)["spectra"]["noted"] == {SEEN: seen}


def test_a_release_that_is_stated_must_be_the_runs(xpz, tmp_path):
    """So it is of a folder of parts: `tests.core.scale.test_command`."""
    flux = load_dataset(ROOT / "data" / "simulated-20k.parquet").flux[:3]
    frame = pd.DataFrame(flux, columns=[f"flux_{i}" for i in range(186)])
    frame.to_csv(tmp_path / "a.csv", index=False)
    words = ("predict", "--run", RUN, "--in", tmp_path / "a.csv", "--out", tmp_path / "z.csv")
    refused = xpz(*words, "--release", "Gaia DR4")
    assert "expected spectra of Gaia DR3" in refused.stderr
    assert "received Gaia DR4" in refused.stderr
    assert xpz(*words, "--overwrite", "--release", "DR3").exit_code == 0


def test_a_damaged_list_of_seen_galaxies_is_told_and_redshifts_given(xpz, spectra, tmp_path):
    run = shutil.copytree(RUN, tmp_path / "run")
    (run / "seen.npz").write_bytes(b"no file of ids")
    out = tmp_path / "z.csv"
    result = xpz("predict", "--run", run, "--in", spectra / "a.parquet", "--out", out)
    assert result.exit_code == 0
    assert "seen.npz" in result.stderr
    assert out.is_file()


def test_sources_that_come_twice_are_reported(xpz, spectra, tmp_path):
    shutil.copy(spectra / "b.parquet", tmp_path / "again.parquet")
    words = ("predict", "--run", RUN, "--in", spectra, "--in", tmp_path / "again.parquet")
    result = xpz(*words, "--out", tmp_path / "z.csv")
    assert result.exit_code == 0, result.output
    assert "rows whose source_id came before" in result.stdout
    assert "marked in the column `repeated`: --duplicates first or best keeps" in result.stderr
    table = pd.read_csv(tmp_path / "z.csv")
    assert (len(table), table["repeated"].sum()) == (40, 20)
    result = xpz(*words, "--out", tmp_path / "first.csv", "--duplicates", "first")
    assert "40 spectra" not in result.stdout
    assert "repeated" not in result.stderr
    assert pd.read_csv(tmp_path / "first.csv")["file"].value_counts().to_dict() == {
        "a.parquet": 20,
        "b.parquet": 10,
    }


def test_the_ids_can_be_named_where_names_do_not_decide(xpz, spectra, tmp_path):
    frame = pd.read_parquet(spectra / "b.parquet").rename(columns={"source_id": "SOURCE_ID"})
    frame.assign(Source_id="x").to_parquet(tmp_path / "a.parquet")
    words = ("predict", "--run", RUN, "--in", tmp_path / "a.parquet", "--out", tmp_path / "z.csv")
    refused = xpz(*words)
    assert refused.exit_code == 1
    assert "could be source_id: 'SOURCE_ID', 'Source_id'" in refused.stderr
    assert xpz(*words, "--id", "SOURCE_ID").exit_code == 0
    table = pd.read_csv(tmp_path / "z.csv")
    assert table["source_id"].tolist() == frame["SOURCE_ID"].tolist()
    assert set(table["Source_id_input"]) == {"x"}


def test_text_that_fits_cannot_hold_is_told_here_and_in_the_file(xpz, spectra, tmp_path):
    frame = pd.read_parquet(spectra / "b.parquet").assign(observer=["Zoé", *["Ann"] * 9])
    # No redshift, though it is called so: predict has no option to name another column.
    frame = frame.drop(columns="z", errors="ignore").assign(Z=-0.5)
    table = Table.from_pandas(frame.drop(columns=["flux", "flux_error"]))
    table["flux"] = np.stack(frame["flux"])
    table["Z"].unit = "mag"
    table.write(tmp_path / "in.vot", format="votable")
    out = tmp_path / "z.fits"
    result = xpz("predict", "--run", RUN, "--in", tmp_path / "in.vot", "--out", out)
    assert result.exit_code == 0, result.output
    said = "written are 1 cell of 'observer' with escapes (é as \\xe9)"
    assert said in result.stdout
    assert said in json.loads(fits.getheader(out, 1)["XPZACCT"])["notes"][-1]
    assert "in column 'Z', which is given in 'mag'" in result.stdout
    assert "--z" not in result.output


def test_ids_that_no_file_holds_are_told(xpz, spectra, tmp_path):
    (tmp_path / "ids.txt").write_text("4111834567779557376\n4111834567779557377\n")
    words = ("predict", "--run", RUN, "--in", spectra, "--out", tmp_path / "z.csv")
    result = xpz(*words, "--ids", tmp_path / "ids.txt")
    assert result.exit_code == 1
    said = f"These files hold no spectra of the 2 source_ids of {tmp_path / 'ids.txt'}; no table"
    assert said in result.stderr


def test_an_address_is_no_file(xpz, tmp_path):
    result = xpz(
        "predict", "--run", RUN, "--in", "https://a.b/c[1].csv", "--out", tmp_path / "z.csv"
    )
    assert result.exit_code == 1
    assert "xpz reads files on this machine: download it first." in result.stderr
    assert "xpz fetch" in result.stderr


def test_a_covariance_that_is_broken_is_told(xpz, xp_archive, tmp_path):
    row = pd.read_csv(io.BytesIO(xp_archive.make_sources(2).to_bytes("csv")))
    row.loc[0, "bp_coefficient_correlations"] = "[0.1 0.2 ... 0.3]"
    row.to_csv(tmp_path / "xp.csv", index=False)
    result = xpz(
        *("predict", "--run", RUN, "--in", tmp_path / "xp.csv", "--out", tmp_path / "z.csv")
    )
    assert result.exit_code == 0, result.output
    assert "2 spectra, 2 redshifts" in result.stdout
    assert "xp.csv: row 1, column 'bp_coefficient_correlations': expected a" in result.stderr
    assert "Its flux is used without errors." in result.stderr
    assert "of these without errors, which cannot be used" in result.stdout


def test_folders_and_files_are_taken_together(xpz, spectra, tmp_path):
    out = tmp_path / "z.csv"
    result = xpz("predict", "--run", RUN, "--in", spectra, "--out", out)
    assert "30 spectra" in result.stdout
    several = tmp_path / "several.csv"
    files = (spectra / "a.parquet", spectra / "b.parquet")
    result = xpz("predict", "--run", RUN, "--out", several, "--in", *files)
    assert result.exit_code == 0, result.output
    assert several.read_text() == out.read_text()


def test_a_bad_file_is_told_and_the_good_ones_served(xpz, spectra, tmp_path, monkeypatch):
    """Parquet is rehearsed by another process here, as it is for people."""
    monkeypatch.setattr("core.data.tables.parquet.subprocess", subprocess)
    bad = tmp_path / "bad.fits"
    bad.write_bytes(b"SIMPLE  = and no more")
    out = tmp_path / "z.csv"
    result = xpz("predict", "--run", RUN, "--in", bad, "--in", spectra / "a.parquet", "--out", out)
    assert result.exit_code == 3
    assert "Error: bad.fits: " in result.stderr
    assert "1 file could not be read" in result.stderr
    assert "Traceback" not in result.output
    assert len(pd.read_csv(out)) == 20


def test_nothing_is_written_when_no_file_can_be_read(xpz, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    out = tmp_path / "z.csv"
    result = xpz("predict", "--run", RUN, "--in", bad, "--out", out)
    assert result.exit_code == 1
    assert "Error: bad.csv: " in result.stderr
    assert list(tmp_path.iterdir()) == [bad]


def test_rows_without_a_redshift_are_counted_and_the_first_shown(xpz, tmp_path):
    flux = load_dataset(ROOT / "data" / "simulated-20k.parquet").flux[:20].copy()
    flux[:8, 3] = np.nan
    flux[8, 80:] = np.nan
    frame = pd.DataFrame(flux, columns=[f"flux_{i}" for i in range(186)])
    frame.to_csv(tmp_path / "a.csv", index=False)
    result = xpz(
        *("predict", "--run", RUN, "--in", tmp_path / "a.csv", "--out", tmp_path / "z.csv"),
        *("--level", 0.9),
    )
    assert result.exit_code == 0, result.output
    assert "20 spectra, 11 redshifts" in result.stdout
    assert "a.csv: row 5, column 'flux_3'" in result.stderr
    assert "row 6, column" not in result.stderr
    assert "... and 3 more rows" in result.stderr
    assert "9 (45.00 %)  128 NO_REDSHIFT: There is no redshift" in result.stdout
    assert "1 (5.00 %)    1 MISSING_BAND: BP or RP has no flux at all" in result.stdout


def test_a_run_without_calibration_says_how_to_get_intervals(xpz, spectra, tmp_path):
    run = tmp_path / "old"
    shutil.copytree(RUN, run, ignore=shutil.ignore_patterns("calibration.npz"))
    out = tmp_path / "z.csv"
    result = xpz("predict", "--run", run, "--in", spectra / "b.parquet", "--out", out)
    assert result.exit_code == 0, result.output
    assert f"xpz calibrate --run {run}" in result.stderr
    assert pd.read_csv(out)["z_lower"].isna().all()


def test_an_old_table_is_replaced_only_when_asked(xpz, spectra, tmp_path):
    out = tmp_path / "z.csv"
    out.write_text("mine")
    words = ("predict", "--run", RUN, "--in", spectra / "b.parquet", "--out", out)
    refused = xpz(*words)
    assert refused.exit_code == 1
    assert "z.csv: already exists; choose another name, or add --overwrite" in refused.stderr
    assert out.read_text() == "mine"
    assert xpz(*words, "--overwrite").exit_code == 0
    assert len(pd.read_csv(out)) == 10


@pytest.fixture(scope="module")
def mixture_run(save_mixture_run, tmp_path_factory):
    """A run with p(z)."""
    path = ROOT / "data" / "simulated-20k.parquet"
    dataset = load_dataset(path).take(np.arange(1000))
    return save_mixture_run(tmp_path_factory.mktemp("runs"), dataset, path)


@pytest.mark.parametrize("ending", [".npz", ".hdf5"])
def test_densities_are_written_beside_the_table(xpz, mixture_run, spectra, tmp_path, ending):
    out, pz = tmp_path / "z.ecsv", tmp_path / f"pz{ending}"
    result = xpz(
        *("predict", "--run", mixture_run.path, "--in", spectra, "--out", out, "--pz", pz),
        *("--prior", "flat", "--prior-cap", 5, "--answer", "mode"),
    )
    assert result.exit_code == 0, result.output
    assert f"{pz}: p(z) of 30 spectra" in result.stdout
    table = Table.read(out)
    assert "not for the prior asked for (flat, cap 5)" in result.stderr
    assert table.meta["interval_note"] in result.stderr
    assert (table.meta["prior"], table.meta["answer"]) == ("flat, cap 5", "mode")
    assert pz.stat().st_size > 4 * 30 * 100
    if ending == ".npz":
        with np.load(pz) as stored:
            assert stored["source_id"].tolist() == table["source_id"].tolist()
            about = json.loads(str(stored["provenance"]))
            assert about["interval_note"] == table.meta["interval_note"]
            peak = stored["z"][stored["pdf"].argmax(axis=1)]
            np.testing.assert_allclose(table["z"], peak, atol=np.diff(stored["z"]).max())
    assert sorted(tmp_path.iterdir()) == sorted([out, pz])


def test_a_folder_says_too_that_intervals_are_for_another_prior(
    xpz, mixture_run, spectra, tmp_path
):
    words = ("predict", "--run", mixture_run.path, "--in", spectra, "--workers", 1)
    result = xpz(*words, "--out", f"{tmp_path / 'usual'}/")
    assert "asked for" not in result.stderr
    result = xpz(*words, "--out", f"{tmp_path / 'flat'}/", "--prior", "flat")
    assert result.exit_code == 0, result.output
    assert "not for the prior asked for (flat, cap 100)" in result.stderr
    parts = list((tmp_path / "flat").glob("*.parquet"))
    assert parts
    for part in parts:
        assert "interval_note" in json.loads(parquet.read_schema(part).metadata[b"xpz"])


def test_a_table_is_a_prior(xpz, mixture_run, spectra, tmp_path):
    prior, out = tmp_path / "nz.csv", tmp_path / "z.csv"
    prior.write_text("z,n\n0.25,0\n0.3,1\n0.35,0\n")
    words = ("predict", "--run", mixture_run.path, "--in", spectra, "--out", out)
    assert xpz(*words, "--prior", prior).exit_code == 0
    assert pd.read_csv(out)["z"].between(0.25, 0.35).all()


def test_a_run_of_point_estimates_writes_no_densities(xpz, spectra, tmp_path):
    words = ("predict", "--run", POINTS, "--in", spectra, "--out", tmp_path / "z.csv")
    result = xpz(*words, "--pz", tmp_path / "pz.npz")
    assert result.exit_code == 1
    assert "dissertation-20k has no p(z): expected a calibrated run" in result.stderr
    result = xpz(*words, "--prior", "flat")
    assert result.exit_code == 1
    assert "need a run with p(z)" in result.stderr
    assert not list(tmp_path.iterdir())


def test_the_help_names_every_ending():
    options = {option.name: option for option in predict.params}
    assert options["out"].help.endswith(f"{', '.join(ENDINGS)}.")
    assert tuple(options["duplicates"].type.choices) == DUPLICATES


def test_answers_and_defaults_are_those_of_densities():
    options = {option.name: option for option in predict.params}
    assert tuple(options["answer"].type.choices) == ANSWERS
    assert options["answer"].default == DEFAULT_ANSWER
    assert options["prior_cap"].default == DEFAULT_CAP


def test_old_densities_are_replaced_only_when_asked(xpz, mixture_run, spectra, tmp_path):
    pz = tmp_path / "pz.npz"
    pz.write_text("mine")
    words = ("predict", "--run", mixture_run.path, "--in", spectra / "b.parquet")
    words += ("--out", tmp_path / "z.csv", "--pz", pz)
    refused = xpz(*words)
    assert refused.exit_code == 1
    assert "pz.npz: already exists; choose another name, or add --overwrite" in refused.stderr
    assert pz.read_text() == "mine"
    assert xpz(*words, "--overwrite").exit_code == 0
    assert len(np.load(pz)["pdf"]) == 10


def test_the_spectra_are_never_replaced(xpz, spectra, tmp_path):
    path = tmp_path / "b.parquet"
    shutil.copy(spectra / "b.parquet", path)
    before = path.read_bytes()
    result = xpz("predict", "--run", RUN, "--in", tmp_path, "--out", path, "--overwrite")
    assert result.exit_code == 1
    assert "b.parquet: is one of the input files" in result.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--in", "a.csv", "--out", "z.txt"), "expected a name that ends in .csv"),
        (("--in", "a.csv", "--out", "z.csv", "--pz", "pz.h5"), "ends in .npz, .parquet or .hdf5"),
        (
            ("--in", "a.csv", "--out", "z.parquet", "--pz", "z.parquet"),
            "--out and --pz name the same file",
        ),
        (("--in", "a.csv", "--out", "z.csv", "--prior-cap", "0"), "is not in the range x>=1"),
        (("--in", "gone.csv", "--out", "z.csv"), "gone.csv: there is no such file"),
        (("--out", "z.csv"), "Name at least one file of spectra"),
        (("--in", "a.csv", "--out", "z.csv", "--level", "1"), "is not in the range 0<x<1"),
    ],
)
def test_what_cannot_work_is_refused_before_any_work(xpz, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    result = xpz("predict", "--run", RUN, *words)
    assert result.exit_code in (1, 2)
    assert message in result.stderr
    assert not list(tmp_path.iterdir())


def test_folders_in_folders_only_on_request_and_prose_is_left_aside(xpz, spectra, tmp_path):
    folder = tmp_path / "in"
    (folder / "more").mkdir(parents=True)
    shutil.copy(spectra / "a.parquet", folder)
    shutil.copy(spectra / "b.parquet", folder / "more")
    (folder / "README.txt").write_text("Downloaded on Monday.\n")
    (folder / ".hidden.csv").write_text("a,b\n")
    (folder / "link.parquet").symlink_to(folder / "a.parquet")
    out = tmp_path / "z.csv"
    result = xpz("predict", "--run", RUN, "--in", folder, "--out", out)
    assert result.exit_code == 0, result.output
    assert f"{out}: 20 spectra" in result.output
    assert "README.txt: left aside, it is text that is no table" in result.output
    assert "in: left aside, folders (--recursive reads them): more." in result.output
    assert "link.parquet: the same file as " in result.output
    options = ("--recursive", "--overwrite")
    result = xpz("predict", "--run", RUN, "--in", folder, "--out", out, *options)
    assert result.exit_code == 0, result.output
    assert f"{out}: 30 spectra" in result.output


def test_how_rows_are_counted_is_said_once(capsys):
    rows = [("a.csv", row, f"row {row + 1}: odd") for row in range(7)]
    prediction = SimpleNamespace(refused_files=[], problems=rows, notes=rows[:1])
    tell_problems(prediction)
    said = capsys.readouterr().err
    assert said.count("rows are counted from 1".capitalize()) == 1
    assert "... and 2 more rows whose flux cannot be used." in said
    tell_problems(SimpleNamespace(refused_files=[], problems=[], notes=[]))
    assert not capsys.readouterr().err
