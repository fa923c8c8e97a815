import numpy as np
import pytest

from core.spectra import SampleGrid
from core.spectral_lines import FEATURES, within

# Air wavelengths as textbooks give them [nm]; vacuum is longer by 1 part in 3,600.
IN_AIR = {
    "[O II]": 372.74,
    "Ca K": 393.37,
    "Ca H": 396.85,
    "Hδ": 410.17,
    "Hγ": 434.05,
    "Hβ": 486.13,
    "[O III] 4959": 495.89,
    "[O III] 5007": 500.68,
    "Hα": 656.28,
    "[N II] 6548": 654.81,
    "[N II] 6583": 658.34,
    "[S II] 6716": 671.64,
    "[S II] 6731": 673.08,
}


def named(name):
    return next(feature for feature in FEATURES if feature.name == name)


@pytest.mark.parametrize(("name", "air_nm"), IN_AIR.items())
def test_vacuum_wavelengths_are_longer_than_those_in_air_by_the_refraction(name, air_nm):
    assert named(name).rest_nm / air_nm - 1 == pytest.approx(2.8e-4, abs=0.3e-4)


def test_features_rise_and_have_names_of_their_own():
    assert np.all(np.diff([feature.rest_nm for feature in FEATURES]) > 0)
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)


def test_redshift_moves_a_line():
    assert named("Hα").observed_nm(0.0) == named("Hα").rest_nm
    assert named("Hα").observed_nm(0.5) == pytest.approx(984.69)


def test_lines_that_left_the_spectrum_are_left_out():
    wavelength = SampleGrid().wavelength_nm
    at_rest = [feature.name for feature in within(FEATURES, 0.0, wavelength)]
    assert at_rest == [feature.name for feature in FEATURES]
    far = {feature.name for feature in within(FEATURES, 0.6, wavelength)}
    assert "Hα" not in far
    assert "[O II]" in far
