"""Runs from elsewhere: predicting in a process of its own, refusing networks, bundles."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from benchmarks.measure import Row, cost, report
from core.data.dataset import load_dataset
from core.prediction.predictor import Predictor
from core.runs import SHIPPED_RUNS, Run, list_runs
from core.sharing import export_bundle, import_bundle
from core.sharing.network_check import MAX_NETWORK_BYTES

ROOT = Path(__file__).parents[1]
TURNS = 3
WIDTH = 186

# The process itself says what it took; of a child the kernel would tell the parent's as well.
EXAMINE = """
import re, sys, time
from core.sharing.network_check import main
main(sys.argv[1])
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1], time.process_time())
"""


def cpu_seconds() -> float:
    """Return the processor's time of this process and of its children that have ended."""
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


def predictions(folder: Path) -> list[Row]:
    flux = load_dataset(ROOT / "data" / "simulated-20k.parquet", with_errors=False).flux
    rows = []
    for shipped in list_runs(SHIPPED_RUNS):
        imported = Run(shutil.copytree(shipped.path, folder / shipped.run_id))
        imported.imported_path.write_text("{}")
        with cost() as opening:
            apart = Predictor(imported.path)
        here = Predictor(shipped.path)
        part = flux if shipped.run_id.startswith("compact") else flux[:1_000]
        seconds: dict[str, list[float]] = {"here": [], "apart": []}
        same = np.array_equal(here.predict(part), apart.predict(part))
        for _ in range(TURNS):  # in turns: the machine has other work as well
            for name, predictor in (("here", here), ("apart", apart)):
                with cost() as run:
                    predictor.predict(part)
                seconds[name].append(run.seconds)
        ratios = np.divide(seconds["apart"], seconds["here"])
        rows.append(
            Row(
                f"Prediction, `{shipped.run_id}` imported, over the same run of one's own",
                f"{np.median(ratios):.2f} times the time",
                f"{len(part):,} spectra, {TURNS} turns ({ratios.min():.2f} to {ratios.max():.2f}), "
                f"{'equal to the bit' if same else 'NOT EQUAL'}; opened in {opening.seconds:.2f} s",
            )
        )
    return rows


def attacks() -> dict[str, bytes]:
    """Return networks that would fill a machine, as files."""
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, n])
        for name, n in (("features", WIDTH), ("z", 1))
    ]

    def saved(nodes: list[onnx.NodeProto], **weights: np.ndarray) -> bytes:
        weights["w"] = np.ones((WIDTH, 1), np.float32)
        graph = helper.make_graph(
            [*nodes, helper.make_node("MatMul", ["features", "w"], ["z"])],
            *("network", ends[:1], ends[1:]),
            [numpy_helper.from_array(values, name) for name, values in weights.items()],
        )
        opset = [helper.make_opsetid("", 17)]
        return helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()

    huge = np.array([10**6, 64, WIDTH], np.int64)
    doubling = [
        helper.make_node("Concat", [f"x{i}" if i else "features"] * 2, [f"x{i + 1}"], axis=1)
        for i in range(40)
    ]
    products = [helper.make_node("MatMul", ["v", "v"], [f"x{i}"]) for i in range(5_000)]
    return {
        "Expand": saved([helper.make_node("Expand", ["features", "n"], ["e"])], n=huge),
        "ConstantOfShape": saved([helper.make_node("ConstantOfShape", ["n"], ["e"])], n=huge),
        "5,000 MatMul": saved(products, v=np.ones((2_000, 2_000), np.float32)),
        "Concat, 40 times doubled": saved(doubling),
        "64 MiB of empty nodes": _empty_nodes(),
    }


def _empty_nodes() -> bytes:
    """Return a file of the largest size, of which a parser makes a hundred times as much."""
    body = (MAX_NETWORK_BYTES // 2 - 16) * b"\x0a\x00"
    size, length = len(body), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return b"\x08\x09\x3a" + length + bytes([size]) + body


def refusals(folder: Path) -> list[Row]:
    rows = []
    for name, content in attacks().items():
        path = folder / "model.onnx"
        path.write_bytes(content)
        with cost() as taken:
            done = subprocess.run(
                [sys.executable, "-c", EXAMINE, str(path)],
                cwd=ROOT,
                capture_output=True,
                env=os.environ,
                check=False,
            )
        said, *more = done.stdout.decode().splitlines() or ['"its process ended"']
        figures = (f"{int(v.split()[0]) / 1000:,.0f} MB, {v.split()[1]} CPU-s" for v in more)
        rows.append(
            Row(
                f"Refusing a network, {name}",
                f"{taken.seconds:.2f} s, {next(figures, 'ended by its limit of memory')}",
                json.loads(said) or "NOT REFUSED",
            )
        )
    return rows


def bundles(folder: Path) -> list[Row]:
    rows = []
    for run_id in ("compact-20k", "compact-520k"):
        bundle = folder / f"{run_id}.zip"
        start = cpu_seconds()
        with cost() as out:
            export_bundle(Run(SHIPPED_RUNS / run_id), bundle)
        with cost() as back:
            import_bundle(bundle, folder / "runs", others=())
        rows.append(
            Row(
                f"A bundle of `{run_id}`, out and in",
                f"{out.seconds:.1f} s and {back.seconds:.1f} s",
                f"{bundle.stat().st_size / 1e6:.1f} MB, {cpu_seconds() - start:.1f} CPU-s in all",
            )
        )
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report([*predictions(folder), *refusals(folder), *bundles(folder)])


if __name__ == "__main__":
    main()
