import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.split import SPLIT_LABELS, SplitConfig, split_by_source
from core.errors import ConfigError, DataError

PARTS = ("train", "validation", "test")

ids = st.lists(st.integers(0, 2**63 - 1), unique=True, max_size=200).map(
    lambda values: np.array(values, np.int64)
)
fractions = st.floats(0, 0.95)
configs = st.builds(SplitConfig, fractions, fractions, st.integers(0, 2**63 - 1))


def sides(source_id, split):
    """Return the part of every id."""
    return {int(i): part for part in PARTS for i in source_id[getattr(split, part)]}


@settings(deadline=None)
@given(ids, configs)
def test_parts_are_disjoint_and_cover_everything(source_id, config):
    split = split_by_source(source_id, config)
    rows = np.concatenate([getattr(split, part) for part in PARTS])
    assert sorted(rows) == list(range(len(source_id)))
    for part in PARTS:
        assert np.all(np.diff(getattr(split, part)) > 0)


@settings(deadline=None)
@given(ids, ids, configs)
def test_added_sources_move_no_other(source_id, added, config):
    added = np.setdiff1d(added, source_id)
    before = sides(source_id, split_by_source(source_id, config))
    everything = np.concatenate([added, source_id])
    after = sides(everything, split_by_source(everything, config))
    assert before.items() <= after.items()


@settings(deadline=None)
@given(ids, configs, st.randoms(use_true_random=False))
def test_order_does_not_matter(source_id, config, random):
    shuffled = np.array(random.sample(source_id.tolist(), len(source_id)), np.int64)
    one, two = split_by_source(source_id, config), split_by_source(shuffled, config)
    assert sides(source_id, one) == sides(shuffled, two)
    assert one.hash == two.hash


@pytest.mark.parametrize("seed", [0, 1, 12345])
@pytest.mark.parametrize(
    "source_id",
    [
        np.arange(200_000),
        np.arange(200_000) << 40,
        np.random.default_rng(0).permutation(200_000) + 4_000_000_000_000_000_000,
    ],
    ids=["consecutive", "upper bits only", "large"],
)
def test_fractions_are_nominal_whatever_the_ids_look_like(source_id, seed):
    split = split_by_source(source_id, SplitConfig(seed=seed))
    for part, share in zip(PARTS, (0.63, 0.27, 0.10), strict=True):
        scatter = np.sqrt(share * (1 - share) / len(source_id))
        assert len(getattr(split, part)) / len(source_id) == pytest.approx(share, abs=4 * scatter)


@pytest.mark.parametrize(("test", "validation"), [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.2, 0.5)])
def test_other_fractions(test, validation):
    split = split_by_source(np.arange(50_000), SplitConfig(test, validation))
    expected = ((1 - test) * (1 - validation), (1 - test) * validation, test)
    shares = [len(getattr(split, part)) / 50_000 for part in PARTS]
    assert shares == pytest.approx(expected, abs=0.01)
    assert SplitConfig(test, validation).sizes(1) == pytest.approx(expected)


def test_seeds_are_independent():
    source_id = np.arange(100_000)
    one, two = (split_by_source(source_id, SplitConfig(seed=seed)) for seed in (0, 1))
    assert one.hash != two.hash
    both = np.intersect1d(one.test, two.test)
    assert len(both) == pytest.approx(0.01 * len(source_id), rel=0.15)


def test_test_part_does_not_depend_on_the_validation_fraction():
    source_id = np.arange(10_000)
    one, two = (split_by_source(source_id, SplitConfig(0.1, share)) for share in (0.1, 0.5))
    np.testing.assert_array_equal(one.test, two.test)


def test_hash_tells_configuration_and_sources():
    hashes = {
        split_by_source(source_id, config).hash
        for source_id in (np.arange(100), np.arange(101))
        for config in (SplitConfig(), SplitConfig(seed=1), SplitConfig(test_fraction=0.1000001))
    }
    assert len(hashes) == 6


def test_the_split_stays_what_it_was():
    """Runs on disk rely on it: should the hashing change, old runs lose their test part."""
    split = split_by_source(
        np.arange(4_111_834_567_779_557_376, 4_111_834_567_779_557_396), SplitConfig()
    )
    assert split.test.tolist() == [6, 14, 17]
    assert split.hash == "d15421494d758fe42682a6d590a1d92052694520abb4cc1834466d0b7357f9cd"


@pytest.mark.parametrize("source_id", [np.array([1.0, 2.0]), np.array(["1"]), np.ones((2, 2), int)])
def test_ids_that_are_no_integers(source_id):
    with pytest.raises(DataError, match="one whole number \\(source_id\\) per source"):
        split_by_source(source_id, SplitConfig())


@pytest.mark.parametrize(
    "values", [{"test_fraction": 1.0}, {"validation_fraction": -0.1}, {"seed": -1}, {"seed": 2**63}]
)
def test_settings_out_of_range(values):
    (name,) = values
    label = SPLIT_LABELS.get(name) or SPLIT_LABELS["split_seed"]
    with pytest.raises(ConfigError, match=f"^{label}: expected"):
        SplitConfig(**values)
