"""Where data sets and runs lie, and which of them the page's address names."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from core.data import DatasetEntry, damaged_datasets, datasets_folder, list_datasets
from core.errors import DamagedError, XpzError
from core.jobs import Job, JobStatus
from core.names import distinct_names
from core.runs import (
    SHIPPED_RUNS,
    Annotations,
    DataReference,
    Run,
    damaged_runs,
    list_runs,
    runs_folder,
)
from core.tuning import damaged_searches
from dashboard.shared.messages import with_code

PROJECT = Path(__file__).resolve().parents[2]
SHIPPED_DATA = PROJECT / "data"

DATA_KEY = "data"
RUN_KEY = "run"
UPLOAD_KEY = "recognised"
PREDICT_KEY = "predict_intake"
_NEXT_DATASET, _DATA_IN_ADDRESS = "next_dataset", "data_in_address"


def data_folders() -> tuple[Path, Path]:
    """Folders of data sets: the shipped ones first, then the user's own."""
    return SHIPPED_DATA, datasets_folder()


def run_roots() -> tuple[Path, Path]:
    """Folders of runs: the shipped ones (never written to), then the user's own."""
    return SHIPPED_RUNS, runs_folder()


def datasets() -> dict[str, DatasetEntry]:
    """Return the data sets at hand by the name they have in the page's address.

    The shipped ones come first, then the user's own from old to new: the first
    is the one that an address without a name means, and must not change.
    """
    entries: dict[str, DatasetEntry] = {}
    for folder in data_folders():
        for entry in sorted(list_datasets(folder), key=lambda entry: entry.card.created):
            entries.setdefault(entry.path.stem, entry)
    return entries


def dataset_names(entries: Mapping[str, DatasetEntry]) -> dict[str, str]:
    """Return what people call data sets, by their stems; see `core.names.distinct_names`."""
    given = [entry.card.given_name for entry in entries.values()]
    return dict(zip(entries, distinct_names(list(entries), given), strict=True))


def dataset_name(entry: DatasetEntry) -> str:
    """Return what people call a data set, which is no other one's name."""
    return dataset_names(datasets()).get(entry.path.stem, entry.card.name)


def dataset_of(data: DataReference) -> DatasetEntry | None:
    """Return the data set that a run names; None where it is not at hand."""
    same = [each for each in datasets().values() if each.card.hash == data.hash]
    return next((each for each in same if each.card.name == data.name), next(iter(same), None))


def name_of_data(data: DataReference) -> str:
    """Return what people call the data set that a run names, also if it is not at hand."""
    entry = dataset_of(data)
    return data.name if entry is None or entry.card.name != data.name else dataset_name(entry)


def runs() -> dict[str, Run]:
    """Return the runs at hand by id, newest first; those set aside, then damaged ones, last."""
    found: dict[str, Run] = {}
    listed = list_runs(*run_roots(), damaged_too=True)
    for run in sorted(
        listed, key=lambda run: (run.damage() is not None, annotations(run).archived)
    ):
        found.setdefault(run.run_id, run)
    return found


def readable_runs() -> dict[str, Run]:
    """Return those of `runs` that lists, tables and choices of several can show."""
    return {run_id: run for run_id, run in runs().items() if run.damage() is None}


def damaged(*kinds: str) -> dict[Path, DamagedError]:
    """Return what is wrong with the runs, searches and data sets that cannot be shown."""
    looks: dict[str, Callable[[], dict[Path, DamagedError]]] = {
        "run": lambda: damaged_runs(*run_roots()),
        "search": lambda: damaged_searches(*run_roots()),
        "data set": lambda: damaged_datasets(*data_folders()),
    }
    found = [looks[kind]() for kind in kinds or looks if kind in looks]
    return dict(item for each in found for item in each.items())


def states(statuses: Mapping[str, JobStatus]) -> dict[str, str]:
    """Return the state of each job: where one changes, a page must be drawn anew."""
    return {name: status.state for name, status in statuses.items()}


