"""Simulated XP spectra: real galaxies and templates through Gaia's instrument, with noise."""

from core.simulation.config import SimulationConfig, TableConfig, config_hash
from core.simulation.simulate import simulate, simulate_blocks, simulate_to_parquet
from core.simulation.tables import SimulationTables, build_tables, load_tables, save_tables

__all__ = [
    "SimulationConfig",
    "SimulationTables",
    "TableConfig",
    "build_tables",
    "config_hash",
    "load_tables",
    "save_tables",
    "simulate",
    "simulate_blocks",
    "simulate_to_parquet",
]
