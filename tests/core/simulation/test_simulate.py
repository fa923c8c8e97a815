import dataclasses

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from core.config import from_dict
from core.data.dataset import load_dataset
from core.errors import DataError
from core.memory import MemoryShortError
from core.simulation import SimulationConfig, simulate, simulate_blocks, simulate_to_parquet
from core.simulation.simulate import BLOCK, noise_free
from core.simulation.templates import load_templates
from core.spectra import N_BP, N_RP, SampleGrid

HALPHA_NM = 656.46


def rows(dataset):
    return {name: v for name, v in vars(dataset).items() if isinstance(v, np.ndarray)}


def test_columns_ids_and_card(sample):
    assert sample.flux.shape == sample.flux_error.shape == (60_000, 186)
    assert sample.flux.dtype == sample.flux_error.dtype == np.float32
    assert len(np.unique(sample.source_id)) == 60_000
    assert sample.source_id.min() > 0
    assert sample.card.origin == "simulated"
    assert len(sample.card.config_hash) == 64
    assert from_dict(SimulationConfig, sample.card.config) == SimulationConfig(n=60_000, seed=3)
    assert np.all((sample.z > 0) & (sample.z < 0.6))
    assert np.all(sample.flux_error > 0)


def test_a_seed_gives_the_same_bits_and_another_seed_others(tables):
    first, again, other = (
        simulate(SimulationConfig(n=300, seed=seed), tables=tables) for seed in (5, 5, 6)
    )
    for name, values in rows(first).items():
        np.testing.assert_array_equal(values, getattr(again, name))
        assert not np.array_equal(values, getattr(other, name))
    assert not set(first.source_id) & set(other.source_id)


def test_a_larger_sample_begins_with_the_smaller_one(sample, tables):
    """So neither the size of a sample nor where it is cut changes a galaxy."""
    small = simulate(SimulationConfig(n=BLOCK + 123, seed=3), tables=tables)
    for name, values in rows(small).items():
        np.testing.assert_array_equal(values, getattr(sample, name)[: len(small)])


def test_the_file_holds_what_simulate_returns(tables, tmp_path):
    config = SimulationConfig(n=BLOCK + 500, seed=9)
    in_memory = simulate(config, tables=tables)
    card = simulate_to_parquet(config, tmp_path / "set.parquet", tables=tables)
    read = load_dataset(tmp_path / "set.parquet")
    for name, values in rows(in_memory).items():
        np.testing.assert_array_equal(values, getattr(read, name))
    assert card.hash == read.card.hash == in_memory.card.hash
    assert card.config_hash == in_memory.card.config_hash
    named = simulate_to_parquet(SimulationConfig(n=5), tmp_path / "a.parquet", None, tables, "mine")
    assert named.given_name == "mine"


def test_the_number_of_threads_changes_nothing(tables):
    config = SimulationConfig(n=2000)
    with threadpool_limits(1):
        one = simulate(config, tables=tables)
    np.testing.assert_array_equal(simulate(config, tables=tables).flux, one.flux)


def test_progress_ends_at_the_total(tables):
    seen = []
    config = SimulationConfig(n=BLOCK + 1)
    list(simulate_blocks(config, lambda done, total: seen.append((done, total)), tables))
    assert seen == [(BLOCK, BLOCK + 1), (BLOCK + 1, BLOCK + 1)]


def test_a_sample_that_would_not_fit_in_memory_says_so_before_it_is_simulated(monkeypatch):
    monkeypatch.setattr("core.memory.available_bytes", lambda: 10**9)
    with pytest.raises(
        MemoryShortError,
        match=r"Simulating 1,000,000 galaxies in memory: needs about 1\.6 GB of memory, 1\.0 GB "
        "are free. Simulate fewer, or write them to a file: `xpz simulate`",
    ):
        simulate(10**6)


