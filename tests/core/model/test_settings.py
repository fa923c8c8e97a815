from dataclasses import fields, replace
from pathlib import Path

import pytest

from core.cli.train import train
from core.errors import ConfigError
from core.model import bodies
from core.model.config import (
    BODIES,
    LOSSES_OF,
    SETTINGS,
    ConvLayer,
    NetworkConfig,
    Recipe,
    TrainingConfig,
    counts,
)
from core.model.presets import PRESETS
from core.model.setting_words import in_words
from core.model.settings import as_text, settings_of
from core.tuning.hyperparameters import HYPERPARAMETERS

PARTS = (ConvLayer, NetworkConfig, TrainingConfig, Recipe)


@pytest.mark.parametrize("config", PARTS)
def test_every_hyperparameter_says_what_it_is(config):
    known = settings_of(config)
    assert {each.name for each in fields(config)} - set(known) <= {"network", "training"}
    for name, one in known.items():
        assert one.label
        assert one.about.endswith(".")
        # What a form, or a new row of a table, begins with is a value that it may have.
        if one.kind != "layers":
            assert one.taken(name, one.typical) == one.typical
        assert set(one.counts_if) <= set(SETTINGS)


def test_names_and_labels_are_of_one_setting_each():
    names = [name for config in PARTS for name in settings_of(config)]
    labels = [one.label for config in PARTS for one in settings_of(config).values()]
    assert len(set(names)) == len(names)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_settings_of_a_recipe_make_it_again(preset):
    assert set(preset.settings) == set(SETTINGS)
    assert PRESETS["dissertation"].with_settings(preset.settings) == preset


def test_another_head_brings_a_loss_and_no_weighting():
    weighed = PRESETS["dissertation"].with_settings({"weighting": "balanced"})
    mixture = weighed.with_settings({"head": "mixture"})
    assert (mixture.training.loss, mixture.training.weighting) == ("nll", "none")
    assert weighed.with_settings({"head": "mixture", "loss": "crps"}).training.loss == "crps"
    with pytest.raises(ConfigError, match="Head: expected one of point, mixture, received 'both'"):
        weighed.with_settings({"head": "both"})


def test_what_counts_hangs_on_other_settings():
    idle = {name: preset.idle for name, preset in PRESETS.items()}
    assert idle["dissertation"] == {"components", "weight_decay", "weight_cap"}
    assert idle["compact"] == {"padding", "huber_delta", "weighting", "weight_cap"}
    assert "padding" not in idle["compact-few"]
    # A weighting that has no effect has no largest weight either.
    values = PRESETS["compact"].settings | {"weighting": "balanced"}
    assert not counts("weight_cap", values)
    assert counts("weight_cap", values | {"head": "point"})


def test_a_loss_is_told_by_the_settings_that_change_its_values():
    recipe = PRESETS["dissertation"]
    own = {"loss": "huber", "huber_delta": 1.0, "weighting": "none"}
    assert recipe.loss_settings == own
    assert recipe.with_settings({"learning_rate": 0.1, "weight_cap": 3.0}).loss_settings == own
    weighed = recipe.with_settings({"loss": "mse", "weighting": "balanced"})
    told = {"loss": "mse", "weighting": "balanced", "weight_cap": 10.0}
    assert weighed.loss_settings == told
    assert PRESETS["compact"].loss_settings == {"loss": "nll"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("dropout", -0.1, "Dropout: expected a number from 0 to 0.9, received -0.1"),
        ("dropout", float("nan"), "received nan"),
        ("weight_cap", 0.5, "^[A-Z][a-z ]+: expected a number of at least 1, received 0.5"),
        ("weight_decay", -1.0, "Weight decay: expected a number of at least 0, received -1"),
        ("scaling", "log", "Scaling: expected one of minmax, .*received 'log'"),
    ],
)
def test_values_out_of_bounds_are_refused(name, value, message):
    with pytest.raises(ConfigError, match=message):
        PRESETS["dissertation"].with_settings({name: value})


def test_commands_and_searches_know_every_setting_with_a_choice():
    wanted = {name for name, one in SETTINGS.items() if one.open}
    assert wanted <= {each.name for each in train.params}
    searched = {name for name in wanted if SETTINGS[name].searched}
    assert searched | set(settings_of(ConvLayer)) <= set(HYPERPARAMETERS)


def test_every_body_is_a_file_with_a_name():
    (folder,) = bodies.__path__
    assert {path.stem for path in Path(folder).glob("*.py")} - {"__init__"} == set(BODIES)


def test_every_head_has_losses():
    assert set(LOSSES_OF) == set(SETTINGS["head"].choices)
    assert set().union(*LOSSES_OF.values()) == set(SETTINGS["loss"].choices)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "yes"), (False, "no"), (1.0, "1"), (0.00015, "0.00015"),
        (854543, "854,543"), ([1024, 5], "1024, 5"), ([], "none"), ("adamw", "adamw"),
    ],
)  # fmt: skip
def test_values_are_told_in_words(value, text):
    assert as_text(value) == text


def test_a_setting_that_is_none_or_kept_is_told_in_words():
    assert in_words("early_stopping_patience", None) == "none"
    assert in_words("restore_best_weights", True) == "Best epoch"


def test_a_choice_is_told_as_the_form_has_it():
    assert in_words("scaling", "shape_noise") == "Shape + level + noise"
    assert in_words("loss", "nll") == "Likelihood"
    assert in_words("name", "nll") == "nll"


def test_a_recipe_is_not_changed_by_a_look_at_its_settings():
    recipe = PRESETS["compact"]
    recipe.settings["head"] = "point"
    assert recipe == replace(recipe)
    assert recipe.network.head == "mixture"
