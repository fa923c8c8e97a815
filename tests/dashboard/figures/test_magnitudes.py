import pytest

from core.evaluation.histograms import magnitude_histogram
from dashboard.figures.magnitudes import histogram


@pytest.fixture
def chart():
    every = [17.0, 17.1, 17.3, 18.0]
    return histogram(magnitude_histogram(every[1:3], every, 0.25), 0.25).to_dict()


def test_both_are_drawn_as_shares(chart):
    everything, selected = (
        [row["percent"] for row in chart["datasets"][layer["data"]["name"]]]
        for layer in chart["layer"]
    )
    assert everything == [50, 25, 0, 0, 25]
    assert selected == [50, 50, 0, 0, 0]


def test_axes_and_description_say_what_it_is(chart):
    encoding = chart["layer"][0]["encoding"]
    assert encoding["x"]["title"] == "G [mag]"
    assert encoding["y"]["title"] == "Galaxies per bin of 0.25 mag [%]"
    assert "2 selected galaxies beside all 4" in chart["description"]
