"""Parquet as pandas, polars, pyarrow, astropy and LSDB write it: ids, arrays, times, units."""

import datetime
import io
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from astropy import units
from astropy.table import Table
from pyarrow import parquet

from core import versions
from core.data.spectra.files import open_spectra
from core.data.tables import parquet as tables
from core.errors import DataError
from tests.support.shipped import ROOT
from tests.support.spectra_files import read_spectra

N = 5
IDS = 2**61 + np.arange(N)  # a float would round them all to one number
FLUX = np.arange(N * 186, dtype=np.float32).reshape(N, 186)
ROWS = FLUX.tolist()


def frame(**columns):
    return pd.DataFrame({"flux": list(FLUX), **columns})


def of_pandas(table, **options):
    stream = io.BytesIO()
    table.to_parquet(stream, **options)
    return stream.getvalue()


def of_arrow(columns, **options):
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    stream = io.BytesIO()
    parquet.write_table(table, stream, **options)
    return stream.getvalue()


def of_polars(table, **options):
    stream = io.BytesIO()
    table.write_parquet(stream, **options)
    return stream.getvalue()


def assert_same(content):
    for rows in (2, 100):
        parts = list(open_spectra(content).chunks(rows))
        found = type(parts[0]).concatenate(parts)
        assert found.has_ids
        assert found.source_id.tolist() == IDS.tolist()
        np.testing.assert_array_equal(found.flux, FLUX)
    return found


INDEXES = {
    "counting up": pd.RangeIndex(2**61, 2**61 + N, name="source_id"),
    "counting up, called otherwise": pd.RangeIndex(2**61, 2**61 + N, name="Gaia_ID"),
    "counting up, without a name": pd.RangeIndex(2**61, 2**61 + N),
    "stored": pd.Index(IDS, name="source_id"),
    "stored without a name": pd.Index(IDS),
    "text": pd.Index(IDS.astype(str), name="source_id"),
    "text without a name": pd.Index([f"Gaia DR3 {i}" for i in IDS]),
    "two levels": pd.MultiIndex.from_arrays([IDS, list("abcde")], names=["source_id", "field"]),
    "two levels, the other way": pd.MultiIndex.from_arrays([list("abcde"), IDS]),
}


class TestIndexOfPandas:
    @pytest.mark.parametrize("kind", INDEXES)
    def test_holds_the_ids(self, kind):
        assert_same(of_pandas(frame().set_index(INDEXES[kind])))

    def test_down_in_steps(self):
        index = pd.RangeIndex(2**61, 2**61 - 3 * N, -3, name="source_id")
        found = read_spectra(of_pandas(frame().set_index(index)))
        assert found.source_id.tolist() == list(index)

    def test_of_row_numbers_is_none(self):
        table = frame(source_id=IDS)
        table.index += 7
        assert list(assert_same(of_pandas(table)).own.columns) == []

    def test_of_text_is_a_column(self):
        table = frame(source_id=IDS).set_index(pd.Index(list("abcde"), name="field"))
        assert assert_same(of_pandas(table)).own["field"].tolist() == list("abcde")

    def test_a_column_comes_before_a_range_of_its_name(self):
        table = frame(source_id=IDS).set_index(pd.RangeIndex(N, name="source_id"))
        assert_same(of_pandas(table))

    def test_that_fits_not_the_rows_is_refused(self):
        table = pa.Table.from_pandas(frame().set_index(INDEXES["counting up"]))
        with pytest.raises(DataError, match=r"'source_id' has 5 values, but the file has 3 rows"):
            open_spectra(of_arrow(table.slice(0, 3)))

    @pytest.mark.parametrize("told", [b"", b"[1]", b"{}", b"null", b"not JSON"])
    def test_metadata_of_another_kind_are_of_no_concern(self, told):
        table = pa.table({"source_id": IDS, "flux": ROWS}).replace_schema_metadata({"pandas": told})
        assert_same(of_arrow(table))


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index", "level_0"])
def test_ids_in_a_first_column_without_a_name(name):
    table = pd.DataFrame(FLUX, columns=[f"flux_{i}" for i in range(186)])
    table.insert(0, name, IDS)
    assert_same(table.to_csv(index=False).encode())


def test_ids_before_fluxes_without_names():
    """The first of 187 columns is a redshift, unless it holds whole numbers as large as ids."""
    table = pd.DataFrame(FLUX)
    table.insert(0, "id", IDS)
    found = assert_same(table.to_csv(index=False, header=False).encode())
    assert found.z is None


