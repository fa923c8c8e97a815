"""Published numbers of the data beside those of made-up galaxies of which all is known."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.data import published
from core.data.split import SplitConfig, split_by_source
from core.data.statistics import average_spectra, describe_redshifts, describe_split
from core.reproduction import beside_data
from core.reproduction.steps import NONE
from tests.support.galaxies import make_falling

PUBLISHED = json.loads(Path(published.__file__).with_name("dissertation.json").read_text())


@pytest.fixture(scope="module")
def galaxies():
    return make_falling()


def test_redshifts_have_the_digits_that_were_printed(galaxies):
    table = beside_data.redshifts(describe_redshifts(galaxies.z))
    rows = {row[0]: row[1:] for row in table.rows}
    assert table.header == ("Redshifts", "Published", "Ours")
    assert rows["Galaxies"] == ("520,393", "400")
    assert rows["Mean"] == ("0.142", f"{galaxies.z.mean():.4f}")
    assert rows["Excess kurtosis"][0] == "1.27"
    for rank, z in PUBLISHED["redshift_percentiles"].items():
        assert rows[f"Percentile {rank}"] == (
            f"{z:.4f}",
            f"{np.percentile(galaxies.z, int(rank)):.4f}",
        )


def test_mean_fluxes_are_over_the_samples_that_could_be_read(galaxies):
    ranges = ((0.0, 0.1), (0.5, 0.6), (0.1, 0.3))
    table = beside_data.averages(average_spectra(galaxies, ranges))
    for row, range_ in zip(table.rows[:2], ranges[:2], strict=True):
        place = PUBLISHED["mean_flux_digitised"]["redshift_ranges"].index(list(range_))
        theirs = np.array(PUBLISHED["mean_flux_digitised"]["flux"][place], float)
        known = np.isfinite(theirs)
        inside = (galaxies.z >= range_[0]) & (galaxies.z < range_[1])
        ours = galaxies.flux[inside].mean(axis=0)[known].mean()
        assert row[1] == f"{theirs[known].mean():.3f}"
        assert float(row[2]) == pytest.approx(ours, abs=6e-4)
        assert row[3] == str(inside.sum())
    assert table.rows[2][1] == NONE


def test_below_each_galaxy_of_table_1_stands_the_one_of_ours_next_in_redshift():
    z = np.array([0.5, 0.27, 0.17, 0.13])
    table = beside_data.examples(z, lambda row: np.arange(186.0) + 1000 * row)
    assert [row[0] for row in table.rows] == ["Published", "Ours"] * 3
    assert " ".join(table.rows[2][1:]) == "0.2647779 -0.213 -0.140 0.052 13.063 12.639 12.429"
    assert [float(row[1]) for row in table.rows[1::2]] == [0.17, 0.27, 0.13]
    assert table.rows[3][2:] == tuple(f"{1000 + i:.3f}" for i in (0, 1, 2, 183, 184, 185))


def test_the_parts_of_a_split(galaxies):
    split = split_by_source(galaxies.source_id, SplitConfig())
    table = beside_data.split(describe_split(galaxies.z, split))
    assert [row[:2] for row in table.rows] == [
        ("Training", "63 %"), ("Validation", "27 %"), ("Test", "10 %"),
    ]  # fmt: skip
    assert [int(row[3]) for row in table.rows] == [
        *map(len, (split.train, split.validation, split.test))
    ]
    median = np.median(galaxies.z[split.test])
    assert table.rows[2][2:] == (
        f"{len(split.test) / 4:.1f} %",
        str(len(split.test)),
        f"{median:.4f}",
    )
