import io
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy import units
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from pyarrow import parquet

from core.data.build import build_dataset
from core.data.dataset import load_dataset, make_dataset, save_dataset
from core.data.imported_dataset import read_table
from core.data.labels.by_hand import ByHand
from core.data.labels.choice import UndecidedError
from core.data.labels.quality import Asked
from core.data.schema import PER_SOURCE
from core.data.tables.sniff import FORMATS
from core.errors import DataError

N = 5
# Beyond 2^53 a float would lose the last digits.
IDS = np.array([4111834567779557376 + i for i in range(N - 1)] + [2**63 - 1])


@pytest.fixture(scope="module")
def spectra():
    rng = np.random.default_rng(3)
    return {
        "source_id": IDS,
        "z": rng.uniform(0, 0.6, N),
        "flux": rng.normal(5, 2, (N, 186)).astype(np.float32),
        "flux_error": rng.uniform(0.1, 0.3, (N, 186)).astype(np.float32),
        "g_mag": rng.uniform(15, 19, N).astype(np.float32),
        "redshift_ugc": np.array([0.1, np.nan, 0.2, np.nan, 0.3], np.float32),
        "redshift_ugc_lower": np.array([0.05, np.nan, 0.1, np.nan, 0.2], np.float32),
        "redshift_ugc_upper": np.array([0.15, np.nan, 0.2, np.nan, 0.3], np.float32),
    }


def per_sample(spectra):
    columns = {}
    for name, values in spectra.items():
        if values.ndim == 2:
            columns |= {f"{name}_{i}": values[:, i] for i in range(186)}
        else:
            columns[name] = values
    return columns


def encode(columns, format):
    """Return a table with these columns as the bytes of a file."""
    stream = io.BytesIO()
    if format == "csv":
        pd.DataFrame(columns).to_csv(stream, index=False)
    elif format == "parquet":
        pd.DataFrame(columns).to_parquet(stream)
    elif format == "ecsv":
        text = io.StringIO()
        Table(columns).write(text, format="ascii.ecsv")
        return text.getvalue().encode()
    else:
        Table(columns).write(stream, format=format)
    return stream.getvalue()


def assert_same(dataset, spectra):
    np.testing.assert_array_equal(dataset.source_id, IDS)
    for name in ("z", "flux", "flux_error", *PER_SOURCE):
        np.testing.assert_array_equal(getattr(dataset, name), spectra[name], err_msg=name)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_brings_back_every_number(spectra, format):
    dataset = read_table(encode(per_sample(spectra), format), format, "mine")

    assert_same(dataset, spectra)
    assert (dataset.card.name, dataset.card.origin, len(dataset)) == ("mine", "unknown", N)
    assert dataset.recognition.describe() == {
        "source_id": "source_id",
        "z": "z",
        "flux": "flux_0 to flux_185",
        "flux_error": "flux_error_0 to flux_error_185",
        "g_mag": "g_mag",
        "redshift_ugc": "redshift_ugc",
        "redshift_ugc_lower": "redshift_ugc_lower",
        "redshift_ugc_upper": "redshift_ugc_upper",
        "ignored": "none",
    }


@pytest.mark.parametrize("format", ["fits", "votable", "ecsv"])
def test_array_columns(spectra, format):
    assert_same(read_table(encode(spectra, format), format), spectra)


@pytest.mark.parametrize("kind", [pa.list_(pa.float64()), pa.list_(pa.float32(), 186)])
def test_list_columns_of_parquet(spectra, kind):
    columns = {
        name: pa.array(values.tolist(), kind) if values.ndim == 2 else values
        for name, values in spectra.items()
    }
    stream = io.BytesIO()
    parquet.write_table(pa.table(columns), stream)
    assert_same(read_table(stream.getvalue(), "parquet"), spectra)


def test_arrays_as_text_in_csv(spectra):
    columns = {
        "SOURCE_ID": IDS,
        "z": spectra["z"],
        "flux": ["(" + ", ".join(map(str, row)) + ")" for row in spectra["flux"].tolist()],
        "flux_error": [str(row) for row in spectra["flux_error"].tolist()],
        "phot_g_mean_mag": spectra["g_mag"],
        **{name: spectra[name] for name in PER_SOURCE if name.startswith("redshift_ugc")},
    }
    assert_same(read_table(encode(columns, "csv"), "csv"), spectra)


