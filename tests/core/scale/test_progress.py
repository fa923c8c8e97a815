"""How far the work on many files is, in numbers and words."""

import pytest

from core.scale.progress import Progress


@pytest.fixture
def progress(monkeypatch):
    """A quarter of the bytes is done after 10 seconds of work, an hour after the start."""
    progress = Progress(files=4, files_done=1, size=400, size_done=100, size_ended=100, workers=2)
    now = iter((3600.0, 3610.0))
    monkeypatch.setattr("core.scale.pace.time.monotonic", lambda: next(now))
    progress.pace.heard("a", 0)
    return progress


def test_a_start_with_nothing_left_to_read_is_at_its_end():
    progress = Progress(files=7, files_done=7, workers=2)
    assert (progress.fraction, progress.seconds_left) == (1.0, None)
    assert progress.words() == "7 of 7 files"


def test_before_the_first_piece_begins_nothing_is_told_of_time():
    progress = Progress(files=4, size=400, workers=2)
    assert (progress.rate, progress.seconds_left) == (0, None)
    assert progress.words() == "0 of 4 files"


def test_the_rest_takes_as_long_as_its_spectra(progress):
    progress.spectra_finished = progress.spectra_ended = 1000
    progress.pace.ended("a", 1000)
    assert progress.rate == 100
    assert progress.seconds_left == 30
    progress.spectra_at_work = 500  # of the next piece, whose bytes are not counted yet
    assert progress.seconds_left == 25
    progress.size_done += 150  # of a file that comes from a server
    assert progress.seconds_left == 25


def test_where_no_spectra_are_asked_for_the_bytes_tell(progress):
    progress.pace.ended("a", 0)
    assert (progress.rate, progress.seconds_left) == (0, 30)
    assert progress.words() == "1 of 4 files, about 30 s left"
