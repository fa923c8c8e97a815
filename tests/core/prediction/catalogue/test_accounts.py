"""What a catalogue says of everything that was read: accounts that add up, and repeated sources."""

import json

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits, votable
from astropy.table import Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from core.data.labels.by_hand import ByHand
from core.errors import DataError
from core.prediction import estimator as estimators
from core.prediction.catalogue import catalogue
from core.prediction.catalogue.catalogue import accounted, predict_files
from core.prediction.catalogue.formats import to_bytes
from core.prediction.catalogue.joined import NO_BAND, NO_FLUX, UNTOLD, WITHOUT_ERRORS
from core.prediction.catalogue.pz_file import writing_pz
from core.prediction.catalogue.with_own import COLUMNS
from core.prediction.flags import Flag
from core.spectra import N_SAMPLES

NAMES = [f"flux_{i}" for i in range(N_SAMPLES)]


def write(path, flux, source_id=None, **own):
    fluxes = pd.DataFrame(np.asarray(flux), columns=NAMES)
    frame = pd.concat([fluxes, pd.DataFrame(own, index=fluxes.index)], axis=1)
    if source_id is not None:
        frame.insert(0, "source_id", source_id)
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def several(spectra, tmp_path):
    """Ids 1 to 4 in one file, 3 to 6 in another, of which 4 is brighter and 5 lacks a band."""
    flux = spectra.flux[:6].astype(float)
    first = write(tmp_path / "a.csv", flux[:4], [1, 2, 3, 4])
    second = flux[[2, 3, 4, 5]]
    second[1] *= 3
    second[2, :80] = np.nan
    return [first, write(tmp_path / "b.csv", second, [3, 4, 5, 6])]


def test_repeated_sources_are_kept_and_marked(estimator, several):
    found = predict_files(estimator, several)
    table, account = found.table, found.account
    assert list(table.columns) == [*COLUMNS, "file", "repeated"]
    assert table["source_id"].tolist() == [1, 2, 3, 4, 3, 4, 5, 6]
    assert table["repeated"].tolist() == [False, False, True, True, True, True, False, False]
    assert (account.files, account.tables, account.rows, account.used) == (2, 2, 8, 7)
    assert (account.ids, account.unique_ids, account.repeated_ids) == (8, 6, 2)
    assert account.left_out == {NO_BAND: 1}
    assert account.adds_up


def test_only_the_first_row_of_each_source(estimator, several):
    found = predict_files(estimator, several, duplicates="first")
    assert list(found.table.columns) == [*COLUMNS, "file"]
    assert found.table["source_id"].tolist() == [1, 2, 3, 4, 5, 6]
    assert found.table["file"].tolist() == ["a.csv"] * 4 + ["b.csv"] * 2
    assert found.account.left_out == {
        "another row of the same source is kept, the first": 2,
        NO_BAND: 1,
    }
    assert found.account.adds_up


def test_only_the_best_row_of_each_source(estimator, spectra, tmp_path):
    flux = spectra.flux[[0, 1, 2, 0, 1, 2]].astype(float)
    flux[0, :80] = np.nan  # no redshift: the other row is better, wherever it stands
    flux[5, 80:] = np.nan
    path = write(tmp_path / "a.csv", flux, [1, 2, 3, 1, 2, 3])
    every = predict_files(estimator, path).table
    kept = predict_files(estimator, path, duplicates="best").table
    assert kept["z"].notna().all()
    better = 1 if every["sigma_z"][1] <= every["sigma_z"][4] else 4
    rows = sorted([3, better, 2])
    pd.testing.assert_frame_equal(
        kept, every.drop(columns="repeated").iloc[rows].reset_index(drop=True)
    )


def test_rows_without_ids_are_no_repeated_sources(estimator, spectra, tmp_path):
    files = [write(tmp_path / f"{name}.csv", spectra.flux[:3]) for name in "ab"]
    found = predict_files(estimator, files, duplicates="first")
    assert len(found.table) == 6
    assert found.account.ids == 0
    assert "repeated" not in predict_files(estimator, files).table


