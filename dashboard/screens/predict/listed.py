"""The list of sources, of which one is chosen; and what its columns are called."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.amounts import n_of
from core.prediction import COLUMNS, EXACT_IN_FLOAT, KNOWN, Flag
from core.spreadsheet import as_text
from dashboard.figures.labels import FLAG_COLOURS, FLAG_NAMES
from dashboard.screens.predict.files import Intake
from dashboard.screens.predict.predicted import Predicted
from dashboard.shared.clickable import choose_row
from dashboard.shared.shown import NUMBER, TEXT

MAX_ROWS = 10_000
MAX_OWN = 8
HEIGHT, ROW = 455, 35
"""Of the list [pixels]: a dozen rows, as high as the picture beside it."""

ALL_COLUMNS = "all_columns"


def is_wide() -> bool:
    """Whether all columns were asked for, which takes the whole width."""
    return bool(st.session_state.get(ALL_COLUMNS))


def choose_width() -> None:
    """Draw the choice of all columns."""
    st.toggle(
        "All columns",
        key=ALL_COLUMNS,
        persist_state="session",
        help="The source is then shown below the list, not beside it.",
    )


def show(intake: Intake, predicted: Predicted, rows: np.ndarray) -> int | None:
    """Draw these rows of the catalogue; return the chosen one, if any."""
    # Above the table, whose own buttons would cover the filters.
    st.caption(_how_many(predicted, rows))
    rows_shown = rows[:MAX_ROWS]
    shown = shown_table(predicted, rows_shown)
    without = predicted.table["z"].isna().to_numpy()[rows_shown]
    if without.any():
        why = [
            intake.why_none(row) if none else ""
            for row, none in zip(rows_shown, without, strict=True)
        ]
        shown["why_none"] = why
    columns = _columns(shown, f"{100 * predicted.level:g} % interval")
    if not is_wide():
        columns = {name: columns[name] for name in ("source_id", "z", "sigma_z", "flags")}
    return choose_row(
        shown.set_axis(rows_shown),
        columns,
        # Other files are another table; another prior or run answers for the same ones.
        f"catalogue-{id(intake)}",
        "Predicted redshifts with intervals and flags; the chosen one is shown beside them",
        height=min(HEIGHT, ROW * (len(rows_shown) + 1) + 2),
    )


def _how_many(predicted: Predicted, rows: np.ndarray) -> str:
    text = f"{len(rows):,} of {n_of(len(predicted.table), 'spectrum')}"
    if len(rows) > MAX_ROWS:
        text += f"; the list shows the first {MAX_ROWS:,}, filters and downloads work on all"
    return f"{text}. Click a row; the arrow keys go on from it."


def _columns(shown: pd.DataFrame, interval: str) -> dict[str, Any]:
    flags = st.column_config.MultiselectColumn(
        "Flags", width=128, options=list(FLAG_NAMES.values()), color=list(FLAG_COLOURS.values())
    )
    columns = {
        "source_id": TEXT("source_id", pinned=True),
        "z": NUMBER("z", format="%.4f", width=70),
        "z_lower": NUMBER("z_lower", format="%.4f", help=interval),
        "z_upper": NUMBER("z_upper", format="%.4f", help=interval),
        "sigma_z": NUMBER(
            "sigma_z", format="%.4f", width=80, help="Half the width of the 68 % interval"
        ),
        "z_spec": NUMBER("z_spec", format="%.4f", help="Redshift that the file gives"),
        "flags": flags,
    }
    columns |= {
        name: st.column_config.Column(as_text(name.removeprefix("own.")))
        for name in shown.columns
        if name.startswith("own.")
    }
    columns["why_none"] = TEXT("Why no redshift", width="large")
    return {name: column for name, column in columns.items() if name in shown}


def shown_table(predicted: Predicted, rows: np.ndarray) -> pd.DataFrame:
    """Return the given rows of the catalogue as people read them: ids as text, flags in words.

    Own columns of ids, numbers that a browser would round, are text as well; the redshift
    that the file gives stands beside the predicted one.
    """
    part = predicted.table.iloc[rows]
    words = {
        flags: [FLAG_NAMES[flag] for flag in Flag if flag & flags]
        for flags in part["flags"].unique()
    }
    shown = pd.DataFrame(
        {
            # As text: a browser's numbers lose the last digits of 64 bits.
            # Empty where one is missing; in files, whose integers cannot be, it is -1.
            "source_id": part["source_id"].astype(str).where(part["source_id"] >= 0, ""),
            "z": part["z"],
            "z_lower": part["z_lower"],
            "z_upper": part["z_upper"],
            "sigma_z": part["sigma_z"],
            "flags": part["flags"].map(words),
        }
    )
    if predicted.z_spec is not None:
        shown.insert(5, "z_spec", predicted.z_spec[rows])
    own = part.drop(columns=[*COLUMNS, KNOWN], errors="ignore").iloc[:, :MAX_OWN]
    long = [
        name
        for name, column in own.items()
        if column.dtype.kind == "i" and (column.abs() > EXACT_IN_FLOAT).any()
    ]
    return shown.join(own.astype(dict.fromkeys(long, "string")).add_prefix("own."))
