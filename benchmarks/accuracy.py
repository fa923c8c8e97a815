"""How good is `compact`: every method on one simulated set, one split and one machine.

    python -m benchmarks.accuracy

trains and judges one method after the other, each in a process of its own, keeps what each
found in `benchmarks/results/accuracy.json` and writes the tables of `benchmarks/README.md`.
What was found by the same code with the same settings is not done again (unless --fresh), so
a run that was cut off goes on; trainings too go on after their last epoch.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.judging import FULL, LEVEL, Task
from benchmarks.measure import machine
from core.atomic import write_json, write_text

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = HERE / "results" / "accuracy.json"
BEGIN, END = "<!-- accuracy: begin -->", "<!-- accuracy: end -->"

# What the figures depend on, apart from the settings.
CODE = (
    "core",
    *(f"benchmarks/{name}.py" for name in ("judging", "classical", "template_fit", "networks")),
)

UNKNOWN, DIRTY = "unknown", "-dirty"

METHODS = ("boosting", "support-vectors", "template-fit", "compact", "dissertation", "floor")
# A stage is a method, here on the smaller set unless said otherwise.
ON_FULL_SET = {"compact-full": "compact", "floor": "floor"}
STAGES = (*METHODS[:-1], *ON_FULL_SET)
# The options that a method depends on, apart from the size of the set.
OPTIONS = {
    "support-vectors": ("svr_rows", "n_slow"),
    "template-fit": ("n_slow",),
    "floor": ("floor_spectra",),
}


def run_method(name: str, task: Task) -> list[dict]:
    from benchmarks import classical, networks

    methods = {
        "boosting": classical.boosting,
        "support-vectors": classical.support_vectors,
        "template-fit": classical.template_fit,
        "compact": networks.compact,
        "dissertation": networks.dissertation,
        "floor": networks.floor,
    }
    return methods[name](task)


def commit() -> str:
    """Return the last commit of the code that the figures depend on, and whether it is changed."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8")
        return done.stdout.strip() if done.returncode == 0 else ""

    last = git("log", "-1", "--format=%h", "--", *CODE) or UNKNOWN
    return last + (DIRTY if git("status", "--porcelain", "--", *CODE) else "")


def read_results() -> dict[str, dict]:
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}


def key(method: str, n: int) -> str:
    return f"{method}-{n}"


def run_stages(stages: list[str], smaller: Task) -> None:
    for stage in stages:
        task = replace(smaller, n=FULL) if stage in ON_FULL_SET else smaller
        method = ON_FULL_SET.get(stage, stage)
        names = ("n", "commit", *OPTIONS.get(method, ()))
        settings = {name: getattr(task, name) for name in names}
        known = read_results().get(key(method, task.n))
        if task.resumes and known is not None and known["settings"] == settings:
            print(f"{stage}: known already", file=sys.stderr)
            continue
        print(f"{stage} ...", file=sys.stderr, flush=True)
        given = json.dumps({**asdict(task), "work": str(task.work)})
        command = [sys.executable, "-m", "benchmarks.accuracy", "method", method, given]
        # Threads that wait must not count as work.
        environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8"
        )
        if done.returncode:
            print(f"{stage}: failed, see its output above", file=sys.stderr)
            continue
        found = {
            "settings": settings,
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "machine": machine(),
            "rows": json.loads(done.stdout.splitlines()[-1]),
        }
        RESULTS.parent.mkdir(exist_ok=True)
        write_json(RESULTS, read_results() | {key(method, task.n): found})


def tables(results: dict[str, dict]) -> str:
    """Return all results as Markdown, a table for each size of the set."""
    sizes = sorted({found["settings"]["n"] for found in results.values()})
    return "\n\n".join(section(n, results) for n in sizes)


def section(n: int, results: dict[str, dict]) -> str:
    found = [results[key(method, n)] for method in METHODS if key(method, n) in results]
    rows = [row for method in found for row in method["rows"]]
    commits = ", ".join(sorted({method["settings"]["commit"] for method in found}))
    dates = sorted({method["date"] for method in found})
    machines = "; ".join(sorted({method["machine"] for method in found}))
    lines = [
        f"### {n:,} spectra",
        "",
        f"{' to '.join({dates[0]: None, dates[-1]: None})}, code {commits}, {machines}",
        "",
        "| method | MAE | σ NMAD | mean \\|bin error\\|, z 0.35-0.60 | \\|e\\| > 0.15 | CRPS "
        f"| coverage at {100 * LEVEL:.0f} % | training, CPU-s | spectra/s | trained on "
        "| tested on | how |",
        "|---" * 12 + "|",
        *(line(row) for row in rows),
    ]
    return "\n".join([*lines, "", *comparisons(n, results)])


