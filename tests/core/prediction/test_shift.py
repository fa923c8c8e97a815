"""Spectra like those that a run learnt from are told from others, as often as chance has it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.prediction.calibration.training_spectra import N_KEPT, TrainingSpectra, describe
from core.prediction.shift import MIN_SPECTRA, compare_spectra, learnt_from
from core.spectra import N_BP, Spectra


def draw(n, seed, noise=0.1, tilt=0.0):
    """Spectra of two kinds mixed, of a mean flux from 1 to 10 and this noise."""
    random = np.random.default_rng(seed)
    x = np.linspace(-1, 1, 186)
    slope = random.normal(tilt, 0.2, (n, 1))
    shape = 1 + slope * x + 0.2 * random.random((n, 1)) * np.sin(9 * x)
    flux = 10 ** random.uniform(0, 1, (n, 1)) * shape
    return (flux + noise * random.normal(size=flux.shape)).astype(np.float32)


@pytest.fixture(scope="module")
def learnt():
    return TrainingSpectra.of(draw(3000, 0))


def test_alike_are_told_apart_no_more_often_than_chance_has_it():
    found = [
        compare_spectra(TrainingSpectra.of(draw(400, seed)), draw(200, 100 + seed))
        for seed in range(20)
    ]
    assert np.mean([each.auc for each in found]) == pytest.approx(0.5, abs=0.02)
    # Of 20 with a chance of 5 % each, five or more would come once in 400 times.
    assert sum(each.is_seen for each in found) < 5
    beyond = [
        (each.by_wavelength["sigma"].abs() > each.by_wavelength["chance"]).mean() for each in found
    ]
    assert np.mean(beyond) == pytest.approx(0.05, abs=0.04)
    assert "like the run's own" in next(each for each in found if not each.is_seen).sentence


def test_sources_that_come_several_times_count_once(learnt):
    few, ids = draw(60, 3), np.arange(60) + 2**40
    once = compare_spectra(learnt, Spectra(few, ids))
    again = [Spectra(few, ids), Spectra(few[::-1], ids[::-1]), Spectra(few, ids)]
    for thrice in (again, Spectra.concatenate(again)):
        found = compare_spectra(learnt, thrice)
        assert (found.n, found.auc, found.sentence) == (60, once.auc, once.sentence)
    assert compare_spectra(learnt, np.tile(few, (3, 1))).n == 60  # without ids, by their flux


def test_an_auc_well_below_one_half_is_explained(learnt):
    alike = compare_spectra(learnt, draw(300, 1))
    assert "well below 0.5" not in alike.sentence
    said = replace(alike, auc=0.34).sentence
    assert "like the run's own" in said
    assert "An AUC well below 0.5 is no sign of a difference: both hold the same galaxies" in said


def test_more_noise_and_another_colour_are_found_where_they_are(learnt):
    noisy = compare_spectra(learnt, draw(300, 1, noise=0.2))
    assert noisy.is_seen
    assert noisy.auc > 0.9
    quantities = noisy.by_quantity.set_index("quantity")
    assert quantities["sigma"].abs().idxmax() in ("noise_bp", "noise_rp")
    assert quantities.loc["noise_bp", "median"] - quantities.loc[
        "noise_bp", "learnt"
    ] == pytest.approx(np.log10(2), abs=0.03)
    red = compare_spectra(learnt, draw(300, 2, tilt=0.2))
    colour = red.by_quantity.set_index("quantity").loc["colour"]
    assert colour["sigma"] > colour["chance"]
    # At both ends by as much as the slope scatters, and not in the middle.
    sigma = red.by_wavelength["sigma"].to_numpy()
    assert sigma[0] == pytest.approx(-1, abs=0.25)
    assert sigma[-1] == pytest.approx(1, abs=0.25)
    assert abs(sigma[93]) < 0.3
    assert "very different" in noisy.sentence


def test_the_numbers_are_what_they_are_called():
    flux = np.full((1, 186), 2.0, np.float32)
    flux[:, :N_BP] = 4.0
    numbers = dict(
        zip(("brightness", "colour", "sn", "noise_bp", "noise_rp"), describe(flux)[0], strict=False)
    )
    mean = flux.mean()
    assert numbers["brightness"] == pytest.approx(np.log10(mean))
    assert numbers["colour"] == pytest.approx(-2.5 * np.log10(2))
    assert numbers["noise_bp"] == numbers["noise_rp"] == pytest.approx(np.log10(0.002))
    np.testing.assert_allclose(describe(flux)[0, 5:11], 4 / mean, rtol=1e-6)


def test_few_spectra_are_not_compared_and_unusable_ones_left_out(learnt):
    assert compare_spectra(learnt, draw(MIN_SPECTRA - 1, 1)) is None
    flux = draw(MIN_SPECTRA, 1)
    flux[0, :] = np.nan
    assert compare_spectra(learnt, flux) is None


def test_it_is_kept_small_and_says_the_same(learnt):
    again = TrainingSpectra.from_arrays(learnt.to_arrays())
    assert len(again.numbers) == N_KEPT
    assert again.n == 3000
    mine = draw(100, 4)
    auc = [compare_spectra(each, mine).auc for each in (learnt, again)]
    assert auc[0] == pytest.approx(auc[1], abs=0.01)
    with pytest.raises(ValueError, match="another shape"):
        TrainingSpectra.from_arrays(learnt.to_arrays() | {"shape": np.ones((5, 3))})


def test_numbers_go_into_metadata(learnt):
    found = compare_spectra(learnt, draw(100, 5, noise=0.3))
    told = json.loads(found.to_json())
    assert told["auc"] == pytest.approx(found.auc, abs=1e-4)
    assert set(told["sigma"]) == set(found.by_quantity["quantity"])


def test_a_run_that_keeps_nothing_is_helped_by_its_data_set(run, mixture_run):
    assert learnt_from(mixture_run).n > 1000
    assert learnt_from(run).n > 1000
