"""How far the work on many files is, in numbers and words."""

from core.scale.progress import Progress


def test_a_start_with_nothing_left_to_read_is_at_its_end():
    progress = Progress(files=7, files_done=7, workers=2)
    assert (progress.fraction, progress.seconds_left) == (1.0, None)
    assert progress.words() == "7 of 7 files"


def test_the_rest_takes_as_long_as_its_bytes():
    progress = Progress(files=4, files_done=1, size=400, size_done=100, workers=2)
    progress.started -= 10.0
    assert 30.0 <= progress.seconds_left <= 31.0
