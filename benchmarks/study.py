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
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.split import SplitConfig, split_by_source
from core.evaluation.calibration import crps
from core.model.mixture import Mixtures
from core.model.scaling import MEAN_FLUX_FLOOR
from core.prediction.density import Density
from core.spectra import N_BP, N_SAMPLES

RESULTS = Path(__file__).parent / "results" / "study.jsonl"
DOCUMENT = Path(__file__).parents[1] / "docs" / "network-study.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

N_VALIDATION = 27_000
SEEDS = (0, 1, 2)
CHUNK = 8192
GRID = np.linspace(0, 0.66, 661)
# Where a softmax density has its nodes; it is linear in between.
NODES = np.linspace(0, 0.66, 133)
NODE_STEP = float(NODES[1] - NODES[0])
ASINH_SOFTENING = 0.3  # e-/s per sample, near the noise


@dataclass(frozen=True)
class Variant:
    """One network and its training; the defaults are the reference.

    Attributes
    ----------
    group, name : str
        Where the variant stands in the table.
    inputs : str
        What the network sees; see `columns`.
    body : str
        'perceptron', or what comes before the dense layers; see `build`.
    units : tuple of int
        Of the dense layers.
    head, loss : str
        'mixture' or 'softmax' with 'nll' or 'crps'; 'point' with 'huber'.
    noise : float
        Fresh noise in every epoch [flux_error].
    ema_momentum : float
        Of averaged weights; 0: none.
    members : int
        Networks whose densities are averaged.
    """

    group: str
    name: str
    inputs: str = "shape_noise"
    body: str = "perceptron"
    units: tuple[int, ...] = (512, 256, 128)
    normalisation: str = "none"
    dropout: float = 0.0
    head: str = "mixture"
    components: int = 5
    loss: str = "nll"
    huber_delta: float = 0.03
    noise: float = 1.0
    optimizer: str = "adamw"
    learning_rate: float = 0.004
    weight_decay: float = 0.4
    schedule: str = "cosine"
    warmup_epochs: int = 2
    batch_size: int = 128
    epochs: int = 32
    ema_momentum: float = 0.0
    members: int = 1
    n_train: int = 63_000

    @property
    def settings(self) -> dict:
        """Every field as JSON gives it back."""
        return json.loads(json.dumps(asdict(self)))


REFERENCE = Variant("Reference", "perceptron 512-256-128, 5 Gaussians by likelihood")
CONVOLUTIONS = {"units": (256, 128)}

VARIANTS = (
    REFERENCE,
    Variant("Inputs", "flux as it is", inputs="flux"),
    Variant("Inputs", "flux / mean, log mean", inputs="shape"),
    Variant("Inputs", "reference and asinh as second channel", inputs="shape_asinh"),
    Variant("Inputs", "reference and errors as second channel", inputs="shape_errors"),
    Variant("Inputs", "flux / error, log mean, noise levels", inputs="weighted"),
    Variant("Body", "perceptron 256-128", units=(256, 128)),
    Variant("Body", "perceptron 1024-512-256", units=(1024, 512, 256)),
    Variant("Body", "strided convolutions", body="strided", **CONVOLUTIONS),
    Variant("Body", "strided convolutions, residual", body="residual", **CONVOLUTIONS),
    Variant("Body", "dilated convolutions, residual", body="dilated", **CONVOLUTIONS),
    Variant("Body", "convolutions, attention pooling", body="attention", **CONVOLUTIONS),
    Variant("Normalisation", "layer", normalisation="layer"),
    Variant("Head and loss", "point, Huber 0.03", head="point", loss="huber"),
    Variant("Head and loss", "5 Gaussians by CRPS", loss="crps"),
    Variant("Head and loss", "softmax on a grid by likelihood", head="softmax"),
    Variant("Head and loss", "softmax on a grid by CRPS", head="softmax", loss="crps"),
    Variant("Head and loss", "10 Gaussians", components=10),
    Variant("Noise added each epoch", "none", noise=0.0),
    Variant("Noise added each epoch", "0.5 of the error", noise=0.5),
    Variant("Regularisation", "weight decay 0.1", weight_decay=0.1),
    Variant("Regularisation", "dropout 0.1", dropout=0.1),
    Variant("Schedule", "16 epochs", epochs=16),
    Variant("Schedule", "batches of 256", batch_size=256),
    Variant("Averages", "weights averaged, 0.998", ema_momentum=0.998),
    Variant("Averages", "ensemble of 3", members=3),
    Variant("12,600 spectra", "reference", n_train=12_600),
    Variant("12,600 spectra", "asinh as second channel", n_train=12_600, inputs="shape_asinh"),
    Variant("12,600 spectra", "noise 0.5", n_train=12_600, noise=0.5),
    Variant(
        "12,600 spectra", "strided convolutions", n_train=12_600, body="strided", **CONVOLUTIONS
    ),
)


