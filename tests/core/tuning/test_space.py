import dataclasses
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import from_dict, to_dict
from core.errors import ConfigError
from core.model.config import ConvLayer, NetworkConfig, Recipe, TrainingConfig
from core.model.presets import COMPACT, DISSERTATION, PRESETS
from core.model.shapes import layer_table
from core.tuning.dimension import Dimension
from core.tuning.hyperparameters import (
    HYPERPARAMETERS,
    label_of,
    place,
    settings_of,
    split_name,
    value_in_words,
)
from core.tuning.space import Space
from core.tuning.spaces import SPACES, name_of_space

BASE = Recipe(NetworkConfig((ConvLayer(4, 5),), (16,)), "standard", TrainingConfig(epochs=3))


def space(*dimensions, base=BASE):
    return Space("toy", base, dimensions)


def choice(name, *values):
    return Dimension(name, "choice", values=values)


def draw(dimension):
    options = dimension.options()
    if options is None:
        return st.floats(dimension.low, dimension.high)
    return st.sampled_from(options)


@pytest.mark.parametrize("name", SPACES)
def test_spaces_of_ours_hold_their_preset_and_go_through_json(name):
    one = SPACES[name]
    one.check()
    assert one.recipe(one.values_of(PRESETS[name])) == PRESETS[name]
    again = from_dict(Space, json.loads(json.dumps(to_dict(one))))
    assert again == one
    assert again.hash == one.hash
    assert name_of_space(again) == name


@pytest.mark.parametrize(
    "changes",
    [{"dimensions": SPACES["compact"].dimensions[1:]}, {"base": BASE}],
)
def test_a_space_of_ours_that_was_edited_is_not_called_as_ours(changes):
    assert name_of_space(dataclasses.replace(SPACES["compact"], **changes)) == "compact, edited"
    assert name_of_space(dataclasses.replace(SPACES["compact"], **changes, name="toy")) == "toy"


@pytest.mark.parametrize("name", SPACES)
@given(data=st.data())
def test_whatever_is_drawn_from_a_checked_space_can_be_built(name, data):
    one = SPACES[name]
    values = {each.name: data.draw(draw(each)) for each in one.dimensions}
    recipe = one.recipe(values)
    layer_table(recipe.network, recipe.scaling)
    active = {key: values[key] for key in one.active(values)}
    # What does not count does not change the recipe, but for settings without effect.
    assert one.values_of(recipe) == pytest.approx(active)


def test_the_architecture_of_the_dissertation_is_marked_and_others_are_outside():
    one = SPACES["dissertation"]
    values = one.values_of(DISSERTATION)
    assert values["conv_layers"] == 4
    assert [values[f"filters_{i}"] for i in (1, 2, 3, 4)] == [256, 256, 128, 64]
    assert values["units_4"] == 64
    assert "filters_5" not in values
    assert one.values_of(COMPACT) is None
    longer = dataclasses.replace(DISSERTATION.training, epochs=7, seed=3)
    assert one.values_of(dataclasses.replace(DISSERTATION, training=longer)) == values
    faster = dataclasses.replace(DISSERTATION.training, learning_rate=0.01)
    assert one.values_of(dataclasses.replace(DISSERTATION, training=faster)) is None


def test_settings_that_do_not_count_are_left_out():
    one = SPACES["dissertation"]
    assert "units_3" in one.active({"dense_layers": 3})
    assert "units_3" not in one.active({"dense_layers": 2})
    both = space(
        choice("head", "point", "mixture"),
        choice("loss", "huber", "mse"),
        choice("density_loss", "nll", "crps"),
        Dimension("huber_delta", "float", 0.01, 1, log=True),
        choice("optimizer", "adam", "adamw"),
        Dimension("weight_decay", "float", 0, 1),
    )
    both.check()
    assert both.active({"head": "mixture", "loss": "huber", "optimizer": "adam"}) == (
        "head", "density_loss", "optimizer",
    )  # fmt: skip
    assert both.active({"head": "point", "loss": "huber", "optimizer": "adamw"}) == (
        "head", "loss", "huber_delta", "optimizer", "weight_decay",
    )  # fmt: skip
    recipe = both.recipe({"head": "mixture", "density_loss": "crps", "loss": "mse"})
    assert recipe.training.loss == "crps"
    assert both.recipe({"head": "point", "loss": "mse"}).training.loss == "mse"


