"""`xpz crossmatch` and `xpz dataset build`: labels by hand, units, quality, accounts."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from core.cli import options
from core.data.dataset import load_dataset
from core.data.dataset_files import read_card
from core.data.labels.plausibility import Z_UNITS
from core.data.redshift_tables import read_redshifts

IDS = np.arange(4) + 4_111_834_567_779_557_376
Z = np.array([0.1, 0.2, 0.3, 0.4])


@pytest.fixture
def match(xpz, tmp_path):
    """Return a function that matches a table of redshifts and gives result and file."""
    sources, table, out = (tmp_path / f"{name}.csv" for name in ("sources", "z", "out"))
    places = {"source_id": IDS, "ra": [1.0, 2, 3, 4], "dec": 0.0}
    pd.DataFrame(places).to_csv(sources, index=False)

    def run(columns, *words):
        pd.DataFrame({"ra": [1.0, 2, 3, 4], "dec": 0.0} | columns).to_csv(table, index=False)
        out.unlink(missing_ok=True)
        words = ("--radius", 1, "--out", out, *words)
        result = xpz("crossmatch", "--sources", sources, "--redshifts", table, *words)
        return result, out

    return run


def test_the_column_that_counts_is_said(match):
    result, out = match({"z": Z + 0.3, "z_spec": Z})
    assert pd.read_csv(out)["z_spec"].tolist() == Z.tolist()
    assert "z: z_spec (spectroscopic; left aside: z)\n" in result.stdout
    result, out = match({"z": Z, "z_spec": Z + 0.3}, "--z", "z")
    assert pd.read_csv(out)["z_spec"].tolist() == Z.tolist()
    assert "z: z (by hand)\n" in result.stdout


def test_velocities_are_converted_on_request(match):
    result, out = match({"z": Z * 299_792.458})
    assert result.exit_code == 1
    assert "add --z-unit km/s" in result.stderr
    assert not out.exists()
    result, out = match({"z": Z * 299_792.458}, "--z-unit", "km/s")
    np.testing.assert_allclose(pd.read_csv(out)["z_spec"], Z)
    assert "unit of z: km/s, made z = v/c\n" in result.stdout
    assert tuple(Z_UNITS) == options.Z_UNITS


def test_quality_by_hand_and_by_the_survey(match):
    columns = {"z": Z, "NQ": [4, 3, 2, 1], "sn": [1, 9, 9, 9]}
    for words, kept in (
        ((), [0, 1]),
        (("--quality", "NQ>=2"), [0, 1, 2]),
        (("--quality", "sn>5"), [1]),
        (("--quality", "sn>5", "--no-quality"), [1, 2, 3]),
        (("--no-quality",), [0, 1, 2, 3]),
    ):
        result, out = match(columns, *words)
        assert result.exit_code == 0, result.stderr
        assert pd.read_csv(out)["source_id"].tolist() == IDS[kept].tolist()
    assert "--quality: expected a column" in match(columns, "--quality", "import os")[0].stderr


@pytest.mark.parametrize("ending", ["vot", "fits", "parquet", "csv"])
def test_the_cuts_of_a_match_are_told_where_it_is_used(xpz, match, tmp_path, ending):
    columns = {"Z": Z, "Z_ERR": 0.001, "ZWARNING": 0, "CLASS": "GALAXY", "SPECPRIMARY": 1}
    made, _ = match(columns)
    cuts = re.search("^quality: (.*)$", made.stdout, re.MULTILINE)[1]
    assert "recommended by SDSS" in cuts
    out = tmp_path / f"matched.{ending}"
    match(columns, "--out", out)
    told = read_redshifts(out, by_ids=True).account.columns["quality"]
    whose = "by xpz crossmatch, whose account names them" if ending == "csv" else cuts
    assert told == f"none here; when the redshifts were matched: {whose}"


def test_the_account_of_a_match_adds_up_as_json(match):
    result, _ = match({"z": [0.1, np.nan, 0.3, 0.4], "dec": [0, 0, 0, 0.1]}, "--json")
    accounts = json.loads(result.stdout)
    redshifts, sources = accounts["redshifts"], accounts["sources"]
    assert redshifts["left_out"] == {"no redshift": 1, "no source within 1 arcsec": 1}
    assert sources["left_out"] == {"no redshift for it": 2}
    for account in (redshifts, sources):
        assert account["rows"] == account["used"] + sum(account["left_out"].values())
    assert "sources matched, one to one" in result.stderr


def test_a_match_that_finds_nothing_is_an_error_that_says_where_both_lie(match):
    result, out = match({"z": Z, "ra": np.radians([1.0, 2, 3, 4])})
    assert result.exit_code == 1
    assert "the sources lie in RA 1 to 4 deg" in result.stderr
    assert "may be radians" in result.stderr
    assert not out.exists()


def test_a_data_set_tells_its_columns_and_its_account(xpz, tmp_path):
    flux = pd.DataFrame(np.ones((4, 186)), columns=[f"flux_{i}" for i in range(186)])
    named = pd.DataFrame({"object": IDS, "z": Z, "Z": Z + 0.1, "gmag": 17.0, "g_mag": 1.0})
    spectra, out = tmp_path / "s.parquet", tmp_path / "o.parquet"
    pd.concat([named, flux], axis=1).to_parquet(spectra)
    words = ("dataset", "build", "--spectra", spectra, "--out", out)
    assert "several columns could be" in xpz(*words).stderr
    by_hand = ("--z", "Z", "--id", "object", "--g-mag", "gmag", "--json")
    result = xpz(*words, *by_hand)
    account = json.loads(result.stdout)["spectra"]
    chosen = {name: account["columns"][name] for name in ("z", "source_id", "g_mag")}
    assert chosen == {
        "z": "Z (by hand)",
        "source_id": "object (by hand)",
        "g_mag": "gmag (by hand)",
    }
    assert (account["rows"], account["unique_ids"], account["used"]) == (4, 4, 4)
    assert read_card(out).account == {"spectra": account}
    dataset = load_dataset(out)
    np.testing.assert_array_equal(dataset.z, Z + 0.1)
    assert dataset.g_mag.tolist() == [17] * 4


def test_prose_in_a_folder_of_spectra_is_left_aside_and_said(xpz, tmp_path):
    folder = tmp_path / "spectra"
    (folder / "deep").mkdir(parents=True)
    table = pd.DataFrame(np.ones((4, 186)), columns=[f"flux_{i}" for i in range(186)])
    table.assign(source_id=IDS, z=Z).to_parquet(folder / "a.parquet")
    table.assign(source_id=IDS + 4, z=Z).to_parquet(folder / "deep" / "b.parquet")
    (folder / "notes.txt").write_text("Dear colleague,\n\nthese are my spectra. Be kind.\n" * 20)
    words = ("dataset", "build", "--spectra", folder, "--out", tmp_path / "o.parquet")
    result = xpz(*words)
    assert result.exit_code == 0, result.stderr
    assert "notes.txt: left aside, it is " in result.stdout
    assert read_card(tmp_path / "o.parquet").n_galaxies == 4
    assert xpz(*words, "--recursive", "--overwrite").exit_code == 0
    assert read_card(tmp_path / "o.parquet").n_galaxies == 8


def test_a_folder_in_place_of_a_table_of_redshifts_or_sources_is_said(xpz, tmp_path):
    folder, out = tmp_path / "survey", tmp_path / "out.parquet"
    folder.mkdir()
    (folder / "z.csv").write_text("source_id,ra,dec,z\n1,2,3,0.1\n")
    match = ("crossmatch", "--radius", 1)
    for words, of in (
        ((*match, "--sources", folder / "z.csv", "--redshifts", folder), "redshifts"),
        ((*match, "--sources", folder, "--redshifts", folder / "z.csv"), "sources"),
        (("dataset", "build", "--spectra", folder, "--redshifts", folder), "redshifts"),
    ):
        result = xpz(*words, "--out", out)
        assert result.exit_code == 1
        assert f"{folder}: expected a file of {of}, received a folder. Name one of the files " in (
            result.stderr
        )
        assert "z.csv" in result.stderr
