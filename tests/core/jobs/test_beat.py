"""Who works, told by a file: of this machine, of others, and of those that have gone."""

import os
import time
from dataclasses import replace

import pytest

from core.jobs import beat
from core.jobs.beat import beating, has_gone, is_beating, new_beat, read_beat, write_beat


@pytest.fixture
def path(tmp_path):
    return tmp_path / "worker.beat"


@pytest.fixture
def clock(monkeypatch):
    """Clocks that go on when they are told to: this machine's, and the wall's."""

    class Clock:
        now, wall = 1000.0, 5e9

        def monotonic(self):
            return self.now

        def time(self):
            return self.wall

        def sleep(self, seconds):
            self.now += seconds
            self.wall += seconds

    clock = Clock()
    monkeypatch.setattr(beat, "time", clock)
    monkeypatch.setattr(beat, "booted", lambda: 4e9)
    return clock


def of_another(path, age=0.0, host="far-away"):
    """Write what another machine says of itself."""
    other = replace(new_beat(), host=host, machine="other", time=beat.time.time() - age)
    beat.write_json(path, vars(other))
    return other


def test_it_tells_who_works_for_as_long_as_they_do(path, monkeypatch):
    monkeypatch.setattr(beat, "SECONDS", 0.01)
    first = new_beat(device="cpu")
    with beating(path, lambda: first):
        told = read_beat(path)
        assert (told.host, told.pid, told.device) == (beat.host(), os.getpid(), "cpu")
        while read_beat(path).time == told.time:
            time.sleep(0.01)
    assert not path.exists()


def test_on_this_machine_the_locks_tell(path):
    write_beat(path, new_beat())
    assert not is_beating(path)
    assert has_gone(path)


def test_before_its_last_start_this_machine_was_another_that_has_gone(path, clock):
    """After a power cut a run is resumed at once."""
    of_another(path, host=beat.host(), age=1.5e9)
    assert not is_beating(path)
    assert has_gone(path)
    assert clock.now == 1000
    # Of a machine that only has the same name the time would be later.
    of_another(path, host=beat.host())
    assert is_beating(path)


def test_another_machine_is_alive_while_it_renews(path, clock):
    assert not is_beating(path)
    of_another(path)
    assert is_beating(path)
    for _ in range(5):
        clock.sleep(beat.GONE_AFTER - 1)
        assert is_beating(path)
        of_another(path)
        assert is_beating(path)
    clock.sleep(beat.GONE_AFTER + 1)
    assert not is_beating(path)


def test_what_one_thread_forgets_another_has_seen(path, clock, monkeypatch):
    """Screens look from many threads at once."""

    class Forgotten(dict):
        def __setitem__(self, key, value):
            pass

    monkeypatch.setattr(beat, "_seen", Forgotten())
    of_another(path)
    assert is_beating(path)


@pytest.mark.parametrize("ahead", [-3600, 3600])
def test_a_clock_that_is_wrong_matters_at_the_first_look_alone(path, clock, ahead):
    of_another(path, age=-ahead)
    assert is_beating(path) == (ahead > 0)
    clock.sleep(3)
    of_another(path, age=-ahead)
    assert is_beating(path)
    clock.sleep(beat.GONE_AFTER + 1)
    assert not is_beating(path)


def test_whoever_takes_over_watches_first(path, clock, monkeypatch):
    of_another(path, age=9999)
    assert has_gone(path)
    assert clock.now >= 1000 + beat.GONE_AFTER
    renewed = clock.now + 5

    def sleep(seconds):
        clock.now += seconds
        if clock.now > renewed:
            of_another(path, age=9000)

    monkeypatch.setattr(clock, "sleep", sleep)
    assert not has_gone(path)
    path.unlink()
    assert has_gone(path)


def test_a_damaged_file_says_nothing(path):
    for text in ("", "{", "[]", '{"host": 5}', "\0"):
        path.write_text(text)
        assert read_beat(path) is None
        assert not is_beating(path)


def test_who_was_overtaken_ends(path, monkeypatch):
    """As when a laptop sleeps, and another machine has gone on with its job meanwhile."""
    ended = []
    monkeypatch.setattr(beat, "SECONDS", 0.01)
    monkeypatch.setattr(beat.os, "_exit", ended.append)
    with beating(path, new_beat):
        of_another(path)
        while not ended:
            time.sleep(0.01)
    assert ended[0] == 1
