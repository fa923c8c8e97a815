"""What the forms of jobs share: whole numbers, split of the data, device, name."""

from typing import Any

import streamlit as st

from core.data import DatasetEntry, SplitConfig
from core.jobs import list_devices
from dashboard.shared.messages import plain


def whole(
    label: str, key: str, value: int, low: int = 0, high: int | None = None, **how: Any
) -> int:
    """Draw the field of a whole number, kept for the session, and return the number."""
    kept = {"persist_state": "session", **how}
    return int(st.number_input(label, low, high, value, step=1, key=key, **kept))


def job_form(entry: DatasetEntry, default_name: str, name_key: str) -> tuple[SplitConfig, str, str]:
    """Draw data, split, device (kept for all jobs alike) and name; return the last three."""
    st.markdown(
        f"**Data, split and device** :small[:gray[{plain(entry.card.name)}, "
        f"{entry.card.n_galaxies:,} galaxies]]"
    )
    first, second, third = st.columns(3)
    with first:
        what = "Held out: the run is evaluated on this part only."
        test = whole("Test part [%]", "split_test", 10, 1, 90, help=what)
    with second:
        what = "Share of the rest after the test part; decides which epoch is kept."
        validation = whole("Validation part [%]", "split_validation", 30, 1, 90, help=what)
    with third:
        what = "Parts are drawn by a hash of the source id: the same seed gives the same parts."
        seed = whole("Split seed", "split_seed", 0, help=what)
    devices = {device.id: device.label for device in list_devices()}
    first, second = st.columns([2, 1])
    with first:
        device = st.selectbox(
            "Device",
            ["auto", *devices],
            format_func=lambda each: devices.get(each, "Automatic: a free GPU, else the CPU"),
            key="device",
            persist_state="session",
        )
    with second:
        name = st.text_input(
            "Name (optional)",
            placeholder=default_name,
            max_chars=40,
            key=name_key,
            persist_state="session",
        )
    split = SplitConfig(test_fraction=test / 100, validation_fraction=validation / 100, seed=seed)
    return split, name.strip() or default_name, str(device)
