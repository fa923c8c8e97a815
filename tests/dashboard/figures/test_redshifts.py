import numpy as np
import pytest

from core.data.published import published
from core.data.statistics import redshift_histogram
from dashboard.figures import theme
from dashboard.figures.redshifts import histogram


@pytest.fixture(scope="module")
def table():
    z = np.concatenate([np.full(500, 0.012), np.full(300, 0.105), np.full(2, 0.31)])
    return redshift_histogram(z, 0.01)


def test_bars_hold_the_counts(table, layers_of):
    (bars,) = layers_of(histogram(table))
    assert bars.mark["type"] == "bar"
    assert bars.data["z_low"].tolist() == pytest.approx([0.01, 0.10, 0.31])
    assert bars.data["z_high"].tolist() == pytest.approx([0.02, 0.11, 0.32])
    assert bars.data["value"].tolist() == [500, 300, 2]
    assert bars.title("x") == "Redshift z_spec"
    assert bars.title("y") == "Galaxies per bin of 0.01"
    assert bars.scale("y")["type"] == "linear"
    assert bars.scale("y")["domain"][0] == 0


def test_hover_gives_bin_and_count(table, layers_of):
    (bars,) = layers_of(histogram(table))
    assert [each["field"] for each in bars.encoding["tooltip"]] == [
        "z_low", "z_high", "count", "percent", "percent_below",
    ]  # fmt: skip


def test_logarithmic_bars_stand_on_a_positive_foot_below_the_lowest(table, layers_of):
    (bars,) = layers_of(histogram(table, log=True))
    assert bars.scale("y")["type"] == "log"
    assert bars.scale("y")["domain"][0] == 1
    assert bars.data["foot"].tolist() == [1, 1, 1]
    assert bars.encoding["y2"]["field"] == "foot"
    assert bars.encoding["y"]["axis"]["values"] == [1, 10, 100]


def test_cumulative_is_a_share_that_ends_at_100_percent(table, layers_of):
    (bars,) = layers_of(histogram(table, cumulative=True))
    values = bars.data.set_index(bars.data["z_low"].round(2))["value"]
    assert values[0.01] == pytest.approx(100 * 500 / 802)
    assert values[0.2] == pytest.approx(100 * 800 / 802)
    assert values.iloc[-1] == pytest.approx(100)
    assert bars.title("y") == "Galaxies below z_spec [%]"


def test_the_overlay_is_the_published_distribution_at_our_scale(table, layers_of):
    bars, line = layers_of(histogram(table, published()))
    assert line.mark["type"] == "line"
    assert line.mark["interpolate"] == "step-after"
    # In our bins, to the end of the published ones; all 802 galaxies.
    np.testing.assert_allclose(line.data["z_low"], np.arange(61) * 0.01, atol=1e-12)
    steps = line.data["value"].to_numpy()[:-1]
    assert steps.sum() == pytest.approx(802, rel=1e-3)
    # A bin of ours takes its share of those of theirs that it overlaps.
    low, high = published().histogram_edges[:-1], published().histogram_edges[1:]
    overlap = np.clip(np.minimum(high, 0.11) - np.maximum(low, 0.1), 0, None) / (high - low)
    assert steps[10] == pytest.approx(802 * (published().histogram_fraction * overlap).sum())
    scale = bars.scale("color")
    assert scale["domain"] == ["This set", "Published"]
    assert scale["range"] == [theme.OURS, theme.REFERENCE]
    assert set(bars.data["series"]) == {"This set"}
    assert set(line.data["series"]) == {"Published"}


def test_the_overlay_takes_the_width_of_our_bins(layers_of):
    wide = redshift_histogram(np.repeat([0.05, 0.15], [500, 302]), 0.1)
    line = layers_of(histogram(wide, published()))[1]
    np.testing.assert_allclose(line.data["z_low"], np.arange(7) * 0.1, atol=1e-12)
    assert line.data["value"][:-1].sum() == pytest.approx(802, rel=1e-3)


def test_the_cumulative_overlay_ends_at_100_percent(table, layers_of):
    line = layers_of(histogram(table, published(), cumulative=True))[1]
    assert line.data["value"].is_monotonic_increasing
    assert line.data["value"].iloc[-1] == pytest.approx(100, abs=0.2)


def test_nothing_leaves_the_axes(table, layers_of):
    for log in (False, True):
        for cumulative in (False, True):
            bars, line = layers_of(histogram(table, published(), log=log, cumulative=cumulative))
            # Nor does the legend lie in them, on the bars.
            assert bars.encoding["color"]["legend"]["orient"] == "top"
            low, high = bars.scale("y")["domain"]
            for data in (bars.data, line.data):
                positive = data["value"][data["value"] > 0]
                assert low <= positive.min()
                assert positive.max() <= high


def test_it_says_in_words_what_it_shows(table):
    text = histogram(table, published()).to_dict()["description"]
    assert text.startswith("Histogram of the redshifts of 802 galaxies from 0 to 0.32")
    assert "published" in text
    assert "Cumulative" in histogram(table, cumulative=True).to_dict()["description"]


def test_a_single_galaxy_draws(layers_of):
    for log in (False, True):
        (bars,) = layers_of(histogram(redshift_histogram(np.array([0.005])), log=log))
        assert bars.data["value"].tolist() == [1]
