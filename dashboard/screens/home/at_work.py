"""What works or waits, of every kind: how far it is, the screen that shows it, what stops it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from core import jobs, questions, scale
from core.amounts import n_of, redshift_error
from core.data import (
    Build,
    BuildStatus,
    FetchJob,
    FetchStatus,
    Match,
    build_of,
    list_fetches,
    match_of,
)
from core.inspection import MapJob, MapStatus
from core.questions import Question, QuestionStatus
from core.runs import Run, Status, runs_folder
from core.tuning import Search, SearchStatus
from dashboard.screens.home.names import Names
from dashboard.shared import state
from dashboard.shared.chooser import IN_USE
from dashboard.shared.live_job import cancel_button
from dashboard.shared.messages import errors_shown, plain
from dashboard.shared.questions import words
from dashboard.shared.searches import fraction, searches
from dashboard.shared.ways import link

LOWEST = "Lowest validation MAE so far"


@dataclass(frozen=True)
class Row:
    """What is said of a job."""

    name: str
    done: str  # how far it is
    fraction: float  # 0 to 1
    screen: str  # that shows it
    address: Mapping[str, Any] = field(default_factory=dict)  # of it there
    # Markdown, read after the rest: the files that it is made of may be damaged.
    note: Callable[[], str] = str


@dataclass(frozen=True)
class AtWork:
    """A job that works or waits."""

    job: jobs.Job
    status: Any
    row: Callable[[Any, Any], Row]


Kind = tuple[Mapping[str, jobs.Job], Callable[[Any, Any], Row]]


def kinds() -> tuple[Kind, ...]:
    """Return the jobs at hand, kind by kind, each with what makes a row of one."""
    runs, root = state.runs(), runs_folder()
    names = Names(runs, at_hand := searches())
    maps = {run_id: MapJob(run.path) for run_id, run in runs.items()}
    return (
        (runs, partial(of_run, names=names)),
        (at_hand, partial(of_search, names=names)),
        (
            _jobs(root / "answers", lambda: questions.list_questions(root)),
            partial(of_question, names=names),
        ),
        (_jobs(root / "catalogues", lambda: scale.list_catalogues(root)), of_catalogue),
        (fetches := {job.id: job for job in list_fetches(root)}, of_fetch),
        ({name: one for name, of in fetches.items() if (one := match_of(of)).exists}, of_match),
        ({name: made for name, of in fetches.items() if (made := build_of(of)).exists}, of_build),
        # A map that is being made has a status, and no other.
        (
            {name: job for name, job in maps.items() if job.status_path.exists()},
            partial(of_map, names=names),
        ),
    )


def find() -> dict[str, AtWork]:
    """Return what works or waits, by its folder."""
    found = {}
    for at_hand, row in kinds():
        for name, status in jobs.active(at_hand).items():
            job = at_hand[name]
            found[f"{job.kind} {job.path}"] = AtWork(job, status, row)
    return found


def _jobs(folder: Path, listed: Callable[[], Iterable[jobs.Job]]) -> dict[str, jobs.Job]:
    """Return the jobs that lie in a folder; without one, their rooms need not be imported."""
    return {job.id: job for job in listed()} if folder.is_dir() else {}


def states(found: Mapping[str, AtWork]) -> dict[str, str]:
    """Return the state of each: where one changes, the page must be drawn anew."""
    return state.states({name: each.status for name, each in found.items()})


def show(before: dict[str, str]) -> None:
    """Draw a row for each, and the page anew when others work than `before`."""
    found: dict[str, AtWork] = {}
    with errors_shown():
        found = find()
        if not found:
            st.caption("Nothing is running.")
    for name, each in found.items():
        with errors_shown():
            _draw(name, each)
    if states(found) != before:
        st.rerun()


def _draw(key: str, each: AtWork) -> None:
    row, stopping = each.row(each.job, each.status), each.job.cancel_path.exists()
    done = "Stopping" if stopping else row.done
    st.progress(row.fraction, text=f"{plain(row.name)}: {plain(done)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        link(row.screen, "Open", **row.address)
        if state.is_own(each.job):
            cancel_button(each.job, f"cancel {key}")
        with errors_shown():
            if note := row.note():
                st.caption(note)


def of_run(run: Run, status: Status, names: Names) -> Row:
    """Return what is said of a training."""

    def note() -> str:
        metrics = run.metrics()
        if not len(metrics):
            return ""
        best = metrics.nsmallest(1, "val_mae").iloc[0]
        so_far = f"{LOWEST} {redshift_error(best['val_mae'])}, epoch {best['epoch']:.0f}"
        return _with_place(so_far, status)

    done = f"epoch {status.epoch} of {status.epochs}"
    done = status.where if status.state == "queued" else done
    address = {state.RUN_KEY: run.run_id}
    return Row(
        names.runs.get(run.run_id, run.run_id), done, status.fraction, "train", address, note
    )


def of_search(search: Search, status: SearchStatus, names: Names) -> Row:
    """Return what is said of a search."""
    best = status.best_mae
    n, most = status.trials_ended, search.budget.trials
    done = f"{n_of(n, 'trial') if most is None else f'{n} of ' + n_of(most, 'trial')} ended"
    return Row(
        f"Search {names.searches.get(search.search_id, search.search_id)}",
        status.where if status.state == "queued" else done,
        fraction(status, search.budget),
        "tune",
        {"search": search.search_id},
        lambda: "" if best is None else _with_place(f"{LOWEST} {redshift_error(best)}", status),
    )


def _with_place(number: str, status: jobs.JobStatus) -> str:
    """Return a job's error, and who works on it; what it waits for is said as how far it is."""
    return f"{number} {plain(status.where)}" if status.state == "running" else number


