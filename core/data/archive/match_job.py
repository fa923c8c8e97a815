"""A fetch's sources given redshifts: ``python -m core.data.archive.match_job FOLDER``."""

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from core.amounts import n_of
from core.atomic import replacing
from core.data.archive.fetch_job import FetchJob
from core.data.archive.of_fetch import OfFetch, begin
from core.errors import DataError
from core.jobs import File, JobStatus, worker
from core.jobs.interrupting import obeying_at_once

if TYPE_CHECKING:
    from core.data.matching import Matched
    from core.data.redshift_tables import RedshiftColumns

TABLE = "table"
"""Folder of a table of redshifts that was brought, until the match is done."""


@dataclass(frozen=True)
class MatchConfig:
    """What is matched, and how.

    Attributes
    ----------
    redshifts : str
        The table: the name of the file that was brought, or its place on this machine.
    brought : bool
        Whether it was brought.
    radius_arcsec : float or None
        On the sky; None where the source_id tells whose a redshift is.
    columns : dict of str to str
        As of `RedshiftColumns`.
    z_unit, cuts : str or None
        As of `read_redshifts` and `parse_cuts`.
    """

    redshifts: str
    brought: bool = True
    radius_arcsec: float | None = 1.0
    columns: dict[str, str] = field(default_factory=dict)
    z_unit: str | None = None
    cuts: str | None = None
    created: str | None = None
    device: str | None = None


@dataclass(frozen=True)
class Match(OfFetch[MatchConfig, JobStatus]):
    """The match of a fetch's sources with a table of redshifts.

    ::

        fetches/JOB/match/table/NAME         the table, if it was brought, until all is done
        fetches/JOB/match/matched.parquet    source_id, z_spec, ...
    """

    kind = "match"
    folder = "match"
    module = "core.data.archive.match_job"
    config_class = MatchConfig
    temporaries = (".matched.parquet",)

    matched = File("matched.parquet")

    @property
    def table(self) -> Path:
        """The table of redshifts."""
        asked = self.config.redshifts
        return self.path / TABLE / Path(asked).name if self.config.brought else Path(asked)

    def next_step(self, status: JobStatus) -> str:
        """Return what to do after a defeat."""
        return "Resume matches again, with the same table."


def match_of(fetch: FetchJob) -> Match:
    """Return the match of a fetch, which need not exist."""
    return Match(fetch.path / Match.folder)


def start_match(
    fetch: FetchJob,
    redshifts: Path | tuple[str, BinaryIO],
    radius_arcsec: float | None,
    columns: "RedshiftColumns | None" = None,
    *,
    z_unit: str | None = None,
    cuts: str | None = None,
) -> Match:
    """Match in a process of its own, in the place of an earlier match of the fetch.

    Parameters
    ----------
    fetch : FetchJob
        One that is done.
    redshifts : Path or (str, file of bytes)
        A table on this machine, or the name and the content of one.
    radius_arcsec : float or None
        None: by source_id.
    columns, z_unit
        As of `read_redshifts`.
    cuts : str, optional
        On quality, as `parse_cuts` takes them.

    Raises
    ------
    ConfigError
        If the cuts cannot be read.
    RunError
        If one is at work, or the fetch has been deleted.
    """
    from core.data.labels.cuts import parse_cuts

    parse_cuts(cuts)
    given = {} if columns is None else {k: v for k, v in vars(columns).items() if v is not None}
    brought = None if isinstance(redshifts, Path) else redshifts
    name = str(redshifts) if brought is None else Path(brought[0]).name
    asked = MatchConfig(name, brought is not None, radius_arcsec, given, z_unit, cuts)

    def bring(job: Match) -> None:
        if brought is not None:
            job.table.parent.mkdir()
            with replacing(job.table) as temporary, temporary.open("wb") as file:
                # Uploads of hundreds of MB: not once more in memory.
                brought[1].seek(0)
                shutil.copyfileobj(brought[1], file)

    return begin(match_of(fetch), asked, bring)


def work(job: Match) -> str:
    """Match."""
    return worker.work(job, lambda job, device: _match(job))


def _match(job: Match) -> str:
    if not job.table.is_file():
        raise DataError(
            f"{job.config.redshifts}: the table of redshifts is gone. Choose it again, then press "
            "Match."
        )
    job.update(message=f"Reading {job.table.name} and matching it")
    with obeying_at_once(job):
        matched = _matched(job)
        with replacing(job.matched) as temporary:
            matched.table.to_parquet(temporary, index=False)
        job.keep_accounts(matched.accounts)
    if job.config.brought:
        shutil.rmtree(job.table.parent, ignore_errors=True)
    return f"{n_of(len(matched.table), 'galaxy')} matched."


def _matched(job: Match) -> "Matched":
    # SciPy and Astropy come with it: screens that only look at jobs do without them.
    from core.data.labels.cuts import parse_cuts
    from core.data.labels.quality import Asked
    from core.data.matching import match_by_id, match_by_place
    from core.data.redshift_tables import RedshiftColumns

    config, fetch = job.config, job.fetch
    columns = RedshiftColumns(**config.columns)
    quality = Asked(parse_cuts(config.cuts))
    if config.radius_arcsec is None:
        release = fetch.config.release.split()[-1]
        return match_by_id(
            job.table, columns, release=release, z_unit=config.z_unit, quality=quality
        )
    return match_by_place(
        fetch.sources, job.table, config.radius_arcsec, columns, z_unit=config.z_unit,
        quality=quality,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(worker.main(Match, work))
