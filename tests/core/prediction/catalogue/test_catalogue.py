import zipfile

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from pandas.testing import assert_frame_equal

from core.data.dataset import save_dataset
from core.errors import DataError
from core.prediction import estimator as estimators
from core.prediction.catalogue import catalogue
from core.prediction.catalogue.catalogue import predict_files
from core.prediction.catalogue.columns import describe
from core.prediction.catalogue.pz_file import writing_pz
from core.prediction.catalogue.with_own import COLUMNS
from core.spectra import N_SAMPLES, Spectra

BIG = 2**62


def write_csv(path, spectra, **own):
    """Write a column per sample."""
    frame = pd.DataFrame(spectra.flux, columns=[f"flux_{i}" for i in range(N_SAMPLES)])
    frame.insert(0, "source_id", spectra.source_id)
    frame.assign(**own).to_csv(path, index=False)
    return path


def test_the_format_of_the_spectra_makes_no_difference(estimator, galaxies, xp_archive, tmp_path):
    """Nine files of the same spectra: five of fluxes, four of XP coefficients."""
    ids = np.random.default_rng(3).permutation(40) + BIG
    sources = xp_archive.sources_of(galaxies.flux[:40], ids)
    flux = xp_archive.samples(sources).astype(np.float32)
    spectra = Spectra(flux, ids)
    files = [write_csv(tmp_path / "flux.csv", spectra)]
    arrays = Table({"source_id": ids, "flux": flux})
    for name, format in (("fits", "fits"), ("vot", "votable"), ("ecsv", "ascii.ecsv")):
        files.append(tmp_path / f"flux.{name}")
        arrays.write(files[-1], format=format)
    files.append(tmp_path / "flux.parquet")
    pd.DataFrame({"source_id": ids, "flux": list(flux)}).to_parquet(files[-1])
    for format in ("csv", "ecsv", "fits", "votable"):
        files.append(tmp_path / f"xp_{format}")
        files[-1].write_bytes(sources.to_bytes(format))
    expected = estimator.predict(spectra)
    assert np.ptp(expected["z"]) > 0.1
    for file in files:
        found = predict_files(estimator, [file])
        assert not found.refused_files
        assert not found.problems
        assert found.table["source_id"].tolist() == ids.tolist(), file
        np.testing.assert_allclose(found.table["z"], expected["z"], atol=1e-4, err_msg=file.name)
        if not file.name.startswith("xp_"):  # those have errors, which tell signal to noise
            np.testing.assert_array_equal(found.table["flags"], expected["flags"])


def test_z_spec_is_the_known_redshift_and_nothing_else(estimator, spectra, tmp_path):
    some, known = spectra.take(np.arange(3)), [0.1, 0.2, 0.3]
    files = [
        write_csv(tmp_path / "z_spec.csv", some, z_spec=known, z=0.77),
        write_csv(tmp_path / "z.csv", some, z=known),
        write_csv(tmp_path / "redshift.csv", some, redshift=known),
        write_csv(tmp_path / "fills.csv", some, Z_Spec=[0.1, -9999, 0.3]),
        write_csv(tmp_path / "words.csv", some, z=["0.1", "unknown", "0.3"]),
        write_csv(tmp_path / "two.csv", some, z_spec=0.77, specz=0.78),  # neither is taken
        write_csv(tmp_path / "none.csv", some),
    ]
    own = [predict_files(estimator, [file]).table.iloc[:, len(COLUMNS) :] for file in files]
    assert [list(each) for each in own] == [
        ["z_spec", "z_input"],
        ["z_spec"],
        ["z_spec", "redshift"],
        ["z_spec", "Z_Spec_input"],
        ["z_spec", "z_input"],
        ["z_spec_input", "specz"],
        [],
    ]
    table = predict_files(estimator, files).table.set_index("file")
    for file in ("z_spec.csv", "z.csv", "redshift.csv"):
        assert table.loc[file, "z_spec"].tolist() == known
    for file in ("fills.csv", "words.csv"):
        np.testing.assert_array_equal(table.loc[file, "z_spec"], [0.1, np.nan, 0.3])
    # Nothing that the input says is lost, and no known redshift has another name.
    assert table["Z_Spec_input"].dropna().tolist() == [-9999]
    assert table["z_input"].dropna().tolist() == ["0.77"] * 3 + ["unknown"]
    assert table.loc[["two.csv", "none.csv"], "z_spec"].isna().all()
    (about,) = [each for each in describe(table, estimator.provenance) if each.name == "z_spec"]
    assert (about.kind, about.description) == ("f", "Known redshift of the input")
    assert about.ucd == "src.redshift"


