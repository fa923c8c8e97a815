"""The same table in every format that is read, as it is and packed."""

import functools
import gzip
import io
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from astropy.io import fits, votable
from astropy.table import MaskedColumn, Table
from pyarrow import parquet

from core.spectra import N_SAMPLES

BIG = 4_111_834_567_779_557_376

TEXTS = ("csv", "ascii", "ecsv")
BINARY = ("fits", "votable", "parquet", "hats")
FORMATS = (*TEXTS, *BINARY)


@dataclass(frozen=True)
class Layout:
    """A format, 'gz' or 'zip' if it is packed, and whether tables lose their spectra."""

    format: str
    packed: str = ""
    only_labels: bool = False

    def __str__(self):
        return f"{self.format}.{self.packed}".rstrip(".")


LAYOUTS = tuple(
    Layout(format, packed)
    for format in FORMATS
    for packed in ("", "gz", "zip")
    if (format, packed) != ("hats", "gz")
)
ENDINGS = {"ascii": "txt", "votable": "vot"}


@functools.cache
def spectra(n, start=0, **units):
    """Return a table of n spectra, of ids that count up from BIG + start, and rising z."""
    z = np.round(0.1 + 0.01 * (start + np.arange(n)), 3)
    shape = 2 + np.sin(np.linspace(0, 3, N_SAMPLES))
    flux = np.round(shape / (1 + 3 * z[:, None]), 4).astype(np.float32)
    table = Table({"source_id": BIG + start + np.arange(n), "z": z, "flux": flux})
    for name, unit in units.items():
        table[name].unit = unit
    return table


def with_column(table, name, values):
    """Return a table with one more column, or another one in the place of its own."""
    changed = table.copy()
    unit = changed[name].unit if name in changed.colnames else None
    changed[name] = values
    changed[name].unit = unit
    return changed


def with_null(table, name, row=1):
    """Return a table of which a cell is empty."""
    values = MaskedColumn(table[name])
    values[row] = np.ma.masked
    return with_column(table, name, values)


def flat(table):
    """Return a table as pandas has it, with a column per sample."""
    others = table[[name for name in table.colnames if name != "flux"]]
    frame = others.to_pandas(use_nullable_int=True)
    if "flux" in table.colnames:
        names = [f"flux_{i}" for i in range(N_SAMPLES)]
        frame = pd.concat([frame, pd.DataFrame(np.asarray(table["flux"]), columns=names)], axis=1)
    return frame


def arrow(table):
    """Return a table as Arrow has it, with units in the metadata of its fields."""
    columns, fields = [], []
    for column in table.itercols():
        mask = np.ma.getmaskarray(np.ma.asarray(column)) if column.ndim == 1 else None
        values = np.asarray(column).tolist() if column.dtype.kind in "US" else np.asarray(column)
        columns.append(pa.array(list(values) if column.ndim > 1 else values, mask=mask))
        about = {"unit": str(column.unit)} if column.unit else None
        fields.append(pa.field(column.name, columns[-1].type, metadata=about))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def parquet_bytes(table):
    stream = io.BytesIO()
    parquet.write_table(table, stream)
    return stream.getvalue()


def _hdu(table):
    """Return a table with units that astropy would not write."""
    plain = table.copy()
    for column in plain.itercols():
        column.unit = None
    hdu = fits.BinTableHDU(plain)
    for column in table.itercols():
        if column.unit:
            hdu.columns.change_unit(column.name, str(column.unit))
    return hdu


def content(format, *tables):
    """Return a file of one or several tables, all but FITS and VOTable of one only."""
    stream = io.BytesIO()
    if format == "fits":
        fits.HDUList([fits.PrimaryHDU(), *map(_hdu, tables)]).writeto(stream)
    elif format == "votable":
        document = votable.tree.VOTableFile()
        document.resources.append(votable.tree.Resource())
        for table in tables:
            element = votable.tree.TableElement.from_table(document, table)
            document.resources[0].tables.append(element)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", votable.exceptions.W50)  # electrons are no standard's
            document.to_xml(stream)
    else:
        (table,) = tables
        if format == "parquet":
            return parquet_bytes(arrow(table))
        text = io.StringIO()
        if format == "ecsv":
            table.write(text, format="ascii.ecsv")
        elif format == "csv":
            flat(table).to_csv(text, index=False)
        else:  # as TOPCAT writes it
            frame = flat(table)
            text.write("# ")
            text.write(frame.to_csv(index=False, sep=" ", na_rep="EMPTY").replace("EMPTY", '""'))
        return text.getvalue().encode()
    return stream.getvalue()


def leaf(number):
    """Return the path of a file with rows of a HATS catalogue."""
    return f"dataset/Norder=1/Dir=0/Npix={number}.parquet"


def members(layout, *tables, name="a"):
    """Return the files by name in which tables lie: several only where the format takes no more."""
    if layout.only_labels:
        tables = [table["source_id", "z"] for table in tables]
    if layout.format == "hats":
        leaves = {leaf(i): content("parquet", table) for i, table in enumerate(tables)}
        return {"hats.properties": b"obs_collection=mine\n"} | leaves
    ending = ENDINGS.get(layout.format, layout.format)
    if layout.format in ("fits", "votable"):
        return {f"{name}.{ending}": content(layout.format, *tables)}
    return {f"{name}{i or ''}.{ending}": content(layout.format, t) for i, t in enumerate(tables)}


def save(layout, files, folder):
    """Write files as they are or packed; return the paths to give to a reader."""
    folder.mkdir(parents=True, exist_ok=True)
    if layout.packed == "zip":
        path = folder / f"{layout.format}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return [path]
    paths = []
    for name, data in files.items():
        path = Path(folder, f"{name}.gz" if layout.packed else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data, 1) if layout.packed else data)
        paths.append(path)
    return [folder] if layout.format == "hats" else paths
