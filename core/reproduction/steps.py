"""The path through the dissertation: what each figure and table shows, and what it teaches."""

from dataclasses import dataclass

NONE = "not published"
"""Stands where the dissertation prints no number that we know of."""

ABOUT = (
    "The dissertation behind xpz (2023) measured the redshifts of 520,393 galaxies from their Gaia "
    "DR3 BP/RP spectra, with redshifts of SDSS DR16 as the truth. Here are its figures 9 to 18 and "
    "its tables 1 to 3, made again from data and runs at hand, with the published numbers beside "
    "them. Its own spectra are not public: those that come with xpz are simulated, and their "
    "difficulty was tuned to the published errors. Agreement shows that the method can be made "
    "again; it does not predict errors on real spectra. Figures 9, 11, 16, 17 and 18 are numbered "
    "as there; which of 10 and 12 to 15 is which follows from their order."
)


@dataclass(frozen=True)
class Step:
    """A stop on the path.

    Attributes
    ----------
    key : str
        What an address calls it.
    title : str
    shown_in : str
        The dissertation's own figures and tables.
    look : str
        What to see in the picture.
    lessons : tuple of (str, str)
        Titles and explanations.
    commands : str
        What to type to do it oneself.
    """

    key: str
    title: str
    shown_in: str
    look: str
    lessons: tuple[tuple[str, str], ...]
    commands: str


_DATA = "data/simulated-20k.parquet"

