from dataclasses import replace

import numpy as np
import onnx
import pytest

from core.errors import RunError
from core.model.config import ACTIVATIONS, ConvLayer, NetworkConfig
from core.model.network import build_network
from core.model.onnx import export_onnx, verify_onnx
from core.model.presets import PRESETS
from core.model.runtime import onnx_runtime
from core.model.shapes import n_inputs
from core.sharing.network_check import check_network

SMALL = NetworkConfig(
    conv_layers=(ConvLayer(6, 7, 3, 2), ConvLayer(5, 3, 2)), dense_units=(8, 4), dropout=0.1
)
MIXTURE = replace(SMALL, head="mixture", components=3)


def features(scaling, n=50):
    return np.random.default_rng(3).normal(size=(n, n_inputs(scaling))).astype(np.float32)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_agree_with_keras(name, tmp_path):
    recipe = PRESETS[name]
    model = build_network(recipe.network, recipe.scaling)
    export_onnx(model, tmp_path / "model.onnx")
    x = features(recipe.scaling)
    assert verify_onnx(tmp_path / "model.onnx", model, x) < 1e-5
    check_network(tmp_path / "model.onnx")
    assert "Input 'features'" in onnx.load(tmp_path / "model.onnx").doc_string
    session = onnx_runtime().InferenceSession(tmp_path / "model.onnx")
    difference = session.run(None, {"features": x})[0] - model.predict(x, verbose=0)
    assert np.abs(difference).max() < 1e-5


@pytest.mark.parametrize(
    ("activation", "padding", "scaling"),
    [("relu", "same", "shape"), *((each, "valid", "minmax") for each in ACTIVATIONS)],
)
def test_every_activation_exports(activation, padding, scaling, tmp_path):
    model = build_network(replace(SMALL, activation=activation, padding=padding), scaling)
    export_onnx(model, tmp_path / "model.onnx")
    assert verify_onnx(tmp_path / "model.onnx", model, features(scaling)) < 1e-5
    check_network(tmp_path / "model.onnx")  # whoever gets it as a bundle takes it


def test_writes_one_quiet_file_that_takes_any_batch(tmp_path, capfd):
    (tmp_path / "model.onnx").write_bytes(b"an older export")
    export_onnx(build_network(SMALL, "shape"), tmp_path / "model.onnx")
    assert capfd.readouterr().out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    session = onnx_runtime().InferenceSession(tmp_path / "model.onnx")
    (only,) = session.get_inputs()
    assert (only.name, only.shape[1:]) == ("features", [187])
    assert [put.name for put in session.get_outputs()] == ["z"]
    for n in (1, 3):
        assert session.run(None, {"features": features("shape", n)})[0].shape == (n, 1)


@pytest.mark.parametrize("conv_layers", [SMALL.conv_layers, ()])
def test_mixtures_agree_with_keras_and_keep_their_name(conv_layers, tmp_path):
    model = build_network(replace(MIXTURE, conv_layers=conv_layers), "shape_noise")
    export_onnx(model, tmp_path / "model.onnx")
    x = features("shape_noise")
    assert verify_onnx(tmp_path / "model.onnx", model, x) < 1e-5
    check_network(tmp_path / "model.onnx")
    session = onnx_runtime().InferenceSession(tmp_path / "model.onnx")
    (only,) = session.get_outputs()
    assert (only.name, only.shape[1:]) == ("mixture", [9])
    exported = session.run(None, {"features": x})[0]
    np.testing.assert_allclose(exported, model.predict(x, verbose=0), atol=1e-5)


@pytest.fixture(scope="module")
def exported_mixture(tmp_path_factory):
    """The weights of a mixture network, and its file."""
    model = build_network(MIXTURE, "minmax")
    path = tmp_path_factory.mktemp("mixture") / "model.onnx"
    export_onnx(model, path)
    return model.get_weights(), path


@pytest.mark.parametrize("output", [0, 3, 6], ids=["weights", "means", "sigmas"])
def test_a_mixture_of_other_weights_means_or_sigmas_does_not_pass(output, exported_mixture):
    weights, path = exported_mixture
    model = build_network(MIXTURE, "minmax")
    model.set_weights(weights)
    verify_onnx(path, model, features("minmax"))
    bias = weights[-1].copy()
    bias[output] += 0.1
    model.set_weights([*weights[:-1], bias])
    with pytest.raises(RunError, match="Do not use its predictions"):
        verify_onnx(path, model, features("minmax"))


def test_another_network_does_not_pass(tmp_path):
    model = build_network(SMALL, "minmax")
    export_onnx(model, tmp_path / "model.onnx")
    weights = model.get_weights()
    weights[-1] = weights[-1] + 0.01
    model.set_weights(weights)
    with pytest.raises(RunError, match=r"a difference of 0\.01"):
        verify_onnx(tmp_path / "model.onnx", model, features("minmax"))
    assert verify_onnx(
        tmp_path / "model.onnx", model, features("minmax"), tolerance=0.02
    ) == pytest.approx(0.01, rel=1e-3)


def test_a_network_of_nan_does_not_pass(tmp_path):
    model = build_network(SMALL, "minmax")
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    export_onnx(model, tmp_path / "model.onnx")
    with pytest.raises(RunError, match="difference of nan"):
        verify_onnx(tmp_path / "model.onnx", model, features("minmax"))
