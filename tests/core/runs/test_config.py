"""What a run's configuration says of its recipe."""

from dataclasses import replace

from core.config import from_dict, to_dict
from core.runs import RunConfig, Start


def test_a_run_is_of_a_preset_only_if_its_settings_are_whatever_was_stored(make_run):
    config = make_run().config
    assert config.preset == "compact"
    stored = to_dict(config)
    stored["recipe"]["training"]["epochs"] = 3
    assert from_dict(RunConfig, stored).preset is None
    stored = to_dict(config) | {"preset": None}
    stored["recipe"]["training"]["seed"] = 3
    assert from_dict(RunConfig, stored).preset == "compact"
    assert replace(config, start=Start("first", "../first", "ab")).preset is None
