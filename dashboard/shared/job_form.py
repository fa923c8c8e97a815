"""What the forms of jobs share: split of the data, device, name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.amounts import n_of
from core.data import SPLIT_LABELS, DatasetEntry, SplitConfig
from core.jobs import list_devices
from core.runs import MAX_NAME
from dashboard.shared import state
from dashboard.shared.messages import plain
from dashboard.shared.number_field import forget_number, number_field, tell_wrong
from dashboard.shared.workers import show_workers


@dataclass(frozen=True)
class Asked:
    """How a job is asked for: the split of its data, its name, and where it is to work."""

    split: SplitConfig
    name: str
    device: str
    to_workers: bool  # whether it is left to a worker


def job_form(
    entry: DatasetEntry,
    default_name: str,
    name_key: str,
    of_taken: Callable[[str], str],
    further: Any | None = None,
) -> Asked:
    """Draw data, split, device (kept for all jobs alike) and name.

    `of_taken` says what follows from a name that another one has, else ''. `further` is a place
    for what is seldom changed; by default it follows the rest.
    """
    st.markdown(
        "**Data**",
        help=f"{plain(state.dataset_name(entry))}, {n_of(entry.card.n_galaxies, 'galaxy')}",
    )
    first, second = st.columns(2)
    with first:
        what = "Held out: the run is evaluated on this part only."
        test = number_field("Test part [%]", "split_test", 10, 1, 90, help=what)
    with second:
        what = (
            "Validation part: share of the rest after the test part; decides which epoch is kept."
        )
        validation = number_field("Validation [%]", "split_validation", 30, 1, 90, help=what)
    rest = 100 - test
    shares = rest * (100 - validation) / 100, rest * validation / 100, test
    parts = zip(shares, ("train", "validate", "test"), strict=True)
    told = ", ".join(f"{share:g}\N{NO-BREAK SPACE}% to {part}" for share, part in parts)
    st.caption(f"Of all galaxies: {told}.")
    to_workers, device = _where()
    if to_workers:
        show_workers()
    name = name_field(name_key, default_name, of_taken)
    st.caption("A reload of the page forgets the form.")
    with further or st.container():
        what = "Parts are drawn by a hash of the source id: the same seed gives the same parts."
        label = SPLIT_LABELS["split_seed"]
        seed = number_field(label, "split_seed", 0, 0, 2**31 - 1, help=what)
    split = SplitConfig(test_fraction=test / 100, validation_fraction=validation / 100, seed=seed)
    return Asked(split, name or default_name, device, to_workers)


def name_field(key: str, default: str, of_taken: Callable[[str], str]) -> str:
    """Draw the field of a new job's name, told below where another one has it; return the name."""
    if st.session_state.pop(_given(key), False):
        st.session_state[key] = ""
    # Without `max_chars`: a field that has it drops a longer text that is pasted, without a word.
    name = st.text_input(
        "Name (optional)", placeholder=default, key=key, persist_state="session"
    ).strip()
    if wrong := too_long(name):
        tell_wrong("Name", wrong)
    elif told := of_taken(name):
        st.markdown(f":small[{plain(told)}]")
    return name


def forget_name(key: str) -> None:
    """Have the field of a name begin empty: what has just been started or made has that name."""
    st.session_state[_given(key)] = True


def _given(key: str) -> str:
    return f"{key}.given"


def forget_split() -> None:
    """Have the fields of the split begin anew."""
    for key in ("split_test", "split_validation", "split_seed"):
        forget_number(key)


def _where() -> tuple[bool, str]:
    """Draw who is to work, and on which device; return whether a worker, and the device."""
    place = st.container()
    to_workers = st.toggle(
        "Leave it to a worker",
        key="to_workers",
        persist_state="session",
        help=(
            "It waits until `xpz worker`, on this machine or another that shares the folder of "
            "runs, takes it."
        ),
    )
    if to_workers:
        names = {"auto": "What the worker has", "cpu": "A worker's CPU"}
    else:
        names = {"auto": "A free GPU, else the CPU"}
        found = list_devices()
        names |= {device.id: device.label for device in found}
        gpus = [device.id for device in found if device.kind == "gpu"]
        if len(gpus) > 1:
            names[",".join(gpus)] = f"All {n_of(len(gpus), 'GPU')}"
    device = place.selectbox(
        "Device",
        list(names),
        format_func=names.__getitem__,
        key="worker_device" if to_workers else "device",
        persist_state="session",
        help="Several GPUs share every batch of a training, or the trials of a search.",
    )
    return to_workers, str(device)


def too_long(name: str) -> str:
    """Return what is wrong with a name that is too long; '' if it is not."""
    n = len(name)
    return f"expected at most {MAX_NAME} characters, received {n}." if n > MAX_NAME else ""
