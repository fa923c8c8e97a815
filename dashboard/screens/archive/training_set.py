"""A fetch made a data set to train with: redshifts given, matched on the sky, joined, used."""

import streamlit as st

from core.amounts import n_of
from core.data import (
    Account,
    Build,
    FetchJob,
    Match,
    build_of,
    datasets_folder,
    match_of,
    start_build,
)
from core.runs import MAX_NAME
from dashboard.screens.archive import redshift_table, steps
from dashboard.screens.data import store
from dashboard.shared import state
from dashboard.shared.account import show_account
from dashboard.shared.chooser import IN_USE
from dashboard.shared.job_form import too_long
from dashboard.shared.messages import errors_shown, plain
from dashboard.shared.number_field import tell_wrong
from dashboard.shared.ways import link

BUILDS = "builds"
"""Of session and address, which a reload keeps: the fetch whose data set is used once built."""


def show(fetch: FetchJob) -> None:
    """Draw the steps: the table of redshifts, the match, the data set, the training."""
    st.markdown("**Make a training set**")
    if not state.is_own(fetch):
        return
    match, build = match_of(fetch), build_of(fetch)
    at_work = _is_at_work(match, build)
    with errors_shown(redshift_table.in_words):
        redshift_table.show(fetch, possible=not at_work)
    with errors_shown():
        if steps.show(match, "match", redshift_table.in_words):
            _show_accounts("Matched", match.accounts())
            _offer(match, possible=not at_work)
    with errors_shown():
        if steps.show(build, "build", redshift_table.in_words):
            _show_built(build)
    if at_work and not _is_at_work(match, build):
        st.rerun()  # it ended while this was drawn, with buttons that nobody would wake


def _is_at_work(*jobs: Match | Build) -> bool:
    return any(job.exists and job.is_active for job in jobs)


def _offer(match: Match, *, possible: bool) -> None:
    """Draw the name of the data set, and what builds it."""
    fetch = match.fetch
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name of the data set",
            fetch.config.title[:MAX_NAME],
            key=f"archive_name_{fetch.id}",
            persist_state="session",
            width=380,
        )
        wrong = too_long(store.as_kept(name))
        if st.button(
            "Build the data set",
            type="primary",
            icon=":material/dataset:",
            key="archive_build",
            disabled=not possible or bool(wrong),
        ):
            stem = store.free_name(store.safe_name(name))
            start_build(fetch, datasets_folder(), stem, store.as_kept(name) or stem)
            st.session_state[BUILDS] = st.query_params[BUILDS] = fetch.id
            st.rerun()
    if wrong:
        tell_wrong("Name of the data set", wrong)
    elif told := store.of_taken(name):
        st.caption(plain(told))


def _show_built(build: Build) -> None:
    """Draw what was built, and where it leads."""
    name = build.dataset().stem
    if name not in state.datasets():
        st.caption("The data set that was built of it has been deleted.")
        return
    if build.fetch.id in (st.session_state.get(BUILDS), st.query_params.get(BUILDS)):
        st.session_state.pop(BUILDS, None)
        st.query_params.pop(BUILDS, None)
        state.use_dataset(name)
    called = state.dataset_names(state.datasets())[name]
    _show_accounts(f"Data set {plain(called)}", build.accounts())
    if st.session_state.get(state.DATA_KEY) != name:
        # A link alone would not: the sidebar's choice outlives what an address says.
        if st.button("Use it", icon=":material/dataset:", key="archive_use"):
            state.use_dataset(name)
        return
    with st.container(horizontal=True):
        link("train", "Train with it", **{state.DATA_KEY: name})
        link("evaluate", "Judge a run on it", **{state.DATA_KEY: name, "on": IN_USE})


def _show_accounts(what: str, accounts: tuple[Account, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/check: **{plain(what)}**: {n_of(accounts[0].used, 'galaxy')}")
        for account in accounts:
            show_account(account)