def test_rounded_ids_without_a_name_are_refused_not_numbered():
    table = frame().set_index(pd.Index(IDS.astype(float)))
    with pytest.raises(DataError, match="which cannot hold a Gaia source_id exactly"):
        read_spectra(of_pandas(table))


OF_IDS = {
    "uint64": pa.array(IDS.astype(np.uint64)),
    "decimals": pa.array([Decimal(int(i)) for i in IDS], pa.decimal128(19, 0)),
    "large decimals": pa.array([Decimal(int(i)) for i in IDS], pa.decimal256(60, 0)),
    "categories": pa.array(IDS).dictionary_encode(),
    "categories of text": pa.array(IDS.astype(str)).dictionary_encode(),
    **{str(t): pa.array(IDS.astype(str), t) for t in (pa.large_string(), pa.string_view())},
}


@pytest.mark.parametrize("kind", OF_IDS)
def test_ids_of_any_type(kind):
    assert_same(of_arrow({"source_id": OF_IDS[kind], "flux": ROWS}))


class TestArrays:
    @pytest.mark.parametrize(
        "kind",
        [
            pa.list_(pa.float32()),
            pa.large_list(pa.float64()),
            pa.list_(pa.float64(), 186),
            pa.list_view(pa.float32()),
            pa.large_list_view(pa.float64()),
        ],
        ids=str,
    )
    def test_of_any_layout(self, kind):
        assert_same(of_arrow({"source_id": IDS, "flux": pa.array(ROWS, kind)}))
        cells = pa.array([*ROWS[:3], None, ROWS[4]], kind)
        found = read_spectra(of_arrow({"source_id": IDS, "flux": cells}))
        assert list(found.problems) == [3]
        np.testing.assert_array_equal(found.flux[[0, 1, 2, 4]], FLUX[[0, 1, 2, 4]])

    def test_of_short_floats_and_decimals(self):
        halves = (FLUX % 7).astype(np.float16)
        found = read_spectra(of_arrow({"flux": pa.array(list(halves), pa.list_(pa.float16()))}))
        np.testing.assert_array_equal(found.flux, halves)
        cells = [[Decimal(f"{v:.1f}") for v in row] for row in halves]
        found = read_spectra(of_arrow({"flux": pa.array(cells, pa.list_(pa.decimal128(4, 1)))}))
        np.testing.assert_array_equal(found.flux, halves)

    def test_of_whole_numbers_with_a_gap(self):
        cells = FLUX.astype(int).tolist()
        cells[2][7] = None
        found = read_spectra(of_arrow({"flux": cells}))
        assert list(found.problems) == [2]


def lists(*names):
    return pa.StructArray.from_arrays([pa.array(ROWS)] * len(names), names)


NESTED = {
    "a struct of lists": {"xp": lists("flux", "flux_error")},
    "a list of structs": {
        "xp": pa.array([[{"flux": v, "flux_error": v} for v in row] for row in ROWS])
    },
    "structs within a struct": {
        "gaia": pa.StructArray.from_arrays([lists("flux", "flux_error")], ["xp"])
    },
    "fixed lists": {
        "xp": pa.StructArray.from_arrays(
            [pa.array(ROWS, pa.list_(pa.float32(), 186))] * 2, ["flux", "flux_error"]
        )
    },
}


