"""The same spectra through every format; what is recognised; rows that cannot be used."""

import functools
import gzip
import io
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from astropy.io import fits, votable
from astropy.table import MaskedColumn, Table
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from core.data.imported_dataset import read_table
from core.data.labels.by_hand import ByHand
from core.data.spectra.files import open_spectra
from core.data.spectra.fluxes import EMPTY
from core.data.tables import table as tables
from core.data.tables.folders import find_files
from core.data.tables.raw import TableLimits
from core.data.tables.sniff import FORMATS
from core.errors import DataError
from tests.support.spectra_files import read_spectra

N = 6
IDS = 2**62 + np.arange(N)[::-1]  # a float would round them all to one number


@pytest.fixture(scope="module")
def spectra():
    rng = np.random.default_rng(8)
    return {
        "source_id": IDS,
        "flux": rng.normal(5, 2, (N, 186)).astype(np.float32),
        "flux_error": rng.uniform(0.1, 0.3, (N, 186)).astype(np.float32),
        "z": rng.uniform(0, 0.6, N),
        "phot_g_mean_mag": rng.uniform(15, 19, N),
        "redshift_ugc": np.array([0.1, np.nan, 0.2, np.nan, 0.3, 0.4]),
        "survey_id": 2**61 + np.arange(N),
        "field": np.array(["north", "south", "north", "deep", "deep", "deep"]),
    }


def per_sample(columns, style="{}_{}"):
    flat = {}
    for name, values in columns.items():
        if np.ndim(values) == 2:
            flat |= {style.format(name, i): values[:, i] for i in range(values.shape[1])}
        else:
            flat[name] = values
    return flat


def encode(columns, kind):
    """Return a table with these columns as the bytes of a file."""
    stream = io.BytesIO()
    if kind.startswith("csv"):
        pd.DataFrame(columns).to_csv(stream, index=False)
    elif kind == "parquet":
        lists = {k: list(v) if np.ndim(v) == 2 else v for k, v in columns.items()}
        pd.DataFrame(lists).to_parquet(stream)
    elif kind == "ecsv":
        text = io.StringIO()
        Table(columns).write(text, format="ascii.ecsv")
        return text.getvalue().encode()
    elif kind.startswith("votable"):
        encoding = kind.partition(" ")[2] or "tabledata"
        votable.writeto(Table(columns), stream, tabledata_format=encoding)
    else:
        Table(columns).write(stream, format=kind)
    content = stream.getvalue()
    return gzip.compress(content) if kind.endswith(".gz") else content


KINDS = [
    "csv", "csv.gz", "parquet", "fits", "votable tabledata", "votable binary", "votable binary2",
    "ecsv",
]  # fmt: skip


@pytest.fixture(scope="module")
def written(spectra):
    """Return what gives a file of a kind with a column per sample: VOTables take long to write."""
    return functools.cache(lambda kind: encode(per_sample(spectra), kind))


def assert_same(found, spectra):
    np.testing.assert_array_equal(found.source_id, IDS)
    np.testing.assert_array_equal(found.flux, spectra["flux"])
    np.testing.assert_array_equal(found.flux_error, spectra["flux_error"])
    np.testing.assert_array_equal(found.z, spectra["z"])
    np.testing.assert_array_equal(found.g_mag, spectra["phot_g_mean_mag"])
    np.testing.assert_array_equal(found.redshift_ugc, spectra["redshift_ugc"])
    assert (found.source_id.dtype, found.flux.dtype) == (np.int64, np.float32)
    assert found.has_ids
    assert not found.problems


