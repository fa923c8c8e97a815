"""figures.json: every number of a first light, with what was asked and by which programs."""

from importlib.metadata import version
from typing import Any

from core.clock import utc_now
from core.config import to_dict
from core.first_light.config import SPLIT, FirstLightConfig, Folder
from core.first_light.judging import (
    before_and_after,
    comparison_numbers,
    galaxy_numbers,
    numbers_beside_ugc,
    shipped_numbers,
)
from core.first_light.runs import RECALIBRATED, TUNED
from core.runs import Run
from core.stored import read_json

SCHEMA = 1
"""Version of figures.json."""

PROGRAMS = ("xpz", "numpy", "onnxruntime", "keras", "gaiaxpy", "pyvo", "astropy")


def collect(
    folder: Folder, config: FirstLightConfig, shipped: list[Run], start: Run
) -> dict[str, Any]:
    """Return all numbers; `start` is the shipped run that was recalibrated and fine-tuned.

    ``{"schema", "made", "settings", "split", "versions", "redshifts": where they are from,
    "fetch": its report, "steps": [{"step", "came", "seconds"}], "galaxies",
    "shipped": of every shipped run on all galaxies, "after": before and after recalibration and
    fine-tuning on the test part, "ugc": the same beside Gaia's UGC, or None}``; the last three hold
    ``{"comparison": as core.comparison.report_on gives it, "n_z", "estimates": {<key>: ...}}``.
    """
    after = [start, *(Run(folder.runs / name) for name in (RECALIBRATED, TUNED))]
    compared = before_and_after(folder, *after)
    steps = [read_json(path) for path in sorted(folder.path.glob("steps/*.json"))]
    return {
        "schema": SCHEMA,
        "made": utc_now(),
        "settings": to_dict(config),
        "split": to_dict(SPLIT),
        "versions": {name: version(name) for name in PROGRAMS},
        "redshifts": read_json(folder.found),
        "fetch": read_json(folder.fetched / "report.json"),
        "steps": steps,
        "galaxies": galaxy_numbers(folder),
        "shipped": shipped_numbers(folder, shipped),
        "after": comparison_numbers(compared),
        "ugc": numbers_beside_ugc(folder, compared),
        "runs": {run.run_id: str(run.path) for run in after[1:]},
    }
