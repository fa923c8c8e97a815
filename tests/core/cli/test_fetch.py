"""From the archive and a table of redshifts to a data set, by commands alone."""

import json

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from click.testing import CliRunner

from core.cli import main
from core.data.dataset import load_dataset
from core.data.dataset_files import list_datasets

OF_DR3 = "SELECT source_id FROM gaiadr3.gaia_source"


@pytest.fixture
def xpz(archive, monkeypatch):
    monkeypatch.setenv("XPZ_ARCHIVE", archive.url)

    def run(*words, **options):
        return CliRunner().invoke(main, [str(word) for word in words], **options)

    return run


def spec_obj(sources, path):
    """Write a table as SDSS's SpecObj: galaxies beside the sources, some of no use."""
    n = len(sources)
    rng = np.random.default_rng(4)
    table = Table(
        {
            "PLUG_RA": sources["ra"] + rng.uniform(-0.3, 0.3, n) / 3600,
            "PLUG_DEC": sources["dec"] + rng.uniform(-0.3, 0.3, n) / 3600,
            "Z": np.linspace(0.01, 0.6, n).astype(np.float32),
            "Z_ERR": np.full(n, 1e-5, np.float32),
            "ZWARNING": np.where(np.arange(n) == 2, 4, 0).astype(np.int32),
            "CLASS": np.where(np.arange(n) == 3, "STAR", "GALAXY"),
        }
    )
    table.add_row([10.0, 10.0, 0.2, 1e-5, 0, "GALAXY"])  # where Gaia has nothing
    table.add_row([*table[5]])  # observed again, as well
    table.write(path)


def test_from_the_archive_and_sdss_to_a_data_set(xpz, archive, xp_archive, tmp_path):
    folder, table, out = tmp_path / "gaia", tmp_path / "SpecObj.fits", tmp_path / "set.parquet"
    spec_obj(archive.sources, table)
    result = xpz("fetch", "--galaxies", 13, "--out", folder, "--chunk", 6)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{folder}: 13 spectra of 13 sources\n")

    matched = tmp_path / "matched.csv"
    result = xpz(
        *("crossmatch", "--sources", folder, "--redshifts", table, "--radius", 1, "--out", matched)
    )
    assert result.exit_code == 0, result.output
    sources = pd.read_parquet(folder / "sources.parquet")
    ours = archive.sources.index[archive.sources["source_id"].isin(sources["source_id"])]
    expected = [row for row in ours if row not in (2, 3)]
    printed = {line[:52].strip(): line[52:].strip() for line in result.stdout.splitlines()[:-1]}
    assert printed["rows of the redshift table"] == "22"
    assert printed["left out: warning flag (ZWARNING)"] == "1"
    assert printed["left out: not of type GALAXY (CLASS)"] == "1"
    assert printed["repeated observations, the best one kept"] == str(int(5 in expected))
    assert printed["sources matched, one to one"] == str(len(expected))

    result = xpz("dataset", "build", "--spectra", folder, "--redshifts", matched, "--out", out)
    assert result.exit_code == 0, result.output
    assert f"{out}: {len(expected)} galaxies" in result.stdout
    dataset = load_dataset(out)
    assert [entry.path for entry in list_datasets(tmp_path)] == [out]
    assert dataset.card.origin == "observed"
    rows = [archive.spectra.source_id.tolist().index(source) for source in dataset.source_id]
    assert sorted(rows) == expected
    np.testing.assert_allclose(
        dataset.z, np.linspace(0.01, 0.6, 20).astype(np.float32)[rows], rtol=1e-6
    )
    np.testing.assert_allclose(dataset.flux, xp_archive.samples(archive.spectra)[rows], rtol=1e-4)
    assert np.isfinite(dataset.flux_error).all()
    np.testing.assert_allclose(dataset.g_mag, archive.sources["phot_g_mean_mag"][rows])
    for column in ("redshift_ugc", "redshift_ugc_lower", "redshift_ugc_upper"):
        np.testing.assert_allclose(
            getattr(dataset, column), archive.sources[column][rows], rtol=1e-6, err_msg=column
        )


def test_sources_are_asked_for_by_list_query_file_or_cone(xpz, archive, tmp_path):
    ids = archive.sources["source_id"]
    (tmp_path / "ids.txt").write_text("".join(f"{source}\n" for source in [*ids[:3], 5, ids[0]]))
    result = xpz("fetch", "--ids", tmp_path / "ids.txt", "--out", tmp_path / "a")
    first, second, *numbers = result.stdout.splitlines()
    assert first == f"{tmp_path / 'a'}: 3 spectra of 4 sources"
    assert second.endswith(f"listed in {tmp_path / 'a' / 'without_spectra.csv'}.")
    told = {line[:52].strip(): line[52:].strip() for line in numbers}
    assert told["rows whose source_id came before"] == "1"
    assert told["left out: no such source in this release"] == "1"
    result = xpz("fetch", "--ids", tmp_path / "ids.txt", "--out", tmp_path / "a", "--json")
    assert json.loads(result.stdout)["sources"]["used"] == 3
    (tmp_path / "query.adql").write_text("SELECT TOP 4 source_id FROM gaiadr3.gaia_source")
    result = xpz("fetch", "--adql", tmp_path / "query.adql", "--out", tmp_path / "b")
    assert "4 spectra of 4 sources" in result.stdout
    ra, dec = archive.sources.loc[0, ["ra", "dec"]]
    result = xpz("fetch", "--cone", ra, dec, 0.001, "--out", tmp_path / "c")
    assert "1 spectrum of 1 source" in result.stdout


