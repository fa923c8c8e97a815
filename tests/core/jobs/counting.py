"""A kind of job, in one file: it counts, a step every hundredth of a second, and goes on."""

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
    module: ClassVar[str] = "counting"
    config_class: ClassVar[type] = CountingConfig
    status_class: ClassVar[type] = CountingStatus
    resumable: ClassVar[tuple[str, ...]] = ("paused", "cancelled", "failed", "lost")
    temporaries: ClassVar[tuple[str, ...]] = (".*.json", ".onnx-*")

    def next_step(self, status):
        return f"Resume goes on after {status.count}."


def count(job, device):
    for number in range(job.read_status().count + 1, job.config.up_to + 1):
        obey(job)
        time.sleep(0.01)
        job.update(count=number)
    return f"Counted to {job.config.up_to}."


def work(job):
    return worker.work(job, count)


if __name__ == "__main__":
    sys.exit(worker.main(Counting, work))