def test_the_same_file_by_two_ways_counts_once(estimator, several, tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to(several[0])
    again = tmp_path / ".." / tmp_path.name / "a.csv"
    found = predict_files(estimator, [several[0], link, again, several[0]])
    assert len(found.table) == 4
    assert found.account.files == 1
    assert len(found.account.left_aside) == 3


def test_densities_are_those_of_the_rows_that_are_kept(
    mixture_estimator, several, tmp_path, monkeypatch
):
    for module in (catalogue, estimators):
        monkeypatch.setattr(module, "BLOCK_SPECTRA", 3)
    path = tmp_path / "pz.npz"
    with writing_pz(path, mixture_estimator.density_z, mixture_estimator.provenance) as store:
        found = predict_files(mixture_estimator, several, duplicates="first", densities=store)
    with np.load(path) as stored:
        assert stored["row"].tolist() == [0, 1, 2, 3, 5]
        assert stored["source_id"].tolist() == [1, 2, 3, 4, 6]
        rows = found.table.iloc[stored["row"]]
        np.testing.assert_allclose(stored["quantiles"][:, 6], rows["z_upper"], atol=1e-5)


def test_our_columns_keep_their_names_in_every_format(estimator, several, spectra, tmp_path):
    own = {"file": ["x"] * 3, "Z": [0.1] * 3, "FLAGS": [7] * 3, "z-lower": [1] * 3,
           "Repeated": ["no"] * 3, "file_input": ["y"] * 3}  # fmt: skip
    path = write(tmp_path / "own.csv", spectra.flux[:3], [1, 2, 99], **own)
    found = predict_files(estimator, [several[0], path])
    table = found.table
    ours = [*COLUMNS, "file", "repeated"]
    assert list(table.columns[:8]) == ours
    assert table["file"].tolist() == ["a.csv"] * 4 + ["own.csv"] * 3
    assert table["repeated"].tolist() == [True, True, False, False, True, True, False]
    assert table["z_spec"].tolist()[4:] == [0.1] * 3
    assert table["file_input"].tolist()[4:] == ["x"] * 3
    assert table["file_input_input"].tolist()[4:] == ["y"] * 3
    assert "file_input" in predict_files(estimator, path).table  # where ours is not there, too
    assert table["Repeated_input"].tolist()[4:] == ["no"] * 3
    for ending in (".csv", ".ecsv", ".parquet", ".fits", ".vot"):
        out = tmp_path / f"z{ending}"
        out.write_bytes(to_bytes(table, ending, accounted(estimator.provenance, found.account)))
        if ending == ".parquet":
            names = parquet.read_schema(out).names
        elif ending == ".vot":
            names = [f.name for f in votable.parse(out).get_first_table().fields]
        else:
            names = Table.read(out).colnames
        assert names[:8] == ours, ending
        assert len({name.lower() for name in names}) == len(names)


def test_files_of_one_name_are_told_apart(estimator, spectra, tmp_path):
    files = []
    for folder in ("north", "south"):
        (tmp_path / folder).mkdir()
        files.append(write(tmp_path / folder / "a.csv", spectra.flux[:2]))
    files.append(write(tmp_path / "b.csv", spectra.flux[:1]))
    table = predict_files(estimator, files).table
    assert table["file"].tolist() == [str(files[0])] * 2 + [str(files[1])] * 2 + ["b.csv"]


def test_what_is_no_spectrum_is_no_missing_band(estimator, spectra, tmp_path):
    frame = pd.DataFrame(spectra.flux[:4], columns=NAMES).astype(object)
    frame.loc[0, "flux_3"] = "x"
    frame.loc[1, NAMES[:80]] = "1e99"
    frame.loc[2, NAMES[:80]] = None
    frame.to_csv(tmp_path / "a.csv", index=False)
    found = predict_files(estimator, tmp_path / "a.csv")
    missing, clipped, without = (
        (found.table["flags"] & flag.value > 0).tolist()
        for flag in (Flag.MISSING_BAND, Flag.CLIPPED_BAND, Flag.NO_REDSHIFT)
    )
    assert missing == [False, False, True, False]
    assert clipped == [False] * 4
    assert without == [True, True, True, False]
    assert found.account.left_out == {NO_BAND: 1, NO_FLUX: 2}


def test_coefficients_that_cannot_be_read_are_no_missing_band(estimator, xp_archive, tmp_path):
    sources = xp_archive.make_sources(4, missing_rp=[2])
    content = sources.to_bytes("csv").decode().splitlines()
    row = pd.read_csv(pd.io.common.StringIO("\n".join(content)))
    row.loc[0, "bp_coefficients"] = "[1.0 2.0 ... 3.0]"
    row.loc[1, "bp_basis_function_id"] = 7
    row.to_csv(tmp_path / "xp.csv", index=False)
    found = predict_files(estimator, tmp_path / "xp.csv")
    missing = found.table["flags"] & Flag.MISSING_BAND.value > 0
    assert missing.tolist() == [False, False, True, False]
    assert [row for _, row, _ in found.problems] == [0, 1]


def test_a_file_without_one_usable_row_is_refused(estimator, spectra, tmp_path):
    frame = pd.DataFrame(spectra.flux[:3], columns=NAMES).astype(object)
    frame["flux_3"] = "x"
    frame.to_csv(tmp_path / "a.csv", index=False)
    good = write(tmp_path / "b.csv", spectra.flux[:2])
    found = predict_files(estimator, [tmp_path / "a.csv", good])
    assert len(found.table) == 2
    ((name, reason),) = found.refused_files
    assert name == "a.csv"
    assert reason == (
        "a.csv: not one of its 3 spectra can be used: row 1, column 'flux_3': expected a number, "
        "received 'x'."
    )
    assert found.account.refused == [reason]
    assert (found.account.files, found.account.rows) == (1, 2)


def test_a_row_is_told_with_its_table(estimator, spectra, tmp_path):
    flux = spectra.flux[:3].copy()
    flux[1, 3] = np.inf
    tables = [fits.BinTableHDU(Table({"flux": each})) for each in (spectra.flux[:2], flux)]
    tables[1].name = "SECOND"
    fits.HDUList([fits.PrimaryHDU(), *tables]).writeto(tmp_path / "two.fits")
    found = predict_files(estimator, tmp_path / "two.fits")
    ((name, row, words),) = found.problems
    assert (name, row) == ("two.fits", 3)
    assert words.startswith("HDU 2 SECOND, row 2, column 'flux[3]': expected a finite number")


def test_spectra_that_all_lack_a_band_are_served(estimator, spectra, tmp_path):
    flux = spectra.flux[:3].copy()
    flux[:, :80] = np.nan
    found = predict_files(estimator, write(tmp_path / "a.csv", flux))
    assert not found.refused_files
    assert found.account.left_out == {NO_BAND: 3}


@pytest.mark.parametrize("duplicates", ["keep", "first", "best"])
def test_spectra_without_an_id_are_no_repeated_source(estimator, spectra, tmp_path, duplicates):
    path = write(tmp_path / "a.csv", spectra.flux[:4], [2**62, "", -9999, 0])
    found = predict_files(estimator, path, duplicates=duplicates)
    assert found.table["z"].notna().tolist() == [True] * 4
    assert found.table["source_id"].tolist() == [2**62, -1, -1, 0]
    assert "repeated" not in found.table
    assert (found.account.ids, found.account.unique_ids) == (1, 1)
    assert found.account.noted == {"without a source_id": 3, UNTOLD: 4}


def test_errors_that_cannot_be_used_are_noted(estimator, spectra, tmp_path):
    errors = {f"flux_error_{i}": [0.1, 0.1] for i in range(N_SAMPLES)}
    errors["flux_error_5"] = ["x", 0.1]
    path = write(tmp_path / "a.csv", spectra.flux[:2], [1, 2], **errors)
    found = predict_files(estimator, path)
    assert found.table["z"].notna().all()
    assert not found.problems
    ((name, row, words),) = found.notes
    assert (name, row) == ("a.csv", 0)
    assert words.endswith("received 'x'. Its flux is used without errors.")
    assert found.account.noted == {WITHOUT_ERRORS: 1, UNTOLD: 2}


@pytest.mark.parametrize("empty", ["", "n/a", "NaN", "all"])
def test_errors_that_are_missing_are_noted(mixture_estimator, spectra, tmp_path, empty):
    names = [f"flux_error_{i}" for i in range(N_SAMPLES)]
    errors = pd.DataFrame(0.1, range(3), names).astype(object)
    errors.loc[1, names if empty == "all" else names[100:101]] = "" if empty == "all" else empty
    flux = spectra.flux[:3].astype(float)
    flux[2, :80] = np.nan  # whose errors nobody misses
    errors.loc[2, names[:80]] = ""
    path = write(tmp_path / "a.csv", flux, [1, 2, 3], **errors)
    found = predict_files(mixture_estimator, path)
    ((name, row, words),) = found.notes
    assert (name, row) == ("a.csv", 1)
    column = names[0 if empty == "all" else 100]
    assert words.startswith(f"row 2, column '{column}': expected a finite number of 0 or more")
    assert words.endswith("received an empty value (nothing, NaN or '--'). "
                          "Its flux is used without errors.")  # fmt: skip
    assert found.account.noted == {WITHOUT_ERRORS: 1, UNTOLD: 2}
    bare = predict_files(mixture_estimator, write(tmp_path / "b.csv", flux, [1, 2, 3]))
    assert found.table["z"][1] == bare.table["z"][1]
    assert found.account.columns["flux_error"] == "flux_error_0 to flux_error_185"
    said = "none, as no column holds errors: the flux is used without errors"
    assert bare.account.columns["flux_error"] == said


@pytest.mark.parametrize("ending", [".parquet", ".ecsv", ".fits", ".vot"])
def test_the_metadata_hold_the_account(estimator, several, tmp_path, ending):
    found = predict_files(estimator, several)
    out = tmp_path / f"z{ending}"
    out.write_bytes(to_bytes(found.table, ending, accounted(estimator.provenance, found.account)))
    if ending == ".parquet":
        text = json.loads(parquet.read_schema(out).metadata[b"xpz"])["account"]
    elif ending == ".ecsv":
        text = Table.read(out).meta["account"]
    elif ending == ".fits":
        text = fits.getheader(out, 1)["XPZACCT"]
    else:
        infos = votable.parse(out).resources[0].infos
        (text,) = [info.value for info in infos if info.name == "account"]
    stored = json.loads(text)
    assert stored == json.loads(json.dumps(found.account.to_json()))
    assert stored["rows"] == stored["used"] + sum(stored["left_out"].values()) == 8


ROWS = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from(["good", "bp", "rp", "all", "text", "hole"])),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), ROWS), min_size=1, max_size=3),
       st.sampled_from(["keep", "first", "best"]))  # fmt: skip
