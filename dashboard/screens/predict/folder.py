"""A folder on this machine, predicted by a job: started, watched, stopped, and gone on with."""

import streamlit as st

from core.amounts import n_of
from core.jobs import resume
from core.prediction import BOX, of_intervals
from core.runs import Run, runs_folder
from core.scale import CatalogueJob, CatalogueStatus, list_catalogues, start
from dashboard.screens.predict.choices import Choices
from dashboard.shared import state, store
from dashboard.shared.chooser import STATE_BADGES
from dashboard.shared.live_job import cancel_button, watch
from dashboard.shared.messages import code, plain, show_notices, with_code
from dashboard.shared.options import with_fields
from dashboard.shared.shown import show_log
from dashboard.shared.start_button import StartButton

FIELDS = {
    "recursive": "Folders in it, too",
    "hats": "HATS catalogue",
    "pz": "Keep p(z)",
    "retry-failed": "Read failed files again",
}
"""What this screen calls the command's options."""


def in_words(message: str) -> str:
    """Return a message with this screen's fields and buttons in place of the command's options."""
    return with_fields(message.replace("anew with --overwrite", "a new catalogue"), FIELDS)


_BUTTON = StartButton("catalogue", in_words)


def show(run: Run, choices: Choices) -> None:
    """Draw the form of a new catalogue, and the catalogues at hand; nothing for other machines.

    Who names files here has the server read them: that is for those who sit at it.
    """
    if not is_at_home():
        return
    jobs = {job.id: job for job in list_catalogues(runs_folder())}
    with st.container(border=True, key="folder"):
        _form(run, choices)
        if jobs:
            _monitor(jobs)


def is_at_work() -> bool:
    """Whether a catalogue is being made."""
    return any(job.is_active for job in list_catalogues(runs_folder()))


def is_at_home() -> bool:
    """Whether the visitor's browser runs on the machine of the server, and through no proxy.

    A proxy need not say that it is one: it is told by the host as well, which is that of its own.
    """
    headers = st.context.headers
    by_proxy = {"X-Forwarded-For", "X-Real-Ip", "Forwarded"} & {*headers}
    host = headers.get("Host", "").partition(":")[0].lower()
    return st.context.ip_address is None and not by_proxy and host in ("127.0.0.1", "localhost")


def _form(run: Run, choices: Choices) -> None:
    st.caption(
        "For files of any number and size: they are read where they lie, in a process of its own, "
        "one worker a core. Close the browser: it goes on. `xpz predict --out FOLDER/` does the "
        "same, on a cluster too."
    )
    source = st.text_input(
        "Files or folder",
        placeholder="/data/gaia/xp_continuous or /data/gaia/*.csv.gz",
        key="folder_source",
        persist_state="session",
    )
    has_densities = run.config.recipe.network.head == "mixture" and run.calibration_path.is_file()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        recursive = st.checkbox(FIELDS["recursive"], key="folder_recursive")
        densities = st.checkbox(FIELDS["pz"], key="folder_pz", disabled=not has_densities)
        hats = st.checkbox(FIELDS["hats"], key="folder_hats", help="Which LSDB opens.")
        other = st.checkbox(
            BOX,
            key="folder_other",
            help="Files of another release of Gaia, or other bases, than the run's are refused "
            "unless this is ticked; then each source is flagged OTHER_INSTRUMENT.",
        )
    if choices.prior.kind == "table":
        st.info("A prior of your own goes with the command alone: `xpz predict --prior FILE`.")
    show_notices(of_intervals(run, store.calibration(run), choices.prior))
    possible = bool(source.strip()) and choices.prior.kind != "table"
    starting = _BUTTON.draw(possible=possible)
    _BUTTON.show_refusal()
    if starting:
        asked = {
            "recursive": recursive,
            "with_densities": densities and has_densities,
            "hats": hats,
            "other_instrument": other,
            "answer": choices.answer,
            "prior": choices.prior.kind,
            "prior_cap": choices.prior.cap,
        }
        _BUTTON.start(lambda: _started(run, source.strip(), asked))


def _started(run: Run, source: str, asked: dict) -> None:
    # The box of catalogues shows it.
    st.session_state["folder_job"] = start(runs_folder(), run, [source], **asked).id


def _monitor(jobs: dict[str, CatalogueJob]) -> None:
    """Draw the chosen catalogue; while it is made, what moves is drawn anew every second."""
    name = st.selectbox("Catalogue", list(jobs), key="folder_job")
    job = jobs[name]
    status = job.status()
    with st.container(horizontal=True):
        _buttons(job, status)
    if status.is_active:
        watch(job, _progress, status.state)
    else:
        _progress(job, status)


def _buttons(job: CatalogueJob, status: CatalogueStatus) -> None:
    if not state.is_own(job):
        return
    if status.is_active:
        kept = "What is finished is kept whole; Resume goes on from there."
        cancel_button(job, "folder_cancel", kept)
        return
    if status.state != "done" and st.button(
        "Resume", icon=":material/resume:", help="What is finished is not done again."
    ):
        resume(job)
        st.rerun()
    if job.failed_path.is_file() and st.button(FIELDS["retry-failed"], icon=":material/replay:"):
        resume(job, job.retry_path.touch)
        st.rerun()


def _progress(job: CatalogueJob, status: CatalogueStatus) -> None:
    """Draw how far it is, the files that failed, and where the catalogue lies."""
    st.markdown(f"{STATE_BADGES[status.state]} :small[{plain(', '.join(job.config.sources))}]")
    if status.is_active:
        st.progress(status.fraction, text=plain(status.words()))
    elif status.state == "done":
        files = n_of(status.files, "file")
        st.markdown(plain(f"{files}: {status.message}"))
    elif status.state == "cancelled":
        st.info(plain(status.message), icon=":material/cancel:")
    else:
        st.error(with_code(in_words(status.message)), icon=":material/error:")
    if job.catalogue.is_dir():
        what = "Parts so far" if status.is_active else "Catalogue, a data set of Parquet files"
        st.markdown(f"{what}: {code(str(job.catalogue))}")
    for path, what in ((job.densities, "p(z)"), (job.hats, "HATS")):
        if path.is_dir():
            st.markdown(f"{what}: {code(str(path))}")
    if job.failed_path.is_file():
        st.download_button(
            "Files that failed, and why",
            job.failed_path.read_bytes(),
            f"{job.id}-failed.csv",
            "text/csv",
            icon=":material/download:",
        )
    show_log("Log of the catalogue's process", job.log(tail=100))
