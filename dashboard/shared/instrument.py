"""Spectra of another instrument than the run's: refused on the screens, unless one insists."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.amounts import n_of
from core.prediction import BOX, Expected, OtherInstrumentError
from core.runs import Run
from dashboard.shared import store
from dashboard.shared.chooser import show_next
from dashboard.shared.messages import plain, with_code

LISTED = 5
"""Files that are refused which are shown without scrolling."""


def insists(run: Run, check: Callable[[Expected], object]) -> bool | None:
    """Return whether a visitor wants spectra predicted that are of another instrument.

    `check` asks about them as `Expected.check` does. False where they are of the run's; where they
    are not, the refusal and the box to insist with are drawn, and it is None until that is ticked.
    """
    try:
        check(store.expected(run))
    except OtherInstrumentError as error:
        return True if insist([error]) else None
    return False


def insist(
    refusals: Sequence[OtherInstrumentError],
    n_files: int = 1,
    n_others: int = 0,
    better: Run | None = None,
) -> bool:
    """Draw why files, out of `n_files`, are refused, and the box; return whether it is ticked.

    `n_others` of the files can be used; the rest may be refused for other reasons.
    `better` is a run that knows all spectra, if there is one: it is offered.
    """
    place = st.container()
    if better is not None:
        place.button(
            f"Take {plain(better.title)}, which knows them",
            icon=":material/swap_horiz:",
            type="primary",
            on_click=show_next,
            args=(better,),
            key="better_run",
        )
    ticked = st.checkbox(BOX, key="other_instrument", help="Each is flagged in the catalogue.")
    n, ways = len(refusals), with_code(refusals[0].ways_on_screens)
    refused = ""
    if n_others and not ticked:
        verb = "is" if n == 1 else "are"
        refused = f"**{n_of(n, 'file')} of {n_files} {verb} refused**; {n_others} can be used."
    facts = [with_code(error.facts) for error in refusals]
    words = f"{facts[0]} {ways}"
    if refused or n > 1:
        words = "\n\n".join([refused, "\n".join(f"- {each}" for each in facts), ways])
    with place.container(height=300 if n > LISTED else "content", border=False):
        st.error(words, icon=":material/block:")
    return ticked
