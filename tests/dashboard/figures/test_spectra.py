import re

import numpy as np
import pytest

from core.data.dataset import make_dataset
from core.data.published import published
from core.data.shape import over_mean
from core.data.statistics import DEFAULT_RANGES, average_spectra
from core.spectra import SampleGrid
from dashboard.figures import lines, spectra, theme, wavelength_axis

WAVELENGTH = SampleGrid().wavelength_nm
FLUX = np.linspace(-1, 10, 186).astype(np.float32)
BP, RP = slice(0, 80), slice(81, 187)


@pytest.fixture(scope="module")
def galaxies():
    rng = np.random.default_rng(0)
    z = np.repeat([0.05, 0.15, 0.35], 40)
    # A few are bright: the mean lies far above the median.
    brightness = np.tile(np.where(np.arange(40) < 5, 10, 1), 3)
    flux = (brightness * (rng.normal(5, 1, (186, 120)) + 10 * z)).T.astype(np.float32)
    return make_dataset(flux, z, name="some")


@pytest.fixture(scope="module")
def averages(galaxies):
    return average_spectra(galaxies, ranges=[(0, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4)])


@pytest.fixture(scope="module")
def figures(averages):
    return {
        "averages": spectra.averages(WAVELENGTH, averages, published=published()),
        "single": spectra.single(
            WAVELENGTH, FLUX, np.linspace(0.2, 0.3, 186), title="source_id 42"
        ),
    }


def samples(values):
    """Return the 186 samples of a curve, which must be interrupted between BP and RP only."""
    values = np.asarray(values, dtype=float)
    assert len(values) == 187
    assert np.isnan(values[80])
    return np.concatenate([values[BP], values[RP]])


def shades(figure):
    return [trace for trace in figure.data if trace.fill]


def curves(figure):
    return [trace for trace in figure.data if not trace.fill and trace.line.dash is None]


def dashed(figure):
    """Return the published curves, without the legend's entry, which has no point."""
    return [trace for trace in figure.data if trace.line.dash and len(trace.x) > 1]


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_curves_are_the_averages(averages, statistic):
    figure = spectra.averages(WAVELENGTH, averages, statistic=statistic)
    used = [averages[0], averages[1], averages[3]]
    for curve, average in zip(curves(figure), used, strict=True):
        np.testing.assert_array_equal(samples(curve.x), WAVELENGTH)
        np.testing.assert_array_equal(samples(curve.y), getattr(average, statistic))
        np.testing.assert_array_equal(samples(curve.customdata[:, 0]), average.p16)
        np.testing.assert_array_equal(samples(curve.customdata[:, 1]), average.p84)
    assert figure.layout.title.text.startswith(statistic.capitalize())


def test_the_legend_has_range_and_number_in_ordered_colours(averages):
    figure = spectra.averages(WAVELENGTH, averages)
    drawn = curves(figure)
    assert [curve.name for curve in drawn] == ["0–0.1 (40)", "0.1–0.2 (40)", "0.3–0.4 (40)"]
    assert [curve.line.color for curve in drawn] == theme.ordered(3)
    assert [shade.fillcolor for shade in shades(figure)] == theme.ordered(3)
    assert not any(shade.showlegend for shade in shades(figure))


def test_ranges_without_galaxies_are_left_out(averages):
    assert not spectra.averages(WAVELENGTH, [averages[2]], published=published()).data


def test_the_band_can_be_left_out(averages):
    assert len(shades(spectra.averages(WAVELENGTH, averages, band=True))) == 3
    assert not shades(spectra.averages(WAVELENGTH, averages, band=False))