def of_question(question: Question[Any], status: QuestionStatus, names: Names) -> Row:
    """Return what is said of a question about a data set or an upload."""
    asked = question.config
    if isinstance(asked, questions.AboutTime):
        done = words(status, stopping=False)
        return Row("Measurement of a training's time", done, 0.0, "train")
    of_one = isinstance(asked, questions.AboutSpectra | questions.AboutCalibration)
    paths = (asked.run,) if of_one else asked.runs
    runs = [Path(path).name for path in paths]
    screen = "evaluate"
    address: dict[str, Any] = {state.RUN_KEY: runs[0]}
    if isinstance(question, questions.Comparison):
        screen, address = "compare", {"runs": runs}
    elif isinstance(question, questions.Catalogue):
        screen = "predict"
    elif isinstance(question, questions.DensitiesOfData):
        address["show"] = "p(z)"
    if isinstance(asked, questions.AboutData) and asked.data:
        address |= {state.DATA_KEY: Path(asked.data).stem, "on": IN_USE}
    done = words(status, stopping=False)
    told = ", ".join(names.runs.get(each, each) for each in runs)
    return Row(f"{question.kind.capitalize()}, {told}", done, status.fraction, screen, address)


def of_catalogue(job: "scale.CatalogueJob", status: "scale.CatalogueStatus") -> Row:
    """Return what is said of a catalogue of files on this machine."""
    done = status.where if status.state == "queued" else status.words()
    address = {state.RUN_KEY: Path(job.config.run).name}
    return Row(f"Catalogue {job.id}", done, status.fraction, "predict", address)


def of_fetch(job: FetchJob, status: FetchStatus) -> Row:
    """Return what is said of a fetch from the archive."""
    done = status.where if status.state == "queued" else status.words()
    name = f"Fetch of {job.config.title}, {job.config.release}"
    return Row(name, done, status.fraction, "predict", {"fetch": job.id})


def of_match(job: Match, status: jobs.JobStatus) -> Row:
    """Return what is said of the matching of a fetch with a table of redshifts."""
    done = status.where if status.state == "queued" else status.message
    return Row(f"Match of {job.fetch.config.title}", done, 0.0, "data", _of(job))


def of_build(job: Build, status: BuildStatus) -> Row:
    """Return what is said of the building of a fetch's data set."""
    done = status.where if status.state == "queued" else status.words()
    return Row(f"Data set {job.config.name}", done, status.fraction, "data", _of(job))


def _of(job: Match | Build) -> dict[str, Any]:
    """Return the address of the fetch that a job is about."""
    return {"section": "Add data", "fetch": job.fetch.id}


def of_map(job: MapJob, status: MapStatus, names: Names) -> Row:
    """Return what is said of the making of a wavelength map."""
    done = f"{status.done} of {n_of(status.total, 'place')} in the spectrum hidden"
    return Row(
        f"Wavelength map of {names.runs.get(job.id, job.id)}",
        done if status.total else "reading the data set",
        status.fraction,
        "evaluate",
        {state.RUN_KEY: job.id, "show": "Wavelengths"},
    )
