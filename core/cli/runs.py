"""`xpz runs`: the runs with their state; what people write on them; deleting, and undoing it."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

import core
from core.cli.described import of_damaged, of_run
from core.cli.examples import examples
from core.cli.options import JSON, RUNS_DIR, run_option
from core.cli.shared import People, echo, echo_json, say, show_damaged
from core.cli.started import called
from core.cli.trash import trash_of
from core.errors import DamagedError


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
@JSON
@click.pass_context
def runs(context: click.Context, runs_dir: Path, archived: bool, as_json: bool) -> None:
    """List the runs with their state, error and tags, those that came with xpz as well."""
    if context.invoked_subcommand is not None:
        return
    from core.runs import SHIPPED_RUNS, damaged_runs, list_runs

    roots = dict.fromkeys((SHIPPED_RUNS, runs_dir))
    damaged, told = damaged_runs(*roots), []
    for run in list_runs(*roots):
        try:
            told.append(of_run(run))
        except DamagedError as error:
            damaged[run.path] = error
    told = [one for one in told if archived or not one["archived"]]
    told.sort(key=lambda one: not one["pinned"])
    if as_json:
        echo_json(told + [of_damaged(path, error) for path, error in damaged.items()])
        return
    for one in told:
        echo(f"{one['run_id']:<64} {'  '.join(words_of(one))}")
    show_damaged(damaged)


def words_of(one: dict[str, Any]) -> Iterator[str]:
    """Yield what people want to know of a run that `of_run` described."""
    from core.amounts import duration, redshift_error

    yield one["state"]
    if one["where"]:
        yield one["where"]
    if one["state"] == "running":
        yield f"epoch {one['epoch']} of {one['epochs']}"
        if one["seconds_left"] is not None:
            yield f"about {duration(one['seconds_left'])} left"
    if one["mae"] is not None:
        yield f"test MAE {redshift_error(one['mae'])}"
    yield from (word for word in ("shipped", "pinned", "archived") if one[word])
    yield from (f"#{tag}" for tag in one["tags"])
    if one["given_name"]:
        yield one["given_name"]


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
@click.option("--pin/--unpin", default=None, help="Show it first in tables, or where it belongs.")
@JSON
def note(
    run: "core.Run",
    name: str | None,
    tags: str | None,
    notes: str | None,
    archive: bool | None,
    pin: bool | None,
    as_json: bool,
) -> None:
    """Write name, tags or notes on a run, or show what is written."""
    from core.cli.train import asked_for
    from core.runs import as_tags, of_taken_name

    changes = asked_for(
        name=None if name is None else " ".join(name.split()),
        tags=None if tags is None else as_tags(tags),
        notes=notes,
        archived=archive,
        pinned=pin,
    )
    if changes:
        say(of_taken_name(name or "", run.root, but=run))
        run.annotate(**changes)
    written = run.annotations()
    if as_json:
        echo_json(of_run(run))
        return
    marks = "".join(f", {word}" for word in ("pinned", "archived") if getattr(written, word))
    echo(f"{run.run_id}: {run.title}{marks}")
    if written.tags:
        echo(f"tags: {', '.join(written.tags)}")
    if written.notes:
        echo(written.notes, lines=True)


@runs.command(
    "delete",
    epilog=examples("xpz runs delete --run RUN_ID"),
)
@partial(run_option, damaged_too=True)
def delete(run: "core.Run") -> None:
    """Move a run into the trash of its folder; `xpz runs undelete` fetches it back."""
    from core.runs import delete, list_runs, tuned_from
    from core.trash import KEEP_DAYS

    tuned = tuned_from(run, list_runs(run.root))
    delete(run)
    echo(f"{run.run_id}: kept in the trash for {KEEP_DAYS} days")
    echo(f"Restore it: xpz runs undelete --run {called(run)}", err=True)
    if tuned:
        names = ", ".join(each.run_id for each in tuned)
        echo(f"Runs that started from its network keep their own: {names}", err=True)


def _runs() -> tuple[type[Any], Callable[[Any], Any]]:
    from core.runs import Run, undelete

    return Run, undelete


for _command in trash_of("runs", "run", "runs", _runs):
    runs.add_command(_command)
