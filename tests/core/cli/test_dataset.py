"""`xpz dataset build`: what it says of the columns, and that it replaces nothing unasked."""

import os
import threading
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.dataset_files import read_card

SAMPLE = Path(__file__).parents[3] / "data" / "samples" / "simulated-galaxies.csv"


def test_the_columns_it_recognised_are_named_and_no_file_is_replaced_unasked(xpz, tmp_path):
    table = pd.DataFrame(np.ones((4, 186)), columns=[f"flux_{i}" for i in range(186)])
    known = pd.DataFrame(
        {"source_id": range(1, 5), "z_spec": 0.1, "phot_g_mean_mag": 20.0, "z_ugc": 0.2}
    )
    spectra, out = tmp_path / "spectra.parquet", tmp_path / "set.parquet"
    pd.concat([known, table], axis=1).to_parquet(spectra)
    words = ("dataset", "build", "--spectra", spectra, "--out", out)
    built = xpz(*words)
    assert "optional columns recognised: g_mag, redshift_ugc\n" in built.stdout
    assert "not found: flux_error, redshift_ugc_lower, redshift_ugc_upper\n" in built.stdout
    before = out.read_bytes()
    refused = xpz(*words, "--name", "Another")
    assert refused.exit_code == 1
    assert "already exists; choose another name, or add --overwrite" in refused.stderr
    assert out.read_bytes() == before
    assert xpz(*words, "--name", "Another", "--overwrite").exit_code == 0
    assert out.read_bytes() != before


def test_the_release_that_no_file_tells_is_stated(xpz, tmp_path):
    table = pd.DataFrame(np.ones((4, 186)), columns=[f"flux_{i}" for i in range(186)])
    known = pd.DataFrame({"source_id": range(1, 5), "z_spec": 0.1})
    spectra, out = tmp_path / "spectra.parquet", tmp_path / "set.parquet"
    whole = pd.concat([known, table], axis=1)
    whole.to_parquet(spectra)
    words = ("dataset", "build", "--spectra", spectra, "--out", out)
    untold = xpz(*words)
    assert untold.exit_code == 0
    assert "Gaia release: not told. So xpz cannot check that a run knows" in untold.stderr
    assert f"xpz dataset release {out} --release 'Gaia DR3'" in untold.stderr
    assert not read_card(out).known_instrument.is_told
    assert xpz("dataset", "release", out).exit_code == 2
    stated = xpz("dataset", "release", out, "--release", "dr3")
    assert (stated.exit_code, stated.stdout) == (0, f"{out}: Gaia DR3\n")
    assert read_card(out).known_instrument.release == "Gaia DR3"
    assert "not told" not in xpz(*words, "--overwrite", "--release", "dr4").stderr
    assert xpz(*words, "--overwrite", "--release", "dr4").exit_code == 0
    assert read_card(out).known_instrument.release == "Gaia DR4"
    spectra_alone, table = tmp_path / "alone.parquet", tmp_path / "z.csv"
    whole.drop(columns="z_spec").to_parquet(spectra_alone)
    known.assign(source_id=[f"Gaia DR3 {i}" for i in known["source_id"]]).to_csv(table)
    joined = ("dataset", "build", "--spectra", spectra_alone, "--redshifts", table, "--out", out)
    assert "release of the ids: Gaia DR3" in xpz(*joined, "--overwrite").stdout
    assert read_card(out).known_instrument.release == "Gaia DR3"
    assert xpz(*words, "--overwrite", "--release", "dr4").exit_code == 0
    refused = xpz(*words, "--overwrite", "--release", "gaia")
    assert "--release: expected a release of Gaia" in refused.stderr.replace("Error: ", "")
    whole.rename(columns={"source_id": "gaia_dr3_source_id"}).to_parquet(spectra)
    refused = xpz(*words, "--overwrite", "--release", "Gaia DR4")
    assert "expected spectra of Gaia DR4, as you say; the file tells that they are of Gaia DR3" in (
        refused.stderr
    )
    assert read_card(out).known_instrument.release == "Gaia DR4"


def test_redshifts_through_a_pipe(xpz, tmp_path):
    table = pd.DataFrame(np.ones((4, 186)), columns=[f"flux_{i}" for i in range(186)])
    ids = pd.DataFrame({"source_id": range(1, 5)})
    spectra, pipe, out = tmp_path / "a.csv", tmp_path / "pipe", tmp_path / "set.parquet"
    pd.concat([ids, table], axis=1).to_csv(spectra, index=False)
    text = ids.assign(z=[0.1, 0.2, 0.3, 0.4]).to_csv(index=False)
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=[text])
    writer.start()
    words = ("dataset", "build", "--spectra", spectra, "--redshifts", pipe, "--out", out)
    result = xpz(*words)
    writer.join()
    assert result.exit_code == 0, result.output
    assert f"{out}: 4 galaxies" in result.output


def test_a_data_set_of_what_could_be_read_ends_with_an_error(xpz, tmp_path):
    path, out = tmp_path / "two.zip", tmp_path / "set.parquet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(SAMPLE, "good.csv")
        archive.writestr("bad.fits", b"SIMPLE  = not to be read")
    result = xpz("dataset", "build", "--spectra", path, "--out", out)
    assert result.exit_code == 3
    assert out.exists()
    assert "refused: two.zip > bad.fits" in result.stdout
    assert "1 file could not be read; see above." in result.stderr


def test_of_a_folder_tables_without_spectra_are_left_aside_and_other_spectra_refused(xpz, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "set.parquet"
    folder.mkdir()
    (folder / "good.csv").write_bytes(SAMPLE.read_bytes())
    (folder / "sources.csv").write_text("source_id,ra,dec\n1,2,3\n")
    words = ("dataset", "build", "--spectra", folder, "--out", out)
    result = xpz(*words)
    assert result.exit_code == 0, result.output
    assert "sources.csv: left aside, it holds no spectra" in result.stdout
    (folder / "sampled.csv").write_text("wavelength,flux\n400,2\n")
    result = xpz(*words, "--overwrite")
    assert result.exit_code == 3
    assert out.exists()
    assert "refused: sampled.csv: this is one spectrum with a row per wavelength" in result.stdout
