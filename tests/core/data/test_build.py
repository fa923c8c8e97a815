import itertools

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import Table

from core.data import build as build_module
from core.data.build import build_dataset
from core.data.dataset import load_dataset
from core.data.dataset_files import list_datasets
from core.data.imported_dataset import read_table
from core.data.labels.by_hand import ByHand
from core.data.labels.cuts import parse_cuts
from core.data.labels.quality import Asked
from core.data.source_tables import open_table
from core.errors import ConfigError, DataError
from core.memory import MemoryShortError
from core.model.scaling import Scaler

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
    def write(ids=IDS, z=None, name="redshifts.csv", **columns):
        path = tmp_path / name
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
    assert (built.n_files, built.n_read, built.redshifts.unique_ids, built.left_out) == (
        1,
        N,
        N,
        {},
    )
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
    assert (built.redshifts.unique_ids, built.spectra.used) == (N, 6)


def test_spectra_of_two_releases_do_not_meet(tmp_path, write_spectra):
    def write(name, release):
        ids = [f"Gaia {release} {source}" for source in IDS]
        return write_spectra(name, with_ids=False, source_id=ids, z=np.linspace(0.1, 0.5, N))

    paths = [write("a.csv", "DR3"), write("b.csv", "DR4")]
    message = (
        r"^b\.csv: expected spectra of Gaia DR3, as those of the files before, received spectra of "
        r"Gaia DR4\. Make one data set per release\.$"
    )
    with pytest.raises(DataError, match=message):
        build_dataset(paths, tmp_path / "out.parquet")


def test_rows_without_ids_are_not_counted_as_ids(tmp_path, write_spectra):
    z = np.linspace(0.1, 0.5, N)
    paths = [write_spectra("a.csv", z=z), write_spectra("b.csv", with_ids=False, z=z)]
    account = build_dataset(paths, tmp_path / "out.parquet").spectra
    assert (account.rows, account.ids, account.unique_ids, account.used) == (2 * N, N, N, 2 * N)


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
    extras = build_module._extras([open_table(first), open_table(second)], {})
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
    without = build_dataset([path], out, with_errors=False).spectra
    assert (without.left_out, without.columns.get("flux_error", "")[:4]) == ({}, "flux")
    assert load_dataset(out).flux_error is None


def test_spectra_kept_without_errors_are_counted(tmp_path, write_spectra):
    error = np.where(np.arange(N) < 2, np.nan, 0.2)
    z = np.linspace(0.1, 0.5, N)
    path = write_spectra(z=z, **{f"flux_error_{i}": error for i in range(186)})
    said = ["2 spectra kept without flux errors: the file has none that can be used"]
    assert build_dataset([path], tmp_path / "out.parquet").spectra.notes == said
    assert read_table(path.read_bytes(), name="mine", only_usable=True).account.notes == said
    path = write_spectra("bare.parquet", z=z)
    told = build_dataset([path], tmp_path / "bare-set.parquet").spectra.columns["flux_error"]
    assert told == "none, as no column holds errors: the flux is used without errors"


def test_the_order_of_files_does_not_matter_and_what_some_lack_is_empty(tmp_path, write_spectra):
    errors = {f"flux_error_{i}": 0.2 for i in range(186)}
    z = np.linspace(0.1, 0.5, N)
    paths = [
        write_spectra("a.parquet", slice(0, 4), z=z[:4]),
        write_spectra("b.parquet", slice(4, 8), z=z[4:8], g_mag=17.0, **errors),
        write_spectra("c.csv", slice(8, N), z=z[8:], redshift_ugc=0.3, redshift_ugc_upper=0.4),
    ]
    hashes = set()
    for order in itertools.permutations(paths):
        build_dataset(order, tmp_path / "out.parquet")
        dataset = load_dataset(tmp_path / "out.parquet")
        hashes.add(dataset.card.hash)
        of = [dataset.source_id.tolist().index(source) for source in IDS]
        np.testing.assert_array_equal(dataset.z[of], z)
        np.testing.assert_array_equal(dataset.g_mag[of], [np.nan] * 4 + [17] * 4 + [np.nan] * 4)
        known = np.isfinite(dataset.flux_error[of]).all(axis=1)
        assert known.tolist() == [False] * 4 + [True] * 4 + [False] * 4
        assert np.isnan(dataset.flux_error[of][~known]).all()
        scaler = Scaler.fit("shape_noise", dataset.flux, dataset.flux_error)
        assert np.isfinite(scaler.transform(dataset.flux, dataset.flux_error)).all()
        ugc = dataset.redshift_ugc[of]
        assert np.isnan(ugc[:8]).all()
        np.testing.assert_allclose(ugc[8:], 0.3)
        assert dataset.redshift_ugc_lower is None
    assert len(hashes) == 1


