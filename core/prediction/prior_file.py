"""A prior of redshift from a table of any format that is read here."""

from pathlib import Path

from core.data.labels.choice import missing
from core.data.schema import ALIASES
from core.data.source_tables import SourceTable
from core.data.tables.table import open_tables
from core.data.validation import Where
from core.errors import ConfigError, DataError
from core.prediction.prior import DEFAULT_CAP, Prior, check_table

DENSITY_NAMES = ("n", "n_z", "nz", "n(z)", "density", "count", "pdf", "dn_dz", "prior")
"""What the column beside the redshift may be called, the plainest first."""


def read_prior(
    source: str | Path | bytes, cap: float = DEFAULT_CAP, name: str | None = None
) -> Prior:
    """Read a table of redshifts and of how common they are.

    Parameters
    ----------
    source : str, Path or bytes
        Where the table is, or its content; CSV, Parquet, FITS, VOTable or ECSV. A column of
        rising redshifts, called as in a table of spectra (`z`, ...), and one of `DENSITY_NAMES`
        with the density there, in any unit.
    cap : float
        See `Prior`.
    name : str, optional
        What messages call it; by default the file's name.

    Raises
    ------
    DataError
        If the file cannot be read, has not these columns, or they make no prior.
    ConfigError
        If the cap is below 1.
    """
    Prior.flat(cap)  # whose message is of the cap, not of the file
    opened = open_tables(source, name=name)
    first = opened[0]
    if isinstance(first, DataError):
        raise first
    if len(opened) > 1:
        raise DataError(
            f"{first.file.name}: expected one table, found {len(opened)}. Give the prior alone."
        )
    table = SourceTable(first)
    columns = {}
    for quantity, what, called in (
        ("z", "redshifts", ALIASES["z"]),
        ("n", "how common each redshift is", DENSITY_NAMES),
    ):
        column = table.find(called)
        if column is None:
            names = table.opened.names
            raise missing(what, " or ".join(called), names, table.opened.name, by_hand=False)
        columns[quantity] = column
    found = table.read(columns)
    try:
        check_table(found["z"], found["n"], Where(table.opened.name, columns=columns))
    except ConfigError as error:
        raise DataError(str(error)) from error
    return Prior.table(found["z"], found["n"], cap)
