"""Where a data set made of others comes from: what their cards say counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.data.card import DatasetCard
from core.errors import DataError


@dataclass(frozen=True)
class Origin:
    """What is known of the origin of one input."""

    name: str  # for messages
    card: DatasetCard | None = None  # inside the file: only our own Parquet files have one
    is_fetched: bool = False  # from the Gaia Archive

    @property
    def word(self) -> str:
        """Return one of `core.data.card.ORIGINS`."""
        if self.card is not None:
            return self.card.origin
        return "observed" if self.is_fetched else "unknown"


def provenance(
    inputs: Sequence[Origin], asked: str | None = None, *, is_whole: bool = True
) -> dict[str, Any]:
    """Return the fields of the card that tell where a data set of one or more inputs comes from.

    One simulated input makes it simulated; it is observed only if every input is. The origin
    `asked` by a person counts where the inputs do not tell; if it contradicts their cards, a
    `DataError` is raised. `is_whole` says that all rows are kept as they were: only then a single
    input's configuration still makes the data set.
    """
    words = [given.word for given in inputs]
    found = "simulated" if "simulated" in words else "unknown"
    if set(words) == {"observed"}:
        found = "observed"
    if asked is not None and asked != found:
        for given in inputs:
            if given.card is not None and given.word == found != "unknown":
                raise DataError(
                    f"{given.name}: the card in this file says '{found}', received the origin "
                    f"'{asked}'. Leave out --origin or this file."
                )
    about: dict[str, Any] = {"origin": asked or found}
    if len(inputs) == 1 and inputs[0].card is not None:
        card = inputs[0].card
        about["grid"] = card.grid
        if is_whole:
            about |= {"config_hash": card.config_hash, "config": card.config}
    return about