def test_of_a_source_that_comes_twice_the_row_that_knows_more_is_kept(tmp_path, write_spectra):
    poor = write_spectra("a.parquet", slice(0, 6), z=0.1)
    rich = write_spectra("b.parquet", slice(4, N), z=0.1001, g_mag=17.0)
    built = build_dataset([poor, rich], tmp_path / "out.parquet")
    dataset = load_dataset(tmp_path / "out.parquet")
    assert sorted(dataset.source_id) == IDS.tolist()
    assert dataset.g_mag[np.isin(dataset.source_id, IDS[4:])].tolist() == [17] * 8
    assert built.left_out == {"source_id seen before": 2}
    assert built.spectra.adds_up
    assert (built.spectra.rows, built.spectra.unique_ids, built.spectra.used) == (N + 2, N, N)


@pytest.mark.parametrize("rest", ["spectra", "redshifts"])
def test_redshifts_of_one_source_that_disagree_are_left_out_wherever_they_stand(
    tmp_path, write_spectra, write_redshifts, flux, rest
):
    # The first source agrees with itself, the second does not, though one flux is damaged.
    ids, z = IDS[[0, 0, 1, 1, 2]], np.array([0.1, 0.1004, 0.1, 0.2, 0.3])
    if rest == "spectra":
        flux[3, 5] = np.nan
        table = pd.DataFrame(flux[:5], columns=[f"flux_{i}" for i in range(186)])
        table.insert(0, "source_id", ids)
        table.assign(z=z).to_parquet(tmp_path / "twice.parquet")
        built = build_dataset([tmp_path / "twice.parquet"], tmp_path / "out.parquet")
        account = built.spectra
        assert account.left_out.pop("flux missing or not usable") == 1
    else:
        redshifts = write_redshifts(ids, z=z)
        built = build_dataset([write_spectra()], tmp_path / "out.parquet", redshifts)
        account = built.redshifts
        assert account.adds_up
    n = 1 if rest == "spectra" else 2
    assert account.left_out == {
        "source_id seen before": 1,
        "redshifts of one source that disagree": n,
    }
    dataset = load_dataset(tmp_path / "out.parquet")
    assert sorted(dataset.source_id) == IDS[[0, 2]].tolist()
    assert min(dataset.z) == pytest.approx(0.1, abs=0.0005)


def test_ids_of_another_release_are_refused(tmp_path, write_spectra):
    out, path = tmp_path / "out.parquet", tmp_path / "z.csv"
    for column, text in (("source_id", "Gaia DR2 {}"), ("gaia_dr2_source_id", "{}")):
        path.write_text(f"{column},z\n" + "".join(f"{text.format(i)},0.1\n" for i in IDS))
        with pytest.raises(DataError, match=r"Gaia DR2.*gaiadr3\.dr2_neighbourhood"):
            build_dataset([write_spectra()], out, path)
    path.write_text("source_id,z\n" + "".join(f"Gaia EDR3 {i},0.1\n" for i in IDS))
    built = build_dataset([write_spectra()], out, path)
    assert built.redshifts.release == "Gaia DR3"
    # Spectra that tell nothing are of the release of the ids with which they are joined.
    assert built.card.known_instrument.release == "Gaia DR3"
    path.write_text("source_id,z\n" + "".join(f"Gaia DR4 {i},0.1\n" for i in IDS))
    with pytest.raises(
        DataError,
        match=r"Gaia DR3 in column 'source_id', found those of Gaia DR4, .*"
        'say --release "Gaia DR4" if the spectra are of it, else',
    ):
        build_dataset([write_spectra()], out, path)
    # What a person says of spectra counts as what their ids would tell.
    built = build_dataset([write_spectra()], out, path, by_hand=ByHand(release="Gaia DR4"))
    assert built.card.known_instrument.release == "Gaia DR4"
    with pytest.raises(DataError, match="found those of Gaia DR4") as caught:
        build_dataset([write_spectra()], out, path, by_hand=ByHand(release="Gaia DR3"))
    assert "say --release" not in str(caught.value)
    spectra = pd.read_parquet(write_spectra()).astype({"source_id": str})
    spectra["source_id"] = "Gaia DR4 " + spectra["source_id"]
    spectra.to_parquet(tmp_path / "dr4.parquet")
    assert build_dataset([tmp_path / "dr4.parquet"], out, path).spectra.release == "Gaia DR4"
    spectra["source_id"] = spectra["source_id"].str.replace("DR4", "DR2")
    spectra.rename(columns={"source_id": "designation"}).to_parquet(tmp_path / "dr2.parquet")
    with pytest.raises(DataError, match="found those of Gaia DR2"):
        build_dataset([tmp_path / "dr2.parquet"], out, path)


