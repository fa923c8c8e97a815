"""Every kind of job, killed at random moments: nothing is lost, nothing is done twice, and what
comes of it is what comes of a job that nobody killed.

`make soak` kills fifty times and more, over all kinds; the suite twice, one that counts.
"""

import random
import shutil
import time
from contextlib import suppress

import pandas as pd
import psutil
import pytest

from core.data.dataset import save_dataset
from core.jobs import Job
from tests.support.faults import SOAK
from tests.support.galaxies import make_moving_line
from tests.support.job_kinds import KINDS, WORKERS, Kind
from tests.support.processes import processes_of, wait_until

KILLS = 7 if SOAK else 2
"""Of each kind."""

SECONDS_TO_END = 400


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "toy.parquet"
    save_dataset(make_moving_line(300), path)
    return path


@pytest.fixture(autouse=True)
def no_process_is_left(tmp_path):
    yield
    for process in WORKERS:
        process.kill()
        process.wait()
    WORKERS.clear()


def kill_all(job: Job, rng: random.Random) -> bool:
    """Kill what works on a job, in any order and together; return whether anything did."""
    found = processes_of(job)
    # The worker goes in half of all cases, too; else it takes the job on at once.
    if rng.random() < 0.5:
        for process in WORKERS:
            process.kill()
    rng.shuffle(found)
    for process in found:
        with suppress(psutil.NoSuchProcess):  # it went with another
            process.kill()
    wait_until(lambda: not processes_of(job))
    return bool(found)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", KINDS)
def test_a_job_that_is_killed_at_random_ends_as_if_it_had_not_been(name, data, tmp_path):
    kind = KINDS[name]
    if not SOAK and not kind.starts_soon:
        pytest.skip("`make soak`; core/jobs and core/training/test_queue.py have one kill of each")
    began = time.monotonic()
    unbroken = kind.start(tmp_path / "unbroken", data)
    wait_until(lambda: kind.is_done(unbroken) or not unbroken.is_alive(), SECONDS_TO_END)
    assert kind.is_done(unbroken), unbroken.log()
    span = time.monotonic() - began
    expected = kind.result(unbroken)
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)

    job, kept, kills = kind.start(tmp_path / "broken", data), 0, 0
    while kills < KILLS:
        if kind.is_done(job):  # killed too late: another one
            assert_same(kind, job, expected)
            shutil.rmtree(tmp_path / "broken")
            job, kept = kind.start(tmp_path / "broken", data), 0
        time.sleep(rng.uniform(0, span))
        kills += kill_all(job, rng)
        assert kind.kept(job) >= kept, "something was lost"
        kept = kind.kept(job)
        if not kind.is_done(job) and not job.is_alive():
            assert job.status().state in ("lost", "done", "queued")
            kind.go_on(job)
    wait_until(lambda: kind.is_done(job) or not job.is_alive(), SECONDS_TO_END)
    while not kind.is_done(job):
        kind.go_on(job)
        wait_until(lambda: kind.is_done(job) or not job.is_alive(), SECONDS_TO_END)
    assert_same(kind, job, expected)


def assert_same(kind: Kind, job: Job, expected: pd.DataFrame) -> None:
    """Make sure that a job's result is the unbroken one's, and that no half file is left."""
    pd.testing.assert_frame_equal(
        kind.result(job), expected, rtol=kind.tolerance, atol=kind.tolerance,
        check_exact=not kind.tolerance,
    )  # fmt: skip
    wait_until(lambda: not job.is_alive(), SECONDS_TO_END)
    left = [path for path in job.path.rglob("*") if path.name.startswith(".")]
    assert left == []
    assert not list(job.path.rglob("*.claim"))
