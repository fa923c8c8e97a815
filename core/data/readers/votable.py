"""The first table of a VOTable document."""

import io
import math
import re
from xml.parsers import expat

from core.data.readers.raw import RawTable, TableLimits
from core.errors import DataError

MAX_ARRAY_SIZE = 10_000


def read(content: bytes, limits: TableLimits, name: str) -> RawTable:
    """Read a VOTable; see `RawTable`."""
    from astropy.io import votable

    _refuse_dangers(content, limits, name)
    document = votable.parse(io.BytesIO(content), verify="ignore")
    table = next(document.iter_tables(), None)
    if table is None:
        raise DataError(f"{name}: expected a table in the VOTable document, found none.")
    limits.check_shape(len(table.array), len(table.fields), name)
    names = tuple(field.name or "" for field in table.fields)
    identifiers = table.array.dtype.names
    return RawTable(names, len(table.array), lambda i: table.array[identifiers[i]])


def _refuse_dangers(content: bytes, limits: TableLimits, name: str) -> None:
    """Refuse what would fetch other files or unpack to any size, before astropy does it."""
    n_fields = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal n_fields
        element = tag.rpartition(":")[2].upper()
        if element == "STREAM":
            if "href" in attributes or attributes.get("encoding", "base64") != "base64":
                raise DataError(
                    f"{name}: the VOTable's data lie in another file or are compressed; "
                    "save it with its data inside, plain or base64."
                )
        elif element == "TABLE":
            limits.check_shape(int(attributes.get("nrows", 0)), 0, name)
        elif element == "FIELD":
            n_fields += 1
            limits.check_shape(0, n_fields, name)
            sizes = re.findall(r"\d+", attributes.get("arraysize", ""))
            if math.prod(map(int, sizes)) > MAX_ARRAY_SIZE:
                raise DataError(
                    f"{name}: column '{attributes.get('name', '')}' has the array size "
                    f"{attributes['arraysize']}, far more than a spectrum needs."
                )

    def refuse_entity(entity: str, *_: object) -> None:
        raise DataError(f"{name}: the VOTable defines the XML entity '{entity}'; remove it.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse_entity
    parser.Parse(content, True)