class TestEveryFormat:
    @pytest.mark.parametrize("kind", KINDS)
    def test_brings_back_every_digit(self, spectra, written, kind):
        found = read_spectra(written(kind))
        assert_same(found, spectra)
        own = found.own
        assert list(own.columns) == ["z", "phot_g_mean_mag", "redshift_ugc", "survey_id", "field"]
        assert own["survey_id"].tolist() == spectra["survey_id"].tolist()
        assert own["field"].tolist() == spectra["field"].tolist()

    @pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith("csv")])
    def test_takes_array_columns(self, spectra, kind):
        assert_same(read_spectra(encode(spectra, kind)), spectra)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("rows", [1, 4, 100])
    def test_is_read_in_parts(self, spectra, written, kind, rows, tmp_path):
        path = tmp_path / "no ending"
        path.write_bytes(written(kind))
        file = open_spectra(path)
        parts = list(file.chunks(rows))
        assert file.format == kind.split(".")[0].split()[0]
        assert file.n_rows == (None if file.format in ("csv", "ecsv") else N)
        assert [len(part) for part in parts] == {1: [1] * N, 4: [4, 2], 100: [N]}[rows]
        assert_same(type(parts[0]).concatenate(parts), spectra)

    @pytest.mark.parametrize("kind", ["parquet", "fits", "votable tabledata", "ecsv", "csv"])
    def test_keeps_whole_numbers_beside_empty_cells(self, spectra, kind):
        empty = [False, True, False, False, False, False]
        ids = MaskedColumn(spectra["survey_id"], mask=empty)
        columns = per_sample(spectra) | {"survey_id": ids}
        if kind in ("csv", "parquet"):
            columns["survey_id"] = pd.array(ids.tolist(), "Int64")
        own = read_spectra(encode(columns, kind)).own["survey_id"]
        assert own.isna().tolist() == empty
        assert [int(n) for n in own.dropna()] == [2**61 + i for i in range(N) if not empty[i]]

    @pytest.mark.parametrize("format", FORMATS)
    def test_is_obeyed_and_checked(self, written, format):
        content = written("votable tabledata" if format == "votable" else format)
        assert open_spectra(content, format).format == format
        other = "fits" if format != "fits" else "csv"
        with pytest.raises(DataError, match=f"mine: expected {other}, but the file is {format}"):
            open_spectra(content, other, name="mine")


NAMINGS = {
    "flux_0": lambda i: f"flux_{i}",
    "flux_1 on": lambda i: f"flux_{i + 1}",
    "flux000": lambda i: f"flux{i:03d}",
    "FLUX[0]": lambda i: f"FLUX[{i}]",
    "flux.0": lambda i: f"flux.{i}",
    "xp_flux_0": lambda i: f"xp_flux_{i}",
    "0": str,
    "col1 on": lambda i: f"col{i + 1}",
    "sample_0": lambda i: f"sample_{i}",
    "S(0)": lambda i: f"S({i})",
    "bp_0, rp_0": lambda i: f"bp_{i}" if i < 80 else f"rp_{i - 80}",
    "BP_flux_1, RP_flux_1": lambda i: f"BP_flux_{i + 1}" if i < 80 else f"RP_flux_{i - 79}",
}


