import numpy as np
import pytest

from core.data import may_hold

NAME = "XpContinuousMeanSpectrum_003112-005263.csv.gz"
PIXEL = 2**43


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([3112 * PIXEL], True),
        ([5264 * PIXEL - 1], True),
        ([3112 * PIXEL - 1], False),
        ([5264 * PIXEL], False),
        ([1, 4000 * PIXEL, 10_000 * PIXEL], True),
        ([1, 10_000 * PIXEL], False),
        ([], False),
    ],
)
@pytest.mark.parametrize("name", [NAME, f"/data/all_000000-000001/{NAME}", f"a\\{NAME}"])
def test_a_name_tells_its_range(name, ids, expected):
    assert may_hold(name, np.array(ids, np.int64)) is expected


@pytest.mark.parametrize(
    "name",
    [
        "spectra.csv.gz",
        "XpSpectrum_000002-000001.csv",
        "XpSpectrum_0001-0002.csv",
        "XpSpectrum_000000-000001x.csv",
        "observed_200101-200131.csv",  # in January 2020
        "",
    ],
)
def test_other_names_exclude_nothing(name):
    assert may_hold(name, np.array([5000 * PIXEL]))


def test_the_last_pixel():
    assert may_hold("XpSampledMeanSpectrum_786431-786431.csv", np.array([786_431 * PIXEL + 7]))
    assert may_hold("GaiaSource_999999-999999.csv", np.array([2**63 - 1])) is False
