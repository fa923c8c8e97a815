"""Data: see a data set, choose another, upload or simulate one."""

import json

import streamlit as st

from core.amounts import n_of
from core.config import to_dict
from dashboard.screens.data import add, averages, deleting, redshifts, release, single, split
from dashboard.shared import state
from dashboard.shared.chooser import choose_one
from dashboard.shared.downloads import download_quietly
from dashboard.shared.messages import code, errors_shown, origin_badge, plain

ADD = "Add data"
SECTIONS = {
    "Redshifts": redshifts.show,
    "Average spectra": averages.show,
    "Single spectrum": single.show,
    "Split": split.show,
}

entry = state.current_dataset()
if entry is None:
    st.title("Data")
    deleting.show_undo()
    add.show()
    st.stop()

card = entry.card
title, tools = st.columns([2, 3], vertical_alignment="bottom")
title.title("Data")
with tools.container(horizontal=True, horizontal_alignment="right"):
    content, name = json.dumps(to_dict(card), indent=2), f"{entry.path.stem}.card.json"
    download_quietly("Card (JSON)", content, name, "application/json", "download-card")
    deleting.button(entry)
deleting.show_undo()
st.markdown(
    f"{origin_badge(card.origin)} **{plain(state.dataset_name(entry))}** · "
    f"{n_of(card.n_galaxies, 'galaxy')} · {plain(card.known_instrument.words)}"
)
configuration = f"configuration {code(card.config_hash[:12])} · " if card.config_hash else ""
st.caption(f"{configuration}content {code(card.hash[:12])}")
place = st.container()
views = [*SECTIONS, ADD]
view = choose_one("Section", views, "section", "section", label_visibility="collapsed")
with errors_shown():
    if view == ADD:
        add.show()
    else:
        state.forget_upload()
        with place:
            release.of_saved(entry)
        SECTIONS[view or views[0]](entry)
