"""`xpz runs`: the runs with their state; what people write on them; deleting, and undoing it."""

import shlex
from functools import partial
from pathlib import Path

import click

import core
from core.cli.examples import examples
from core.cli.options import RUNS_DIR, run_option
from core.cli.shared import People, echo, show_damaged
from core.errors import DamagedError, RunError


@click.group(
    cls=People,
    invoke_without_command=True,
    epilog=examples(
        "xpz runs",
        "xpz runs --json | jq -r '.[] | select(.state == \"running\").run_id'",
        'xpz runs note --run RUN_ID --name "Best so far" --tags paper',
    ),
)
@RUNS_DIR
@click.option("--archived", is_flag=True, help="Include archived runs.")
@click.pass_context
def runs(context: click.Context, runs_dir: Path, archived: bool) -> None:
    """List the runs with their state, error and tags, those that came with xpz as well."""
    if context.invoked_subcommand is not None:
        return
    from core.runs import SHIPPED_RUNS, damaged_runs, list_runs

    roots = dict.fromkeys((SHIPPED_RUNS, runs_dir))
    damaged = damaged_runs(*roots)
    for run in list_runs(*roots):
        try:
            status, summary, written = run.status(), run.summary(), run.annotations()
        except DamagedError as error:
            damaged[run.path] = error
            continue
        if written.archived and not archived:
            continue
        words = [status.state] + [status.where] * bool(status.where)
        if summary and "mae" in summary.get("evaluation", {}):
            words.append(f"MAE {summary['evaluation']['mae']:.4f}")
        words += ["shipped"] * run.is_shipped + ["archived"] * written.archived
        words += [f"#{tag}" for tag in written.tags] + [written.name] * bool(written.name)
        echo(f"{run.run_id:<64} {'  '.join(words)}")
    show_damaged(damaged)


@runs.command(
    "note",
    epilog=examples(
        "xpz runs note --run RUN_ID",
        'xpz runs note --run RUN_ID --name "Best so far" --tags paper,dr3',
        "xpz runs note --run RUN_ID --archive",
    ),
)
@run_option
@click.option("--name", help="Name of the run; '' restores the name it was made with.")
@click.option("--tags", help="Separated by commas; they replace the old ones.")
@click.option("--notes", help="They replace the old ones.")
@click.option("--archive/--unarchive", default=None, help="Archive it, or bring it back.")
def note(
    run: "core.Run", name: str | None, tags: str | None, notes: str | None, archive: bool | None
) -> None:
    """Write name, tags or notes on a run, or show what is written."""
    from dataclasses import replace

    from core.cli.train import asked_for
    from core.runs import as_tags

    changes = asked_for(
        name=None if name is None else " ".join(name.split()),
        tags=None if tags is None else as_tags(tags),
        notes=notes,
        archived=archive,
    )
    if changes:
        run.annotate(replace(run.annotations(), **changes))
    written = run.annotations()
    echo(f"{run.run_id}: {run.title}{', archived' if written.archived else ''}")
    if written.tags:
        echo(f"tags: {', '.join(written.tags)}")
    if written.notes:
        echo(written.notes, lines=True)


@runs.command(
    "delete",
    epilog=examples(
        "xpz runs delete --run RUN_ID",
    ),
)
@partial(run_option, damaged_too=True)
def delete(run: "core.Run") -> None:
    """Move a run into the trash of its folder; `xpz runs undelete` fetches it back."""
    from core.runs import KEEP_DAYS, delete, list_runs, tuned_from

    tuned = tuned_from(run, list_runs(run.root))
    delete(run)
    echo(f"{run.run_id}: kept in the trash for {KEEP_DAYS} days")
    echo(f"Restore it: xpz runs undelete --run {shlex.quote(str(run.path))}", err=True)
    if tuned:
        names = ", ".join(each.run_id for each in tuned)
        echo(f"Runs that started from its network keep their own: {names}", err=True)


@runs.command(
    "undelete",
    epilog=examples(
        "xpz runs undelete --run RUN_ID",
    ),
)
@click.option(
    "--run",
    "run",
    type=click.Path(path_type=Path),
    required=True,
    help="Its id, as xpz runs trash lists it, or the folder that it had.",
)
@RUNS_DIR
def undelete(run: Path, runs_dir: Path) -> None:
    """Fetch the run that was deleted last under this id back from the trash."""
    from core.runs import list_deleted, undelete

    root = runs_dir if str(run) == run.name else run.resolve().parent
    found = list_deleted(root)
    deleted = next((each for each in found if each.run.run_id == run.name), None)
    if deleted is None:
        raise RunError(f"There is no run '{run.name}' in the trash of {root}.")
    echo(undelete(deleted).run_id)


@runs.command(
    "trash",
    epilog=examples(
        "xpz runs trash",
        "xpz runs trash --empty",
    ),
)
@RUNS_DIR
@click.option("--empty", is_flag=True, help="Delete them permanently.")
def show_trash(runs_dir: Path, empty: bool) -> None:
    """List the deleted runs, or remove them for good."""
    from core.runs import empty_trash, list_deleted

    found = list_deleted(runs_dir)
    for each in found:
        echo(f"{each.run.run_id:<64} deleted {each.deleted:%Y-%m-%d %H:%M} UTC")
    if empty:
        echo(f"{empty_trash(runs_dir)} removed")
    elif found:
        root = shlex.quote(str(runs_dir))
        echo(f"Restore one: xpz runs undelete --runs-dir {root} --run ID", err=True)
