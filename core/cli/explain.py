"""`xpz explain`: which wavelengths carry a run's redshifts."""

from pathlib import Path

import click

import core
from core.amounts import n_of
from core.cli.examples import examples
from core.cli.options import DATASET, JSON, run_option
from core.cli.shared import Bar, echo, echo_json


@click.command(
    epilog=examples(
        "xpz explain --run RUN_ID",
        "xpz explain --run RUN_ID --data data/simulated-20k.parquet",
    )
)
@run_option
@click.option(
    "--data",
    type=DATASET,
    help="Data set whose galaxies are looked at; the run's own, of which the test part, by "
    "default. Galaxies that the run was trained with are left out.",
)
@JSON
def explain(run: "core.Run", data: Path | None, as_json: bool) -> None:
    """Make a map of how redshifts change where a part of the spectrum is hidden, by redshift.

    It is kept in the run (wavelength_map.npz) and shown on the Evaluate screen.
    """
    from core.inspection import MIN_GALAXIES, map_job

    with Bar(unit="stretch", desc=run.run_id) as bar:
        found = map_job.explain(run, data, bar.show)
    strongest = []
    for low, high, n, row in zip(
        found.edges[:-1], found.edges[1:], found.n, found.strength, strict=True
    ):
        if n >= MIN_GALAXIES:
            first = row.argmax()
            strongest.append(
                {
                    "z_low": float(low),
                    "z_high": float(high),
                    "n": int(n),
                    "wavelength_nm": float(found.wavelength_nm[first]),
                    "mean_change": float(row[first]),
                }
            )
    if as_json:
        told = {"run_id": run.run_id, "file": str(run.wavelength_map_path)}
        n_all = int(found.n.sum())
        echo_json(told | {"galaxies": found.origin.galaxies, "n": n_all, "strongest": strongest})
        return
    echo(f"{run.run_id}: wrote {run.wavelength_map_path.name} in {run.path}")
    echo()
    echo(f"Of {n_of(found.n.sum(), 'galaxy')} of {found.origin.galaxies}, the wavelengths whose")
    echo("hiding changes the redshift most:")
    for one in strongest:
        echo(
            f"z {one['z_low']:.3f} - {one['z_high']:.3f}   {n_of(one['n'], 'galaxy'):>14}   "
            f"{one['wavelength_nm']:4.0f} nm   mean |change of z| / (1 + z) "
            f"{one['mean_change']:.4f}"
        )