def test_a_release_that_is_told_beside_the_ids_counts(tmp_path, write_spectra):
    out, z = tmp_path / "out.parquet", np.linspace(0.1, 0.5, N)
    message = r"found those of Gaia DR2.*gaiadr3\.dr2_neighbourhood"
    for column, value in (
        ("solution_id", 1635721458409799680),
        ("release", "Gaia DR2"),
        ("gaia_release", "DR2"),
    ):
        columns = {"z": z, column: value}
        path = tmp_path / "z.csv"
        pd.DataFrame({"source_id": IDS, **columns}).to_csv(path, index=False)
        with pytest.raises(DataError, match=message):
            build_dataset([write_spectra()], out, path)
        with pytest.raises(DataError, match=message):
            build_dataset([write_spectra("s.csv", **columns)], out)
        with pytest.raises(DataError, match=message):
            read_table(write_spectra("s.csv", **columns))
    table = Table({"source_id": IDS, "z": z})
    table["source_id"].description = "Identifier of Gaia DR2"
    for ending in (".ecsv", ".vot", ".fits"):
        path = tmp_path / f"z{ending}"
        if ending == ".fits":
            hdu = fits.table_to_hdu(Table(table, copy_indices=False))
            hdu.header["TCOMM1"] = table["source_id"].description
            hdu.writeto(path)
        else:
            table.write(path, format={".ecsv": "ascii.ecsv", ".vot": "votable"}[ending])
        with pytest.raises(DataError, match=message):
            build_dataset([write_spectra()], out, path)
    build_dataset([write_spectra("s.csv", z=z, release="DESI DR2", solution_id=1)], out)


def test_a_table_that_its_service_cut_off_says_so(tmp_path, write_spectra):
    path = tmp_path / "z.vot"
    Table({"source_id": IDS, "z": np.linspace(0.1, 0.5, N)}).write(path, format="votable")
    out, cut = tmp_path / "out.parquet", '<INFO name="QUERY_STATUS" value="OVERFLOW"/>'
    assert not build_dataset([write_spectra()], out, path).redshifts.notes
    path.write_text(path.read_text().replace("</TABLE>", f"</TABLE>{cut}"))
    (note,) = build_dataset([write_spectra()], out, path).redshifts.notes
    assert note.startswith("z.vot: the service cut this table off at its limit")


def test_zeros_of_several_rows_are_no_redshifts(tmp_path, write_spectra, write_redshifts):
    out, z = tmp_path / "out.parquet", np.linspace(0.1, 0.5, N)
    z[[1, 4, 7]] = 0
    expected = {"no redshift (exactly 0 in several rows)": 3}
    path = write_spectra(z=z)
    assert read_table(path).account.left_out == expected
    account = build_dataset([path], out).spectra
    assert account.left_out == expected
    assert account.adds_up
    assert load_dataset(out).source_id.tolist() == np.delete(IDS, [1, 4, 7]).tolist()
    account = build_dataset([write_spectra("s.csv")], out, write_redshifts(z=z)).redshifts
    assert account.left_out == expected
    assert not build_dataset([path], out, by_hand=ByHand(z_unit="z")).left_out


