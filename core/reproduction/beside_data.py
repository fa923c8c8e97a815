"""What the dissertation says of its data beside the same of a data set, as tables of text."""

from collections.abc import Callable, Sequence

import numpy as np

from core.data.published import in_print, published
from core.data.statistics import AverageSpectrum, RedshiftSummary, SplitSummary
from core.report.document import Table
from core.report.estimates import number
from core.reproduction.cells import OURS, PUBLISHED, span
from core.reproduction.steps import NONE


def redshifts(summary: RedshiftSummary) -> Table:
    """Return moments and percentiles of a data set's redshifts."""
    theirs = published()
    rows = [("Galaxies", f"{theirs.n_galaxies:,}", f"{summary.n:,}")]
    rows += [
        (title, in_print(there), number(here))
        for title, there, here in (
            ("Mean", theirs.redshift_mean, summary.mean),
            ("Median", theirs.redshift_median, summary.median),
            ("Standard deviation", theirs.redshift_std, summary.std),
            ("Skewness", theirs.redshift_skewness, summary.skewness),
            ("Excess kurtosis", theirs.redshift_kurtosis, summary.kurtosis),
        )
    ]
    rows += [
        (f"Percentile {rank}", in_print(theirs.redshift_percentiles[rank]), number(value))
        for rank, value in summary.percentiles.items()
    ]
    return Table(("Redshifts", PUBLISHED, OURS), tuple(rows))


def averages(found: Sequence[AverageSpectrum]) -> Table:
    """Return the mean flux per range, over those samples whose published value could be read."""
    theirs = published()
    flux = dict(zip(theirs.mean_flux_ranges, theirs.mean_flux, strict=True))
    rows = []
    for each in found:
        read = flux.get((each.z_low, each.z_high))
        known = slice(None) if read is None else np.isfinite(read)
        rows.append(
            (
                span(f"{each.z_low:g}", f"{each.z_high:g}"),
                NONE if read is None else number(read[known].mean(), 3),
                number(each.mean[known].mean(), 3),
                f"{each.n_used:,}",
            )
        )
    header = ("z_spec", f"{PUBLISHED}: mean flux", f"{OURS}: mean flux", "Galaxies of ours")
    return Table(header, tuple(rows))


def examples(z: np.ndarray, flux_of: Callable[[int], np.ndarray]) -> Table:
    """Return the galaxies of Table 1, each with the one of ours that is nearest in redshift.

    `z`, shape (N,), are our redshifts; `flux_of` gives the flux (186,) of one row.
    """
    rows = []
    for theirs in published().table1.to_dict("records"):
        row = int(np.argmin(np.abs(z - theirs["z"])))
        samples = {f"flux_{i}": value for i, value in enumerate(flux_of(row))}
        for whose, each in ((PUBLISHED, theirs), (OURS, {"z": z[row], **samples})):
            rows.append(
                (whose, f"{each['z']:.7f}", *(f"{each[column]:.3f}" for column in _samples()))
            )
    header = ("Whose", "z", *(f"Flux {column.partition('_')[2]}" for column in _samples()))
    return Table(header, tuple(rows))


def split(summary: SplitSummary) -> Table:
    """Return how many galaxies are in each part."""
    theirs = published().training["split_percent"]
    rows = tuple(
        (
            {"train": "Training"}.get(each["part"], each["part"].capitalize()),
            f"{percent} %",
            f"{each['percent']:.1f} %",
            f"{each['galaxies']:,}",
            number(each["median_z"]),
        )
        for each, percent in zip(summary.parts.to_dict("records"), theirs, strict=True)
    )
    return Table(("Part", PUBLISHED, OURS, "Galaxies of ours", "Median z of ours"), rows)


def _samples() -> list[str]:
    return [str(name) for name in published().table1 if name != "z"]