def test_what_z_spec_tells_does_not_hang_on_blocks(estimator, spectra, tmp_path, monkeypatch):
    cells = [0.1, 0.2, -9999, 0.3, 29979.2]  # in the second block nothing but a fill
    path = write_csv(tmp_path / "a.csv", spectra.take(np.arange(5)), z=cells, z_input=1)
    whole = predict_files(estimator, [path]).table
    assert whole["z_input2"].dropna().tolist() == [-9999]
    assert set(whole["z_input"]) == {1}
    monkeypatch.setattr(catalogue, "BLOCK_SPECTRA", 2)
    assert_frame_equal(predict_files(estimator, [path]).table, whole)


def test_bad_files_are_named_and_good_ones_served(estimator, spectra, tmp_path):
    good = write_csv(tmp_path / "good.csv", spectra, objid=[BIG + 1] * 50)
    damaged = tmp_path / "damaged.fits"
    damaged.write_bytes(b"SIMPLE  = and no more")
    foreign = tmp_path / "notes.csv"
    foreign.write_text("a,b\n1,2\n")
    more = write_csv(tmp_path / "more.csv", spectra.take(np.arange(5)), name="M 31")
    found = predict_files(estimator, [damaged, good, tmp_path / "gone.csv", foreign, more])
    assert found.table["source_id"].tolist() == [*spectra.source_id, *spectra.source_id[:5]]
    assert list(found.table.columns) == [*COLUMNS, "file", "repeated", "objid", "name"]
    assert found.table["file"].tolist() == ["good.csv"] * 50 + ["more.csv"] * 5
    assert found.table["objid"].dropna().unique().tolist() == [BIG + 1]
    assert found.table["objid"].dtype == "Int64"
    assert found.table["name"].tolist() == [None] * 50 + ["M 31"] * 5
    assert [name for name, _ in found.refused_files] == ["damaged.fits", "gone.csv", "notes.csv"]
    assert all(name in reason for name, reason in found.refused_files)


def test_a_file_that_fails_half_way_is_left_out_as_a_whole(
    estimator, spectra, tmp_path, monkeypatch
):
    monkeypatch.setattr(catalogue, "BLOCK_SPECTRA", 16)
    path = write_csv(tmp_path / "half.csv", spectra)
    lines = path.read_text().splitlines()
    lines[41] = lines[41].replace(str(BIG + 40), "forty")
    path.write_text("\n".join(lines))
    good = write_csv(tmp_path / "good.csv", spectra)
    seen = []
    found = predict_files(estimator, [path, good], progress=lambda n, total: seen.append(n))
    assert seen[:2] == [16, 32]
    assert found.table["source_id"].tolist() == spectra.source_id.tolist()
    ((name, reason),) = found.refused_files
    assert name == "half.csv"
    assert "'forty' at row 41" in reason


def test_rows_with_problems_are_found_over_all_blocks(estimator, spectra, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "BLOCK_SPECTRA", 16)
    flux = spectra.flux.copy()
    flux[40, 3] = np.inf
    path = write_csv(tmp_path / "a.csv", Spectra(flux, spectra.source_id))
    found = predict_files(estimator, [path])
    ((name, row, reason),) = found.problems
    assert (name, row) == ("a.csv", 40)
    assert "row 41, column 'flux_3'" in reason
    assert np.flatnonzero(found.table["z"].isna()).tolist() == [40]


