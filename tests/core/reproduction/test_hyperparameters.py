"""What each hyperparameter does: of every one there is a sentence."""

import pytest

from core.model.config import SETTINGS, ConvLayer
from core.model.settings import settings_of
from core.reproduction import hyperparameters
from core.reproduction.hyperparameters import words_of

NAMES = SETTINGS | settings_of(ConvLayer)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_that_can_be_chosen_is_explained(name):
    assert words_of(name).endswith(".") or not NAMES[name].open


def test_no_sentence_is_about_what_is_none():
    assert set(hyperparameters._WORDS) <= set(NAMES)


def test_a_setting_without_words_of_ours_has_those_of_its_field(monkeypatch):
    monkeypatch.delitem(hyperparameters._WORDS, "seed")
    assert words_of("seed") == SETTINGS["seed"].about
