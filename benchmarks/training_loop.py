"""What the host does in an epoch: Keras' own loop, as it was used before, and ours.

Both teach the same network the same batches, in turn. On a GPU the host's share is what a small
batch waits for; here, on a CPU, it is the difference in CPU time.
"""

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from benchmarks.measure import Row, report
from core.data.dataset import load_dataset
from core.data.published import published
from core.data.split import SplitConfig, split_by_source
from core.model.network import build_network, compile_network
from core.model.presets import get_preset
from core.training.epochs import SECONDS_PER_CALL, Epochs
from core.training.examples import InMemory, TrainingPart
from core.training.loop import VALIDATION_BATCH

DATA = Path(__file__).parents[1] / "data" / "simulated-20k.parquet"
EPOCHS = 3  # of each, after one that compiles
ROWS = {"dissertation": 3200, "compact": 12_600}
KERAS_STEPS_PER_EXECUTION = 8


@dataclass
class Epoch:
    """What one epoch took, validation included."""

    cpu_seconds: float
    seconds: float
    calls: int  # of the device, by the host, to learn
    loss: float


class Keras:
    """Keras' `fit`, eight batches a call, each of them fetched by the host: the loop as it was."""

    def __init__(self, model: keras.Model, part: TrainingPart, validation: InMemory) -> None:
        self.part, self.validation, self.model = part, validation, model
        model.compile(
            optimizer=model.optimizer,
            loss=model.loss,
            metrics=["mae"] if isinstance(model.loss, keras.losses.Loss) else None,
            steps_per_execution=KERAS_STEPS_PER_EXECUTION,
        )

    def epoch(self, number: int) -> tuple[int, float]:
        """Learn from an epoch and be judged; return how many calls there were, and the loss."""
        calls = []
        counter = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: calls.append(batch)
        )
        blocks = [(block.x[block.order], block.y[block.order]) for block in self.part.epoch(number)]
        x, y = (np.concatenate(arrays) for arrays in zip(*blocks, strict=True))
        judged = self.part.examples(self.validation)
        seen = self.model.fit(
            x,
            y,
            batch_size=self.part.training.batch_size,
            validation_data=(judged.x, judged.y),
            validation_batch_size=VALIDATION_BATCH,
            shuffle=False,
            callbacks=[counter],
            verbose=0,
        )
        return len(calls), seen.history["loss"][0]


class Ours:
    """The loop of `core.training.loop`."""

    def __init__(self, model: keras.Model, part: TrainingPart, validation: InMemory) -> None:
        self.part = part
        self.learning = Epochs(model, part.training.batch_size, learns=True)
        self.judging = Epochs(model, VALIDATION_BATCH, learns=False)
        self.judged = part.examples(validation)

    def epoch(self, number: int) -> tuple[int, float]:
        """Learn from an epoch and be judged; return how many calls there were, and the loss."""
        calls = []
        seen = self.learning.take(self.part.epoch(number), lambda done, so_far: calls.append(done))
        self.judging.take([self.judged], lambda done, so_far: None)
        return len(calls), seen["loss"]


def measure(name: str) -> tuple[list[Epoch], list[Epoch], int]:
    """Return the epochs of both loops, and how many batches one has."""
    recipe = get_preset(name)
    training = recipe.training
    dataset = load_dataset(DATA)
    split = split_by_source(dataset.source_id, SplitConfig())
    parts = []
    for rows in (split.train[: ROWS[name]], split.validation):
        some = dataset.take(rows)
        parts.append(InMemory(some.flux, some.flux_error if recipe.needs_errors else None, some.z))
    scaler = parts[0].fit_scaler(recipe.scaling)
    part = TrainingPart.prepare(training, scaler, parts[0])
    n_batches = math.ceil(len(part) / training.batch_size)
    loops = []
    for kind in (Keras, Ours):
        keras.utils.set_random_seed(training.seed)
        model = build_network(recipe.network, recipe.scaling)
        compile_network(model, replace(training, epochs=EPOCHS + 1), n_batches)
        model.optimizer.build(model.trainable_variables)
        loops.append(kind(model, part, parts[1]))
    found: tuple[list[Epoch], list[Epoch]] = ([], [])
    for number in range(EPOCHS + 1):
        for loop, epochs in zip(loops, found, strict=True):
            cpu, clock = time.process_time(), time.perf_counter()
            calls, loss = loop.epoch(number)
            epochs.append(
                Epoch(time.process_time() - cpu, time.perf_counter() - clock, calls, loss)
            )
    return *found, n_batches


def main() -> None:
    rows = []
    for name in ROWS:
        before, after, n_batches = measure(name)
        (cpu, wall, calls), (cpu_now, wall_now, calls_now) = (
            [
                float(np.median([getattr(epoch, what) for epoch in epochs[1:]]))
                for what in ("cpu_seconds", "seconds", "calls")
            ]
            for epochs in (before, after)
        )
        apart = max(abs(a.loss / b.loss - 1) for a, b in zip(before, after, strict=True))
        rows.append(
            Row(
                f"An epoch of `{name}`, host's loop before and now",
                f"{cpu:.2f} and {cpu_now:.2f} CPU-s",
                f"{ROWS[name]:,} spectra, {n_batches:,} batches: fetched by the host one by one "
                f"in {calls:,.0f} calls, and {calls_now:,.0f} calls without any; {wall:.2f} and "
                f"{wall_now:.2f} s; first epoch {before[0].cpu_seconds:.1f} and "
                f"{after[0].cpu_seconds:.1f} CPU-s; losses differ by {apart:.0e}",
            )
        )
    n = math.ceil(0.63 * published().n_galaxies / get_preset("dissertation").training.batch_size)
    rows.append(
        Row(
            "Host's steps in an epoch of the published recipe",
            f"{n:,} before",
            f"batches of 16 of 63 % of {published().n_galaxies:,}; now one call in "
            f"{SECONDS_PER_CALL} s, however fast the device, and none for a batch",
        )
    )
    report(rows)


if __name__ == "__main__":
    main()
