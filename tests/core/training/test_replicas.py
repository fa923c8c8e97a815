import json
import subprocess
import sys
import textwrap
from pathlib import Path

import keras
import pytest

from core.errors import ConfigError, RunError
from core.training.queue import check_shares
from core.training.replicas import replicas

ROOT = Path(__file__).parents[3]

TWO_CPUS = """
    import json, os
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import tensorflow as tf
    (cpu,) = tf.config.list_physical_devices("CPU")
    half = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [half, half])

    import numpy as np
    from core.model.config import ConvLayer, NetworkConfig, Recipe, TrainingConfig
    from core.training.examples import InMemory
    from core.training.loop import fit_spectra
    from tests.support.galaxies import make_moving_line

    toy = make_moving_line(600)
    network = NetworkConfig((ConvLayer(4, 5, pool_size=4),), (16,))
    # The last batch of 5 cannot be shared evenly.
    training = TrainingConfig(
        "adamw", 0.01, batch_size=16, epochs=3, seed=1, schedule="cosine", warmup_epochs=1.0
    )
    parts = [InMemory(toy.flux[r], None, toy.z[r]) for r in (slice(0, 405), slice(405, None))]
    found = []
    for n in (1, 2):
        trained = fit_spectra(Recipe(network, "standard", training), *parts, n_devices=n)
        weights = np.concatenate([each.ravel() for each in trained.model.get_weights()])
        found.append((trained.history, weights.tolist()))
    print(json.dumps(found))
"""


def test_two_devices_teach_a_network_what_one_does():
    printed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(TWO_CPUS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (one, weights), (two, shared) = json.loads(printed)
    assert shared == pytest.approx(weights, rel=1e-3, abs=1e-5)
    for ours, theirs in zip(two, one, strict=True):
        assert ours["val_loss"] == pytest.approx(theirs["val_loss"], rel=1e-4)
        assert ours["val_mae"] == pytest.approx(theirs["val_mae"], rel=1e-4)
        assert ours["learning_rate"] == pytest.approx(theirs["learning_rate"])
        # Each of the two counts the 5 galaxies of the last batch.
        assert ours["loss"] == pytest.approx(theirs["loss"], rel=0.03)


def test_one_device_needs_nothing():
    with replicas(1):
        pass


def test_more_devices_than_there_are_are_told():
    with pytest.raises(RunError, match=r"over 99 devices: TensorFlow sees 1\. .*'xpz\[cuda\]'"):
        replicas(99)


def test_other_backends_than_tensorflow_are_told(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RunError, match="expected TensorFlow as Keras' backend, found jax"):
        replicas(2)


def test_a_batch_that_cannot_be_shared_is_told_before_it_starts():
    check_shares("gpu:0,gpu:1", 16)
    check_shares("auto", 17)
    with pytest.raises(ConfigError, match=r"over 3 devices: .* one of 16\. Choose a multiple of 3"):
        check_shares("gpu:0,gpu:1,gpu:2", 16)
