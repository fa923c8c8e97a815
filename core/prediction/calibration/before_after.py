"""What errors and intervals of the same galaxies were before a calibration anew, and are after."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from core.evaluation.coverage import COVERAGE, inside_title
from core.evaluation.metrics import HEADLINE, Definition
from core.prediction.flags import LEVEL
from core.runs.stored import BEFORE, MEASURES


class BeforeAfter(NamedTuple):
    """A number before and after a calibration anew."""

    title: str
    before: float
    after: float
    definition: Definition

    @property
    def texts(self) -> tuple[str, str]:
        """Both numbers for people."""
        return self.definition.text(self.before), self.definition.text(self.after)


def before_and_after(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    covered: Iterable[tuple[float, ...]],
) -> tuple[BeforeAfter, ...]:
    """Return the numbers that tell what a calibration anew did.

    `before` and `after` have each of `MEASURES`; `covered` are levels, and the share of true
    redshifts inside intervals of them, before and after.
    """
    return (
        *(
            BeforeAfter(HEADLINE[name].title, before[name], after[name], HEADLINE[name])
            for name in MEASURES
        ),
        *(
            BeforeAfter(inside_title(level), was, became, COVERAGE)
            for level, was, became in covered
        ),
    )


def stored_before_and_after(summary: Mapping[str, Any]) -> tuple[BeforeAfter, ...]:
    """Return the same from a run's summary; none where it does not know how the run was before.

    Without p(z) a summary has the share inside 68 % intervals alone.
    """
    if BEFORE not in summary:
        return ()
    before, after = (summary[name] for name in (BEFORE, "evaluation"))
    was, became = _covered(before), _covered(after)
    covered = [(level, was[level], became[level]) for level in was if level in became]
    return before_and_after(before, after, covered)


def _covered(report: Mapping[str, Any]) -> dict[float, float]:
    if "density" in report:
        return {row["level"]: row["coverage"] for row in report["density"]["coverage"]}
    return {LEVEL: report["own_interval"]["value"]} if "own_interval" in report else {}
