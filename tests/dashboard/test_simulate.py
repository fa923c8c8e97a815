"""Simulating from the Data screen: whole or not at all, the same for the same seed."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.config import to_dict
from core.data.dataset import load_dataset
from core.simulation.config import SimulationConfig, config_hash
from dashboard.screens.data import simulate_job, simulation
from tests.support.apps import texts, unmarked

BUILD_SECONDS = 240


def simulate(app: AppTest, **typed: str) -> None:
    """Fill fields of the form and simulate, which takes a while."""
    for field, text in typed.items():
        app.text_input(key=f"simulate_{field}").set_value(text)
    app.button(key="simulate_start").click().run(timeout=BUILD_SECONDS)
    assert not app.exception
    assert not app.error


def test_a_simulated_set_is_used_and_named_after_its_settings(
    open_screen: Callable[..., AppTest], folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its tables are those of all simulations: a cache of its own would have them built anew.
    monkeypatch.delenv("XPZ_CACHE_DIR")
    app = open_screen("data")
    simulate(app, n="150", seed="3")
    assert app.selectbox(key="data").value == "simulated-150-seed-3"
    data = load_dataset(folders / "data" / "simulated-150-seed-3.parquet")
    assert len(data) == 150
    assert data.card.origin == "simulated"
    assert data.card.config_hash
    assert np.median(data.z) < 0.3
    # A name is for one set: the next one is named anew.
    app = open_screen("data", section="Add data")
    simulate(app, n="100", name=" My  thesis ")
    assert app.selectbox(key="data").value == "my-thesis"
    assert load_dataset(folders / "data" / "my-thesis.parquet").card.given_name == "My thesis"
    app.segmented_control(key="section").set_value("Add data").run()
    assert not app.text_input(key="simulate_name").value
    app.text_input(key="simulate_name").set_value("x" * 81).run()
    assert app.button(key="simulate_start").disabled


def test_a_set_simulated_in_just_this_way_is_used_again(
    open_screen: Callable[..., AppTest],
    make_dataset_file: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    monkeypatch.setattr(simulation, "run_simulation", lambda n, seed, stem, name: made.append(stem))
    same = config_hash(SimulationConfig(n=150, seed=3))
    other = config_hash(SimulationConfig(n=150, seed=4))
    # Names say nothing: this one has the right name and the wrong content, twice.
    make_dataset_file("simulated-150-seed-3", config_hash=other)
    make_dataset_file("simulated-150-seed-3-2", origin="observed", config_hash=same)
    assert simulation.at_hand(150, 3) is None
    app = open_screen("data", section="Add data")
    app.text_input(key="simulate_n").set_value("150")
    app.text_input(key="simulate_seed").set_value("3")
    app.button(key="simulate_start").click().run()
    assert not app.exception
    assert made == ["simulated-150-seed-3-3"]

    make_dataset_file("mine", config_hash=same)
    assert simulation.at_hand(150, 3) == "mine"
    app.text_input(key="simulate_n").set_value("150")
    app.text_input(key="simulate_seed").set_value("3")
    app.button(key="simulate_start").click().run()
    assert app.selectbox(key="data").value == "mine"
    assert len(made) == 1


def test_other_galaxies_than_those_at_hand_are_offered_and_the_same_ones_named(
    open_screen: Callable[..., AppTest], make_dataset_file: Callable[..., Path]
) -> None:
    for seed in (0, 1):
        config = SimulationConfig(n=900, seed=seed)
        hashed = config_hash(config)
        make_dataset_file(f"of{seed}", config_hash=hashed, config=to_dict(config))
    app = open_screen("data", section="Add data")
    assert app.text_input(key="simulate_seed").value == "2"
    assert not [each.value for each in app.info if "Seed" in each.value]
    app.text_input(key="simulate_n").set_value("150")
    app.text_input(key="simulate_seed").set_value("1").run()
    (said,) = (unmarked(each.value) for each in app.info if "Seed" in each.value)
    assert "same galaxies as **small (of1)**, among them" in said
    assert "Seed 2 gives other galaxies" in said
    app.text_input(key="simulate_n").set_value("900").run()
    assert "**small (of1)** was simulated in just this way" in texts(app.info)


def test_a_stopped_simulation_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "big.parquet"
    command = [sys.executable, "-m", simulation.SIMULATE_JOB, "520393", "0", str(target), ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().split() == ["20000", "520393"]
        assert list(tmp_path.iterdir())
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert not list(tmp_path.iterdir())


def test_a_reason_for_people_has_its_own_exit_status(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        simulation.SIMULATE_JOB,
        "0",
        "0",
        str(tmp_path / "none.parquet"),
        "",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == simulation.EXPLAINED == simulate_job.EXPLAINED
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