def test_variable_length_arrays_of_fits(spectra):
    def table(rows):
        columns = [
            fits.Column("z", "D", array=spectra["z"]),
            fits.Column("flux", "PE()", array=np.array([*rows, None], dtype=object)[:-1]),
        ]
        stream = io.BytesIO()
        fits.BinTableHDU.from_columns(columns).writeto(stream)
        return stream.getvalue()

    dataset = read_table(table(list(spectra["flux"])), "fits")
    np.testing.assert_array_equal(dataset.flux, spectra["flux"])
    with pytest.raises(DataError, match="186 values per row in column 'flux', received 4 at row 3"):
        read_table(
            table([*spectra["flux"][:2], np.zeros(4, np.float32), *spectra["flux"][3:]]), "fits"
        )


def test_names_in_capitals_and_aliases(spectra):
    columns = {"SOURCE_ID": IDS, "Redshift": spectra["z"], "ra": np.zeros(N)}
    columns |= {f"FLUX_{i + 1:03d}": spectra["flux"][:, i] for i in range(186)}
    dataset = read_table(encode(columns, "csv"), "csv")
    np.testing.assert_array_equal(dataset.flux, spectra["flux"])
    np.testing.assert_array_equal(dataset.z, spectra["z"])
    assert dataset.recognition.describe()["ignored"] == "ra"


class TestDissertationLayout:
    """z first, then 186 numbered or unnamed columns, no ids."""

    @pytest.fixture
    def frame(self, spectra):
        return pd.DataFrame(np.column_stack([spectra["z"], spectra["flux"].astype(float)]))

    @pytest.mark.parametrize("options", [{}, {"header": False}, {"index_label": ""}])
    def test_numbered_or_without_names(self, frame, spectra, options):
        content = frame.to_csv(index="index_label" in options, **options).encode()
        self.check(read_table(content, "csv"), spectra)

    def test_named_redshift(self, frame, spectra):
        frame.columns = ["z", *range(186)]
        self.check(read_table(frame.to_csv(index=False).encode(), "csv"), spectra)

    def test_columns_named_by_astropy(self, frame, spectra):
        table = Table(frame.to_numpy(), names=[f"col{i}" for i in range(187)])
        stream = io.BytesIO()
        table.write(stream, format="fits")
        self.check(read_table(stream.getvalue(), "fits"), spectra)

    @staticmethod
    def check(dataset, spectra):
        np.testing.assert_array_equal(dataset.z, spectra["z"])
        np.testing.assert_array_equal(dataset.flux, spectra["flux"])
        np.testing.assert_array_equal(dataset.source_id, np.arange(N))
        assert "numbered from 0" in dataset.recognition.describe()["source_id"]


def test_order_of_columns_does_not_matter(spectra):
    columns = per_sample(spectra)
    shuffled = {name: columns[name] for name in sorted(columns, reverse=True)}
    assert_same(read_table(encode(shuffled, "parquet"), "parquet"), spectra)


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_ids_as_text(spectra, format):
    columns = per_sample(spectra) | {"source_id": IDS.astype(str)}
    assert_same(read_table(encode(columns, format), format), spectra)


def test_a_file_of_ours_keeps_its_card_unless_its_rows_changed(spectra, tmp_path):
    made = make_dataset(**spectra, name="ours", origin="simulated", config={"seed": 1})
    path = tmp_path / "ours.parquet"
    save_dataset(made, path)
    assert read_table(path, "parquet", name="upload").card == made.card

    table = parquet.read_table(path)
    moved = table.set_column(1, "z", pa.array(spectra["z"] + 0.1))
    stream = io.BytesIO()
    parquet.write_table(moved.replace_schema_metadata(parquet.read_metadata(path).metadata), stream)
    assert read_table(stream.getvalue(), "parquet", name="upload").card.origin == "unknown"


