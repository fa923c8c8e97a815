import dataclasses
import functools
import subprocess
import sys
import textwrap
from pathlib import Path

import keras
import numpy as np
import pytest

from core.model.network import build_network, compile_network
from core.training import epochs
from core.training.epochs import Epochs
from core.training.steps import Block, KerasSteps

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def examples():
    rng = np.random.default_rng(31)
    x = rng.normal(size=(103, 186)).astype(np.float32)
    y = (0.3 + 0.1 * x[:, :1]).astype(np.float32)
    weight = rng.uniform(0.5, 1.5, 103).astype(np.float32)
    return Block(x, y, weight, rng.permutation(103).astype(np.int32))


@pytest.fixture(scope="module")
def network(recipe):
    """Return what makes the same network with dropout again, ready to learn batches of 8."""
    made = recipe(batch_size=8, schedule="cosine")

    def make(dropout=0.1):
        keras.utils.set_random_seed(3)
        model = build_network(dataclasses.replace(made.network, dropout=dropout), made.scaling)
        compile_network(model, made.training, steps_per_epoch=13)
        model.optimizer.build(model.trainable_variables)
        return model

    return make


def hear_nothing(done, so_far):
    pass


def in_order(block):
    return block.x[block.order], block.y[block.order], block.weight[block.order]


@pytest.fixture(scope="module")
def fitted(network, examples):
    """Return what lets Keras itself learn, once for each dropout."""

    @functools.cache
    def fit(dropout=0.1):
        model = network(dropout)
        x, y, weight = in_order(examples)
        seen = model.fit(x, y, sample_weight=weight, batch_size=8, shuffle=False, verbose=0)
        return model, {name: values[0] for name, values in seen.history.items()}

    return fit


def assert_alike(model, logs, other, expected):
    for name in ("loss", "mae"):
        assert logs[name] == pytest.approx(expected[name], rel=1e-5)
    for ours, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_the_network_learns_what_keras_itself_would_teach_it(network, fitted, examples):
    """With dropout, weights, a schedule, and a last batch that is not full."""
    model = network()
    logs = Epochs(model, 8, learns=True).take([examples], hear_nothing)
    assert_alike(model, logs, *fitted())


def test_so_it_does_by_the_loop_that_is_compiled_for_a_gpu(network, fitted, examples):
    """Here XLA compiles it for the CPU; it draws other random numbers for dropout."""
    model = network(dropout=0.0)
    model.jit_compile = True
    logs = Epochs(model, 8, learns=True).take([examples], hear_nothing)
    assert_alike(model, logs, *fitted(0.0))


def test_batch_by_batch_it_learns_the_same(network, fitted, examples, monkeypatch):
    monkeypatch.setattr(epochs, "steps_of", KerasSteps)
    model = network()
    logs = Epochs(model, 8, learns=True).take([examples], hear_nothing)
    assert_alike(model, logs, *fitted())


def test_an_epoch_in_blocks_is_one_in_a_single_block(network, fitted, examples):
    x, y, weight = in_order(examples)
    blocks = [
        Block(x[rows], y[rows], weight[rows], np.arange(len(x[rows]), dtype=np.int32))
        for rows in (slice(0, 64), slice(64, 88), slice(88, None))
    ]
    heard = []
    model = network()
    logs = Epochs(model, 8, learns=True).take(blocks, lambda done, so_far: heard.append(done))
    assert heard[-1] == 13
    assert heard == sorted(set(heard))
    assert_alike(model, logs, *fitted())


@pytest.mark.parametrize("kind", ["device", "batch by batch"])
def test_judging_changes_nothing_in_the_network(network, examples, monkeypatch, kind):
    if kind == "batch by batch":
        monkeypatch.setattr(epochs, "steps_of", KerasSteps)
    model = network()
    before = model.get_weights()
    x, y, weight = in_order(examples)
    expected = model.evaluate(x, y, sample_weight=weight, batch_size=8, return_dict=True, verbose=0)
    judging = Epochs(model, 8, learns=False)
    for _ in range(2):
        logs = judging.take([examples], hear_nothing)
        assert logs["loss"] == pytest.approx(expected["loss"], rel=1e-5)
        assert logs["mae"] == pytest.approx(expected["mae"], rel=1e-5)
    for ours, theirs in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_on_jax_the_network_learns_what_keras_itself_would_teach_it():
    pytest.importorskip("jax")
    code = """
        import keras, numpy as np
        from core.model.config import ConvLayer, NetworkConfig, TrainingConfig
        from core.model.network import build_network, compile_network
        from core.training.epochs import Epochs
        from core.training.steps import Block

        rng = np.random.default_rng(31)
        x = rng.normal(size=(103, 186)).astype(np.float32)
        y = (0.3 + 0.1 * x[:, :1]).astype(np.float32)
        order = rng.permutation(103).astype(np.int32)
        models = []
        for way in ("ours", "keras"):
            keras.utils.set_random_seed(3)
            model = build_network(
                NetworkConfig((ConvLayer(4, 5, pool_size=4),), (16,), dropout=0.1), "standard"
            )
            compile_network(model, TrainingConfig("adam", 0.01, batch_size=8), 13)
            model.optimizer.build(model.trainable_variables)
            for epoch in range(2):
                if way == "ours":
                    logs = Epochs(model, 8, learns=True).take(
                        [Block(x, y, None, order)], lambda done, so_far: None
                    )
                    judged = Epochs(model, 8, learns=False).take(
                        [Block(x, y, None, order)], lambda done, so_far: None
                    )
                    ours = (logs["loss"], judged["loss"])
                else:
                    fitted = model.fit(
                        x[order], y[order], batch_size=8, shuffle=False, verbose=0
                    )
                    theirs = (fitted.history["loss"][0], model.evaluate(x, y, 8, verbose=0)[0])
            models.append(model)
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)
        for ours, theirs in zip(*(model.get_weights() for model in models)):
            np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    """
    environment = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PATH": "/usr/bin:/bin"}
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, env=environment, check=True
    )
