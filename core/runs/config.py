"""What a run trains, and what it is called; it never changes."""

from dataclasses import dataclass

from core.data.card import origin_words
from core.data.instrument import DR3, Instrument
from core.data.split import SplitConfig
from core.jobs.roots import check_id
from core.model.config import Recipe
from core.model.presets import preset_of


@dataclass(frozen=True)
class DataReference:
    """The data set that a run was trained on.

    `path` is relative to the run's folder where that is possible, so that a project can be moved as
    a whole; `hash` tells whether the file is the same; `instrument` is None in runs of old, see
    `known_instrument`.
    """

    path: str
    name: str
    hash: str
    n_galaxies: int
    origin: str
    instrument: Instrument | None = None

    @property
    def known_instrument(self) -> Instrument:
        """What is known of the instrument of the spectra.

        Of runs of old on simulated spectra DR3's, as xpz simulated no other.
        """
        if self.instrument is not None:
            return self.instrument
        return DR3 if self.origin == "simulated" else Instrument()

    @property
    def origin_words(self) -> str:
        """Where the spectra come from; see `core.data.card.origin_words`."""
        return origin_words(self.origin)


@dataclass(frozen=True)
class Start:
    """The run whose network and scaling a training goes on from: fine-tuning.

    `path` is that run's folder, relative to this run's where that is possible; `hash` is its
    `Run.network_hash` when this run was made.
    """

    run_id: str
    path: str
    hash: str


@dataclass(frozen=True)
class RunConfig:
    """What a run trains: the recipe, the data, their split and the device asked for.

    `preset` is the one that the recipe is, whatever was given or stored: none where a setting
    differs, or the training goes on from a run.
    Without a `start`, a network begins with freshly drawn weights. `found_by` says for people which
    trial of which search found the recipe, if one did. Of a run that was calibrated anew without a
    training, `data` are the galaxies that it was calibrated with, `start` is the run that it came
    from, and `recalibrated` the data set that its network was trained on.
    """

    run_id: str
    name: str
    preset: str | None
    recipe: Recipe
    data: DataReference
    split: SplitConfig
    device: str = "auto"
    created: str = ""
    start: Start | None = None
    found_by: str = ""
    recalibrated: DataReference | None = None

    @property
    def learnt_from(self) -> DataReference:
        """The data set that the network was trained on."""
        return self.data if self.recalibrated is None else self.recalibrated

    def is_calibrated_with(self, data_hash: str) -> bool:
        """Whether the run was calibrated anew with a data set: its predictions are of it."""
        return self.recalibrated is not None and self.data.hash == data_hash

    def __post_init__(self) -> None:
        check_id(self.run_id)
        preset = None if self.start is not None else preset_of(self.recipe)
        object.__setattr__(self, "preset", preset)
