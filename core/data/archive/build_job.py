"""A fetch and its matched redshifts made a data set: ``python -m core.data.archive.build_job``."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.amounts import n_of
from core.data.archive.fetch_job import FetchJob
from core.data.archive.match_job import Match, match_of
from core.data.archive.of_fetch import ACCOUNTS, OfFetch, begin
from core.data.dataset_files import read_card
from core.errors import RunError
from core.file_errors import writing
from core.jobs import CountedStatus, worker
from core.jobs.interrupting import obeying_at_once
from core.stored import is_there


@dataclass(frozen=True)
class BuildConfig:
    """What is built.

    Attributes
    ----------
    folder : str
        Of the data set.
    stem : str
        Name of its file, without the ending; gets a number where another data set has it.
    name : str
        For its card.
    """

    folder: str
    stem: str
    name: str
    created: str | None = None
    device: str | None = None


@dataclass(frozen=True)
class BuildStatus(CountedStatus):
    """How the building goes; see `JobStatus` for the rest.

    Attributes
    ----------
    done : int
        Spectra read.
    total : int
        Spectra of the fetch.
    """

    def words(self) -> str:
        """Return how far it is, in a line for people."""
        if not self.done:
            return "Reading the spectra"
        return f"{self.done:,} of {n_of(self.total, 'spectrum')}"


@dataclass(frozen=True)
class Build(OfFetch[BuildConfig, BuildStatus]):
    """The building of a data set of a fetch's spectra and the redshifts matched with them."""

    kind = "build"
    folder = "build"
    module = "core.data.archive.build_job"
    config_class = BuildConfig
    status_class = BuildStatus

    @property
    def match(self) -> Match:
        """Where its redshifts come from."""
        return match_of(self.fetch)

    @property
    def half_built(self) -> Path:
        """Where the data set is made: beside its place, so that it gets there in one step."""
        return Path(self.config.folder) / f".{self.fetch.id}"

    def dataset(self) -> Path:
        """Return the file of the data set, once it is built."""
        told = self.read_json(ACCOUNTS)
        with self.reading(ACCOUNTS):
            return Path(self.config.folder) / Path(told["file"]).name

    def next_step(self, status: BuildStatus) -> str:
        """Return what to do after a defeat."""
        return "Resume builds it again."


def build_of(fetch: FetchJob) -> Build:
    """Return the building of a fetch's data set, which need not exist."""
    return Build(fetch.path / Build.folder)


def start_build(fetch: FetchJob, folder: Path, stem: str, name: str) -> Build:
    """Build in a process of its own, in the place of an earlier building; data sets stay.

    Raises a `RunError` if no redshifts are matched with the fetch, it is built right now, or the
    fetch has been deleted.
    """
    if not match_of(fetch).is_done:
        raise RunError(f"{fetch.called} has no redshifts yet: match it with a table of some first.")
    return begin(build_of(fetch), BuildConfig(str(folder.resolve()), stem, name))


def work(job: Build) -> str:
    """Build."""
    return worker.work(job, lambda job, device: _build(job))


def _build(job: Build) -> str:
    # pandas and the readers of files come with it: screens that look at jobs do without them.
    from core.data.build import build_dataset

    shutil.rmtree(job.half_built, ignore_errors=True)  # of a process that was killed
    if not _is_in_place(job):
        config, n_spectra = job.config, job.fetch.report().n_spectra

        def report(done: int, total: int | None) -> None:
            job.update(done=done, total=n_spectra)

        job.update(message="", done=0, total=n_spectra)
        with obeying_at_once(job):
            try:
                made = job.half_built / f"{config.stem}.parquet"
                built = build_dataset(
                    [job.fetch.fetched], made, job.match.matched, name=config.name, progress=report
                )
                accounts = [each for each in (built.spectra, built.redshifts) if each]
                for out in _names(Path(config.folder) / made.name):
                    job.keep_accounts(accounts, file=out.name, hash=built.card.hash)
                    if _give_its_place(made, out):
                        break
            finally:
                shutil.rmtree(job.half_built, ignore_errors=True)
    return f"{n_of(read_card(job.dataset()).n_galaxies, 'galaxy')}."


def _is_in_place(job: Build) -> bool:
    """Whether a process that was killed had given the data set its place."""
    if not is_there(job.path / ACCOUNTS) or not is_there(job.dataset()):
        return False
    return read_card(job.dataset()).hash == job.read_json(ACCOUNTS).get("hash")


def _give_its_place(made: Path, out: Path) -> bool:
    """Move a data set to its place, and return True; False where something is there already."""
    with writing(out):
        try:
            os.link(made, out)
        except FileExistsError:
            return False
        except OSError:  # a disk without hard links
            if is_there(out):
                return False
            os.rename(made, out)
        with suppress(OSError):  # for people; the card within the file counts
            os.replace(made.with_suffix(".card.json"), out.with_suffix(".card.json"))
    return True


def _names(path: Path) -> Iterator[Path]:
    yield path
    number = 2
    while True:
        yield path.with_stem(f"{path.stem}-{number}")
        number += 1


if __name__ == "__main__":
    sys.exit(worker.main(Build, work))