def test_labels_are_chosen_and_judged_wherever_they_stand(tmp_path, write_spectra):
    out, z = tmp_path / "out.parquet", np.linspace(0.1, 0.5, N)
    columns = {"z": z + 0.2, "Z_SPEC": z, "z_phot": 9.0}
    built = build_dataset([write_spectra(**columns)], out)
    np.testing.assert_array_equal(load_dataset(out).z, z)
    chosen = built.card.account["spectra"]["columns"]["z"]
    assert chosen.startswith("Z_SPEC (spectroscopic; left aside: z, z_phot (photometric")
    assert load_dataset(out).card == built.card
    build_dataset([write_spectra(**columns)], out, by_hand=ByHand({"z": "z"}))
    np.testing.assert_array_equal(load_dataset(out).z, z + 0.2)
    with pytest.raises(DataError, match="several columns could be z: 'z_helio', 'z_cmb'"):
        build_dataset([write_spectra(z_helio=z, z_cmb=z)], out)
    with pytest.raises(DataError, match=r"have no redshifts.*Left aside: z_phot"):
        build_dataset([write_spectra(z_phot=z)], out)
    velocities = write_spectra(z=z * 299_792.458)
    with pytest.raises(DataError, match="add --z-unit km/s"):
        build_dataset([velocities], out)
    build_dataset([velocities], out, by_hand=ByHand(z_unit="km/s"))
    np.testing.assert_allclose(load_dataset(out).z, z)
    build_dataset([write_spectra(cz=z * 299_792.458)], out)
    np.testing.assert_allclose(load_dataset(out).z, z)
    with pytest.raises(DataError, match=r"the spectra: expected redshifts of galaxies.*stars"):
        build_dataset([write_spectra(z=z / 1e5)], out)


def test_quality_counts_where_the_spectra_have_their_own_redshifts(tmp_path, write_spectra):
    out, z = tmp_path / "out.parquet", np.linspace(0.1, 0.5, N)
    z[2] = 2e-4
    columns = {"z": z, "ZWARNING": [0, 4] + [0] * 10, "CLASS": ["GALAXY"] * 11 + ["QSO"]}
    path = write_spectra(**columns)
    built = build_dataset([path], out)
    assert built.left_out == {
        "warning flag (ZWARNING)": 1,
        "not of type GALAXY (CLASS)": 1,
        "z of a star (|z| < 0.001)": 1,
    }
    words = built.spectra.columns["quality"]
    assert words.startswith("ZWARNING == 0 and CLASS == GALAXY (recommended by SDSS")
    everything = build_dataset([path], out, by_hand=ByHand(quality=Asked(none=True)))
    assert everything.card.n_galaxies == N
    cut = ByHand(quality=Asked(parse_cuts("zwarning <= 4")))
    assert "warning flag (ZWARNING)" not in build_dataset([path], out, by_hand=cut).left_out


@pytest.mark.parametrize("whose", ["spectra", "table", "import"])
def test_a_column_of_types_counts_alone_wherever_it_stands(
    tmp_path, write_spectra, write_redshifts, whose
):
    columns = {"SPECTYPE": ["GALAXY"] * 10 + ["STAR", "QSO"], "OBJTYPE": ["SKY"] + ["TGT"] * 11}
    if whose == "import":
        path = write_spectra(z=np.linspace(0.1, 0.5, N), **columns)
        account = read_table(path).account
    else:
        table = write_redshifts(**columns) if whose == "table" else None
        path = write_spectra() if table else write_spectra(z=np.linspace(0.1, 0.5, N), **columns)
        built = build_dataset([path], tmp_path / "out.parquet", table)
        account = built.redshifts if table else built.spectra
    assert account.left_out == {
        "not of type GALAXY (SPECTYPE)": 2,
        "no target, but sky or a standard star (OBJTYPE)": 1,
    }
    assert "no warning flags recognised" in account.columns["quality"]


@pytest.mark.parametrize("fill", ["", "-1", "-9999", "0"])
def test_rows_without_an_id_are_left_out(tmp_path, write_spectra, fill):
    out, ids = tmp_path / "out.parquet", IDS.astype(str)
    ids[[1, 5, 7]] = fill
    z = np.linspace(0.1, 0.5, N)
    path = write_spectra("s.csv", with_ids=False, source_id=ids, z=z)
    account = build_dataset([path], out).spectra
    assert account.left_out == {"without a source_id": 3}
    assert account.ids == account.unique_ids == N - 3
    table = tmp_path / "z.csv"
    table.write_text("source_id,z\n" + "".join(f"{i},{x}\n" for i, x in zip(ids, z, strict=True)))
    built = build_dataset([write_spectra()], out, table)
    assert built.redshifts.left_out == {"without a source_id": 3}
    assert built.redshifts.ids == N - 3
    path = write_spectra("s.csv", with_ids=False, source_id=fill, z=z)
    with pytest.raises(DataError, match="12 without a source_id"):
        build_dataset([path], out)