def test_accounts_add_up(estimator, spectra, tmp_path_factory, files, duplicates):
    folder = tmp_path_factory.mktemp("files")
    paths, expected_ids, n_rows = [], [], 0
    for number, (has_ids, rows) in enumerate(files):
        if not has_ids:  # a line of nothing but commas may be a blank one
            rows = [(source, "bp" if fault == "all" else fault) for source, fault in rows]
        frame = pd.DataFrame(spectra.flux[: len(rows)], columns=NAMES).astype(object)
        for row, (_, fault) in enumerate(rows):
            columns = {"bp": NAMES[:80], "rp": NAMES[80:], "all": NAMES, "hole": NAMES[9:10]}
            frame.loc[row, columns.get(fault, [])] = None
            frame.loc[row, NAMES[:1] if fault == "text" else []] = "x"
        if has_ids:
            frame.insert(0, "source_id", [source for source, _ in rows])
        paths.append(folder / f"{number}.csv")
        frame.to_csv(paths[-1], index=False)
        if not all(fault in ("all", "text", "hole") for _, fault in rows):
            n_rows += len(rows)
            expected_ids += [source for source, _ in rows] if has_ids else []
    found = predict_files(estimator, paths, duplicates=duplicates)
    account = found.account
    assert account.adds_up
    assert account.rows == n_rows
    assert account.files + len(found.refused_files) == len(paths)
    assert (account.ids, account.unique_ids) == (len(expected_ids), len(set(expected_ids)))
    assert account.used == found.table["z"].notna().sum()
    superfluous = sum(n for why, n in account.left_out.items() if why.startswith("another row"))
    assert len(found.table) == n_rows - superfluous
    if duplicates != "keep":
        assert superfluous == account.repeated_ids
        assert "repeated" not in found.table
    elif account.repeated_ids:
        assert found.table["repeated"].sum() > account.repeated_ids
    else:
        assert "repeated" not in found.table


def test_a_column_by_hand_counts_in_the_files_that_have_it(estimator, spectra, tmp_path):
    one, other = (write(tmp_path / f"{name}.csv", spectra.flux[:3], [1, 2, 3]) for name in "ab")
    one.write_text(one.read_text().replace("source_id", "obj", 1))
    found = predict_files(estimator, [one, other], by_hand=ByHand({"source_id": "obj"}))
    assert found.table["source_id"].tolist() == [1, 2, 3] * 2
    assert found.account.notes == [
        "b.csv: there is no column 'obj': source_id is told by the names of the columns"
    ]
    with pytest.raises(
        DataError, match=r"Expected a column 'no' of source_id in one of the 2 files"
    ):
        predict_files(estimator, [one, other], by_hand=ByHand({"source_id": "no"}))
