"""Sources of one release led to another by the archive's table of neighbours."""

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import Table

from core.data.archive.config import ArchiveConfig
from core.data.archive.neighbours import find_neighbours
from core.data.dataset import make_dataset, save_dataset
from core.data.labels.choice import choose
from core.errors import ConfigError, DataError
from tests.support import archive_tables

A, B, C, D, E = (4_111_834_567_779_557_376 + i for i in range(5))
"""Of DR3. A has one neighbour, B a faint one that is nearer and one that fits, C and D share one,
E has none."""

PAIRS = pd.DataFrame(
    [
        (A, A + 1000, 20.0, 0.1),
        (B, B + 2000, 30.0, 3.0),
        (B, B + 1000, 400.0, -0.2),
        (C, C + 1000, 90.0, 0.1),
        (D, C + 1000, 50.0, 0.3),
    ],
    columns=["older", "newer", "distance", "difference"],
)


@pytest.fixture
def dr4(archive):
    archive.layout = archive_tables.with_neighbours(archive_tables.OTHER, PAIRS)
    archive.types = {"Gaia DR4": ["MEAN_SPECTRUM_XP"]}
    return archive


@pytest.fixture
def config(archive):
    return ArchiveConfig(server=archive.url, tries=2, first_wait_s=0, timeout_s=10)


def listed(path, *ids):
    path.write_text("".join(f"{source}\n" for source in ids))
    return path


def test_the_neighbour_that_fits_best_is_taken_and_the_others_are_counted(dr4, config, tmp_path):
    path = listed(tmp_path / "ids.txt", A, E, B, C, D, A)
    found = find_neighbours(path, "Gaia DR3", "Gaia DR4", config)
    table = found.table
    assert table["dr3_id"].tolist() == [A, B, D]
    assert table["source_id"].tolist() == [A + 1000, B + 1000, C + 1000]
    assert table["n_neighbours"].tolist() == [1, 2, 1]
    np.testing.assert_allclose(table["separation_mas"], [20, 400, 50])
    np.testing.assert_allclose(table["magnitude_difference"], [0.1, -0.2, 0.3])
    assert set(table["release"]) == {"Gaia DR4"}
    account = found.account
    assert (account.rows, account.used, account.repeated_ids) == (6, 3, 1)
    assert account.left_out == {
        "source_id seen before": 1,
        "no neighbour in Gaia DR4": 1,
        "its neighbour is better taken by another source": 1,
    }
    assert account.noted == {"with several neighbours, the best one taken": 1}
    (query,) = dr4.queries()
    assert "JOIN gaia_archive_dr4.xmatch_dr3 AS n ON n.gaia_dr3_source_id = a.source_id" in query


def test_without_magnitudes_or_distances_what_is_told_decides(dr4, config, tmp_path):
    path = listed(tmp_path / "ids.txt", B)
    for lacking, expected in (("delta_g", B + 2000), ("sep_on_sky", B + 1000)):
        dr4.layout = archive_tables.without(
            archive_tables.with_neighbours(archive_tables.OTHER, PAIRS), lacking
        )
        found = find_neighbours(path, "Gaia DR3", "Gaia DR4", config)
        assert found.table["source_id"].tolist() == [expected]


