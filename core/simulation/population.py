"""The galaxies of a simulated sample: redshift, spectrum, brightness, size, reddening."""

from dataclasses import dataclass

import numpy as np

from core.simulation.galaxies import Galaxies


@dataclass(frozen=True)
class PopulationConfig:
    """Numbers of the population; N is a normal number of mean 0 and variance 1.

    A galaxy takes its spectrum from a donor among `n_neighbours` real galaxies on each side of its
    redshift. Above `z_sparse`, where those are few, the donor is one of the `n_sparse_donors` of
    highest redshift, and brightness has a law of its own:

    - r = r_donor + r_shift + r_slope (z - z_pivot) + r_scatter N [mag]
    - above z_sparse: r = r_sparse + r_sparse_slope (z - z_sparse) + r_sparse_scatter N [mag]
    - share of blue compact galaxies, drawn from the bluest blue_share of the real ones, of
      half-light radius re_compact_arcsec: clip((z - z_compact) / z_compact_width, 0, compact_share)
    - of the others: ln Re = ln re_arcsec + re_z_slope ln(z / z_re) + re_r_slope (r - r_re)
      + re_scatter N
    """

    n_neighbours: int = 40
    z_sparse: float = 0.34
    n_sparse_donors: int = 125
    r_shift: float = 0.62
    r_slope: float = 2.5
    z_pivot: float = 0.05
    r_scatter: float = 0.35
    r_sparse: float = 19.27
    r_sparse_slope: float = 3.2
    r_sparse_scatter: float = 0.5
    z_compact: float = 0.40
    z_compact_width: float = 0.14
    compact_share: float = 0.85
    blue_share: float = 0.04
    re_compact_arcsec: float = 0.18
    re_arcsec: float = 1.5
    z_re: float = 0.075
    re_z_slope: float = -0.5
    r_re: float = 17.0
    re_r_slope: float = -0.12
    re_scatter: float = 0.5
    line_scatter: float = 0.25  # of the logarithm of each line group's strength
    warp: float = 0.006  # standard deviation of each smooth warp's amplitude


@dataclass(frozen=True, eq=False)
class RedshiftDistribution:
    """Share of galaxies below each redshift, from 0 to 1, linear between its m nodes."""

    z: np.ndarray
    cumulative: np.ndarray

    @classmethod
    def from_histogram(
        cls, edges: np.ndarray, fraction: np.ndarray, table_edges: np.ndarray, percent: np.ndarray
    ) -> "RedshiftDistribution":
        """Join a fine histogram (m + 1 edges) with a coarse table (k + 1) that it must agree with.

        The table gives the share of each of its bins, the histogram the form within it.
        """
        nodes = np.union1d(np.clip(edges, table_edges[0], table_edges[-1]), table_edges)
        fine = np.diff(np.interp(nodes, edges, np.concatenate([[0.0], np.cumsum(fraction)])))
        middle = (nodes[1:] + nodes[:-1]) / 2
        coarse = np.digitize(middle, table_edges) - 1
        total = np.bincount(coarse, weights=fine, minlength=len(percent))
        share = fine / total[coarse] * np.asarray(percent)[coarse]
        cumulative = np.concatenate([[0.0], np.cumsum(share)])
        return cls(nodes, cumulative / cumulative[-1])

    def quantile(self, probability: np.ndarray) -> np.ndarray:
        """Return the redshifts below which the given shares of galaxies lie."""
        return np.interp(probability, self.cumulative, self.z)


@dataclass(frozen=True, eq=False)
class Population:
    """A block of galaxies, without their spectra."""

    z: np.ndarray  # (n,)
    r_mag: np.ndarray  # (n,), of all the light, free of Galactic extinction [mag]
    coefficients: np.ndarray  # (n, 5), of the donor, not yet scaled to `r_mag`
    re_arcsec: np.ndarray  # (n,), half-light radius
    ebv: np.ndarray  # (n,), Galactic E(B-V) [mag]
    line_strength: np.ndarray  # (n, n_groups), factor on each group of emission lines
    warp: np.ndarray  # (n, n_warps), amplitudes of the smooth warps


def draw_population(
    rng: np.random.Generator,
    n: int,
    redshifts: RedshiftDistribution,
    galaxies: Galaxies,
    config: PopulationConfig,
    *,
    n_line_groups: int,
    n_warps: int,
) -> Population:
    """Draw `n` galaxies; the donors, `galaxies`, are in rising redshift."""
    z = redshifts.quantile(rng.random(n))
    sparse = z > config.z_sparse
    donor = _donors(rng, z, sparse, galaxies, config)
    compact = rng.random(n) < np.clip(
        (z - config.z_compact) / config.z_compact_width, 0.0, config.compact_share
    )
    bluest = np.argsort(galaxies.rest_g_minus_r, kind="stable")
    n_blue = max(1, round(config.blue_share * len(bluest)))
    donor = np.where(compact, bluest[rng.integers(n_blue, size=n)], donor)

    scatter = rng.standard_normal(n)
    r_mag = np.where(
        sparse,
        config.r_sparse
        + config.r_sparse_slope * (z - config.z_sparse)
        + config.r_sparse_scatter * scatter,
        galaxies.r_mag[donor]
        + config.r_shift
        + config.r_slope * (z - config.z_pivot)
        + config.r_scatter * scatter,
    )
    ln_re = (
        np.log(config.re_arcsec)
        + config.re_z_slope * np.log(z / config.z_re)
        + config.re_r_slope * (r_mag - config.r_re)
        + config.re_scatter * rng.standard_normal(n)
    )
    return Population(
        z=z,
        r_mag=r_mag,
        coefficients=galaxies.coefficients[donor],
        re_arcsec=np.where(compact, config.re_compact_arcsec, np.exp(ln_re)),
        # The dust is ours: it knows nothing of the galaxy behind it.
        ebv=galaxies.ebv[rng.integers(len(galaxies.z), size=n)],
        line_strength=np.exp(config.line_scatter * rng.standard_normal((n, n_line_groups))),
        warp=config.warp * rng.standard_normal((n, n_warps)),
    )


def _donors(
    rng: np.random.Generator,
    z: np.ndarray,
    sparse: np.ndarray,
    galaxies: Galaxies,
    config: PopulationConfig,
) -> np.ndarray:
    n_real = len(galaxies.z)
    reach = rng.integers(-config.n_neighbours, config.n_neighbours, size=len(z))
    near = np.clip(np.searchsorted(galaxies.z, z) + reach, 0, n_real - 1)
    last = n_real - 1 - rng.integers(min(config.n_sparse_donors, n_real), size=len(z))
    return np.where(sparse, last, near)