class TestNested:
    """As LSDB, nested-pandas and polars keep the arrays of a source."""

    @pytest.mark.parametrize("kind", NESTED)
    def test_fluxes_are_found(self, kind):
        found = assert_same(of_arrow({"source_id": IDS, **NESTED[kind]}))
        np.testing.assert_array_equal(found.flux_error, FLUX)
        assert list(found.own.columns) == []

    def test_bands_are_called_by_what_holds_them(self):
        bands = {"bp": slice(0, 80), "rp": slice(80, 186)}
        columns = {
            band: pa.StructArray.from_arrays([pa.array(FLUX[:, part].tolist())], ["flux"])
            for band, part in bands.items()
        }
        assert_same(of_arrow({"source_id": IDS, **columns}))

    def test_what_is_beside_the_lists_is_kept(self):
        fields = [pa.array(ROWS), pa.array(range(N)), pa.array([list("ab")] * N)]
        xp = pa.StructArray.from_arrays(fields, ["flux", "n_transits", "marks"])
        found = assert_same(of_arrow({"source_id": IDS, "xp": xp}))
        assert found.own.to_dict("list") == {"xp_n_transits": list(range(N))}

    def test_a_struct_without_lists_is_left_out(self):
        about = pa.array([{"z": 0.1}] * N)
        file = open_spectra(of_arrow({"source_id": IDS, "flux": ROWS, "photo": about}))
        assert file.recognised["left_out"] == "photo"
        assert file.recognised["z"] == "none"

    def test_a_column_of_fluxes_comes_before(self):
        other = pa.StructArray.from_arrays([pa.array([[1.0]] * N)], ["flux"])
        found = assert_same(of_arrow({"source_id": IDS, "flux": ROWS, "lightcurve": other}))
        assert list(found.own.columns) == []

    def test_a_missing_struct_fails_its_row_alone(self):
        rows = [{"flux": row} for row in ROWS]
        rows[1] = None
        found = read_spectra(of_arrow({"source_id": IDS, "xp": rows}))
        assert list(found.problems) == [1]
        cells = [[{"flux": v} for v in row] for row in ROWS]
        cells[1] = None
        found = read_spectra(of_arrow({"source_id": IDS, "xp": cells}))
        assert list(found.problems) == [1]
        np.testing.assert_array_equal(found.flux[2], FLUX[2])


OWN = {
    "name": ["a", None, "c", "d", "e"],
    "kind": pl.Series(list("aabbc"), dtype=pl.Categorical),
    "choice": pl.Series(list("aabba"), dtype=pl.Enum(["a", "b"])),
    "small": pl.Series([1, 2, None, 4, 5], dtype=pl.Int8),
    "unsigned": pl.Series([1, 2, 3, 4, 2**64 - 1], dtype=pl.UInt64),
    "half": [True, None, False, True, True],
    "price": pl.Series(["0.10", "2.50", None, "4.00", "5.00"]).cast(pl.Decimal(10, 2)),
    "day": [datetime.date(2026, 1, 1 + i) for i in range(N)],
    "clock": [datetime.time(12, 30, i) for i in range(N)],
    "moment": pl.Series([datetime.datetime(2026, 7, 1, 12)] * N, dtype=pl.Datetime("us")),
    "nothing": [None] * N,
}


@pytest.mark.parametrize("with_pyarrow", [False, True])
def test_all_types_of_polars(with_pyarrow):
    flux = pl.Series(ROWS, dtype=pl.Array(pl.Float32, 186))
    table = pl.DataFrame({"source_id": IDS, "flux": flux, **OWN})
    own = assert_same(of_polars(table, use_pyarrow=with_pyarrow)).own
    assert list(own.columns) == list(OWN)
    for name in ("name", "kind", "choice", "small", "unsigned", "half", "clock"):
        expected = table[name].to_list()
        assert [None if pd.isna(cell) else cell for cell in own[name]] == expected
    assert own["price"].tolist()[:2] == [0.1, 2.5]
    assert own["day"].tolist() == OWN["day"]
    assert own["moment"].tolist() == [pd.Timestamp("2026-07-01T12:00")] * N
    assert own["nothing"].isna().all()


def test_nanoseconds_of_a_clock_are_cut():
    columns = {"flux": ROWS, "clock": pa.array([1, 2, 3, 4, None], pa.time64("ns"))}
    assert read_spectra(of_arrow(columns)).own["clock"].tolist()[0] == datetime.time(0)


@pytest.mark.parametrize("zone", ["Europe/Rome", "UTC", "+02:00"])
@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_times_keep_their_zone(zone, unit):
    noon = datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.UTC)
    times = pa.array([noon] * (N - 1) + [None], pa.timestamp(unit, zone))
    own = read_spectra(of_arrow({"flux": ROWS, "t": times})).own["t"]
    expected = pd.Timestamp(noon).tz_convert("UTC+02:00" if zone == "+02:00" else zone)
    assert own[0].isoformat() == expected.isoformat()
    assert str(own[0].tz) == str(expected.tz)
    assert pd.isna(own[4])


