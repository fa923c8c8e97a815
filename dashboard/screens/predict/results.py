"""The catalogue: numbers, histogram, table, downloads; one row is chosen for a closer look."""

import functools
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.data import redshift_histogram
from core.prediction import (
    EXACT_IN_FLOAT,
    FITS_COLUMNS,
    FORMATS,
    SENTENCES,
    Estimator,
    Flag,
    Provenance,
    to_bytes,
)
from core.spreadsheet import as_text
from dashboard.figures import predicted_redshifts
from dashboard.figures.labels import FLAG_COLOURS, FLAG_NAMES
from dashboard.screens.predict import pz_download
from dashboard.screens.predict.filters import choose_rows
from dashboard.screens.predict.predicted import Intake, Predicted
from dashboard.shared.clickable import choose_row
from dashboard.shared.downloads import download_file, download_table
from dashboard.shared.shown import FEW_ROWS, NUMBER, TABLE_HEIGHT, TEXT, flag_badge, show_figure

MAX_ROWS = 10_000
MAX_OWN = 8
BIN_WIDTH = 0.01


def show(estimator: Estimator, intake: Intake, predicted: Predicted) -> int | None:
    """Draw the section; return the row of the catalogue that was chosen, if any."""
    table = predicted.table
    left, right = st.columns([2, 3], gap="medium")
    rows = choose_rows(table)
    with left:
        _headline(table)
        _downloads(estimator, intake, predicted, rows)
    with right:
        _histogram(table.iloc[rows], predicted)
    if not len(rows):
        st.info("No source passes the filters.", icon=":material/filter_alt_off:")
        return None
    return _table(intake, predicted, rows)


def _headline(table: pd.DataFrame) -> None:
    known, flags = table["z"].notna(), table["flags"]
    numbers = {
        "Sources": f"{len(table):,}",
        "Without flags": f"{(flags == 0).sum():,}",
        "Without a redshift": f"{(~known).sum():,}",
        "Median z": f"{table['z'].median():.4f}" if known.any() else "–",
    }
    columns = st.columns(2)
    for i, (label, number) in enumerate(numbers.items()):
        columns[i % 2].metric(label, number, border=True)


def _histogram(shown: pd.DataFrame, predicted: Predicted) -> None:
    known = shown[shown["z"].notna()]
    if known.empty:
        st.caption("No redshift among these.")
        return
    counts = histogram_table(known)
    show_figure(predicted_redshifts.histogram(counts, BIN_WIDTH), "predicted_histogram")
    below = int((known["z"] < 0).sum())
    if below:
        st.caption(f"{below:,} a little below 0 count in the first bin.")
    download_table("Histogram", counts, f"{predicted.run_id}-predicted-redshifts")


def histogram_table(known: pd.DataFrame) -> pd.DataFrame:
    """Return z_low, z_high, all, clean per bin of known z; a little below 0 is in the first."""
    z = known["z"].clip(lower=0)
    table = redshift_histogram(z.to_numpy(), BIN_WIDTH)
    clean = z[known["flags"] == 0]
    edges = np.append(table["z_low"], table["z_high"].iloc[-1])
    index = np.clip(np.searchsorted(edges, clean, side="right") - 1, 0, len(table) - 1)
    return pd.DataFrame(
        {
            "z_low": table["z_low"],
            "z_high": table["z_high"],
            "all": table["count"],
            "clean": np.bincount(index, minlength=len(table)),
        }
    )


def shown_table(predicted: Predicted, rows: np.ndarray) -> pd.DataFrame:
    """Return the given rows of the catalogue as people read them: ids as text, flags in words.

    Own columns of ids, numbers that a browser would round, are text as well; the redshift
    that the file gives stands beside the predicted one, and only there.
    """
    part = predicted.table.iloc[rows]
    words = {
        flags: [FLAG_NAMES[flag] for flag in Flag if flag & flags]
        for flags in part["flags"].unique()
    }
    shown = pd.DataFrame(
        {
            # As text: a browser's numbers lose the last digits of 64 bits.
            "source_id": part["source_id"].astype(str),
            "z": part["z"],
            "z_lower": part["z_lower"],
            "z_upper": part["z_upper"],
            "sigma_z": part["sigma_z"],
            "flags": part["flags"].map(words),
        }
    )
    if predicted.input_z is not None:
        shown.insert(5, "input_z", predicted.input_z[rows])
    own = part[part.columns[6 : 6 + MAX_OWN]]
    if predicted.input_z is not None:
        given = [
            name
            for name, column in own.items()
            if column.dtype.kind == "f"
            and np.array_equal(column, predicted.input_z[rows], equal_nan=True)
        ]
        own = own.drop(columns=given)
    long = [
        name
        for name, column in own.items()
        if column.dtype.kind == "i" and (column.abs() > EXACT_IN_FLOAT).any()
    ]
    return shown.join(own.astype(dict.fromkeys(long, "string")).add_prefix("own."))


