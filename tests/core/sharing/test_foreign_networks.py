"""Networks that are programs against whoever opens them, and those that are none."""

import json
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from core import confined
from core.errors import RunError
from core.sharing import foreign_network
from core.sharing.foreign_network import check_foreign_network
from core.sharing.network_check import MAX_NETWORK_BYTES, check_network

MEMORY_BYTES = 300 * 10**6
WIDTH = 186


def network(*nodes, weights=None, output="z", columns=1, opset=17, batch="n", **parts):
    """Return a network that ends with `output`; a node is its operator, inputs, outputs, settings.

    `weights` are arrays, or tensors of their own making.
    """
    made = [helper.make_node(op, i.split(), o.split(), **more) for op, i, o, *rest in nodes
            for more in (rest or [{}])]  # fmt: skip
    tensors = [
        numpy_helper.from_array(values, name) if isinstance(values, np.ndarray) else values
        for name, values in (weights or {}).items()
    ]
    graph = helper.make_graph(
        made,
        "network",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [batch, WIDTH])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["m", columns])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    for name, value in parts.items():
        getattr(model, name).extend(value)
    return model


def ints(*values):
    return np.array(values, np.int64)


def floats(*shape):
    return np.ones(shape, np.float32)


W = floats(WIDTH, 1)
DENSE = ("MatMul", "features w", "z")


def chain(op, n, first="features", **settings):
    """Return nodes, each of which takes what the one before returns, twice."""
    names = [first, *(f"x{i}" for i in range(n))]
    return [(op, f"{a} {a}", b, settings) for a, b in pairwise(names)]


def with_tensor(**fields):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[WIDTH, 1])
    for name, value in fields.items():
        if name == "dims":
            del tensor.dims[:]
            tensor.dims.extend(value)
        elif name == "external":
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value=value)
        else:
            setattr(tensor, name, value)
    return network(DENSE, weights={"w": tensor})


def branch():
    inside = helper.make_graph([], "inside", [], [])
    return network(
        DENSE,
        ("If", "c", "d", {"then_branch": inside, "else_branch": inside}),
        weights={"w": W, "c": np.array(True)},
    )


def nested(depth):
    """Return a branch in a branch in a branch."""
    graph = helper.make_graph([], "inside", [], [])
    for _ in range(depth):
        node = helper.make_node("If", ["c"], ["d"], then_branch=graph)
        graph = helper.make_graph([node], "inside", [], [])
    model = network(DENSE, weights={"w": W})
    model.graph.node.extend(graph.node)
    return model


def lying():
    """Return a network that says of its huge middle that it is small."""
    model = network(
        ("Expand", "features n", "e"),
        DENSE,
        weights={"n": ints(100_000, 64, WIDTH), "w": W},
    )
    model.graph.value_info.append(
        helper.make_tensor_value_info("e", TensorProto.FLOAT, [64, WIDTH])
    )
    return model


def sparse():
    model = network(DENSE, weights={"w": W})
    values, indices = numpy_helper.from_array(floats(1), "s"), numpy_helper.from_array(ints(0), "i")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [10**9]))
    return model


def function():
    opset = helper.make_opsetid("", 17)
    return network(
        DENSE,
        weights={"w": W},
        functions=[helper.make_function("", "Own", [], [], [], [opset])],
    )


def foreign_domain():
    model = network(DENSE, ("Relu", "z", "y"), weights={"w": W})
    model.graph.node[1].domain = "com.microsoft"
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


def of_two_inputs():
    model = network(DENSE, weights={"w": W})
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, ["n", 3]))
    return model


def empty_nodes(n):
    """Return bytes that grow a hundredfold when they are parsed: nodes of nothing."""
    body, size = n * b"\x0a\x00", 2 * n
    length = b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return b"\x08\x09\x3a" + length + bytes([size]) + body


def operator(op, inputs="features", **settings):
    return network(DENSE, (op, inputs, "y", settings), weights={"w": W, "n": ints(2, 2)})


