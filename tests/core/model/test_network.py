import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError, DataError
from core.model import losses
from core.model.config import (
    BODIES,
    MIXTURE_LOSSES,
    OPTIMIZERS,
    POINT_LOSSES,
    SCALINGS,
    SETTINGS,
    ConvLayer,
    NetworkConfig,
    TrainingConfig,
)
from core.model.network import build_network, compile_network, load_legacy_weights
from core.model.presets import PRESETS
from core.model.shapes import count_parameters, layer_table, n_inputs

# Keras' variables do not know NumPy 2's copy keyword; saving converts them.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SMALL = NetworkConfig(conv_layers=(ConvLayer(4, 9, 6, 2),), dense_units=(8,), dropout=0.2)


def features(method, n=7):
    return np.random.default_rng(2).normal(size=(n, n_inputs(method))).astype(np.float32)


def learning_rates(training, steps):
    model = build_network(SMALL, "minmax")
    compile_network(model, training, steps_per_epoch=10)
    rate = model.optimizer._learning_rate
    return [float(rate(step)) if callable(rate) else float(rate) for step in steps]


def assert_table_is_the_network(network, scaling):
    model = build_network(network, scaling)
    table = {layer.name: layer for layer in layer_table(network, scaling)}
    assert {layer.name for layer in model.layers} == set(table)
    for layer in model.layers:
        row = table[layer.name]
        found = (type(layer).__name__, layer.output.shape[1:], layer.count_params())
        assert found == (row.kind, row.output_shape, row.parameters)
    assert model.count_params() == count_parameters(network, scaling)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_what_their_table_says_with_every_body(name, body):
    assert_table_is_the_network(replace(PRESETS[name].network, body=body), PRESETS[name].scaling)


@settings(max_examples=12, deadline=None)
@given(
    conv_layers=st.lists(
        st.builds(
            ConvLayer,
            filters=st.integers(1, 9),
            kernel_size=st.integers(1, 20),
            strides=st.integers(1, 4),
            pool_size=st.integers(1, 3),
        ),
        max_size=3,
    ),
    dense_units=st.lists(st.integers(1, 9), max_size=3),
    scaling=st.sampled_from(list(SCALINGS)),
    settings=st.fixed_dictionaries(
        {
            "dropout": st.sampled_from([0.0, 0.3]),
            "components": st.integers(1, 4),
            **{name: st.sampled_from(list(SETTINGS[name].choices)) for name in ("padding", "head")},
        }
    ),
)
@pytest.mark.parametrize("body", BODIES)
def test_random_networks_are_what_their_table_says(
    body, conv_layers, dense_units, scaling, settings
):
    network = NetworkConfig(tuple(conv_layers), tuple(dense_units), body=body, **settings)
    try:
        layer_table(network, scaling)
    except ConfigError as error:
        with pytest.raises(ConfigError, match=str(error).split(":")[0]):
            build_network(network, scaling)
        return
    assert_table_is_the_network(network, scaling)


def test_takes_one_tensor_and_gives_one_redshift():
    model = build_network(SMALL, "shape")
    assert [put.name for put in model.inputs] == ["features"]
    assert model.predict(features("shape"), verbose=0).shape == (7, 1)


@pytest.mark.parametrize("conv_layers", [SMALL.conv_layers, ()])
def test_a_mixture_has_three_outputs_per_component(conv_layers):
    network = replace(SMALL, conv_layers=conv_layers, head="mixture", components=4)
    model = build_network(network, "shape_noise")
    assert model.output_names == ["mixture"]
    assert model.predict(features("shape_noise"), verbose=0).shape == (7, 12)


def test_the_amplitude_column_reaches_the_output_past_the_convolutions():
    # No ReLU: where all of its units are dead, nothing reaches the output.
    model = build_network(replace(SMALL, dropout=0.0, activation="softplus"), "shape")
    for layer in model.layers:
        if layer.name.startswith("conv"):
            layer.set_weights([np.zeros_like(weights) for weights in layer.get_weights()])
    changed = features("shape")
    before = model.predict(changed, verbose=0)
    changed[:, :186] += 1
    np.testing.assert_array_equal(model.predict(changed, verbose=0), before)
    changed[:, 186] += 1
    assert np.all(model.predict(changed, verbose=0) != before)


def test_cosine_rises_to_the_peak_and_falls_to_nothing():
    training = TrainingConfig(learning_rate=0.01, schedule="cosine", warmup_epochs=2.0, epochs=12)
    rates = learning_rates(training, [0, 10, 20, 70, 120])
    np.testing.assert_allclose(rates, [0, 0.005, 0.01, 0.005, 0], atol=1e-8)


def test_cosine_without_warm_up_starts_at_the_peak():
    training = TrainingConfig(learning_rate=0.01, schedule="cosine", epochs=10)
    np.testing.assert_allclose(learning_rates(training, [0, 50, 100]), [0.01, 0.005, 0], atol=1e-8)


def test_constant_rate_may_warm_up():
    training = TrainingConfig(learning_rate=0.01, warmup_epochs=1.0)
    np.testing.assert_allclose(learning_rates(training, [0, 5, 10, 200]), [0, 0.005, 0.01, 0.01])
    assert learning_rates(replace(training, warmup_epochs=0.0), [0]) == pytest.approx([0.01])


