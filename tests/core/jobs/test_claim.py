"""One start of a job, where machines do not see each other's locks."""

import threading

import pytest

from core.errors import RunError
from core.jobs import claim
from core.jobs.beat import machine
from core.jobs.claim import claimed


def test_a_claim_leaves_nothing_but_the_number_and_who_starts_it(make_job):
    job = make_job()
    with claimed(job, job.read_status()) as number:
        assert number == 1
        assert (job.path / "1.claim").exists()
        assert job.beat().is_ours
        job.update(takes=number)
    assert not list(job.path.glob("*.claim"))


@pytest.fixture
def machines(monkeypatch):
    """Let every thread be a machine of its own."""
    monkeypatch.setattr(claim, "GONE_AFTER", 0.5)
    monkeypatch.setattr(claim, "machine", lambda: f"machine {threading.get_ident()}")


def test_of_many_at_once_one_gets_it(make_job, machines):
    job = make_job()
    seen, got, refused = job.read_status(), [], []
    ready = threading.Barrier(8)

    def start():
        ready.wait()
        try:
            with claimed(job, seen) as number:
                got.append(number)
                job.update(takes=number)
        except RunError:
            refused.append(1)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 7)
    assert not list(job.path.glob("*.claim"))


def test_who_is_late_finds_the_number_used_up(make_job):
    job = make_job()
    seen = job.read_status()
    job.update(takes=1)
    with pytest.raises(RunError, match="is being started right now"), claimed(job, seen):
        pytest.fail("two started it")
    with claimed(job, job.read_status()) as number:
        assert number == 2


@pytest.mark.parametrize("maker", ["", "another machine", machine()])
def test_a_claim_of_somebody_who_was_killed_stops_nobody(make_job, machines, maker):
    job = make_job()
    (job.path / "1.claim").write_text(maker)
    with claimed(job, job.read_status()) as number:
        assert number == 2
        job.update(takes=number)
    assert not list(job.path.glob("*.claim"))


def test_a_claim_that_goes_meanwhile_was_somebodys(make_job, monkeypatch):
    job = make_job()
    path = job.path / "1.claim"
    path.write_text("another machine")
    monkeypatch.setattr(claim.time, "sleep", lambda seconds: path.unlink(missing_ok=True))
    with pytest.raises(RunError, match="is being started"), claimed(job, job.read_status()):
        pytest.fail("two started it")


def test_who_fails_gives_the_claim_back(make_job):
    job = make_job()
    with pytest.raises(ValueError, match="no"), claimed(job, job.read_status()):
        raise ValueError("no")
    assert not list(job.path.glob("*.claim"))


def test_what_another_machine_works_on_is_not_started(make_job, monkeypatch):
    job = make_job()
    monkeypatch.setattr(claim, "has_gone", lambda path: False)
    with (
        pytest.raises(RunError, match="is active right now, on another machine"),
        claimed(job, job.read_status()),
    ):
        pytest.fail("two work on it")
