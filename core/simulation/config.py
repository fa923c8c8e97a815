"""Every number of the simulation's recipe, in frozen dataclasses that go to and from JSON."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from core.config import require, to_dict
from core.simulation.extinction import R_V
from core.simulation.galaxies import GalaxyConfig
from core.simulation.instrument import InstrumentConfig
from core.simulation.noise import NoiseConfig
from core.simulation.population import PopulationConfig
from core.simulation.profile import ProfileConfig
from core.simulation.templates import TemplateConfig
from core.spectra import SampleGrid


@dataclass(frozen=True)
class TableConfig:
    """Everything that the derived arrays depend on."""

    grid: SampleGrid = field(default_factory=SampleGrid)
    templates: TemplateConfig = field(default_factory=TemplateConfig)
    galaxies: GalaxyConfig = field(default_factory=GalaxyConfig)
    profile: ProfileConfig = field(default_factory=ProfileConfig)
    instrument: InstrumentConfig = field(default_factory=InstrumentConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    z_max: float = 0.6  # redshift nodes of the table of spectra, from 0
    z_step: float = 0.005
    re_min_arcsec: float = 0.1  # half-light radius nodes, even in ln; radii beyond take the last
    re_max_arcsec: float = 12.0
    n_re: int = 15
    n_warps: int = 5  # smooth warps (cosines over ln wavelength)
    r_v: float = R_V  # A(V)/E(B-V) of the Galactic extinction curve

    def __post_init__(self) -> None:
        require(
            0 < self.z_step < self.z_max <= self.galaxies.fit_z_max,
            "Tables: expected 0 < z_step < z_max <= galaxies.fit_z_max, received "
            f"{self.z_step}, {self.z_max} and {self.galaxies.fit_z_max}.",
        )
        require(
            0 < self.re_min_arcsec < self.re_max_arcsec and self.n_re >= 2,
            "Tables: expected 0 < re_min_arcsec < re_max_arcsec and n_re of 2 or more, "
            f"received {self.re_min_arcsec}, {self.re_max_arcsec} and {self.n_re}.",
        )


@dataclass(frozen=True)
class SimulationConfig:
    """A simulated sample. With the same seed, a larger one begins with the smaller one.

    Galaxies whose brightest sample would exceed `brightest_sample` [e-/s per sample] are dimmed to
    it; min-max scaling would crush all others. Flux and its error are rounded to multiples of
    `flux_step` [e-/s per sample], a power of two about 1/100 of the noise, so that files shrink.
    """

    n: int = 20_000
    seed: int = 0
    tables: TableConfig = field(default_factory=TableConfig)
    population: PopulationConfig = field(default_factory=PopulationConfig)
    brightest_sample: float = 110.0
    flux_step: float = 2.0**-9

    def __post_init__(self) -> None:
        require(self.n >= 1, f"Galaxies: expected at least 1, received {self.n}.")
        require(self.seed >= 0, f"Seed: expected 0 or more, received {self.seed}.")
        require(
            self.brightest_sample > 0 and self.flux_step > 0,
            "Simulation: expected brightest_sample and flux_step above 0, received "
            f"{self.brightest_sample} and {self.flux_step}.",
        )


def config_hash(config: Any) -> str:
    """Return the SHA-256 of a configuration's JSON, hexadecimal."""
    text = json.dumps(to_dict(config), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