def test_a_file_in_an_archive_that_cannot_be_read_is_named(estimator, spectra, tmp_path):
    inner = write_csv(tmp_path / "inner.csv", spectra)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(inner, "inner.csv")
        archive.writestr("other.csv", "wavelength,flux\n400,2\n")
    found = predict_files(estimator, [tmp_path / "all.zip"])
    assert len(found.table) == 50
    ((name, reason),) = found.refused_files
    assert name == "all.zip"
    assert "other.csv" in reason


def test_a_table_without_spectra_in_a_folder_or_archive_is_left_aside(estimator, spectra, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "sources.csv").write_text("source_id,ra,dec\n1,2,3\n")
    ((name, reason),) = predict_files(estimator, folder).refused_files  # nothing else is there
    assert "a table of sources and their positions" in reason
    write_csv(folder / "a.csv", spectra)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    for path, name in ((folder, ""), (tmp_path / "all.zip", "all.zip > ")):
        found = predict_files(estimator, path)
        assert (len(found.table), found.refused_files) == (50, [])
        assert found.account.left_aside == [
            f"{name}sources.csv: left aside, it holds no spectra (columns: source_id, ra, dec)."
        ]
    (folder / "other.csv").write_text("wavelength,flux\n400,2\n")
    ((name, _),) = predict_files(estimator, folder).refused_files
    assert name == "other.csv"


def test_nothing_but_refused_files_gives_an_empty_table(estimator, tmp_path):
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    found = predict_files(estimator, [tmp_path / "notes.csv"])
    assert list(found.table.columns) == list(COLUMNS)
    assert found.table["source_id"].dtype == np.int64
    assert len(found.table) == 0


def test_a_name_of_no_file_is_an_error(estimator, tmp_path):
    with pytest.raises(DataError, match=r"gone\.csv: there is no such file or folder"):
        predict_files(estimator, tmp_path / "gone.csv")


def test_a_data_set_of_ours_is_a_file_of_spectra(estimator, galaxies, tmp_path):
    path = tmp_path / "set.parquet"
    save_dataset(galaxies.take(np.arange(30)), path)
    table = predict_files(estimator, [path]).table
    assert table["source_id"].tolist() == galaxies.source_id[:30].tolist()
    np.testing.assert_array_equal(table["z_spec"], galaxies.z[:30])


def test_densities_stand_for_the_rows_of_the_table(
    mixture_estimator, spectra, tmp_path, monkeypatch
):
    for module in (catalogue, estimators):
        monkeypatch.setattr(module, "BLOCK_SPECTRA", 16)
    flux = spectra.flux.copy()
    flux[7, :] = np.nan
    first = write_csv(tmp_path / "first.csv", Spectra(flux, spectra.source_id))
    damaged = write_csv(tmp_path / "damaged.csv", spectra)
    lines = damaged.read_text().splitlines()
    lines[41] = lines[41].replace(str(BIG + 40), "forty")
    damaged.write_text("\n".join(lines))
    last = write_csv(tmp_path / "last.csv", spectra.take(np.arange(5)))
    path = tmp_path / "pz.npz"
    with writing_pz(path, mixture_estimator.density_z, mixture_estimator.provenance) as store:
        found = predict_files(mixture_estimator, [first, damaged, last], densities=store)
    assert [name for name, _ in found.refused_files] == ["damaged.csv"]
    with np.load(path) as stored:
        assert stored["row"].tolist() == [row for row in range(55) if row != 7]
        table = found.table.iloc[stored["row"]]
        assert stored["source_id"].tolist() == table["source_id"].tolist()
        np.testing.assert_allclose(stored["quantiles"][:, 6], table["z_upper"], atol=1e-5)
