"""Simulate a data set, in a process of its own."""

import subprocess
import sys
import tempfile

import streamlit as st

from core.amounts import n_of
from core.data import datasets_folder
from core.errors import DataError
from core.simulation import OF_SHIPPED, SimulationConfig, config_hash, new_seed, seed_of
from dashboard.screens.data import store
from dashboard.shared import state
from dashboard.shared.job_form import forget_name, name_field
from dashboard.shared.messages import plain
from dashboard.shared.number_field import forget_number, number_field, wrong_fields

MAX_SIMULATED = 520_393
STOP_SECONDS = 20
# Named, not imported: its libraries are not for this process.
SIMULATE_JOB = "dashboard.screens.data.simulate_job"
EXPLAINED = 3  # as in the job
_SEED, _NAME, _DONE = "simulate_seed", "simulate_name", "simulate_done"


def simulate() -> None:
    """Simulate a data set, with progress, in a process of its own."""
    st.markdown("**Simulate a data set**")
    st.caption(
        "Real SDSS galaxies seen through Gaia's DR3 instrument model with calibrated noise. The "
        "same number and seed give the same spectra, another seed other galaxies: the seed that is "
        "offered is one whose galaxies are not here yet. The first simulation takes about half a "
        "minute longer, to build the instrument's tables. If you leave the screen, the simulation "
        "stops."
    )
    if st.session_state.pop(_DONE, False):
        forget_number(_SEED)  # its galaxies are at hand now: the next ones are others
    # No form: there, Enter in a field would start minutes of work.
    left, right = st.columns(2)
    with wrong_fields() as wrong:
        with left:
            n = number_field("Galaxies", "simulate_n", 20_000, 100, MAX_SIMULATED)
        with right:
            offered = new_seed(entry.card for entry in state.datasets().values())
            seed = number_field("Seed", _SEED, offered, 0, 2**31 - 1)
        given = name_field(
            _NAME, _named(n, seed), lambda name: store.of_taken(name) if name else ""
        )
    asked = st.button(
        "Simulate and use", type="primary", key="simulate_start", disabled=bool(wrong)
    )
    # Below the button, which would move from under the pointer else.
    if not wrong and (words := same_galaxies(n, seed)):
        st.info(f"{words} Seed {offered} gives other galaxies.", icon=":material/content_copy:")
    if asked and not wrong:
        name = at_hand(n, seed)
        if name is None:
            given = store.as_kept(given)
            name = store.free_name(store.safe_name(given) if given else _named(n, seed))
            state.use_next(name)
            run_simulation(n, seed, name, given)
        st.session_state[_DONE] = True
        forget_name(_NAME)
        state.use_dataset(name)


def _named(n: int, seed: int) -> str:
    return f"simulated-{n}-seed-{seed}"


def same_galaxies(n: int, seed: int) -> str:
    """Say whose galaxies a simulation would repeat; nothing where they are new."""
    entries = state.datasets()
    names = state.dataset_names(entries)
    if (same := at_hand(n, seed)) is not None:
        return f"**{plain(names[same])}** was simulated in just this way, and is used as it is."
    for stem, entry in entries.items():
        if seed_of(entry.card) == seed:
            which = "among them" if n < entry.card.n_galaxies else "and more"
            return (
                f"Seed {seed} gives the same galaxies as **{plain(names[stem])}**, {which}: no "
                "test of a run that has learnt from them."
            )
    if seed == OF_SHIPPED:
        return f"Seed {seed} gives the same galaxies as those that the shipped runs learnt from."
    return ""


def at_hand(n: int, seed: int) -> str | None:
    """Return the data set that was simulated in just this way; names say nothing."""
    wanted = "simulated", config_hash(SimulationConfig(n=n, seed=seed))
    for name, entry in state.datasets().items():
        if (entry.card.origin, entry.card.config_hash) == wanted:
            return name
    return None


def run_simulation(n: int, seed: int, stem: str, name: str) -> None:
    """Simulate; leaving the screen stops it without a trace. A `DataError` can be acted on."""
    target = datasets_folder() / f"{stem}.parquet"
    # -P: nothing is imported from the folder where the dashboard was started.
    how = ("-P", "-X", "utf8", "-m")
    command = [sys.executable, *how, SIMULATE_JOB, str(n), str(seed), str(target), name]
    bar = st.progress(0.0, text="Preparing the instrument's tables")
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, encoding="utf-8") as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                done, total = map(int, line.split())
                bar.progress(done / total, text=f"{done:,} of {n_of(total, 'spectrum')}")
            status = process.wait()
        finally:
            stop(process)
        log.seek(0)
        if status == EXPLAINED:
            raise DataError(log.read().strip())
        if status:
            raise RuntimeError(f"The simulation ended with status {status}:\n{log.read()}")


def stop(process: subprocess.Popen[str]) -> None:
    """End the process, politely at first: it removes what it has written so far."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