def _table(intake: Intake, predicted: Predicted, rows: np.ndarray) -> int | None:
    rows_shown = rows[:MAX_ROWS]
    shown = shown_table(predicted, rows_shown)
    without = predicted.table["z"].isna().to_numpy()[rows_shown]
    if without.any():
        why = [
            intake.why_none(row) if none else ""
            for row, none in zip(rows_shown, without, strict=True)
        ]
        shown["why_none"] = why
    interval = f"{100 * predicted.level:g} % interval"
    own: dict[str, Any] = {
        name: st.column_config.Column(as_text(name.removeprefix("own.")))
        for name in shown.columns
        if name.startswith("own.")
    }
    text = f"{len(rows):,} of {len(predicted.table):,} sources"
    if len(rows) > MAX_ROWS:
        text += f"; the table shows the first {MAX_ROWS:,}, filters and downloads work on all"
    # Above the table, whose own buttons would cover the filters.
    st.caption(f"{text}. Click a row to see its spectrum below.")
    return choose_row(
        shown.set_axis(rows_shown),
        {
            "source_id": TEXT("source_id", pinned=True),
            "z": NUMBER("z", format="%.4f"),
            "z_lower": NUMBER("z_lower", format="%.4f", help=interval),
            "z_upper": NUMBER("z_upper", format="%.4f", help=interval),
            "sigma_z": NUMBER("sigma_z", format="%.4f", help="Half the width of the 68 % interval"),
            "input_z": NUMBER("z_input", format="%.4f", help="Redshift that the file gives"),
            "flags": st.column_config.MultiselectColumn(
                "Flags",
                options=list(FLAG_NAMES.values()),
                color=list(FLAG_COLOURS.values()),
                width="medium",
            ),
        }
        | own
        | ({"why_none": TEXT("Why no redshift", width="large")} if without.any() else {}),
        # Other files are another table; another prior or run answers for the same ones.
        f"catalogue-{id(intake)}",
        "Predicted redshifts with intervals and flags; a chosen row is shown below",
        height="content" if len(rows_shown) < FEW_ROWS else TABLE_HEIGHT,
    )


def _downloads(
    estimator: Estimator, intake: Intake, predicted: Predicted, rows: np.ndarray
) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Download catalogue", icon=":material/download:"):
            everything = st.toggle(
                f"All {len(predicted.table):,} sources, not only the {len(rows):,} that pass the "
                "filters",
                key="download_all",
                disabled=len(rows) == len(predicted.table),
            )
            table = predicted.table if everything else predicted.table.iloc[rows]
            for ending, format in FORMATS.items():
                if ending == ".xml":  # as .vot
                    continue
                download_file(
                    format.name,
                    # Made only when asked for.
                    functools.partial(_file, table, ending, predicted.provenance),
                    f"{predicted.run_id}-redshifts{ending}",
                    format.mime,
                    key=f"download-catalogue{ending}",
                    width="stretch",
                    disabled=ending == ".fits" and table.shape[1] > FITS_COLUMNS,
                    help=f"FITS tables hold {FITS_COLUMNS} columns." if ending == ".fits" else None,
                )
            st.caption(
                "CSV and TSV hold only the numbers, the others also units, descriptions, the "
                "origin of the redshifts and the account of what was read."
            )
        if predicted.has_densities:
            pz_download.show(estimator, intake, predicted, rows)
        with st.popover("What the flags mean", icon=":material/flag:"):
            st.markdown("\n".join(f"- {flag_badge(flag)} {SENTENCES[flag]}" for flag in Flag))
            st.caption("Red: no redshift to use. Orange: it may be wrong. Blue: it is uncertain.")


def _file(table: pd.DataFrame, ending: str, provenance: Provenance) -> bytes:
    return to_bytes(table.reset_index(drop=True), ending, provenance)
