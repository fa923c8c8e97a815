"""KerasTuner's algorithms on errors that are known functions; nothing is trained."""

import dataclasses
import math

import pytest

from core.errors import RunError
from core.tuning.dimension import Dimension
from core.tuning.oracle import Oracle, WaitError
from core.tuning.space import Space
from core.tuning.spaces import SPACES

# KerasTuner on Python 3.10 and later.
pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName):DeprecationWarning")


@pytest.fixture
def config(make_search):
    """Return what makes the configuration of a search."""
    return lambda **settings: make_search(**settings).config


def error(values):
    """Return an error that is lowest at a learning rate of 0.01 and one layer of 20 units."""
    rate = math.log10(values["learning_rate"] / 0.01)
    return 0.02 + 0.01 * rate**2 + 1e-5 * abs(values["units_1"] - 20) + values.get("units_2", 0)


def alike(values):
    return 0.02


def search(config, number, ended=(), trials=None, mae=error):
    """Return what the algorithm tries up to trial `number`, beginning after those that ended."""
    ended = list(ended)
    oracle = Oracle(config, trials, ended)
    while len(ended) < number:
        trial = oracle.propose()
        if trial is None:
            break
        ended.append(dataclasses.replace(trial, state="done", mae=mae(trial.values), best_epoch=1))
        oracle.learn(ended[-1])
    return ended


@pytest.mark.parametrize("algorithm", ["bayesian", "random", "hyperband"])
def test_the_way_follows_from_the_seed_and_the_trials_alone(config, algorithm):
    one = config(algorithm=algorithm, epochs=9)
    unbroken = search(one, 5, trials=9)
    assert search(one, 5, unbroken[:2], trials=9) == unbroken
    assert search(one, 5, unbroken[:4], trials=9) == unbroken
    other = search(config(search_id="other", algorithm=algorithm, epochs=9, seed=1), 2)
    assert other[1].values != unbroken[1].values


@pytest.mark.parametrize("algorithm", ["bayesian", "random"])
def test_the_base_comes_first_and_nothing_twice(config, toy_space, algorithm):
    ended = search(config(algorithm=algorithm), 6)
    assert ended[0].values == toy_space.values_of(toy_space.base)
    assert len({str(trial.values) for trial in ended}) == 6
    for trial in ended:
        assert tuple(trial.values) == toy_space.active(trial.values)
        assert ("units_2" in trial.values) == (trial.values["dense_layers"] == 2)
    assert [trial.number for trial in ended] == list(range(1, 7))


def test_bayes_learns(config):
    bayesian = search(config(), 10, trials=9)
    random = search(config(search_id="random", algorithm="random"), 10)
    # Two layers are worse by far in this game.
    single = [
        sum(trial.values["dense_layers"] == 1 for trial in ended[4:])
        for ended in (bayesian, random)
    ]
    assert single[0] > single[1]


def test_failed_trials_are_no_reason_to_stop(config):
    oracle = Oracle(config(), 9, [])
    failed = []
    for _ in range(6):
        failed.append(dataclasses.replace(oracle.propose(), state="failed"))
        oracle.learn(failed[-1])
    again = Oracle(config(search_id="again"), 9, failed)
    assert again.propose() == oracle.propose()


def grid_space(toy_space):
    return Space(
        "grid",
        toy_space.base,
        (
            Dimension("dense_layers", "int", 1, 2),
            Dimension("units_1", "choice", values=(8, 16)),
            Dimension("units_2", "choice", values=(8, 16)),
            Dimension("dropout", "float", 0, 0.2, 0.1),
            Dimension("batch_size", "choice", values=(8,)),
            Dimension("learning_rate", "choice", values=(0.01, 1)),
        ),
    )


def test_a_grid_tries_every_combination_once(config, toy_space):
    space = grid_space(toy_space)
    one = config(algorithm="grid", space=space)
    ended = search(one, 99)
    assert len(ended) == space.size() == 36
    assert len({str(trial.values) for trial in ended}) == 36
    assert all(trial.values["batch_size"] == 8 for trial in ended)
    assert search(one, 99, ended[:17]) == ended


def test_random_ends_where_nothing_new_is_left(config, toy_space):
    space = Space("few", toy_space.base, (Dimension("batch_size", "choice", values=(8, 16)),))
    ended = search(config(algorithm="random", space=space), 9, mae=alike)
    assert sorted(trial.values["batch_size"] for trial in ended) == [8, 16]


