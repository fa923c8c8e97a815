"""The keys of the inspection: they belong to it from arrival, but while something is typed.

The browser gives the arrow keys to what was clicked last, here a tab, and they would leave the
section. A piece of script takes them first and presses the button that each stands for.
"""

import json

import streamlit as st

KEYS = {
    "ArrowLeft": "inspect_previous",
    "ArrowRight": "inspect_next",
    "l": "switch_lines",
    "L": "switch_lines",
    "Backspace": "quality_none",
    **{str(value): f"quality_{value}" for value in range(5)},
}
"""Each key, and the key of the button that it presses."""

COMMENT = "inspection_comment"
"""Of the place of the field for a comment, to which C leads."""

_HTML = """
<div id="keys" tabindex="-1">
  <span>Press <kbd>?</kbd> for the keys.</span>
  <dl hidden>
    <div><dt><kbd>0</kbd> to <kbd>4</kbd></dt><dd>quality of z_pred, then the next galaxy</dd></div>
    <div><dt><kbd>Backspace</kbd></dt><dd>takes the last quality back</dd></div>
    <div><dt><kbd>←</kbd> <kbd>→</kbd></dt><dd>previous and next galaxy</dd></div>
    <div><dt><kbd>L</kbd></dt><dd>moves the lines to the other redshift</dd></div>
    <div><dt><kbd>C</kbd></dt><dd>writes a comment</dd></div>
    <div><dt><kbd>Enter</kbd></dt><dd>saves the comment and gives the keys back</dd></div>
    <div><dt><kbd>?</kbd></dt><dd>hides this list</dd></div>
    <div><dd>Inspections of a run are shared by all who open it; the last one stays.</dd></div>
  </dl>
</div>
"""

_CSS = """
#keys { color: var(--st-text-color); font: 0.875rem var(--st-font); outline: none; }
dl { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0.25rem 0 0; }
dl[hidden] { display: none; }
dl > div { display: flex; gap: 0.5rem; }
dd { margin: 0; }
kbd {
  border: 1px solid var(--st-border-color); border-radius: 4px; padding: 0 0.35em;
  font: inherit; background: var(--st-secondary-background-color);
}
"""

_JS = (
    f"const BUTTONS = {json.dumps(KEYS)}\nconst COMMENT = '.st-key-{COMMENT} input'\n"
    + """
let listener = null

export default function ({ parentElement }) {
  const root = parentElement.querySelector("#keys")
  const list = root.querySelector("dl")

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = event.composedPath()[0]
    if (at.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, [contenteditable]")) {
      // What was typed is taken by the page first.
      if (event.key === "Enter" || event.key === "Escape") {
        setTimeout(() => { at.blur(); root.focus({ preventScroll: true }) })
      }
      return
    }
    if (event.key === "?") {
      list.hidden = !list.hidden
    } else if (event.key.toLowerCase() === "c") {
      const field = document.querySelector(COMMENT)
      if (!field) return
      field.focus()
      field.select()
    } else {
      const button = document.querySelector(`.st-key-${BUTTONS[event.key]} button`)
      if (!button) return
      if (!button.disabled) button.click()
    }
    event.preventDefault()
    event.stopImmediatePropagation()
  }

  window.removeEventListener("keydown", listener, true)
  listener = onKey
  window.addEventListener("keydown", onKey, true)
  if (!root.dataset.arrived) {
    root.dataset.arrived = "yes"
    root.focus({ preventScroll: true })
  }
  return () => window.removeEventListener("keydown", onKey, true)
}
"""
)

_component = st.components.v2.component("inspection_keys", html=_HTML, css=_CSS, js=_JS)


def take_keys() -> None:
    """Give the inspection the keyboard, and say how to see which keys there are."""
    _component(key="inspection_keys")
