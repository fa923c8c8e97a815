"""A worker that takes jobs that count: ``python -m tests.support.count_worker ROOT [once]``."""

import signal
import sys

from core.jobs import Worker
from tests.support.counting import Counting

if __name__ == "__main__":
    ours = Worker([Counting], sys.argv[1], "cpu", lambda text: print(text, flush=True))
    signal.signal(signal.SIGTERM, lambda *about: ours.leave())
    ours.run(once="once" in sys.argv, seconds=0.1)