def test_a_warm_up_longer_than_the_training_still_trains():
    training = TrainingConfig(schedule="cosine", warmup_epochs=50.0, epochs=1)
    assert np.isfinite(learning_rates(training, range(11))).all()


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("huber", 0.1 * (0.5 - 0.1 / 2)),
        ("mae", 0.5),
        ("mse", 0.25),
        ("logcosh", np.log(np.cosh(0.5))),
    ],
)
def test_losses_of_a_known_error(loss, expected):
    model = build_network(SMALL, "minmax")
    compile_network(model, TrainingConfig(loss=loss, huber_delta=0.1), 1)
    value = model.loss(np.zeros((3, 1), np.float32), np.full((3, 1), 0.5, np.float32))
    assert float(value) == pytest.approx(expected, rel=1e-5)


def test_every_known_loss_is_tested():
    """Those of mixtures in test_losses."""
    assert set(POINT_LOSSES) == {"huber", "mae", "mse", "logcosh"}


@pytest.mark.parametrize("loss", MIXTURE_LOSSES)
def test_mixtures_compile_with_their_losses_and_the_error_of_their_mean(loss):
    model = build_network(replace(SMALL, head="mixture"), "minmax")
    compile_network(model, TrainingConfig(loss=loss), 1)
    z = np.full((7, 1), 0.1, np.float32)
    found = model.evaluate(features("minmax"), z, verbose=0, return_dict=True)
    outputs = model.predict(features("minmax"), verbose=0)
    expected = {"loss": getattr(losses, loss), "mae": losses.mean_absolute_error}
    for name, function in expected.items():
        assert found[name] == pytest.approx(float(np.mean(function(z, outputs))), rel=1e-5)


def test_only_adamw_decays_weights():
    decays = {}
    for name in OPTIMIZERS:
        model = build_network(SMALL, "minmax")
        compile_network(model, TrainingConfig(optimizer=name, weight_decay=0.03), 1)
        assert type(model.optimizer).__name__.lower() == name
        decays[name] = model.optimizer.weight_decay
    assert decays.pop("adamw") == 0.03
    assert set(decays.values()) == {None}


def test_saved_network_reloads_without_this_program_and_trains_on(tmp_path):
    model = build_network(SMALL, "shape")
    training = TrainingConfig(optimizer="adamw", schedule="cosine", warmup_epochs=1.0)
    compile_network(model, training, 10)
    x, y = features("shape"), np.linspace(0, 0.5, 7)
    model.fit(x, y, epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    history = again.fit(x, y, epochs=1, verbose=0).history
    assert int(again.optimizer.iterations) == 2
    assert set(history) == {"loss", "mae"}
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert "core." not in json.dumps(json.loads(archive.read("config.json")))


def test_seeded_networks_are_equal():
    weights = []
    for _ in range(2):
        keras.utils.set_random_seed(4)
        weights.append(build_network(SMALL, "minmax").get_weights())
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.fixture(scope="module")
def legacy_file(tmp_path_factory):
    """A whole dissertation network as the legacy HDF5 format stores it, in plain Sequential."""
    layers = keras.layers
    keras.utils.set_random_seed(8)
    model = keras.Sequential([keras.Input((186, 1))])
    for filters, kernel_size in [(256, 5), (256, 5), (128, 3), (64, 2)]:
        model.add(layers.Conv1D(filters, kernel_size, activation="relu"))
        model.add(layers.MaxPooling1D(2))
    model.add(layers.Flatten())
    for units in (256, 256, 128, 64):
        model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(1))
    path = tmp_path_factory.mktemp("legacy") / "network.h5"
    model.save(path)
    x = features("minmax")
    return path, x, model.predict(x[..., None], verbose=0)


def test_legacy_weights_give_the_same_redshifts(legacy_file):
    path, x, expected = legacy_file
    recipe = PRESETS["dissertation"]
    model = build_network(recipe.network, recipe.scaling)
    assert not np.allclose(model.predict(x, verbose=0), expected)
    load_legacy_weights(model, path)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, atol=1e-6)


def test_legacy_weights_of_another_network_are_refused(legacy_file):
    with pytest.raises(DataError, match=r"of the same network, with [\d,]+ parameters"):
        load_legacy_weights(build_network(SMALL, "minmax"), legacy_file[0])


@pytest.mark.parametrize("name", ["noise.h5", "noise.txt"])
def test_other_files_are_no_weights(name, tmp_path):
    (tmp_path / name).write_bytes(b"not weights")
    with pytest.raises(DataError, match="expected a legacy Keras HDF5 file"):
        load_legacy_weights(build_network(SMALL, "minmax"), tmp_path / name)


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.h5 is missing"):
        load_legacy_weights(build_network(SMALL, "minmax"), tmp_path / "none.h5")


def test_tables_and_scaling_need_no_keras():
    code = "import core.model.shapes, core.model.presets, sys; sys.exit('keras' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_warm_up_that_the_training_cannot_hold_ends_at_its_last_step(schedule):
    training = replace(PRESETS["compact"].training, epochs=1, warmup_epochs=2.0, schedule=schedule)
    rates = learning_rates(training, range(10))
    assert rates == sorted(rates)
    assert rates[-2] < rates[-1] == pytest.approx(training.learning_rate)