@dataclass(frozen=True, eq=False)
class Spectra:
    """Flux and errors [e-/s per sample], (n, 186), and redshifts, (n,), all float32."""

    flux: np.ndarray
    flux_error: np.ndarray
    z: np.ndarray

    def __len__(self) -> int:
        return len(self.z)

    def first(self, n: int) -> "Spectra":
        """Return the first `n`."""
        return Spectra(self.flux[:n], self.flux_error[:n], self.z[:n])


def columns(inputs: str, flux: np.ndarray, flux_error: np.ndarray) -> np.ndarray:
    """Return what the network sees: channels of 186 samples, then single numbers."""
    mean = np.maximum(flux.mean(axis=1, keepdims=True), MEAN_FLUX_FLOOR)
    level = [np.log(mean)]
    noise = [
        np.log(flux_error[:, band].mean(axis=1, keepdims=True))
        for band in (slice(0, N_BP), slice(N_BP, N_SAMPLES))
    ]
    shape, asinh = flux / mean, np.arcsinh(flux / ASINH_SOFTENING)
    parts = {
        "flux": [flux],
        "shape": [shape, *level],
        "shape_noise": [shape, *level, *noise],
        "asinh": [asinh, *level, *noise],
        "shape_asinh": [shape, asinh, *level, *noise],
        "shape_errors": [shape, flux_error / mean, *level, *noise],
        "weighted": [flux / flux_error, *level, *noise],
    }
    return np.hstack(parts[inputs], dtype=np.float32)


class Scaling:
    """The columns of a variant, standardised by the training part."""

    def __init__(self, inputs: str, training: Spectra) -> None:
        self.inputs = inputs
        first = columns(inputs, training.flux, training.flux_error)
        self.mean, self.scale = first.mean(axis=0), first.std(axis=0)

    def __call__(
        self, spectra: Spectra, noise: float = 0.0, rng: np.random.Generator | None = None
    ) -> np.ndarray:
        """Scale spectra, with `noise` times their errors of fresh white noise added."""
        scaled = np.empty((len(spectra), len(self.mean)), np.float32)
        for start in range(0, len(spectra), CHUNK):
            rows = slice(start, start + CHUNK)
            flux, flux_error = spectra.flux[rows], spectra.flux_error[rows]
            if noise:
                fresh = rng.standard_normal(flux.shape, dtype=np.float32)
                flux = flux + np.float32(noise) * flux_error * fresh
            scaled[rows] = (columns(self.inputs, flux, flux_error) - self.mean) / self.scale
        return scaled


def build(variant: Variant, width: int):
    """Return the network of a variant for `width` columns."""
    import keras
    from keras import layers

    n_channels, _ = divmod(width, N_SAMPLES)
    samples = n_channels * N_SAMPLES

    def convolution(x, filters: int, kernel: int, strides: int = 1, dilation: int = 1):
        return layers.Conv1D(
            filters, kernel, strides, "same", dilation_rate=dilation, activation="silu"
        )(x)

    def residual(x, kernel: int, dilation: int = 1):
        return layers.Add()([x, convolution(x, x.shape[-1], kernel, 1, dilation)])

    features = keras.Input((width,))
    x = features
    if variant.body != "perceptron":
        x = layers.Reshape((n_channels, N_SAMPLES))(features[:, :samples])
        x = layers.Permute((2, 1))(x)
        if variant.body in ("strided", "residual"):
            for filters, kernel, strides in ((32, 9, 3), (48, 5, 2), (64, 5, 2)):
                x = convolution(x, filters, kernel, strides)
                if variant.body == "residual":
                    x = residual(x, kernel)
        elif variant.body == "dilated":
            x = convolution(x, 32, 9, 3)
            for dilation in (1, 2, 4, 8):
                x = residual(x, 3, dilation)
        elif variant.body == "attention":
            x = convolution(convolution(x, 32, 9, 3), 64, 5)
            # Each of 8 heads chooses by what a place holds and by where it is.
            places = layers.Embedding(x.shape[1], x.shape[2])(np.arange(x.shape[1])[None])
            weights = layers.Softmax(axis=1)(layers.Dense(8)(x + places))
            x = layers.Dot(axes=1)([weights, x])
        x = layers.Concatenate()([layers.Flatten()(x), features[:, samples:]])
    for units in variant.units:
        x = layers.Dense(units)(x)
        if variant.normalisation == "batch":
            x = layers.BatchNormalization(momentum=0.95)(x)
        elif variant.normalisation == "layer":
            x = layers.LayerNormalization()(x)
        x = layers.Activation("silu")(x)
        if variant.dropout:
            x = layers.Dropout(variant.dropout)(x)
    n_outputs = {"point": 1, "mixture": 3 * variant.components, "softmax": len(NODES)}
    return keras.Model(features, layers.Dense(n_outputs[variant.head])(x))


