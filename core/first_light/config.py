"""What a first light is asked to do, and the folder in which it does it."""

from dataclasses import dataclass, field, fields
from pathlib import Path

from core.atomic import write_json
from core.config import require, to_dict
from core.data.archive.config import ArchiveConfig
from core.data.archive.question import check_release
from core.data.split import SplitConfig
from core.errors import DataError
from core.stored import is_there, read_as

MIN_GALAXIES = 300
"""Fewer leave too few to calibrate with: 39 must be in the validation part."""

SPLIT = SplitConfig(test_fraction=0.4, validation_fraction=0.3)
"""A larger test part than a training has by default: here the numbers matter, not the network."""


@dataclass(frozen=True)
class FirstLightConfig:
    """What is fetched, judged and trained.

    Attributes
    ----------
    galaxies : int
        How many with a spectroscopic redshift, at most.
    release : str
        'Gaia DR3' or a later one.
    archive : ArchiveConfig
    redshifts : str or None
        A table of spectroscopic redshifts of your own; by default one in the archive.
    radius_arcsec : float
        Within which a redshift belongs to a source, where they are matched by place.
    start : str
        The shipped run that is recalibrated and fine-tuned.
    most_candidates : int
        Galaxies that a table of your own is matched with, at most; in a random order.
    seed : int
        Of the draw of galaxies.
    """

    galaxies: int = 3000
    release: str = "Gaia DR3"
    archive: ArchiveConfig = field(default_factory=ArchiveConfig)
    redshifts: str | None = None
    radius_arcsec: float = 1.0
    start: str = "compact-520k"
    most_candidates: int = 500_000
    seed: int = 0

    def __post_init__(self) -> None:
        check_release(self.release)
        require(
            self.galaxies >= MIN_GALAXIES,
            f"First light: expected {MIN_GALAXIES} galaxies or more, received {self.galaxies}: "
            "fewer cannot be split into parts to train, to calibrate and to judge.",
        )
        require(
            0 < self.radius_arcsec <= 60,
            "First light: expected a radius above 0 and up to 60 arcsec, received "
            f"{self.radius_arcsec:g}.",
        )


@dataclass(frozen=True)
class Folder:
    """The folder of a first light: everything that it makes, by its path.

    ::

        first_light.json     what was asked
        redshifts/           what the archive sent, and labels.parquet: the galaxies and their z
        fetched/             their sources and spectra, as `xpz fetch` makes it
        galaxies.parquet     the data set
        judged/              redshifts of each shipped run
        runs/                the recalibrated and the fine-tuned run
        steps/               what came of each step
        figures.json         every number of the report
        report.html
    """

    path: Path

    @property
    def settings(self) -> Path:
        """What was asked."""
        return self.path / "first_light.json"

    @property
    def sent(self) -> Path:
        """Rows that the archive sent: redshifts, or places of galaxies."""
        return self.path / "redshifts" / "sent.parquet"

    @property
    def labels(self) -> Path:
        """The galaxies that were drawn, with their redshifts."""
        return self.path / "redshifts" / "labels.parquet"

    @property
    def found(self) -> Path:
        """Where the redshifts are from, and what became of all of them."""
        return self.path / "redshifts" / "found.json"

    @property
    def fetched(self) -> Path:
        """The fetch of their spectra."""
        return self.path / "fetched"

    @property
    def dataset(self) -> Path:
        """Spectra and redshifts."""
        return self.path / "galaxies.parquet"

    @property
    def judged(self) -> Path:
        """Redshifts of each shipped run, a table each."""
        return self.path / "judged"

    @property
    def runs(self) -> Path:
        """Root of the runs that are made here."""
        return self.path / "runs"

    @property
    def figures(self) -> Path:
        """Every number of the report."""
        return self.path / "figures.json"

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / "report.html"

    def step(self, number: int) -> Path:
        """Return the record of a step that is done, from 1."""
        return self.path / "steps" / f"{number}.json"

    def open(self, config: FirstLightConfig) -> None:
        """Begin here, or go on with the same settings.

        Raises a `DataError` if the folder holds something else, or a first light of other settings.
        """
        if is_there(self.settings):
            todo = "Move the folder away and begin again."
            kept = read_as(FirstLightConfig, self.settings, todo=todo)
            differ = [
                f"{one.name} ({getattr(kept, one.name)}, now {getattr(config, one.name)})"
                for one in fields(config)
                if one.name != "archive" and getattr(kept, one.name) != getattr(config, one.name)
            ]
            if kept.archive.service != config.archive.service:
                differ.append(f"service ({kept.archive.server}, now {config.archive.server})")
            if differ:
                raise DataError(
                    f"{self.path}: holds a first light of other settings: {', '.join(differ)}. "
                    "Repeat the earlier command to continue it, or choose another folder."
                )
            return
        if self.path.is_dir() and any(
            not each.name.startswith(".") for each in self.path.iterdir()
        ):
            raise DataError(
                f"{self.path}: expected a new or empty folder, or one of an earlier first light; "
                "this one holds other files."
            )
        self.path.mkdir(parents=True, exist_ok=True)
        write_json(self.settings, to_dict(config))
