"""Spans of time, numbers of bytes and counts of things, in words."""

import numpy as np
import pytest

from core.amounts import duration, n_of, part_of, redshift_error, size


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
        (1, "1 byte"),
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


@pytest.mark.parametrize(
    ("n", "noun", "words"),
    [
        (0, "galaxy", "0 galaxies"),
        (1, "galaxy", "1 galaxy"),
        (1234, "common galaxy", "1,234 common galaxies"),
        (1, "ended trial", "1 ended trial"),
        (2, "spectrum", "2 spectra"),
        (2, "search", "2 searches"),
        (2, "batch", "2 batches"),
        (2, "epoch", "2 epochs"),
        (2, "day", "2 days"),
        (2, "place", "2 places"),
        (np.int64(1), "row", "1 row"),
        (0.8, "epoch", "1 epoch"),
        (1.0, "source id", "1 source id"),
    ],
)
def test_a_number_of_things(n, noun, words):
    assert n_of(n, noun) == words


def test_a_part_of_a_number_of_things():
    assert part_of(1, 1, "galaxy") == "1 of 1 galaxies"
    assert part_of(np.int64(1000), 2000, "spectrum") == "1,000 of 2,000 spectra"


@pytest.mark.parametrize(
    ("error", "words"), [(0.02126, "0.0213"), (1.5, "1.5000"), (22273488584704.0, "2.23e+13")]
)
def test_an_error_of_redshifts(error, words):
    assert redshift_error(error) == words
