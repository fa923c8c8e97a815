"""The model card of a run: shown, and taken along as Markdown or HTML."""

import streamlit as st

from core.runs import Run
from dashboard.shared import run_report, store
from dashboard.shared.downloads import download_quietly


def show(run: Run) -> None:
    """Draw the model card."""
    if damage := run.damage():
        raise damage
    if not run.is_complete:
        st.info(
            "The card is written when the training has finished.", icon=":material/description:"
        )
        return
    markdown, page = store.card(run)
    with st.container(horizontal=True):
        for label, text, ending, mime in (
            ("Card (Markdown)", markdown, "md", "text/markdown"),
            ("Card (HTML)", page, "html", "text/html"),
        ):
            name = f"{run.run_id}-card.{ending}"
            download_quietly(label, text.encode(), name, mime, f"card-{ending}")
        run_report.download(run, type="tertiary", icon=":material/download:")
    with st.container(height=560, border=True):
        st.markdown(markdown)