class TestNames:
    @pytest.mark.parametrize("style", NAMINGS)
    def test_of_the_fluxes(self, spectra, style):
        columns = {"source_id": IDS, "Redshift": spectra["z"]}
        fluxes = {NAMINGS[style](i): spectra["flux"][:, i] for i in range(186)}
        shuffled = dict(sorted(fluxes.items(), key=lambda item: hash(item[0])))
        found = read_spectra(encode(columns | shuffled, "csv"))
        np.testing.assert_array_equal(found.flux, spectra["flux"])
        np.testing.assert_array_equal(found.z, spectra["z"])

    @pytest.mark.parametrize(
        "style", ["flux_error_{}", "flux_err_{}", "fluxerr{}", "e_flux_{}", "err_flux_{}"]
    )
    def test_of_the_errors(self, spectra, style):
        columns = per_sample({"flux": spectra["flux"]})
        columns |= {style.format(i): spectra["flux_error"][:, i] for i in range(186)}
        content = encode(columns, "csv")
        np.testing.assert_array_equal(read_spectra(content).flux_error, spectra["flux_error"])
        assert read_spectra(content, with_errors=False).flux_error is None

    @pytest.mark.parametrize(
        "name", ["SOURCE_ID", "gaia_source_id", "dr3_source_id", "designation"]
    )
    def test_of_the_ids(self, spectra, name):
        ids = [f"Gaia DR3 {i}" for i in IDS] if name == "designation" else IDS
        columns = {name: ids} | per_sample({"flux": spectra["flux"]})
        np.testing.assert_array_equal(read_spectra(encode(columns, "csv")).source_id, IDS)

    def test_the_dissertations_layout(self, spectra):
        frame = pd.DataFrame(np.column_stack([spectra["z"], spectra["flux"].astype(float)]))
        for options in ({}, {"header": False}, {"index_label": "", "index": True}):
            found = read_spectra(frame.to_csv(**{"index": False} | options).encode())
            np.testing.assert_array_equal(found.flux, spectra["flux"])
            np.testing.assert_array_equal(found.z, spectra["z"])
            np.testing.assert_array_equal(found.source_id, np.arange(N))
            assert not found.has_ids

    def test_without_ids_and_redshifts(self, spectra, tmp_path):
        path = tmp_path / "plain.csv"
        path.write_bytes(encode(per_sample({"flux": spectra["flux"]}), "csv"))
        parts = list(open_spectra(path).chunks(4))
        assert [part.source_id.tolist() for part in parts] == [[0, 1, 2, 3], [4, 5]]
        assert parts[0].z is None
        assert not parts[0].has_ids

    def test_written_by_numpys_savetxt(self, spectra):
        stream = io.StringIO()
        names = ",".join(f"flux_{i}" for i in range(186))
        np.savetxt(stream, spectra["flux"].astype(float), delimiter=",", header=names)
        found = read_spectra(stream.getvalue().encode())
        np.testing.assert_allclose(found.flux, spectra["flux"], rtol=1e-7)

    @pytest.mark.parametrize("delimiter", [";", "\t"])
    def test_other_delimiters(self, spectra, delimiter):
        content = pd.DataFrame(per_sample(spectra)).to_csv(index=False, sep=delimiter).encode()
        assert_same(read_spectra(content), spectra)

    def test_are_told_before_anything_is_computed(self, spectra):
        columns = per_sample(spectra) | {"spectrum_of_another_kind": np.ones((N, 4))}
        assert open_spectra(encode(columns, "fits")).recognised == {
            "source_id": "source_id",
            "z": "z",
            "flux": "flux_0 to flux_185",
            "flux_error": "flux_error_0 to flux_error_185",
            "g_mag": "phot_g_mean_mag",
            "redshift_ugc": "redshift_ugc",
            "redshift_ugc_lower": "none",
            "redshift_ugc_upper": "none",
            "kept": "z, phot_g_mean_mag, redshift_ugc, survey_id, field",
            "left_out": "spectrum_of_another_kind",
        }

    def test_of_own_columns_that_are_there_twice(self, spectra):
        names = ["note", "note", *(f"flux_{i}" for i in range(186))]
        frame = pd.DataFrame(np.column_stack([np.ones(N), np.zeros(N), spectra["flux"]]))
        frame.columns = names
        own = read_spectra(frame.to_csv(index=False).encode()).own
        assert own.to_dict("list") == {"note": [1.0] * N, "note_2": [0.0] * N}

    def test_of_numbers_that_begin_with_zeros(self, spectra):
        frame = pd.DataFrame(spectra["flux"], columns=[f"flux_{i}" for i in range(186)])
        texts = ["7", "007", *["12"] * (N - 2)]
        frame = frame.assign(field=texts, n=["0", "10", *["5"] * (N - 2)])
        own = read_spectra(frame.to_csv(index=False).encode()).own
        assert own["field"].tolist() == texts
        assert own["n"].tolist()[:2] == [0, 10]

    def test_the_spectroscopic_redshift_counts(self, spectra):
        columns = per_sample(spectra) | {"redshift": np.zeros(N), "zspec": np.ones(N)}
        found = read_spectra(encode(columns, "csv"))
        np.testing.assert_array_equal(found.z, np.ones(N))
        assert {"z", "redshift", "zspec"} <= set(found.own)

    def test_where_names_do_not_decide_spectra_are_read_without_a_redshift(self, spectra):
        columns = per_sample(spectra) | {"Z": np.zeros(N)}
        found = read_spectra(encode(columns, "csv"))
        assert found.z is None
        assert {"z", "Z"} <= set(found.own)
        file = open_spectra(encode(columns, "csv"), by_hand=ByHand({"z": "Z"}))
        assert file.recognised["z"] == "Z (by hand)"


