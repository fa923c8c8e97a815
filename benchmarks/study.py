r"""Study of networks: a table of variants, each trained with three seeds and judged alike.

Every variant differs from the reference, `Variant`'s defaults, in what its row names. The
training spectra are the first of the training part of one data set, the validation spectra
the first 27,000 of its validation part, whatever the number of training spectra. Needs numpy,
scipy, pandas, scikit-learn, Keras and a backend (and pyarrow where the data set is Parquet)::

    xpz simulate --n 520393 --out full.parquet
    python -m benchmarks.study convert --data full.parquet --out full.npz
    KERAS_BACKEND=jax XLA_FLAGS=--xla_cpu_multi_thread_eigen=false \
        taskset -c 1 python -m benchmarks.study run --data full.npz
    python -m benchmarks.study table

Each result is a line of `benchmarks/results/study.jsonl`; what is there is not run again.
The last command writes the table of `docs/network-study.md`.
"""

import argparse
import json
import sys
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.variant_networks import CHUNK, GRID, Scaling, Spectra, densities, train
from benchmarks.variants import REFERENCE, VARIANTS, Variant
from core.data.split import SplitConfig, split_by_source
from core.evaluation.calibration import crps
from core.prediction.density import Density

RESULTS = Path(__file__).parent / "results" / "study.jsonl"
DOCUMENT = Path(__file__).parents[1] / "docs" / "network-study.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

N_VALIDATION = 27_000
SEEDS = (0, 1, 2)


def judge(variant: Variant, models: list, x: np.ndarray, z: np.ndarray) -> dict[str, float]:
    """Return the MAE of the median and the CRPS; of a point estimate the two are the same."""
    absolute, scores = [], []
    for start in range(0, len(x), CHUNK):
        rows = slice(start, start + CHUNK)
        outputs = [model.predict(x[rows], batch_size=CHUNK, verbose=0) for model in models]
        if variant.head == "point":
            answer = np.mean(outputs, axis=0)[:, 0]
        else:
            pdf = np.mean([densities(variant, output) for output in outputs], axis=0)
            answer = Density(GRID, pdf).quantile([0.5])[:, 0]
            scores.append(crps(GRID, pdf, z[rows]))
        absolute.append(np.abs(answer - z[rows]))
    mae = float(np.concatenate(absolute).mean())
    return {"mae": mae, "crps": float(np.concatenate(scores).mean()) if scores else mae}


def run(variant: Variant, seed: int, training: Spectra, validation: Spectra) -> dict:
    """Train and judge a variant; `cpu_seconds` are those of the training, scaling included."""
    training = training.first(variant.n_train)
    started = time.process_time()
    scaling = Scaling(variant.inputs, training)
    # Far apart, so that no member of an ensemble is another's.
    seeds = [seed + 1000 * member for member in range(variant.members)]
    models = [train(variant, training, scaling, member_seed) for member_seed in seeds]
    cpu_seconds = time.process_time() - started
    return {
        "settings": variant.settings,
        "seed": seed,
        **judge(variant, models, scaling(validation), validation.z),
        "cpu_seconds": cpu_seconds,
        "parameters": sum(model.count_params() for model in models),
        "n_validation": len(validation),
    }


def read_data(path: Path) -> tuple[Spectra, Spectra]:
    """Return the training and the validation part of a data set, Parquet or `convert`'s .npz."""
    if path.suffix == ".npz":
        with np.load(path) as stored:
            source_id, *arrays = (stored[name] for name in ("source_id", "flux", "flux_error", "z"))
    else:
        from core.data.dataset import load_dataset

        dataset = load_dataset(path)
        source_id, *arrays = dataset.source_id, dataset.flux, dataset.flux_error, dataset.z
    split = split_by_source(source_id, SplitConfig())
    training, validation = (
        Spectra(*(array[rows].astype(np.float32, copy=False) for array in arrays))
        for rows in (split.train, split.validation[:N_VALIDATION])
    )
    return training, validation


def convert(data: Path, out: Path) -> None:
    """Write a Parquet data set as .npz, for machines without pyarrow."""
    from core.data.dataset import load_dataset

    dataset = load_dataset(data)
    names = ("source_id", "flux", "flux_error", "z")
    np.savez(out, **{name: getattr(dataset, name) for name in names})


def read_results() -> list[dict]:
    return (
        [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
        if RESULTS.is_file()
        else []
    )


def run_all(data: Path, variants: list[Variant], seeds: list[int]) -> None:
    """Run what is not there yet, first with as many spectra as the reference has."""
    training, validation = read_data(data)
    done = {identity(result) for result in read_results()}
    RESULTS.parent.mkdir(exist_ok=True)
    plan = [(variant, seed) for seed in seeds for variant in variants]
    for variant, seed in sorted(plan, key=lambda item: item[0].n_train != REFERENCE.n_train):
        wanted = {"settings": variant.settings, "seed": seed}
        if identity(wanted) in done or len(training) < variant.n_train:
            continue
        result = run(variant, seed, training, validation)
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        print(
            f"{variant.group}: {variant.name}, seed {seed}: MAE {result['mae']:.5f}, "
            f"CRPS {result['crps']:.5f}, {result['cpu_seconds']:.0f} CPU-s",
            file=sys.stderr,
            flush=True,
        )


def identity(result: dict) -> str:
    """Return what makes two results the same: every setting but the names, and the seed."""
    # Of the settings that there are: results outlive one that is given up.
    names = {field.name for field in fields(Variant)} - {"group", "name"}
    settings = {name: value for name, value in result["settings"].items() if name in names}
    return json.dumps([settings, result["seed"]], sort_keys=True)


def table(results: list[dict]) -> str:
    """Return the results as Markdown: mean and standard deviation over the seeds."""
    seeds_of = {}
    for result in results:
        seeds_of.setdefault(identity({**result, "seed": None}), []).append(result)
    lines = [
        "| | variant | MAE | CRPS | CPU-s | parameters | seeds |",
        "|---|---|---|---|---|---|---|",
    ]
    group = None
    for variant in VARIANTS:
        key = identity({"settings": variant.settings, "seed": None})
        runs = pd.DataFrame(seeds_of.get(key, []))
        if runs.empty:
            continue
        scores = [
            f"{runs[name].mean():.5f}" + (f" ± {runs[name].std():.5f}" if len(runs) > 1 else "")
            for name in ("mae", "crps")
        ]
        label = variant.group if variant.group != group else ""
        group = variant.group
        lines.append(
            f"| {label} | {variant.name} | {' | '.join(scores)} | {runs['cpu_seconds'].mean():.0f} "
            f"| {runs['parameters'].iloc[0]:,} | {len(runs)} |"
        )
    return "\n".join(lines)


def write_table() -> None:
    text = table(read_results())
    print(text)
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    converting = commands.add_parser("convert", help="write a Parquet data set as .npz")
    converting.add_argument("--data", type=Path, required=True)
    converting.add_argument("--out", type=Path, required=True)
    running = commands.add_parser("run", help="train and judge what is not there yet")
    running.add_argument("--data", type=Path, required=True, help=".npz or .parquet")
    running.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    running.add_argument("--group", help="only the rows of this group")
    commands.add_parser("table", help="write the table of docs/network-study.md")
    asked = parser.parse_args()
    if asked.command == "convert":
        convert(asked.data, asked.out)
    elif asked.command == "run":
        variants = [v for v in VARIANTS if asked.group in (None, v.group)]
        run_all(asked.data, variants, asked.seeds)
    else:
        write_table()


if __name__ == "__main__":
    main()
