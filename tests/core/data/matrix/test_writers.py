"""Ids and redshifts of any table that pandas, polars, pyarrow or astropy writes survive."""

import csv
import io
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from astropy.io import fits, votable
from astropy.table import Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from core.data.build import build_dataset
from core.prediction.catalogue.catalogue import predict_files
from core.prediction.estimator import Estimator
from core.spectra import N_BP, N_SAMPLES
from tests.support.shipped import ROOT

NAMES = [f"flux_{i}" for i in range(N_SAMPLES)]


@dataclass(frozen=True)
class Made:
    """Galaxies with ids of 64 bits; z is NaN where it is not known."""

    ids: np.ndarray
    z: np.ndarray
    flux: np.ndarray
    plate: list[str]

    @property
    def single(self):
        return {"source_id": self.ids, "z": self.z, "plate": self.plate}

    @property
    def samples(self):
        return self.single | dict(zip(NAMES, self.flux.T, strict=True))

    @property
    def bands(self):
        return self.single | {"bp_flux": self.flux[:, :N_BP], "rp_flux": self.flux[:, N_BP:]}

    @property
    def array(self):
        return self.single | {"flux": self.flux}


@st.composite
def galaxies(draw):
    """Ids whose last digits a float loses, and redshifts of all their digits."""
    ids = draw(st.lists(st.integers(2**53, 2**63 - 1), min_size=1, max_size=5, unique=True))
    z = st.one_of(st.floats(0.01, 1.49), st.floats(0.01, 1.49).map(lambda x: round(x, 3)))
    n = len(ids)
    z = draw(st.lists(st.one_of(st.just(math.nan), z), min_size=n, max_size=n))
    z[draw(st.integers(0, n - 1))] = 0.25
    plate = draw(st.lists(st.sampled_from(["7 b", "x", "é", "#1"]), min_size=n, max_size=n))
    level = draw(st.floats(0.5, 100, width=32))
    flux = level * (2 + np.sin(np.linspace(0, 3, N_SAMPLES))) / (1 + np.nan_to_num(z)[:, None])
    return Made(np.array(ids), np.array(z), flux.astype(np.float32), plate)


def of_text(write):
    """Return what writes bytes, of what writes text to a file."""

    def to_bytes(made):
        stream = io.StringIO(newline="")
        write(made, stream)
        return stream.getvalue().encode()

    return to_bytes


def of_bytes(write):
    def to_bytes(made):
        stream = io.BytesIO()
        write(made, stream)
        return stream.getvalue()

    return to_bytes


def frame(columns):
    """Return pandas' table; arrays are lists in it."""
    cells = {k: list(v) if np.ndim(v) > 1 else v for k, v in columns.items()}
    return pd.DataFrame(cells)


def polars(columns, **types):
    lists = {k: pl.Array(pl.Float32, v.shape[1]) for k, v in columns.items() if np.ndim(v) > 1}
    cells = {k: v.tolist() if np.ndim(v) > 1 else v for k, v in columns.items()}
    return pl.DataFrame(cells, schema_overrides=lists).cast(types)


def arrow(columns, list_of=pa.list_, **types):
    cells = {}
    for name, values in columns.items():
        if np.ndim(values) > 1:
            kind = pa.list_(pa.float32(), values.shape[1]) if list_of is None else list_of(
                pa.float32()
            )  # fmt: skip
            cells[name] = pa.array(values.tolist(), kind)
        elif name == "z":
            cells[name] = pa.array(values, from_pandas=True)  # empty cells are null, not NaN
        else:
            cells[name] = pa.array(values)
    table = pa.table(cells)
    for name, kind in types.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, table[name].cast(pa.string()).cast(kind))
    return table


def pandas_csv(columns, by=None, **options):
    def write(made, stream):
        table = frame(columns(made))
        (table if by is None else table.set_index(by)).to_csv(stream, **options)

    return of_text(write)


def pandas_parquet(columns, change=lambda table: table, **options):
    return of_bytes(lambda made, stream: change(frame(columns(made))).to_parquet(stream, **options))


def polars_parquet(columns, change=lambda table: table, types=None, **options):
    return of_bytes(
        lambda made, stream: change(polars(columns(made), **(types or {}))).write_parquet(
            stream, **options
        )
    )


def polars_csv(**options):
    return of_bytes(lambda made, stream: polars(made.samples).write_csv(stream, **options))


def arrow_parquet(columns, list_of=pa.list_, types=None, **options):
    return of_bytes(
        lambda made, stream: parquet.write_table(
            arrow(columns(made), list_of, **(types or {})), stream, **options
        )
    )


def astropy_text(columns, format, **options):
    return of_text(lambda made, stream: Table(columns(made)).write(
        stream, format=format, **options
    ))  # fmt: skip


