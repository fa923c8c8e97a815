"""What `xpz runs` and `xpz tune` do with what was deleted: `undelete`, `trash`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from core.cli.examples import examples
from core.cli.options import JSON, RUNS_DIR
from core.cli.shared import echo, echo_json
from core.did_you_mean import alike
from core.errors import RunError
from core.shell import command


def trash_of(
    group: str, noun: str, plural: str, kind: Callable[[], tuple[type[Any], Callable[[Any], Any]]]
) -> tuple[click.Command, click.Command]:
    """Return both commands of a group; `kind` imports the class of its jobs and its undelete."""
    given = f"--{noun}"

    @click.command(
        "undelete",
        epilog=examples(f"xpz {group} undelete {given} {noun.upper()}_ID"),
        help=f"Fetch the {noun} that was deleted last under this id back from the trash.",
    )
    @click.option(
        given,
        "place",
        type=click.Path(path_type=Path),
        required=True,
        help=f"Its id, as xpz {group} trash lists it, or the folder that it had.",
    )
    @RUNS_DIR
    def undelete(place: Path, runs_dir: Path) -> None:
        from core.jobs import list_deleted

        jobs, put_back = kind()
        is_id = str(place) == place.name
        root = runs_dir if is_id else place.resolve().parents[len(Path(jobs.place).parts)]
        found = list_deleted(jobs, root)
        deleted = next((each for each in found if each.job.id == place.name), None)
        if deleted is None:
            near = alike(place.name, (each.job.id for each in found))
            raise RunError(f"There is no {noun} '{place.name}' in the trash of {root}.{near}")
        echo(put_back(deleted).id)

    @click.command(
        "trash",
        epilog=examples(f"xpz {group} trash", f"xpz {group} trash --empty"),
        help=f"List the deleted {plural}, or remove them for good.",
    )
    @RUNS_DIR
    @click.option("--empty", is_flag=True, help="Delete them permanently.")
    @JSON
    def trash(runs_dir: Path, empty: bool, as_json: bool) -> None:
        from core.jobs import empty_trash, list_deleted

        jobs, _ = kind()
        found = list_deleted(jobs, runs_dir)
        if as_json:
            told = [{f"{noun}_id": e.job.id, "deleted": e.deleted.isoformat()} for e in found]
            echo_json(told)
        for each in () if as_json else found:
            echo(f"{each.job.id:<64} deleted {each.deleted:%Y-%m-%d %H:%M} UTC")
        if empty:
            echo(f"{empty_trash(jobs, runs_dir)} removed", err=as_json)
        elif found and not as_json:
            restore = command("xpz", group, "undelete", "--runs-dir", runs_dir, given, "ID")
            echo(f"Restore one: {restore}", err=True)

    return undelete, trash
