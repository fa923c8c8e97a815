import numpy as np
import pytest

from core.data.statistics import average_spectra
from core.spectra import SampleGrid
from dashboard.figures import spectra

WAVELENGTH = SampleGrid().wavelength_nm


@pytest.fixture(scope="module")
def averages():
    rng = np.random.default_rng(0)
    z = np.repeat([0.05, 0.15, 0.35], 40)
    flux = (rng.normal(5, 1, (120, 186)) + 10 * z[:, None]).astype(np.float32)
    return average_spectra(flux, z, ranges=[(0, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4)])


def of_type(layers, kind):
    return [layer for layer in layers if layer.mark["type"] == kind]


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_curves_are_the_averages(averages, layers_of, statistic):
    layers = layers_of(spectra.averages(WAVELENGTH, averages, statistic=statistic))
    (line,) = of_type(layers, "line")
    curve = line.data[line.data["range"] == "0.1–0.2"]
    np.testing.assert_allclose(curve["wavelength_nm"], WAVELENGTH)
    np.testing.assert_allclose(curve["flux"], getattr(averages[1], statistic))
    np.testing.assert_allclose(curve["p16"], averages[1].p16)
    np.testing.assert_allclose(curve["p84"], averages[1].p84)
    assert set(curve["n"]) == {40}


def test_ranges_without_galaxies_are_left_out(averages, layers_of):
    layers = layers_of(spectra.averages(WAVELENGTH, averages))
    (line,) = of_type(layers, "line")
    assert line.scale("color")["domain"] == ["0–0.1", "0.1–0.2", "0.3–0.4"]
    assert not line.data.isna().any().any()
    none = of_type(layers_of(spectra.averages(WAVELENGTH, [averages[2]])), "line")[0]
    assert none.data.empty


def test_the_band_can_be_left_out(averages, layers_of):
    (band,) = of_type(layers_of(spectra.averages(WAVELENGTH, averages, band=True)), "area")
    assert (band.encoding["y"]["field"], band.encoding["y2"]["field"]) == ("p16", "p84")
    assert not of_type(layers_of(spectra.averages(WAVELENGTH, averages, band=False)), "area")


@pytest.fixture(scope="module")
def both(averages):
    flux = np.linspace(-1, 10, 186).astype(np.float32)
    return {
        "averages": spectra.averages(WAVELENGTH, averages),
        "single": spectra.single(WAVELENGTH, flux, np.full(186, 0.2), title="source_id 42"),
    }


@pytest.mark.parametrize("name", ["averages", "single"])
def test_axes_have_units_and_show_every_sample(both, layers_of, name):
    (line,) = of_type(layers_of(both[name]), "line")
    assert line.title("x") == "Wavelength [nm]"
    assert line.title("y") == "Flux [e-/s per sample]"
    assert line.scale("x")["domain"] == pytest.approx([WAVELENGTH[0], WAVELENGTH[-1]])


@pytest.mark.parametrize("name", ["averages", "single"])
def test_no_line_crosses_the_join_of_bp_and_rp(both, layers_of, name):
    layers = layers_of(both[name])
    (line,) = of_type(layers, "line")
    assert line.encoding["detail"]["field"] == "band"
    bands = line.data.groupby("band")["wavelength_nm"]
    join = spectra.join_nm(WAVELENGTH)
    assert bands.max()["BP"] < join < bands.min()["RP"]
    assert line.data["band"].value_counts(normalize=True)["BP"] == pytest.approx(80 / 186)
    mark = of_type(layers, "rule")[0]
    assert mark.data["wavelength_nm"].tolist() == [join]
    assert join == pytest.approx(624, abs=2)
    assert [layer.mark["text"] for layer in of_type(layers, "text")] == ["BP", "RP"]


@pytest.mark.parametrize("name", ["averages", "single"])
def test_it_says_in_words_what_it_shows(both, name):
    text = both[name].to_dict()["description"]
    assert "e-/s per sample over wavelength in nm" in text


def test_single_spectrum_with_errors(both, layers_of):
    layers = layers_of(both["single"])
    bars = of_type(layers, "rule")[1]
    np.testing.assert_allclose(bars.data["flux"], np.linspace(-1, 10, 186), atol=1e-6)
    np.testing.assert_allclose(bars.data["low"], bars.data["flux"] - 0.2)
    np.testing.assert_allclose(bars.data["high"], bars.data["flux"] + 0.2)
    assert both["single"].to_dict()["title"] == "source_id 42"


def test_single_spectrum_without_errors_has_no_bars(layers_of):
    layers = layers_of(spectra.single(WAVELENGTH, np.ones(186)))
    assert len(of_type(layers, "rule")) == 1
    assert "flux_error" not in of_type(layers, "line")[0].data
