"""`xpz simulate`: a data set of simulated spectra."""

from pathlib import Path

import click

from core.amounts import n_of
from core.cli.examples import examples
from core.cli.options import FILE, JSON
from core.cli.shared import Bar, echo, echo_json, make_folder


@click.command(
    epilog=examples("xpz simulate --n 100000 --seed 1 --out data/local/simulated-100k.parquet")
)
@click.option("--n", "n_galaxies", type=click.IntRange(min=1), required=True, help="Galaxies.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="The same seed gives the same galaxies.",
)
@click.option("--out", type=FILE, required=True, help="Parquet file to write.")
@JSON
def simulate(n_galaxies: int, seed: int, out: Path, as_json: bool) -> None:
    """Simulate spectra of galaxies: real SDSS galaxies seen by Gaia's instrument model."""
    from core.config import to_dict
    from core.simulation import SimulationConfig, simulate_to_parquet

    make_folder(out.parent)
    config = SimulationConfig(n=n_galaxies, seed=seed)
    with Bar(total=n_galaxies, unit=" spectra", unit_scale=True) as bar:
        card = simulate_to_parquet(config, out, progress=bar.show)
    if as_json:
        echo_json({"file": str(out)} | to_dict(card))
        return
    echo(f"{out}: {n_of(card.n_galaxies, 'simulated spectrum')}, configuration {card.config_hash}")
