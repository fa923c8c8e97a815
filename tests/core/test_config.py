import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import from_dict, to_dict
from core.errors import ConfigError, SettingError
from core.model.config import (
    ACTIVATIONS,
    MIXTURE_LOSSES,
    OPTIMIZERS,
    POINT_LOSSES,
    SCALINGS,
    SETTINGS,
    ConvLayer,
    NetworkConfig,
    Recipe,
    TrainingConfig,
)
from core.model.setting_words import LABELS

positive = st.floats(1e-6, 1e3)
conv_layers = st.builds(
    ConvLayer, st.integers(1, 512), st.integers(1, 31), st.integers(1, 4), st.integers(1, 4)
)


def recipes_of(head, losses):
    return st.builds(
        Recipe,
        network=st.builds(
            NetworkConfig,
            conv_layers=st.lists(conv_layers, max_size=5).map(tuple),
            dense_units=st.lists(st.integers(1, 512), max_size=5).map(tuple),
            activation=st.sampled_from(list(ACTIVATIONS)),
            dropout=st.floats(0, 0.9),
            head=st.just(head),
            components=st.integers(1, 20),
        ),
        scaling=st.sampled_from(list(SCALINGS)),
        training=st.builds(
            TrainingConfig,
            optimizer=st.sampled_from(list(OPTIMIZERS)),
            learning_rate=positive,
            loss=st.sampled_from(list(losses)),
            huber_delta=positive,
            schedule=st.sampled_from(list(SETTINGS["schedule"].choices)),
            early_stopping_patience=st.none() | st.integers(1, 50),
            noise_augmentation=st.floats(0, 3),
            seed=st.integers(0, 2**31),
        ),
    )


recipes = recipes_of("point", POINT_LOSSES) | recipes_of("mixture", MIXTURE_LOSSES)


@settings(max_examples=25)
@given(recipes)
def test_a_recipe_survives_json(recipe):
    assert from_dict(Recipe, json.loads(json.dumps(to_dict(recipe)))) == recipe


def network(**changes):
    return {"conv_layers": [{"filters": 8, "kernel_size": 3}], "dense_units": [4], **changes}


def test_an_unknown_name_is_answered_with_the_nearest_known_one():
    with pytest.raises(ConfigError, match=r"unknown setting 'activaton'\. Did you mean activation"):
        from_dict(NetworkConfig, network(activaton="relu"))


def test_the_place_of_a_nested_mistake_is_named():
    wrong = {"network": network(conv_layers=[{"filters": "many", "kernel_size": 3}])}
    place = r"^network.conv_layers\[0\].filters"
    with pytest.raises(ConfigError, match=f"{place}: expected a whole number, received 'many'"):
        from_dict(Recipe, wrong)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"dense_units": [4]}, "setting 'conv_layers' is missing"),
        (network(activation="gelu"), "expected one of relu, .*received 'gelu'"),
        (network(dropout=1.0), "^Dropout: expected a number from 0 to 0.9, received 1.0"),
        (network(dense_units=[0]), "Units: expected a whole number from 1 to 4,096, received 0"),
        (network(dense_units=7), "expected a list, received 7"),
        (network(dense_units=[True]), "expected a whole number, received True"),
        ([], r"expected a table of settings, received \[\]"),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(values, message):
    with pytest.raises(ConfigError, match=message):
        from_dict(NetworkConfig, values)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("learning_rate", 0.0, "a number above 0 and at most 1, received 0.0"),
        ("epochs", 0, "a whole number from 1 to 100,000, received 0"),
        ("epochs", 2.5, "a whole number from 1 to 100,000, received 2.5"),
        ("epochs", "3", "a whole number from 1 to 100,000, received '3'"),
        ("early_stopping_patience", -1, "a whole number from 0 to 100,000, received -1"),
        ("loss", "mape", "one of huber"),
        ("seed", -1, "from 0 to"),
        ("seed", 2**32, "from 0 to .* received 4294967296"),
    ],
)
def test_training_settings_out_of_range_are_refused(name, value, message):
    with pytest.raises(SettingError, match=f"^{re.escape(LABELS[name])}: .*{message}"):
        TrainingConfig(**{name: value})


def test_whole_numbers_may_come_as_others_and_0_says_never():
    made = TrainingConfig(epochs=2.0, batch_size=np.int64(64), early_stopping_patience=0)
    assert made == TrainingConfig(epochs=2, batch_size=64)
    assert (type(made.epochs), type(made.batch_size)) == (int, int)
    assert made.early_stopping_patience is None


def test_the_largest_seed_that_numpy_takes_is_allowed():
    assert TrainingConfig(seed=2**32 - 1).seed == 2**32 - 1


def test_an_integer_serves_where_a_float_is_meant():
    assert from_dict(TrainingConfig, {"learning_rate": 1}).learning_rate == 1.0
