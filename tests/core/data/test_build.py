import numpy as np
import pandas as pd
import pytest

from core.data import build as build_module
from core.data.build import build_dataset
from core.data.dataset import load_dataset
from core.data.dataset_files import list_datasets
from core.errors import ConfigError, DataError

N = 12
IDS = np.arange(N) + 4_111_834_567_779_557_376


@pytest.fixture
def flux():
    return np.random.default_rng(2).uniform(1, 9, (N, 186)).astype(np.float32)


@pytest.fixture
def write_spectra(tmp_path, flux):
    """Write a table of spectra, a column per sample, with whatever else is given."""

    def write(name="spectra.parquet", rows=slice(None), with_ids=True, **columns):
        table = pd.DataFrame(flux[rows], columns=[f"flux_{i}" for i in range(186)])
        if with_ids:
            table["source_id"] = IDS[rows]
        given = pd.DataFrame(columns, index=table.index)
        table = pd.concat([table, given], axis=1)
        path = tmp_path / name
        table.to_csv(path, index=False) if path.suffix == ".csv" else table.to_parquet(path)
        return path

    return write


@pytest.fixture
def write_redshifts(tmp_path):
    def write(ids=IDS, z=None, **columns):
        path = tmp_path / "redshifts.csv"
        z = np.linspace(0.05, 0.6, len(ids)) if z is None else z
        pd.DataFrame({"source_id": ids, "z_spec": z, **columns}).to_csv(path, index=False)
        return path

    return write


def test_spectra_meet_their_redshifts_by_id(tmp_path, write_spectra, write_redshifts, flux):
    order = np.random.default_rng(0).permutation(N)
    redshifts = write_redshifts(IDS[order], z=order / 20)
    out = tmp_path / "sets" / "mine.parquet"
    seen = []
    built = build_dataset(
        [write_spectra()], out, redshifts, progress=lambda *now: seen.append(now), licence="CC0"
    )
    dataset = load_dataset(out)
    np.testing.assert_array_equal(dataset.source_id, IDS)
    np.testing.assert_array_equal(dataset.z, np.arange(N) / 20)
    np.testing.assert_array_equal(dataset.flux, flux)
    assert dataset.flux_error is dataset.g_mag is dataset.redshift_ugc is None
    assert (dataset.card.name, dataset.card.origin, dataset.card.licence) == (
        *("mine", "unknown"),
        "CC0",
    )
    assert built.card == dataset.card
    assert (built.n_files, built.n_read, built.n_redshifts_unused, built.left_out) == (1, N, 0, {})
    assert seen[-1] == (N, N)
    assert [entry.path for entry in list_datasets(out.parent)] == [out]


def test_what_cannot_serve_is_left_out_and_counted(tmp_path, write_spectra, write_redshifts, flux):
    flux[3, 7] = np.nan
    flux[4, 9] = np.inf
    path, again = write_spectra(), write_spectra("again.csv", slice(0, 2))
    z = np.linspace(0.05, 0.6, N)
    z[[5, 6, 7]] = [-0.001, 1.51, np.nan]
    redshifts = write_redshifts(np.append(IDS[:-1], 99), z=z)
    built = build_dataset([path, again], tmp_path / "out.parquet", redshifts)
    assert built.left_out == {
        "no redshift": 2,
        "redshift outside 0 to 1.5": 2,
        "flux missing or not usable": 2,
        "source_id seen before": 2,
    }
    assert (
        load_dataset(tmp_path / "out.parquet").source_id.tolist()
        == IDS[[0, 1, 2, 8, 9, 10]].tolist()
    )
    assert built.n_read == N + 2
    assert built.n_redshifts_unused == 6


def test_a_table_that_holds_its_redshifts_needs_no_other(tmp_path, write_spectra):
    z = np.linspace(0, 1.5, N)
    build_dataset([write_spectra("t.csv", z=z, g_mag=17.5)], tmp_path / "out.parquet")
    dataset = load_dataset(tmp_path / "out.parquet")
    np.testing.assert_allclose(dataset.z, z)
    assert dataset.g_mag.tolist() == [17.5] * N


def test_a_table_of_redshifts_outweighs_the_spectras_own(tmp_path, write_spectra, write_redshifts):
    build_dataset([write_spectra(z=0.9)], tmp_path / "out.parquet", write_redshifts())
    np.testing.assert_allclose(
        load_dataset(tmp_path / "out.parquet").z, np.linspace(0.05, 0.6, N), rtol=1e-12
    )


