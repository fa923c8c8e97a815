"""The dashboard's frame: pages, the data set in use, and one place where errors are shown."""
# ruff: noqa: N999 - `streamlit run dashboard/Home.py` is the command people know

import ctypes
import sys
from pathlib import Path

import pyarrow as pa
import streamlit as st

from core.amounts import n_of
from core.printable import log_printable
from dashboard.shared import history, idle, login, one_theme, state, store
from dashboard.shared.about import about
from dashboard.shared.messages import errors_shown, origin_badge, show_damaged

M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3  # of glibc's malloc.h
HERE = Path(__file__).resolve().parent
ASSETS = HERE.parent / "assets"

log_printable()
# Arrow's own pool keeps what a data set was unpacked into; this process lives for days.
pa.set_memory_pool(pa.system_memory_pool())
# And glibc would keep large arrays that were freed, in a heap for every visitor's thread.
libc = ctypes.CDLL(None)
if hasattr(libc, "mallopt"):
    for option, value in ((M_ARENA_MAX, 2), (M_MMAP_THRESHOLD, 2**17)):
        libc.mallopt(option, value)

st.set_page_config(
    page_icon=str(ASSETS / "icon.svg"),
    layout="wide",
    menu_items={"About": about()},
)
st.html(HERE / "style.css")
st.logo(str(ASSETS / "logo.svg"), size="large", icon_image=str(ASSETS / "icon.svg"))
login.require()

PAGES = {
    "home": (":material/home:", "Overview and active jobs."),
    "reproduce": (":material/school:", "The dissertation, step by step: learn by doing."),
    "data": (":material/table_chart:", "Explore, choose, upload or simulate data."),
    "train": (":material/model_training:", "Train a network and watch it."),
    "tune": (":material/tune:", "Search for the best hyperparameters."),
    "evaluate": (":material/query_stats:", "Evaluate a trained network."),
    "compare": (":material/compare_arrows:", "Compare several networks."),
    "runs": (":material/folder_copy:", "Name, archive, share and delete runs."),
    "predict": (":material/online_prediction:", "Redshifts for your own spectra."),
}
pages = [
    st.Page(
        HERE / "views" / f"{path}.py", title=path.capitalize(), icon=icon, help=about, url_path=path
    )
    for path, (icon, about) in PAGES.items()
]
page = st.navigation(pages)
if page.url_path != "data":
    state.forget_upload()
if page.url_path != "predict":
    state.set_prediction_aside()


def show_dataset_in_use() -> None:
    """Choose the data set that every screen works on, and say what it is."""
    entries = state.datasets()
    if not entries:
        state.say_damaged(st.query_params.get_all(state.DATA_KEY), "data set")
        st.caption("No data set yet. Upload or simulate one on the Data screen.")
        return
    card = state.choose_dataset(entries).card
    st.markdown(f"{origin_badge(card.origin)} :small[{n_of(card.n_galaxies, 'galaxy')}]")


with st.sidebar, errors_shown():
    show_dataset_in_use()

with errors_shown():
    page.run()

show_damaged(state.damaged())
one_theme.share(PAGES)
history.keep_short()
store.spare_what_was_imported(len(sys.modules))
idle.watch_visitors()
