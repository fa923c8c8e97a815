from core.reproduction import STEPS
from core.spectra import SampleGrid


def test_the_range_of_wavelengths_is_that_of_the_samples():
    (averages,) = (step for step in STEPS if step.key == "averages")
    nm = SampleGrid().wavelength_nm
    assert f"from {nm[0]:.0f} to {nm[-1]:.0f} nm" in dict(averages.lessons)["BP and RP"]
