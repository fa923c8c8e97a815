import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.atomic import write_json
from core.comparison.galaxies import common_dataset, common_test_part
from core.comparison.subject import names_of
from core.config import to_dict
from core.data.dataset import load_dataset
from core.data.split import SplitConfig, split_by_source
from core.errors import ConfigError, DataError, RunError
from core.prediction.dataset import predict_dataset
from core.prediction.seen import read_seen, write_seen
from core.runs import Annotations, Run, Start

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def galaxies():
    """Of the shipped data set, some that its runs were trained with, and some of the test part."""
    whole = load_dataset(ROOT / "data" / "simulated-20k.parquet")
    return whole.take(np.arange(400))


def test_runs_of_nested_data_share_the_smaller_test_part(shipped):
    runs = [shipped(run_id) for run_id in ("compact-520k", "dissertation-20k")]
    common = common_test_part(runs)
    ids = common.subjects[0].predictions["source_id"].to_numpy()
    assert (len(common), common.n_seen, common.unchecked) == (2029, 0, ())
    assert [each.name for each in common.subjects] == ["compact-520k", "dissertation-20k"]
    assert (np.diff(ids) > 0).all()
    for subject, run in zip(common.subjects, runs, strict=True):
        assert subject.run is run
        assert not np.isin(ids, read_seen(run)).any()
        own = run.predictions().set_index("source_id")["z_pred"]
        assert np.array_equal(subject.predictions["z_pred"], own.loc[ids])


def test_another_split_leaves_what_is_in_both_test_parts(shipped, copied):
    run = shipped("dissertation-20k")
    table = run.predictions()
    other_split = SplitConfig(seed=1)
    both = table.iloc[split_by_source(table["source_id"].to_numpy(), other_split).test]
    alone = both.assign(source_id=both["source_id"] + 10**9)
    other = copied(
        run.run_id, "other-split", pd.concat([alone, both.iloc[::-1]]),
        split=other_split, seen=False,
    )  # fmt: skip
    common = common_test_part([run, other])
    assert (len(common), common.n_seen) == (len(both), 0)
    assert np.array_equal(*(each.predictions["z_pred"] for each in common.subjects))


def test_a_galaxy_that_a_split_does_not_hold_back_counts_as_seen(shipped, copied):
    run = shipped("dissertation-20k")
    table, split = run.predictions(), SplitConfig(seed=1)
    n_test = len(split_by_source(table["source_id"].to_numpy(), split).test)
    foreign = copied(run.run_id, "foreign", table, split=split, seen=False)
    common = common_test_part([run, foreign])
    assert (len(common), common.n_seen) == (n_test, 2029 - n_test)


def test_runs_without_a_common_galaxy_are_refused(shipped, copied):
    run = shipped("dissertation-20k")
    table = run.predictions()
    other = copied(run.run_id, "elsewhere", table.assign(source_id=table["source_id"] + 10**9))
    with pytest.raises(RunError, match="dissertation-20k and elsewhere have no galaxies in common"):
        common_test_part([run, other])
    # Their sets stand in the order of the runs, not in that of the alphabet.
    data = replace(other.config.data, name="A set")
    write_json(other.path / "config.json", to_dict(replace(other.config, data=data)))
    first = f"'{run.config.data.name}'"
    with pytest.raises(RunError, match=re.escape(f"They were trained on {first} and 'A set'")):
        common_test_part([run, Run(other.path)])


def test_numbers_of_rows_identify_galaxies_of_one_data_set_alone(shipped, copied):
    run = shipped("dissertation-20k")
    numbers = split_by_source(np.arange(20_000), run.config.split).test
    numbered = run.predictions().assign(source_id=numbers[:2029])
    first = copied(run.run_id, "first", numbered, seen=False)
    second = copied(run.run_id, "second", numbered.iloc[:100], seen=False)
    assert len(common_test_part([first, second])) == 100
    data = replace(run.config.data, hash="0" * 64)
    foreign = copied(run.run_id, "foreign", numbered, seen=False, data=data)
    with pytest.raises(RunError, match="'first' have no ids, only row numbers"):
        common_test_part([first, foreign])


def test_what_a_run_started_from_counts_as_seen(shipped, copied):
    """The start was trained with half of the common test part."""
    run = shipped("dissertation-20k")
    ids = run.predictions()["source_id"].to_numpy()
    start = copied(run.run_id, "start", seen=False)
    tuned = copied(run.run_id, "tuned", seen=False, start=Start("start", "../start", "0" * 64))
    everything = SplitConfig(test_fraction=0.0)
    write_seen(start, ids[:1000], split_by_source(ids[:1000], everything))
    common = common_test_part([run, tuned])
    assert (common.n_seen, len(common)) == (1000, 1029)
    assert not np.isin(common.subjects[0].predictions["source_id"], ids[:1000]).any()
    write_seen(tuned, ids, split_by_source(ids, everything))
    with pytest.raises(RunError, match="share 2,029 galaxies, and all were used"):
        common_test_part([run, tuned])


def test_a_start_that_has_gone_cannot_be_checked(shipped, copied):
    run = shipped("dissertation-20k")
    tuned = copied(run.run_id, "tuned", seen=False, start=Start("gone", "../gone", "0" * 64))
    with pytest.raises(RunError, match=r"Whether 'tuned' has seen galaxies .* cannot be checked"):
        common_test_part([run, tuned])


