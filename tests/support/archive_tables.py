"""Tables of an archive of our own, as DR3 has them and as DR4 might, and ADQL over them.

SQLite answers: a query in names that the archive does not have is refused, as the real one does.
"""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Column:
    """A column: its name, that of the catalogue's column it holds, and what TAP_SCHEMA says."""

    name: str
    of: str = ""
    datatype: str = "double"
    description: str = ""
    ucd: str = ""


@dataclass(frozen=True)
class Layout:
    """What an archive calls its tables: columns by table, descriptions by table.

    `rows` are those of tables that hold something else than the catalogue's galaxies.
    """

    columns: dict
    descriptions: dict
    rows: dict = field(default_factory=dict)


def _bounds(name):
    return (Column(name), Column(f"{name}_lower"), Column(f"{name}_upper"))


DR3 = Layout(
    {
        "gaiadr3.gaia_source": (
            Column("source_id", datatype="long"),
            Column("ra", ucd="pos.eq.ra;meta.main"),
            Column("dec", ucd="pos.eq.dec;meta.main"),
            Column("phot_g_mean_mag", datatype="float", ucd="phot.mag;em.opt"),
            Column("random_index", datatype="long"),
            Column("has_xp_continuous", datatype="boolean"),
        ),
        "gaiadr3.galaxy_candidates": (
            Column("source_id", datatype="long"),
            *_bounds("redshift_ugc"),
            Column("radius_sersic", datatype="float"),
            Column("classlabel_dsc_joint", datatype="char"),
            Column("vari_best_class_name", datatype="char"),
        ),
        "gaiadr3.qso_candidates": (
            Column("source_id", datatype="long"),
            Column("redshift_qsoc", "redshift_ugc"),
        ),
        "gaiadr3.dr2_neighbourhood": (
            Column("dr2_source_id", "older_id", "long"),
            Column("dr3_source_id", "source_id", "long"),
        ),
        "gaiadr3.sdssdr13_best_neighbour": (
            Column("source_id", datatype="long"),
            Column("original_ext_source_id", "older_id", "long"),
        ),
        "gaiadr2.gaia_source": (Column("source_id", "older_id", "long"),),
    },
    {"gaiadr3.gaia_source": "Main table of all sources of Gaia DR3"},
)

# Names that nobody guessed: another prefix, flag in a table of its own, no UGC, galaxies split.
OTHER = Layout(
    {
        "gaia_archive_dr4.source": (
            Column("source_id", datatype="long"),
            Column("ra"),
            Column("dec"),
            Column("g_mean_magnitude", "phot_g_mean_mag", "float", "G band mean magnitude"),
            Column("random_number", "random_index", "long", "Random index of the source"),
        ),
        "gaia_archive_dr4.spectral_products": (
            Column("source_id", datatype="long"),
            Column("n_epoch_xp", "random_index", "short", "Number of epoch BP and RP spectra"),
            Column(
                "mean_spectrum_available",
                "has_xp_continuous",
                "boolean",
                "Whether the mean BP/RP spectrum of the source is available as coefficients",
            ),
        ),
        "gaia_archive_dr4.extragalactic_objects": (
            Column("source_id", datatype="long"),
            Column("galaxy_radius_sersic", "radius_sersic", "float"),
            Column("class_joint", "classlabel_dsc_joint", "char", "Class by DSC, joint purest"),
        ),
        "gaia_archive_dr4.galaxy_redshifts": (
            Column("source_id", datatype="long"),
            Column("zg", "redshift_ugc", "float", "Redshift of the galaxy", "src.redshift"),
            Column("zg_lo", "redshift_ugc_lower", "float", "16th percentile of the redshift"),
            Column("zg_hi", "redshift_ugc_upper", "float", "84th percentile of the redshift"),
        ),
        "gaia_archive_dr4.quasars": (
            Column("source_id", datatype="long"),
            Column("redshift_qso", "redshift_ugc", "float", "Redshift of the quasar"),
        ),
        "gaia_archive_dr4.xmatch_dr3": (
            Column("gaia_dr3_source_id", "older_id", "long"),
            Column("source_id", datatype="long"),
        ),
        "gaiadr3.gaia_source": (Column("source_id", "older_id", "long"),),
    },
    {
        "gaia_archive_dr4.extragalactic_objects": "Candidates of galaxies and their shapes",
        "gaia_archive_dr4.galaxy_redshifts": "Redshifts of galaxies from mean spectra",
        "gaia_archive_dr4.quasars": "Candidates of quasars",
        "gaia_archive_dr4.xmatch_dr3": "Neighbours of Gaia DR3 sources, in DR4",
    },
)

