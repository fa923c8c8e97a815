import pandas as pd

from dashboard.figures import predicted_redshifts, theme


def test_the_histogram_shows_all_and_clean_sources(layers_of):
    counts = pd.DataFrame(
        {"z_low": [0.0, 0.01], "z_high": [0.01, 0.02], "all": [5, 3], "clean": [4, 0]}
    )
    chart = predicted_redshifts.histogram(counts, 0.01)
    everything, clean = layers_of(chart)
    assert list(everything.data["value"]) == [5, 3]
    assert list(clean.data["value"]) == [4, 0]
    assert everything.scale("color")["range"] == [theme.NEUTRAL, theme.OURS]
    assert everything.title("y") == "Sources per bin of 0.01"
    assert "8 sources, 4 of them without a flag" in chart.description
