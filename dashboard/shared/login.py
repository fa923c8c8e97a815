"""Who may see the dashboard, where its secrets name a service that knows people (OIDC)."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

import streamlit as st

from dashboard.shared.messages import plain

SETUP = "docs/security.md says how to set it up."


def require() -> None:
    """Stop the page here unless nobody need log in, or somebody has who may.

    With a section `[auth]` in Streamlit's secrets everybody must; `[xpz] allowed` names the
    email addresses, in which `*` stands for anything.
    """
    if not st.secrets.load_if_toml_exists() or "auth" not in st.secrets:
        return
    if not st.user.get("is_logged_in", False):
        st.title("xpz")
        st.button("Log in", on_click=st.login, key="login", type="primary")
        st.stop()
    address = str(st.user.get("email") or "")
    allowed = st.secrets.get("xpz", {}).get("allowed", ())
    if not st.user.get("email_verified", True) or not is_allowed(address, allowed):
        st.error(
            f"{plain(address or 'This account')} may not use this dashboard. Ask whoever runs it "
            f"to add the address to `allowed`; {SETUP}",
            icon=":material/error:",
        )
        st.button("Log out", on_click=st.logout, key="logout")
        st.stop()
    with st.sidebar:
        st.button("Log out", on_click=st.logout, key="logout", help=plain(address))


def is_allowed(address: str, allowed: Iterable[str]) -> bool:
    """Return whether an email address is one of those; no address never is."""
    # Somebody may write a text where a list belongs, whose first letter could be a `*`.
    patterns = [allowed] if isinstance(allowed, str) else allowed
    return bool(address) and any(
        fnmatchcase(address.lower(), str(pattern).lower()) for pattern in patterns
    )