def test_a_failure_leaves_no_file(tables, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_to_parquet(SimulationConfig(n=50), tmp_path / "set.parquet", stop, tables)
    assert list(tmp_path.iterdir()) == []


def test_refuses_a_name_that_is_not_parquet(tables, tmp_path):
    with pytest.raises(DataError, match=r"must end in '\.parquet'"):
        simulate_to_parquet(SimulationConfig(n=5), tmp_path / "set.csv", tables=tables)


def test_twenty_thousand_spectra_fit_into_twelve_megabytes(tables, tmp_path):
    path = tmp_path / "set.parquet"
    simulate_to_parquet(SimulationConfig(n=20_000), path, tables=tables)
    assert path.stat().st_size < 12e6


def test_flux_is_rounded_well_below_the_noise(sample):
    steps = sample.flux * 2**9
    np.testing.assert_array_equal(steps, np.round(steps))
    assert 2**-9 / np.median(sample.flux_error) < 0.01


def per_pixel(population, tables, bands, pixels):
    """BP and RP of the first galaxy at pixel positions [e-/s per pixel], without the tables."""
    templates, config = load_templates(), SimulationConfig().tables
    z, coefficients = population.z[0], population.coefficients[0]
    source = np.repeat(coefficients, 4) @ templates.redshifted(config.instrument.wavelength_nm, z)
    r_maggies = [np.interp(z, tables.z_grid, column) for column in tables.r_maggies.T]
    source *= 10 ** (-0.4 * population.r_mag[0]) / (coefficients @ r_maggies)
    return [
        band.blurred_design(pixel, population.re_arcsec[0], config.profile, 0.1)
        @ (band.response @ source)
        for band, pixel in zip(bands.values(), pixels, strict=True)
    ]


def test_interpolation_agrees_with_the_direct_calculation(make_population, tables, bands):
    """Between the nodes: template, instrument and profile once more, without the tables."""
    population = make_population(0.1234, re_arcsec=np.array([1.1]))
    flux, _ = noise_free(population, tables)
    grid = SampleGrid()
    steps = np.repeat([abs(grid.bp_step), grid.rp_step], [N_BP, N_RP])
    direct = steps * np.concatenate(
        per_pixel(population, tables, bands, (grid.bp_pixel, grid.rp_pixel))
    )
    np.testing.assert_allclose(flux[0], direct, atol=0.004 * direct.max())


def test_samples_sum_to_the_integral_over_their_pixels(make_population, tables, bands):
    """Flux is per sample, not per pixel: together the samples hold what the band's pixels hold."""
    population = make_population(0.1)
    flux, _ = noise_free(population, tables)
    grid = SampleGrid()
    pixels = []
    for pixel in (grid.bp_pixel, grid.rp_pixel):
        half_step = np.ptp(pixel) / (len(pixel) - 1) / 2
        pixels.append(np.linspace(pixel.min() - half_step, pixel.max() + half_step, 2_001))
    spectra = per_pixel(population, tables, bands, pixels)
    for samples, spectrum, pixel in zip(np.split(flux[0], [N_BP]), spectra, pixels, strict=True):
        assert samples.sum() == pytest.approx(np.trapezoid(spectrum, pixel), rel=0.003)


def test_lines_move_with_redshift(make_population, tables):
    """A noise-free H-alpha bump stands at 656 nm (1 + z)."""
    wavelength_nm = SampleGrid().wavelength_nm
    for z in (0.02, 0.1, 0.2, 0.3, 0.4):
        red_lines = np.array([[1.0, 1.0, 3.0]])
        with_lines = make_population(z, line_strength=red_lines, re_arcsec=np.array([0.1]))
        without = dataclasses.replace(with_lines, line_strength=np.array([[1.0, 1.0, 0.0]]))
        bump = (noise_free(with_lines, tables)[0] - noise_free(without, tables)[0])[0, N_BP:]
        # The bump is half a pixel wide in samples: its centre of light, not its highest sample.
        top = np.where(bump > bump.max() / 2, bump, 0)
        centre = (top * wavelength_nm[N_BP:]).sum() / top.sum()
        assert centre == pytest.approx(HALPHA_NM * (1 + z), abs=4.0)


def test_brightness_dust_lines_and_warps_do_what_they_say(make_population, tables):
    base, g_mag = noise_free(make_population(0.1), tables)
    fainter, fainter_g = noise_free(make_population(0.1, r_mag=np.array([18.0])), tables)
    np.testing.assert_allclose(fainter, base * 10**-0.4, rtol=1e-4)
    assert fainter_g - g_mag == pytest.approx(1.0, abs=1e-3)

    dusty, _ = noise_free(make_population(0.1, ebv=np.array([0.1])), tables)
    dimming = -2.5 * np.log10(dusty / base)[0]
    # A(550 nm) = 3.1 E(B-V), and more in the blue.
    visual = np.abs(SampleGrid().wavelength_nm - 550).argmin()
    assert dimming[visual] == pytest.approx(0.31, abs=0.005)
    assert dimming[0] > dimming[visual] > dimming[-1]

    warp = np.zeros((1, 5))
    warp[0, 0] = 0.01
    warped, _ = noise_free(make_population(0.1, warp=warp), tables)
    change = warped / base - 1
    assert change[0, 0] == pytest.approx(0.01, rel=1e-2)
    assert change[0, -1] == pytest.approx(-0.01, rel=1e-2)


def test_g_of_a_galaxy_lies_near_its_r(make_population, tables):
    """G - r of galaxies is small; the window holds a part of the light only."""
    _, point = noise_free(make_population(0.1, re_arcsec=np.array([0.1])), tables)
    _, galaxy = noise_free(make_population(0.1, re_arcsec=np.array([1.5])), tables)
    assert abs(point[0] - 17.0) < 0.4
    assert 0.4 < galaxy[0] - point[0] < 1.0


def test_the_brightest_sample_is_capped(make_population, tables):
    bright = make_population([0.02, 0.02], r_mag=np.array([11.0, 18.0]))
    flux, g_mag = noise_free(bright, tables, brightest_sample=110.0)
    free, free_g = noise_free(bright, tables)
    assert flux[0].max() == pytest.approx(110.0, rel=1e-5)
    np.testing.assert_allclose(flux[0] / flux[0].max(), free[0] / free[0].max(), rtol=1e-5)
    np.testing.assert_array_equal(flux[1], free[1])
    assert g_mag[0] - free_g[0] == pytest.approx(2.5 * np.log10(free[0].max() / 110), abs=1e-4)