STEPS = (
    Step(
        "redshifts",
        "Redshifts",
        "Figures 9 and 10",
        "Most of the published galaxies lie near z = 0.1, and only 1.7 % beyond 0.35.",
        (
            (
                "What a redshift is",
                "The universe expands while light is on its way, and stretches it: what left a "
                "galaxy with a wavelength of 400 nm arrives with (1 + z) times 400 nm. z is the "
                "redshift. The farther a galaxy, the higher its z. z_spec is measured from lines "
                "in a spectrum of higher resolution, as SDSS takes: it is the truth here. z_pred "
                "is the network's.",
            ),
            (
                "Why its distribution matters",
                "A network learns most about what it sees most often. Where training galaxies "
                "are rare, it has little to learn from: remember this picture at Figure 16.",
            ),
        ),
        f"xpz reproduce --data {_DATA} --out reproduce.html --overwrite",
    ),
    Step(
        "averages",
        "Average spectra",
        "Figure 11",
        "From low to high redshift the published spectra get redder and fainter. No line stands "
        "out.",
        (
            (
                "BP and RP",
                "Gaia spreads the light of every source by two prisms: a blue one (BP, the "
                "Blue Photometer) and a red one (RP). A spectrum here is 80 samples of BP and 106 "
                "of RP, in electrons per second and sample. Here they lie from 361 to 1005 nm, an "
                "estimate; the dissertation says 366 to 996 nm.",
            ),
            (
                "Why shape and not lines",
                "The resolving power is 20 to 100: at 600 nm, details closer than 6 to 30 nm run "
                "into one another, and a galaxy's emission lines are narrower than that. What "
                "remains is the smooth shape: the slope, and the break at 4000 Å (400 nm), below "
                "which old stars give little light. It arrives at 440 nm from z = 0.1 and at "
                "600 nm from z = 0.5.",
            ),
        ),
        "xpz dashboard   # Data, Average spectra",
    ),
    Step(
        "spectrum",
        "One spectrum",
        "Figure 12 and Table 1",
        "One galaxy is much noisier than the average of a thousand.",
        (
            (
                "What the network gets",
                "These 186 numbers and nothing else: neither position nor magnitude. Table 1 "
                "shows how the data set looks: a row per galaxy, its redshift and its fluxes. "
                "A flux below zero is noise around a small one, and no mistake. The samples are "
                "made of about 110 coefficients, so neighbours share their noise: a bump of a few "
                "samples is noise and no line.",
            ),
            (
                "Why one spectrum does not tell all",
                "Where noise hides the break, galaxies of other redshifts look alike. Then the "
                "redshift is uncertain, however good the network; p(z) says by how much.",
            ),
        ),
        "xpz dashboard   # Data, Single spectrum",
    ),
    Step(
        "split",
        "Split",
        "Figure 13",
        "The three parts have the same distribution of redshifts, but for chance.",
        (
            (
                "Why three parts",
                "The training part changes the weights. The validation part changes none: it "
                "decides which epoch is kept and which settings are better. The test part decides "
                "nothing, so its error is that on galaxies never seen. An error on galaxies that "
                "took part in any decision comes out too small.",
            ),
            (
                "Who goes where",
                "A galaxy's part follows from its source_id and a seed: it stays there when "
                "galaxies are added, and in every run.",
            ),
        ),
        f"xpz train --data {_DATA} --preset dissertation --split-seed 1",
    ),
    Step(
        "network",
        "Network",
        "Table 2",
        "The published network: four convolutions, each with max-pooling, then four dense layers "
        "and one output, z. The convolutions hold 444,352 of its 699,073 weights.",
        (
            (
                "What a network is",
                "Layers of simple functions with weights. A convolution slides a short pattern "
                "along the spectrum and says how well it fits where; pooling keeps the best fit "
                "of two neighbours; dense layers combine everything. Training changes the weights "
                "in small steps, so that the loss, a measure of the error, falls.",
            ),
            (
                "What a hyperparameter is",
                "A setting that training does not change: how many layers, how large the steps. "
                "The dissertation searched for good ones; the Tune screen does the same. Each is "
                "explained in the table.",
            ),
        ),
        "xpz model show --preset dissertation\n"
        f"xpz tune --data {_DATA} --space dissertation --trials 30",
    ),
    Step(
        "training",
        "Training",
        "Figures 14 and 15",
        "See whether the curve of the validation part stops falling while that of the training "
        "part goes on.",
        (
            (
                "Overfitting",
                "With enough epochs, a network learns the noise of its training spectra by "
                "heart, which helps with no other galaxy. It shows where the validation loss "
                "rises while the training loss goes on falling. Added noise, weight decay and many "
                "galaxies prevent it: to see it, train a network on few galaxies without them.",
            ),
            (
                "Why validation can lie below training",
                "Fresh noise and dropout make the training part harder, and are left out when the "
                "validation part is judged. And the training loss is the mean over an epoch, in "
                "which the network still improves; the validation loss is taken at its end. A "
                "likelihood's loss can be below zero: lower is better all the same.",
            ),
            (
                "The mark",
                "It is the epoch whose weights are kept: that of the lowest validation loss, "
                "unless the recipe keeps the last. Early "
                "stopping ends a training once a number of epochs, the patience, has brought no "
                "lower one. The dissertation's recipe has none: it trains for 20 epochs.",
            ),
        ),
        f"xpz train --data {_DATA} --preset dissertation --wait",
    ),
    Step(
        "errors",
        "Errors",
        "Figure 16 and Table 3",
        "Published: low redshifts come out too high, high ones too low, and the more so the rarer "
        "they are.",
        (
            (
                "Regression to the mean",
                "A noisy spectrum fits several redshifts, and most galaxies have a middling one. "
                "The best guess therefore lies between the galaxy's own redshift and that of the "
                "crowd. In bins of the true redshift every estimator shows this tilt. In bins of "
                "the predicted redshift, the only one that a survey has, a good one shows none.",
            ),
            (
                "Two numbers called MAE",
                "The dissertation's mean |d| over all test galaxies is 0.021. Its 0.013 for z "
                "below 0.35 is the mean of the bins' |mean d|: within a bin, errors of either "
                "sign cancel, so it is smaller.",
            ),
        ),
        "xpz evaluate --run dissertation-100k",
    ),
    Step(
        "histograms",
        "Two histograms",
        "Figure 17",
        "See whether the predictions are drawn together: fewer at both ends, more in the middle.",
        (
            (
                "Why the two differ",
                "It is regression to the mean again. A distribution of predicted redshifts is "
                "narrower than the true one, even if every single prediction is the best "
                "possible. To have the distribution right, add up p(z) instead.",
            ),
        ),
        "xpz evaluate --run dissertation-100k --json",
    ),
    Step(
        "plane",
        "Predicted and true",
        "Figure 18",
        "On the diagonal both agree. Colour counts galaxies on a logarithmic scale, so that single "
        "ones show beside thousands.",
        (
            (
                "How to read the numbers",
                "d = z_pred - z_spec, e = d / (1 + z_spec). The MAE is the mean |d|; the bias the "
                "median e; sigma_NMAD the scatter of most galaxies, whatever a few outliers do. "
                "Take them with their intervals: other test galaxies would give other numbers.",
            ),
        ),
        "xpz compare dissertation-100k compact-520k",
    ),
    Step(
        "density",
        "p(z)",
        "Beyond the dissertation",
        "A calibrated p(z) puts the dots on the line: its 68 % intervals hold 68 % of galaxies.",
        (
            (
                "What p(z) is",
                "The dissertation's network gives one number. p(z) is a probability density: its "
                "area between two redshifts is the probability that the galaxy lies between them. "
                "It is narrow where the spectrum is clear, wide where it is noisy, and has two "
                "peaks where two redshifts fit.",
            ),
            (
                "PIT and KS distance",
                "The PIT is the share of a p(z) that lies below the true redshift. If p(z) is "
                "right, every value from 0 to 1 is equally common and its histogram is flat. The "
                "KS distance (Kolmogorov and Smirnov) is the largest gap between the share of "
                "galaxies below a PIT and that PIT itself: 0 is perfect. By chance, at most: "
                "that of a perfect p(z) stays below this in 95 % of samples of so many galaxies.",
            ),
            (
                "What calibrated means",
                "Of all 68 % intervals, 68 % must hold the true redshift. That is measured on "
                "the validation part, mended, and checked on the test part. CRPS is the MAE of a "
                "p(z): for a single number the two are the same.",
            ),
        ),
        "xpz predict --run compact-520k --in data/samples --out z.vot --overwrite",
    ),
)
"""In the order of the dissertation."""
