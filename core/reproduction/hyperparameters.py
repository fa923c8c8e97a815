"""What each hyperparameter does to a training, in a sentence or two."""

from core.model.config import SETTINGS, ConvLayer
from core.model.settings import settings_of

_WORDS = {
    "conv_layers": "Patterns are looked for along the spectrum, each layer in what the one before "
    "found. More layers see wider patterns.",
    "filters": "How many patterns a convolution looks for. More find more, and overfit sooner.",
    "kernel_size": "How many neighbouring samples a pattern covers.",
    "strides": "A step of 2 looks at every second place: half the cost, half the detail.",
    "pool_size": "Of so many neighbours the best fit is kept: where exactly it was is forgotten.",
    "dense_units": "Layers in which every unit sees everything of the layer before.",
    "activation": "The bend behind each layer. Without one, all layers together would be a single "
    "linear formula.",
    "padding": "Whether zeros are added at the ends, so that a convolution does not shorten the "
    "spectrum.",
    "dropout": "In each step, a share of the units is silent, so that none is relied upon: less "
    "overfitting, slower learning.",
    "head": "What comes out: one redshift, or a p(z) made of Gaussians.",
    "components": "Gaussians that make up p(z); two suffice for two possible redshifts.",
    "scaling": "Brings the fluxes to one range before the network sees them. Fitted on the "
    "training part alone.",
    "optimizer": "How the slope of the loss becomes a step of the weights. Adam and its kin give "
    "each weight a step size of its own.",
    "learning_rate": "How large the steps are. Too large: the loss jumps about. Too small: it "
    "falls for ever.",
    "weight_decay": "Pulls all weights towards zero in each step, so that only what pays stays.",
    "loss": "What training makes small. Huber: squared for small errors, as they are for large "
    "ones, so that outliers do not rule.",
    "huber_delta": "The error above which it counts as large. With 1, beyond all redshifts here, "
    "Huber is half the squared error.",
    "schedule": "Whether the steps get smaller towards the end, which settles the weights.",
    "warmup_epochs": "Small steps at first, while the weights are still drawn at random.",
    "batch_size": "Spectra whose errors decide one step together. Small: many noisy steps; large: "
    "few sure ones.",
    "epochs": "How often every training spectrum is seen. Too few: not learnt yet; too many: "
    "overfitted.",
    "early_stopping_patience": "How many epochs without a lower validation loss end the training.",
    "restore_best_weights": "Whether the weights of the best epoch are kept, or those of the last.",
    "seed": "Of the first weights and of the order of spectra. Two seeds differ by chance alone: "
    "they say how much a difference between two settings must be to count.",
    "weighting": "Rare redshifts can count for more in the loss: less bias there, larger errors "
    "everywhere else.",
    "noise_augmentation": "Fresh noise on the training spectra in every epoch, which cannot be "
    "learnt by heart.",
}


def words_of(name: str) -> str:
    """Return what a hyperparameter does, else what its field says of it."""
    return _WORDS.get(name) or (SETTINGS | settings_of(ConvLayer))[name].about