def test_a_start_that_knows_ids_says_nothing_of_numbers_of_rows(shipped, copied):
    """Two runs fine-tuned on a table without ids, of which nobody says whether it is real."""
    run = shipped("dissertation-20k")
    data = replace(run.config.data, origin="unknown", hash="0" * 64)
    numbers = split_by_source(np.arange(20_000), run.config.split).test
    copied(run.run_id, "start")
    first, second = (
        copied(
            run.run_id, name, run.predictions().assign(source_id=numbers[:2029]),
            seen=False, data=data, start=Start("start", "../start", "0" * 64),
        )
        for name in ("first", "second")
    )  # fmt: skip
    with pytest.raises(RunError, match=r"Whether 'first' has seen .* or the galaxies have no ids"):
        common_test_part([first, second])


def test_incomplete_runs_and_repeated_ones_are_refused(shipped, copied):
    run, unfinished = shipped("dissertation-20k"), copied("dissertation-20k", "unfinished")
    unfinished.predictions_path.unlink()
    with pytest.raises(RunError, match="'unfinished' has no predictions yet"):
        common_test_part([run, unfinished])
    with pytest.raises(ConfigError, match="'dissertation-20k' 2 times"):
        common_test_part([run, run])


def test_runs_of_the_same_id_are_named_by_their_folders(shipped, copied):
    run, twin = shipped("compact-20k"), copied("compact-20k", "compact-20k")
    assert names_of([run, twin]) == [str(run.path), str(twin.path)]
    assert names_of([run, shipped("compact-520k")]) == ["compact-20k", "compact-520k"]


def test_runs_are_called_as_people_call_them_where_that_is_one_run(copied):
    def called(run_id, name):
        run = copied("dissertation-20k", run_id)
        write_json(run.annotations_path, to_dict(Annotations(name=name)))
        return run

    first, plain = called("a", "Deep field"), copied("dissertation-20k", "plain")
    assert names_of([first, plain]) == ["Deep field", "plain"]
    second = called("b", "Deep field")
    assert names_of([first, plain]) == ["Deep field (a)", "plain"]  # also without the other
    assert names_of([first, second]) == ["Deep field (a)", "Deep field (b)"]
    assert names_of([called("c", "plain"), plain]) == ["plain (c)", "plain"]
    assert names_of([called("d", "Gaia UGC"), called("e", "z_spec")]) == [
        "Gaia UGC (d)",
        "z_spec (e)",
    ]
    assert names_of([first, called("f", "Deep field"), called("g", "Deep field (a)")]) == [
        "a",
        "f",
        "g",
    ]
    first.annotations_path.write_text("{")
    assert names_of([first, plain]) == ["a", "plain"]


def test_a_data_set_is_predicted_but_for_what_a_run_has_seen(shipped, galaxies):
    runs, steps = [shipped("compact-20k"), shipped("dissertation-20k")], []
    common = common_dataset(runs, galaxies, progress=lambda *step: steps.append(step))
    test = split_by_source(galaxies.source_id, SplitConfig()).test
    assert (len(common), common.n_seen, common.title) == (
        len(test), 400 - len(test), galaxies.card.name
    )  # fmt: skip
    assert steps == [(len(test), 2 * len(test)), (2 * len(test), 2 * len(test))]
    for subject, run in zip(common.subjects, runs, strict=True):
        expected = predict_dataset(run, galaxies.take(test)).sort_values("source_id")
        assert subject.predictions["z_pred"].to_numpy() == pytest.approx(expected["z_pred"])


def test_ugc_is_compared_where_it_has_a_redshift(shipped, galaxies):
    test = split_by_source(galaxies.source_id, SplitConfig()).test
    ugc = np.full(400, np.nan, np.float32)
    ugc[:200] = galaxies.z[:200] + 0.01
    known = replace(galaxies, redshift_ugc=ugc)
    common = common_dataset([shipped("compact-20k")], known, with_ugc=True)
    run, other = common.subjects
    assert (other.name, other.run, len(common)) == ("Gaia UGC", None, (test < 200).sum())
    assert common.n_without_ugc == (test >= 200).sum() > 0
    d = other.predictions["z_pred"] - other.predictions["z_spec"]
    assert d.to_numpy() == pytest.approx(0.01, abs=1e-6)
    assert np.array_equal(run.predictions["source_id"], other.predictions["source_id"])
    with pytest.raises(DataError, match="expected redshifts of Gaia's UGC"):
        common_dataset([shipped("compact-20k")], galaxies, with_ugc=True)
    train = np.setdiff1d(np.arange(400), test)
    with pytest.raises(DataError, match="every galaxy that UGC knows was used to train"):
        common_dataset([shipped("compact-20k")], known.take(train), with_ugc=True)


def test_runs_that_do_not_tell_what_they_have_seen_are_named(shipped, copied, galaxies):
    known, silent = shipped("dissertation-20k"), copied("dissertation-20k", "silent", seen=False)
    for file in (known.scaler_path, known.onnx_path):
        shutil.copy(file, silent.path)
    part = galaxies.take(np.arange(50))  # with a hash of its own
    common = common_dataset([known, silent], part)
    assert common.unchecked == (names_of([known, silent])[1],)
    assert common.n_seen == np.isin(part.source_id, read_seen(known)).sum()
