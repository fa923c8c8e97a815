"""Our columns beside the input's own."""

import numpy as np
import pandas as pd

from core.data.labels.names import CATALOGUE
from core.prediction.catalogue.with_own import COLUMNS, says


def test_a_cell_that_is_no_redshift_as_it_stands_is_told_apart():
    z = np.array([0.1, np.nan, np.nan, 0.1])
    for cells in ([0.1, -9999, np.nan, 29979.2], ["0.1", "unknown", None, "29979.2"]):
        assert says(pd.Series(cells), z).tolist() == [True, False, False, False]


def test_a_catalogue_that_comes_back_is_known_by_our_columns():
    assert CATALOGUE | {"source_id"} == set(COLUMNS)
