"""The account of what was read, as a table that can be opened."""

import streamlit as st

from core.data import Account
from dashboard.shared.messages import plain, with_code


def show_account(account: Account) -> None:
    """Draw what became of all files, rows and ids, and what was left aside or refused."""
    with st.popover(f"{account.rows:,} {account.what} read", icon=":material/checklist:"):
        st.table(
            {plain(words): f"{n:,}" for words, n in account.counts().items()},
            border="horizontal",
            alt="How many files, rows and ids were read, used and left out",
        )
        if account.release:
            st.caption(f"Release of the ids: {account.release}")
        for line in (*account.lines_on_rows(), *account.sentences()):
            st.caption(with_code(line))


def left_out(account: Account, whose: str = "") -> dict[str, str]:
    """Say how many rows of a file do not go on, why, and which are the first of them.

    The reasons are Markdown, the rest is not yet.
    """
    return {
        f"Left out: {plain(reason)}{whose}": f"{n:,}"
        + (f" ({named})" if (named := account.named_rows(reason)) else "")
        for reason, n in account.left_out.items()
    }
