"""From galaxies of DR3 to their spectra of DR4, and to redshifts, by commands alone."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from core.cli import main
from core.data.dataset import load_dataset
from core.data.instrument import Instrument
from core.data.spectra.xp_bases import BASES_VARIABLE
from core.prediction.calibration.calibration import Calibration
from core.prediction.estimator import Estimator
from core.prediction.flags import Flag
from core.spectra import SampleGrid, Spectra
from tests.support import archive_tables
from tests.support.finished_runs import save_mixture_run
from tests.support.galaxies import make_falling

N = 20
DR4 = Instrument("Gaia DR4", 156, 57, 51, 55, SampleGrid())


@pytest.fixture(scope="module")
def galaxies():
    return make_falling(600)


@pytest.fixture
def bases(xp_archive, tmp_path, monkeypatch):
    (tmp_path / "bases.xml").write_text(xp_archive.bases_file(n_bp=51, bp_basis_id=156))
    monkeypatch.setenv(BASES_VARIABLE, str(tmp_path / "bases.xml"))


@pytest.fixture
def archived_spectra(xp_archive, galaxies, bases):
    """Of galaxies like those that the run was trained on, seen by DR4: 51 + 55 coefficients."""
    ids = np.arange(N) + 5_853_498_713_190_525_696
    return xp_archive.sources_of(galaxies.flux[:N], ids, bp_basis_id=156)


@pytest.fixture
def dr4(archive):
    """An archive of DR4 alone whose table of neighbours leads from ids that are one less."""
    ids = archive.sources["source_id"].to_numpy()
    pairs = pd.DataFrame({"older": ids - 1, "newer": ids, "distance": 5.0, "difference": 0.0})
    archive.layout = archive_tables.with_neighbours(archive_tables.OTHER, pairs)
    archive.types = {"Gaia DR4": ["MEAN_SPECTRUM_XP"]}
    return archive


@pytest.fixture
def xpz(archive, monkeypatch):
    monkeypatch.setenv("XPZ_ARCHIVE", archive.url)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def run(galaxies, tmp_path):
    return save_mixture_run(tmp_path / "runs", galaxies, "gone.parquet")


def test_a_training_set_of_dr3_finds_its_spectra_of_dr4(
    xpz, dr4, run, galaxies, xp_archive, tmp_path
):
    older, table, fetched, made = (
        tmp_path / name for name in ("dr3.csv", "dr4.csv", "gaia", "dr4.parquet")
    )
    ids = dr4.sources["source_id"].to_numpy()
    frame = {"source_id": ids - 1, "z_spec": galaxies.z[:N], "redshift_ugc": 0.25}
    pd.DataFrame(frame).to_csv(older, index=False)

    result = xpz("neighbours", "--in", older, "--out", table)
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith(f"{table}: {N} sources of Gaia DR4\n")
    result = xpz("fetch", "--ids", table, "--release", "Gaia DR4", "--out", fetched)
    assert result.exit_code == 0, result.output
    result = xpz("dataset", "build", "--spectra", fetched, "--redshifts", table, "--out", made)
    assert result.exit_code == 0, result.output

    data = load_dataset(made)
    assert data.card.known_instrument == DR4
    assert data.source_id.tolist() == ids.tolist()
    np.testing.assert_allclose(data.z, galaxies.z[:N])
    # DR3's UGC beside DR4's spectra.
    np.testing.assert_allclose(data.redshift_ugc, 0.25)
    np.testing.assert_allclose(data.flux, xp_archive.samples(dr4.spectra), rtol=1e-4)

    # The run knows DR3.
    words = ("--run", run.path, "--in", fetched / "xp")
    result = xpz("predict", *words, "--out", tmp_path / "z.csv")
    assert result.exit_code == 1
    assert "expected spectra of Gaia DR3 (bases 56 and 57" in result.stderr
    assert "received Gaia DR4 (bases 156 and 57, 51 + 55 coefficients)" in result.stderr
    assert "differ in the release and the bases of BP" in result.stderr
    assert "--other-instrument" in result.stderr
    assert not (tmp_path / "z.csv").exists()

    result = xpz("predict", *words, "--out", tmp_path / "z.csv", "--other-instrument")
    assert result.exit_code == 0, result.output
    assert "512 OTHER_INSTRUMENT" in result.stdout
    found = pd.read_csv(tmp_path / "z.csv")
    assert (found["flags"] & Flag.OTHER_INSTRUMENT.value > 0).all()
    ours = Estimator(run).predict(Spectra(xp_archive.samples(dr4.spectra).astype(np.float32), ids))
    np.testing.assert_allclose(found["z"], ours["z"], atol=1e-4)
    assert found["z"].notna().any()

    result = xpz("evaluate", "--run", run.path, "--data", made)
    assert result.exit_code == 1
    assert "dr4: expected spectra of Gaia DR3" in result.stderr
    result = xpz("evaluate", "--run", run.path, "--data", made, "--other-instrument", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["n"] == N
    assert "Each is flagged OTHER_INSTRUMENT" in result.stderr

    # Recalibrated for DR4, it takes its spectra and no others.
    calibration = Calibration.load(run)
    replace(calibration, instrument=data.card.known_instrument).save(run.calibration_path)
    assert Calibration.load(run).instrument == DR4
    result = xpz("predict", *words, "--out", tmp_path / "z.csv", "--overwrite")
    assert result.exit_code == 0, result.output
    assert "OTHER_INSTRUMENT" not in result.output
    older = xp_archive.make_sources(3)
    (tmp_path / "older.csv").write_bytes(older.to_bytes("csv"))
    result = xpz("predict", "--run", run.path, tmp_path / "older.csv", "--out", tmp_path / "o.csv")
    assert result.exit_code == 1
    assert "which mixture-run was recalibrated for; received Gaia DR3" in result.stderr


def test_sources_without_a_neighbour_write_no_table(xpz, dr4, tmp_path):
    (tmp_path / "ids.txt").write_text("12345678901234567\n")
    result = xpz("neighbours", "--in", tmp_path / "ids.txt", "--out", tmp_path / "dr4.csv")
    assert result.exit_code == 1
    assert "ids.txt: none of its sources has a neighbour in Gaia DR4" in result.stderr
    assert not (tmp_path / "dr4.csv").exists()
