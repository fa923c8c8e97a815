"""The time to expect of a training, in words."""

import pytest

from core.questions import Expected


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(10, "5 to 20 min"), (40, "20 min to 1 h 20 min"), (160, "1 h 20 min to 5 h 20 min")],
)
def test_a_guess_has_two_ends(minutes, words):
    assert Expected(60 * minutes, "a guess", is_rough=True).words == words


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (Expected(0.3, "", is_rough=True), "a few seconds"),
        (Expected(4.0, "", is_here=False), "a few seconds"),
        (Expected(0.3, "", measured=True), "under 1 s"),
        (Expected(4.0, "", measured=True), "4 s"),
        (Expected(12.0, "", is_rough=True), "6 to 24 s"),
    ],
)
def test_seconds_are_told_as_well_as_they_are_known(known, words):
    assert known.words == words