class TestRefusals:
    """Every refusal is one sentence that says where and what."""

    @pytest.mark.parametrize(
        ("column", "value", "message"),
        [
            (
                "flux_17",
                "abc",
                r"mine: expected numbers in column 'flux_17', received 'abc' at row 3",
            ),
            ("flux_17", np.nan, r"finite number, received nan at row 3, column 'flux_17'"),
            ("flux_17", np.inf, r"finite number, received inf at row 3, column 'flux_17'"),
            ("flux_17", 1e300, r"finite number, received inf at row 3, column 'flux_17'"),
            ("z", 7.0, r"redshift from 0 to 1.5, received 7.0 at row 3, column 'z'"),
            ("z", "", r"finite redshift, received nan at row 3"),
            ("source_id", 1.5, r"whole numbers in column 'source_id', received '1.5' at row 3"),
            ("source_id", 2**63, r"received '9223372036854775808' at row 3"),
            ("flux_error_3", -1.0, r"an error of 0 or more, received -1.0 at row 3"),
        ],
    )
    def test_a_wrong_cell_of_csv(self, spectra, column, value, message):
        frame = pd.DataFrame(per_sample(spectra)).astype({column: object})
        frame.loc[2, column] = value
        with pytest.raises(DataError, match=message):
            read_table(frame.to_csv(index=False).encode(), "csv", "mine")

    @pytest.mark.parametrize(
        ("z", "ids", "left_out"),
        [
            (0.2001, IDS[:4], {"source_id seen before": 1}),
            (0.3, IDS[1:4], {"redshifts of one source that disagree": 2}),
        ],
    )
    def test_a_source_that_comes_twice(self, spectra, z, ids, left_out):
        frame = pd.DataFrame(per_sample(spectra)).assign(z=[0.2, 0.4, 0.5, 0.6, z])
        frame.loc[4, "source_id"] = IDS[0]
        dataset = read_table(frame.to_csv(index=False).encode(), "csv", "mine")
        assert dataset.source_id.tolist() == list(ids)
        assert dataset.account.left_out == left_out
        assert dataset.account.adds_up

    @pytest.mark.parametrize("format", FORMATS)
    def test_ids_as_decimals(self, spectra, format):
        columns = per_sample(spectra) | {"source_id": IDS.astype(float)}
        with pytest.raises(DataError, match="64-bit"):
            read_table(encode(columns, format), format)

    @pytest.mark.parametrize("format", ["votable", "ecsv", "fits"])
    def test_empty_ids(self, spectra, format):
        ids = MaskedColumn(IDS, mask=[False, True, False, False, False])
        dataset = read_table(encode(spectra | {"source_id": ids}, format), format)
        assert dataset.source_id.tolist() == np.delete(IDS, 1).tolist()
        assert dataset.account.left_out == {"without a source_id": 1}
        ids = MaskedColumn(IDS, mask=True)
        with pytest.raises(DataError, match=r"no row that can be used \(5 without a source_id\)"):
            read_table(encode(spectra | {"source_id": ids}, format), format)

    def test_empty_ids_of_parquet(self, spectra):
        ids = pd.array([1, 2, None, 4, 5], dtype="Int64")
        dataset = read_table(encode(per_sample(spectra) | {"source_id": ids}, "parquet"), "parquet")
        assert dataset.source_id.tolist() == [1, 2, 4, 5]

    @pytest.mark.parametrize("format", ["csv", "parquet", "votable", "fits", "ecsv"])
    def test_text_where_numbers_belong(self, spectra, format):
        columns = per_sample(spectra) | {"z": ["0.1", "0.2", "0.3", "far", "0.5"]}
        with pytest.raises(DataError, match="column 'z', received 'far' at row 4"):
            read_table(encode(columns, format), format)

    @pytest.mark.parametrize("n_samples", [185, 187])
    @pytest.mark.parametrize("style", ["flux_{}", "{}"])
    def test_wrong_number_of_columns(self, spectra, n_samples, style):
        columns = {"z": spectra["z"]} | {style.format(i): np.ones(N) for i in range(n_samples)}
        with pytest.raises(DataError, match=f"expected (the )?186 .*found {n_samples}"):
            read_table(encode(columns, "csv"), "csv")

    def test_a_gap_among_the_columns(self, spectra):
        columns = per_sample(spectra)
        columns["flux_186"] = columns.pop("flux_40")
        with pytest.raises(DataError, match="flux_40 is missing"):
            read_table(encode(columns, "csv"), "csv")

    @pytest.mark.parametrize("format", ["fits", "votable", "ecsv"])
    def test_wrong_number_of_values(self, spectra, format):
        columns = spectra | {"flux": np.ones((N, 187))}
        with pytest.raises(DataError, match="186 values per row in column 'flux', received 187"):
            read_table(encode(columns, format), format)

    def test_a_short_list_of_parquet(self, spectra):
        rows = spectra["flux"].tolist()
        rows[3] = rows[3][:-1]
        columns = {"z": spectra["z"], "flux": rows}
        with pytest.raises(DataError, match="received 185 at row 4"):
            read_table(encode(columns, "parquet"), "parquet")

    def test_xp_sampled_spectra(self):
        columns = {"source_id": IDS, "flux": list(np.ones((N, 343)))}
        with pytest.raises(DataError, match=r"received 343 at row 1: .*another flux system"):
            read_table(encode(columns, "parquet"), "parquet")

    def test_no_redshift(self, spectra):
        columns = per_sample(spectra)
        del columns["z"]
        with pytest.raises(DataError, match="a column of redshifts called z, z_spec"):
            read_table(encode(columns, "csv"), "csv")

    def test_two_redshifts(self, spectra):
        columns = per_sample(spectra)
        rivals = columns | {"redshift": columns["z"]}
        with pytest.raises(UndecidedError, match="several columns could be z: 'z', 'redshift'"):
            read_table(encode(rivals, "csv"), "csv")
        dataset = read_table(encode(rivals, "csv"), "csv", by_hand=ByHand({"z": "redshift"}))
        assert dataset.recognition.describe()["z"] == "redshift (by hand)"
        dataset = read_table(encode(columns | {"z_spec": spectra["z"] / 2}, "csv"), "csv")
        np.testing.assert_allclose(dataset.z, spectra["z"] / 2)
        assert dataset.recognition.describe()["z"] == "z_spec (spectroscopic; left aside: z)"

    def test_redshifts_that_are_none(self, spectra):
        columns = per_sample(spectra) | {"z": spectra["z"] * 299_792.458 + 3000}
        with pytest.raises(DataError, match=r"from 0 to 1.5, but.*--z-unit km/s"):
            read_table(encode(columns, "csv"), "csv")
        dataset = read_table(encode(columns, "csv"), "csv", by_hand=ByHand(z_unit="km/s"))
        np.testing.assert_allclose(dataset.z, spectra["z"] + 3000 / 299_792.458)

    def test_units_that_the_file_declares(self, spectra):
        columns = {name: spectra[name] for name in ("source_id", "flux")}
        columns |= {"cz": spectra["z"] * 299_792.458 * units.km / units.s}
        columns |= {"g_mag": spectra["g_mag"] * 1000 * units.mmag}
        dataset = read_table(encode(columns, "ecsv"), "ecsv")
        np.testing.assert_allclose(dataset.z, spectra["z"])
        np.testing.assert_allclose(dataset.g_mag, spectra["g_mag"], rtol=1e-6)
        assert dataset.recognition.describe()["z"] == "cz (velocity c z) in km/s"
        columns |= {"g_mag": spectra["g_mag"] * units.Jy}
        dataset = read_table(encode(columns, "ecsv"), "ecsv")
        assert dataset.g_mag is None
        assert "which is given in 'Jy'" in dataset.recognition.describe()["g_mag"]

    def test_what_the_survey_does_not_recommend_is_left_out(self, spectra):
        warnings = np.arange(N) == 1
        columns = per_sample(spectra) | {"ZWARN": warnings.astype(int), "SPECTYPE": ["GALAXY"] * N}
        dataset = read_table(encode(columns, "csv"), "csv")
        assert dataset.source_id.tolist() == spectra["source_id"][~warnings].tolist()
        account = dataset.account
        assert (account.rows, account.used, account.adds_up) == (N, N - 1, True)
        assert account.left_out == {"warning flag (ZWARN)": 1}
        assert dataset.card.account == {"spectra": account.to_json()}
        everything = ByHand(quality=Asked(none=True))
        assert len(read_table(encode(columns, "csv"), "csv", by_hand=everything)) == N

    def test_every_group_of_rows_is_read(self, spectra, tmp_path):
        columns = per_sample(spectra) | {"SPECTYPE": ["GALAXY"] * N, "ZWARN": np.zeros(N, int)}
        path = tmp_path / "table.parquet"
        parquet.write_table(pa.table(columns), path, row_group_size=2)
        assert read_table(path).source_id.tolist() == spectra["source_id"].tolist()
        arrays = [spectra["flux"][i].tolist() if i != 3 else None for i in range(N)]
        ragged = pa.table({"z": spectra["z"], "flux": arrays})
        parquet.write_table(ragged, path, row_group_size=2)
        with pytest.raises(DataError, match="row 4"):
            read_table(path)

    def test_every_file_of_a_catalogue_is_read(self, spectra, tmp_path):
        folder = tmp_path / "hats" / "dataset" / "Norder=0" / "Dir=0"
        folder.mkdir(parents=True)
        table = pa.table(per_sample(spectra))
        for pixel in range(N):
            parquet.write_table(table.slice(pixel, 1), folder / f"Npix={pixel}.parquet")
        assert read_table(tmp_path / "hats").source_id.tolist() == spectra["source_id"].tolist()

    def test_lines_that_are_no_rows_are_counted(self, spectra):
        names, *rows = encode(per_sample(spectra), "csv").splitlines(keepends=True)
        dataset = read_table(b"".join([names, *rows, names, b"# the end\n"]))
        assert len(dataset) == N
        assert dataset.account.skipped == {"the line of names again": 1, "comments": 1}

    def test_two_spectra(self, spectra):
        columns = {"z": spectra["z"], "flux": spectra["flux"]}
        columns |= {f"flux_{i}": np.ones(N) for i in range(186)}
        with pytest.raises(DataError, match="several columns could be flux"):
            read_table(encode(columns, "fits"), "fits")

    @pytest.mark.parametrize("format", FORMATS)
    def test_no_rows(self, spectra, format):
        columns = {name: values[:0] for name, values in per_sample(spectra).items()}
        with pytest.raises(DataError, match="no rows"):
            read_table(encode(columns, format), format)

    def test_unknown_format(self):
        with pytest.raises(DataError, match="unknown format 'xlsx'; known are csv, parquet"):
            read_table(b"", "xlsx")

    def test_no_such_file(self, tmp_path):
        with pytest.raises(
            DataError, match=r"none.csv: the file cannot be opened \(there is no such file"
        ):
            read_table(tmp_path / "none.csv", "csv")


