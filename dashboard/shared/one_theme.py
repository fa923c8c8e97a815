"""One choice of light or dark for every page.

Streamlit 1.67 keeps it in the browser under the path of the page that was loaded, and reads it
there alone: it was forgotten on a reload and at every other address. Here it is copied to all
pages' paths as one leaves the page. Where Streamlit keeps it elsewhere, nothing is copied.

And the script runs anew where the page turns light or dark: figures of Plotly's have the ink of
the page that they were drawn for.
"""

from collections.abc import Iterable

import streamlit as st

_JS = """
function share() {
  const { loaded, pages } = window.xpzTheme
  const own = `stActiveTheme-${loaded}-v`
  try {
    const key = Object.keys(localStorage).find((each) => each.startsWith(own))
    if (key === undefined) return
    const version = key.slice(own.length)
    const base = loaded.replace(/[^/]*$/, "")
    for (const page of pages) {
      localStorage.setItem(`stActiveTheme-${base}${page}-v${version}`, localStorage.getItem(key))
    }
  } catch {
    // A browser that keeps nothing.
  }
}

function watch() {
  const app = document.querySelector("[data-testid=stApp]")
  const scheme = () => getComputedStyle(app).colorScheme
  let shown = scheme()
  new MutationObserver(() => {
    if (scheme() === shown) return
    shown = scheme()
    window.xpzTheme.tell("scheme", shown)
  }).observe(app, { attributeFilter: ["class"] })
}

export default function ({ data, setStateValue }) {
  if (window.xpzTheme) {
    window.xpzTheme.tell = setStateValue
    return
  }
  window.xpzTheme = { loaded: location.pathname, pages: data, tell: setStateValue }
  watch()
  window.addEventListener("pagehide", share)
  document.addEventListener("visibilitychange", share)
}
"""

_component = st.components.v2.component("one_theme", html="<span></span>", js=_JS)


def share(paths: Iterable[str]) -> None:
    """Have the browser keep the choice for the pages of these paths, the first one at the root."""
    _, *others = paths
    _component(key="one_theme", data=["", *others])