def line(row: dict) -> str:
    evaluation = row["evaluation"]
    low, high = evaluation["intervals"]["mae"]
    coverage, high_z_error = row["coverage_68"], row["high_z_error"]
    cells = [
        row["method"],
        f"{evaluation['mae']:.5f} [{low:.5f}, {high:.5f}]",
        f"{evaluation['sigma_nmad']:.4f}",
        "" if high_z_error is None else f"{high_z_error:.3f}",
        f"{100 * evaluation['outlier_fraction_eazy']:.2f} %",
        f"{row['crps']:.5f}",
        "" if coverage is None else f"{100 * coverage:.1f} %",
        f"{row['cpu_seconds']:,.0f}",
        f"{row['spectra_per_second']:,.0f}",
        f"{row['n_train']:,}",
        f"{evaluation['n']:,}",
        row["how"],
    ]
    return f"| {' | '.join(cells)} |"


def comparisons(n: int, results: dict[str, dict]) -> list[str]:
    """Say how `compact` compares with the published network and with the floor."""

    def rows(method: str) -> list[dict] | None:
        found = results.get(key(method, n))
        return found["rows"] if found else None

    ours, theirs, floor = rows("compact"), rows("dissertation"), rows("floor")
    sentences = []
    if ours and theirs:
        mae = [row["evaluation"]["mae"] for row in (ours[0], theirs[0])]
        sentences.append(f"- MAE of `compact` / `dissertation`: {mae[0] / mae[1]:.3f}")
        sentences.append(until(ours[0], theirs[0]))
    if ours and theirs and len(ours) > 1:
        bias = ours[1]["high_z_error"] / theirs[0]["high_z_error"]
        cost = ours[1]["evaluation"]["mae"] / ours[0]["evaluation"]["mae"] - 1
        sentences.append(
            f"- High redshifts, {ours[1]['method']}: mean |bin error| x {bias:.2f} of "
            f"`dissertation`'s, at {100 * cost:+.1f} % of the MAE of the default answer"
        )
    if ours and floor:
        excess = ours[0]["evaluation"]["mae"] / floor[0]["evaluation"]["mae"] - 1
        sentences.append(f"- MAE of `compact` above the floor: {100 * excess:+.1f} %")
    return sentences


def until(ours: dict, theirs: dict) -> str:
    """Say when the validation MAE of `compact` first was that of `dissertation`'s final network."""
    goal = theirs["val_mae"][theirs["best_epoch"] - 1]
    reached = [epoch for epoch, mae in enumerate(ours["val_mae"]) if mae <= goal]
    if not reached:
        return f"- `compact` never came to `dissertation`'s validation MAE of {goal:.5f}"
    seconds, whole = ours["cpu_seconds_so_far"][reached[0]], theirs["cpu_seconds"]
    return (
        f"- `dissertation`'s validation MAE of {goal:.5f}, reached in {whole:,.0f} CPU-s, is "
        f"`compact`'s after {seconds:,.0f} CPU-s (epoch {reached[0] + 1}): 1/{whole / seconds:.0f}"
    )


def write_tables() -> None:
    text = tables(read_results())
    print(text)
    readme = HERE / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    write_text(readme, f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command")
    one = commands.add_parser("method", help="a single method; prints its rows")
    one.add_argument("method", choices=METHODS)
    one.add_argument("task", type=json.loads)
    parser.add_argument("--n", type=int, default=100_000, help="spectra of the simulated set")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=STAGES)
    parser.add_argument("--fresh", action="store_true", help="do again what is known")
    parser.add_argument("--svr-rows", type=int, default=50_000)
    parser.add_argument("--floor-spectra", type=int, default=4_500_000)
    parser.add_argument("--n-slow", type=int, default=5_000)
    parser.add_argument(
        "--work",
        type=Path,
        default=Path(tempfile.gettempdir()) / "xpz-bench-accuracy",
        help="folder of data sets and runs",
    )
    asked = parser.parse_args()
    if asked.command == "method":
        task = Task(**asked.task | {"work": Path(asked.task["work"])})
        print(json.dumps(run_method(asked.method, task)))
        return
    code = commit()
    task = Task(
        n=asked.n,
        work=asked.work.resolve(),
        commit=code,
        resumes=not asked.fresh and code != UNKNOWN and not code.endswith(DIRTY),
        svr_rows=asked.svr_rows,
        floor_spectra=asked.floor_spectra,
        n_slow=asked.n_slow,
    )
    run_stages(list(asked.stages), task)
    write_tables()


if __name__ == "__main__":
    main()
