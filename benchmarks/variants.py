"""The variants of `benchmarks.study`: each differs from the reference in what its row names."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Variant:
    """One network and its training; the defaults are the reference.

    `benchmarks.variant_networks` says what the names of inputs and bodies mean.

    Attributes
    ----------
    group, name : str
        Where the variant stands in the table.
    inputs : str
        What the network sees.
    body : str
        'perceptron', or what comes before the dense layers.
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
    learning_rate: float = 0.004
    weight_decay: float = 0.4
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
# The training part of 520,393 spectra: fewer epochs of larger batches, less noise and decay.
SURVEY = {
    "n_train": 327_000,
    "noise": 0.7,
    "learning_rate": 0.0015,
    "weight_decay": 0.1,
    "batch_size": 256,
    "epochs": 12,
}

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
    Variant("12,600 spectra", "strided convolutions, 512-256-128", n_train=12_600, body="strided"),
    Variant("327,000 spectra, 12 epochs", "perceptron 512-256-128", **SURVEY),
    Variant(
        "327,000 spectra, 12 epochs", "perceptron 1024-512-256", units=(1024, 512, 256), **SURVEY
    ),
    Variant(
        "327,000 spectra, 12 epochs",
        "strided convolutions",
        body="strided",
        **CONVOLUTIONS,
        **SURVEY,
    ),
)
