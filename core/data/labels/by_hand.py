"""What people say of the labels of a table, where names and units do not, or say it wrongly."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.data.labels.choice import Choice
from core.data.labels.names import is_velocity
from core.data.labels.plausibility import unit_of
from core.data.labels.quality import Asked
from core.data.labels.release import (
    WITHOUT_SPECTRA,
    of_rest,
    release_of,
    require_release,
    tells_beside,
)
from core.data.tables.columns import Recognition
from core.data.tables.raw import RawTable
from core.data.tables.table import N_LOOKED_AT, OpenTable
from core.data.tables.units import convert
from core.errors import DataError


@dataclass(frozen=True)
class ByHand:
    """Choices of a person.

    Attributes
    ----------
    columns : mapping of str to str
        Names of columns, by quantity: 'z', 'source_id', 'g_mag', ...
    z_unit : str, optional
        Unit of the redshifts, of `Z_UNITS`; 'z' vouches that the numbers are redshifts.
    quality : Asked
    release : str
        Of Gaia, whose spectra these are, such as 'Gaia DR3'; '' to go by what the files tell.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    z_unit: str | None = None
    quality: Asked = field(default_factory=Asked)
    release: str = ""

    @classmethod
    def of_ids(cls, column: str | None) -> "ByHand":
        """Return the choice of the column of ids, None where names are to tell it.

        What `xpz predict --id` and the screen Predict ask.
        """
        return cls({"source_id": column} if column else {})

    def release_of(self, told: str, name: str) -> str:
        """Return the release of spectra, as a file tells ('' where it does not) or the person.

        Raises a `DataError` where both do, and differ.
        """
        if self.release and told not in ("", self.release):
            raise DataError(
                f"{name}: expected spectra of {self.release}, as you say; the file tells that they "
                f"are of {told}. Leave the release out, or correct it."
            )
        return told or self.release

    def unit(self, choice: Choice, table: OpenTable, *, needed: bool = True) -> str:
        """Return the unit of a column of redshifts: as a person, the file or its name says.

        The error of a unit of something else says what to do only where redshifts are `needed`.
        """
        if self.z_unit is not None or choice.position is None:
            return self.z_unit or "z"
        declared = declared_unit(table, choice.position)
        column = choice.column or ""
        by_name = "km/s" if is_velocity(column) else "z"
        return unit_of(declared, column, table.name, needed=needed) or by_name

    def with_units(
        self, columns: Recognition, table: OpenTable, *, needed: bool = True
    ) -> Recognition:
        """Return the columns with the units of redshifts and magnitudes.

        What is given in the unit of something else is left aside: spectra can do without. Where
        redshifts are not `needed`, nobody is asked to name their column.
        """
        choices = dict(columns.choices)
        units: dict[str, Any] = {}
        of_redshifts = functools.partial(self.unit, needed=needed)
        for quantity, unit_of_column in (("z", of_redshifts), ("g_mag", _magnitude)):
            choice = choices[quantity]
            try:
                units[f"{quantity}_unit"] = unit_of_column(choice, table)
            except DataError as error:
                choices[quantity] = Choice(quantity, table.names, left_aside=(str(error),))
        return replace(columns, choices=choices, **units)


def _magnitude(choice: Choice, table: OpenTable) -> str:
    """Return the unit of a column of magnitudes; a `DataError` if it is none of them."""
    unit = "" if choice.position is None else declared_unit(table, choice.position)
    convert(np.zeros(1), unit, "mag", choice.column or "", table.name)
    return unit


def beside_ids(names: Sequence[str]) -> list[int]:
    """Return the positions of columns that tell of which release ids are."""
    return [i for i, name in enumerate(names) if tells_beside(name)]


def release_in(table: OpenTable, position: int, rows: RawTable | None = None) -> str | None:
    """Return the release of Gaia of a column of ids.

    As it tells by its name or its first `rows`, its description or columns beside it. Raises a
    `DataError` if that release has no XP spectra.
    """
    column = table.names[position]
    beside = beside_ids(table.names)
    rows = rows or next(table.batches((position, *beside), N_LOOKED_AT), None)
    cells = {
        i: [] if rows is None else np.ma.getdata(rows.column(i)).tolist()
        for i in (position, *beside)
    }
    release = release_of(column, cells[position], table.name)
    if release is None:
        about = table.stream.descriptions[position] if table.stream.descriptions else ""
        release = of_rest(about, {table.names[i]: cells[i] for i in beside})
    if release in WITHOUT_SPECTRA:
        require_release(release, column, table.name)
    return release


def declared_unit(table: OpenTable, position: int) -> str:
    """Return the unit that a file declares of a column, '' for none."""
    return table.units[position] if table.units else ""
