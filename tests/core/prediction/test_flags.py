from dataclasses import replace

import numpy as np
import pytest

from core.data.validation import Z_MAX
from core.prediction.flags import (
    MIN_RUN,
    MIN_Z,
    SENTENCES,
    Flag,
    FlagBasis,
    FlagLimits,
    Zone,
    missing_and_clipped,
    set_flags,
    shares,
    signal_to_noise,
    usable,
    words,
)
from core.spectra import N_BP, N_SAMPLES, Spectra

LIMITS = FlagLimits(
    min_sn_by_error=4.0,
    min_sn_by_flux=5.0,
    max_distance=2.0,
    z_low=0.01,
    z_high=0.5,
    z_pred_low=0.0,
    z_pred_high=0.6,
    bad_zones=(Zone(0.3, 0.32, "predictions too low"),),
    max_half_width=0.1,
)


def spectrum(mean=10.0, noise=0.5, seed=0):
    return mean + np.random.default_rng(seed).normal(0, noise, (1, N_SAMPLES)).astype(np.float32)


def flags_of(flux=None, z=0.2, half=0.02, distance=0.5, limits=LIMITS, multimodal=False, **columns):
    """Flags of one spectrum, good but for what is said."""
    spectra = Spectra(spectrum() if flux is None else flux, np.array([1]), **columns)
    z = np.array([z])
    basis = FlagBasis(z, z - half, z + half, np.array([multimodal]))
    (flags,) = set_flags(spectra, basis, np.array([distance]), limits)
    return Flag(int(flags))


def test_a_good_spectrum_has_no_flag():
    assert flags_of() == 0


@pytest.mark.parametrize("band", [slice(0, N_BP), slice(N_BP, None)])
@pytest.mark.parametrize("value", [np.nan, 0.0, 3.0])
def test_a_band_without_flux_is_missing(band, value):
    flux = spectrum()
    flux[:, band] = value
    assert Flag.MISSING_BAND in flags_of(flux)
    assert Flag.CLIPPED_BAND not in flags_of(flux)
    assert not usable(flux).any()


@pytest.mark.parametrize("first", [0, 40, N_BP - MIN_RUN, N_BP, 120, N_SAMPLES - MIN_RUN])
def test_a_run_of_equal_samples_is_clipped(first):
    flux = spectrum()
    flux[:, first : first + MIN_RUN] = 0
    assert flags_of(flux) & ~Flag.LOW_SN == Flag.CLIPPED_BAND
    assert usable(flux).all()
    flux[:, first + 3] = 1  # broken in two
    assert Flag.CLIPPED_BAND not in flags_of(flux)


def test_a_run_does_not_reach_over_both_bands():
    flux = spectrum()
    flux[:, N_BP - 4 : N_BP + 4] = 0
    assert not np.any(missing_and_clipped(flux))


def test_an_empty_sample_clips_the_band():
    flux = spectrum()
    flux[0, 100] = np.nan
    assert flags_of(flux, z=np.nan, distance=np.nan) == Flag.CLIPPED_BAND | Flag.NO_REDSHIFT
    assert not usable(flux).any()


def test_low_signal_to_noise_by_errors_where_known():
    error = np.full((1, N_SAMPLES), 3.0)  # 10 / 3 is below 4
    assert flags_of(flux_error=error) == Flag.LOW_SN
    assert flags_of(flux_error=error / 2) == 0
    # Errors are not known: the noise of the flux counts.
    noisy = spectrum(noise=4)
    for unknown in (None, np.full((1, N_SAMPLES), np.nan)):
        assert flags_of(noisy, flux_error=unknown) == Flag.LOW_SN
        assert flags_of(flux_error=unknown) == 0
    # The validation part had no errors: those of the spectrum cannot be compared with any.
    without = replace(LIMITS, min_sn_by_error=None)
    assert flags_of(noisy, flux_error=error / 2, limits=without) == Flag.LOW_SN


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"distance": 2.01}, Flag.OUTSIDE_DOMAIN),
        ({"distance": np.inf}, Flag.OUTSIDE_DOMAIN),
        ({"z": 0.49}, Flag.EDGE_OF_RANGE),
        ({"z": 0.02}, Flag.EDGE_OF_RANGE),
        ({"z": 0.31}, Flag.BAD_ZONE),
        ({"z": 0.61}, Flag.BAD_ZONE | Flag.EDGE_OF_RANGE),
        ({"z": -0.05}, Flag.BAD_ZONE | Flag.EDGE_OF_RANGE),
        ({"half": 0.13}, Flag.WIDE_INTERVAL),
        ({"z": np.nan}, Flag.NO_REDSHIFT),
        ({"multimodal": True}, Flag.MULTIMODAL),
    ],
)
def test_each_limit_sets_its_flag(changes, flag):
    assert flags_of(**changes) == flag