# A mirror that has coefficients beside the sources, and no DataLink.
MIRROR = Layout(
    {
        **{
            name: DR3.columns[name] for name in ("gaiadr3.gaia_source", "gaiadr3.galaxy_candidates")
        },
        "gaiadr3.xp_continuous_mean_spectrum": (
            Column("source_id", datatype="long"),
            *(
                Column(f"{band}_{name}", f"{band}{of}", kind)
                for band in ("bp", "rp")
                for name, of, kind in (
                    ("basis_function_id", "_basis_id", "short"),
                    ("coefficients", "", "double"),
                    ("coefficient_errors", "_errors", "float"),
                    ("coefficient_correlations", "_correlations", "float"),
                )
            ),
        ),
    },
    {},
)


def without(layout, *names):
    """Return a layout that lacks tables ('galaxy_candidates') or columns ('random_index')."""
    columns = {
        table: tuple(column for column in held if column.name not in names)
        for table, held in layout.columns.items()
        if table.rpartition(".")[2] not in names
    }
    return Layout(columns, layout.descriptions, layout.rows)


def renamed(layout, old, new):
    """Return a layout in which a column has another name."""
    columns = {
        table: tuple(replace(column, name=new) if column.name == old else column for column in held)
        for table, held in layout.columns.items()
    }
    return Layout(columns, layout.descriptions, layout.rows)


def with_neighbours(layout, rows):
    """Return `OTHER`, or what was made of it, with pairs of ids of its own (DataFrame).

    Their columns are older, newer, distance [mas] and difference [mag].
    """
    table = "gaia_archive_dr4.xmatch_dr3"
    columns = (
        Column("gaia_dr3_source_id", datatype="long"),
        Column("source_id", datatype="long"),
        Column("sep_on_sky", datatype="float", description="Angular distance of the two"),
        Column("delta_g", datatype="float", description="Difference of the mean magnitudes"),
    )
    named = rows.set_axis([column.name for column in columns], axis=1)
    return replace(
        layout, columns=layout.columns | {table: columns}, rows=layout.rows | {table: named}
    )


def query(layout, sources, spectra, adql, uploaded):
    """Return the table that a query finds (DataFrame), or the words of a refusal."""
    with closing(sqlite3.connect(":memory:")) as connection:
        return _answer(connection, layout, sources, spectra, adql, uploaded)


def _answer(connection, layout, sources, spectra, adql, uploaded):
    connection.create_function("inside", 5, _inside)
    tables = dict(_tables(layout, sources, spectra))
    if uploaded is not None:
        tables["tap_upload.asked"] = pd.DataFrame({"source_id": pd.Series(uploaded, dtype="int64")})
    text = re.sub(
        r"CONTAINS\(POINT\(([^)]*)\), CIRCLE\(([^)]*)\)\)", r"inside(\1, \2)", adql, flags=re.I
    )
    for name, table in tables.items():
        text = re.sub(rf"(?<![\w.']){re.escape(name)}\b", f'"{name}"', text, flags=re.IGNORECASE)
        if f'"{name}"' in text:
            table.to_sql(name, connection, index=False)
    if top := re.search(r"SELECT\s+TOP (\d+)", text, re.IGNORECASE):
        text = text.replace(top[0], "SELECT", 1) + f" LIMIT {top[1]}"
    try:
        cursor = connection.execute(text)
    except sqlite3.Error as error:
        return f"Cannot parse query: 1 unresolved identifiers: {error}"
    names = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    found = {name: _cells([row[i] for row in rows]) for i, name in enumerate(names)}
    return pd.DataFrame(found).astype({name: "int64" for name in names if name == "source_id"})


