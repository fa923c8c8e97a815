"""Figures, tables and numbers as every screen shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.evaluation import Definition
from core.prediction import Flag
from dashboard.figures import theme
from dashboard.figures.labels import FLAG_COLOURS, FLAG_NAMES
from dashboard.shared.columns import NUMBER as NUMBER
from dashboard.shared.columns import TEXT as TEXT
from dashboard.shared.columns import table_height
from dashboard.shared.downloads import download_table

FEW_ROWS = 8
"""That stand there in full; more scroll."""

# Of a judged galaxy, wherever a table lists some.
GALAXY_COLUMNS: dict[str, Any] = {
    "source_id": "source_id",
    "z_spec": NUMBER("z_spec", format="%.4f"),
    "z_pred": NUMBER("z_pred", format="%.4f"),
    "e": NUMBER("e", format="%.4f", help="(z_pred − z_spec) / (1 + z_spec)"),
    "scaled_error": NUMBER("|d| / σ", format="%.2f", help="σ: half the 68 % interval"),
}
# A share, times 100: Streamlit's own format lacks the space before the sign.
PERCENT = "%.2f %%"


def show_figure(figure: alt.Chart | alt.LayerChart | go.Figure, key: str, *download: Any) -> None:
    """Draw a figure, and below it the download of its data: label, table, name of the file."""
    if isinstance(figure, go.Figure):
        show_plotly(figure, key, download[-1] if download else key)
    else:
        st.altair_chart(figure, key=key)
    if download:
        download_table(*download)


def show_plotly(figure: go.Figure, key: str, name: str, **how: Any) -> Any:
    """Draw a figure of Plotly's, saved as a picture of this name; `how` as of `st.plotly_chart`."""
    figure = theme.whole(theme.inked(figure, st.context.theme.type == "dark"))
    alt = figure.layout.meta["alt"]
    return st.plotly_chart(figure, key=key, alt=alt, config=theme.camera(name), **how)


def beside(key: str, spec: int | Sequence[int] = 2) -> list[DeltaGenerator]:
    """Return columns for figures and tables, which stand below one another where they'd be cut.

    `spec` is that of `st.columns`; the page's style sheet says how narrow a column may be.
    """
    n = spec if isinstance(spec, int) else len(spec)
    place = st.container(key=f"beside_{'two' if n == 2 else 'three'}_{key}")
    return place.columns(spec, gap="medium")


def show_table(
    table: pd.DataFrame, columns: Mapping[str, Any] | None, alt: str, *download: Any, **how: Any
) -> None:
    """Draw a table of a few rows, and below it its download: label, table, name of the file.

    `columns` are shown as they say and in this order, None: all, as they are; `alt` says in words
    what the table shows; `how` are further settings of `st.dataframe`.
    """
    about = {} if columns is None else {"column_config": columns, "column_order": list(columns)}
    usual = {"hide_index": True, "height": "content", "row_height": 30, "placeholder": "–"}
    st.dataframe(table, alt=alt, **{**usual, **about, **how})
    if download:
        download_table(*download)


def show_galaxies(table: pd.DataFrame, columns: Mapping[str, Any], key: str, alt: str) -> None:
    """Draw a table of galaxies, which scrolls if they are many."""
    show_table(
        # As text: a browser's numbers lose the last digits of 64 bits.
        table.assign(source_id=table["source_id"].astype(str)),
        None,
        alt,
        column_config=columns,
        height=table_height(len(table), FEW_ROWS),
        row_height=None,
        key=key,
    )


def show_number(definition: Definition, value: str, below: str, *, border: bool = True) -> None:
    """Draw a number with its definition, and below it in grey its interval or limit."""
    st.metric(
        definition.title,
        value,
        delta=below,
        delta_color="off",
        delta_arrow="off",
        help=f"${definition.formula}$\n\n{definition.sentence}\n\n*{definition.source}*",
        border=border,
    )


def flag_badge(flag: Flag) -> str:
    """Return a flag's name as Markdown, coloured by how much it says against a redshift."""
    return f":{FLAG_COLOURS[flag]}-badge[{FLAG_NAMES[flag]}]"


def flag_badges(flags: int) -> str:
    """Return the names of all flags of one source as Markdown, in a line."""
    names = [flag_badge(flag) for flag in Flag if flag & flags]
    return " ".join(names) or ":green-badge[:material/check: no flags]"


def show_flags(told: Mapping[Flag, str]) -> None:
    """Draw the flags of one source, each with what `core.prediction.flags.words` says."""
    for flag, sentence in told.items():
        st.markdown(f"{flag_badge(flag)} :small[{sentence}]")
    if not told:
        st.markdown(flag_badges(0))


def show_log(title: str, text: str) -> None:
    """Draw what a job has written, to be opened."""
    output = st.expander(title, icon=":material/terminal:", key="log")
    output.code(text or "Nothing written yet.", language=None, height=240)


def show_queue(
    title: str, jobs: list[dict[str, Any]], columns: Mapping[str, Any], alt: str
) -> None:
    """Draw the jobs that wait or work beside the one shown, as submitted; nothing if none."""
    if not jobs:
        return
    st.markdown(f"**{title}**")
    at = st.column_config.DatetimeColumn("Submitted (UTC)", format="HH:mm:ss")
    table = pd.DataFrame(jobs).sort_values("submitted")
    show_table(table, {**columns, "state": "State", "submitted": at}, alt, key="queue")