@pytest.mark.parametrize(
    "changes", [{"distance": 1.99}, {"z": 0.47}, {"z": 0.32}, {"z": 0.29}, {"half": 0.11}]
)
def test_within_the_limits_there_is_none(changes):
    assert flags_of(**changes) == 0


def test_signal_to_noise_of_known_noise():
    random = np.random.default_rng(1)
    curve = 10 + 3 * np.linspace(-1, 1, N_SAMPLES) ** 2
    flux = curve + random.normal(0, 0.5, (2000, N_SAMPLES))
    # The polynomial takes 10 degrees of freedom of each band with it.
    expected = curve.mean() / (0.5 * np.sqrt(1 - 20 / N_SAMPLES))
    assert np.median(signal_to_noise(flux)) == pytest.approx(expected, rel=0.02)
    by_error = signal_to_noise(flux, np.full(flux.shape, 0.5))
    assert np.median(by_error) == pytest.approx(curve.mean() / 0.5, rel=0.01)
    assert np.isnan(signal_to_noise(np.full((1, N_SAMPLES), np.nan))).all()


def test_every_flag_has_a_bit_and_a_sentence():
    assert [flag.value for flag in Flag] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert set(SENTENCES) == set(Flag)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_words_and_shares():
    assert words(0) == {}
    both = int(Flag.OUTSIDE_DOMAIN | Flag.LOW_SN)
    assert list(words(both)) == [Flag.LOW_SN, Flag.OUTSIDE_DOMAIN]
    assert words(both)[Flag.LOW_SN] == SENTENCES[Flag.LOW_SN]
    found = shares([0, both, 8, 0])
    assert found[Flag.OUTSIDE_DOMAIN] == 0.5
    assert found[Flag.LOW_SN] == 0.25
    assert sum(found.values()) == 0.75


def test_no_redshift_tells_the_range_that_the_code_uses():
    assert f"outside {MIN_Z:g} to {Z_MAX:g}, " in SENTENCES[Flag.NO_REDSHIFT]


@pytest.mark.parametrize(
    ("flags", "empty", "problem", "reason"),
    [
        (Flag.NO_REDSHIFT | Flag.MISSING_BAND, slice(0, N_BP), "", "a band is missing."),
        (Flag.NO_REDSHIFT | Flag.CLIPPED_BAND, slice(3, 4), "", "a sample is empty."),
        (Flag.NO_REDSHIFT, slice(0), "Row 3 is odd.", "Row 3 is odd."),
        (
            Flag.NO_REDSHIFT,
            slice(0),
            "",
            "the network's answer lies outside -0.02 to 1.5, or where the prior is 0.",
        ),
    ],
)
def test_no_redshift_tells_which_of_its_reasons_holds(flags, empty, problem, reason):
    flux = np.linspace(1, 2, N_SAMPLES)
    flux[empty] = np.nan
    told = words(int(flags), flux, problem)[Flag.NO_REDSHIFT]
    assert told == f"There is no redshift: {reason}"


def test_without_the_spectrum_no_redshift_names_all_of_its_reasons():
    assert words(Flag.NO_REDSHIFT.value) == {Flag.NO_REDSHIFT: SENTENCES[Flag.NO_REDSHIFT]}