def _tables(layout, sources, spectra):
    columns = [
        {
            "table_name": table,
            "column_name": column.name,
            "datatype": column.datatype,
            "ucd": column.ucd,
            "description": column.description,
        }
        for table, held in layout.columns.items()
        for column in held
    ]
    yield "tap_schema.columns", pd.DataFrame(columns)
    listed = [
        {
            "schema_name": table.partition(".")[0],
            "table_name": table,
            "description": layout.descriptions.get(table, ""),
        }
        for table in layout.columns
    ]
    yield "tap_schema.tables", pd.DataFrame(listed)
    for table, held in layout.columns.items():
        if table in layout.rows:
            yield table, layout.rows[table][[column.name for column in held]]
            continue
        if any(column.of in ("bp", "rp") for column in held):
            yield table, _of_spectra(held, spectra)
            continue
        found = {column.name: sources[column.of or column.name] for column in held}
        yield (
            table,
            pd.DataFrame(
                {
                    name: np.where(values, "true", "false") if values.dtype == bool else values
                    for name, values in found.items()
                }
            ),
        )


def _of_spectra(columns, spectra):
    n = len(spectra.source_id)
    found = {}
    for column in columns:
        values = getattr(spectra, column.of or column.name)
        if isinstance(values, list):
            values = [
                None if cell is None else np.asarray(cell, float).tobytes() for cell in values
            ]
        found[column.name] = values if np.ndim(values) or isinstance(values, list) else [values] * n
    return pd.DataFrame(found)


def _cells(cells):
    if any(isinstance(cell, bytes) for cell in cells):
        arrays = np.empty(len(cells), object)
        arrays[:] = [np.frombuffer(cell or b"") for cell in cells]
        return arrays
    if any(isinstance(cell, str) for cell in cells):
        return [cell or "" for cell in cells]
    if cells and all(isinstance(cell, int) for cell in cells):
        return np.array(cells, np.int64)
    return np.array([np.nan if cell is None else cell for cell in cells], float)


def _inside(ra, dec, ra_0, dec_0, radius):
    if abs(dec - dec_0) > radius:  # of most pairs of a join, without a cosine
        return 0
    return int(separation_deg(ra, dec, ra_0, dec_0) <= radius)


def separation_deg(ra, dec, ra_0, dec_0):
    ra, dec, ra_0, dec_0 = (np.radians(angle) for angle in (ra, dec, ra_0, dec_0))
    cosine = np.sin(dec) * np.sin(dec_0) + np.cos(dec) * np.cos(dec_0) * np.cos(ra - ra_0)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def make_catalogue(source_id, seed=0):
    """Return what the archive knows of some galaxies; every third has no redshift_ugc."""
    rng = np.random.default_rng(seed)
    n = len(source_id)
    z = np.where(np.arange(n) % 3 == 2, np.nan, rng.uniform(0.02, 0.5, n))
    return pd.DataFrame(
        {
            "source_id": source_id,
            "ra": rng.uniform(0, 360, n),
            "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, n))),
            "phot_g_mean_mag": rng.uniform(15, 19, n).astype(np.float32),
            "redshift_ugc": z,
            "redshift_ugc_lower": z - 0.01,
            "redshift_ugc_upper": z + 0.01,
            "random_index": rng.permutation(n),
            "has_xp_continuous": True,
            "radius_sersic": np.where(np.arange(n) % 2, np.nan, 1000.0),
            "classlabel_dsc_joint": np.where(np.arange(n) % 2, "galaxy", "unclassified"),
            "vari_best_class_name": "",
            "older_id": np.asarray(source_id) - 1,
        }
    )
