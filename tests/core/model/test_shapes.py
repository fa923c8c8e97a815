import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.model.config import SCALINGS, ConvLayer, NetworkConfig
from core.model.layers import Layer
from core.model.presets import PRESETS
from core.model.shapes import count_parameters, layer_table

# Table 2 of the dissertation, worked out by hand: samples, channels, parameters.
DISSERTATION_LAYERS = [
    ("conv_1", (186 - 5 + 1, 256), 5 * 1 * 256 + 256),
    ("pool_1", (91, 256), 0),
    ("conv_2", (91 - 5 + 1, 256), 5 * 256 * 256 + 256),
    ("pool_2", (43, 256), 0),
    ("conv_3", (43 - 3 + 1, 128), 3 * 256 * 128 + 128),
    ("pool_3", (20, 128), 0),
    ("conv_4", (20 - 2 + 1, 64), 2 * 128 * 64 + 64),
    ("pool_4", (9, 64), 0),
    ("flatten", (9 * 64,), 0),
    ("dense_1", (256,), 576 * 256 + 256),
    ("dense_2", (256,), 256 * 256 + 256),
    ("dense_3", (128,), 256 * 128 + 128),
    ("dense_4", (64,), 128 * 64 + 64),
    ("z", (1,), 64 + 1),
]


def network(*conv_layers, dense_units=(4,), **settings):
    return NetworkConfig(conv_layers=conv_layers, dense_units=dense_units, **settings)


def test_dissertation_layer_by_layer():
    recipe = PRESETS["dissertation"]
    table = layer_table(recipe.network, recipe.scaling)
    found = [(layer.name, layer.output_shape, layer.parameters) for layer in table]
    assert found == [("features", (186,), 0), ("samples", (186, 1), 0), *DISSERTATION_LAYERS]
    assert sum(parameters for *_, parameters in DISSERTATION_LAYERS) == 699_073


def test_the_amplitude_passes_by_the_convolutions():
    table = {layer.name: layer for layer in layer_table(network(ConvLayer(2, 6, 6)), "shape")}
    assert table["features"].output_shape == (187,)
    assert table["conv_1"] == Layer("conv_1", "Conv1D", (31, 2), 6 * 2 + 2)
    assert table["join"].output_shape == (31 * 2 + 1,)
    assert table["dense_1"].parameters == 63 * 4 + 4


def test_dropout_stands_behind_dense_layers_and_costs_nothing():
    plain, dropped = network(dense_units=(8, 4)), network(dense_units=(8, 4), dropout=0.5)
    names = [layer.name for layer in layer_table(dropped, "minmax")]
    assert names[-5:] == ["dense_1", "dropout_1", "dense_2", "dropout_2", "z"]
    assert count_parameters(plain, "minmax") == count_parameters(dropped, "minmax")


def test_a_network_without_hidden_layers_is_a_linear_fit():
    assert count_parameters(network(dense_units=()), "minmax") == 186 + 1


@pytest.mark.parametrize(
    ("conv_layers", "message"),
    [
        ([ConvLayer(1, 187)], "Convolution 1: its kernel of 187 does not fit the 186 samples"),
        ([ConvLayer(1, 1, 100), ConvLayer(1, 3)], "Convolution 2: its kernel of 3 does not fit"),
        (
            [ConvLayer(1, 186, pool_size=2)],
            "Pool of convolution 1: it takes 2 samples, but only 1",
        ),
    ],
)
def test_a_layer_that_leaves_nothing_is_named(conv_layers, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        layer_table(network(*conv_layers), "minmax")


def test_the_last_sample_still_counts():
    table = layer_table(network(ConvLayer(3, 186)), "minmax")
    assert table[2].output_shape == (1, 3)


def test_unknown_scaling_is_refused():
    with pytest.raises(ConfigError, match="'log'"):
        layer_table(network(), "log")


@given(
    kernel_size=st.integers(1, 186),
    strides=st.integers(1, 200),
    pool_size=st.integers(1, 5),
    scaling=st.sampled_from(list(SCALINGS)),
)
def test_lengths_agree_with_windows_cut_from_an_array(kernel_size, strides, pool_size, scaling):
    windows = np.lib.stride_tricks.sliding_window_view(np.arange(186), kernel_size)[::strides]
    layer = ConvLayer(2, kernel_size, strides, pool_size)
    if pool_size > len(windows):
        with pytest.raises(ConfigError, match="Pool of convolution 1: it"):
            layer_table(network(layer), scaling)
        return
    table = {layer.name: layer for layer in layer_table(network(layer), scaling)}
    assert table["conv_1"].output_shape == (len(windows), 2)
    if pool_size > 1:
        pooled = np.lib.stride_tricks.sliding_window_view(windows[:, 0], pool_size)[::pool_size]
        assert table["pool_1"].output_shape == (len(pooled), 2)