def test_a_login_is_asked_for_and_not_shown(xpz, archive, tmp_path):
    words = ("fetch", "--galaxies", 1, "--out", tmp_path, "--login")
    result = xpz(*words, input="sandage\ngalaxies\n")
    assert result.exit_code == 0, result.output
    assert "galaxies\n" not in result.stderr
    assert archive.cookies == ["JSESSIONID=sandage"] * 2


def test_ctrl_c_is_answered_with_what_to_do(xpz, monkeypatch, tmp_path):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("core.fetch", interrupted)
    result = xpz("fetch", "--galaxies", 1, "--out", tmp_path)
    assert result.exit_code == 130
    assert "run the same command to continue" in result.stderr


def test_no_command_replaces_what_it_reads(xpz, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("source_id,ra,dec,z\n1,2,3,0.1\n")
    result = xpz(
        *("crossmatch", "--sources", table, "--redshifts", table, "--radius", 1, "--out", table)
    )
    assert result.exit_code == 1
    assert "table.csv: is one of the input files" in result.stderr
    assert "separation_arcsec" not in table.read_text()


def test_the_column_of_errors_can_be_named(xpz, tmp_path):
    sources, table, out = (tmp_path / f"{name}.csv" for name in ("sources", "table", "out"))
    sources.write_text("source_id,ra,dec\n1,2,3\n")
    table.write_text("ra,dec,z,e_z\n2,3,0.1,0.2\n2,3,0.1001,0.1\n")
    words = ("crossmatch", "--sources", sources, "--redshifts", table, "--radius", 1, "--out", out)
    result = xpz(*words, "--z-error", "e_z")
    assert result.exit_code == 0
    unflagged = "no warning flags recognised: no redshift is left out for a warning; name"
    untyped = "no spectral types recognised: no redshift is left out for its type; name"
    assert unflagged in result.stdout
    assert untyped in result.stdout
    assert pd.read_csv(out)["z_spec"].tolist() == [0.1001]
    words = (*words, "--overwrite")
    assert "recognised" not in xpz(*words, "--with-warnings", "--any-kind").stdout
    assert "Rename it, or name it with --z-error" in xpz(*words, "--z-error", "no").stderr
    # What one column leaves out is not said to be used for want of the other.
    table.write_text("ra,dec,z,zwarn\n2,3,0.1,4\n2,3,0.1001,0\n")
    told = xpz(*words).stdout
    assert untyped in told
    assert "are used" not in told
    assert "no warning flags" not in told


def test_a_file_that_is_no_query_is_refused(xpz, tmp_path):
    query = tmp_path / "query.adql"
    query.write_bytes(b"SELECT \xe9")
    result = xpz("fetch", "--adql", query, "--out", tmp_path / "gaia")
    assert result.exit_code == 1
    assert "query.adql: expected a query in UTF-8" in result.stderr
    query.write_text("NOTHING", encoding="utf-16")
    result = xpz("fetch", "--adql", query, "--out", tmp_path / "gaia")
    assert "Encountered 'NOTHING'" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("fetch", "--out", "x"), "Expected one of --ids, --adql, --cone and --galaxies"),
        (("fetch", "--out", "x", "--galaxies", 2, "--adql", "SELECT"), "received 2"),
        (("fetch", "--out", "x", "--galaxies", 2, "--release", "Gaia DR9"), "Release: expected"),
        (("fetch", "--out", "x", "--galaxies", 2, "--chunk", 5001), "expected 1 to 5000"),
        (("fetch", "--out", "x", "--galaxies", 2, "--server", "gea"), "expected an address"),
        (("fetch", "--out", "x", "--cone", 1, 95, 1), "Cone: expected"),
        (("fetch", "--out", "x", "--ids", "no.txt"), "no.txt"),
        (("fetch", "--out", "x", "--adql", "query.sql"), "there is no file 'query.sql'"),
        (("fetch", "--out", "x", "--adql", "SELECT ra FROM t"), "query that selects source_id"),
        (
            ("fetch", "--out", "x", "--adql", OF_DR3, "--release", "Gaia DR4"),
            "Name tables of Gaia DR4",
        ),
        (
            ("crossmatch", "--sources", "x", "--redshifts", "y", "--radius", 1, "--out", "z.xls"),
            "z.xls: expected a name that ends in",
        ),
        (("dataset", "build", "--spectra", "x", "--out", "set.csv"), "x: there is no such file"),
    ],
)
def test_mistakes_are_answered_with_a_sentence(xpz, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    result = xpz(*words)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())