def test_a_large_file_is_built_in_parts(tmp_path, write_spectra, monkeypatch):
    path = write_spectra(z=0.1)
    build_dataset([path], tmp_path / "whole.parquet")
    monkeypatch.setattr(build_module, "ROWS_PER_GROUP", 5)
    seen = []
    build_dataset([path], tmp_path / "parts.parquet", progress=lambda *now: seen.append(now))
    assert seen == [(5, N), (10, N), (N, N)]
    whole, parts = (load_dataset(tmp_path / f"{name}.parquet") for name in ("whole", "parts"))
    assert whole.card.hash == parts.card.hash


def test_spectra_too_many_for_the_memory_say_so_before_they_are_read(
    tmp_path, write_spectra, monkeypatch
):
    monkeypatch.setattr("core.memory.available_bytes", lambda: 12 * 250 - 1)
    path = write_spectra(z=np.linspace(0.05, 0.6, N))
    with pytest.raises(
        MemoryShortError,
        match=r"spectra\.parquet: joining its 12 spectra .*needs about .* are free",
    ):
        build_dataset([path], tmp_path / "out.parquet")
    assert not list(tmp_path.glob("*out*"))


def test_a_table_of_positions_is_sent_to_the_crossmatch(tmp_path, write_spectra):
    path = tmp_path / "survey.csv"
    pd.DataFrame({"RA": [10.0], "DEC": [20.0], "Z": [0.1]}).to_csv(path, index=False)
    said = (
        r"^survey\.csv: .*called source_id, found positions alone \(RA, DEC\)\. Match it with "
        r"Gaia's sources first.*`xpz crossmatch --sources SOURCES --redshifts TABLE"
    )
    with pytest.raises(DataError, match=said):
        build_dataset([write_spectra()], tmp_path / "out.parquet", path)
    # Which column has the ids can still be said, or is known but not used.
    pd.DataFrame({"ra": [1.0], "dec": [2.0], "z": [0.1], "Name": [7]}).to_csv(path, index=False)
    by_hand = ByHand({"source_id": "Name"})
    with pytest.raises(DataError, match="none of its 1 source_id is among"):
        build_dataset([write_spectra()], tmp_path / "out.parquet", path, by_hand=by_hand)


def test_nothing_is_written_where_nothing_can_be_built(tmp_path, write_spectra, write_redshifts):
    spectra, out = write_spectra(), tmp_path / "out.parquet"
    cases = [
        (DataError, "have no redshifts", [spectra], None, {}),
        (
            DataError,
            r"^spectra\.parquet: expected spectra with redshifts, found none among 12",
            [spectra],
            write_redshifts([IDS[0], *range(1, 60)], z=[1.6] + 59 * [0.1]),
            {},
        ),
        (
            DataError,
            r"^strangers\.csv: none of its 2 source_ids is among those of the 12 spectra of "
            r"spectra\.parquet: expected the same sources",
            [spectra],
            write_redshifts([1, 2], name="strangers.csv"),
            {},
        ),
        (
            DataError,
            "CLASS holds 'Sb'. --no-quality",
            [write_spectra("sb.csv", z=0.1, CLASS="Sb")],
            None,
            {},
        ),
        (DataError, "no such file", [tmp_path / "no.csv"], None, {}),
        (ConfigError, "Origin: expected one of", [spectra], None, {"origin": "dreamt"}),
    ]
    for kind, message, paths, redshifts, options in cases:
        with pytest.raises(kind, match=message):
            build_dataset(paths, out, redshifts, **options)
    with pytest.raises(DataError, match="is one of the input files"):
        build_dataset([spectra], spectra)
    cut = ByHand(quality=Asked(parse_cuts("flux_0 > 3")))
    with pytest.raises(DataError, match=r"single values beside the spectra.*'flux_0'"):
        build_dataset([write_spectra("q.csv", z=0.1)], out, by_hand=cut)
    prose = tmp_path / "prose" / "readme.txt"
    prose.parent.mkdir()
    prose.write_text("Dear colleague,\n\nthese are my spectra. Be kind.\n" * 20)
    with pytest.raises(DataError, match=r"found none\. readme.txt: left aside"):
        build_dataset([prose.parent], out)
    with pytest.raises(DataError, match="expected the column source_id, which joins"):
        build_dataset([write_spectra("n.csv", with_ids=False)], out, write_redshifts())
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]
