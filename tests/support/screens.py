"""The addresses at which every screen and every part of one is looked at."""

SCREENS = (
    *("", "reproduce", "reproduce?step=Network", "reproduce?step=Errors"),
    *("data", "data?section=Average+spectra", "data?section=Single+spectrum"),
    *("data?section=Split", "data?section=Add+data", "train", "train?view=Runs&run=compact-20k"),
    *(
        "tune",
        "compare",
        "compare?compare_show=Differences",
        "compare?compare_show=Settings",
        "runs",
    ),
    *("compare?compare_show=Disagreement", "compare?compare_show=Seeds", "runs?columns=Settings"),
    *("evaluate", "evaluate?show=Errors+by+redshift", "evaluate?show=Residuals"),
    *("evaluate?show=Intervals", "evaluate?show=p(z)", "evaluate?show=High+redshift"),
    *("evaluate?show=Wavelengths", "evaluate?show=Training+set", "evaluate?show=Inspect"),
    *("evaluate?show=Training", "evaluate?show=Settings", "predict"),
)
"""Of the shipped data set and runs."""
