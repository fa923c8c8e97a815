"""One entry of the browser's history for each thing that a visitor does.

Streamlit 1.67 makes several where a screen is left: the address of that screen without its choices,
the next screen's, and that again with what its script writes into it. The way back would lead
through all of them. Here the first is an entry, and those that follow by themselves take its place.
"""

import streamlit as st

_JS = """
const ACTS = ["click", "keydown", "pointerup", "drop"]

export default function () {
  if (window.xpzHistory) return
  window.xpzHistory = true
  const push = history.pushState
  let acted = false
  for (const act of ACTS) window.addEventListener(act, () => { acted = true }, true)
  window.addEventListener("popstate", () => { acted = false }, true)
  history.pushState = function (...entry) {
    if (acted) push.apply(this, entry)
    else this.replaceState(...entry)
    acted = false
  }
}
"""

_component = st.components.v2.component("history", html="<span></span>", js=_JS)


def keep_short() -> None:
    """Have the browser keep one entry for each thing that its visitor does."""
    _component(key="history")
