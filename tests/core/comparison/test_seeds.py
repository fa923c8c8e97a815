from dataclasses import replace

import pytest

from core.comparison.seeds import repetitions, seed_groups, seed_table, seeds_of


@pytest.fixture
def runs(shipped, copied):
    """Two runs of the same settings but the seed, one that repeats, one that learns faster."""
    recipe = shipped("compact-20k").config.recipe
    return {
        name: copied(
            "compact-20k",
            name,
            recipe=replace(recipe, training=replace(recipe.training, **changes)),
        )
        for name, changes in (
            ("first", {"seed": 1}),
            ("faster", {"learning_rate": 0.1, "seed": 1}),
            ("second", {"seed": 2}),
            ("again", {"seed": 1}),
        )
    }


def test_runs_that_differ_in_the_seed_alone_are_one_group(runs):
    assert seed_groups(runs) == [("first", "second"), ("faster",)]


def test_a_run_of_the_same_seed_is_a_repetition_and_counts_once(runs):
    assert repetitions(runs) == [("first", "again")]
    pair = {name: runs[name] for name in ("first", "again")}
    assert seed_groups(pair) == [("first",)]
    assert seed_table(pair, {name: {"mae": 0.01} for name in pair}).empty
    # The run that is asked for comes first, so that its seed is known as taken.
    assert list(seeds_of(runs["again"], runs)) == ["again", "second"]


def test_mean_and_spread_of_a_group(runs):
    metrics = {name: {"mae": 0.01} for name in ("first", "again")}
    metrics |= {"second": {"mae": 0.03}, "faster": {"mae": 0.5}}
    (row,) = seed_table(runs, metrics).to_dict("records")
    assert (row["runs"], row["seeds"], row["n_runs"]) == (("first", "second"), (1, 2), 2)
    assert row["mean"] == pytest.approx(0.02)
    assert row["std"] == pytest.approx(0.02 / 2**0.5)
    assert (row["lowest"], row["highest"]) == (0.01, 0.03)


def test_a_single_run_has_no_spread(runs):
    assert seed_table({"faster": runs["faster"]}, {"faster": {"mae": 0.5}}).empty
