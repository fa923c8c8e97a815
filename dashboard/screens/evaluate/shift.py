"""Are the judged spectra like the run's own, which it learnt from or was calibrated with."""

import numpy as np
import streamlit as st

from core.prediction import why_unknown
from core.runs import Run
from dashboard.shared import judged_spectra, shift_report, state, store
from dashboard.shared.chooser import IN_USE, run_names
from dashboard.shared.judged import Judged
from dashboard.shared.messages import plain
from dashboard.shared.ways import link

MAX_READ = 4000
"""Spectra, evenly over those judged."""


def show(run: Run, judged: Judged) -> None:
    """Draw the report, or say why there is none."""
    spectra = judged_spectra.of(run, judged)
    if spectra is None:
        st.info(
            "The spectra of these galaxies are not available. Add their data set on the Data "
            "screen.",
            icon=":material/folder_off:",
        )
        return
    if run.config.recalibrated is not None and judged.file is None:
        _show_own(run)
        return
    rows = spectra.rows[spectra.here]
    few = rows[np.linspace(0, len(rows) - 1, min(len(rows), MAX_READ)).astype(int)]
    knows, found = store.shift(run, spectra.file, few)
    if not knows:
        st.info(plain(why_unknown(run)), icon=":material/help:")
    elif found is None:
        st.info("Fewer than 20 spectra: too few to tell.", icon=":material/help:")
    else:
        shift_report.show(found, judged.stem)


def _show_own(run: Run) -> None:
    """Say why there is nothing to compare, and where the comparison is that people may want."""
    st.info(
        "These are the spectra that the run was calibrated with, and so its own. How they differ "
        "from those that its network was trained on, the run that it came from shows.",
        icon=":material/compare:",
    )
    start, names = run.config.start, run_names(state.runs())
    if start is not None and start.run_id in names:
        name = plain(names[start.run_id])
        link("evaluate", f"{name} on the data set in use", start.run_id, on=IN_USE)
