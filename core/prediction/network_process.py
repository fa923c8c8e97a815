"""The process that runs a network from elsewhere: features in by its stdin, outputs by its stdout.

Run as ``python -m core.prediction.network_process FILE``; `core.prediction.confined_network` starts
it and speaks with it. It imports NumPy and ONNX Runtime, and of ours what these two need.
"""

import json
import os
import struct
import sys
from pathlib import Path
from typing import IO

import numpy as np

from core.confined import allow_seconds, confine
from core.model.runtime import onnx_runtime
from core.prediction.session import Network

MEMORY_BYTES = 2**30
"""Beside what ONNX Runtime takes by itself. Accepted networks return up to half of it for a block
of spectra, and convolutions need room to work."""

CPU_SECONDS = 60
"""Of each block of spectra, and to open the network; our presets take 0.1 s at most."""

HEAD = struct.Struct("<cII")
"""Of a message: its kind, and rows and columns of float32, or 1 and the bytes of a text."""

NUMBERS, TEXT, ERROR = b"n", b"t", b"e"


def send(stream: IO[bytes], kind: bytes, content: np.ndarray | str) -> None:
    """Write a message."""
    if isinstance(content, str):
        data = content.encode()
        stream.write(HEAD.pack(kind, 1, len(data)) + data)
    else:
        stream.write(HEAD.pack(kind, *content.shape))
        stream.write(np.ascontiguousarray(content, np.float32).data)
    stream.flush()


def serve(path: str, source: IO[bytes], sink: IO[bytes]) -> None:
    """Open the network and say what it takes and gives; then answer features until they end."""
    try:
        network = Network(Path(path))
        send(sink, TEXT, json.dumps({"inputs": network.inputs, "width": network.width}))
    except Exception as error:  # its message is all that leaves this process
        send(sink, ERROR, _said(error))
        return
    while head := source.read(HEAD.size):
        _, rows, columns = HEAD.unpack(head)
        data = source.read(4 * rows * columns)
        allow_seconds(CPU_SECONDS)
        try:
            outputs = network.run(np.frombuffer(data, np.float32).reshape(rows, columns))
            if outputs.dtype != np.float32 or outputs.shape != (rows, network.width):
                raise ValueError(f"it returned {outputs.dtype} of shape {outputs.shape}")
            send(sink, NUMBERS, outputs)
        except Exception as error:  # nor does one block end the process: the next may be smaller
            send(sink, ERROR, _said(error))


def _said(error: Exception) -> str:
    words = str(error)
    if isinstance(error, MemoryError) or "alloc" in words:
        return f"it needs more than {MEMORY_BYTES / 2**30:.0f} GB of memory"
    return words[:300] or type(error).__name__


if __name__ == "__main__":
    onnx_runtime()
    confine(MEMORY_BYTES, threads=os.cpu_count() or 1)
    allow_seconds(CPU_SECONDS)
    serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