def test_hyperband_goes_on_with_the_best(config):
    ended = search(config(algorithm="hyperband", epochs=9), 30)
    longer = [trial for trial in ended if trial.after is not None]
    assert {trial.stop_epoch for trial in ended} == {1, 3, 9}
    for trial in longer:
        earlier = ended[trial.after - 1]
        assert earlier.values == trial.values
        assert earlier.stop_epoch == trial.stop_epoch / 3
    # The best of those that had one epoch go on first.
    before = ended[: longer[0].number - 1]
    assert longer[0].values == min(before, key=lambda trial: trial.mae).values


@pytest.mark.parametrize("algorithm", ["grid", "hyperband"])
def test_a_trial_that_does_not_follow_is_refused(config, toy_space, algorithm):
    one = config(algorithm=algorithm, space=grid_space(toy_space), epochs=9)
    ended = search(one, 3)
    changed = {**ended[1].values, "learning_rate": 0.5}
    with pytest.raises(RunError, match="trial 2 is not the one that follows"):
        Oracle(one, None, [ended[0], dataclasses.replace(ended[1], values=changed)])


@pytest.mark.parametrize("name", SPACES)
def test_our_spaces_in_kerastuners_words(config, name):
    space = SPACES[name]
    ended = search(config(space=space), 5, trials=6, mae=alike)
    assert len({str(trial.values) for trial in ended}) == 5
    for trial in ended:
        space.recipe(trial.values)
        assert tuple(trial.values) == space.active(trial.values)


def side_by_side(config, workers, number, order, ended=(), begun=(), most=99):
    """Return what is tried of so many at once, which end in an order, from where it stands."""
    ended, begun = list(ended), list(begun)
    oracle = Oracle(config, number, ended, begun)
    while len(ended) < number and len(ended) < most:
        while len(begun) < workers and len(begun) + len(ended) < number:
            try:
                trial = oracle.propose()
            except WaitError:
                break
            if trial is None:
                break
            begun.append(trial)
        if not begun:
            break
        trial = begun.pop(order(len(ended), len(begun)))
        ended.append(
            dataclasses.replace(trial, state="done", mae=error(trial.values), best_epoch=1)
        )
        oracle.learn(ended[-1])
    return ended, begun


@pytest.mark.parametrize("algorithm", ["bayesian", "random", "hyperband", "grid"])
def test_side_by_side_the_way_follows_from_the_order_in_which_trials_end(
    config, toy_space, algorithm
):
    space = grid_space(toy_space) if algorithm == "grid" else toy_space
    one = config(algorithm=algorithm, space=space, epochs=9)

    def last_first(done, under_way):
        return (7 * done + under_way) % under_way

    unbroken, _ = side_by_side(one, 3, 10, last_first)
    assert sorted(trial.number for trial in unbroken) == list(range(1, 11))
    assert [trial.number for trial in unbroken] != list(range(1, 11))
    assert any(trial.known < trial.number - 1 for trial in unbroken)
    ended, begun = side_by_side(one, 3, 10, last_first, most=6)
    assert ended == unbroken[:6]
    again, _ = side_by_side(one, 3, 10, last_first, ended, begun)
    assert again == unbroken
    if algorithm in ("random", "grid"):  # the order matters to none of its proposals
        together = sorted(unbroken, key=lambda trial: trial.number)
        alone = search(config(search_id="alone", algorithm=algorithm, space=space), 10)
        assert [trial.values for trial in together] == [trial.values for trial in alone]
    assert len({str(trial.values) for trial in unbroken if trial.after is None}) == sum(
        trial.after is None for trial in unbroken
    )


def test_one_at_a_time_nothing_is_under_way(config):
    ended = search(config(), 5)
    assert [trial.known for trial in ended] == [0, 1, 2, 3, 4]
    # As searches of earlier versions have it.
    old = [dataclasses.replace(trial, told=None) for trial in ended]
    assert [trial.known for trial in old] == [0, 1, 2, 3, 4]
    sixth = [
        search(config(search_id=name), 6, known)[5] for name, known in (("a", ended), ("b", old))
    ]
    assert sixth[0].values == sixth[1].values


def test_an_algorithm_that_must_wait_says_so(config, toy_space):
    """A grid of one dimension cannot go on before its only combinations have ended."""
    space = Space("few", toy_space.base, (Dimension("batch_size", "choice", values=(8, 16)),))
    oracle = Oracle(config(algorithm="grid", space=space), None)
    trials = [oracle.propose(), oracle.propose()]
    with pytest.raises(WaitError):
        oracle.propose()
    for trial in trials:
        oracle.learn(dataclasses.replace(trial, state="done", mae=0.1, best_epoch=1))
    assert oracle.propose() is None
