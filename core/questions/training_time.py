"""How long a training takes on this machine: ``python -m core.questions.training_time FOLDER``."""

import sys
from dataclasses import dataclass, replace

from core.atomic import write_json
from core.config import to_dict
from core.jobs import File, worker
from core.jobs.beat import host
from core.jobs.devices import candidates, check_device, select
from core.jobs.turn import obey
from core.model.backend import backend, check_backend
from core.model.config import Recipe, TrainingConfig
from core.questions.question import Question, Report, work
from core.training.expected_time import MeasuredTime

STEPS, LEAST = 40, 2048
"""Of a pass of a measurement: so many steps, but with no fewer spectra, if there are as many."""

SAFE_RATE = 1e-4
"""Learning rate of a measurement, at which nothing comes apart."""

# What a training's pace does not hang on keeps its default, so that one answer serves for all.
_OF_NO_MATTER = (
    *("epochs", "early_stopping_patience", "restore_best_weights", "seed", "schedule"),
    *("warmup_epochs", "huber_delta", "weight_decay", "weight_cap"),
)


@dataclass(frozen=True)
class AboutTime:
    """A question about the pace of a recipe on a machine.

    Attributes
    ----------
    recipe : Recipe
        With defaults for all that does not change the pace.
    n, n_validation : int
        Spectra of a pass, and of its validation.
    asked : str
        Device that is asked for: 'auto', 'cpu', 'gpu:N' or several.
    machine, backend : str
        Where it is asked, and Keras' backend there.
    """

    recipe: Recipe
    n: int
    n_validation: int
    asked: str
    machine: str
    backend: str = ""
    device: str | None = None
    created: str = ""


@dataclass(frozen=True)
class TrainingTime(Question[AboutTime]):
    """The time of a training, measured by a few steps on made spectra."""

    kind = "measurement of the time"
    what = "time"
    module = "core.questions.training_time"
    format = 2  # 1 counted the start of Keras in `start_seconds`
    config_class = AboutTime

    measured_path = File("measured.json")

    def answer(self, report: Report) -> None:
        """Measure it on the device that a training would have, which may be at work meanwhile."""
        asked = self.config
        check_device(asked.asked)
        check_backend()
        device = candidates(asked.asked)[0]
        select(device, hide_gpus=asked.asked == "cpu")
        # Only now: Keras sees the device that was selected before.
        from core.training.job import on_gpu
        from core.training.measured_time import PASSES, measure

        def tell(done: int) -> None:
            obey(self)
            self.update(message=f"Measuring, pass {min(done + 1, PASSES)} of {PASSES}")

        measured = measure(
            asked.recipe,
            asked.n,
            asked.n_validation,
            n_devices=len(device.parts) if on_gpu() else 1,
            on_pass=tell,
        )
        write_json(self.measured_path, to_dict(measured))

    def read(self) -> MeasuredTime:
        """Return what was measured; raise a `DamagedError` if the file is missing or damaged."""
        measured = self.read_as(MeasuredTime, self.measured_path.name)
        self.used()
        return measured


def about_time(recipe: Recipe, n_train: float, n_validation: float, device: str) -> AboutTime:
    """Return a question about the time of a recipe with so many galaxies on a device of ours."""
    n = max(1, round(min(n_train, max(STEPS * recipe.training.batch_size, LEAST))))
    usual = TrainingConfig()
    plain = {name: getattr(usual, name) for name in _OF_NO_MATTER}
    noise = float(recipe.training.noise_augmentation > 0)
    training = replace(recipe.training, **plain, learning_rate=SAFE_RATE, noise_augmentation=noise)
    return AboutTime(
        replace(recipe, training=training),
        n,
        max(1, round(n * n_validation / n_train)),
        device,
        host(),
        backend(),
    )


if __name__ == "__main__":
    sys.exit(worker.main(TrainingTime, work))
