"""A network from elsewhere, which runs in a process of its own with little memory and time."""

import json
import subprocess
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from core.confined import ending, start
from core.errors import RunError
from core.prediction.network_process import HEAD, NUMBERS, TEXT, send
from core.printable import printable

MAX_TEXT_BYTES = 65_536

BLOCK_SECONDS = 120.0
"""For a block of spectra by the clock, on a machine with much else to do."""


class ConfinedNetwork:
    """As `core.prediction.session.Network`, with the same outputs to the bit.

    One caller at a time is served, others wait. When the process ends, by itself or by a limit, or
    says what went wrong, whoever asked gets a `RunError` that names the file; the next one gets a
    new process.
    """

    inputs: dict[str, list[int | str]]
    width: int

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._open()

    def run(self, features: np.ndarray) -> np.ndarray:
        """Return the outputs, shape (n, width), of features, float32 of shape (n, n_inputs)."""
        with self._lock:
            process = self._process or self._open()
            with self._watched(process):
                send(_pipe(process.stdin), NUMBERS, features)
                return self._outputs(process, len(features))

    def _open(self) -> subprocess.Popen[bytes]:
        """Start the process and take what it says of the network.

        A `ValueError` says what is wrong with the file, as ONNX Runtime does in our own process.
        """
        process = start("core.prediction.network_process", str(self.path.resolve()))
        # Nobody who drops this object waits for its process; we do.
        self._end = weakref.finalize(self, _close, process)
        with self._watched(process):
            kind, _, n = HEAD.unpack(_read(process, HEAD.size))
            text = _text(process, n)
        if kind != TEXT:
            self._end()
            raise ValueError(text)
        said = json.loads(text)
        self.inputs, self.width = dict(said["inputs"]), int(said["width"])
        self._process = process
        return process

    def _outputs(self, process: subprocess.Popen[bytes], n: int) -> np.ndarray:
        kind, rows, columns = HEAD.unpack(_read(process, HEAD.size))
        if kind == NUMBERS and (rows, columns) == (n, self.width):
            outputs = np.frombuffer(_read(process, 4 * rows * columns), np.float32)
            return outputs.reshape(rows, columns).copy()
        raise self._stopped(_text(process, columns))

    @contextmanager
    def _watched(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """End the process if it does not answer in time, and say how it ended if it did."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        watch = threading.Timer(BLOCK_SECONDS, stop)
        watch.daemon = True
        watch.start()
        try:
            yield
        except (OSError, EOFError) as error:
            self._process = None
            reason = ending(process)
            self._end()
            if late.is_set():
                reason = f"it did not answer within {BLOCK_SECONDS:.0f} seconds"
            raise self._stopped(reason) from error
        except BaseException:
            # Whoever was interrupted while waiting leaves an answer in the pipe, which the next
            # caller would take for its own.
            self._process = None
            self._end()
            raise
        finally:
            watch.cancel()

    def _stopped(self, reason: str) -> RunError:
        return RunError(
            f"{self.path}: the network of this run, which was imported, was stopped: {reason}. "
            "Try again; if it is stopped again, the run is of no use here: delete it."
        )


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None, "the process was started with pipes"
    return stream


def _read(process: subprocess.Popen[bytes], n: int) -> bytes:
    data = _pipe(process.stdout).read(n)
    if len(data) < n:
        raise EOFError
    return data


def _text(process: subprocess.Popen[bytes], n: int) -> str:
    """Return a text, in which nothing steers a terminal: it comes out of a foreign network."""
    if n > MAX_TEXT_BYTES:
        raise EOFError
    return printable(_read(process, n).decode(errors="replace"))


def _close(process: subprocess.Popen[Any]) -> None:
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):  # what it has not read is of no use any more
            _pipe(stream).close()
    process.kill()
    process.wait()
