"""Integrals of densities that are linear between the points of a grid, exact, a block at a time."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from core.errors import DataError

# Temporary arrays stay small however many galaxies there are.
BLOCK_ROWS = 4096

# Densities in float32 integrate to 1 no better than this.
NORM_TOLERANCE = 1e-3

Integral = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def by_block(
    integral: Integral, z_grid: ArrayLike, pdf: ArrayLike, z_spec: ArrayLike
) -> np.ndarray:
    """Return an integral below for each galaxy, shape (n,), float64.

    `z_grid`, shape (m,), rises; `pdf`, shape (n, m), holds densities [1 / redshift], `z_spec`,
    shape (n,), true redshifts. A `DataError` says if shapes do not fit, a value is not finite,
    the grid does not rise, or a density is negative or does not integrate to 1.
    """
    grid, z = np.asarray(z_grid, dtype=float), np.asarray(z_spec, dtype=float)
    density = np.asarray(pdf)
    if grid.ndim != 1 or len(grid) < 2 or not (np.diff(grid) > 0).all():
        raise DataError(f"Expected a grid of two or more rising redshifts; received {grid}.")
    if z.ndim != 1 or density.shape != (len(z), len(grid)):
        raise DataError(
            f"Expected a density on {len(grid)} redshifts and one true redshift per galaxy; "
            f"received the shapes {density.shape} (pdf) and {z.shape} (z_spec)."
        )
    if not np.isfinite(z).all():
        row = int(np.flatnonzero(~np.isfinite(z))[0])
        raise DataError(f"Expected finite redshifts; z_spec is {z[row]} in row {row}.")
    result = np.empty(len(z))
    for start in range(0, len(z), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        block = density[rows].astype(float)
        _check_density(grid, block, start)
        result[rows] = integral(grid, block, z[rows])
    return result


def cdf_at(grid: np.ndarray, pdf: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the distribution functions at z."""
    rows = np.arange(len(z))
    index, t = _cell(grid, z)
    low, high = pdf[rows, index], pdf[rows, index + 1]
    slope = (high - low) / np.diff(grid)[index]
    cdf = _cumulative(grid, pdf)
    return np.clip((cdf[rows, index] + low * t + slope * t**2 / 2) / cdf[:, -1], 0, 1)


def distance_from_step(grid: np.ndarray, pdf: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the integral of (F - [. >= z])^2.

    That is int F^2 - 2 int_z F + (end of the grid - z), and by how much z lies outside
    the grid. In a cell of width h, with s from 0 to 1: F = F0 + a s + b s^2,
    a = f0 h, b = (f1 - f0) h / 2.
    """
    rows, h = np.arange(len(z)), np.diff(grid)
    cdf = _cumulative(grid, pdf)
    pdf, cdf = pdf / cdf[:, -1:], cdf / cdf[:, -1:]
    start, a, b = cdf[:, :-1], pdf[:, :-1] * h, np.diff(pdf, axis=1) * (h / 2)
    of_cell = start + a / 2 + b / 3
    squares = start**2 + a**2 / 3 + b**2 / 5 + start * (a + 2 / 3 * b) + a * b / 2
    index, t = _cell(grid, z)
    s = t / h[index]
    below = np.zeros_like(cdf)
    np.cumsum(of_cell * h, axis=1, out=below[:, 1:])
    until = below[rows, index] + t * (
        start[rows, index] + a[rows, index] * s / 2 + b[rows, index] * s**2 / 3
    )
    inside = grid[index] + t
    return squares @ h - 2 * (below[:, -1] - until) + (grid[-1] - inside) + np.abs(z - inside)


def loss_of_square(grid: np.ndarray, pdf: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the integral of f^2 less 2 f(z)."""
    rows, h = np.arange(len(z)), np.diff(grid)
    index, t = _cell(grid, z)
    low, high = pdf[rows, index], pdf[rows, index + 1]
    at_z = np.where((z < grid[0]) | (z > grid[-1]), 0.0, low + (high - low) * t / h[index])
    left, right = pdf[:, :-1], pdf[:, 1:]
    return (left**2 + left * right + right**2) @ h / 3 - 2 * at_z


def _check_density(grid: np.ndarray, pdf: np.ndarray, first_row: int) -> None:
    integral = np.trapezoid(pdf, grid, axis=1)
    # NaN fails both comparisons.
    good = (pdf.min(axis=1) >= 0) & (np.abs(integral - 1) <= NORM_TOLERANCE)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise DataError(
            "Expected densities of 0 or more that integrate to 1; the one in row "
            f"{first_row + row} integrates to {integral[row]:.6g}, its lowest value is "
            f"{pdf[row].min():.6g}."
        )


def _cell(grid: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cell of the grid that each redshift lies in, and how far inside [redshift]."""
    inside = np.clip(z, grid[0], grid[-1])
    index = np.clip(np.searchsorted(grid, inside, side="right") - 1, 0, len(grid) - 2)
    return index, inside - grid[index]


def _cumulative(grid: np.ndarray, pdf: np.ndarray) -> np.ndarray:
    """Return the distribution function at the points of the grid, shape (n, m)."""
    cdf = np.zeros_like(pdf)
    np.cumsum((pdf[:, 1:] + pdf[:, :-1]) / 2 * np.diff(grid), axis=1, out=cdf[:, 1:])
    return cdf
