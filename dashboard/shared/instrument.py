"""Spectra of another instrument than the run's: refused on the screens, unless one insists."""

from collections.abc import Callable

import streamlit as st

from core.prediction import BOX, Expected, OtherInstrumentError
from core.runs import Run
from dashboard.shared import store
from dashboard.shared.chooser import show_next
from dashboard.shared.messages import plain, with_code


def insists(
    run: Run, check: Callable[[Expected], object], better: Run | None = None
) -> bool | None:
    """Return whether a visitor wants spectra predicted that are of another instrument.

    `check` asks about them as `Expected.check` does. False where they are of the run's; where they
    are not, the refusal and the box to insist with are drawn, and it is None until that is ticked.
    `better` is a run that knows them, if there is one: it is offered.
    """
    try:
        check(store.expected(run))
    except OtherInstrumentError as error:
        place = st.container()
        if better is not None and better != run:
            place.button(
                f"Take {plain(better.title)}, which knows them",
                icon=":material/swap_horiz:",
                type="primary",
                on_click=show_next,
                args=(better,),
                key="better_run",
            )
        ticked = st.checkbox(BOX, key="other_instrument", help="Each is flagged in the catalogue.")
        place.error(with_code(error.on_screens or error), icon=":material/block:")
        return True if ticked else None
    return False
