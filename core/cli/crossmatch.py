"""`xpz crossmatch`: spectroscopic redshifts for Gaia's sources, by their place on the sky."""

import json
from pathlib import Path

import click

from core.amounts import n_of
from core.cli.examples import examples
from core.cli.options import (
    AS_JSON,
    FILE,
    INPUT,
    OVERWRITE,
    label_options,
)
from core.cli.shared import (
    echo,
    make_folder,
    refuse_existing,
    refuse_folder,
    report,
)


@click.command(
    epilog=examples(
        "xpz crossmatch --sources fetched --redshifts specObj.fits \\",
        "    --radius 1.0 --out matched.parquet",
        "xpz crossmatch --sources sources.csv --redshifts survey.fits \\",
        '    --radius 1.0 --quality "NQ>=3" --out matched.csv',
    )
)
@click.option(
    "--sources",
    type=INPUT,
    required=True,
    help="Folder of xpz fetch, or a table with source_id, ra and dec.",
)
@click.option(
    "--redshifts", type=INPUT, required=True, help="Table of redshifts, for example SDSS SpecObj."
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
@label_options
@click.option("--id", "source_id", help="Column of Gaia's source_id in the table of sources.")
@click.option("--g-mag", help="As --id: magnitude in Gaia's G band.")
@AS_JSON
@OVERWRITE
def crossmatch(
    sources: Path,
    redshifts: Path,
    radius: float,
    out: Path,
    with_warnings: bool,
    any_kind: bool,
    z_unit: str | None,
    quality: str | None,
    no_quality: bool,
    source_id: str | None,
    g_mag: str | None,
    as_json: bool,
    overwrite: bool,
    **columns: str | None,
) -> None:
    """Match sources with a table of spectroscopic redshifts on the sky, one to one."""
    from core.atomic import keep_inputs
    from core.clock import utc_now
    from core.data import (
        SOURCES,
        Account,
        Asked,
        RedshiftColumns,
        parse_cuts,
        read_redshifts,
        read_sources,
    )
    from core.data.crossmatch import accounts, nothing_matched
    from core.data.crossmatch import crossmatch as match
    from core.prediction import check_ending, rewritten, write_table

    check_ending(out)
    sources = sources / SOURCES if (sources / SOURCES).is_file() else sources
    for path, of in ((sources, "sources"), (redshifts, "redshifts")):
        refuse_folder(path, of)
    keep_inputs(out, [sources, redshifts])
    refuse_existing(out, overwrite=overwrite)
    make_folder(out.parent)
    named = {"source_id": source_id, "g_mag": g_mag}
    account = Account("sources")
    ours = read_sources(sources, {k: name for k, name in named.items() if name}, account)
    theirs = read_redshifts(
        redshifts,
        RedshiftColumns(**columns),
        with_warnings=with_warnings,
        any_kind=any_kind,
        z_unit=z_unit,
        quality=Asked(parse_cuts(quality), none=no_quality),
    )
    table, counts = match(ours, theirs, radius)
    if not len(table):
        raise nothing_matched(ours, theirs, radius)
    if changed := rewritten(table, out):
        account.notes.append(changed)
    told = list(accounts(counts, account, theirs.account, radius))
    about = json.dumps({account.what: account.to_json() for account in told})
    write_table(table, out, {"created": utc_now(), "account": about})
    numbers = {
        "rows of the redshift table": theirs.account.rows,
        "Gaia sources with a position": counts.n_sources,
        f"redshifts within {radius:g} arcsec of a source": counts.n_near,
        "repeated observations, the best one kept": counts.n_repeated,
        "sources matched, one to one": counts.n_matched,
    }
    lines = [f"{words:<52} {n:>12,}" for words, n in numbers.items()]
    nothing_said = not (quality or no_quality or theirs.quality.survey)
    for what, option, reason, dropped in (
        ("warning flags", "warning", "a warning", with_warnings),
        ("spectral types", "kind", "its type", any_kind),
    ):
        if nothing_said and theirs.recognised[option] == "none" and not dropped:
            lines.append(
                f"no {what} recognised: no redshift is left out for {reason}; name the column "
                f"with --{option}"
            )
    report(lines, told, as_json=as_json)
    echo(f"{out}: {n_of(counts.n_matched, 'redshift')}", err=as_json)