def test_a_data_set_keeps_its_redshifts_under_names_that_mislead_nobody(dr4, config, tmp_path):
    flux = np.ones((2, 186), np.float32)
    data = make_dataset(flux, np.array([0.1, 0.2]), np.array([B, A]), name="x", g_mag=np.ones(2))
    save_dataset(data, tmp_path / "set.parquet")
    table = find_neighbours(tmp_path / "set.parquet", "Gaia DR3", "Gaia DR4", config).table
    assert table["z"].tolist() == [0.1, 0.2]
    assert "g_mag_of_dr3" in table
    names = list(table)
    assert choose("source_id", names).column == "source_id"
    assert choose("g_mag", names).column is None
    assert choose("z", names).column == "z"

    matched = pd.DataFrame({"dr3_source_id": [A, B], "gaia_dr3_source_id": [1, 2], "release": 1})
    matched.to_csv(tmp_path / "matched.csv", index=False)
    table = find_neighbours(
        tmp_path / "matched.csv", "Gaia DR3", "Gaia DR4", config, id_column="dr3_source_id"
    ).table
    assert choose("source_id", list(table)).column == "source_id"
    assert table["gaia_dr3_source_id_of_dr3"].astype(int).tolist() == [1, 2]
    assert table["release_input"].astype(int).tolist() == [1, 1]

    tables = [Table({"ours": [B, A]}), Table({"band": ["bp", "rp"]})]
    fits.HDUList([fits.PrimaryHDU(), *map(fits.table_to_hdu, tables)]).writeto(tmp_path / "t.fits")
    table = find_neighbours(
        tmp_path / "t.fits", "Gaia DR3", "Gaia DR4", config, id_column="ours"
    ).table
    assert table["dr3_id"].tolist() == [B, A]


def test_the_way_back_brings_the_redshifts_of_the_older_releases_ugc(dr4, config, tmp_path):
    older = archive_tables.DR3.columns
    dr4.layout = archive_tables.Layout(
        dr4.layout.columns | {name: older[name] for name in (
            "gaiadr3.gaia_source", "gaiadr3.galaxy_candidates")},
        dr4.layout.descriptions,
        dr4.layout.rows,
    )  # fmt: skip
    known = dr4.sources.dropna(subset="redshift_ugc").iloc[:2]
    first, second = known["source_id"].tolist()
    pairs = PAIRS.iloc[:2].assign(older=[first, second], newer=[7001, 7002])
    dr4.layout = archive_tables.with_neighbours(dr4.layout, pairs)
    pd.DataFrame({"source_id": [7002, 7001], "z": [0.3, 0.4]}).to_csv(
        tmp_path / "dr4.csv", index=False
    )
    found = find_neighbours(
        tmp_path / "dr4.csv", "Gaia DR4", "Gaia DR3", config, with_ugc=True
    ).table
    assert found["source_id"].tolist() == [second, first]
    assert found["dr4_id"].tolist() == [7002, 7001]
    for column in ("redshift_ugc", "redshift_ugc_lower", "redshift_ugc_upper"):
        np.testing.assert_allclose(found[column], known[column].to_numpy()[::-1])
    assert found["z"].tolist() == [0.3, 0.4]


def test_ids_of_a_release_without_spectra_can_be_led_to_one(archive, config, tmp_path):
    """DR3's own table of neighbours tells no distances here."""
    ids = archive.sources["source_id"].tolist()[:2]
    text = "".join(f"Gaia DR2 {source - 1},{i}\n" for i, source in enumerate(ids))
    (tmp_path / "dr2.csv").write_text(f"designation,n\n{text}")
    found = find_neighbours(tmp_path / "dr2.csv", "Gaia DR2", "Gaia DR3", config).table
    assert found["source_id"].tolist() == ids
    assert found["n"].tolist() == [0, 1]
    with pytest.raises(DataError, match=r"DR3 in column .*those of Gaia DR2.*xpz neighbours"):
        find_neighbours(tmp_path / "dr2.csv", "Gaia DR3", "Gaia DR4", config)


def test_mistakes_are_answered_before_or_by_the_archive(dr4, config, tmp_path):
    path = listed(tmp_path / "ids.txt", A)
    with pytest.raises(ConfigError, match="two different ones"):
        find_neighbours(path, "Gaia DR4", "Gaia DR4", config)
    with pytest.raises(ConfigError, match="such as Gaia DR3 or Gaia DR4, received 'dr3'"):
        find_neighbours(path, "dr3", "Gaia DR4", config)
    assert not dr4.schema_asked
    dr4.layout = archive_tables.without(dr4.layout, "xmatch_dr3")
    with pytest.raises(DataError, match=r"has no neighbours of DR3; found: gaia_archive_dr4"):
        find_neighbours(path, "Gaia DR3", "Gaia DR4", config)