def test_spectra_without_ids_are_numbered_through_all_files(tmp_path, write_spectra):
    paths = [write_spectra(f"{i}.csv", with_ids=False, z=0.1) for i in range(2)]
    build_dataset(paths, tmp_path / "out.parquet")
    assert load_dataset(tmp_path / "out.parquet").source_id.tolist() == list(range(2 * N))


def test_magnitudes_come_from_the_table_of_redshifts_or_from_the_spectra(
    tmp_path, write_spectra, write_redshifts
):
    g_mag = np.where(np.arange(N) < 6, 16.0, np.nan)
    redshifts = write_redshifts(g_mag=g_mag, redshift_ugc=0.3)
    first = write_spectra("a.parquet", slice(0, 8), g_mag=18.0)
    second = write_spectra("b.parquet", slice(8, N))
    build_dataset([first, second], tmp_path / "out.parquet", redshifts)
    dataset = load_dataset(tmp_path / "out.parquet")
    np.testing.assert_array_equal(dataset.g_mag, [16.0] * 6 + [18.0] * 2 + [np.nan] * 4)
    np.testing.assert_allclose(dataset.redshift_ugc, 0.3)


def test_each_quantity_comes_from_the_first_table_that_knows_it(tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("source_id,g_mag\n1,16\n2,\n")
    second.write_text("source_id,g_mag,redshift_ugc\n1,17,0.1\n2,18,0.2\n")
    extras = build_module._extras([first, second])
    assert extras["g_mag"].to_dict() == {1: 16, 2: 18}
    assert extras["redshift_ugc"].to_dict() == {1: 0.1, 2: 0.2}


def test_magnitudes_that_nobody_knows_make_no_column(tmp_path, write_spectra, write_redshifts):
    redshifts = write_redshifts(g_mag=np.full(N, np.nan))
    build_dataset([write_spectra()], tmp_path / "out.parquet", redshifts)
    assert load_dataset(tmp_path / "out.parquet").g_mag is None


def test_errors_of_the_flux_stay_unless_they_are_left_out(tmp_path, write_spectra):
    errors = {f"flux_error_{i}": np.full(N, 0.2) for i in range(186)}
    errors["flux_error_5"] = np.where(np.arange(N) == 4, np.nan, 0.2)
    path = write_spectra(z=0.1, **errors)
    out = tmp_path / "out.parquet"
    assert build_dataset([path], out).left_out == {"flux error missing or not usable": 1}
    np.testing.assert_allclose(load_dataset(out).flux_error, 0.2, rtol=1e-6)
    assert build_dataset([path], out, with_errors=False).left_out == {}
    assert load_dataset(out).flux_error is None
    bare = write_spectra("bare.parquet", z=0.1)
    with pytest.raises(DataError, match=r"bare\.parquet: has no flux errors"):
        build_dataset([path, bare], tmp_path / "mixed.parquet")


def test_a_large_file_is_built_in_parts(tmp_path, write_spectra, monkeypatch):
    path = write_spectra(z=0.1)
    build_dataset([path], tmp_path / "whole.parquet")
    monkeypatch.setattr(build_module, "ROWS_PER_GROUP", 5)
    seen = []
    build_dataset([path], tmp_path / "parts.parquet", progress=lambda *now: seen.append(now))
    assert seen == [(5, N), (10, N), (N, N)]
    whole, parts = (load_dataset(tmp_path / f"{name}.parquet") for name in ("whole", "parts"))
    assert whole.card.hash == parts.card.hash


def test_nothing_is_written_where_nothing_can_be_built(tmp_path, write_spectra, write_redshifts):
    spectra, out = write_spectra(), tmp_path / "out.parquet"
    cases = [
        (DataError, "have no redshifts", [spectra], None, {}),
        (DataError, "found none among 12", [spectra], write_redshifts(ids=[1, 2]), {}),
        (DataError, "no such file", [tmp_path / "no.csv"], None, {}),
        (ConfigError, "origin: expected one of", [spectra], None, {"origin": "dreamt"}),
    ]
    for kind, message, paths, redshifts, options in cases:
        with pytest.raises(kind, match=message):
            build_dataset(paths, out, redshifts, **options)
    with pytest.raises(DataError, match="is one of the input files"):
        build_dataset([spectra], spectra)
    twice = write_redshifts(ids=[*IDS, IDS[0]])
    with pytest.raises(DataError, match=rf"found {IDS[0]} several times"):
        build_dataset([spectra], out, twice)
    with pytest.raises(DataError, match="expected the column source_id, which joins"):
        build_dataset([write_spectra("n.csv", with_ids=False)], out, write_redshifts())
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]