class TestUnits:
    def units_of(self, content):
        (table,) = open_spectra(content).tables
        return dict(zip(table.table.names, table.table.units, strict=False))

    def test_of_astropy(self, tmp_path):
        path = tmp_path / "a.parquet"
        flux = FLUX * units.electron / units.s
        Table({"source_id": IDS, "flux": flux, "ra": np.ones(N) * units.deg}).write(path)
        known = self.units_of(path)
        assert known == {"source_id": "", "flux": "electron / s", "ra": "deg"}

    @pytest.mark.parametrize("key", ["unit", "units", "Unit"])
    def test_of_fields(self, key):
        fields = [pa.field("flux", pa.list_(pa.float32()), metadata={key: "e-/s"})]
        fields.append(pa.field("source_id", pa.int64()))
        table = pa.table({"flux": ROWS, "source_id": IDS}, pa.schema(fields))
        assert self.units_of(of_arrow(table)) == {"flux": "e-/s", "source_id": ""}

    def test_of_attributes_of_pandas(self):
        table = frame(source_id=IDS)
        table.attrs["units"] = {"flux": "e-/s"}
        assert self.units_of(of_pandas(table)) == {"flux": "e-/s", "source_id": ""}

    def test_of_votable_in_parquet(self):
        document = (
            '<VOTABLE version="1.4"><RESOURCE><TABLE><FIELD name="source_id" datatype="long"/>'
            '<FIELD name="flux" datatype="float" unit="e-/s"/></TABLE></RESOURCE></VOTABLE>'
        )
        table = pa.table({"source_id": IDS, "flux": ROWS}).replace_schema_metadata(
            {"IVOA.VOTable-Parquet.version": "1.0", "IVOA.VOTable-Parquet.content": document}
        )
        assert self.units_of(of_arrow(table)) == {"source_id": "", "flux": "e-/s"}

    def test_of_none(self):
        assert self.units_of(of_arrow({"flux": ROWS})) == {}

    @pytest.mark.parametrize(
        "key", ["table_meta_yaml", "PANDAS_ATTRS", "IVOA.VOTable-Parquet.content"]
    )
    def test_metadata_of_another_kind_are_of_no_concern(self, key):
        table = pa.table({"source_id": IDS, "flux": ROWS}).replace_schema_metadata({key: "{]<"})
        assert self.units_of(of_arrow(table)) == {}


class TestJoined:
    """Arrow reads the last footer, so the files before the last would be lost."""

    @pytest.mark.parametrize("with_page_index", [False, True])
    def test_files_are_refused(self, with_page_index):
        one = of_arrow({"source_id": IDS, "flux": ROWS}, write_page_index=with_page_index)
        assert_same(one)
        for content in (one + one, one + of_arrow({"flux": ROWS[:1]}), one * 3):
            with pytest.raises(DataError, match="several joined, of which only the last"):
                open_spectra(content)

    def test_something_after_the_end_is_refused(self):
        with pytest.raises(DataError, match="damaged or in another format"):
            open_spectra(of_arrow({"source_id": IDS, "flux": ROWS}) + b"source_id,z\n1,2\n")


def test_a_file_is_rehearsed_once_as_long_as_it_stays_as_it_is(tmp_path, monkeypatch):
    rehearsed = []
    rehearse = tables._rehearse
    monkeypatch.setattr(
        tables, "_rehearse", lambda path, name: rehearsed.append(name) or rehearse(path, name)
    )
    path = tmp_path / "mine.parquet"
    path.write_bytes(of_pandas(frame(source_id=IDS)))
    for _ in range(2):  # just written: nobody would see that it is written again
        read_spectra(path)
    assert rehearsed == ["mine.parquet"] * 2
    monkeypatch.setattr(versions, "SETTLED_SECONDS", -1)
    for _ in range(2):
        read_spectra(path)
    assert len(rehearsed) == 3
    path.write_bytes(path.read_bytes()[:-100])
    for _ in range(2):
        with pytest.raises(DataError, match="damaged"):
            read_spectra(path)
    assert len(rehearsed) == 5


@pytest.mark.parametrize(
    ("own", "needs_pandas"),
    [(["x"] * N, False), (pd.date_range("2020", periods=N, tz="UTC"), True)],
)
def test_a_rehearsal_imports_pandas_only_where_it_must(own, needs_pandas, tmp_path):
    path = tmp_path / "mine.parquet"
    path.write_bytes(of_pandas(frame(source_id=IDS, z=[0.1, None, 0.3, 0.2, 0.1], own=own)))
    code = (
        "import runpy, sys; runpy.run_module('core.data.tables.arrow', run_name='__main__');"
        "print('pandas' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout == f"{needs_pandas}\n"
