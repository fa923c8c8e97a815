"""The way to the top of a step: the buttons to the next one stand at the foot of the page."""

import streamlit as st

_JS = """
let last

export default function ({ data }) {
  if (last !== undefined && data > last) {
    document.querySelector("[data-testid=stMain]")?.scrollTo({ top: 0 })
  }
  last = data
}
"""

_component = st.components.v2.component("to_top", html="<span></span>", js=_JS)
_MOVES = "step_moves"


def ask() -> None:
    """Have the page begin at its top when it is drawn next."""
    st.session_state[_MOVES] = st.session_state.get(_MOVES, 0) + 1


def draw() -> None:
    """Go to the top of the page if that was asked for since it was last drawn."""
    _component(key="step_to_top", data=st.session_state.get(_MOVES, 0))
