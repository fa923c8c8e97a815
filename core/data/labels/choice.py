"""Which column of a table is the id, the redshift, the magnitude or the position."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.data.labels.names import (
    NEVER,
    PERHAPS_VELOCITY,
    POSITIONS,
    SPEC_WORDS,
    kind_of,
    plain_name,
)
from core.data.schema import ALIASES
from core.errors import DataError

BY_HAND = "by hand"
"""Of a choice that a person made."""

WHAT = {
    "source_id": "Gaia's identifiers",
    "z": "redshifts",
    "g_mag": "magnitudes in Gaia's G band",
    "ra": "right ascensions [deg]",
    "dec": "declinations [deg]",
}


@dataclass(frozen=True)
class Choice:
    """The column of one quantity, and why."""

    quantity: str
    names: tuple[str, ...]  # of all columns, as the table spells them
    position: int | None = None  # None where there is none, or names do not decide
    kind: str = ""  # what the name says, such as 'spectroscopic', or 'by hand'
    left_aside: tuple[str, ...] = ()  # others that are called like it, with the reason
    rivals: tuple[str, ...] = ()  # columns among which names do not decide

    @property
    def column(self) -> str | None:
        """Its name, as the table spells it."""
        return None if self.position is None else self.names[self.position]

    @property
    def words(self) -> str:
        """The column and why it is that one, for people and cards."""
        if self.rivals:
            return f"none: several columns could be it ({', '.join(self.rivals)})"
        # A name that says spectroscopic needs no more words, unless it had rivals.
        says_more = self.position is not None and (self.left_aside or self.kind != SPEC_WORDS)
        kinds = [self.kind] * bool(self.kind and says_more)
        aside = [f"left aside: {', '.join(self.left_aside)}"] * bool(self.left_aside)
        about = "; ".join(kinds + aside)
        column = "none" if self.position is None else self.column or f"column {self.position + 1}"
        return column + (f" ({about})" if about else "")

    @property
    def aside(self) -> str:
        """What was left aside and what may be meant, as the end of an error."""
        aside = f" Left aside: {', '.join(self.left_aside)}." if self.left_aside else ""
        for name in self.names if self.quantity == "z" else ():
            if plain_name(name) in PERHAPS_VELOCITY:
                aside += f" If '{name}' holds velocities c z, add --z {name} --z-unit km/s."
        return aside

    def require(self, name: str, *, by_hand: bool = True) -> None:
        """Raise an `UndecidedError` where names do not decide; `by_hand` as of `missing`."""
        if self.rivals:
            raise UndecidedError(self, name, by_hand=by_hand)


class UndecidedError(DataError):
    """Several columns of a table could be the same quantity."""

    def __init__(self, choice: Choice, name: str, *, by_hand: bool = True) -> None:
        self.choice = choice
        rivals = ", ".join(f"'{column}'" for column in choice.rivals)
        super().__init__(
            f"{name}: several columns could be {choice.quantity}: {rivals}. Keep one of them"
            f"{_or_name_it(choice.quantity, by_hand)}"
        )


def _or_name_it(quantity: str, by_hand: bool) -> str:
    return f", or name it with {option(quantity)}." if by_hand else "."


def option(quantity: str) -> str:
    """Return the option of commands that names a column by hand."""
    return "--id" if quantity == "source_id" else f"--{quantity.replace('_', '-')}"


def choose(quantity: str, names: Sequence[str], unfit: Collection[str] = ()) -> Choice:
    """Choose the column of a quantity by its name.

    A spectroscopic redshift beats one that says nothing of itself; photometric ones and those of
    templates are never labels. A name with Gaia's release, or of Gaia's own tables, beats a plain
    one. Columns that are `unfit` hold something else.
    """
    kinds = {
        i: kind
        for i, name in enumerate(names)
        if name not in unfit and (kind := kind_of(quantity, name, names))
    }
    lowest = min((kind.rank for kind in kinds.values()), default=NEVER)
    best = [i for i, kind in kinds.items() if kind.rank == lowest < NEVER]
    aside = tuple(
        names[i] + f" ({kind.words})" * bool(kind.words)
        for i, kind in kinds.items()
        if i not in best
    )
    if len(best) != 1:
        rivals = tuple(names[i] for i in best)
        return Choice(quantity, tuple(names), left_aside=aside, rivals=rivals)
    return Choice(quantity, tuple(names), best[0], kinds[best[0]].words, aside)


def choose_by_hand(quantity: str, asked: str, names: Sequence[str], name: str) -> Choice:
    """Return the column that a person names: as it is spelt, else whatever the case.

    Raises a `DataError` if there is none, or several that differ in case only.
    """
    for same in (str, plain_name):
        found = [i for i, column in enumerate(names) if same(column) == same(asked)]
        if len(found) > 1:
            Choice(quantity, tuple(names), rivals=tuple(names[i] for i in found)).require(name)
        if found:
            return Choice(quantity, tuple(names), found[0], BY_HAND)
    raise missing(quantity, asked, names, name)


def choose_position(names: Sequence[str], *, gaia: bool = False) -> tuple[Choice, Choice]:
    """Choose the columns of right ascension and declination: two that belong together.

    In tables of `gaia` ra and dec come before those of surveys' targets.
    """
    lowered = [plain_name(name) for name in names]
    pairs = [pair for pair in [("ra", "dec")] * gaia + [*POSITIONS] if set(pair) <= set(lowered)]

    def choice(quantity: str, axis: int) -> Choice:
        found = [i for i, name in enumerate(lowered) if pairs and name == pairs[0][axis]]
        if len(found) > 1:
            return Choice(quantity, tuple(names), rivals=tuple(names[i] for i in found))
        others = {pair[axis] for pair in pairs}
        aside = (name for name, low in zip(names, lowered, strict=True) if low in others)
        aside = (name for name in aside if not found or name != names[found[0]])
        return Choice(quantity, tuple(names), found[0] if found else None, left_aside=tuple(aside))

    return choice("ra", 0), choice("dec", 1)


def missing(
    quantity: str, called: str, names: Sequence[str], name: str, *, by_hand: bool = True
) -> DataError:
    """Return the error of a table that has no column of a quantity; it says what to do.

    `by_hand` tells whether people can name the column where the table is asked for.
    """
    shown = ", ".join(column or "unnamed" for column in names[:8])
    return DataError(
        f"{name}: expected a column of {WHAT.get(quantity, quantity)}, called {called}; found "
        f"{shown}{', ...' if len(names) > 8 else ''}. "
        f"Rename it{_or_name_it(quantity, by_hand)}"
    )


def require_one(choice: Choice, name: str, *, by_hand: bool = True) -> int:
    """Return the position of a column that a table must have; `by_hand` as of `missing`.

    Raises a `DataError` if there is none, with what was left aside and why, or names do not decide.
    """
    choice.require(name, by_hand=by_hand)
    if choice.position is None:
        called = " or ".join(dict.fromkeys(ALIASES.get(choice.quantity, _of_positions(choice))))
        error = missing(choice.quantity, called, choice.names, name, by_hand=by_hand)
        raise DataError(f"{error}{choice.aside}")
    return choice.position


def _of_positions(choice: Choice) -> list[str]:
    return [pair[choice.quantity == "dec"] for pair in POSITIONS]


def choose_all(names: Sequence[str], by_hand: Mapping[str, str], name: str) -> dict[str, Choice]:
    """Choose the column of each quantity of `ALIASES`, some of them `by_hand`."""
    return {
        quantity: choose_by_hand(quantity, by_hand[quantity], names, name)
        if quantity in by_hand
        else choose(quantity, names)
        for quantity in ALIASES
    }
