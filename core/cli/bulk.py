"""What commands say of the archive's bulk files, and `xpz fetch --bulk`."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.amounts import n_of
from core.cli.exit_codes import Stopped
from core.cli.shared import Bar, echo, echo_json, make_folder, report
from core.printable import printable
from core.shell import command

if TYPE_CHECKING:
    from core.data import Bulk, FetchReport


def find_bulk(asked: str) -> "Bulk":
    """Return the bulk files of a release or an address."""
    from core.data import open_bulk

    return open_bulk(asked, say=lambda sentence: echo(sentence, err=True))


def planned(bulk: "Bulk", ids: Any, out: Path, workers: int | None) -> "Bulk":
    """Say what it takes to bring bulk files, and refuse a disk without room for it."""
    from core.data import plan_bulk

    n = workers or os.cpu_count() or 1
    plan = plan_bulk(bulk, ids, workers=n, keeps_rows=False)
    for line in plan.lines():
        echo(line, err=True)
    if out.exists():
        echo(f"Of these, what is finished in {out} is not brought again.", err=True)
    plan.check_room(out)
    return bulk.sized(plan.of_one)


def fetch_from_bulk(
    out: Path,
    asked: str,
    ids: Path,
    release: str,
    workers: int | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring the rows of some sources from bulk files, or only say what that takes."""
    from core.data import BULK_WORKERS, fetch_bulk, plan_fetch, read_ids

    bulk = find_bulk(asked)
    release = bulk.release or release
    for note in bulk.notes:
        echo(note, err=True)
    workers = workers or BULK_WORKERS
    if dry_run:
        plan = plan_fetch(out, bulk, read_ids(ids, release.split()[-1]), workers=workers)
        for line in plan.lines():
            echo(line, err=as_json)
        if as_json:
            echo_json(plan.to_json())
        return
    make_folder(out)
    with Bar(unit="B", unit_scale=True) as bar:

        def write(sentence: str) -> None:
            bar.write(printable(sentence), file=sys.stderr)

        try:
            fetched = fetch_bulk(
                out, bulk, ids, release=release, workers=workers, progress=bar.show, say=write
            )
        except KeyboardInterrupt:
            raise Stopped(
                "stopped. What is finished is kept; run the same command to continue."
            ) from None
    tell_fetched(out, fetched, release, as_json=as_json)


def tell_fetched(out: Path, fetched: "FetchReport", release: str, *, as_json: bool) -> None:
    """Say what came of a fetch."""
    from core.data import WITHOUT

    lines = [f"{out}: {n_of(fetched.n_spectra, 'spectrum')} of {n_of(fetched.n_asked, 'source')}"]
    if fetched.n_without or fetched.n_unknown:
        lines.append(f"Sources without a spectrum are listed in {out / WITHOUT}.")
    if fetched.n_spectra:
        go_on = command("xpz", "predict", "--run", "compact-520k", "--in", out, "--out", "z.csv")
        lines.append(f"Their redshifts: {go_on}")
    report(lines, [fetched.account(release)], as_json=as_json)
