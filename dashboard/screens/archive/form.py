"""The form of a new fetch: what will be asked, of whom, how much it is; then the start."""

import importlib
import os
import sys
import threading
from dataclasses import replace

import streamlit as st

from core import amounts
from core.data import (
    BYTES_PER_SPECTRUM,
    SERVICES,
    SPECTRA_PER_MINUTE,
    ArchiveConfig,
    Question,
    ask,
    count_sources,
    expect_fetch,
    in_kept_names,
    known_bases,
    start_fetch,
)
from core.runs import runs_folder
from dashboard.screens.archive import wanted
from dashboard.screens.archive.wanted import Wanted
from dashboard.screens.archive.words import in_words
from dashboard.screens.predict import folder
from dashboard.shared.chooser import Choice
from dashboard.shared.messages import code, errors_shown
from dashboard.shared.start_button import StartButton

FETCH = Choice("fetch")
OPENS = "archive_opens"
"""Of the session: the fetch that Predict opens once it is done, and whether by a click."""

OPEN_BY_ITSELF = 50
"""Sources of a fetch that opens as soon as it is done, where it was started."""

CHUNK = 500
"""Spectra of one request: each answer moves the bar, and what has come is kept."""

BUTTON = StartButton("fetch", str)
_COUNTED, _PREPARED = "archive_counted", "archive_prepared"

_UNASKED = (
    " Tables and columns are named as in DR3, with the release's number; the archive's own names "
    "are asked first."
)

ANOTHER = "Another address"
SERVICE = {"esa": "ESA", "ari": "ARI Heidelberg", "aip": "AIP Potsdam", "gavo": "GAVO"}


def show() -> None:
    """Draw the form; a fetch that was started is shown next."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        way, release = wanted.choose_way(), wanted.choose_release()
        asked = _service()
    found = wanted.choose(way, release)
    question = None
    if found is not None and asked is not None:
        with errors_shown():
            question = ask(**found.asked, release=found.release)
    if found is not None and asked is not None and question is not None:
        _preview(question, asked, found.asked.get("galaxies"))
        _prepare(question)
    starting = BUTTON.draw(possible=question is not None)
    BUTTON.show_refusal()
    if starting and found is not None and asked is not None:
        BUTTON.start(lambda: _start(found, asked))


def _service() -> ArchiveConfig | None:
    """Draw the choice of the archive; none where the server was started for one of them.

    None as long as the address of another one is to be given. Raises a `ConfigError` if it is none.
    """
    usual = ArchiveConfig(chunk=CHUNK)
    if named := os.environ.get("XPZ_ARCHIVE"):
        return replace(usual, server=named)
    # Whoever names addresses has the server ask them: that is for those who sit at it.
    others = [ANOTHER] if folder.is_at_home() else []
    chosen = st.selectbox(
        "Archive",
        [*SERVICES, *others],
        key="archive_service",
        persist_state="session",
        format_func=lambda name: SERVICE.get(name, name),
        width=170,
        help="ESA's own, or one of the servers that hold its tables too. Not all have the spectra: "
        "`xpz archive check` tells what one offers.",
    )
    if chosen != ANOTHER:
        return replace(usual, server=SERVICES[chosen])
    address = st.text_input(
        "Address",
        placeholder="https://gaia.example.org/tap",
        key="archive_address",
        persist_state="session",
        width=300,
        help="Of a TAP service (https://.../tap), or of a server laid out as ESA's, with "
        "tap-server/tap and data-server/data below it.",
    ).strip()
    return replace(usual, server=address) if address else None


def _start(found: Wanted, asked: ArchiveConfig) -> None:
    job = start_fetch(runs_folder(), found.title, asked, release=found.release, **found.asked)
    FETCH.show_next(job.id)
    st.session_state[OPENS] = job.id, False


def _prepare(question: Question) -> None:
    """While people read what will be asked, import what takes longer than asking for a few.

    Here what reading spectra takes, in a process of its own what a fetch takes: a second or two
    of both. Once a question: when it was asked, nothing is to take the CPU from its answer.
    """
    if question.ids is None or len(question.ids) > OPEN_BY_ITSELF:
        return
    asked = tuple(question.ids.tolist())
    if st.session_state.get(_PREPARED) == asked:
        return
    st.session_state[_PREPARED] = asked
    expect_fetch()
    if "onnxruntime" not in sys.modules:
        threading.Thread(target=_import, daemon=True).start()


def _import() -> None:
    known_bases("")
    importlib.import_module("onnxruntime")


def _preview(question: Question, asked: ArchiveConfig, n_galaxies: int | None) -> None:
    """Say what will be asked and of whom, and how much comes; counting it asks the archive."""
    host = code(asked.server)
    with st.expander(f"What is asked of {host}", icon=":material/visibility:"):
        known = in_kept_names(question, asked.service)
        st.code(question.adql if known is None else known, language="sql", wrap_lines=True)
        st.caption(
            "Then the XP spectra of the sources found, by DataLink, "
            f"{asked.chunk:,} at a time. Nothing is sent before you press a button here."
            + _UNASKED
            * (known is None)
        )
    n: int | None
    if question.ids is not None:
        n = len(question.ids)
        words = amounts.n_of(n, "source")
    elif n_galaxies is not None:
        n, words = n_galaxies, f"{amounts.n_of(n_galaxies, 'galaxy')} at most"
    else:
        n = _counted(question, asked)
        words = "" if n is None else f"{amounts.n_of(n, 'source')} found"
    if n is not None:
        st.markdown(f"**{words}**, {size(n)}, {span(n)}.")


def _counted(question: Question, asked: ArchiveConfig) -> int | None:
    """Return the number of sources, once the visitor has had the archive count them."""
    key = asked.server, question.release, question.adql
    counted: dict[tuple[str, ...], int] = st.session_state.setdefault(_COUNTED, {})
    if key not in counted and st.button(
        "Count the sources",
        icon=":material/tag:",
        key="archive_count",
        help=f"A quick query to {asked.server}.",
    ):
        with (
            errors_shown(in_words),
            st.spinner(f"Waiting for an answer from {asked.service.address}"),
        ):
            counted[key] = count_sources(question, asked)
            st.rerun()
    return counted.get(key)


def size(n: int) -> str:
    """Return how much the spectra of `n` sources are, for people."""
    return f"about {amounts.size(n * BYTES_PER_SPECTRUM)}"


def span(n: int) -> str:
    """Return how long the archive takes for `n` spectra, for people."""
    slow, fast = (60 * n / rate for rate in SPECTRA_PER_MINUTE)
    if slow <= 10:
        return "a few seconds"
    if slow <= 120:
        return "a minute or two at most"
    shortest, longest = map(amounts.duration, (fast, slow))
    return f"{shortest} to {longest} at the archive's usual pace"