class TestRowsThatCannotBeUsed:
    @pytest.fixture
    def frame(self, spectra):
        return pd.DataFrame(per_sample({"source_id": IDS, "flux": spectra["flux"]})).astype(object)

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("abc", "row 3, column 'flux_17': expected a number, received 'abc'."),
            ("0,5", "row 3, column 'flux_17': expected a number, received '0,5'."),
            *(
                (cell, f"row 3, column 'flux_17': expected a finite number, received {EMPTY}.")
                for cell in (np.nan, "", "--")
            ),
            (np.inf, "row 3, column 'flux_17': expected a finite number, received inf."),
            (-1e300, "row 3, column 'flux_17': expected a finite number, received -inf."),
        ],
    )
    def test_stay_and_say_why(self, frame, spectra, value, words):
        frame.loc[2, "flux_17"] = value
        found = read_spectra(frame.to_csv(index=False).encode())
        assert found.problems == {2: words}
        expected = spectra["flux"].copy()
        expected[2, 17] = np.nan
        np.testing.assert_array_equal(found.flux, expected)
        np.testing.assert_array_equal(found.source_id, IDS)

    def test_are_counted_from_the_start_of_the_file(self, frame):
        frame.loc[5, "flux_0"] = "x"
        file = open_spectra(frame.to_csv(index=False).encode())
        (*_, last) = file.chunks(4)
        assert last.problems == {1: "row 6, column 'flux_0': expected a number, received 'x'."}

    @pytest.mark.parametrize("band", [slice(0, 80), slice(80, 186)])
    def test_a_missing_band_is_no_problem(self, frame, spectra, band):
        frame.iloc[3, 1:] = np.where(np.arange(186) // 80 == (band.start > 0), np.nan, 1.0)
        frame.iloc[3, 1 + band.start : 1 + band.stop] = np.nan
        other = slice(80, 186) if band.start == 0 else slice(0, 80)
        frame.iloc[3, 1 + other.start : 1 + other.stop] = 1.0
        found = read_spectra(frame.to_csv(index=False).encode())
        assert not found.problems
        assert np.isnan(found.flux[3, band]).all()
        assert (found.flux[3, other] == 1).all()

    def test_no_flux_at_all_is_one(self, frame):
        frame.iloc[1, 1:] = np.nan
        found = read_spectra(frame.to_csv(index=False).encode())
        assert list(found.problems) == [1]
        assert "expected 186 fluxes from here on, received only empty values" in found.problems[1]

    def test_arrays_of_another_length(self, spectra):
        rows = [*spectra["flux"]]
        rows[1], rows[4] = rows[1][:100], None
        stream = io.BytesIO()
        cells = pa.array([None if row is None else row.tolist() for row in rows])
        parquet.write_table(pa.table({"flux": cells}), stream)
        found = read_spectra(stream.getvalue())
        assert found.problems == {
            1: "row 2, column 'flux': expected 186 values per row, received 100.",
            4: "row 5, column 'flux[0]': expected 186 fluxes from here on, received only empty "
            "values.",
        }
        assert np.isnan(found.flux[[1, 4]]).all()

    def test_errors_that_cannot_be_used_are_unknown(self, spectra):
        frame = pd.DataFrame(per_sample(spectra)).astype(object)
        frame.loc[0, ["flux_error_1", "flux_error_2", "flux_error_3"]] = ["x", -1.0, np.inf]
        found = read_spectra(frame.to_csv(index=False).encode())
        assert not found.problems
        assert np.flatnonzero(np.isnan(found.flux_error[0])).tolist() == [1, 2, 3]

    @settings(max_examples=25)  # of 186 cells each
    @given(
        st.lists(
            st.sampled_from(
                ["1.5", "-2", "", "nan", "inf", "-inf", "x", "1e400", "99" * 20, "True"]
            ),
            min_size=186,
            max_size=186,
        )
    )
    def test_whatever_stands_there_the_row_stays(self, cells):
        names = ",".join(f"flux_{i}" for i in range(186))
        good = ",".join(["1.0"] * 186)
        found = read_spectra(f"{names}\n{good}\n{','.join(cells)}\n{good}\n".encode())
        assert len(found) == 3
        assert set(found.problems) <= {1}
        assert not np.isinf(found.flux).any()
        assert (found.flux[[0, 2]] == 1).all()
        bands = [np.isnan(found.flux[1, :80]), np.isnan(found.flux[1, 80:])]
        if not found.problems:
            assert all(band.all() or not band.any() for band in bands)


class TestWrongCells:
    @pytest.mark.parametrize(
        ("column", "value", "words"),
        [
            ("source_id", "M31", "column 'source_id', received 'M31' at row 6"),
            (
                "source_id",
                "4.61E+18",
                "'4.61E[+]18' at row 6 .*Written so, an id has lost its last digits",
            ),
            ("source_id", 2**63, "received '9223372036854775808' at row 6"),
            ("source_id", 10**30, "64-bit whole numbers in column 'source_id', received '1000"),
            ("z", "far", "numbers in column 'z', received 'far' at row 6"),
        ],
    )
    def test_of_ids_and_redshifts(self, spectra, column, value, words, tmp_path):
        frame = pd.DataFrame(per_sample(spectra)).astype({column: object})
        frame.loc[5, column] = value
        path = tmp_path / "mine.csv"
        path.write_text(frame.to_csv(index=False))
        with pytest.raises(DataError, match=f"^mine.csv: .*{words}"):
            list(open_spectra(path).chunks(4))

    @pytest.mark.parametrize("value", ["", "nan", "--", "N/A", "inf"])
    def test_an_empty_redshift_is_unknown(self, spectra, value):
        frame = pd.DataFrame(per_sample(spectra)).astype({"z": object})
        frame.loc[1, "z"] = value
        assert np.isnan(read_spectra(frame.to_csv(index=False).encode()).z).tolist() == [
            i == 1 for i in range(N)
        ]


class TestXPContinuous:
    @pytest.mark.parametrize("format", ["csv", "ecsv", "fits", "votable"])
    @pytest.mark.parametrize("packed", [False, True])
    def test_as_the_archive_delivers_it(self, xp_archive, format, packed, tmp_path):
        sources = xp_archive.make_sources(7, missing_bp=(2,), missing_rp=(6,))
        content = sources.to_bytes(format)
        path = tmp_path / "XP_CONTINUOUS_RAW"
        path.write_bytes(gzip.compress(content) if packed else content)
        file = open_spectra(path)
        assert (file.kind, file.format) == ("xp_continuous", format)
        assert file.recognised["kind"] == "XP continuous spectra of the Gaia Archive"
        parts = list(file.chunks(3))
        assert [len(part) for part in parts] == [3, 3, 1]
        found = type(parts[0]).concatenate(parts)
        np.testing.assert_array_equal(found.source_id, sources.source_id)
        truth = xp_archive.samples(sources)
        np.testing.assert_allclose(found.flux, truth, rtol=1e-5, atol=1e-3)
        assert not found.problems
        assert np.isfinite(found.flux_error[0]).all()
        assert "bp_chi_squared" in found.own
        assert "bp_coefficients" not in found.own
        assert read_spectra(path, with_errors=False).flux_error is None

    def test_51_coefficients_and_own_columns(self, xp_archive):
        extra = {"z": np.array([0.1, 0.2]), "sdss_id": np.array([2**60, 2**60 + 1])}
        sources = xp_archive.make_sources(2, n_bp=51, extra=extra)
        found = read_spectra(sources.to_bytes("fits"))
        np.testing.assert_array_equal(found.z, [0.1, 0.2])
        assert found.own["sdss_id"].tolist() == [2**60, 2**60 + 1]


SMALL = TableLimits(max_rows=N)


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


class TestArchives:
    @pytest.mark.parametrize("kind", ["parquet", "fits", "votable binary", "ecsv"])
    def test_gz_by_its_content(self, spectra, kind):
        assert_same(read_spectra(gzip.compress(encode(spectra, kind)), name="x.csv"), spectra)

    def test_zip_of_one(self, spectra):
        content = zipped({"folder/table.fits": encode(spectra, "fits"), "__MACOSX/x": b"1"})
        file = open_spectra(content, name="a.zip")
        assert file.n_rows == N
        assert_same(read_spectra(content), spectra)

    def test_zip_of_many_of_any_format(self, spectra):
        parts = [{k: v[rows] for k, v in spectra.items()} for rows in (slice(0, 2), slice(2, N))]
        members = {"1.csv": encode(per_sample(parts[0]), "csv.gz"), "2": encode(parts[1], "fits")}
        file = open_spectra(zipped(members))
        assert [len(chunk) for chunk in file.chunks()] == [2, 4]
        assert file.recognised["files"] == "2 in the archive, read one after another"
        assert_same(read_spectra(zipped(members)), spectra)

    def test_what_is_no_spectrum_is_left_out_and_said(self, spectra):
        members = {
            "readme.txt": b"Downloaded today, with thanks",
            "XP.csv": encode(per_sample(spectra), "csv"),
            "XP_SAMPLED.fits": encode({"source_id": IDS, "flux": np.ones((N, 343))}, "fits"),
        }
        file = open_spectra(zipped(members), name="a.zip")
        assert "XP_SAMPLED" in file.recognised["refused"]
        (aside,) = file.left_aside
        assert aside.startswith("a.zip > readme.txt: left aside, it is text that is no table")
        assert (len(file.tables), len(file.refused)) == (1, 1)

    def test_none_of_use_is_refused(self):
        content = zipped({"a.txt": b"hello", "b.txt": b"world"})
        with pytest.raises(DataError, match=r"a.zip > a.txt: .*1 more file in it is refused"):
            open_spectra(content, name="a.zip")

    def test_rows_are_capped_over_all_members(self, spectra):
        content = encode(spectra, "fits")
        file = open_spectra(zipped({"a": content, "b": content, "c": content}), limits=SMALL)
        assert len(file.tables) == 2
        assert "files before it hold more than" in file.refused[0]

    def test_after_many_that_are_refused_no_more_are_tried(self, spectra, monkeypatch):
        monkeypatch.setattr(tables, "MAX_REFUSED", 3)
        members = {f"{i}.jpg": b"\xff\xd8\xff\xe0" for i in range(3)}
        content = zipped({"first": encode(spectra, "fits"), **members, "last": b"SIMPLE  ="})
        file = open_spectra(content)
        assert len(file.tables) == 1
        assert "3 of them could not be read" in file.refused[-1]

    @pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
    def test_damaged_members_are_refused_however_they_are_packed(self, spectra, packing):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", packing) as archive:
            archive.writestr("a", encode(spectra, "fits"))
        content = bytearray(stream.getvalue())
        content[60:600] = bytes(540)
        with pytest.raises(DataError, match="the zip archive is damaged or truncated"):
            open_spectra(bytes(content))

    def test_what_was_unpacked_is_removed(self, spectra, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        file = open_spectra(zipped({"a": encode(spectra, "fits"), "b": encode(spectra, "fits")}))
        assert list(tmp_path.iterdir())
        del file
        assert not list(tmp_path.iterdir())


FOREIGN = {
    "an XP_SAMPLED file": {"source_id": IDS, "flux": np.ones((N, 343), np.float32)},
    "an RVS mean spectrum": {"source_id": IDS, "flux": np.ones((N, 2401), np.float32)},
    "an RVS mean": {"source_id": IDS, "combined_transits": IDS, "flux": np.ones((N, 9))},
    "epoch photometry": {"source_id": IDS, "transit_id": IDS, "g_transit_time": np.ones(N)},
    "epoch photometry (": {"source_id": IDS, "band": ["G"] * N, "time": IDS, "mag": IDS},
    "one spectrum with a row per wavelength": {"wavelength": np.ones(N), "flux": np.ones(N)},
    "a summary of XP spectra": {"bp_n_relevant_bases": IDS, "rp_n_relevant_bases": IDS},
    "a table like gaia_source": {"source_id": IDS, "parallax": np.ones(N), "pmra": np.ones(N)},
    "like gaia_source (": {"source_id": IDS, "ra": np.ones(N), "parallax": np.ones(N)},
    "a table of sources and their positions": {"source_id": IDS, "ra": IDS, "dec": IDS},
    "a table of galaxy candidates": {"source_id": IDS, "redshift_ugc": np.ones(N)},
    "a table of photometry": {"phot_bp_mean_mag": np.ones(N), "phot_rp_mean_mag": np.ones(N)},
    "a table of astrophysical parameters": {"source_id": IDS, "teff_gspphot": np.ones(N)},
    "expected 186 fluxes": {"apples": np.ones(N), "pears": np.ones(N)},
}  # fmt: skip


@pytest.mark.parametrize("format", ["fits", "parquet", "votable"])
@pytest.mark.parametrize("what", FOREIGN)
def test_other_tables_are_refused_with_what_they_are(what, format):
    with pytest.raises(DataError) as caught:
        open_spectra(encode(FOREIGN[what], format), name="mine")
    message = str(caught.value)
    assert message.startswith("mine: ")
    assert what in message
    assert "XP_CONTINUOUS" in message
    assert "xpz fetch" in message


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("with_names", [True, False])
def test_decimal_commas_are_told_by_one_sentence(spectra, delimiter, with_names):
    table = per_sample({"flux": spectra["flux"]})
    table = pd.DataFrame(table).round(3)
    content = table.to_csv(sep=delimiter, decimal=",", index=False, header=with_names)
    where = "column 'flux_[0-9]+', " if with_names else ""
    said = rf"decimal commas \('.*,.*' in {where}the first row\); export with decimal points"
    with pytest.raises(DataError, match=said):
        open_spectra(content.encode())
    points = pd.DataFrame(table).assign(pair="1,2").to_csv(sep=delimiter, index=False)
    assert len(read_spectra(points.encode())) == len(table)


def test_the_words_of_a_service_in_place_of_a_table():
    content = """<VOTABLE version="1.4"><RESOURCE type="results">
        <INFO name="QUERY_STATUS" value="ERROR">Cannot parse query: no table 'gaia'</INFO>
        </RESOURCE></VOTABLE>"""
    with pytest.raises(DataError, match=r"reports an error: Cannot parse query: no table 'gaia'"):
        open_spectra(content.encode(), name="mine.vot")


def test_an_archive_within_an_archive():
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", "z\n1\n")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
    with pytest.raises(DataError, match=r"a zip archive\. Unpack the inner archive\.$"):
        open_spectra(outer.getvalue())


def test_xp_sampled_as_text_of_csv():
    cell = "(" + ", ".join(["1e-16"] * 343) + ")"
    content = pd.DataFrame({"source_id": [6], "flux": [cell]}).to_csv(index=False).encode()
    with pytest.raises(DataError, match=r"received 343 at row 1: .*XP_SAMPLED.*W/m2/nm"):
        open_spectra(content)


def test_gaiaxpys_converted_spectra():
    columns = {"source_id": IDS, "xp": ["BP"] * N, "standard_deviation": np.ones(N)}
    with pytest.raises(DataError, match=r"GaiaXPy's convert\(\)"):
        open_spectra(encode(columns | {"flux": np.ones((N, 60))}, "fits"))


@pytest.mark.parametrize("n", [186, 600])
@pytest.mark.parametrize("kind", FORMATS)
def test_gaiaxpys_converted_spectra_of_any_number_of_points(kind, n):
    columns = {"source_id": IDS, "xp": ["BP", "RP"] * (N // 2), "flux": np.ones((N, n))}
    if kind == "csv":
        columns["flux"] = ["(" + ", ".join(["0.5"] * n) + ")"] * N
    content = encode(columns, kind)
    for read in (open_spectra, lambda content: read_table(content, name="mine")):
        with pytest.raises(DataError, match=r"column 'xp'\).*convert\(\).*XP_CONTINUOUS"):
            read(content)


@pytest.mark.parametrize("unit", ["", "electron/s"])
def test_fluxes_too_faint_for_any_spectrum_of_gaia_are_in_another_unit(spectra, unit):
    bright = 1e-10 * spectra["flux"] / spectra["flux"].max()
    table = Table(spectra | {"flux": bright, "z": np.full(N, 0.1)})
    table["flux"].unit = unit or None
    stream = io.StringIO()
    table.write(stream, format="ascii.ecsv")
    content = stream.getvalue().encode()
    for read in (open_spectra, lambda content: read_table(content, name="mine")):
        with pytest.raises(DataError, match=r"received values of at most 1.0e-10.*calibrate\(\)"):
            read(content)
    with pytest.raises(DataError, match=r"column 'flux_0', received values of at most"):
        open_spectra(encode(per_sample({"flux": bright}), "csv"))


def test_spectra_divided_by_their_sum_are_read(spectra):
    flux = np.abs(spectra["flux"])
    flux /= flux.sum(axis=1, keepdims=True)
    flux[0] = 0  # no flux at all is no other unit
    content = encode(spectra | {"flux": flux}, "fits")
    assert len(next(open_spectra(content).chunks())) == N


def test_another_number_of_points_is_told_what_to_download():
    with pytest.raises(DataError, match=r"received 200 at row 1.*Download DataLink > XP_CONT"):
        open_spectra(encode({"flux": np.ones((N, 200))}, "fits"))


def test_limits_of_rows_in_parts():
    content = encode(per_sample({"flux": np.ones((100, 186))}), "csv")
    file = open_spectra(content, limits=TableLimits(max_rows=90))
    with pytest.raises(DataError, match="at most 90 rows, found 100"):
        list(file.chunks(50))


def test_variable_length_arrays_among_a_fits_table_are_left_out(spectra):
    cells = np.empty(N, object)
    cells[:] = [np.arange(i, dtype=np.int32) for i in range(N)]
    columns = [
        fits.Column("flux", "186E", array=spectra["flux"]),
        fits.Column("transits", "PJ()", array=cells),
        fits.Column("name", "PA()", array=np.array(["a", "bcd", "", "e", "f", "g"])),
    ]
    stream = io.BytesIO()
    fits.BinTableHDU.from_columns(columns).writeto(stream)
    file = open_spectra(stream.getvalue())
    assert file.recognised["left_out"] == "transits"
    assert next(file.chunks()).own["name"].tolist() == ["a", "bcd", "", "e", "f", "g"]


class TestFindFiles:
    def test_a_folder_stands_for_its_files(self, tmp_path):
        for name in ("b.csv", "a.FITS", "c.csv.gz", "d.zip", "notes.md", ".hidden.csv"):
            (tmp_path / name).write_bytes(b"")
        (tmp_path / "folder.csv").mkdir()
        single = tmp_path / "notes.md"
        names = [path.name for path in find_files([str(single), tmp_path, tmp_path / "b.csv"])]
        assert names == ["notes.md", "a.FITS", "b.csv", "c.csv.gz", "d.zip"]

    def test_says_what_is_missing(self, tmp_path):
        with pytest.raises(DataError, match="there is no such file or folder"):
            find_files([tmp_path / "none.csv"])
        with pytest.raises(DataError, match="expected files of spectra in this folder"):
            find_files([tmp_path])
