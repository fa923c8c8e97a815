"""Two servers on one folder of runs: whatever both start at once is started once."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from core import jobs
from core.jobs.roots import create
from tests.support.counting import Counting, CountingConfig, check_steps
from tests.support.faults import SOAK
from tests.support.processes import wait_until

ROOT = Path(__file__).parents[2]
ROUNDS = 30 if SOAK else 3

SERVER = """
import sys, time
from pathlib import Path
from core import jobs
from core.errors import RunError
from tests.support.counting import Counting
job = Counting(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    while time.time() < float(line):
        pass
    try:
        jobs.resume(job)
        print("started", flush=True)
    except RunError as error:
        print(error, flush=True)
"""


@pytest.fixture
def job(tmp_path):
    return create(Counting, tmp_path / "runs", "one", CountingConfig(10**6))


@pytest.fixture
def servers(job):
    """Two processes that resume the job at the time that they are told."""
    command = [sys.executable, "-c", SERVER, str(job.path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    found = [subprocess.Popen(command, cwd=ROOT, **pipes) for _ in range(2)]
    for server in found:
        assert server.stdout.readline() == "ready\n"
    yield found
    for server in found:
        server.kill()
        server.communicate()


def test_what_two_servers_resume_at_once_is_resumed_once(job, servers):
    jobs.submit(job)
    for _ in range(ROUNDS):
        stop_after_a_step(job)
        at = time.time() + 0.2
        for server in servers:
            server.stdin.write(f"{at}\n")
            server.stdin.flush()
        said = sorted(server.stdout.readline().strip() for server in servers)
        assert said[1] == "started"
        assert said[0].startswith("Count 'one' is ")
        assert said[0].endswith(("right now.", "can be resumed."))
    stop_after_a_step(job)
    steps = (job.path / "steps").read_text().splitlines()
    assert len({line.split()[0] for line in steps}) == ROUNDS + 1
    check_steps(job, whole=False)


def stop_after_a_step(job):
    before = job.status().count
    wait_until(lambda: job.status().count > before)
    jobs.stop(job)
    jobs.wait(job)
