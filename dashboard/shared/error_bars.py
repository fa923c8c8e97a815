"""What the bars of a mean error are: one choice for every screen that draws some."""

from dashboard.figures.errors import BARS, STANDARD_ERROR
from dashboard.shared.chooser import choose_one


def choose_bars() -> str:
    """Draw the choice of what bars are and return it, one of `BARS`."""
    return choose_one(
        "Bars",
        BARS,
        "bars",
        "kind of bars",
        help="Standard error: how sure the mean is, large where galaxies are few. Standard "
        "deviation: how far single galaxies scatter, as in Figure 16.",
        format_func=str.capitalize,
    )


def about_bars(bars: str) -> str:
    """Return the sentence that says what is drawn."""
    if bars == STANDARD_ERROR:
        return "Bars: one standard error of the mean, which is not known of what is published."
    return "Bars: one standard deviation of the errors in the bin."