def is_own(job: Job) -> bool:
    """Whether it lies among the user's own, and not among those that nobody writes to."""
    return job.root == runs_folder().resolve()


def annotations(run: Run) -> Annotations:
    """Return what people wrote on a run; nothing where it cannot be read."""
    try:
        return run.annotations()
    except (XpzError, OSError):
        return Annotations()


def choose_dataset(entries: dict[str, DatasetEntry]) -> DatasetEntry:
    """Draw the choice among `entries` (not empty) and return the chosen one, else the first."""
    kept, names = st.session_state, dataset_names(entries)
    asked_for = kept.pop(_NEXT_DATASET, None)
    if asked_for not in entries:
        check_address(DATA_KEY, list(entries), "data set")
        named = st.query_params.get(DATA_KEY)
        # `st.switch_page` forgets what was chosen: then the address alone knows it.
        known = DATA_KEY in kept and named == kept.get(_DATA_IN_ADDRESS)
        asked_for = None if known else named
    if asked_for in entries:
        kept[DATA_KEY] = asked_for
    elif kept.get(DATA_KEY) not in entries:
        kept.pop(DATA_KEY, None)
    stem = st.selectbox(
        "Data set in use", list(entries), key=DATA_KEY, format_func=names.__getitem__
    )
    # Not bound: the field would write what people read, and the address names the file.
    in_address = st.query_params.get_all(DATA_KEY)
    if in_address != [stem] and (in_address or stem != next(iter(entries))):
        st.query_params[DATA_KEY] = stem
    kept[_DATA_IN_ADDRESS] = st.query_params.get(DATA_KEY)
    return entries[stem]


def current_dataset() -> DatasetEntry | None:
    """Return the data set chosen in the sidebar; None where there is none at all."""
    return datasets().get(st.session_state.get(DATA_KEY, ""))


def use_next(name: str) -> None:
    """Make `name` the data set in use from the next run of the page, if it is there by then."""
    # The sidebar's widget has run before the page: its value can change only before the next run.
    st.session_state[_NEXT_DATASET] = name


def use_dataset(name: str) -> None:
    """Make `name` the data set in use and run the page again."""
    use_next(name)
    st.rerun()


def forget_upload() -> None:
    """Drop what was read from an uploaded file: hundreds of MB that nobody comes back for."""
    st.session_state.pop(UPLOAD_KEY, None)


def set_prediction_aside() -> None:
    """Keep a catalogue for when its visitor comes back to it, but not all that it came from."""
    intake = st.session_state.get(PREDICT_KEY)
    if intake is not None:
        intake.set_aside()


def address_of_dataset() -> dict[str, str]:
    """Return what a link to another screen must carry to keep the data set in use."""
    name = st.query_params.get(DATA_KEY)
    return {DATA_KEY: name} if name else {}


def check_address(key: str, options: Sequence[str], what: str) -> None:
    """Say so where the page's address names, under `key`, what is not at hand or damaged.

    Call it right before the widget bound to `key`, which then falls back to its default. The
    value itself is never shown or used: anyone can write an address.
    """
    others = [each for each in st.query_params.get_all(key) if each not in options]
    others = say_damaged(others, what)
    if not others:
        return
    # A run that waits or works is there, but not for every screen.
    is_there = key == RUN_KEY and others[0] in runs()
    lacks = "that is not complete" if is_there else "that does not exist"
    st.warning(
        f"The address names a {what} {lacks}; another one is shown.", icon=":material/link_off:"
    )


def say_damaged(names: Sequence[str], what: str) -> list[str]:
    """Say of those that are damaged what is wrong with them; return the other names."""
    found = {path.stem: error for path, error in damaged(what).items()} if names else {}
    for name in found.keys() & names:
        st.error(with_code(found[name]), icon=":material/error:")
    return [name for name in names if name not in found]
