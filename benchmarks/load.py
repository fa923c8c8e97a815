"""Many visitors of the dashboard at once: seconds of a visit, failed ones, the server's memory.

``python -m benchmarks.load [--sessions 20] [--minutes 2] [--pause 5] [--data FILE] [--runs N]``

Visitors are websocket clients that speak Streamlit's protocol. A visit begins when the address is
opened (a new connection) or the menu is clicked (in the same one), and ends when the page's script
has finished. The server is started here, on a free port of this machine, and stopped at the end.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psutil
import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.dashboard import SERVER, free_port, wait_until_up
from benchmarks.many_runs import make_runs
from benchmarks.measure import Row, report
from core.data import open_dataset
from core.jobs import stop, wait
from core.questions import Question

SHIPPED = Path(__file__).parents[1] / "data" / "simulated-20k.parquet"
TABS = ("Errors by redshift", "Predicted and true", "Residuals", "Intervals", "p(z)", "Training")
SECTIONS = ("Redshifts", "Single spectrum", "Split")
VISITS = (
    *(("home", {}), ("train", {}), ("tune", {}), ("compare", {}), ("runs", {}), ("predict", {})),
    *(("data", {"section": each}) for each in SECTIONS),
    *(("evaluate", {"show": each}) for each in TABS),
)
"""Pages with what their addresses say; each visitor takes them in an order of its own."""

ON = {"on": "Data set in use", "run": "compact-20k"}
HEAVY = (
    *(("evaluate", ON | {"show": each}) for each in TABS[:2]),
    *(("data", {"section": "Average spectra"}), ("evaluate", {"run": "compact-520k"})),
)
"""Those that ask for every galaxy of the data set in use, with `--heavy`."""

MAX_SECONDS = 120
"""A visit that takes longer has failed."""

ANSWER_SECONDS = 300

LEFT_SECONDS = 210
"""By then the server has given back what nobody asks for; see `dashboard.shared.idle`."""


class FailedVisitError(Exception):
    """A page that showed an error, or did not come."""


@dataclass
class Found:
    """What the visits of all visitors took [s], what failed, and the server's memory [MB]."""

    first: dict[str, float] = field(default_factory=dict)  # of each page after the start
    by_menu: list[float] = field(default_factory=list)
    by_address: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)


class Visitor:
    """A browser's connection to the dashboard."""

    def __init__(self, socket: websockets.ClientConnection, dataset: str) -> None:
        self.socket, self.dataset = socket, dataset
        self.pages: dict[str, str] = {}

    async def visit(self, page: str, says: dict[str, str]) -> None:
        """Go to a page and wait until it is there; raise a `FailedVisitError` if it isn't."""
        wanted = BackMsg()
        state = wanted.rerun_script
        state.query_string = urlencode({"data": self.dataset} | says)
        state.page_script_hash = self.pages.get(page, "")
        state.page_name = "" if self.pages or page == "home" else page
        await self.socket.send(wanted.SerializeToString())
        try:
            async with asyncio.timeout(MAX_SECONDS):
                await self._until_finished()
        except TimeoutError as error:
            raise FailedVisitError(f"not there after {MAX_SECONDS} s") from error
        except websockets.ConnectionClosed as error:
            raise FailedVisitError("the connection was closed") from error

    async def _until_finished(self) -> None:
        shown = ""
        while True:
            message = ForwardMsg.FromString(await self.socket.recv(decode=False))
            kind = message.WhichOneof("type")
            if kind == "navigation":
                self.pages = {
                    each.url_pathname or "home": each.page_script_hash
                    for each in message.navigation.app_pages
                }
            elif kind == "page_not_found":
                raise FailedVisitError("there is no such page")
            elif kind == "delta" and message.delta.HasField("new_element"):
                shown = shown or _error(message.delta.new_element)
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    if shown:
                        raise FailedVisitError(shown)
                    return
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise FailedVisitError("the script did not compile")


def _error(element) -> str:
    if element.HasField("exception"):
        return element.exception.message
    is_error = element.HasField("alert") and element.alert.format == Alert.ERROR
    return element.alert.body if is_error else ""


@asynccontextmanager
async def connected(port: int, dataset: str) -> AsyncIterator[Visitor]:
    async with websockets.connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        subprotocols=["streamlit"],
        origin=f"http://127.0.0.1:{port}",
        max_size=None,
        ping_interval=None,
        open_timeout=MAX_SECONDS,
    ) as socket:
        yield Visitor(socket, dataset)


async def stay(port: int, end: float, seed: int, asked: argparse.Namespace, found: Found) -> None:
    """Visit pages until the time is over: opened by address, then by menu, four to one."""
    choose, dataset, pause = random.Random(seed), asked.data.stem, asked.pause
    visits = VISITS + HEAVY * asked.heavy
    while time.monotonic() < end:
        order = choose.sample(visits, 5)
        try:
            start = time.monotonic()
            async with connected(port, dataset) as visitor:
                for page, says in order:
                    taken = found.by_menu if visitor.pages else found.by_address
                    try:
                        await visitor.visit(page, says)
                        taken.append(time.monotonic() - start)
                    except FailedVisitError as error:
                        found.failed.append(f"{page} {says}: {error}")
                    await asyncio.sleep(choose.expovariate(1 / pause) if pause else 0)
                    if time.monotonic() > end:
                        break
                    start = time.monotonic()
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            found.failed.append(f"connection: {error!r}")
            await asyncio.sleep(1)


