import json
import re

import pytest

from core.config import from_dict, to_dict
from core.errors import ConfigError
from core.simulation import SimulationConfig, TableConfig
from core.simulation.config import config_hash
from core.simulation.population import PopulationConfig


def test_goes_to_json_and_back():
    config = SimulationConfig(
        n=7,
        seed=11,
        tables=TableConfig(n_re=12),
        population=PopulationConfig(line_scatter=0.5),
        brightest_sample=90.0,
    )
    assert from_dict(SimulationConfig, json.loads(json.dumps(to_dict(config)))) == config


def test_the_hash_tells_configurations_apart():
    assert config_hash(SimulationConfig()) == config_hash(SimulationConfig())
    assert re.fullmatch("[0-9a-f]{64}", config_hash(SimulationConfig()))
    others = [
        SimulationConfig(seed=1),
        SimulationConfig(n=3),
        SimulationConfig(population=PopulationConfig(warp=0.0)),
        SimulationConfig(tables=TableConfig(r_v=3.2)),
    ]
    assert len({config_hash(config) for config in [SimulationConfig(), *others]}) == 5


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"n": 0}, "Galaxies: expected at least 1, received 0"),
        ({"seed": -1}, "Seed: expected 0 or more, received -1"),
        ({"brightest_sample": 0.0}, "brightest_sample and flux_step above 0"),
    ],
)
def test_refuses_what_cannot_be_simulated(numbers, message):
    with pytest.raises(ConfigError, match=message):
        SimulationConfig(**numbers)
