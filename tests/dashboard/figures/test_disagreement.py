import pandas as pd
import pytest

from dashboard.figures import comparison, disagreement

NAMES = ["one", "two", "three"]


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "galaxy": ["4611686018427387905", "4611686018427387908"],
            "z_spec": [0.1, 0.4],
            "one": [0.12, 0.2],
            "two": [0.3, 0.41],
            "three": [0.2, 0.39],
        }
    )


def test_every_run_has_a_point_in_every_galaxys_row(table, layers_of):
    span, true, points = layers_of(disagreement.redshifts(table, NAMES))
    assert len(points.data) == 6
    drawn = points.data.set_index(["galaxy", "run"])["z_pred"]
    assert drawn["4611686018427387908", "one"] == 0.2
    assert true.data["z_spec"].tolist() == [0.1, 0.4]
    assert span.data[["low", "high"]].to_numpy().tolist() == [[0.12, 0.3], [0.2, 0.41]]


def test_rows_keep_their_order_and_ids_every_digit(table, layers_of):
    points = layers_of(disagreement.redshifts(table, NAMES))[-1]
    assert points.encoding["y"]["sort"] == table["galaxy"].tolist()
    assert points.title("x") == "Redshift"


def test_runs_have_their_colours(table, layers_of):
    points = layers_of(disagreement.redshifts(table, NAMES))[-1]
    assert points.scale("color")["range"] == list(comparison.COLORS[:3])
