import numpy as np
import pandas as pd
import pytest

from core.data.published import published
from core.evaluation.bins import binned_errors
from dashboard.figures import high_redshift


@pytest.fixture(scope="module")
def tables():
    z = np.append(np.random.default_rng(1).uniform(0, 0.55, 1000), 0.58)
    return {
        "Default answer": binned_errors(z, 0.9 * z),
        "Flat prior": binned_errors(z, 0.98 * z),
        "Published": published().table3.assign(n=np.nan),
    }


def test_every_answer_has_its_points_side_by_side(layers_of, tables):
    zero, _, bars, marks = layers_of(high_redshift.mean_errors(tables, "z_spec"))
    assert zero.data["mean_error"].tolist() == [0]
    for name, table in tables.items():
        drawn = marks.data[marks.data["series"] == name]
        np.testing.assert_allclose(drawn["mean_error"], table["mean_error"].dropna())
        assert ((drawn["z_low"] < drawn["z"]) & (drawn["z"] < drawn["z_high"])).all()
    first = marks.data[marks.data["z_low"] == 0]
    assert first["z"].is_unique
    assert marks.scale("color")["domain"] == list(tables)
    assert len(set(marks.scale("color")["range"])) == len(set(marks.scale("shape")["range"])) == 3
    # A bar is as long as the mean is unsure; of what is published nobody knows it.
    known = bars.data.dropna(subset=["half"])
    assert set(known["series"]) == set(tables) - {"Published"}
    np.testing.assert_allclose(known["high"] - known["low"], 2 * known["half"])
    published_ones = marks.data["series"] == "Published"
    assert set(marks.data["galaxies"][published_ones]) == {"not printed"}


def test_small_bins_are_faint_and_empty_ones_left_out(layers_of):
    z_pred = np.append(np.full(300, 0.11), [0.31, 0.32])
    table = binned_errors(z_pred + 0.01, z_pred, against="z_pred")
    chart = high_redshift.mean_errors({"Default answer": table}, "z_pred", min_galaxies=200)
    marks = layers_of(chart)[-1]
    assert marks.data["opacity"].tolist() == [1.0, 0.4]
    assert marks.data["galaxies"].tolist() == ["300", "2"]
    assert marks.title("x").startswith("Predicted redshift")
    assert "predicted redshift: Default answer" in chart.description


def test_the_trade_names_every_cap_and_marks_the_chosen_one(layers_of):
    table = pd.DataFrame({"cap": [1.0, 10.0, 100.0], "mae": [0.02, 0.021, 0.024]})
    table["high_z_error"] = [0.08, 0.04, 0.03]
    line, marks, labels = layers_of(high_redshift.trade(table, 10.0))
    assert labels.data["label"].tolist() == ["default", "10", "100"]
    assert marks.data["size"].idxmax() == 1
    assert (marks.data["size"] == marks.data["size"].max()).sum() == 1
    assert marks.data["color"].is_unique
    assert "flat prior, 10 marked" in high_redshift.trade(table, 10.0).description
    assert line.encoding["order"]["field"] == "cap"


def test_names_of_the_trade_lie_on_no_point_and_on_no_other_name(layers_of):
    table = pd.DataFrame({"cap": [1.0, 10.0, 30.0, 50.0, 100.0, 200.0, 201.0, 202.0]})
    table["mae"] = [0.02, 0.022, 0.0236, 0.0238, 0.024, 0.0242, 0.0242, 0.0242]
    table["high_z_error"] = [0.08, 0.05, 0.030, 0.030, 0.030, 0.031, 0.031, 0.031]
    for chosen in table["cap"]:
        labels = layers_of(high_redshift.trade(table, chosen))[-1]
        side = labels.data.set_index("cap")["side"]
        assert side[chosen] != 0
        assert side[1.0] == side[10.0] == 1
        assert (side[200.0:] == 0).sum() >= 1  # three points in one place
        # Neighbours 10 pixels apart in a narrow figure.
        assert len({side[30.0], side[50.0]} - {0}) == np.count_nonzero([side[30.0], side[50.0]])