class TestSeveralTables:
    def hdus(self, *tables):
        hdus = [fits.BinTableHDU(Table(columns)) for columns in tables]
        fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(stream := io.BytesIO())
        return stream.getvalue()

    def zipped(self, **members):
        with zipfile.ZipFile(stream := io.BytesIO(), "w") as archive:
            for name, content in members.items():
                archive.writestr(f"{name}.txt", content)
        return stream.getvalue()

    def test_the_one_with_spectra_is_read(self, spectra):
        columns = per_sample(spectra)
        prose = b"These are my spectra.\n"
        for content in (
            self.hdus({"n": [1]}, columns),
            self.zipped(readme=prose, spectra=encode(columns, "csv")),
            self.zipped(names=b"a,b\n1,2\n", readme=prose, spectra=encode(columns, "csv")),
        ):
            assert read_table(content).source_id.tolist() == spectra["source_id"].tolist()

    def test_what_is_wrong_is_said_as_of_one_and_of_several_the_way_out(self, spectra):
        columns = per_sample(spectra)
        told = (
            r"found 2 among 3 tables \(x > HDU 2, x > HDU 3\)\. Give one of them alone; `xpz data"
        )
        with pytest.raises(DataError, match=told):
            read_table(self.hdus({"n": [1]}, columns, columns), name="x")
        prose = b"These are my spectra.\n"
        del columns["z"]
        with pytest.raises(DataError, match=r"expected a column of redshifts"):
            read_table(self.zipped(readme=prose, spectra=encode(columns, "csv")), name="x")
        with pytest.raises(DataError, match=r"readme.txt: expected a table, received text"):
            read_table(self.zipped(readme=prose, again=prose), name="x")
        with pytest.raises(DataError, match=r"found none among 2 tables \(x > HDU 1, x > HDU 2\)"):
            read_table(self.hdus({"n": [1]}, {"m": [1]}), name="x")


