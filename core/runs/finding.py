"""Runs by what people call them: an id, a name, a folder, or the run itself."""

import os
from contextlib import suppress
from pathlib import Path

from core import runs
from core.did_you_mean import alike
from core.errors import RunError, XpzError
from core.jobs.roots import JOB_ID
from core.names import of_taken, one_called
from core.runs.run import SHIPPED_RUNS, Run, runs_folder
from core.stored import is_there


def list_runs(*folders: str | Path) -> list[Run]:
    """Return the runs in some folders, newest first.

    Parameters
    ----------
    *folders : str or Path
        By default that of your runs (`runs`, or what `XPZ_RUNS_DIR` names), and the runs
        that come with xpz. A folder that does not exist holds none.

    Examples
    --------
    >>> import core
    >>> for run in core.list_runs():  # doctest: +ELLIPSIS
    ...     print(run.run_id, run.status().state)
    compact-20k done
    ...
    """
    return runs.list_runs(*map(Path, folders or (SHIPPED_RUNS, runs_folder())))


def open_run(run: "Run | str | Path", runs_dir: str | Path | None = None) -> Run:
    """Return the run of an id, of the name that people gave it, or of a folder.

    Parameters
    ----------
    run : str, Path or Run
        A run's folder; or the id of one of your runs, or of those that come with xpz; or, if no
        run has such an id, the name that one run alone was given. A `Run` is returned as it is.
    runs_dir : str or Path, optional
        Folder of your runs; by default `runs`, or what `XPZ_RUNS_DIR` names.

    Raises
    ------
    RunError
        If there is no such run, or several have that name. The message names the ids that look
        alike, or theirs.

    Examples
    --------
    >>> import core
    >>> run = core.open_run("compact-20k")
    >>> run.status().state
    'done'
    >>> round(run.summary()["evaluation"]["mae"], 4)
    0.0208
    >>> core.open_run("compact-20")
    Traceback (most recent call last):
        ...
    core.errors.RunError: There is no run 'compact-20'. Did you mean compact-20k or compact-520k?
    """
    if isinstance(run, Run):
        return run
    folders = (runs_folder() if runs_dir is None else Path(runs_dir), SHIPPED_RUNS)
    name, path = str(run), Path(os.path.realpath(run))
    if is_there(path / "config.json"):
        return runs.open_run(path.parent, path.name)
    if JOB_ID.fullmatch(name):
        for folder in folders:
            if is_there(folder / name / "config.json"):
                return runs.open_run(folder, name)
    names = given_names(*folders)
    of_id = {each.run_id: each for each in names}
    found = one_called(name, {each.run_id: given for each, given in names.items()}, "run")
    if found is not None:
        return of_id[found]
    ids = sorted({file.parent.name for each in folders for file in each.glob("*/config.json")})
    advice = alike(path.name, [*ids, *names.values()])
    is_path = os.sep in name
    where = f" in {path.parent}" if is_path else ""
    expected = "" if is_path or JOB_ID.fullmatch(name) else ", by its id or by its name"
    advice = advice or " `xpz runs` lists the runs with their ids and names."
    raise RunError(f"There is no run '{path.name}'{where}{expected}.{advice}")


def given_names(*folders: Path) -> dict[Run, str]:
    """Return the runs in some folders that people named, each with its name; of one id the first.

    Only what is written on runs is read: there may be thousands.
    """
    found: dict[str, tuple[Run, str]] = {}
    for folder in folders:
        for path in sorted(folder.glob("*/annotations.json")):
            run = Run(Path(os.path.realpath(path.parent)))
            with suppress(XpzError, OSError):  # of a run that has nothing to do with this one
                if is_there(run.path / "config.json") and (name := run.annotations().name):
                    found.setdefault(run.run_id, (run, name))
    return dict(found.values())


def of_taken_name(name: str, runs_dir: Path | None = None, but: Run | None = None) -> str:
    """Return what follows from calling a run what another one is called; '' if none is.

    `runs_dir` is as in `open_run`; `but` is a run that may have the name already.
    """
    if not name.strip():  # as on most forms, which ask each time they are drawn
        return ""
    names = given_names(runs_folder() if runs_dir is None else runs_dir, SHIPPED_RUNS)
    return of_taken(name, [each for run, each in names.items() if run != but], "run")
