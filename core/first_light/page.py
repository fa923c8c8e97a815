"""The report of a first light as a page: from figures.json alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.amounts import n_of
from core.data.account import Account
from core.evaluation.shares import OF_SHARES
from core.report.document import Block, Code, Document, Figure, Section, Table, Text
from core.report.estimates import (
    bins,
    coverage,
    coverages,
    metrics,
    n_z,
    number,
    percent,
    pictures,
    with_ends,
)
from core.report.figures import curves
from core.shell import command

Numbers = Mapping[str, Any]


def page(figures: Numbers) -> Document:
    """Return the report of what `core.first_light.figures.collect` gave."""
    settings, galaxies = figures["settings"], figures["galaxies"]
    sections = [
        Section("The galaxies", tuple(_galaxies(figures))),
        Section("The runs that come with xpz, on these galaxies", tuple(_shipped(figures))),
        Section("After recalibration and fine-tuning", tuple(_after(figures))),
        Section("Gaia's own redshifts", tuple(_ugc(figures["ugc"]))),
        Section("To go on", tuple(_go_on(figures))),
        Section("How it was made", tuple(_made(figures))),
        Section("What became of all rows", tuple(_accounts(figures))),
    ]
    title = f"First light: {n_of(galaxies['n'], 'galaxy')} of {settings['release']}"
    return Document(title, tuple(_lead(figures)), tuple(sections))


def _lead(figures: Numbers) -> list[Text]:
    start, after = figures["settings"]["start"], figures["after"]
    own = figures["shipped"]["on_their_own_test_parts"].get(start, {})
    lead = []
    if start in figures["shipped"]["estimates"]:
        here = figures["shipped"]["estimates"][start]
        lead.append(
            Text(
                f"{start} reaches an MAE of {with_ends(here, 'mae')} on these galaxies; on "
                f"{own.get('n') or 0:,} {own.get('origin')} ones it was {number(own.get('mae'))}. "
                f"Its 68 % intervals hold {coverage(here)}."
            )
        )
    lead += [
        Text(found["mae"]["sentence"]) for found in after["comparison"]["differences"].values()
    ]
    held = (f"{name} {coverage(each)}" for name, each in after["estimates"].items())
    lead.append(Text(f"Of the same galaxies inside 68 % intervals: {'; '.join(held)}."))
    lead.append(
        Text(
            "z_spec is the spectroscopic redshift, d = z_pred - z_spec, e = d / (1 + z_spec). "
            f"Brackets are 95 % intervals from resampled galaxies (bootstrap); {OF_SHARES}. They "
            "know the sampling of galaxies, not how the sample was chosen: it is as bright as "
            "spectroscopic surveys and Gaia's spectra make it."
        )
    )
    return lead


def _galaxies(figures: Numbers) -> list[Block]:
    found, galaxies = figures["redshifts"], figures["galaxies"]
    facts = {
        "Redshifts": found["table"] + (f" ({found['survey']})" if found["survey"] else ""),
        "Joined": found["way"],
        "Cuts": found["quality"],
        "With a redshift and XP spectrum": f"{found['n_found']:,}",
        "Drawn": f"{found['n_drawn']:,}",
        "With a usable spectrum": f"{galaxies['n']:,}",
        "z (least, 5, 50, 95 %, most)": _range(galaxies["z_percentiles"], 3),
    }
    if galaxies.get("g_mag_percentiles"):
        facts["G (the same) [mag]"] = _range(galaxies["g_mag_percentiles"], 2)
    shipped = figures["shipped"]
    series = [replace(n_z("spectroscopic", shipped["n_z"]), reference=True)]
    series += [n_z(name, each["n_z"]) for name, each in shipped["estimates"].items()]
    return [
        _facts(facts),
        Figure(
            curves(series, "Redshift", "Galaxies per bin of 0.02"),
            "Distribution of the spectroscopic redshifts, and of those of each shipped run.",
        ),
    ]


def _shipped(figures: Numbers) -> list[Block]:
    shipped = figures["shipped"]
    estimates, own = shipped["estimates"], shipped["on_their_own_test_parts"]
    rows = tuple(
        (
            name,
            f"{own[name]['n'] or 0:,} {own[name]['origin']}",
            number(own[name]["mae"]),
            with_ends(each, "mae"),
            _ratio(each["mae"], own[name]["mae"]),
            percent(own[name]["coverage"].get("68")),
            coverage(each),
        )
        for name, each in estimates.items()
    )
    return [
        Text(
            "The runs have learnt from simulated spectra and were judged on others of them. How "
            "far those numbers carry over to real ones was not known; here they stand side by side."
        ),
        Table(
            (
                "Run",
                "Its own test part",
                "MAE there",
                "MAE here",
                "Ratio",
                "68 % there",
                "68 % here",
            ),
            rows,
        ),
        *metrics(shipped["estimates"]),
        *pictures(shipped["estimates"]),
        *_sentences(shipped),
        *bins(shipped["estimates"]),
    ]


def _after(figures: Numbers) -> list[Block]:
    after, split = figures["after"], figures["split"]
    n = after["comparison"]["galaxies"]["n"]
    return [
        Text(
            f"{figures['settings']['start']} as it comes; calibrated with these galaxies, its "
            "network as it is (recalibrated); and trained further on the training part "
            f"(fine-tuned). All are judged on the same {n_of(n, 'galaxy')} of the test part "
            f"({100 * split['test_fraction']:.0f} %), which no network was trained with; of the "
            "recalibrated one each galaxy is judged by a calibration without it (five folds)."
        ),
        *metrics(after["estimates"]),
        *_sentences(after),
        *pictures(after["estimates"]),
        *coverages(after["estimates"]),
        *bins(after["estimates"]),
    ]


def _ugc(ugc: Numbers | None) -> list[Block]:
    if ugc is None:
        return [Text("The archive gave none for these galaxies.")]
    n = ugc["comparison"]["galaxies"]["n"]
    return [
        Text(
            f"The Unresolved Galaxy Classifier (UGC) gives a redshift for {n_of(n, 'galaxy')} "
            "of the test part. It was trained on galaxies of SDSS, perhaps on some of these; "
            "xpz's runs have not seen them. Its intervals are its own."
        ),
        *metrics(ugc["estimates"]),
        *_sentences(ugc),
        *pictures(ugc["estimates"]),
        *coverages(ugc["estimates"]),
    ]


def _go_on(figures: Numbers) -> list[Block]:
    made = figures["runs"].values()
    others = "--in", "spectra", "--out", "redshifts.fits"
    lines = "\n".join(command("xpz", "predict", "--run", path, *others) for path in made)
    return [Text("Redshifts by the runs that were made here:"), Code(lines)]


def _made(figures: Numbers) -> list[Block]:
    settings, fetch = figures["settings"], figures["fetch"]
    facts = {
        "Made": figures["made"][:19].replace("T", " ") + " UTC",
        "Archive": fetch["server"],
        "Release": settings["release"],
        "Galaxies, at most": f"{settings['galaxies']:,}",
        "Seed of the draw": str(settings["seed"]),
        "Radius [arcsec]": f"{settings['radius_arcsec']:g}",
        "SHA-256 of the data set": figures["galaxies"]["hash"],
        **{f"Version of {name}": text for name, text in figures["versions"].items()},
    }
    steps = tuple(
        (told["step"], f"{told['seconds']:,.0f} s", told["came"]) for told in figures["steps"]
    )
    return [
        _facts(facts),
        Table(("Step", "Took, when it ended", "What came of it"), steps),
        Text("What the archive was asked, for galaxies and redshifts, then for their sources:"),
        Code(figures["redshifts"]["query"]),
        Code(fetch["sent"]),
    ]


def _accounts(figures: Numbers) -> Iterator[Block]:
    """Yield the accounts of what was read: of redshifts, then of spectra and the table of both."""
    found, built = figures["redshifts"]["accounts"], figures["galaxies"]["account"] or {}
    for each in (*found, *built.values()):
        counts = Account.from_json(each).counts()
        rows = tuple((words, f"{n:,}") for words, n in counts.items() if n)
        yield Table((each["what"].capitalize(), ""), rows)


def _ratio(here: float, there: float | None) -> str:
    return f"{here / there:.2f}" if there else "-"


def _range(percentiles: Mapping[str, float], digits: int) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in percentiles.values())


def _facts(values: Mapping[str, str]) -> Table:
    return Table(("", ""), tuple(values.items()))


def _sentences(numbers: Numbers) -> list[Block]:
    found = numbers["comparison"]["differences"].values()
    return [Text("\n".join(each["mae"]["sentence"] for each in found))] if found else []
