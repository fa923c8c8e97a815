import math
from types import SimpleNamespace

import pytest

from core.training import epochs
from core.training.epochs import Pace


class TestPace:
    @pytest.fixture
    def epoch(self, monkeypatch):
        """Return what tells the calls of an epoch of a device that takes so long for a batch."""
        now = [0.0]
        monkeypatch.setattr(epochs, "time", SimpleNamespace(perf_counter=lambda: now[0]))

        def calls(pace, n_batches, seconds):
            found = []
            for first, last in pace.calls(n_batches):
                found.append((first, last))
                now[0] += (last - first) * seconds
            return found

        return calls

    @pytest.mark.parametrize("seconds", [1e-5, 1e-3, 0.1])
    def test_every_batch_is_taken_once(self, epoch, seconds):
        found = epoch(Pace(), 20_481, seconds)
        assert [batch for call in found for batch in range(*call)] == list(range(20_481))

    def test_a_call_takes_about_as_long_whatever_the_device(self, epoch):
        for seconds in (1e-4, 1e-3, 1e-2):
            pace = Pace()
            epoch(pace, 20_000, seconds)
            first, last = epoch(pace, 20_000, seconds)[0]
            assert (last - first) * seconds == pytest.approx(epochs.SECONDS_PER_CALL, rel=0.2)

    def test_an_epoch_of_the_published_recipe_needs_a_hundred_calls_not_twenty_thousand(
        self, epoch
    ):
        n_batches = math.ceil(0.63 * 520_393 / 16)
        pace = Pace()
        epoch(pace, n_batches, 1e-3)
        assert len(epoch(pace, n_batches, 1e-3)) < 100 < n_batches / 200

    def test_a_slow_device_is_not_left_alone_for_long(self, epoch):
        pace = Pace()
        assert all(last - first <= 8 for first, last in epoch(pace, 100, 0.5))

    def test_a_device_that_becomes_slow_gets_fewer(self, epoch):
        pace = Pace()
        epoch(pace, 20_000, 1e-4)
        epoch(pace, 20_000, 1e-1)
        assert epoch(pace, 100, 1e-1)[0] == (0, 8)
