"""A quality and a comment for the galaxy that is inspected, and the way back.

Others may inspect the same run at the same time. What they gave a galaxy after it was shown here
is replaced, as the last look stays, but not without a word.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import XpzError
from core.inspection import MAX_COMMENT, QUALITIES, Inspection, InspectionFile
from dashboard.screens.evaluate.inspection_keys import COMMENT
from dashboard.screens.evaluate.queues import go
from dashboard.shared.messages import plain

_PROBLEM = "inspection_problem"
_REPLACED = "inspection_replaced"
_FILLED = "inspection_filled"
"""The field for a comment, and the comment that was stored when it was filled."""
_LAST = "inspection_last"
"""Of the galaxy graded last: its file, itself, the quality it had before, and what was given."""


def show_problem() -> None:
    """Draw why the last look could not be saved, if so."""
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(plain(problem), icon=":material/error:")


def show(file: InspectionFile, now: Inspection, done: pd.DataFrame, after: int) -> None:
    """Draw a button with a key for each quality, and the field for a comment.

    With a quality one comes to the galaxy `after`; `done` are all that were looked at.
    """
    replaced = st.session_state.pop(_REPLACED, [])
    for sentence in replaced:
        st.warning(plain(sentence), icon=":material/group:")
    known = done.loc[now.source_id] if now.source_id in done.index else None
    quality = _quality(done, now)
    field = f"comment-{now.data_hash[:12]}-{now.source_id}"
    comment = _fill(field, "" if known is None else str(known["comment"]))
    shown = {"quality": quality, "comment": comment}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for value, meaning in sorted(QUALITIES.items()):
            st.button(
                meaning.split(":")[0].capitalize(),
                shortcut=str(value),
                type="primary" if value == quality else "secondary",
                help=f"How sure are you of z_pred? {meaning.capitalize()}.",
                on_click=_save,
                args=(file, now, shown, value, field, after),
                key=f"quality_{value}",
            )
        last, before, given = _last(file, now, done)
        of = now if quality is not None and not (replaced and last) else last
        st.button(
            "Take back",
            shortcut="Backspace",
            disabled=of is None,
            help="Takes away the quality of this galaxy or, where it has none, the one given last. "
            "The galaxy graded last gets back the quality that it had before.",
            on_click=_take_back,
            args=(file, of, quality if of is now else given, before if of == last else None),
            key="quality_none",
        )
        # In a place of its own: the field's own name is another for each galaxy.
        with st.container(key=COMMENT, width="stretch"):
            st.text_input(
                "Comment",
                max_chars=MAX_COMMENT,
                key=field,
                on_change=_save_comment,
                args=(file, now, shown, field),
                placeholder="Comment (C), saved with Enter",
                label_visibility="collapsed",
            )


def graded(done: pd.DataFrame) -> pd.Index:
    """Return the galaxies that have a quality: a comment alone is no inspection."""
    return done.index[done["quality"].notna()]


def _quality(done: pd.DataFrame, of: Inspection) -> int | None:
    return int(done["quality"].loc[of.source_id]) if of.source_id in graded(done) else None


def _fill(field: str, stored: str) -> str:
    """Let the field hold the comment that is stored; return the one that it was filled with.

    They differ where the field holds what could not be saved, which stays.
    """
    place, filled = st.session_state.get(_FILLED, (field, stored))
    if place != field or st.session_state.get(field, filled) in (filled, stored):
        st.session_state[field] = filled = stored
    st.session_state[_FILLED] = field, filled
    return filled


def _save(
    file: InspectionFile,
    now: Inspection,
    shown: Mapping[str, Any],
    quality: int,
    field: str,
    after: int,
) -> None:
    """Keep a quality, and the comment where it was written here, and go on."""
    with _problems_kept():
        typed = st.session_state.get(field, shown["comment"])
        looks = {"quality": quality} | ({"comment": typed} if typed != shown["comment"] else {})
        former = file.save(now, **looks)
        st.session_state[_LAST] = file.path, now, former.quality, quality
        way = f"Take back (Backspace) brings {former.quality} back."
        _keep_replaced(former, shown, looks, way)
        go(after)


def _last(
    file: InspectionFile, now: Inspection, done: pd.DataFrame
) -> tuple[Inspection | None, int | None, int | None]:
    """Return the galaxy of this run and data that was graded last, if it still has a quality.

    And the quality that it had before, and the one that it was given.
    """
    path, last, before, given = st.session_state.get(_LAST, (None, None, None, None))
    if last is None or path != file.path or last.data_hash != now.data_hash:
        return None, None, None
    return (last, before, given) if last.source_id in graded(done) else (None, None, None)


def _take_back(file: InspectionFile, of: Inspection, shown: int | None, before: int | None) -> None:
    """Give a galaxy the quality that it had before, keep its comment, and show it again."""
    with _problems_kept():
        former = file.save(of, quality=before)
        st.session_state.pop(_LAST, None)
        way = f"Key {former.quality} gives it again."
        _keep_replaced(former, {"quality": shown}, {"quality": before}, way)
        go(of.source_id)


def _save_comment(
    file: InspectionFile, now: Inspection, shown: Mapping[str, Any], field: str
) -> None:
    with _problems_kept():
        # A click on a quality leaves the field as well: which comes first is not known.
        looks = {"comment": st.session_state[field]}
        _keep_replaced(file.save(now, **looks), shown, looks)


def _keep_replaced(
    former: Inspection, shown: Mapping[str, Any], looks: Mapping[str, Any], way: str = ""
) -> None:
    """Keep for the page what others gave that was not `shown` and is no more, and the way back."""
    since = f"given to source {former.source_id} since it was shown here,"
    for what, new in looks.items():
        was = getattr(former, what)
        if was in (None, "", shown[what], new):
            continue
        then = "was taken away" if new in (None, "") else "was replaced"
        told = (
            f"Quality {was}, {since} {then}{'' if new is None else f' by {new}'}. {way}"
            if what == "quality"
            else f"A comment, {since} {then}. It was: {was}"
        )
        st.session_state.setdefault(_REPLACED, []).append(told)


@contextlib.contextmanager
def _problems_kept() -> Iterator[None]:
    """Keep what goes wrong in a callback for the page, which is drawn after it."""
    try:
        yield
    except XpzError as error:
        st.session_state[_PROBLEM] = str(error)