def test_size_counts_what_differs():
    one = space(
        Dimension("dense_layers", "int", 1, 2), choice("units_1", 8, 16), choice("units_2", 8, 16)
    )
    combinations = itertools.product((1, 2), (8, 16), (8, 16))
    recipes = {
        str(one.recipe(dict(zip(("dense_layers", "units_1", "units_2"), values, strict=True))))
        for values in combinations
    }
    assert one.size() == len(recipes) == 2 + 4
    assert space(Dimension("learning_rate", "float", 0.001, 0.1, log=True)).size() is None
    assert space(Dimension("learning_rate", "float", 0.001, 0.1, 10, log=True)).size() == 3
    assert SPACES["compact"].size() is None
    assert SPACES["dissertation"].size() == sum(
        16**n for n in range(1, 6)
    ) * sum(5**n for n in range(1, 6)) * 4 * 4 * 4  # fmt: skip


def test_options_of_ranges():
    assert Dimension("units_1", "int", 8, 64, 2, log=True).options() == (8, 16, 32, 64)
    assert Dimension("units_1", "int", 2, 9, 3).options() == (2, 5, 8)
    assert Dimension("dropout", "float", 0, 0.3, 0.1).options() == pytest.approx((0, 0.1, 0.2, 0.3))
    assert Dimension("dropout", "float", 0, 0.3).options() is None
    assert Dimension("dropout", "float", 0.2, 0.2).options() == (0.2,)
    assert Dimension("dropout", "float", 0.2, 0.2).fixed
    assert choice("activation", "relu").fixed
    assert not choice("activation", "relu", "elu").fixed
    assert Dimension("learning_rate", "float", 1e-4, 1e-2).holds(0.003)
    assert not Dimension("learning_rate", "float", 1e-4, 1e-2).holds(0.03)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: choice("filtres_1", 3), "Unknown hyperparameter 'filtres_1'"),
        (lambda: choice("filters", 3), "Unknown hyperparameter 'filters': expected.*filters_1"),
        (lambda: choice("lr", 3), r"and so on\. Did you mean learning_rate\?"),
        (lambda: choice("Learning rate", 3), r"Did you mean learning_rate\?"),
        (lambda: choice("Kernel 3", 3), r"Did you mean kernel_size_3\?"),
        (lambda: choice("filters_0", 3), "Unknown hyperparameter 'filters_0'"),
        (lambda: choice("filters_²", 3), "Unknown hyperparameter"),
        (lambda: choice("learning_rate_1", 3), "Unknown hyperparameter"),
        (lambda: Dimension("units_1", "range", 1, 2), "expected a kind of int, float, choice"),
        (lambda: Dimension("units_1", "float", 1, 2), "units_1: expected kind 'int'"),
        (lambda: Dimension("loss", "int", 1, 2), "loss: expected kind 'choice'"),
        (lambda: Dimension("units_1", "int", 1), "expected low and high"),
        (lambda: Dimension("units_1", "int", 1.5, 2), "units_1.low: expected a whole number"),
        (lambda: Dimension("units_1", "int", 3, 2), "low end 3 lies above the high end 2"),
        (lambda: Dimension("units_1", "int", 3, True), "units_1.high: expected a number"),
        (lambda: Dimension("dropout", "float", 0, 1, log=True), "must begin above 0"),
        (
            lambda: Dimension("dropout", "float", 0.1, 1, 0.5, log=True),
            "factor: expected one above 1",
        ),
        (lambda: Dimension("dropout", "float", 0, 1, -1), "expected a step above 0"),
        (lambda: Dimension("dropout", "float", 0, 1, 1e-9), "at most 10,000 values of 0 to 1"),
        (lambda: Dimension("dropout", "float", 0.1, 1, 1 + 1e-9, log=True), "at most 10,000"),
        (lambda: Dimension("dropout", "float", 0, float("nan")), "expected a number"),
        (lambda: Dimension("dropout", "float", 0, 1, values=(1,)), "values belong to a choice"),
        (lambda: Dimension("loss", "choice"), "needs at least one value"),
        (lambda: Dimension("loss", "choice", 1, values=("mse",)), "a choice has values"),
        (lambda: choice("loss", "nll"), "expected values among huber.*received 'nll'"),
        (lambda: choice("units_1", 8, 8), "occurs twice"),
        (lambda: choice("units_1", 8, "9"), "expected whole numbers, received '9'"),
        (lambda: choice("units_1", [8]), "expected whole numbers"),
        (lambda: choice("dropout", True), "expected numbers"),
        (lambda: space(choice("units_1", 8), choice("units_1", 9)), "names units_1 twice"),
    ],
)
def test_what_is_no_dimension_is_said(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


@pytest.mark.parametrize(
    ("dimensions", "message"),
    [
        ((), "has no dimensions"),
        ((Dimension("conv_layers", "int", 1, 3),), "conv_layers may be 3.*filters_2"),
        (
            (choice("units_2", 8, 9),),
            r"units_2: it has no effect, because dense_layers is 1\. Delete it from the space",
        ),
        ((choice("components", 3, 4),), "components: it has no effect, because head is point"),
        (
            (Dimension("batch_size", "int", 8, 16, 100),),
            "', batch_size: expected a step that leads to another value from 8 to 16, received 100",
        ),
        (
            (Dimension("learning_rate", "float", 0.1, 1, 20, log=True),),
            "learning_rate: expected a step that leads to another value from 0.1 to 1, received 20",
        ),
        ((Dimension("dropout", "float", 0, 1),), "', dropout: expected a number from 0 to 0.9"),
        (
            (choice("batch_size", 0, 8),),
            "batch_size: expected a whole number from 1 to .*, received 0",
        ),
        (
            (choice("kernel_size_1", 5, 187),),
            "kernel_size_1: expected .* from 1 to 186, received 187",
        ),
        ((choice("units_1", 8, 4097),), "units_1: expected .* from 1 to 4,096, received 4,097"),
        (
            (
                Dimension("conv_layers", "int", 1, 3),
                *(choice(f"filters_{i}", 4) for i in (1, 2, 3)),
                *(Dimension(f"kernel_size_{i}", "int", 3, 9) for i in (1, 2, 3)),
                *(choice(f"pool_size_{i}", 2, 8) for i in (1, 2, 3)),
            ),
            "with 3 convolutions and the largest kernels.*Convolution 3: its kernel of 9",
        ),
    ],
)
def test_what_cannot_be_built_is_found_before_it_starts(dimensions, message):
    with pytest.raises(ConfigError, match=message):
        space(*dimensions).check()


@pytest.mark.parametrize(
    ("layers", "why"),
    [
        (Dimension("dense_layers", "int", 1, 3), "dense_layers is 1 to 3"),
        (Dimension("dense_layers", "int", 3, 3), "dense_layers is 3"),
        (choice("dense_layers", 1, 3), "dense_layers is 1 or 3"),
        (Dimension("dense_layers", "int", 1, 4, 2), "dense_layers is 1 to 3"),
        (Dimension("dense_layers", "int", 1, 4), ""),
    ],
)
def test_a_dimension_that_never_counts_is_told_and_left_out(layers, why):
    units = [choice(f"units_{number}", 8, 9) for number in (1, 2, 3, 4)]
    whole = space(layers, *units)
    assert whole.why_idle("units_4") == why
    counting = whole.without_idle()
    counting.check()
    assert counting.dimensions == whole.dimensions[: 4 if why else 5]


def test_why_it_never_counts_is_told_in_the_words_of_forms():
    why = space(choice("loss", "mse", "mae")).why_idle("huber_delta", label_of, value_in_words)
    assert why == "Loss is MSE or MAE"


def test_the_ends_of_a_range_are_values_of_it():
    assert Dimension("units_1", "int", 2, 9, 3).ends() == (2, 8)
    assert Dimension("units_1", "int", 8, 70, 2, log=True).ends() == (8, 64)
    assert Dimension("dropout", "float", 0, 0.3).ends() == (0, 0.3)


def test_a_value_of_no_dimension_is_refused():
    with pytest.raises(ConfigError, match="'units_1' is no dimension of the space 'toy'"):
        space(choice("batch_size", 4)).recipe({"units_1": 3})


def test_a_fixed_value_stands_before_the_base():
    assert space(choice("batch_size", 4)).recipe({}).training.batch_size == 4


@pytest.mark.parametrize("preset", PRESETS)
def test_every_setting_of_a_recipe_has_a_name_and_a_place(preset):
    settings = settings_of(PRESETS[preset])
    assert {split_name(name)[0] for name in settings} <= set(HYPERPARAMETERS)
    order = list(settings)
    assert order == sorted(order, key=place)
    assert order.index("head") < order.index("density_loss")
    assert order.index("optimizer") < order.index("weight_decay")
