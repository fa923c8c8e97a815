"""One hyperparameter of a search, and the values that it may take."""

import math
from dataclasses import dataclass
from typing import Any

from core.config import require
from core.errors import ConfigError
from core.model.settings import Setting
from core.tuning.hyperparameters import HYPERPARAMETERS, split_name

KINDS = ("int", "float", "choice")
MOST_VALUES = 10_000
"""Of a range with a step; all of them are held."""


@dataclass(frozen=True)
class Dimension:
    """One hyperparameter and the values that it may take.

    Attributes
    ----------
    name : str
        One of `core.tuning.hyperparameters`, with the layer's number where each
        has its own: 'filters_1'.
    kind : str
        One of `KINDS`.
    low, high : float or None
        Ends of a range of 'int' or 'float', both inside.
    step : float or None
        From one value to the next: added or, with `log`, multiplied. Without,
        a 'float' takes every value and an 'int' every whole number.
    log : bool
        Whether each factor, rather than each difference, is as likely.
    values : tuple
        The values of a 'choice'.
    """

    name: str
    kind: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    log: bool = False
    values: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        known = HYPERPARAMETERS[split_name(self.name)[0]]
        require(
            self.kind in KINDS,
            f"{self.name}: expected a kind of {', '.join(KINDS)}, received '{self.kind}'.",
        )
        if self.kind == "choice":
            self._check_choice(known)
            return
        require(
            known.kind != "choice" and (self.kind == known.kind or known.kind == "float"),
            f"{self.name}: expected kind '{known.kind}', received '{self.kind}'.",
        )
        require(not self.values, f"{self.name}: values belong to a choice; give low and high.")
        for end in ("low", "high", "step"):
            self._check_number(end)
        low, high = self.low, self.high
        if low is None or high is None:
            raise ConfigError(f"{self.name}: expected low and high.")
        require(low <= high, f"{self.name}: the low end {low:g} lies above the high end {high:g}.")
        require(
            not self.log or low > 0,
            f"{self.name}: a logarithmic range must begin above 0, received {low:g}.",
        )
        wanted = (
            "a logarithmic range is stepped by a factor: expected one above 1, such as 2"
            if self.log
            else "expected a step above 0"
        )
        require(
            self.step is None or self.step > (1 if self.log else 0),
            f"{self.name}: {wanted}, received {self.step}.",
        )
        require(
            self.step is None or self._steps(self.step) < MOST_VALUES,
            f"{self.name}: expected a step that makes at most {MOST_VALUES:,} values of {low:g} to "
            f"{high:g}, received {self.step}. Without a step every value between is one.",
        )

    @property
    def fixed(self) -> bool:
        """Whether there is only one value."""
        return len(self.values) == 1 or (self.kind != "choice" and self.low == self.high)

    def options(self) -> tuple[Any, ...] | None:
        """Return all values, rising or as given; None where there is no end of them."""
        if self.kind == "choice":
            return self.values
        low, _ = self._range()
        if self.fixed:
            return (low,)
        if self.step is None and self.kind == "float":
            return None
        step = self.step or 1
        places = range(int(self._steps(step) + 1e-8) + 1)
        if self.log and self.step is not None:
            found = [low * step**i for i in places]
        else:
            found = [low + step * i for i in places]
        return tuple(dict.fromkeys(int(value) if self.kind == "int" else value for value in found))

    def ends(self) -> tuple[Any, ...]:
        """Return the values between which all others lie; every value of a choice."""
        if self.kind == "choice":
            return self.values
        # The steps need not lead to the high end.
        options = None if self.step is None else self.options()
        return self._range() if options is None else (options[0], options[-1])

    def check_step(self, where: str) -> None:
        """Raise a `ConfigError` if the step leads to no second value of a range."""
        low, high = self._range()
        require(
            self.step is None or self.fixed or len(self.options() or ()) > 1,
            f"{where}: expected a step that leads to another value from {low:g} to {high:g}, "
            f"received {self.step}. With equal ends there is one value.",
        )

    def holds(self, value: Any) -> bool:
        """Whether the value is one of this dimension's."""
        options = self.options()
        if options is None:
            low, high = self._range()
            return not isinstance(value, str) and low <= value <= high
        if isinstance(value, str):
            return value in options
        return any(not isinstance(one, str) and math.isclose(one, value) for one in options)

    def _steps(self, step: float) -> float:
        """Return how many steps lead from the low end to the high one."""
        low, high = self._range()
        if self.log and self.step is not None:
            return math.log(high / low) / math.log(step)
        return (high - low) / step

    def _range(self) -> tuple[Any, Any]:
        number = int if self.kind == "int" else float
        # Checked when it was made.
        return number(self.low or 0), number(self.high or 0)

    def _check_number(self, name: str) -> None:
        value = getattr(self, name)
        if value is None:
            return
        require(
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and math.isfinite(value),
            f"{self.name}.{name}: expected a number, received {value!r}.",
        )
        if self.kind == "int":
            require(
                float(value).is_integer(),
                f"{self.name}.{name}: expected a whole number, received {value:g}.",
            )
            # As it was meant, and as a reader of the file expects it.
            object.__setattr__(self, name, int(value))

    def _check_choice(self, known: Setting) -> None:
        require(bool(self.values), f"{self.name}: a choice needs at least one value.")
        for value in self.values:
            self._check_value(known, value)
        require(
            self.low is None and self.high is None and self.step is None and not self.log,
            f"{self.name}: a choice has values; low, high, step and log are for ranges.",
        )
        require(len(set(self.values)) == len(self.values), f"{self.name}: a value occurs twice.")
        if known.kind == "float":
            object.__setattr__(self, "values", tuple(map(float, self.values)))

    def _check_value(self, known: Setting, value: Any) -> None:
        if known.kind == "choice":
            require(
                value in tuple(known.choices),
                f"{self.name}: expected values among {', '.join(known.choices)}, "
                f"received {value!r}.",
            )
            return
        wanted = int if known.kind == "int" else (int, float)
        is_number = isinstance(value, wanted) and not isinstance(value, bool)
        what = "whole numbers" if known.kind == "int" else "numbers"
        require(
            is_number and math.isfinite(value), f"{self.name}: expected {what}, received {value!r}."
        )
