"""Catalogues of redshifts as CSV, Parquet, ECSV, FITS and VOTable, with units and provenance."""

import gzip
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pandas as pd

from core.atomic import replacing
from core.data.tables.units import spell
from core.errors import DataError
from core.prediction.catalogue.columns import Column, Provenance, describe
from core.prediction.catalogue.fits_text import ascii_text
from core.prediction.catalogue.own_columns import as_word, plain_text, unique_names
from core.prediction.catalogue.votable import table_name, write_votable
from core.spreadsheet import without_formulas

FITS_COLUMNS = 999
"""Most columns that a FITS table can have (FITS standard 4.0, section 7.3.1)."""

# A lone carriage return, around which pandas puts no quotation marks; of ECSV also the ends of
# lines before empty ones and those that begin with #, over which astropy passes within cells too.
UNQUOTED = re.compile(r"\r(?!\n)")
UNREAD = re.compile(rf"{UNQUOTED.pattern}|\n(?=\s*#|[ \t]*\r?\n)")

FITS_CODES = {"b1": "L", "i2": "I", "i4": "J", "i8": "K", "f4": "E", "f8": "D"}

# FITS keywords hold 8 characters; what has none becomes a comment.
FITS_KEYWORDS = {
    "run_id": "XPZRUN",
    "run_name": "XPZNAME",
    "network_sha256": "XPZNET",
    "data_name": "XPZDATA",
    "data_origin": "XPZORIG",
    "data_hash": "XPZDHASH",
    "recalibrated_with": "XPZRECAL",
    "recalibrated_hash": "XPZRHASH",
    "interval_level": "XPZLEVEL",
    "interval_note": "XPZINOTE",
    "answer": "XPZANSWR",
    "prior": "XPZPRIOR",
    "prior_before": "XPZPRBEF",
    "prior_sha256": "XPZPRSHA",
    "xpz_version": "XPZVERS",
    "created": "DATE",
    "account": "XPZACCT",
    "flag_bits": "XPZFLAGS",
    "training_shift": "XPZSHIFT",
}


def check_ending(path: Path, endings: Sequence[str] = (), of: str = "the table") -> str:
    """Return the ending of `path`, one of `endings`, by default `ENDINGS`.

    Raises
    ------
    DataError
        If no format belongs to it.
    """
    *others, last = endings or ENDINGS
    found = [e for e in (*others, last) if path.name.lower().endswith(e) and path.name != e]
    if not found:
        raise DataError(
            f"{path.name}: expected a name that ends in {', '.join(others)} or {last}, which sets "
            f"the format of {of}."
        )
    return found[0]


def write_table(table: pd.DataFrame, path: str | Path, provenance: Provenance) -> None:
    """Write a catalogue in the format that the ending tells, all or nothing.

    Parameters
    ----------
    table : pd.DataFrame
        What `core.prediction.estimator.Estimator.predict` gives, or a cross-match.
    path : str or Path
        Its ending is one of `ENDINGS`; what was there is replaced.
    provenance : mapping
        `Estimator.provenance` for predictions, and the `account` of what was read. CSV has no
        place for it.

    Raises
    ------
    DataError
        If the ending is unknown or the format cannot hold the table.
    """
    path = Path(path)
    write = FORMATS[check_ending(path)].write
    columns = describe(table, provenance)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, temporary.open("wb") as file:
        write(columns, file, provenance)


def to_bytes(table: pd.DataFrame, ending: str, provenance: Provenance) -> bytes:
    """Return what `write_table` writes to a file of this ending."""
    write = FORMATS[check_ending(Path(f"table{ending}"))].write
    file = io.BytesIO()
    write(describe(table, provenance), file, provenance)
    return file.getvalue()


def _write_csv(columns: list[Column], file: BinaryIO, provenance: Provenance) -> None:
    """Write comma-separated values; comments would break many readers, so there are none."""
    without_formulas(_cells(columns)).to_csv(file, index=False)


def _write_tsv(columns: list[Column], file: BinaryIO, provenance: Provenance) -> None:
    without_formulas(_cells(columns)).to_csv(file, index=False, sep="\t")


def _write_parquet(columns: list[Column], file: BinaryIO, provenance: Provenance) -> None:
    """Write Parquet; descriptions, units and UCDs stand in the metadata of the fields."""
    import pyarrow as pa
    from pyarrow import parquet

    frame = pd.concat([column.series for column in columns], axis=1)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = []
    for field, column in zip(table.schema, columns, strict=True):
        about = {"description": column.description, "unit": column.unit, "ucd": column.ucd}
        fields.append(field.with_metadata({key: text for key, text in about.items() if text}))
    # Beside it stand pandas' own metadata, which tell whole numbers with gaps from decimals.
    metadata = {**(table.schema.metadata or {}), b"xpz": json.dumps(dict(provenance)).encode()}
    parquet.write_table(table.cast(pa.schema(fields, metadata)), file, compression="zstd")


