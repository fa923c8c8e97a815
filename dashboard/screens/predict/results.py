"""The catalogue: numbers and downloads, then the list, beside which a source is looked at."""

import functools

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.amounts import n_of
from core.data import redshift_histogram
from core.prediction import (
    FITS_COLUMNS,
    FORMATS,
    SENTENCES,
    Estimator,
    Flag,
    Provenance,
    to_bytes,
)
from dashboard.figures import predicted_redshifts
from dashboard.screens.predict import beside_known, listed, pz_download
from dashboard.screens.predict.files import Intake
from dashboard.screens.predict.filters import choose_rows
from dashboard.screens.predict.predicted import Predicted
from dashboard.shared.account import show_account
from dashboard.shared.downloads import download_file, download_table
from dashboard.shared.shown import flag_badge, show_figure

BIN_WIDTH = 0.01


def show(
    estimator: Estimator, intake: Intake, predicted: Predicted
) -> tuple[int | None, DeltaGenerator]:
    """Draw the section; return the row of the catalogue that was chosen, if any, and its place."""
    above = st.container(key="catalogue_tools")
    if listed.is_wide():
        left, right = st.container(), st.container()
    else:
        left, right = st.columns(2, gap="medium")
    with left.container(key="predicted_list", gap="small"):
        said, explained = f":small[{headline(predicted.table)}]", None
        if (judged := predicted.rows_judged) is not None:
            found = predicted.judged
            said += f"  \n:small[{beside_known.in_short(found, judged.left_out)}]"
            explained = None if found is None else beside_known.explained(estimator, found)
        st.markdown(said, help=explained)
        rows = choose_rows(predicted, listed.choose_width)
        if rows is None:
            return None, right
        chosen = listed.show(intake, predicted, rows) if len(rows) else None
        if len(rows):
            _histogram(predicted.table.iloc[rows], predicted)
    with above:
        _downloads(estimator, intake, predicted, rows)
    return chosen, right


def headline(table: pd.DataFrame) -> str:
    """Return, as Markdown, how many redshifts there are, and how good."""
    known, clean = table["z"].notna(), int((table["flags"] == 0).sum())
    n = n_of(len(table), "spectrum")
    parts = [f"**{n}**", f"**{clean:,}** without flags"]
    if without := int((~known).sum()):
        parts.append(f"**{without:,}** without a redshift")
    if known.any():
        parts.append(f"median z **{table['z'].median():.4f}**")
    return " · ".join(parts)


def _histogram(shown: pd.DataFrame, predicted: Predicted) -> None:
    known = shown[shown["z"].notna()]
    if known.empty:
        st.caption("No redshift among these.")
        return
    # Drawn once it is opened.
    box = st.expander(
        "Histogram of the redshifts",
        icon=":material/bar_chart:",
        key="histogram",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
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


def _downloads(
    estimator: Estimator, intake: Intake, predicted: Predicted, rows: np.ndarray
) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover("Download catalogue", icon=":material/download:"):
            # Without a filter there is nothing to choose.
            everything = len(rows) < len(predicted.table) and st.toggle(
                f"All {n_of(len(predicted.table), 'spectrum')}, not only the {len(rows):,} that "
                "pass the filters",
                key="download_all",
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
                "CSV and TSV hold only the numbers, the others also units, descriptions (of "
                "`flags`, what each bit means), the origin of the redshifts and the account of "
                "what was read. FITS holds ASCII alone: other letters become escapes, é `\\xe9`. "
                ".gz: compressed by gzip; TOPCAT, astropy and pandas read it as it "
                "is."
            )
        if predicted.has_densities:
            pz_download.show(estimator, intake, predicted, rows)
        show_account(predicted.account)
        with st.popover("What the flags mean", icon=":material/flag:"):
            st.caption(
                "Red: no redshift to use. Orange: it may be wrong. Blue: it is uncertain. In "
                "files, `flags` is the sum of the numbers below, 0 without a flag: 36 is 4 + 32. "
                "A single one is asked for as `(flags & 8) > 0` in TOPCAT, ADQL, pandas and NumPy."
            )
            st.markdown(
                "\n".join(
                    f"- **{flag.value}** {flag_badge(flag)} {SENTENCES[flag]}" for flag in Flag
                )
            )


def _file(table: pd.DataFrame, ending: str, provenance: Provenance) -> bytes:
    return to_bytes(table.reset_index(drop=True), ending, provenance)
