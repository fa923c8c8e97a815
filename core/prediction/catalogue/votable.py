"""Catalogues of redshifts as VOTable."""

import io
import warnings
from dataclasses import replace
from html import escape
from typing import BinaryIO

from core.data.tables.units import spell
from core.prediction.catalogue.columns import Column, Provenance
from core.prediction.catalogue.own_columns import as_word, unique_names

TYPES = {"b1": "boolean", "i2": "short", "i4": "int", "i8": "long", "f4": "float", "f8": "double"}

SPELLING = {"True": "T", "False": "F", "inf": "+Inf", "-inf": "-Inf"}
BLOCK_ROWS = 20_000


WHAT = {
    "predictions": "Redshifts from Gaia BP/RP spectra, predicted with xpz",
    "matches": "Spectroscopic redshifts of Gaia sources, matched on the sky with xpz",
}
"""Of the tables, by their names."""


def table_name(provenance: Provenance) -> str:
    """Return what FITS and VOTable call a catalogue of redshifts or a cross-match."""
    return "predictions" if "run_id" in provenance else "matches"


def write_votable(columns: list[Column], file: BinaryIO, provenance: Provenance) -> None:
    """Write a VOTable 1.4: its head by astropy, its cells, as text, by us, far quicker.

    Provenance stands in INFO elements.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on an input's own units and UCDs: kept as they are
        empty = _without_rows(columns, provenance)
    # Without rows there is no DATA in the table.
    head, end, tail = empty.partition(b"</TABLE>")
    file.write(head + b"<DATA>\n<TABLEDATA>\n")
    n = len(columns[0].series)
    for start in range(0, n, BLOCK_ROWS):
        block = [replace(c, series=c.series[start : start + BLOCK_ROWS]) for c in columns]
        rows = zip(*map(_cells, block), strict=True)
        lines = ("<TR><TD>" + "</TD><TD>".join(row) + "</TD></TR>\n" for row in rows)
        file.write("".join(lines).encode())
    file.write(b"</TABLEDATA>\n</DATA>\n" + end + tail)


def _without_rows(columns: list[Column], provenance: Provenance) -> bytes:
    from astropy.io.votable import tree
    from astropy.units import UnrecognizedUnit

    document = tree.VOTableFile(version="1.4")
    resource = tree.Resource(type="results")
    resource.description = WHAT[table_name(provenance)]
    for key, value in provenance.items():
        resource.infos.append(tree.Info(ID=f"xpz_{key}", name=key, value=str(value)))
    document.resources.append(resource)
    table = tree.TableElement(document, name=table_name(provenance))
    resource.tables.append(table)
    # astropy calls columns by their IDs, which are unique in the whole document.
    taken = [table.ID, *(info.ID for info in resource.infos)]
    ids = unique_names(("_" * c.name[:1].isdigit() + as_word(c.name) for c in columns), taken)
    for identifier, column in zip(ids, columns, strict=True):
        field = tree.Field(
            document,
            ID=identifier,
            name=column.name,
            datatype="unicodeChar" if column.is_text else TYPES[column.code],
            arraysize="*" if column.is_text else None,
            # As text, which astropy would else spell anew, or refuse.
            unit=UnrecognizedUnit(spell(column.unit, "vounit")) if column.unit else None,
            ucd=column.ucd or None,
        )
        field.description = column.description or None
        table.fields.append(field)
    table.create_arrays(0)
    document.to_xml(empty := io.BytesIO())
    return empty.getvalue()


def _cells(column: Column) -> list[str]:
    """Return cells as VOTable 1.4 spells them, '' where missing (sections 2.2 and 5.1)."""
    if column.is_text:
        return [escape(text, quote=False).replace("\r", "&#13;") for text in column.texts]
    return [SPELLING.get(text, text) for text in column.texts]
