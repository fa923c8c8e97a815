"""Whether an ONNX file is a network such as xpz exports, and how much it will ask of a machine.

Run as ``python -m core.sharing.network_check FILE`` in a process of its own, since parsers of
made-up files can fill the memory or end the process; see `core.sharing.foreign_network`.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.amounts import n_of
from core.confined import allow_seconds, confine
from core.errors import RunError
from core.prediction.session import CHUNK_SPECTRA
from core.printable import printable
from core.sharing.network_sizes import BYTES_OF, check_sizes, require
from core.sharing.operators import OPERATORS

MAX_NETWORK_BYTES = 2**26
"""Of the file: 16 million parameters, 19 times those of our largest preset."""

FORMAT = "a network in ONNX format"

MAX_NODES, MAX_TENSORS = 1_000, 2_000
"""Layers take three to six nodes each, and two tensors of weights."""

MAX_WIDTH = 4_096
"""Of input and output."""

MAX_NAME = 512
_MAX_ATTRIBUTE = 2**20
_FIELDS = dict(
    zip(
        BYTES_OF,
        ("float_data", "int32_data", "int64_data", "int32_data", "double_data"),
        strict=True,
    )
)
"""Where numbers of a type stand that are not packed."""
_SMALL = 1_024  # elements of what may be a shape; larger tensors are weights
_OPSETS = range(9, 27)
_DOMAINS = ("", "ai.onnx")
_IDLE_DOMAINS = (*_DOMAINS, "ai.onnx.ml")  # exporters name it and take nothing from it
MEMORY_BYTES = 200 * 2**20
"""The file, what it is parsed into, and some room."""

CPU_SECONDS = 20


def check_file(path: Path) -> None:
    """Raise a `RunError` if the file is too large to be read at all."""
    size = path.stat().st_size
    most = f"a network of at most {MAX_NETWORK_BYTES:,} bytes"
    require(size <= MAX_NETWORK_BYTES, most, f"one of {size:,}")


def check_network(path: Path) -> None:
    """Raise a `RunError` unless the file is a network of known layers and bounded size."""
    check_file(path)
    import onnx
    from onnx.shape_inference import InferenceError, infer_shapes

    try:
        model = onnx.ModelProto.FromString(path.read_bytes())
    except Exception as error:  # google.protobuf's own, which has moved before
        raise RunError(
            "Expected a network in ONNX format, received a damaged or other file."
        ) from error
    _check_parts(model)
    _check_names(model.graph)
    _check_tensors(onnx, model)
    for node in model.graph.node:
        _check_node(onnx, node)
    width = _check_ends(onnx, model.graph)
    small = _without_weights(onnx, model, width)
    try:
        inferred = infer_shapes(small, check_type=True, strict_mode=True, data_prop=True)
    except (InferenceError, ValueError, RuntimeError) as error:
        raise RunError(
            f"Expected layers that fit each other ({printable(error)[:200]})."
        ) from error
    check_sizes(inferred.graph)


def _check_parts(model: Any) -> None:
    graph = model.graph
    require(
        not (model.functions or model.training_info or graph.sparse_initializer),
        "layers alone",
        "a network with programs or sparse weights of its own",
    )
    opsets = {each.domain: each.version for each in model.opset_import}
    require(
        set(opsets) <= set(_IDLE_DOMAINS) and any(opsets.get(name) in _OPSETS for name in _DOMAINS),
        f"layers of ONNX' own set, version {_OPSETS[0]} to {_OPSETS[-1]}",
        f"{opsets}",
    )
    for what, n, most in (
        ("operators", len(graph.node), MAX_NODES),
        ("tensors", len(graph.initializer), MAX_TENSORS),
    ):
        require(n <= most, f"at most {most:,} {what}", f"{n:,}")


def _check_names(graph: Any) -> None:
    """Refuse names that would steer a terminal; messages of ONNX Runtime quote them."""
    put = (each.name for each in (*graph.input, *graph.output, *graph.initializer))
    of_nodes = (name for node in graph.node for name in (node.name, *node.input, *node.output))
    for name in (*put, *of_nodes):
        harmless = len(name) <= MAX_NAME and name.isascii() and (name.isprintable() or not name)
        require(harmless, "names of plain letters", repr(name[:80]))
    made = [name for node in graph.node for name in node.output if name]
    made += [each.name for each in (*graph.input, *graph.initializer)]
    require(len(set(made)) == len(made), "a name for one thing", "two things of one name")


def _check_tensors(onnx: Any, model: Any) -> None:
    """Refuse weights that are no numbers, not all there, or somewhere else."""
    for tensor in (*model.graph.initializer, *_constants(model.graph)):
        require(
            tensor.data_location == onnx.TensorProto.DEFAULT and not tensor.external_data,
            "a network in one file",
            "one with weights elsewhere",
        )
        field = _FIELDS.get(tensor.data_type)
        require(field is not None, "weights that are numbers", f"type {tensor.data_type}")
        require(all(n >= 0 for n in tensor.dims), "sizes of 0 or more", f"{list(tensor.dims)}")
        n = math.prod(tensor.dims)
        itemsize = BYTES_OF[tensor.data_type]
        held = (
            len(tensor.raw_data)
            if tensor.HasField("raw_data")
            else itemsize * len(getattr(tensor, field or ""))
        )
        require(held == n * itemsize, f"{n_of(n * itemsize, 'byte')} of weights", f"{held:,}")


def _constants(graph: Any) -> Iterator[Any]:
    for node in graph.node:
        yield from (each.t for each in node.attribute if each.HasField("t"))


def _check_node(onnx: Any, node: Any) -> None:
    require(
        node.op_type in OPERATORS and node.domain in _DOMAINS,
        "operators that xpz exports",
        f"'{node.domain}{':' * bool(node.domain)}{node.op_type}'",
    )
    for each in node.attribute:
        kinds = onnx.AttributeProto
        numbers = [*each.ints, each.i]
        known = each.type in (kinds.INT, kinds.INTS, kinds.FLOAT, kinds.FLOATS, kinds.STRING)
        known |= each.type == kinds.TENSOR and node.op_type == "Constant"
        require(
            known
            and not each.ref_attr_name
            and len(each.s) <= MAX_NAME
            and len(each.ints) + len(each.floats) <= _SMALL
            and all(abs(number) <= _MAX_ATTRIBUTE for number in numbers)
            and (node.op_type != "Cast" or each.name != "to" or each.i in _FIELDS),
            f"plain settings of {node.op_type}",
            f"'{each.name}'",
        )


def _check_ends(onnx: Any, graph: Any) -> int:
    """Return the columns of the only input, 'features'; the output must be one, of numbers."""
    given = list(graph.input)
    require([each.name for each in given] == ["features"], "one input 'features'", str(len(given)))
    made = {name for node in graph.node for name in node.output}
    ends = [each.name for each in graph.output]
    require(len(ends) == 1 and ends[0] in made, "one output of a layer", str(len(ends)))
    for end in (given[0], graph.output[0]):
        kind = end.type.tensor_type
        require(
            end.type.HasField("tensor_type")
            and kind.elem_type == onnx.TensorProto.FLOAT
            and len(kind.shape.dim) == 2
            and not kind.shape.dim[0].HasField("dim_value")
            and 1 <= kind.shape.dim[1].dim_value <= MAX_WIDTH,
            f"'{end.name}' to be numbers of shape (any, 1 to {MAX_WIDTH})",
            "another kind",
        )
    return given[0].type.tensor_type.shape.dim[1].dim_value


def _without_weights(onnx: Any, model: Any, width: int) -> Any:
    """Return the network with a batch of a block and with inputs in the place of its weights.

    What it says of the sizes inside is left out: they are to be found, not believed.
    """
    small = onnx.ModelProto(ir_version=max(model.ir_version, 4), opset_import=model.opset_import)
    small.graph.name = "network"
    small.graph.node.extend(model.graph.node)
    put = onnx.helper.make_tensor_value_info
    small.graph.input.append(put("features", onnx.TensorProto.FLOAT, [CHUNK_SPECTRA, width]))
    for tensor in model.graph.initializer:
        if math.prod(tensor.dims) <= _SMALL:
            small.graph.initializer.append(tensor)
        else:
            small.graph.input.append(put(tensor.name, tensor.data_type, list(tensor.dims)))
    (output,) = model.graph.output
    columns = output.type.tensor_type.shape.dim[1].dim_value
    small.graph.output.append(put(output.name, onnx.TensorProto.FLOAT, [CHUNK_SPECTRA, columns]))
    return small


def what_is_wrong(path: Path) -> str:
    """Return why the file is refused; an empty text if it is not."""
    try:
        check_network(path)
    except RunError as error:
        return str(error)
    except Exception as error:  # files made to mislead fail in ways that nobody can list
        return f"Expected {FORMAT}, received a damaged or different file ({type(error).__name__})."
    return ""


def main(path: str) -> None:
    """Print what is wrong with the file, in JSON."""
    import onnx  # noqa: F401 - before the limits

    confine(MEMORY_BYTES)
    allow_seconds(CPU_SECONDS)
    print(json.dumps(what_is_wrong(Path(path))))


if __name__ == "__main__":
    main(sys.argv[1])
