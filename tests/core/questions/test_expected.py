"""The words of an expected time."""

import pytest

from core.questions import Expected


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (Expected(0.3, "", is_rough=True), "a few seconds"),
        (Expected(4.0, "", is_here=False), "a few seconds"),
        (Expected(0.3, "", measured=True), "under 1 s"),
        (Expected(4.0, "", measured=True), "4 s"),
        (Expected(12.0, "", is_rough=True), "6 to 24 s"),
        (Expected(120.0, "", is_rough=True), "1 to 4 min"),
    ],
)
def test_seconds_are_told_as_well_as_they_are_known(known: Expected, words: str) -> None:
    assert known.words == words
