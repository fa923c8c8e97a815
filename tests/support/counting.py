"""A kind of job, in one file: it counts, a step every hundredth of a second, and goes on.

Its file `steps` says which process made each step, so that two at once, or a step that is missing,
are seen.
"""

import os
import sys
import time
from dataclasses import dataclass
from typing import ClassVar

from core.jobs import Job, JobStatus, worker
from core.jobs.turn import obey


@dataclass(frozen=True)
class CountingConfig:
    up_to: int
    device: str | None = "cpu"
    created: str = ""


@dataclass(frozen=True)
class CountingStatus(JobStatus):
    count: int = 0


@dataclass(frozen=True)
class Counting(Job[CountingConfig, CountingStatus]):
    kind: ClassVar[str] = "count"
    place: ClassVar[str] = "counts"
    module: ClassVar[str] = "tests.support.counting"
    config_class: ClassVar[type] = CountingConfig
    status_class: ClassVar[type] = CountingStatus
    resumable: ClassVar[tuple[str, ...]] = ("paused", "cancelled", "failed", "lost")
    temporaries: ClassVar[tuple[str, ...]] = (".*.json", ".onnx-*")

    def next_step(self, status):
        return f"Resume goes on after {status.count}."

    def reached(self, status):
        return status.count


def count(job, device):
    for number in range(job.read_status().count + 1, job.config.up_to + 1):
        obey(job)
        time.sleep(0.01)
        with (job.path / "steps").open("a") as steps:
            steps.write(f"{os.getpid()} {number}\n")
        job.update(count=number)
    return f"Counted to {job.config.up_to}."


def work(job):
    return worker.work(job, count)


def check_steps(job, *, whole=True):
    """Make sure that one process after the other counted, each from where the last one was.

    Returns what was counted.
    """
    made = [line.split() for line in (job.path / "steps").read_text().splitlines()]
    pids = [pid for pid, _ in made]
    changes = [0, *(i for i in range(1, len(pids)) if pids[i] != pids[i - 1])]
    assert len(changes) == len(set(pids)), "two at once"
    for i in range(1, len(made)):
        before, number = int(made[i - 1][1]), int(made[i][1])
        # A step that was made and not yet told of when its process was killed is made again.
        assert number - before in ((0, 1) if i in changes else (1,))
    assert int(made[0][1]) == 1
    assert not whole or int(made[-1][1]) == job.config.up_to
    return sorted({int(number) for _, number in made})


if __name__ == "__main__":
    sys.exit(worker.main(Counting, work))
