"""The split into training, validation and test part."""

from typing import Any

import streamlit as st

from core.data import SPLIT_LABELS, DatasetEntry, SplitConfig
from dashboard.figures import split as figures
from dashboard.shared import store as cache
from dashboard.shared.downloads import download_table
from dashboard.shared.messages import about_origin
from dashboard.shared.number_field import number_field, row_of_fields
from dashboard.shared.shown import NUMBER, beside, show_figure, show_table

_COLUMNS = {
    "part": "Part",
    "galaxies": NUMBER("Galaxies", format="localized"),
    "percent": NUMBER("Share [%]", format="%.1f"),
    "median_z": NUMBER("Median z", format="%.3f"),
}


def show(entry: DatasetEntry) -> None:
    """Draw the section for one data set."""
    defaults = SplitConfig()
    with row_of_fields() as wrong:
        share = round(100 * defaults.test_fraction)
        test = number_field("Test part [%]", "shown_test", share, 1, 90, width=150)
        share = round(100 * defaults.validation_fraction)
        how: dict[str, Any] = {"help": "Share of the rest after the test part.", "width": 170}
        validation = number_field("Validation part [%]", "shown_validation", share, 1, 90, **how)
        seed = number_field(
            SPLIT_LABELS["split_seed"], "shown_seed", defaults.seed, 0, 2**31 - 1, width=130
        )
    if wrong:
        return
    file = cache.FileVersion.of(entry.path)
    split = cache.split(file, SplitConfig(test / 100, validation / 100, seed))
    table = split.parts[list(_COLUMNS)]

    left, right = beside("split", [9, 5])
    with left:
        figure, name = figures.parts(split.histograms), f"{entry.path.stem}-split-redshifts"
        show_figure(figure, "split_histogram", "Histograms", split.histograms, name)
    with right:
        show_table(table, _COLUMNS, "Sizes and redshifts of the parts")
        st.caption("Hash of the split")
        st.code(split.hash[:32], language=None, wrap_lines=True)
        download_table("Parts", table, f"{entry.path.stem}-split")
    st.caption(
        f"{about_origin(entry.card.origin)} A galaxy's part follows from its source_id, the seed "
        "and the shares alone: it never changes when galaxies are added. A run keeps the split "
        "that is chosen for it on the Train screen."
    )
