"""Spans of time and numbers of bytes, in words."""

import pytest

from core.amounts import duration, size


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (29.4, "29 s"),
        (90, "2 min"),
        (3600, "1 h 0 min"),
        (11_520, "3 h 12 min"),
        (200_000, "2 d 7 h"),
    ],
)
def test_a_span_of_time(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "0 s"),
        (59.6, "1 min 0 s"),
        (80, "1 min 20 s"),
        (3599.6, "1 h 0 min"),
        (7260, "2 h 1 min"),
        (200_000, "2 d 7 h"),
    ],
)
def test_a_span_of_time_that_was_measured(seconds, words):
    assert duration(seconds, exact=True) == words


@pytest.mark.parametrize(
    ("n_bytes", "words"),
    [
        (10, "10 bytes"),
        (999, "999 bytes"),
        (999_400, "999 kB"),
        (999_600, "1 MB"),
        (39_000, "39 kB"),
        (1.25e9, "1.25 GB"),
        (3.4e12, "3.4 TB"),
    ],
)
def test_a_number_of_bytes(n_bytes, words):
    assert size(n_bytes) == words
