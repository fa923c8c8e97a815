from dataclasses import replace

from core.comparison.settings import FACTS, facts_table, settings_of, settings_table
from core.runs import Start


def test_only_what_differs_is_told(shipped, copied):
    run = shipped("compact-20k")
    recipe = run.config.recipe
    training = replace(recipe.training, learning_rate=0.01, seed=3)
    other = copied("compact-20k", "other", recipe=replace(recipe, training=training))
    table = settings_table([run, other])
    assert table.to_dict("index") == {
        "training.learning_rate": {"compact-20k": recipe.training.learning_rate, "other": 0.01},
        "training.seed": {"compact-20k": recipe.training.seed, "other": 3},
    }
    whole = settings_table([run, other], differing_only=False)
    assert set(table.index) < set(whole.index)
    assert whole.loc["scaling"].tolist() == ["shape_noise", "shape_noise"]


def test_networks_of_other_depths_stand_side_by_side(shipped):
    table = settings_table([shipped("compact-520k"), shipped("dissertation-20k")])
    assert list(table.index[:4]) == [f"network.conv_layers[{i}]" for i in range(4)]
    assert table.iloc[0].tolist() == [None, "256 filters of 5, pool 2"]
    assert table.loc["network.dense_units"].tolist() == [[1024, 512, 256], [256, 256, 128, 64]]


def test_the_tenth_layer_comes_after_the_ninth(shipped, copied):
    recipe = shipped("dissertation-20k").config.recipe
    layers = (replace(recipe.network.conv_layers[0], kernel_size=1, strides=2, pool_size=1),) * 11
    network = replace(recipe.network, conv_layers=layers)
    deep = copied("dissertation-20k", "deep", recipe=replace(recipe, network=network))
    table = settings_table([deep, shipped("dissertation-20k")])
    assert list(table.index[:11]) == [f"network.conv_layers[{i}]" for i in range(11)]
    assert table["deep"].iloc[0] == "256 filters of 1, stride 2"


def test_settings_without_effect_are_not_told(shipped, copied):
    point, mixture = settings_of(shipped("dissertation-20k")), settings_of(shipped("compact-520k"))
    assert (point["network.components"], mixture["network.components"]) == (None, 5)
    assert (point["training.huber_delta"], mixture["training.huber_delta"]) == (1.0, None)
    assert (point["training.weight_decay"], mixture["network.padding"]) == (None, None)
    recipe = shipped("dissertation-20k").config.recipe
    idle = replace(recipe, training=replace(recipe.training, weight_decay=0.5, weight_cap=3.0))
    other = copied("dissertation-20k", "idle", recipe=idle)
    assert settings_table([shipped("dissertation-20k"), other]).empty


def test_what_a_run_started_from_is_a_setting(shipped, copied):
    tuned = copied("dissertation-20k", "tuned", start=Start("first", "../first", "ab" * 32))
    table = settings_table([shipped("dissertation-20k"), tuned])
    assert table["tuned"].to_dict() == {"start.hash": "abababababab", "start.run_id": "first"}


def test_facts_are_those_of_the_summary(shipped, copied):
    run, unfinished = shipped("compact-20k"), copied("compact-20k", "unfinished")
    unfinished.summary_path.unlink()
    table, summary = facts_table([run, unfinished]), run.summary()
    assert list(table.index) == list(FACTS)
    mine = table["compact-20k"]
    assert mine["best_epoch"] == summary["best_epoch"]
    assert mine["cpu_seconds"] == summary["cpu_seconds"]
    speed = summary["n_train"] * summary["epochs_run"] / summary["train_seconds"]
    assert mine["spectra_per_second"] == speed
    assert table["unfinished"].tolist() == [None] * len(FACTS)
