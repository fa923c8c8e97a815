import shutil
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from core.data.spectra import xp_bases
from core.data.spectra.xp_bases import BASES_VARIABLE, load_design, sample_edges
from core.errors import ConfigError, DataError
from core.spectra import SampleGrid

GRID = SampleGrid()


def configuration(band):
    from gaiaxpy.config.paths import hermite_bases_file

    return next(ElementTree.parse(hermite_bases_file).getroot().iter(f"{band}Config"))


def transformation(band):
    matrix = configuration(band).find("transformationMatrix")
    return np.reshape([float(value.text) for value in matrix], (55, 55))


def bases_at(band, pixel):
    """Evaluate the bases with nothing but their definition in GaiaXPy's file."""
    config = configuration(band)
    low, high = (float(config.find("normalizedRange").get(end)) for end in ("from", "to"))
    scale = (high - low) / 59
    x = low + scale * pixel
    rows = [np.pi**-0.25 * np.exp(-(x**2) / 2)]
    rows.append(np.sqrt(2) * x * rows[0])
    for k in range(2, 55):
        rows.append(np.sqrt(2 / k) * x * rows[-1] - np.sqrt((k - 1) / k) * rows[-2])
    return transformation(band) @ np.array(rows)


@pytest.mark.parametrize(("band", "basis_id"), [("bp", 56), ("rp", 57)])
def test_the_design_is_the_integral_of_the_bases_over_each_sample(band, basis_id):
    pixel, step = (GRID.bp_pixel, -GRID.bp_step) if band == "bp" else (GRID.rp_pixel, GRID.rp_step)
    design = load_design(band, basis_id, GRID)
    offsets = np.linspace(-step / 2, step / 2, 201)
    fine = bases_at(band, (pixel[:, None] + offsets).ravel()).reshape(55, len(pixel), 201)
    np.testing.assert_allclose(design.flux, np.trapezoid(fine, offsets, axis=2), atol=3e-6)


def test_samples_of_any_table_of_positions_meet():
    pixel = np.array([1.0, 2.0, 4.0, 5.0])
    np.testing.assert_allclose(sample_edges(pixel), [0.5, 1.5, 3.0, 4.5, 5.5])
    np.testing.assert_allclose(sample_edges(-pixel), [-0.5, -1.5, -3.0, -4.5, -5.5])
    np.testing.assert_allclose(np.abs(np.diff(sample_edges(GRID.bp_pixel))), 0.3408)


def test_flux_is_counted_once_however_it_is_cut_into_samples():
    """Twice as fine samples over the same pixels hold the same electrons."""
    coarse = SampleGrid(bp_start=40, bp_step=-0.4, rp_start=10, rp_step=0.4)
    fine = SampleGrid(bp_start=40.1, bp_step=-0.2, rp_start=9.9, rp_step=0.2)
    pairs = load_design("rp", 57, fine).flux[:, :80].reshape(55, 40, 2).sum(axis=2)
    np.testing.assert_allclose(load_design("rp", 57, coarse).flux[:, :40], pairs, atol=1e-8)
    pairs = load_design("bp", 56, fine).flux[:, :80].reshape(55, 40, 2).sum(axis=2)
    np.testing.assert_allclose(load_design("bp", 56, coarse).flux[:, :40], pairs, atol=1e-8)


def test_an_unknown_set_of_bases_says_what_to_do():
    with pytest.raises(DataError, match=r"knows the BP bases 56, not 99; update GaiaXPy"):
        load_design("bp", 99, GRID)


def test_the_bases_of_one_band_are_not_those_of_the_other():
    with pytest.raises(DataError, match=r"RP bases 57, not 56"):
        load_design("rp", 56, GRID)


def test_bases_from_a_file_stand_beside_those_of_gaiaxpy(tmp_path, monkeypatch, xp_archive):
    """51 functions in BP, as in DR4: other functions than the first 51 of DR3."""
    path = tmp_path / "bases.xml"
    path.write_text(xp_archive.bases_file(n_bp=51, bp_basis_id=156))
    monkeypatch.setenv(BASES_VARIABLE, str(path))
    dr3 = load_design("bp", 56, GRID).flux
    matrix = transformation("bp")
    hermite = np.linalg.solve(matrix, dr3)
    dr4 = load_design("bp", 156, GRID).flux
    np.testing.assert_allclose(dr4, matrix[:51, :51] @ hermite[:51], atol=1e-12)
    assert np.abs(dr4 - dr3[:51]).max() > 1e-3
    assert load_design("rp", 57, GRID).flux.shape == (55, 106)


def test_bases_of_a_new_gaiaxpy_are_found_by_their_id(tmp_path, monkeypatch, xp_archive):
    """Whatever it calls its files, and in whatever folder of its configuration they lie."""
    from gaiaxpy.config.paths import hermite_bases_file

    config = tmp_path / "config"
    shutil.copytree(Path(hermite_bases_file).parent, config, ignore=shutil.ignore_patterns("*.csv"))
    (config / "dr4").mkdir()
    (config / "dr4" / "xp_bases.xml").write_text(xp_archive.bases_file(n_bp=51, bp_basis_id=156))
    monkeypatch.setattr("gaiaxpy.config.paths.config_path", str(config))
    for cache in (xp_bases.known_bases, xp_bases._load_design):
        cache.cache_clear()
    try:
        assert set(xp_bases.known_bases()) == {("bp", 56), ("rp", 57), ("bp", 156)}
        assert load_design("bp", 156, GRID).flux.shape == (51, 80)
    finally:
        for cache in (xp_bases.known_bases, xp_bases._load_design):
            cache.cache_clear()


@pytest.mark.parametrize(
    "content", [b"", b"<a/>", b"<x:a xmlns:x='u'><hermiteFunction/></x:a>", b"\0"]
)
def test_a_file_that_holds_no_bases_is_refused(tmp_path, monkeypatch, content):
    path = tmp_path / "bases.xml"
    path.write_bytes(content)
    monkeypatch.setenv(BASES_VARIABLE, str(path))
    with pytest.raises(ConfigError, match=r"bases\.xml: expected bases in GaiaXPy's XML format"):
        load_design("bp", 56, GRID)


def test_a_file_of_bases_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv(BASES_VARIABLE, str(tmp_path / "none.xml"))
    with pytest.raises(ConfigError, match=r"none\.xml: .*cannot be opened"):
        load_design("bp", 56, GRID)


def test_bases_that_gaiaxpy_cannot_evaluate_are_told(tmp_path, monkeypatch, xp_archive):
    path = tmp_path / "bases.xml"
    text = xp_archive.bases_file(n_bp=51)
    path.write_text(text.replace("<dimension>51<", "<dimension>50<"))
    monkeypatch.setenv(BASES_VARIABLE, str(path))
    with pytest.raises(ConfigError, match=r"cannot evaluate the BP bases 156"):
        load_design("bp", 156, GRID)
