"""The account of what was read, as a table that can be opened."""

import pandas as pd
import streamlit as st

from core.data import Account
from dashboard.shared.messages import with_code
from dashboard.shared.shown import NUMBER, show_table


def show_account(account: Account) -> None:
    """Draw what became of all files, rows and ids, and what was left aside."""
    with st.expander(f"Account: {account.rows:,} {account.what} read", icon=":material/checklist:"):
        show_table(
            pd.DataFrame({"what": account.counts().keys(), "n": account.counts().values()}),
            None,
            "How many files, rows and ids were read, used and left out",
            column_config={"what": "What", "n": NUMBER("Number", format="localized")},
        )
        if account.release:
            st.caption(f"Release of the ids: {account.release}")
        for line in account.left_aside:
            st.caption(with_code(line))
