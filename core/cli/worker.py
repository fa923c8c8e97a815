"""`xpz worker`: work off what was left to the workers of a folder of runs."""

import signal
from pathlib import Path
from types import FrameType

import click

from core.amounts import n_of
from core.cli.completers import devices
from core.cli.examples import examples
from core.cli.options import RUNS_DIR
from core.cli.shared import echo, echo_json
from core.shell import command

QUEUE = click.option(
    "--queue",
    "to_workers",
    is_flag=True,
    help="Leave it to a worker of the folder of runs (xpz worker), on this machine or another.",
)


def say_who_takes(root: Path, to_workers: bool) -> None:
    """Say on the error stream which workers may take what was left to them."""
    from core.jobs import list_workers

    if not to_workers:
        return
    if found := ", ".join(f"{one.host} ({one.device})" for one in list_workers(root)):
        echo(f"Left to a worker: {found}.", err=True)
        return
    start = command("xpz", "worker", "--runs-dir", root)
    echo(f"Left to a worker. None is there yet; start one: {start}", err=True)


@click.command(
    epilog=examples(
        "xpz worker --device gpu:0",
        "# In a job of a cluster: work off what waits, and end.",
        "xpz worker --runs-dir /shared/runs --once",
        "xpz worker --list",
    )
)
@RUNS_DIR
@click.option(
    "--device",
    shell_complete=devices,
    default="auto",
    show_default=True,
    help="auto (a free GPU, else the CPU), cpu, gpu:N, or several GPUs as gpu:0,gpu:1.",
)
@click.option(
    "--once",
    is_flag=True,
    help="End when nothing waits that it can take, instead of looking for more. A device in use "
    "is waited for.",
)
@click.option(
    "--poll",
    type=click.FloatRange(0.1, 3600),
    default=5.0,
    show_default=True,
    help="Seconds between two looks at the folder.",
)
@click.option("--list", "list_them", is_flag=True, help="List the workers of the folder and end.")
@click.option("--json", "as_json", is_flag=True, help="With --list: print JSON for scripts.")
def worker(
    runs_dir: Path, device: str, once: bool, poll: float, list_them: bool, as_json: bool
) -> None:
    """Work off the trainings and searches that were left to a worker, one after the other.

    The folder of runs, and the data sets that they name, may be shared with other machines. Several
    workers on one folder never take the same job. Ctrl-C, or the end of a SLURM job, gives the one
    at hand back: another worker goes on from its last epoch.
    """
    from core.jobs import Worker, list_workers

    if as_json and not list_them:
        raise click.UsageError("--json is for --list.")
    if list_them:
        found = list_workers(runs_dir)
        if as_json:
            told = ("host", "device", "since", "job")
            echo_json([{name: getattr(one, name) for name in told} for one in found])
            return
        if not found:
            echo(f"No worker looks at {runs_dir}.", err=True)
        for one in found:
            echo(f"{one.host}  {one.device}  since {one.since[:16]}Z  {one.job or 'free'}")
        return
    ours = Worker(kinds(), runs_dir, device, echo)

    def leave(number: int, frame: FrameType | None) -> None:
        # The next one ends us at once; the process of the job gives it back nevertheless.
        signal.signal(number, signal.SIG_DFL)
        ours.leave()

    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, leave) for number in asked}
    try:
        echo(f"Waiting for jobs in {runs_dir}.")
        worked = ours.run(once=once, seconds=poll)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    echo(f"{n_of(worked, 'job')} worked on.")


def kinds() -> tuple:
    """Return the kinds of job that can be left to workers."""
    from core.runs import Run
    from core.tuning import Search

    return Run, Search
