"""Which column holds the source ids: told by the names, or named as `xpz predict --id` does."""

import streamlit as st

from dashboard.screens.predict.files import Intake

LABEL = "Column of the source ids"


def asked(number: int) -> str | None:
    """Return the column that was chosen for the files of this field; None: the names tell it."""
    found: str | None = st.session_state.get(_key(number))
    return found


def let_go(number: int) -> None:
    """Have the names tell the column again."""
    st.session_state.pop(_key(number), None)


def choose(intake: Intake, number: int) -> str | None:
    """Draw the choice where there is one: a column beside that which the names tell, if any.

    Returns what is chosen, as `asked` does.
    """
    columns = dict.fromkeys(name for file in intake.files for name in file.may_be_ids)
    told = {file.recognised.get("source_id") for file in intake.served}
    if intake.id_column is None and columns.keys() <= told:
        return None
    # Of an upload that was brought back the field is a new one.
    if intake.id_column in columns:
        st.session_state.setdefault(_key(number), intake.id_column)
    chosen: str | None = st.selectbox(
        LABEL,
        [None, *columns],
        format_func=lambda name: "Told by the names" if name is None else name,
        key=_key(number),
        width=320,
        help="Where the names of the columns do not tell it, or tell another one than you mean. "
        "Columns of whole numbers and of Gaia's designations are listed; `xpz predict --id` takes "
        "the same.",
    )
    return chosen


def _key(number: int) -> str:
    return f"predict-id-{number}"