def _write_ecsv(columns: list[Column], file: BinaryIO, provenance: Provenance) -> None:
    """Write ECSV: the header by astropy, the rows by pandas, which is far quicker."""
    from astropy.table import Table

    header = Table(meta=dict(provenance))
    for column in columns:
        header[column.name] = np.array([], "U1") if column.is_text else column.filled[:0]
        about = header[column.name].info
        about.description = column.description or None
        about.unit = _unit(column.unit)
        about.meta = {"ucd": column.ucd} if column.ucd else {}
    lines = io.StringIO()
    header.write(lines, format="ascii.ecsv", delimiter=",")
    comments = [line for line in lines.getvalue().splitlines(True) if line.startswith("#")]
    file.write("".join(comments).encode())
    _cells(columns, UNREAD).to_csv(file, index=False, na_rep="nan")


def _unit(unit: str | None) -> Any:
    """Return astropy's unit; of one that it does not know, what keeps its text."""
    from astropy import units

    return unit and units.Unit(spell(unit, "generic"), parse_strict="silent")


def _cells(columns: list[Column], lost: re.Pattern[str] = UNQUOTED) -> pd.DataFrame:
    """Return columns as text files show them: empty cells beside whole numbers, NaN.

    Of their text, ends of lines that would be `lost` are escapes.
    """
    cells = {}
    for column in columns:
        if column.is_text or (column.kind != "f" and column.missing.any()):
            texts = [plain_text(text, lost) for text in column.texts]
            cells[column.name] = pd.Series(texts, dtype=object)
        else:
            cells[column.name] = column.series
    return pd.DataFrame(cells)


def _write_fits(columns: list[Column], file: BinaryIO, provenance: Provenance) -> None:
    """Write a FITS binary table; TCOMMn and TUCDn are where TOPCAT looks."""
    from astropy.io import fits

    if len(columns) > FITS_COLUMNS:
        raise DataError(
            f"A FITS table holds at most {FITS_COLUMNS} columns, these are {len(columns)}; "
            "choose another format, or leave columns out of the input."
        )
    names = unique_names((as_word(column.name)[:60] for column in columns), ())
    hdu = fits.BinTableHDU.from_columns(
        [_fits_column(name, column) for name, column in zip(names, columns, strict=True)]
    )
    hdu.name = table_name(provenance).upper()
    for key, value in provenance.items():
        # FITS times are UTC and name no zone.
        plain = ascii_text(value.removesuffix("+00:00")) if isinstance(value, str) else value
        if key in FITS_KEYWORDS:
            hdu.header[FITS_KEYWORDS[key]] = plain
        else:
            hdu.header.add_comment(f"xpz {key}: {plain}")
    for i, (name, column) in enumerate(zip(names, columns, strict=True), 1):
        description = column.description or (column.name if name != column.name else "")
        if description:
            hdu.header[f"TCOMM{i}"] = ascii_text(description)
        if column.ucd:
            hdu.header[f"TUCD{i}"] = ascii_text(column.ucd)
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(file)


def _fits_column(name: str, column: Column) -> Any:
    from astropy.io import fits

    missing, null = column.missing, None
    # astropy writes no truth values that are missing.
    if column.is_text or (column.kind == "b" and missing.any()):
        values = np.array([ascii_text(text) for text in column.texts], "S")
        code = f"{max(values.dtype.itemsize, 1)}A"
    else:
        values = column.filled
        code = FITS_CODES[column.code]
        if column.kind == "i" and missing.any():
            present = set(values[~missing].tolist())
            null = next(n for n in range(np.iinfo(values.dtype).min, 0) if n not in present)
            values = np.where(missing, null, values).astype(values.dtype)
    unit = ascii_text(spell(column.unit, "fits")) if column.unit else None
    return fits.Column(name, code, array=values, null=null, unit=unit)


Writer = Callable[[list[Column], BinaryIO, Provenance], None]


def _zipped(write: Writer) -> Writer:
    """Return a writer of .gz files; without a time in them, equal tables are equal files."""

    def write_zipped(columns: list[Column], file: BinaryIO, provenance: Provenance) -> None:
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            write(columns, cast(BinaryIO, packed), provenance)

    return write_zipped


@dataclass(frozen=True)
class Format:
    """What a catalogue can be written as: its name for people, its media type, its writer."""

    name: str
    mime: str
    write: Writer


FORMATS = {
    ".csv": Format("CSV", "text/csv", _write_csv),
    ".csv.gz": Format("CSV, compressed (.gz)", "application/gzip", _zipped(_write_csv)),
    ".tsv": Format("TSV", "text/tab-separated-values", _write_tsv),
    ".parquet": Format("Parquet", "application/vnd.apache.parquet", _write_parquet),
    ".ecsv": Format("ECSV", "application/x-ecsv", _write_ecsv),
    ".ecsv.gz": Format("ECSV, compressed (.gz)", "application/gzip", _zipped(_write_ecsv)),
    ".fits": Format("FITS", "application/fits", _write_fits),
    ".vot": Format("VOTable", "application/x-votable+xml", write_votable),
    ".xml": Format("VOTable", "application/x-votable+xml", write_votable),
}

ENDINGS = tuple(FORMATS)