def loss_of(variant: Variant):
    import keras

    from core.model.losses import crps, nll

    if variant.head == "point":
        return keras.losses.Huber(delta=variant.huber_delta)
    losses = {
        ("mixture", "nll"): nll,
        ("mixture", "crps"): crps,
        ("softmax", "nll"): softmax_nll,
        ("softmax", "crps"): softmax_crps,
    }
    return losses[variant.head, variant.loss]


def softmax_nll(z, outputs):
    """Negative logarithm of the density at z, linear between the nodes."""
    from keras import ops

    hats = ops.maximum(0.0, 1 - ops.abs(z - NODES.astype("float32")) / NODE_STEP)
    masses = ops.softmax(outputs, axis=-1)
    return -ops.log(ops.sum(hats * masses, axis=-1) / NODE_STEP + 1e-6)


def softmax_crps(z, outputs):
    """Area between the squared distribution function and the step at z, midway between nodes."""
    from keras import ops

    middles = (NODES + NODE_STEP / 2).astype("float32")
    below = ops.cumsum(ops.softmax(outputs, axis=-1), axis=-1)
    step = ops.clip((middles - z) / NODE_STEP + 0.5, 0.0, 1.0)
    return ops.sum(ops.square(below - step), axis=-1) * NODE_STEP


def train(variant: Variant, training: Spectra, scaling: Scaling, seed: int):
    import keras

    class Epochs(keras.utils.PyDataset):
        """Batches in a new order, and with new noise, in every epoch."""

        def __init__(self) -> None:
            super().__init__()
            self.rng = np.random.default_rng(seed)
            self.x = None
            self.on_epoch_end()

        def __len__(self) -> int:
            return len(training) // variant.batch_size  # of one size: compiled once

        def __getitem__(self, index: int):
            rows = self.order[index * variant.batch_size : (index + 1) * variant.batch_size]
            return self.x[rows], training.z[rows, None]

        def on_epoch_end(self) -> None:
            if self.x is None or variant.noise:
                self.x = scaling(training, variant.noise, self.rng)
            self.order = self.rng.permutation(len(training))

    keras.utils.set_random_seed(seed)
    model = build(variant, len(scaling.mean))
    epochs = Epochs()
    rate = variant.learning_rate
    if variant.schedule == "cosine":
        warmup = variant.warmup_epochs * len(epochs)
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, variant.epochs * len(epochs) - warmup, warmup_target=rate, warmup_steps=warmup
        )
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=variant.weight_decay,
        use_ema=variant.ema_momentum > 0,
        ema_momentum=variant.ema_momentum or 0.99,
    )
    model.compile(optimizer, loss_of(variant))
    # At its end Keras puts the averaged weights in their place.
    model.fit(epochs, epochs=variant.epochs, shuffle=False, verbose=0)
    return model


def densities(variant: Variant, outputs: np.ndarray) -> np.ndarray:
    """Return p(z) on `GRID`, (n, m)."""
    if variant.head == "mixture":
        return Density.from_mixtures(Mixtures.from_outputs(outputs), GRID).pdf
    masses = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    hats = np.maximum(0, 1 - np.abs(GRID - NODES[:, None]) / NODE_STEP)
    return Density.normalised(GRID, masses @ hats.astype(np.float32)).pdf


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
        [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.is_file() else []
    )


def run_all(data: Path, variants: list[Variant], seeds: list[int]) -> None:
    """Run what is not there yet: the smaller set with every seed first, then the others."""
    training, validation = read_data(data)
    done = {identity(result) for result in read_results()}
    RESULTS.parent.mkdir(exist_ok=True)
    plan = [(variant, seed) for seed in seeds for variant in variants]
    for variant, seed in sorted(plan, key=lambda item: item[0].n_train != REFERENCE.n_train):
        wanted = {"settings": variant.settings, "seed": seed}
        if identity(wanted) in done or len(training) < variant.n_train:
            continue
        result = run(variant, seed, training, validation)
        with RESULTS.open("a") as file:
            file.write(json.dumps(result) + "\n")
        print(
            f"{variant.group}: {variant.name}, seed {seed}: MAE {result['mae']:.5f}, "
            f"CRPS {result['crps']:.5f}, {result['cpu_seconds']:.0f} CPU-s",
            file=sys.stderr,
            flush=True,
        )


def identity(result: dict) -> str:
    """Return what makes two results the same: every setting but the names, and the seed."""
    settings = {k: v for k, v in result["settings"].items() if k not in ("group", "name")}
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
    before, rest = DOCUMENT.read_text().split(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}")


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