def test_what_cannot_be_used_is_left_out_as_a_build_does(tmp_path):
    sample = Path(__file__).parents[3] / "data" / "samples" / "simulated-galaxies.csv"
    built = build_dataset([sample], tmp_path / "built.parquet")
    read = read_table(sample, only_usable=True)
    assert read.account.left_out == built.left_out == {
        "no redshift": 4, "flux missing or not usable": 2,
    }  # fmt: skip
    np.testing.assert_array_equal(
        read.source_id, load_dataset(tmp_path / "built.parquet").source_id
    )
    with pytest.raises(DataError, match="expected a finite number, received nan at row 61"):
        read_table(sample)


class TestRowsOfTheFile:
    """Rows and columns are named as the file has them, whatever was left out before them."""

    @pytest.fixture
    def table(self):
        rng = np.random.default_rng(8)
        columns = {
            "source_id": 4111834567779557376 + np.arange(40),
            "z_spec": rng.uniform(0.1, 0.6, 40),
        }
        columns |= {f"flux_{i}": rng.normal(5, 1, 40) for i in range(186)}
        return pd.DataFrame(columns)

    def test_a_check_after_rows_were_left_out(self, table):
        table.loc[[3, 10], "source_id"] = 0
        table.loc[30, "z_spec"] = 1.83
        with pytest.raises(DataError, match=r"^mine: .* 1\.83 at row 31, column 'z_spec'"):
            read_table(encode(table, "csv"), "csv", "mine")

    def test_one_rule_for_redshifts_outside_the_range(self, table, tmp_path):
        table.loc[[3, 10], "z_spec"] = np.nan
        table.loc[30, "z_spec"] = 1.83
        table.loc[6, "z_spec"] = -9999
        table.loc[8, "source_id"] = table.loc[1, "source_id"]
        table.loc[[8, 1], "z_spec"] = 0.2
        table.loc[20, "flux_7"] = 1e39
        (tmp_path / "mine.csv").write_bytes(encode(table, "csv"))
        read = read_table(tmp_path / "mine.csv", only_usable=True)
        built = build_dataset([tmp_path / "mine.csv"], tmp_path / "mine.parquet")
        assert read.account.left_out == built.left_out == {
            "no redshift": 3, "redshift outside 0 to 1.5": 1, "flux missing or not usable": 1,
            "source_id seen before": 1,
        }  # fmt: skip
        assert read.account.left_out_rows == built.spectra.left_out_rows == {
            "no redshift": ["4", "7", "11"], "redshift outside 0 to 1.5": ["31"],
            "flux missing or not usable": ["21"], "source_id seen before": ["9"],
        }  # fmt: skip
        assert "left out: no redshift: rows 4, 7, 11" in list(built.spectra.lines())

    @pytest.mark.parametrize("build", [False, True])
    def test_ends_the_wrong_way_round(self, table, tmp_path, build):
        table.loc[3, "z_spec"] = np.nan
        table["z_ugc_lower"], table["z_ugc_upper"] = 0.1, 0.2
        table.loc[30, "z_ugc_lower"] = 0.4
        (tmp_path / "mine.csv").write_bytes(encode(table, "csv"))
        expected = "mine.csv: expected at most the z_ugc_upper of the same row, received 0.4.* at "
        read = (
            partial(build_dataset, out=tmp_path / "mine.parquet")
            if build
            else lambda paths: read_table(paths[0], only_usable=True)
        )
        with pytest.raises(DataError, match=expected + "row 31, column 'z_ugc_lower'"):
            read([tmp_path / "mine.csv"])

    def test_of_several_files_each_row_is_told_with_its_own(self, table, tmp_path):
        table.loc[[3, 30], "z_spec"] = np.nan
        (tmp_path / "a.csv").write_bytes(encode(table[:20], "csv"))
        (tmp_path / "b.csv").write_bytes(encode(table[19:], "csv"))
        files = [tmp_path / "a.csv", tmp_path / "b.csv"]
        built = build_dataset(files, tmp_path / "mine.parquet")
        assert built.spectra.left_out_rows == {
            "no redshift": ["a.csv 4", "b.csv 12"], "source_id seen before": ["b.csv 1"],
        }  # fmt: skip
