"""`xpz simulate`: a data set of simulated spectra."""

from contextlib import suppress
from pathlib import Path

import click

from core.amounts import n_of
from core.cli.examples import examples
from core.cli.options import FILE, JSON
from core.cli.shared import Bar, echo, echo_json, make_folder


@click.command(
    epilog=examples("xpz simulate --n 100000 --seed 1 --out data/local/simulated-100k.parquet")
)
@click.option(
    "--n", "n_galaxies", type=click.IntRange(min=1), required=True, help="Number of galaxies."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="The same seed gives the same galaxies; 0 gives those that the shipped runs learnt from.",
)
@click.option("--out", type=FILE, required=True, help="Parquet file to write.")
@click.option("--name", default="", help="Name of the data set; by default the file's name.")
@JSON
def simulate(n_galaxies: int, seed: int, out: Path, name: str, as_json: bool) -> None:
    """Simulate spectra of galaxies: real SDSS galaxies seen by Gaia's instrument model."""
    from core.config import to_dict
    from core.simulation import SimulationConfig, simulate_to_parquet

    make_folder(out.parent)
    tell_same_galaxies(seed, out)
    config = SimulationConfig(n=n_galaxies, seed=seed)
    with Bar(total=n_galaxies, unit=" spectra", unit_scale=True) as bar:
        card = simulate_to_parquet(config, out, progress=bar.show, name=name)
    if as_json:
        echo_json({"file": str(out)} | to_dict(card))
        return
    echo(f"{out}: {n_of(card.n_galaxies, 'simulated spectrum')}, configuration {card.config_hash}")


def tell_same_galaxies(seed: int, out: Path) -> None:
    """Say on the error stream where the galaxies of a seed are already, if they are."""
    from core.data import datasets_folder, read_card
    from core.errors import DataError
    from core.simulation import OF_SHIPPED, new_seed, seed_of

    cards = {}
    for folder in (datasets_folder(), out.parent):
        for path in sorted(folder.glob("*.parquet")):
            with suppress(DataError, OSError):  # a table of another kind is nobody's concern here
                cards[path.resolve()] = read_card(path)
    cards.pop(out.resolve(), None)  # is replaced
    same = [path.name for path, card in cards.items() if seed_of(card) == seed]
    if seed == OF_SHIPPED:
        same.insert(0, "the data that the shipped runs learnt from")
    if same:
        other = new_seed(cards.values())
        echo(
            f"Seed {seed} gives the same galaxies as {same[0]}, which are no test of a run that "
            f"has learnt from them. --seed {other} gives other galaxies.",
            err=True,
        )
