"""`xpz neighbours`: the sources of one release of Gaia in another one."""

import json
from pathlib import Path

import click

from core.amounts import n_of
from core.cli.archive import SERVICE
from core.cli.examples import examples
from core.cli.options import AS_JSON, FILE, INPUT, OVERWRITE, release_named
from core.cli.shared import echo, make_folder, refuse_existing, report
from core.errors import DataError


@click.command(
    epilog=examples(
        "xpz neighbours --in dr3.csv --out dr4.csv",
        "# A data set of DR3, with UGC's redshifts, to fetch in DR4:",
        "xpz neighbours --in dr3.parquet --ugc --out dr4.csv",
        "xpz fetch --ids dr4.csv --release 'Gaia DR4' --out fetched/dr4",
        "# The way back, and from DR2:",
        "xpz neighbours --in z.csv --from 'Gaia DR4' --to 'Gaia DR3' --out dr3.csv",
        "xpz neighbours --in dr2.csv --from 'Gaia DR2' --to 'Gaia DR3' --out dr3.csv",
    )
)
@click.option(
    "--in",
    "source",
    type=INPUT,
    required=True,
    help="A list of one id per line; or a table with source_id, such as a data set or a table of "
    "redshifts, whose other columns are kept.",
)
@click.option(
    "--from",
    "start",
    default="Gaia DR3",
    show_default=True,
    callback=release_named,
    help="Release of the ids.",
)
@click.option(
    "--to",
    "target",
    default="Gaia DR4",
    show_default=True,
    callback=release_named,
    help="Release to go to.",
)
@click.option("--out", type=FILE, required=True, help="Table to write.")
@click.option("--id", "id_column", help="Column of the ids, where names do not decide.")
@click.option(
    "--ugc",
    is_flag=True,
    help="Add redshift_ugc (of Gaia's Unresolved Galaxy Classifier) and its bounds, which the "
    "older release gives.",
)
@SERVICE
@AS_JSON
@OVERWRITE
def neighbours(
    source: Path,
    start: str,
    target: str,
    out: Path,
    id_column: str | None,
    ugc: bool,
    service: str,
    as_json: bool,
    overwrite: bool,
) -> None:
    """Find the sources of one release in another, by the archive's table of neighbours.

    A galaxy has another source_id in each release. Of several neighbours the nearest is taken
    whose G differs by at most 1 mag; the table tells how many there are, how far it is and by
    how much it differs. Its source_id is of the release that --to names, so that it serves
    `xpz fetch --ids` and `xpz dataset build --redshifts`.
    """
    from core.atomic import keep_inputs
    from core.clock import utc_now
    from core.data import ArchiveConfig, find_neighbours
    from core.prediction import check_ending, rewritten, write_table

    check_ending(out)
    keep_inputs(out, [source])
    refuse_existing(out, overwrite=overwrite)

    def say(sentence: str) -> None:
        echo(sentence, err=True)

    config = ArchiveConfig(server=service)
    found = find_neighbours(
        source, start, target, config, id_column=id_column, with_ugc=ugc, say=say
    )
    if len(found.table):
        make_folder(out.parent)
        if changed := rewritten(found.table, out):
            found.account.notes.append(changed)
        account = json.dumps(found.account.to_json())
        write_table(found.table, out, {"created": utc_now(), "account": account})
    report([], [found.account], as_json=as_json)
    if not len(found.table):
        raise DataError(
            f"{source}: none of its sources has a neighbour in {target}; no table was written. See "
            f"that the ids are of {start}."
        )
    echo(f"{out}: {n_of(len(found.table), 'source')} of {target}", err=as_json)
