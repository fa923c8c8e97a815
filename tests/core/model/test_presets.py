from dataclasses import replace

import pytest

from core.config import from_dict, to_dict
from core.errors import ConfigError
from core.model.config import Recipe
from core.model.presets import PRESETS, get_preset, preset_of, suited_preset
from core.model.shapes import count_parameters


def test_dissertation_has_the_published_number_of_parameters():
    recipe = get_preset("dissertation")
    assert count_parameters(recipe.network, recipe.scaling) == 699_073


def test_dissertation_has_the_published_training():
    recipe = get_preset("dissertation")
    training = recipe.training
    assert recipe.scaling == "minmax"
    assert (training.optimizer, training.learning_rate) == ("adamax", 0.001)
    assert (training.loss, training.huber_delta) == ("huber", 1.0)
    assert (training.batch_size, training.epochs) == (16, 20)
    assert training.early_stopping_patience is None


def test_compact_is_less_than_half_the_dissertation():
    recipe = get_preset("compact")
    # 189 inputs; five Gaussians of three outputs each.
    assert count_parameters(recipe.network, recipe.scaling) == 263_439


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_json(name):
    assert from_dict(Recipe, to_dict(PRESETS[name])) == PRESETS[name]


def test_unknown_preset_names_the_known():
    with pytest.raises(ConfigError, match=r"'disertation': expected one of dissertation, compact"):
        get_preset("disertation")


@pytest.mark.parametrize(
    ("n", "preset"),
    [(20_000, "compact-few"), (100_000, "compact"), (520_393, "compact-survey")],
)
def test_a_data_set_of_a_size_has_a_preset_that_was_made_for_it(n, preset):
    assert suited_preset(n) == preset
    assert preset in PRESETS


def test_a_recipe_has_a_presets_name_only_if_all_that_counts_is_the_presets():
    compact = get_preset("compact")
    assert [preset_of(one) for one in PRESETS.values()] == list(PRESETS)
    assert preset_of(compact.with_settings({"seed": 7})) == "compact"
    assert preset_of(compact.with_settings({"huber_delta": 2.0})) == "compact"  # of no effect
    for changed in ({"epochs": 3}, {"dropout": 0.2}, {"components": 6}, {"dense_units": (512,)}):
        assert preset_of(compact.with_settings(changed)) is None
    training = replace(compact.training, epochs=12)
    assert preset_of(replace(compact, training=training)) is None
