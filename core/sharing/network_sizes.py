"""How much a network takes of memory and time, from the shapes of what its nodes return."""

import math
from typing import Any

from core.errors import RunError
from core.prediction.session import CHUNK_SPECTRA
from core.printable import printable

MAX_TENSOR_BYTES, MAX_SUM_BYTES = 2**27, 2**29
"""Of what one node returns for a block of spectra, and of all nodes together."""

MAX_MULTIPLICATIONS = 10**9
"""For a spectrum; `dissertation`, our slowest preset, takes 0.04 times as many."""

BYTES_OF = {1: 4, 6: 4, 7: 8, 9: 1, 11: 8}
"""Bytes of a number of each allowed type: float, int32, int64, bool, double of ONNX."""

Shape = list[int]


def require(holds: bool, expected: str, received: str) -> None:
    """Raise a `RunError` with both, unless it holds."""
    if not holds:
        raise RunError(f"Expected {expected}, received {printable(received)[:200]}.")


def check_sizes(graph: Any) -> None:
    """Raise a `RunError` if a block of spectra takes too much; shapes must have been inferred."""
    shapes = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    itemsizes: dict[str, int] = {}
    for each in (*graph.input, *graph.output, *graph.value_info):
        shapes[each.name] = _shape(each.type)
        itemsizes[each.name] = BYTES_OF.get(each.type.tensor_type.elem_type, 0)
    total = multiplications = 0
    for node in graph.node:
        for name in filter(None, node.output):
            shape, itemsize = shapes.get(name, [-1]), itemsizes.get(name, 0)
            known = itemsize > 0 and all(n > 0 for n in shape)
            require(known, "sizes that can be told beforehand", f"{shape} of {node.op_type}")
            size = itemsize * math.prod(shape)
            require(
                size <= MAX_TENSOR_BYTES,
                f"results of at most {MAX_TENSOR_BYTES:,} bytes for {CHUNK_SPECTRA} spectra",
                f"{size:,} of {node.op_type}",
            )
            total += size
        multiplications += _multiplications(node, shapes)
    require(
        total <= MAX_SUM_BYTES,
        f"results of at most {MAX_SUM_BYTES:,} bytes together for {CHUNK_SPECTRA} spectra",
        f"{total:,}",
    )
    require(
        multiplications <= MAX_MULTIPLICATIONS * CHUNK_SPECTRA,
        f"at most {MAX_MULTIPLICATIONS:,} multiplications for a spectrum",
        f"{multiplications // CHUNK_SPECTRA:,}",
    )


def _shape(kind: Any) -> Shape:
    """Return a shape, -1 where it is not known; [-1] of what is no tensor or has no known axes."""
    tensor = kind.tensor_type
    if not kind.HasField("tensor_type") or not tensor.HasField("shape"):
        return [-1]
    return [each.dim_value if each.HasField("dim_value") else -1 for each in tensor.shape.dim]


def _multiplications(node: Any, shapes: dict[str, Shape]) -> int:
    """Return how many numbers a node multiplies, or else touches."""
    n = math.prod(shapes[node.output[0]])
    if node.op_type == "Conv":
        return n * math.prod(shapes[node.input[1]][1:])
    if node.op_type == "MatMul":
        return n * shapes[node.input[0]][-1]
    if node.op_type == "Gemm":
        return n * math.prod(shapes[node.input[0]]) // shapes[node.output[0]][0]
    if node.op_type == "MaxPool":
        kernel = next(each.ints for each in node.attribute if each.name == "kernel_shape")
        return n * math.prod(kernel)
    return n