def test_the_band_is_a_polygon_for_bp_and_one_for_rp(averages):
    shade = shades(spectra.averages(WAVELENGTH, averages))[1]
    assert shade.fill == "toself"
    (gap,) = np.flatnonzero(np.isnan(shade.x))
    assert np.isnan(shade.y[gap])
    average = averages[1]
    for part, own in ((slice(gap), slice(80)), (slice(gap + 1, None), slice(80, None))):
        x, (low, high) = shade.x[part], np.split(shade.y[part], 2)
        np.testing.assert_array_equal(x, [*WAVELENGTH[own], *WAVELENGTH[own][::-1]])
        np.testing.assert_array_equal(low, average.p16[own])
        np.testing.assert_array_equal(high[::-1], average.p84[own])


def test_published_curves_are_dashed_in_the_colour_of_their_range(averages):
    figure = spectra.averages(WAVELENGTH, averages, published=published())
    known = dashed(figure)
    indices = [published().mean_flux_ranges.index(known) for known in [(0, 0.1), (0.1, 0.2)]]
    for curve, index in zip(known, [*indices, 3], strict=True):
        np.testing.assert_array_equal(samples(curve.x), WAVELENGTH)
        np.testing.assert_array_equal(samples(curve.y), published().mean_flux[index])
    assert [curve.line.color for curve in known] == theme.ordered(3)
    assert [
        trace.name for trace in figure.data if trace.line.dash and trace.showlegend is None
    ] == ["Published mean"]


def test_only_ranges_that_were_published_have_a_published_curve(averages):
    galaxies = make_dataset(np.tile(FLUX, (4, 1)), np.full(4, 0.05), name="four")
    other = average_spectra(galaxies, ranges=[(0, 0.07)])
    assert not dashed(spectra.averages(WAVELENGTH, other, published=published()))
    assert (0, 0.1) in DEFAULT_RANGES
    assert not dashed(spectra.averages(WAVELENGTH, averages))


@pytest.mark.parametrize("name", ["averages", "single"])
def test_axes_have_units_and_show_every_sample(figures, name):
    layout = figures[name].layout
    assert layout.xaxis.title.text == "Wavelength [nm]"
    assert layout.yaxis.title.text == "Flux [e-/s per sample]"
    low, high = layout.xaxis.range
    assert low < WAVELENGTH[0] < WAVELENGTH[-1] < high


@pytest.mark.parametrize("name", ["averages", "single"])
def test_no_line_crosses_the_join_of_bp_and_rp(figures, name):
    figure = figures[name]
    join = wavelength_axis.join_nm(WAVELENGTH)
    lines = [*curves(figure), *dashed(figure)]
    assert len(lines) == {"averages": 6, "single": 1}[name]
    for line in lines:
        assert not line.connectgaps
        assert np.nanmax(line.x[BP]) < join < np.nanmin(line.x[RP])
        samples(line.y)
    (mark,) = figure.layout.shapes
    assert mark.x0 == mark.x1 == join == pytest.approx(624, abs=2)
    labels = figure.layout.annotations
    assert [re.sub("<.*?>", "", label.text) for label in labels] == ["BP", "RP"]
    # Each label on its own side of the line.
    assert [label.xanchor for label in labels] == ["right", "left"]


@pytest.mark.parametrize("name", ["averages", "single"])
def test_hover_gives_the_wavelength_in_nm_and_the_flux(figures, name):
    layout = figures[name].layout
    assert layout.hovermode == "x unified"
    assert layout.xaxis.unifiedhovertitle.text == "<b>%{x:.1f} nm</b>"
    for line in [*curves(figures[name]), *dashed(figures[name])]:
        assert "%{y:.3f}" in line.hovertemplate
    assert all(shade.hoverinfo == "skip" for shade in shades(figures[name]))


@pytest.mark.parametrize("name", ["averages", "single"])
def test_it_says_in_words_what_it_shows(figures, name):
    assert "e-/s per sample over wavelength in nm" in figures[name].layout.meta["alt"]


