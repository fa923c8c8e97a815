"""Which column holds the source ids: told by the names, or named as `xpz predict --id` does."""

import streamlit as st

from dashboard.screens.predict.predicted import Intake


def asked(number: int) -> str | None:
    """Return the column that was chosen for the files of this field; None: the names tell it."""
    found: str | None = st.session_state.get(_key(number))
    return found


def choose(intake: Intake, number: int) -> None:
    """Draw the choice where there is one: a column beside that which the names tell, if any."""
    columns = dict.fromkeys(name for file in intake.files for name in file.may_be_ids)
    told = {file.recognised.get("source_id") for file in intake.served}
    if intake.id_column is None and columns.keys() <= told:
        return
    st.selectbox(
        "Column of the source ids",
        [None, *columns],
        format_func=lambda name: "Told by the names" if name is None else name,
        key=_key(number),
        width=320,
        help="Where the names of the columns do not tell it, or tell another one than you mean. "
        "Columns of whole numbers and of Gaia's designations are listed; `xpz predict --id` takes "
        "the same.",
    )


def _key(number: int) -> str:
    return f"predict-id-{number}"
