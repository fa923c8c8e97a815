"""Dask workers as SLURM jobs: a scheduler that `xpz predict --scheduler` finds by its file.

    pip install 'xpz[dask]' dask-jobqueue
    python slurm_cluster.py --file /shared/xpz/scheduler.json --jobs 16

Leave it running (in tmux, or as a small SLURM job of its own) and start xpz elsewhere. All
machines must see the run, the files of spectra and the catalogue at the same paths.
"""

import argparse
import json
import time

from dask_jobqueue import SLURMCluster

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--file", required=True, help="Where the scheduler's file goes; shared.")
parser.add_argument("--jobs", type=int, default=4, help="SLURM jobs, of --cores workers each.")
parser.add_argument("--cores", type=int, default=16, help="Cores of a job; a worker on each.")
parser.add_argument("--memory", default="32GB", help="Of a job: 2 GB a core are ample.")
parser.add_argument("--queue", help="Partition.")
parser.add_argument("--account", help="Account.")
parser.add_argument(
    "--walltime", default="04:00:00", help="What still runs when it ends is done again."
)
parser.add_argument("--interface", help="Network of the nodes, such as ib0.")
parser.add_argument("--scratch", default="/tmp", help="Fast local disk of the nodes.")
asked = parser.parse_args()

cluster = SLURMCluster(
    cores=asked.cores,
    processes=asked.cores,  # a process a core, of one thread: networks run in each
    memory=asked.memory,
    queue=asked.queue,
    account=asked.account,
    walltime=asked.walltime,
    interface=asked.interface,
    local_directory=asked.scratch,
    # A worker ends by itself before SLURM ends it: change this with the walltime.
    worker_extra_args=["--lifetime", "235m", "--lifetime-stagger", "5m"],
    job_script_prologue=["export OMP_NUM_THREADS=1"],
    scheduler_options={"dashboard": False},
)
cluster.scale(jobs=asked.jobs)
# The connection is encrypted only if Dask is told so: see https://distributed.dask.org, "TLS/SSL".
with open(asked.file, "w", encoding="utf-8") as file:
    json.dump({"address": cluster.scheduler_address}, file)
print(f"Workers come and go as SLURM allows; Ctrl-C ends them all. Scheduler: {asked.file}")
try:
    while True:
        time.sleep(60)
except KeyboardInterrupt:
    cluster.close()