async def visit_all(server: psutil.Process, port: int, asked: argparse.Namespace) -> Found:
    """Let all visitors come at once, and watch the server's memory until they have left.

    A single one comes before: what the first visit after a start takes is another question.
    """
    found, begin = Found(), time.monotonic()

    async def watch() -> None:
        while True:
            megabytes = server.memory_info().rss / 2**20
            found.memory.append((time.monotonic() - begin, megabytes))
            await asyncio.sleep(1)

    watching = asyncio.create_task(watch())
    async with connected(port, asked.data.stem) as visitor:
        for page, says in VISITS + HEAVY * asked.heavy:
            start = time.monotonic()
            name = " ".join([page, *says.values()])
            try:
                await visitor.visit(page, says)
            except FailedVisitError as error:
                found.failed.append(f"{name}: {error}")
            found.first[name] = time.monotonic() - start
    if asked.heavy:
        await asyncio.to_thread(wait_for_answers, asked.folder)
    begin = time.monotonic()
    found.memory.clear()
    end = begin + 60 * asked.minutes
    await asyncio.gather(*(stay(port, end, seed, asked, found) for seed in range(asked.sessions)))
    await asyncio.sleep(asked.left)
    watching.cancel()
    return found


def answers(folder: Path) -> list[Question]:
    return [Question(path.parent) for path in (folder / "runs").glob("answers/*/config.json")]


def wait_for_answers(folder: Path) -> None:
    """Wait for the processes that the first visitor's questions have started, some minutes."""
    end = time.monotonic() + ANSWER_SECONDS
    while any(question.is_active for question in answers(folder)):
        if time.monotonic() > end:
            raise SystemExit(f"an answer is not there after {ANSWER_SECONDS} s")
        time.sleep(0.5)


@contextmanager
def served(folder: Path, log: Path) -> Iterator[tuple[psutil.Process, int]]:
    """Run the dashboard on the data and runs in a folder; yield its process and port."""
    port = free_port()
    own = {"XPZ_RUNS_DIR": str(folder / "runs"), "XPZ_DATA_DIR": str(folder / "data")}
    with log.open("w") as output:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", str(SERVER)),
                *("--server.port", str(port), "--server.headless", "true"),
            ],
            env=os.environ | own,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_up(f"http://127.0.0.1:{port}")
            yield psutil.Process(server.pid), port
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def rows_of(found: Found, cpu_seconds: float, asked: argparse.Namespace, n: int) -> list[Row]:
    runs = f", {asked.runs:,} runs in the folder" if asked.runs else ""
    how = (
        f"{asked.sessions} sessions at once, {n:,} galaxies{runs}, {asked.minutes:g} min, a page "
        f"each {asked.pause:g} s"
    )
    times = [
        Row(f"Visits by {by}, p50 and p95", "{:.2f} s, {:.2f} s".format(*_quantiles(taken)), how)
        for by, taken in (("menu", found.by_menu), ("address", found.by_address))
    ]
    visits = len(found.by_menu) + len(found.by_address) + len(found.failed)
    at, megabytes = np.array(found.memory).T
    during = at <= 60 * asked.minutes
    half = during & (at > 30 * asked.minutes)
    slope = np.polyfit(at[half] / 60, megabytes[half], 1)[0] if half.sum() > 2 else np.nan
    memory = (
        f"peak {megabytes.max():,.0f} MB, {megabytes[during][-1]:,.0f} MB at the end "
        f"({slope:+.1f} MB a minute in the second half), {megabytes[-1]:,.0f} MB "
        f"{asked.left:g} s after the last session"
    )
    slowest = sorted(found.first, key=found.first.__getitem__, reverse=True)[:3]
    first = ", ".join(f"{name} {found.first[name]:.1f} s" for name in slowest)
    return [
        Row("First visits after the start, the slowest", first, f"one session, {n:,} galaxies"),
        *times,
        Row("Failed visits", f"{len(found.failed)} of {visits}", how),
        Row("Server's CPU time of a visit", f"{cpu_seconds / max(visits, 1):.2f} s", how),
        Row("Server's memory under load", memory, how),
    ]


def _quantiles(taken: list[float]) -> np.ndarray:
    return np.quantile(taken, (0.5, 0.95)) if taken else np.full(2, np.nan)


def parse(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=20, choices=range(1, 101), metavar="1-100")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--pause", type=float, default=5.0, help="mean time on a page [s]")
    parser.add_argument("--left", type=float, default=LEFT_SECONDS, help="watched afterwards [s]")
    parser.add_argument("--data", type=Path, default=SHIPPED, help="data set, by default shipped")
    parser.add_argument("--heavy", action="store_true", help="ask for every galaxy, too")
    parser.add_argument("--runs", type=int, default=0, help="runs in the folder beside those")
    return parser.parse_args(words)


def main() -> None:
    asked = parse()
    # Whoever ends this process wants its server and its processes to end as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        asked.folder = folder
        (folder / "data").mkdir()
        if asked.data.resolve() != SHIPPED.resolve():
            (folder / "data" / asked.data.name).symlink_to(asked.data.resolve())
        make_runs(folder / "runs", asked.runs)
        log = folder / "server.log"
        try:
            with served(folder, log) as (server, port):
                before = sum(server.cpu_times()[:2])
                found = asyncio.run(visit_all(server, port, asked))
                used = sum(server.cpu_times()[:2]) - before
        finally:
            for question in answers(folder):
                if question.is_active:
                    stop(question)
                    wait(question)
        for line in [*found.failed[:20], *log.read_text().splitlines()[-5:]]:
            print(line, file=sys.stderr)
        report(rows_of(found, used, asked, len(open_dataset(asked.data))))


if __name__ == "__main__":
    main()
