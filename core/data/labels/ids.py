"""Which column holds Gaia's ids where a name alone does not tell: its first cells do."""

from collections.abc import Iterable, Mapping

from core.data.labels.choice import Choice, choose
from core.data.labels.names import PERHAPS_IDS
from core.data.tables.cells import filled_texts
from core.data.tables.raw import RawTable
from core.data.tables.table import N_LOOKED_AT, OpenTable, are_ids


def by_cells(choices: Mapping[str, Choice], table: OpenTable) -> dict[str, Choice]:
    """Return the choices, with that of the ids by its cells where its name leaves it open."""
    ids, unfit = choices["source_id"], list[str]()
    while ids.position is not None and ids.kind == PERHAPS_IDS:
        first = next(table.batches((ids.position,), N_LOOKED_AT), None)
        if first is None or not first.n_rows:
            break
        cells = first.column(ids.position)
        # Where no cell looked at is filled, the name stands alone.
        if not len(filled_texts(cells)) or are_ids(cells):
            break
        unfit.append(ids.column or "")
        ids = choose("source_id", table.names, unfit)
    return {**choices, "source_id": ids}


def like_ids(first: RawTable, positions: Iterable[int]) -> tuple[str, ...]:
    """Return the names of columns whose first cells are whole numbers as large as Gaia's ids."""
    named = (i for i in positions if first.names[i])
    return tuple(first.names[i] for i in named if are_ids(first.column(i)))


def not_recognised(name: str, columns: Iterable[str]) -> list[str]:
    """Warn that rows of a table get numbers though columns may hold their ids; [] for none."""
    found = " and ".join(f"'{column}'" for column in columns)
    if not found:
        return []
    return [
        f"{name}: no column of source ids was recognised, so the rows are numbered from 0; numbers "
        f"as large as Gaia's ids stand in {found}. If they are the ids, name the column with --id."
    ]