KNOWN = "Expected operators that xpz exports, received "
TOO_LARGE = "Expected results of at most [0-9,]+ bytes"
SLOW = "multiplications for a spectrum"
ATTACKS = {
    "Expand to anything": (
        lambda: network(
            ("Expand", "features n", "e"),
            DENSE,
            weights={"n": ints(100_000, 64, WIDTH), "w": W},
        ),
        TOO_LARGE,
    ),
    "a lie about what Expand returns": (lying, TOO_LARGE),
    "a size that comes out of the spectra": (
        lambda: network(
            ("Cast", "features", "i", {"to": TensorProto.INT64}),
            ("Reshape", "i flat", "s"),
            ("Expand", "one s", "e"),
            ("MatMul", "features w", "z"),
            weights={"flat": ints(-1), "one": floats(1), "w": W},
        ),
        "sizes that can be told beforehand",
    ),
    "ConstantOfShape": (lambda: operator("ConstantOfShape", "n"), f"{KNOWN}'ConstantOfShape'"),
    "Tile": (lambda: operator("Tile", "features n"), f"{KNOWN}'Tile'"),
    "Range": (lambda: operator("Range", "n n n"), f"{KNOWN}'Range'"),
    "Resize": (lambda: operator("Resize", "features n n"), f"{KNOWN}'Resize'"),
    "ConvTranspose": (lambda: operator("ConvTranspose", "features w"), f"{KNOWN}'ConvTranspose'"),
    "RandomNormal": (lambda: operator("RandomNormal", "", shape=[9]), f"{KNOWN}'RandomNormal'"),
    "OneHot": (lambda: operator("OneHot", "features n n"), f"{KNOWN}'OneHot'"),
    "Loop": (lambda: operator("Loop", "n n features"), f"{KNOWN}'Loop'"),
    "Scan": (lambda: operator("Scan", "features"), f"{KNOWN}'Scan'"),
    "StringSplit": (lambda: operator("StringSplit", "features"), f"{KNOWN}'StringSplit'"),
    "If": (branch, f"{KNOWN}'If'"),
    "branches in each other": (lambda: nested(20), f"{KNOWN}'If'"),
    "a layer of its own making": (function, "Expected layers alone"),
    "a foreign domain": (foreign_domain, "ONNX' own set"),
    "thousands of MatMul": (
        lambda: network(
            *(
                ("MatMul", f"{'features' if not i else f'x{i}'} w", f"x{i + 1}")
                for i in range(5000)
            ),
            weights={"w": floats(WIDTH, WIDTH)},
            output="x5000",
            columns=WIDTH,
        ),
        "Expected at most 1,000 operators, received 5,000",
    ),
    "hundreds of large MatMul": (
        lambda: network(
            ("MatMul", "features w", "x0"),
            *(("MatMul", f"x{i} v", f"x{i + 1}") for i in range(600)),
            weights={"w": floats(WIDTH, 2_000), "v": floats(2_000, 2_000)},
            output="x600",
            columns=2_000,
        ),
        SLOW,
    ),
    "Gemm that costs too much": (
        lambda: network(
            ("MatMul", "features w", "x0"),
            *(("Gemm", f"x{i} v", f"x{i + 1}") for i in range(300)),
            weights={"w": floats(WIDTH, 2_000), "v": floats(2_000, 2_000)},
            output="x300",
            columns=2_000,
        ),
        SLOW,
    ),
    "a convolution that costs too much": (
        lambda: network(
            ("Reshape", "features three", "a"),
            ("Conv", "a k", "b", {"pads": [90, 90]}),
            ("Conv", "b l", "c", {"pads": [90, 90]}),
            DENSE,
            weights={
                "three": ints(-1, 1, WIDTH),
                "k": floats(300, 1, 181),
                "l": floats(200, 300, 181),
                "w": W,
            },
        ),
        SLOW,
    ),
    "a convolution with huge margins": (
        lambda: network(
            ("Reshape", "features three", "a"),
            ("Conv", "a k", "b", {"pads": [2**20, 2**20]}),
            DENSE,
            weights={"three": ints(-1, 1, WIDTH), "k": floats(64, 1, 3), "w": W},
        ),
        TOO_LARGE,
    ),
    "a number beyond all": (
        lambda: network(
            ("Reshape", "features three", "a"),
            ("Conv", "a k", "b", {"pads": [2**62, 2**62]}),
            DENSE,
            weights={"three": ints(-1, 1, WIDTH), "k": floats(64, 1, 3), "w": W},
        ),
        "plain settings of Conv",
    ),
    "a stride of nothing": (
        lambda: network(
            ("Reshape", "features three", "a"),
            ("Conv", "a k", "b", {"strides": [0]}),
            DENSE,
            weights={"three": ints(-1, 1, WIDTH), "k": floats(64, 1, 3), "w": W},
        ),
        "Expected ",
    ),
    "margins": (
        lambda: network(
            ("Pad", "features p", "a"), DENSE, weights={"p": ints(0, 0, 0, 10**9), "w": W}
        ),
        TOO_LARGE,
    ),
    "Concat of Concat of Concat": (
        lambda: network(*chain("Concat", 30, axis=1), DENSE, weights={"w": W}),
        TOO_LARGE,
    ),
    "sums over each other's axes": (
        lambda: network(
            ("Unsqueeze", "features last", "a"),
            ("Unsqueeze", "features middle", "b"),
            ("Where", "c a b", "d"),
            ("Unsqueeze", "d middle", "e"),
            ("Unsqueeze", "d behind", "f"),
            ("Add", "e f", "g"),
            DENSE,
            weights={
                "last": ints(2),
                "middle": ints(1),
                "behind": ints(3),
                "c": np.array(True),
                "w": W,
            },
        ),
        TOO_LARGE,
    ),
    "an outer product": (
        lambda: network(
            ("Reshape", "features column", "a"),
            ("Reshape", "features row", "b"),
            ("MatMul", "a b", "c"),
            DENSE,
            weights={"column": ints(-1, 1), "row": ints(1, -1), "w": W},
        ),
        TOO_LARGE,
    ),
    "rows taken again and again": (
        lambda: network(
            ("Gather", "features i", "a"), DENSE, weights={"i": ints(*[0] * 200_000), "w": W}
        ),
        TOO_LARGE,
    ),
    "much of everything": (
        lambda: network(
            ("MatMul", "features v", "x0"),
            *(("Relu", f"x{i}", f"x{i + 1}") for i in range(900)),
            DENSE,
            weights={"v": floats(WIDTH, 4_000), "w": W},
        ),
        "bytes together",
    ),
    "weights of a size that they have not": (
        lambda: with_tensor(dims=[10**6, 10**6], raw_data=b"1234"),
        "4,000,000,000,000 bytes of weights, received 4",
    ),
    "less than nothing": (lambda: with_tensor(dims=[-1, -4], raw_data=bytes(16)), "0 or more"),
    "weights elsewhere": (lambda: with_tensor(external="/etc/passwd"), "a network in one file"),
    "weights of text": (
        lambda: with_tensor(data_type=TensorProto.STRING),
        "weights that are numbers",
    ),
    "sparse weights": (sparse, "Expected layers alone"),
    "numbers to text": (
        lambda: operator("Cast", to=TensorProto.STRING),
        "plain settings of Cast",
    ),
    "names that steer a terminal": (
        lambda: network(("MatMul", "features \x1b[2J", "z"), weights={"\x1b[2J": W}),
        "names of plain letters",
    ),
    "a name for two things": (
        lambda: network(DENSE, DENSE, weights={"w": W}),
        "a name for one thing",
    ),
    "two inputs": (of_two_inputs, "one input 'features'"),
    "spectra in hundreds alone": (
        lambda: network(DENSE, weights={"w": W}, batch=100),
        "to be numbers of shape",
    ),
    "an operator of the future": (
        lambda: network(DENSE, weights={"w": W}, opset=99),
        "ONNX' own set",
    ),
    "layers that do not fit": (
        lambda: network(DENSE, weights={"w": floats(7, 1)}),
        "Expected layers that fit",
    ),
    "no layer": (lambda: network(weights={}), "one output of a layer"),
    "nodes of nothing": (lambda: empty_nodes(MAX_NETWORK_BYTES // 2 - 16), "Expected "),
    "no network": (lambda: b"not a network", "Expected a network in ONNX format"),
    "nothing": (lambda: b"", "Expected "),
    "a gigabyte": (lambda: MAX_NETWORK_BYTES + 1, "at most 67,108,864 bytes, received one of"),
}


EXAMINE = """
import os, re, resource, sys
resource.setrlimit(resource.RLIMIT_DATA, (300_000_000, 300_000_000))
import onnx
from core.sharing.network_check import main
for path in sys.stdin:
    if not os.fork():
        main(path.strip())
        most = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
        print(1024 * int(most), flush=True)
        os._exit(0)
    print(os.wait()[1], flush=True)
"""


@pytest.fixture(scope="module")
def examined():
    """Return what gives what a process says of a file; its memory is limited, and measured.

    Each file has a process of its own, a copy of one that has imported what they take.
    """

    def examine(path):
        process.stdin.write(f"{path}\n")
        process.stdin.flush()
        said = process.stdout.readline()
        if not said.startswith('"'):  # it was ended, within its limits
            assert int(said) != 0
            return None
        assert int(process.stdout.readline()) < MEMORY_BYTES
        assert process.stdout.readline() == "0\n"
        return json.loads(said)

    with subprocess.Popen(
        [sys.executable, "-c", EXAMINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield examine


FILLING = (
    *("Expand to anything", "a lie about what Expand returns", "thousands of MatMul"),
    *("hundreds of large MatMul", "a convolution with huge margins", "Concat of Concat of Concat"),
    *("sums over each other's axes", "an outer product", "rows taken again and again"),
    *("much of everything", "nodes of nothing", "a gigabyte", "ConstantOfShape"),
)
"""Those that would take much memory or time if they were let."""


def write(made, path):
    if isinstance(made, int):
        with path.open("wb") as file:
            file.truncate(made)  # takes no place on the disk
    else:
        path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    return path


@pytest.mark.parametrize("attack", FILLING)
def test_a_network_that_would_fill_a_machine_is_refused_in_little_memory(
    attack, examined, tmp_path
):
    make, match = ATTACKS[attack]
    said = examined(write(make(), tmp_path / "model.onnx"))
    assert said != ""
    if said is not None:
        with pytest.raises(RunError, match=match):
            raise RunError(said)
        return
    with pytest.raises(RunError, match=match):
        check_foreign_network(tmp_path / "model.onnx")


@pytest.mark.parametrize("attack", [name for name in ATTACKS if name not in FILLING])
def test_a_network_that_is_none_of_ours_is_refused(attack, tmp_path):
    make, match = ATTACKS[attack]
    with pytest.raises(RunError, match=match):
        check_network(write(make(), tmp_path / "model.onnx"))


def test_a_network_of_ours_passes(tmp_path):
    check_foreign_network(write(network(DENSE, weights={"w": W}), tmp_path / "model.onnx"))


def test_a_bias_that_is_spread_over_a_free_batch_passes(tmp_path):
    """As JAX writes it: the shape of the spectra, and from it that of the bias."""
    spread = network(
        ("MatMul", "features w", "a"),
        ("Shape", "a", "shape"),
        ("Gather", "shape first", "n"),
        ("Concat", "n columns", "wanted", {"axis": 0}),
        ("Expand", "bias wanted", "b"),
        ("Add", "a b", "c"),
        ("Max", "c zero", "z"),
        weights={"w": floats(WIDTH, 6), "first": ints(0), "columns": ints(6), "bias": floats(6),
                 "zero": np.array(0, np.float32)},
        columns=6,
    )  # fmt: skip
    check_network(write(spread, tmp_path / "model.onnx"))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by signal 11"),
        ("import time; time.sleep(60)", "it took more than 1 s"),
        ("print('nothing of use')", "cannot be examined"),
        ("pass", "its process ended"),
    ],
)
def test_a_file_that_ends_or_stops_its_parser_is_refused(program, said, tmp_path, monkeypatch):
    monkeypatch.setattr(foreign_network, "SECONDS", 1.0)
    monkeypatch.setattr(
        confined, "start", lambda module, *words: subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ),
    )  # fmt: skip
    with pytest.raises(RunError, match=said):
        check_foreign_network(write(network(DENSE, weights={"w": W}), tmp_path / "model.onnx"))
