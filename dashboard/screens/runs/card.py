"""The model card of a run: shown, and taken along as Markdown or HTML."""

from functools import partial

import streamlit as st

from core.runs import Run
from dashboard.shared import store
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
        # Drawn when it is asked for: it has pictures, and takes a second.
        page_of = partial(_report, run)
        name = f"{run.run_id}-report.html"
        download_quietly("Report with pictures (HTML)", page_of, name, "text/html", "report-html")
    with st.container(height=560, border=True):
        st.markdown(markdown)


def _report(run: Run) -> bytes:
    # Matplotlib takes half a second to import.
    from core.report import to_html
    from core.sharing.run_report import run_report

    return to_html(run_report(run)).encode()
