import numpy as np
import pandas as pd
import pytest

from core.errors import ConfigError
from core.evaluation.examples import CHOICES, choose_examples

TABLE = pd.DataFrame(
    {
        "z_spec": [0.1, 0.5, 0.2, 0.4, 0.3],
        "sigma_z": [0.05, 0.01, 0.03, 0.02, 0.04],
        "crps": [0.1, 0.5, 0.2, 0.9, 0.3],
    },
    index=[7, 7, 7, 7, 7],
)


def test_narrow_to_wide_takes_both_ends_and_the_middle():
    assert choose_examples(TABLE, "Narrow to wide", 3).tolist() == [1, 2, 0]


def test_the_worst_come_first():
    assert choose_examples(TABLE, "Worst", 2).tolist() == [3, 1]


def test_random_ones_are_the_same_each_time_and_others_with_another_seed():
    many = pd.concat([TABLE] * 20)
    rows = choose_examples(many, "Random", 8)
    assert len(set(rows.tolist())) == 8
    assert choose_examples(many, "Random", 8).tolist() == rows.tolist()


def test_high_redshifts_are_high():
    assert sorted(choose_examples(TABLE, "High redshift", 8).tolist()) == [1, 3]
    assert len(choose_examples(TABLE.assign(z_spec=0.1), "High redshift", 8)) == 0


@pytest.mark.parametrize("which", CHOICES)
def test_never_more_than_there_are(which):
    rows = choose_examples(TABLE, which, 50)
    assert len(np.unique(rows)) == len(rows) <= len(TABLE)


def test_an_unknown_choice_is_refused():
    with pytest.raises(ConfigError, match="expected one of Narrow to wide"):
        choose_examples(TABLE, "Best", 3)
