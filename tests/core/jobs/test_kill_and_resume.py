"""The making of a map, killed in its process, told lost at once, begun again and stopped.

`test_jobs` has what is the same for all kinds of jobs. Trainings and searches are in
`tests/core/training/test_queue.py` and `tests/core/tuning/test_killed.py`, where Keras is imported
already.
"""

import shutil
from pathlib import Path

import pytest

from core import jobs
from core.errors import RunError
from core.inspection import map_job
from core.inspection.map_job import MapJob
from core.inspection.wavelength_map import SAMPLES, WavelengthMap
from core.runs import SHIPPED_RUNS, Run

SHIPPED_DATA = Path(__file__).parents[3] / "data" / "simulated-20k.parquet"


def test_a_map_of_wavelengths(tmp_path, kill, wait_until):
    """Of a run whose network takes half a minute for it, so that it can be met at work."""
    without = shutil.ignore_patterns("wavelength_map.npz")
    shipped = SHIPPED_RUNS / "dissertation-20k"
    run = Run(shutil.copytree(shipped, tmp_path / "runs" / "slow", ignore=without))
    job = MapJob(run.path)
    map_job.start(run, SHIPPED_DATA)
    wait_until(lambda: job.status().done > 0)
    assert job.status().total == len(SAMPLES)
    (run.path / "map.lock").unlink()
    with pytest.raises(
        RunError, match="The making of the wavelength map of run 'slow' is active right now"
    ):
        map_job.start(run, SHIPPED_DATA)
    kill(job)
    assert job.status().state == "lost"
    assert "ended unexpectedly" in job.status().message
    (run.path / ".wavelength_map.npz").write_bytes(b"half")
    map_job.start(run, SHIPPED_DATA)
    wait_until(lambda: job.status().done > 0)
    jobs.stop(job)
    wait_until(lambda: job.status().state == "done")
    left = {path.name for path in run.path.iterdir()}
    assert left - {path.name for path in shipped.iterdir()} <= {"start.lock", "map.lock", "map.log"}
    assert WavelengthMap.load(run) is None
