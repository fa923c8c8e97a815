import numpy as np
import pytest

from core.inspection.occlusion import WIDTH_SAMPLES, hidden, occlusion
from core.spectra import N_BP, N_SAMPLES


def smooth():
    """A straight line in BP and another one in RP."""
    return np.concatenate([np.linspace(1, 5, N_BP), np.linspace(9, 3, N_SAMPLES - N_BP)])


def test_a_straight_line_hides_nothing():
    flux = smooth().astype(np.float32)
    copies = hidden(flux)
    np.testing.assert_allclose(copies, np.repeat(flux[None], N_SAMPLES, 0), rtol=1e-5)


def test_what_is_hidden_is_the_stretch_around_each_sample_and_never_the_other_band():
    rng = np.random.default_rng(0)
    flux = rng.normal(size=N_SAMPLES).astype(np.float32)
    changed = hidden(flux) != flux
    for sample, row in enumerate(changed):
        assert row[sample]
        assert np.flatnonzero(row).min() >= sample - WIDTH_SAMPLES // 2
        assert np.flatnonzero(row).max() <= sample + WIDTH_SAMPLES // 2
        assert not row[N_BP:].any() if sample < N_BP else not row[:N_BP].any()


def test_the_part_that_a_predictor_looks_at_is_found():
    """A predictor that reads the height of one bump over its surroundings."""

    def predict(flux):
        return 0.1 * (flux[:, 120] - flux[:, [100, 140]].mean(axis=1))

    flux = smooth()
    flux[118:123] += 4
    before = flux.copy()
    change = occlusion(predict, flux)
    np.testing.assert_array_equal(flux, before)
    assert change.shape == (N_SAMPLES,)
    # Without the bump the answer is that of the straight line.
    assert change[120] == pytest.approx(-0.4, abs=0.01)
    assert np.abs(change[:N_BP]).max() == 0
    assert np.abs(change).argmax() in range(115, 126)


def test_a_predictor_that_looks_at_nothing_gives_nothing():
    change = occlusion(lambda flux: np.full(len(flux), 0.2), smooth())
    np.testing.assert_array_equal(change, np.zeros(N_SAMPLES))
