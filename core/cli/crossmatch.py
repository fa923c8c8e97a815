"""`xpz crossmatch`: spectroscopic redshifts for Gaia's sources, by their place on the sky."""

from pathlib import Path

import click

from core.cli.shared import FILE, echo, make_folder


@click.command()
@click.option(
    "--sources",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder of xpz fetch, or a table with source_id, ra and dec.",
)
@click.option(
    "--redshifts", type=FILE, required=True, help="Table of redshifts, for example SDSS SpecObj."
)
@click.option("--radius", type=float, required=True, help="Largest separation [arcsec].")
@click.option("--out", type=FILE, required=True, help="Table to write.")
@click.option("--ra", help="Column of the redshift table, where its name is not recognised.")
@click.option("--dec", help="As --ra.")
@click.option("--z", help="As --ra.")
@click.option(
    "--z-error",
    help="As --ra: error of the redshift, which selects the best of repeated observations.",
)
@click.option("--warning", help="As --ra: 0 where the redshift is reliable.")
@click.option("--kind", help="As --ra: GALAXY where the spectrum is of a galaxy.")
@click.option("--with-warnings", is_flag=True, help="Keep redshifts whose warning flag is set.")
@click.option("--any-kind", is_flag=True, help="Keep redshifts that are not of type GALAXY.")
def crossmatch(
    sources: Path,
    redshifts: Path,
    radius: float,
    out: Path,
    with_warnings: bool,
    any_kind: bool,
    **columns: str | None,
) -> None:
    """Match sources with a table of spectroscopic redshifts on the sky, one to one."""
    from core.atomic import keep_inputs
    from core.data import (
        SOURCES,
        RedshiftColumns,
        check_ending,
        read_redshifts,
        read_sources,
        write_sources,
    )
    from core.data.crossmatch import crossmatch as match

    check_ending(out)
    sources = sources / SOURCES if sources.is_dir() else sources
    keep_inputs(out, [sources, redshifts])
    make_folder(out.parent)
    ours = read_sources(sources)
    theirs = read_redshifts(
        redshifts, RedshiftColumns(**columns), with_warnings=with_warnings, any_kind=any_kind
    )
    table, counts = match(ours, theirs, radius)
    write_sources(table, out)
    lines = [
        ("rows of the redshift table", theirs.n_rows),
        *((f"left out: {reason}", n) for reason, n in theirs.left_out.items()),
        ("Gaia sources with a position", counts.n_sources),
        *(
            [("Gaia sources without one", counts.n_without_position)]
            * bool(counts.n_without_position)
        ),
        (f"redshifts within {radius:g} arcsec of a source", counts.n_near),
        ("repeated observations, the best one kept", counts.n_repeated),
        ("left out: disagree on the redshift", counts.n_contradicting),
        ("left out: the source is nearer to another", counts.n_crowded),
        ("sources matched, one to one", counts.n_matched),
    ]
    for words, n in lines:
        echo(f"{words:<52} {n:>12,}")
    if theirs.recognised["warning"] == "none" and not with_warnings:
        echo("no warning flags recognised: all redshifts are used; name the column with --warning")
    if theirs.recognised["kind"] == "none" and not any_kind:
        echo("no spectral types recognised: all redshifts are used; name the column with --kind")
    echo(f"{out}: {counts.n_matched:,} redshifts")