def astropy_fits(columns, ids=None, hdu=fits.BinTableHDU):
    def write(made, stream):
        table = Table(columns(made))
        table["plate"] = [text.encode() for text in made.plate]  # of one byte a letter
        if ids is not None:
            table["source_id"] = table["source_id"].astype(ids)
        fits.HDUList([fits.PrimaryHDU(), hdu(table.as_array())]).writeto(stream)

    return of_bytes(write)


def any_length(made, stream):
    cells = np.empty(len(made.ids), object)
    cells[:] = list(made.flux)
    columns = [fits.Column("source_id", "K", array=made.ids), fits.Column("z", "D", array=made.z),
               fits.Column("flux", "PE()", array=cells)]  # fmt: skip
    fits.BinTableHDU.from_columns(columns).writeto(stream)


def fits_of_text(made, stream):
    columns = [fits.Column("source_id", "A19", array=[str(number) for number in made.ids]),
               fits.Column("z", "D25.17", array=made.z)]  # fmt: skip
    columns += [fits.Column(name, "E15.7", array=v) for name, v in zip(NAMES, made.flux.T,
                                                                       strict=True)]  # fmt: skip
    fits.HDUList([fits.PrimaryHDU(), fits.TableHDU.from_columns(columns)]).writeto(stream)


def astropy_parquet(made, stream):
    """Write as `Table.write(format="parquet")` does, which takes no stream."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.parquet")
        Table(made.array).write(path, format="parquet")
        stream.write(path.read_bytes())


def astropy_votable(columns, encoding):
    return of_bytes(
        lambda made, stream: votable.writeto(
            Table(columns(made)), stream, tabledata_format=encoding
        )
    )


def nested(table):
    """Return a polars table whose spectra are structs, as LSDB nests them."""
    return table.select("source_id", "z", spectrum=pl.struct(bp="bp_flux", rp="rp_flux"))


SAMPLES, BANDS, ARRAY = (lambda m: m.samples), (lambda m: m.bands), (lambda m: m.array)
TEXTS = {
    f"astropy {format} {name}": astropy_text(columns, format, **options)
    for format, options in (
        ("ascii.basic", {}), ("ascii.csv", {}), ("ascii.tab", {}), ("ascii.rdb", {}),
        ("ascii.commented_header", {}), ("ascii.fixed_width", {}), ("ascii.ipac", {}),
        ("ascii.fixed_width_two_line", {}), ("ascii.ecsv", {}), ("ascii.ecsv", {"delimiter": ","}),
    )
    for name, columns in (("samples", SAMPLES), ("array", ARRAY), ("bands", BANDS))
    if name == "samples" or format == "ascii.ecsv"
}  # fmt: skip
WRITERS = TEXTS | {
    "pandas csv": pandas_csv(SAMPLES),
    "pandas csv without an index": pandas_csv(SAMPLES, index=False),
    "pandas csv of ids": pandas_csv(SAMPLES, "source_id"),
    "pandas csv of ids without a name": pandas_csv(SAMPLES, "source_id", index_label=""),
    "pandas csv of tabs": pandas_csv(SAMPLES, "source_id", sep="\t"),
    "pandas csv of semicolons": pandas_csv(SAMPLES, "source_id", sep=";"),
    "pandas csv quoted": pandas_csv(SAMPLES, "source_id", quoting=csv.QUOTE_ALL),
    "pandas csv of texts quoted": pandas_csv(SAMPLES, "plate", quoting=csv.QUOTE_NONNUMERIC),
    "pandas csv of lists": of_text(
        lambda m, f: frame(m.array).assign(flux=m.flux.tolist()).to_csv(f, index=False)
    ),
    "pandas csv of UTF-16": lambda m: frame(m.samples).to_csv(index=False).encode("utf-16"),
    "pandas csv of Latin-1": lambda m: frame(m.samples).to_csv(index=False).encode("latin-1"),
    "pandas csv for Excel": lambda m: frame(m.samples).to_csv(index=False).encode("utf-8-sig"),
    "pandas parquet": pandas_parquet(SAMPLES),
    "pandas parquet of lists": pandas_parquet(ARRAY),
    "pandas parquet of bands": pandas_parquet(BANDS),
    "pandas parquet of ids": pandas_parquet(ARRAY, lambda t: t.set_index("source_id")),
    "pandas parquet of ids without a name": pandas_parquet(
        ARRAY, lambda t: t.set_index("source_id").rename_axis(None)
    ),
    "pandas parquet of two indices": pandas_parquet(
        ARRAY, lambda t: t.set_index(["plate", "source_id"])
    ),
    "pandas parquet of its own types": pandas_parquet(
        SAMPLES, lambda t: t.convert_dtypes().astype({"z": "Float64"})
    ),
    "pandas parquet of Arrow's types": pandas_parquet(
        SAMPLES, lambda t: t.convert_dtypes(dtype_backend="pyarrow")
    ),
    "pandas parquet of text": pandas_parquet(ARRAY, lambda t: t.astype({"source_id": "str"})),
    "pandas parquet unsigned": pandas_parquet(ARRAY, lambda t: t.astype({"source_id": "uint64"})),
    "pandas parquet of categories": pandas_parquet(
        ARRAY, lambda t: t.assign(source_id=t["source_id"].astype(str).astype("category"))
    ),
    "pandas parquet packed": pandas_parquet(ARRAY, compression="gzip"),
    "polars csv": polars_csv(),
    "polars csv of tabs": polars_csv(separator="\t"),
    "polars csv quoted": polars_csv(quote_style="always"),
    "polars csv with a BOM": polars_csv(include_bom=True),
    "polars csv without quotes": polars_csv(quote_style="never"),
    "polars csv of Windows": polars_csv(line_terminator="\r\n"),
    "polars parquet": polars_parquet(SAMPLES),
    "polars parquet of arrays": polars_parquet(ARRAY),
    "polars parquet of lists": polars_parquet(ARRAY, types={"flux": pl.List(pl.Float64)}),
    "polars parquet of bands": polars_parquet(BANDS),
    "polars parquet of structs": polars_parquet(BANDS, nested),
    "polars parquet of text": polars_parquet(ARRAY, types={"source_id": pl.String}),
    "polars parquet unsigned": polars_parquet(ARRAY, types={"source_id": pl.UInt64}),
    "polars parquet of categories": polars_parquet(
        ARRAY, lambda t: t.cast({"source_id": pl.String}).cast({"source_id": pl.Categorical})
    ),
    "polars parquet of LZ4": polars_parquet(ARRAY, compression="lz4"),
    "polars parquet by pyarrow": polars_parquet(ARRAY, use_pyarrow=True),
    "polars parquet in groups": polars_parquet(ARRAY, row_group_size=1),
    "pyarrow csv": of_bytes(lambda m, f: arrow_csv.write_csv(arrow(m.samples), f)),
    "pyarrow parquet": arrow_parquet(SAMPLES),
    "pyarrow parquet of lists": arrow_parquet(ARRAY),
    "pyarrow parquet of large lists": arrow_parquet(ARRAY, pa.large_list),
    "pyarrow parquet of lists of one size": arrow_parquet(ARRAY, None),
    "pyarrow parquet of bands": arrow_parquet(BANDS, None),
    "pyarrow parquet of text": arrow_parquet(ARRAY, types={"source_id": pa.large_string()}),
    "pyarrow parquet of a dictionary": arrow_parquet(
        ARRAY, types={"source_id": pa.dictionary(pa.int32(), pa.string())}
    ),
    "pyarrow parquet unsigned": arrow_parquet(ARRAY, types={"source_id": pa.uint64()}),
    "pyarrow parquet of decimals": arrow_parquet(ARRAY, types={"source_id": pa.decimal128(20, 0)}),
    "pyarrow parquet of version 1.0": arrow_parquet(ARRAY, version="1.0", use_dictionary=False),
    "pyarrow parquet of pages of version 2": arrow_parquet(
        ARRAY, data_page_version="2.0", compression="zstd", row_group_size=2
    ),
    "astropy parquet": of_bytes(astropy_parquet),
    "astropy FITS of samples": astropy_fits(SAMPLES),
    "astropy FITS": astropy_fits(ARRAY),
    "astropy FITS of bands": astropy_fits(BANDS),
    "astropy FITS of text": astropy_fits(ARRAY, "S19"),
    "astropy FITS unsigned": astropy_fits(ARRAY, "u8"),
    "astropy FITS of any length": of_bytes(any_length),
    "astropy FITS in text": of_bytes(fits_of_text),
} | {
    f"astropy VOTable {encoding} of {name}": astropy_votable(columns, encoding)
    for encoding in ("tabledata", "binary", "binary2")
    for name, columns in (("samples", SAMPLES), ("an array", ARRAY), ("bands", BANDS))
}  # fmt: skip


@pytest.fixture(scope="module")
def estimator():
    return Estimator(ROOT / "assets" / "runs" / "compact-20k")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("written")


@pytest.mark.parametrize("writer", WRITERS)
@given(made=galaxies())
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ids_and_redshifts_survive(writer, made, estimator, folder):
    path = folder / "table"
    path.write_bytes(WRITERS[writer](made))
    found = predict_files(estimator, path)
    assert not found.refused_files
    assert found.table["source_id"].tolist() == made.ids.tolist()
    built = build_dataset([path], folder / "out.parquet")
    table = pd.read_parquet(folder / "out.parquet")
    known = np.isfinite(made.z)
    assert table["source_id"].tolist() == made.ids[known].tolist()
    assert table["z"].tolist() == made.z[known].tolist()
    np.testing.assert_allclose(np.stack(table["flux"]), made.flux[known], rtol=1e-6)
    for account in (found.account, built.spectra):
        assert account.adds_up
        assert (account.rows, account.ids, account.unique_ids) == (len(made.ids),) * 3
    assert built.spectra.left_out.total() == np.count_nonzero(~known)
