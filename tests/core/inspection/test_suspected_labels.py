"""Known truth: redshifts that were exchanged are found, right ones are not accused."""

import numpy as np
import pandas as pd
import pytest

from core.inspection.suspected_labels import candidates, nearest_redshift, suspected_labels
from core.prediction.calibration.domain import Domain
from core.prediction.flags import Flag


@pytest.fixture(scope="module")
def galaxies():
    """A bump that moves with z, and predictions whose sigma is what they scatter by."""
    random = np.random.default_rng(1)
    z = random.uniform(0, 0.6, 1200)
    samples = np.arange(186)
    flux = 5 * np.exp(-(((samples - 40 - 150 * z[:, None]) / 20) ** 2))
    flux += random.normal(1, 0.1, flux.shape)
    ids = 2**62 + np.arange(len(z))
    domain = Domain.fit(flux[:600], z[:600], ids[:600], flux[600:800])
    unseen = slice(800, None)
    predictions = pd.DataFrame(
        {
            "source_id": ids[unseen],
            "z_spec": z[unseen],
            "z_pred": z[unseen] + random.normal(0, 0.01, 400),
            "sigma_z": 0.01,
            "flags": 0,
        }
    )
    return domain, flux[unseen], predictions


def find(galaxies, predictions):
    domain, flux, _ = galaxies
    rows = candidates(predictions)
    nearest = nearest_redshift(domain, flux[rows], predictions["source_id"].to_numpy()[rows])
    return suspected_labels(predictions, rows, {"z_nearest": nearest})


def test_exchanged_redshifts_are_found_and_no_others(galaxies):
    _, _, predictions = galaxies
    assert find(galaxies, predictions).empty
    wrong = predictions.copy()
    wrong.loc[:39, "z_spec"] = predictions["z_spec"].to_numpy()[39::-1]
    found = find(galaxies, wrong)
    moved = np.flatnonzero((wrong["z_spec"] - predictions["z_spec"]).abs() > 0.1)
    assert len(moved) > 20
    assert set(moved) <= set(found["row"])
    assert (found["row"] < 40).all()
    assert found["scaled_error"].is_monotonic_decreasing
    np.testing.assert_allclose(found["z_nearest"], found["z_pred"], atol=0.05)


def test_a_flagged_prediction_accuses_nobody(galaxies):
    _, _, predictions = galaxies
    wrong = predictions.assign(z_spec=predictions["z_spec"] + 0.3)
    assert len(candidates(wrong)) == 400
    wrong["flags"] = Flag.MULTIMODAL.value
    assert not len(candidates(wrong))
    assert not len(candidates(wrong.drop(columns=["flags", "sigma_z"])))


def test_one_estimate_on_the_labels_side_acquits(galaxies):
    _, _, predictions = galaxies
    wrong = predictions.assign(z_spec=predictions["z_spec"] + 0.3)
    rows = np.arange(3)
    z_spec, z_pred = (wrong[name].to_numpy()[rows] for name in ("z_spec", "z_pred"))
    unknown = np.full(3, np.nan)
    assert suspected_labels(wrong, rows, {}).empty
    assert suspected_labels(wrong, rows, {"z_ugc": unknown}).empty
    sides = {"z_nearest": z_pred, "z_ugc": np.array([np.nan, z_spec[1], z_pred[2]])}
    assert suspected_labels(wrong, rows, sides)["row"].tolist() == [0, 2]


def test_nobody_is_his_own_neighbour(galaxies):
    domain, flux, _ = galaxies
    nearest = domain.nearest(flux[:1], 6)
    first, *_, sixth = nearest["source_id"]
    for own, rest in ((first, nearest["z"][1:]), (sixth, nearest["z"][:5]), (-1, nearest["z"][:5])):
        assert nearest_redshift(domain, flux[:1], np.array([own])) == rest.median()
