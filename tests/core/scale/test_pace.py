"""How fast pieces go, told by a clock of our own."""

import pytest

from core.scale.pace import Pace


@pytest.fixture
def clock(monkeypatch):
    """Set what time it is [s]."""
    times = [0.0]
    monkeypatch.setattr("core.scale.pace.time.monotonic", lambda: times[0])
    return lambda now: times.__setitem__(0, now)


def test_starting_up_and_joining_are_no_part_of_the_rate(clock):
    pace = Pace()
    clock(20)  # workers have started
    pace.heard("a", 0)
    clock(22)
    pace.heard("a", 100)
    pace.heard("b", 0)
    assert (pace.seconds, pace.rate) == (2, 50)
    clock(24)
    pace.heard("b", 60)
    pace.ended("a", 140)
    assert (pace.seconds, pace.rate) == (4, 50)
    clock(1000)  # parts are joined
    assert pace.rate == 50


def test_what_is_told_late_or_was_done_before_counts_nothing(clock):
    pace = Pace()
    pace.ended("of an earlier start", 1_000_000)
    assert (pace.seconds, pace.rate) == (0, 0)
    pace.heard("a", 0)
    clock(1)
    pace.ended("a", 10)
    clock(5)
    pace.heard("a", 10)
    assert (pace.seconds, pace.rate) == (1, 10)


def test_a_piece_that_begins_anew_counts_once(clock):
    pace = Pace()
    pace.heard("a", 0)
    clock(10)
    pace.heard("a", 50)
    pace.heard("a", 0)  # its worker was killed
    clock(20)
    pace.heard("a", 20)
    assert pace.rate == 1
