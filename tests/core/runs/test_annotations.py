import json
import shutil
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError, DamagedError, RunError
from core.runs import SHIPPED_RUNS, Annotations, Run, open_run
from core.runs.annotations import MAX_NAME, MAX_TAG, MAX_TAGS, as_name, as_tags, name_after


def test_a_run_that_nobody_named_is_called_by_its_id(make_run):
    run = make_run()
    assert run.annotations() == Annotations()
    assert run.title == "toy"


def test_what_is_written_on_a_run_is_read_again_and_its_configuration_stays(make_run):
    run = make_run()
    before = (run.path / "config.json").read_bytes()
    notes = "First line\nsecond: \u03c3"
    written = Annotations("Best so far", ("paper", "p(z)"), notes, archived=True, pinned=True)
    run.annotate(**asdict(written))
    again = open_run(run.root, run.run_id)
    assert again.annotations() == written
    assert again.title == "Best so far"
    assert (run.path / "config.json").read_bytes() == before


def test_a_run_that_came_with_xpz_is_not_written_on():
    run = open_run(SHIPPED_RUNS, "compact-20k")
    with pytest.raises(RunError, match="'compact-20k' came with xpz and cannot be changed"):
        run.annotate(name="Mine")
    assert not run.annotations_path.exists()


def test_on_a_run_that_was_deleted_meanwhile_nothing_is_written(make_run):
    run = make_run()
    shutil.rmtree(run.path)
    with pytest.raises(RunError, match="'toy' is not there any more"):
        run.annotate(notes="See section 4.")
    assert not run.path.exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "a" * 81}, "Name of a run: expected at most 80"),
        ({"name": "two\nlines"}, "in one line"),
        ({"name": "caf\udce9"}, "Name of a run: expected text in UTF-8"),
        ({"tags": ("caf\udce9",)}, "Tags of a run: expected text in UTF-8"),
        ({"notes": "caf\udce9"}, "Notes of a run: expected text in UTF-8"),
        ({"tags": ("a,b",)}, "without commas"),
        ({"tags": ("",)}, "1 to 32 characters"),
        ({"tags": ("twice", "twice")}, "each once"),
        ({"tags": tuple(map(str, range(MAX_TAGS + 1)))}, "received 21"),
        ({"notes": "a" * 20_001}, "received 20,001"),
    ],
)
def test_what_no_screen_could_show_is_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        Annotations(**values)


def test_no_name_is_cut():
    assert as_name("  In one \n line ") == "In one line"
    with pytest.raises(ConfigError, match="Name of a run: expected at most 80 characters"):
        as_name("a" * 81)


def test_a_run_is_called_after_the_one_that_it_comes_from():
    assert name_after("Best so far", "seed 3") == "Best so far, seed 3"
    assert name_after("", "seed 3") == ""
    long = name_after("a" * MAX_NAME, "seed 3")
    assert long.endswith("a…, seed 3")
    assert len(long) == MAX_NAME
    assert Annotations(name_after("a" * MAX_NAME, "b" * 200)).name.endswith("bb…")


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters=","), max_size=MAX_TAG),
        max_size=MAX_TAGS,
    )
)
def test_tags_are_cut_at_commas_and_kept_once(words):
    tags = as_tags(",".join(words))
    assert Annotations(tags=tags).tags == tags
    assert as_tags(", ".join(tags)) == tags


def test_damaged_annotations_are_told(make_run):
    run = make_run()
    run.annotations_path.write_text("{half")
    with pytest.raises(RunError, match=r"annotations\.json is damaged"):
        Run(run.path).annotations()
    run.annotations_path.write_text(json.dumps({"name": 3}))
    with pytest.raises(DamagedError, match=r"'toy': annotations\.json .*name: expected a text"):
        Run(run.path).annotations()
