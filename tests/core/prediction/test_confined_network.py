"""The network of an imported run in a process of its own: its answers, none of its troubles."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import onnx
import psutil
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import RunError
from core.prediction import confined_network
from core.prediction.confined_network import ConfinedNetwork
from core.prediction.predictor import Predictor
from core.prediction.session import Network
from core.runs import SHIPPED_RUNS, Run

FLUX = np.random.default_rng(2).lognormal(1, 0.5, (150, 186))


@pytest.fixture(params=["compact-20k", "dissertation-20k"])
def imported(request, tmp_path):
    return marked(shutil.copytree(SHIPPED_RUNS / request.param, tmp_path / request.param))


@pytest.fixture
def run(tmp_path):
    return marked(shutil.copytree(SHIPPED_RUNS / "compact-20k", tmp_path / "compact-20k"))


def marked(folder):
    run = Run(folder)
    run.imported_path.write_text("{}")
    return run


def save(path, *nodes, **weights):
    """Write a network of 186 features with the output 'z'."""
    graph = helper.make_graph(
        [helper.make_node(op, i.split(), o.split(), **more) for op, i, o, more in nodes],
        "network",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 186])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 1])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), str(path))
    return path


def features(n):
    return np.ones((n, 186), np.float32)


W = np.full((186, 1), 0.01, np.float32)


def process_of(network):
    return psutil.Process(network._process.pid)


def test_the_answers_are_the_same_to_the_bit(imported):
    confined = Predictor(imported.path)
    imported.imported_path.unlink()
    here = Predictor(imported.path)
    assert isinstance(confined._network, ConfinedNetwork)
    assert isinstance(here._network, Network)
    assert confined.head == here.head
    errors = np.full_like(FLUX, 0.7)
    np.testing.assert_array_equal(confined.predict(FLUX, errors), here.predict(FLUX, errors))
    if here.head == "mixture":
        for name in ("weights", "means", "sigmas"):
            ours = getattr(here.mixtures(FLUX), name)
            np.testing.assert_array_equal(getattr(confined.mixtures(FLUX), name), ours)
    assert confined.predict(FLUX[:0]).shape == (0,)


@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_a_file_that_is_no_network_is_named_as_everywhere(run, content):
    run.onnx_path.write_bytes(content)
    with pytest.raises(RunError, match=r"model\.onnx: expected a network in ONNX format, received"):
        Predictor(run.path)


def test_a_process_that_was_killed_is_one_sentence_and_the_next_answer_comes(run):
    predictor = Predictor(run.path)
    before = predictor.predict(FLUX)
    killed = process_of(predictor._network)
    killed.kill()
    with pytest.raises(RunError, match=r"model\.onnx: the network of this run.* signal 9"):
        predictor.predict(FLUX)
    assert not killed.is_running()
    np.testing.assert_array_equal(predictor.predict(FLUX), before)


def test_an_answer_that_nobody_waited_for_is_given_to_nobody_else(run, monkeypatch):
    """As when a notebook's cell is interrupted."""
    predictor = Predictor(run.path)
    brighter = predictor.predict(2 * FLUX[::-1])
    abandoned = process_of(predictor._network)
    with monkeypatch.context() as patch:
        patch.setattr(confined_network, "_read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            predictor.predict(FLUX)
    assert not abandoned.is_running()
    np.testing.assert_array_equal(predictor.predict(2 * FLUX[::-1]), brighter)


def interrupted(process, n):
    raise KeyboardInterrupt


def test_a_process_that_hangs_is_ended(run, monkeypatch):
    predictor = Predictor(run.path)
    process = process_of(predictor._network)
    monkeypatch.setattr(confined_network, "BLOCK_SECONDS", 0.5)
    process.suspend()
    with pytest.raises(RunError, match=r"model\.onnx.* it did not answer within 0 seconds"):
        predictor.predict(FLUX)
    assert not process.is_running()


def test_a_network_that_takes_too_much_memory_is_stopped(tmp_path):
    """64 spectra grow to 3 GB here; accepted networks never do."""
    growing = save(
        tmp_path / "model.onnx",
        ("Expand", "features n", "e", {}),
        ("Add", "e e", "f", {}),
        ("ReduceSum", "f", "s", {"keepdims": 0}),
        ("MatMul", "features w", "a", {}),
        ("Add", "a s", "z", {}),
        n=np.array([40_000, 1, 186], np.int64),
        w=W,
    )
    network = ConfinedNetwork(growing)
    assert network.run(features(1)).shape == (1, 1)
    with pytest.raises(RunError, match=r"model\.onnx.* it needs more than 1 GB of memory"):
        network.run(features(64))
    assert network.run(features(1)).shape == (1, 1)


def test_a_network_that_computes_for_too_long_is_stopped(tmp_path, monkeypatch):
    slow = save(
        tmp_path / "model.onnx",
        ("MatMul", "v v", "v2", {}),
        *(("MatMul", f"v{i} v", f"v{i + 1}", {}) for i in range(2, 40)),
        ("ReduceSum", "v40", "s", {"keepdims": 0}),
        ("Mul", "s features", "a", {}),
        ("MatMul", "a w", "z", {}),
        v=np.zeros((2_000, 2_000), np.float32),
        w=W,
    )
    program = (
        "import sys; from core.confined import *; from core.prediction import network_process as n;"
        "n.CPU_SECONDS = 1; allow_seconds(1);"
        "n.serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)"
    )
    monkeypatch.setattr(
        confined_network,
        "start",
        lambda module, path: subprocess.Popen(
            [sys.executable, "-c", program, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ),
    )
    with pytest.raises(RunError, match=r"model\.onnx.* it computed for too long"):
        ConfinedNetwork(slow).run(features(1))


def test_an_answer_of_another_size_is_refused(tmp_path):
    path = save(
        tmp_path / "model.onnx",
        ("Concat", "features features", "a", {"axis": 0}),
        ("MatMul", "a w", "z", {}),
        w=W,
    )
    with pytest.raises(RunError, match=r"it returned float32 of shape \(6, 1\)"):
        ConfinedNetwork(path).run(features(3))


def test_its_process_ends_with_whoever_asked(run):
    network = Predictor(run.path)._network
    process = process_of(network)
    assert process.is_running()
    del network
    gc.collect()
    assert not process.is_running()


def test_its_process_ends_with_ours_even_when_ours_is_killed(run):
    program = (
        "import sys, time; from core.prediction.predictor import Predictor;"
        "network = Predictor(sys.argv[1])._network;"
        "print(network._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(run.path)], stdout=subprocess.PIPE
    ) as ours:
        theirs = psutil.Process(int(ours.stdout.readline()))
        assert theirs.is_running()
        os.kill(ours.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs([theirs], timeout=30)
    assert not alive


def test_it_outlives_the_thread_that_started_it(run):
    """Every visit to the dashboard is a thread of its own, and the network is kept."""
    made = []
    thread = threading.Thread(target=lambda: made.append(Predictor(run.path)))
    thread.start()
    thread.join()
    time.sleep(1)
    assert np.isfinite(made[0].predict(FLUX)).all()


def test_callers_in_many_threads_get_their_own_answers(run):
    predictor = Predictor(run.path)
    expected, received = predictor.predict(FLUX), [None] * 8

    def ask(i):
        received[i] = predictor.predict(FLUX[i:])

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(received))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, z in enumerate(received):
        np.testing.assert_allclose(z, expected[i:], atol=1e-6)


def test_it_learns_nothing_of_our_environment_and_writes_no_files(run, monkeypatch):
    monkeypatch.setenv("A_PASSWORD", "secret")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    network = Predictor(run.path)._network
    process = process_of(network)
    assert "A_PASSWORD" not in process.environ()
    assert process.environ()["OMP_NUM_THREADS"] == "1"
    assert process.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert 0 < process.rlimit(psutil.RLIMIT_DATA)[1] < 2**32
