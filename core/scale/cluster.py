"""Processes that work side by side: Dask's, here or wherever a scheduler is."""

import asyncio
import functools
import logging
import math
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, TypeVar

from core.errors import ConfigError, RunError

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 10
"""Until a scheduler counts as gone."""

DEATHS = 10
"""Workers that may die of a piece before it counts as deadly: Dask's 3 are few where many die."""

PIECES_AHEAD = 2
"""Pieces for each worker that are given out: one at work, one that waits."""

SECONDS_BETWEEN_LOOKS = 1.0
"""At how many workers there are."""

KILLED = (
    "its worker ended {} times while it was at work: it was killed, or memory ran out. Give "
    "workers more memory, and use --retry-failed."
)

LOST = (
    "The connection to the scheduler was lost, so the work has stopped. What is finished is kept "
    "whole: start the same command again when there is a scheduler, and it goes on."
)

T = TypeVar("T")
R = TypeVar("R")


class SchedulerLostError(RunError):
    """The scheduler has gone; what is finished is kept."""


@contextmanager
def opened(scheduler: str | None = None, workers: int | None = None) -> Iterator["Client"]:
    """Yield a client of processes on this machine, one a core; or of a scheduler elsewhere.

    Parameters
    ----------
    scheduler : str, optional
        Its address, such as 'tcp://10.0.0.1:8786', or the path of its file.
    workers : int, optional
        Processes on this machine; by default one a core.

    Raises
    ------
    ConfigError
        If Dask is not installed.
    RunError
        If no scheduler answers.
    """
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise ConfigError(
            "Catalogues in a folder need Dask, which is not installed. Install it with "
            "pip install 'xpz[dask]', or write a single file: --out z.parquet."
        ) from error
    if scheduler is not None:
        with _connected(scheduler) as client:
            yield client
        return
    settings = {
        "distributed.scheduler.allowed-failures": DEATHS - 1,
        # Its profiler would take a hundredth of the time.
        "distributed.worker.profile.enabled": False,
    }
    with dask.config.set(settings), _local(workers) as cluster:
        client = Client(cluster, set_as_default=False)
        try:
            yield client
        finally:
            with suppress(Exception):
                client.close(timeout=5)


@contextmanager
def _local(workers: int | None) -> Iterator[Any]:
    from distributed import LocalCluster

    # Others on this machine must not reach our workers, which run whatever they are sent.
    with (
        _without_interrupts() as allowed,
        LocalCluster(
            n_workers=workers,  # None: one a core, of those that this process may use
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            protocol="tls://" if _has_tls() else None,
            security=_has_tls() or None,
            dashboard_address=None,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        try:
            allowed()
            yield cluster
        except KeyboardInterrupt:
            # Dask tells of connections that break by and by, also once its cluster is closed.
            logging.getLogger("distributed").setLevel(logging.CRITICAL)
            raise


@contextmanager
def _without_interrupts() -> Iterator[Callable[[], object]]:
    """Keep Ctrl-C back from threads and processes that begin now; yield what lets it in here.

    They inherit it, Dask's thread and the workers that it begins later as well. It is this
    process's to end them: each would else end by itself, with a traceback.
    """
    resource_tracker.ensure_running()  # which lets it in where it begins
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    allow = functools.partial(signal.pthread_sigmask, signal.SIG_SETMASK, before)
    try:
        yield allow
    finally:
        allow()


def _has_tls() -> bool:
    try:
        import cryptography  # noqa: F401 - Dask makes its certificates with it
    except ImportError:
        return False
    return True


@contextmanager
def _connected(scheduler: str) -> Iterator["Client"]:
    from distributed import Client

    place = {"scheduler_file": scheduler} if scheduler.endswith(".json") else {"address": scheduler}
    try:
        client = Client(**place, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise RunError(
            f"{scheduler}: no Dask scheduler answers there ({type(error).__name__}). Start one "
            "with `dask scheduler`, and give the address that it prints."
        ) from error
    try:
        yield client
    finally:
        with suppress(Exception):  # where it has gone, there is nothing to close
            client.close(timeout=5)


def n_threads(client: "Client") -> int:
    """Return how many pieces can be at work at once; 0 without workers."""
    found = client.scheduler_info(n_workers=-1)["workers"].values()
    return sum(worker["nthreads"] for worker in found)


def run_bounded(
    client: "Client",
    do: Callable[..., R],
    items: Iterable[T],
    words: Callable[[T], tuple[Any, ...]],
    meanwhile: Callable[[], None] = lambda: None,
) -> Iterator[tuple[T, R | str]]:
    """Yield items with what `do(*words(item))` returns, in the order in which they end.

    Only some are given out at a time, so that neither the scheduler nor this process holds them
    all. Of an item that ends its workers again and again a sentence is yielded. `meanwhile` is
    called about once a second, and may raise to call everything off.

    Raises
    ------
    SchedulerLostError
        If the scheduler has gone.
    """
    from distributed import wait
    from distributed.scheduler import KilledWorker

    at_work: dict[Future, T] = {}
    waiting = iter(items)
    room, looked, heard = 0, -math.inf, time.monotonic()
    try:
        while True:
            if client.status != "running":  # else Dask looks for the scheduler for half a minute
                if client.status != "connecting" or time.monotonic() - heard > CONNECT_SECONDS:
                    raise SchedulerLostError(LOST)
                meanwhile()
                time.sleep(0.2)
                continue
            heard = time.monotonic()
            with _talking():
                if time.monotonic() - looked > SECONDS_BETWEEN_LOOKS:
                    room, looked = PIECES_AHEAD * max(n_threads(client), 1), time.monotonic()
                while len(at_work) < room and (item := next(waiting, None)) is not None:
                    # Not pure: a task of an earlier start that still runs is another one.
                    future = client.submit(do, *words(item), pure=False)
                    at_work[future] = item
            if not at_work:
                return
            meanwhile()
            with _talking(), client.as_current(), suppress(TimeoutError):
                wait(list(at_work), timeout=1, return_when="FIRST_COMPLETED")
            if client.status != "running":
                continue
            for future in [each for each in at_work if each.status != "pending"]:
                item = at_work.pop(future)
                with _talking():
                    status, error = future.status, None
                    if status == "finished":
                        result = future.result()
                    elif status == "error":
                        error = future.exception()
                if status == "finished":
                    yield item, result
                elif isinstance(error, KilledWorker):
                    yield item, KILLED.format(error.allowed_failures + 1)  # other schedulers' own
                elif error is not None:
                    raise RunError(f"The work could not be given out: {error}") from error
                else:
                    raise SchedulerLostError(LOST)
    finally:
        for future in at_work:
            with suppress(Exception):
                future.cancel()


@contextmanager
def _talking() -> Iterator[None]:
    """Turn what Dask says of a connection that broke into our error."""
    try:
        yield
    except (OSError, futures.CancelledError, asyncio.CancelledError) as error:
        raise SchedulerLostError(LOST) from error