def test_single_spectrum_with_errors(figures):
    (spectrum,) = figures["single"].data
    error = np.linspace(0.2, 0.3, 186)
    np.testing.assert_array_equal(samples(spectrum.x), WAVELENGTH)
    np.testing.assert_array_equal(samples(spectrum.y), FLUX)
    np.testing.assert_array_equal(samples(spectrum.error_y.array), error)
    np.testing.assert_array_equal(samples(spectrum.customdata[:, 0]), np.arange(186))
    np.testing.assert_array_equal(samples(spectrum.customdata[:, 1]), error)
    assert "%{y:.3f} ± %{customdata[1]:.3f} e-/s per sample" in spectrum.hovertemplate
    assert figures["single"].layout.title.text == "source_id 42"


def test_selected_galaxies_have_their_mean_and_some_of_them(averages):
    examples = {"source 1": FLUX, "source 2": FLUX + 1}
    figure = spectra.selected(WAVELENGTH, averages[0], examples, "Two")
    first, second, mean = curves(figure)
    np.testing.assert_allclose(samples(first.y), FLUX)
    np.testing.assert_allclose(samples(second.y), FLUX + 1)
    np.testing.assert_allclose(samples(mean.y), averages[0].mean)
    assert [trace.name for trace in curves(figure)] == ["source 1", "source 2", "Mean of 40"]
    assert len(shades(figure)) == 1
    assert figure.layout.meta["alt"].startswith("Mean BP/RP spectrum of 40 galaxies and 2 single")


def test_single_spectrum_without_errors_has_no_bars():
    figure = spectra.single(WAVELENGTH, np.ones(186))
    assert figure.data[0].error_y.array is None
    assert "±" not in figure.data[0].hovertemplate
    assert "errors" not in figure.layout.meta["alt"]


def test_lines_at_a_redshift_stand_above_the_single_spectrum_with_their_names():
    figure = spectra.single(WAVELENGTH, FLUX, title="source_id 42", z=0.1)
    breaks = [
        shape.x0 for shape in figure.layout.shapes if shape.line.color == lines.KINDS["break"][0]
    ]
    assert breaks == pytest.approx([440.0])
    names = [note.text for note in figure.layout.annotations if note.textangle == -90]
    assert {"4000 Å break", "Ca K, H", "Hα, [N II]"} <= set(names)
    assert "4000 Å break" in {trace.name for trace in figure.data}
    assert "lines marked at redshift 0.1000" in figure.layout.meta["alt"]


def test_a_normalised_spectrum_is_the_flux_over_its_mean():
    error = np.linspace(0.2, 0.3, 186)
    figure = spectra.single(WAVELENGTH, *over_mean(FLUX, error), normalised=True)
    np.testing.assert_allclose(samples(figure.data[0].y), FLUX / FLUX.mean())
    np.testing.assert_allclose(samples(figure.data[0].error_y.array), error / FLUX.mean())
    assert figure.layout.yaxis.title.text == "Flux / mean flux"
    assert "flux over its mean over wavelength" in figure.layout.meta["alt"]
    assert "e-/s" not in figure.data[0].hovertemplate + figure.layout.meta["alt"]


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_normalised_averages_are_drawn_as_they_are_and_published_ones_on_their_level(
    galaxies, statistic
):
    ranges = [(0, 0.1), (0.1, 0.2), (0.3, 0.4)]
    shapes = average_spectra(galaxies, ranges, normalised=True)
    figure = spectra.averages(
        WAVELENGTH, shapes, statistic=statistic, published=published(), normalised=True
    )
    for curve, average in zip(curves(figure), shapes, strict=True):
        np.testing.assert_allclose(samples(curve.y), getattr(average, statistic))
        np.testing.assert_allclose(samples(curve.customdata[:, 0]), average.p16)
    # Published ones have gaps: on the level of ours where they are known.
    drawn = [
        (samples(curve.y), getattr(average, statistic))
        for curve, average in zip(dashed(figure), shapes, strict=True)
    ]
    assert np.isnan(drawn[2][0]).any()
    for found, ours in drawn:
        known = np.isfinite(found)
        assert found[known].mean() == pytest.approx(ours[known].mean(), rel=1e-9)
    assert figure.layout.yaxis.title.text == "Flux / mean flux"
