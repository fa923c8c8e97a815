"""Integrals of densities that are linear between the points of a grid, exact, a block at a time."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.amounts import n_of
from core.errors import DataError

# The arrays of a block stay in the processor's cache, however many galaxies there are.
BLOCK_ROWS = 512

# Densities in float32 integrate to 1 no better than this.
NORM_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Block:
    """Densities of some galaxies, and their true redshifts.

    Attributes
    ----------
    grid, h : np.ndarray, shape (m,) and (m - 1,)
        Rising redshifts, and the widths of the cells between them.
    pdf : np.ndarray of float64, shape (n, m)
    z : np.ndarray, shape (n,)
    """

    grid: np.ndarray
    h: np.ndarray
    pdf: np.ndarray
    z: np.ndarray

    @functools.cached_property
    def cdf(self) -> np.ndarray:
        """The distribution functions at the points of the grid, shape (n, m)."""
        cdf = np.zeros_like(self.pdf)
        cells = self.pdf[:, 1:] + self.pdf[:, :-1]
        cells *= self.h / 2
        np.cumsum(cells, axis=1, out=cdf[:, 1:])
        return cdf

    @functools.cached_property
    def cell(self) -> tuple[np.ndarray, np.ndarray]:
        """The cell of the grid that each redshift lies in, and how far inside [redshift]."""
        grid = self.grid
        inside = np.clip(self.z, grid[0], grid[-1])
        index = np.clip(np.searchsorted(grid, inside, side="right") - 1, 0, len(grid) - 2)
        return index, inside - grid[index]

    @functools.cached_property
    def squares(self) -> np.ndarray:
        """Squares of the densities at the points of the grid, shape (n, m)."""
        return self.pdf**2

    @functools.cached_property
    def products(self) -> np.ndarray:
        """Products of the densities at both ends of each cell, shape (n, m - 1)."""
        return self.pdf[:, :-1] * self.pdf[:, 1:]


Integral = Callable[[Block], np.ndarray]


def by_block(
    z_grid: ArrayLike, pdf: ArrayLike, z_spec: ArrayLike, *integrals: Integral
) -> list[np.ndarray]:
    """Return integrals, of those below, for each galaxy, each of shape (n,), float64.

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
            f"Expected a density on {n_of(len(grid), 'redshift')} and one true redshift per "
            f"galaxy; received the shapes {density.shape} (pdf) and {z.shape} (z_spec)."
        )
    if not np.isfinite(z).all():
        row = int(np.flatnonzero(~np.isfinite(z))[0])
        raise DataError(f"Expected finite redshifts; z_spec is {z[row]} at index {row}.")
    results = [np.empty(len(z)) for _ in integrals]
    for start in range(0, len(z), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        block = Block(grid, np.diff(grid), density[rows].astype(float), z[rows])
        _check(block, start)
        for result, integral in zip(results, integrals, strict=True):
            result[rows] = integral(block)
    return results


def cdf_at(block: Block) -> np.ndarray:
    """Return the distribution functions at z."""
    rows, cdf, (index, t) = np.arange(len(block.z)), block.cdf, block.cell
    low, high = block.pdf[rows, index], block.pdf[rows, index + 1]
    slope = (high - low) / block.h[index]
    return np.clip((cdf[rows, index] + low * t + slope * t**2 / 2) / cdf[:, -1], 0, 1)


def distance_from_step(block: Block) -> np.ndarray:
    """Return the integral of (F - [. >= z])^2.

    That is int F^2 - 2 int_z F + (end of the grid - z), and by how much z lies outside
    the grid. In a cell of width h, with s from 0 to 1: F = F0 + a s + b s^2,
    a = f0 h, b = (f1 - f0) h / 2. The mean of F there is F0 + (f0 / 3 + f1 / 6) h, and that of F^2
    is its square and (a + b)^2 / 12 + b^2 / 180.
    """
    rows, h, pdf, cdf = np.arange(len(block.z)), block.h, block.pdf, block.cdf
    of_cell = cdf[:, :-1] + pdf[:, :-1] * (h / 3)
    of_cell += pdf[:, 1:] * (h / 6)
    # (a + b)^2 / 12 + b^2 / 180 in squares and products of f0 and f1, times h
    of_squares, of_products = 4 / 180 * h**3, 7 / 180 * h**3
    squared = (
        _sums(of_cell**2, h)
        + _sums(block.squares, np.pad(of_squares, (0, 1)) + np.pad(of_squares, (1, 0)))
        + _sums(block.products, of_products)
    )
    of_cell *= h
    below = np.cumsum(of_cell, axis=1)
    index, t = block.cell
    s, low, high = t / h[index], pdf[rows, index], pdf[rows, index + 1]
    until = (
        np.where(index > 0, below[rows, index - 1], 0)
        + t * cdf[rows, index]
        + t * h[index] * (low * s / 2 + (high - low) * s**2 / 6)
    )
    total, inside = cdf[:, -1], block.grid[index] + t
    outside = (block.grid[-1] - inside) + np.abs(block.z - inside)
    return squared / total**2 - 2 * (below[:, -1] - until) / total + outside


def loss_of_square(block: Block) -> np.ndarray:
    """Return the integral of f^2 less 2 f(z)."""
    rows, grid, h, z = np.arange(len(block.z)), block.grid, block.h, block.z
    index, t = block.cell
    low, high = block.pdf[rows, index], block.pdf[rows, index + 1]
    at_z = np.where((z < grid[0]) | (z > grid[-1]), 0.0, low + (high - low) * t / h[index])
    squared = _sums(block.squares, (np.pad(h, (0, 1)) + np.pad(h, (1, 0))) / 3)
    return squared + _sums(block.products, h / 3) - 2 * at_z


def _sums(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted sum of each row; matrix products would have threads that wait."""
    return np.einsum("ij,j->i", values, weights)


def _check(block: Block, first_row: int) -> None:
    integral = block.cdf[:, -1]
    # NaN fails both comparisons.
    good = (block.pdf.min(axis=1) >= 0) & (np.abs(integral - 1) <= NORM_TOLERANCE)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise DataError(
            "Expected densities of 0 or more that integrate to 1; the one at index "
            f"{first_row + row} integrates to {integral[row]:.6g}, its lowest value is "
            f"{block.pdf[row].min():.6g}."
        )
