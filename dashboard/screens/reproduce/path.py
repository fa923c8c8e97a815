"""The steps of the path: which one is shown, what it teaches, the way to the next."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.report import Document, Table, to_markdown
from core.reproduction import Step
from dashboard.screens.reproduce import to_top
from dashboard.shared.downloads import download_quietly
from dashboard.shared.messages import plain
from dashboard.shared.state import check_address
from dashboard.shared.ways import A_SAMPLE, STEP_KEY, TRY_KEY, link

_IN_ADDRESS, _LAST = "step_in_address", "step_last"


def choose(steps: Sequence[Step]) -> Step:
    """Draw the choice of a step, whose title is in the page's address, and return it.

    An address without one, as the sidebar's, means the step that was shown when one left the page.
    It isn't bound to the address: each step is then an entry of the browser's history.
    """
    by_title = {step.title: step for step in steps}
    first, kept = steps[0].title, st.session_state
    asked = st.query_params.get(STEP_KEY)
    if STEP_KEY not in kept or asked != kept.get(_IN_ADDRESS):
        check_address(STEP_KEY, list(by_title), "step")
        usual = kept.get(_LAST, first) if STEP_KEY not in kept and asked is None else first
        kept[STEP_KEY] = asked if asked in by_title else usual
    title = st.segmented_control(
        "Step", list(by_title), key=STEP_KEY, required=True, label_visibility="collapsed"
    )
    assert title is not None, "one is always chosen"
    if title != (asked or first):
        st.query_params[STEP_KEY] = title
    kept[_IN_ADDRESS], kept[_LAST] = st.query_params.get(STEP_KEY), title
    return by_title[title]


def show_head(step: Step) -> None:
    """Draw which figures and tables these are, and what to see."""
    st.header(f"{step.shown_in}: {step.title}", anchor=False)
    st.markdown(plain(step.look))


def show_lessons(step: Step) -> None:
    """Draw the explanations, side by side."""
    for column, (title, words) in zip(
        st.columns(len(step.lessons), gap="medium"), step.lessons, strict=True
    ):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{plain(title)}**")
            st.markdown(plain(words))


def show_ways_on(steps: Sequence[Step], step: Step) -> None:
    """Draw the buttons to the step before and the one after."""
    place = steps.index(step)
    if place + 1 == len(steps):
        _show_what_next()
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        before = steps[place - 1].title if place else "Back"
        st.button(
            before,
            icon=":material/arrow_back:",
            key="step_back",
            disabled=not place,
            on_click=_go,
            args=(steps[max(place - 1, 0)],),
        )
        if place + 1 < len(steps):
            st.button(
                f"Next: {steps[place + 1].title}",
                icon=":material/arrow_forward:",
                icon_position="right",
                key="step_on",
                on_click=_go,
                args=(steps[place + 1],),
            )
    to_top.draw()


def _show_what_next() -> None:
    """Draw where to go when all steps are done."""
    st.markdown("**You have been through the dissertation. What next?**")
    with st.container(horizontal=True):
        link("predict", "Predict the redshifts of a sample", **{TRY_KEY: A_SAMPLE})
        link("data", "Bring galaxies of your own", section="Add data")
        link("compare", "Compare runs on the same galaxies")
        link("tune", "Search for better settings")


def show_beside(table: Table, alt: str, name: str) -> None:
    """Draw a table of published numbers with ours beside them, and its download."""
    drawn = pd.DataFrame(list(table.rows), columns=list(table.header))
    # Not a table to sort: this one breaks long texts into lines and cuts none.
    st.table(drawn.map(plain), border="horizontal", hide_index=True, alt=alt)
    # As the text that it is: its cells hold ranges, units and words. What are numbers, Data and
    # Evaluate offer to the last digit.
    text = to_markdown(Document(alt, (table,), ()))
    label, key = "Table (Markdown)", f"download-{name}"
    download_quietly(label, text, f"{name}.md", "text/markdown", key)


def _go(step: Step) -> None:
    st.session_state[STEP_KEY] = step.title
    to_top.ask()
