"""The choice of a logarithmic axis, which values below 0 cannot have."""

from collections.abc import Iterable

import numpy as np
import streamlit as st

NO_LOGARITHM = (
    "Some of these values are 0 or below, as a loss that is a log-likelihood is: they have no "
    "logarithm."
)


def log_toggle(values: Iterable[np.ndarray], key: str, label: str = "Logarithmic") -> bool:
    """Draw the choice for an axis of these values; disabled, with the reason, if any has none."""
    possible = all((np.asarray(each)[np.isfinite(each)] > 0).all() for each in values)
    asked = st.toggle(
        label,
        key=key,
        persist_state="session",
        disabled=not possible,
        help=None if possible else NO_LOGARITHM,
    )
    return bool(asked and possible)
