"""The model card of a run: shown, and taken along as Markdown or HTML."""

import streamlit as st

from core.runs import Run
from core.sharing.document import to_html, to_markdown
from core.sharing.model_card import model_card
from dashboard.shared.store import FileVersion


def show(run: Run) -> None:
    """Draw the model card."""
    if not run.is_complete:
        st.info("The card is written when the training is done.", icon=":material/description:")
        return
    markdown, page = _card(run, _versions(run))
    with st.container(horizontal=True):
        for label, text, ending, mime in (
            ("Card (Markdown)", markdown, "md", "text/markdown"),
            ("Card (HTML)", page, "html", "text/html"),
        ):
            st.download_button(
                label,
                data=text.encode(),
                file_name=f"{run.run_id}-card.{ending}",
                mime=mime,
                key=f"card-{ending}",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )
    with st.container(height=560, border=True):
        st.markdown(markdown)


def _versions(run: Run) -> tuple[FileVersion, ...]:
    files = (run.summary_path, run.predictions_path, run.calibration_path, run.annotations_path)
    return tuple(FileVersion.of(path) for path in files if path.is_file())


@st.cache_data(max_entries=16, show_spinner="Writing the model card", hash_funcs={Run: str})
def _card(run: Run, versions: tuple[FileVersion, ...]) -> tuple[str, str]:
    # The versions of its files are keys of the cache: a run is calibrated or written on later.
    document = model_card(run)
    return to_markdown(document), to_html(document)
