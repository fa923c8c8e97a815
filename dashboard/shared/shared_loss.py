"""The choice among runs or trials of different losses: those of one are drawn on one axis."""

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

from core.model import LABELS, Recipe, in_words
from dashboard.shared.chooser import choose_one

Key = TypeVar("Key", bound=Hashable)


def sharing_loss(recipes: Mapping[Key, Recipe], what: str, key: str) -> list[Key]:
    """Return those that share a loss; draw the choice of it where there are several.

    `what` are they, such as 'runs'; `recipes` holds at least one.
    """
    losses = _losses(recipes)
    kinds = list(dict.fromkeys(losses.values()))
    kind = kinds[0]
    if len(kinds) > 1:
        words = f"Loss, drawn for the {what} that share it"
        kind = choose_one(words, kinds, key, persist_state="session")
    return [name for name, loss in losses.items() if loss == kind]


def _losses(recipes: Mapping[Key, Recipe]) -> dict[Key, str]:
    """Return what each loss is called, with those settings of it that tell it from others."""
    settings = {name: recipe.loss_settings for name, recipe in recipes.items()}

    def words(own: dict[str, Any]) -> str:
        alike = [each for each in settings.values() if each["loss"] == own["loss"]]
        further = [key for key in own if any(each.get(key) != own[key] for each in alike)]
        told = (f"{LABELS[key]} {in_words(key, own[key])}" for key in further)
        return ", ".join([in_words("loss", own["loss"]), *told])

    return {name: words(own) for name, own in settings.items()}
