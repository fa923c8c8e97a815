import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.crossmatch import crossmatch, nothing_matched
from core.data.redshift_tables import Redshifts
from core.errors import ConfigError, DataError

ARCSEC = 1 / 3600


def sources_at(ra, dec, **columns):
    ids = np.arange(len(ra)) + 4_111_834_567_779_557_376
    return pd.DataFrame({"source_id": ids, "ra": ra, "dec": dec, **columns}).astype(
        {"ra": float, "dec": float}
    )


def redshifts_at(ra, dec, z=None, z_error=None):
    n = len(ra)
    return Redshifts(
        np.asarray(ra, float),
        np.asarray(dec, float),
        np.linspace(0.1, 0.3, n) if z is None else np.asarray(z, float),
        np.full(n, np.inf) if z_error is None else np.asarray(z_error, float),
        np.arange(n) + 100,
    )


def moved(ra, dec, distance_arcsec, angle):
    """Return places at a distance from others, along a great circle."""
    from astropy import units
    from astropy.coordinates import SkyCoord

    place = SkyCoord(ra, dec, unit="deg")
    there = place.directional_offset_by(angle * units.rad, distance_arcsec * units.arcsec)
    return there.ra.deg, there.dec.deg


def test_injected_offsets_come_back_and_what_is_farther_does_not():
    rng = np.random.default_rng(0)
    n = 400
    ra, dec = rng.uniform(0, 360, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    offset = rng.uniform(0, 2, n)
    there = moved(ra, dec, offset, rng.uniform(0, 2 * np.pi, n))
    order = rng.permutation(n)
    theirs = redshifts_at(there[0][order], there[1][order])
    table, counts = crossmatch(sources_at(ra, dec), theirs, 1.0)
    near = np.flatnonzero(offset <= 1)
    assert (table["source_id"] - 4_111_834_567_779_557_376).tolist() == near.tolist()
    np.testing.assert_allclose(table["separation_arcsec"], offset[near], atol=1e-6)
    assert (table["redshift_row"] - 100).tolist() == np.argsort(order)[near].tolist()
    np.testing.assert_array_equal(table["z_spec"], theirs.z[np.argsort(order)[near]])
    assert (counts.n_sources, counts.n_redshifts, counts.n_matched) == (n, n, len(near))
    assert counts.n_repeated == counts.n_contradicting == counts.n_crowded == 0


@settings(max_examples=40)  # each builds four sets of coordinates
@given(
    st.floats(0, 360),
    st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 90.0])),
    st.floats(0, 2 * np.pi),
)
def test_a_neighbour_is_found_anywhere_on_the_sky(ra, dec, angle):
    near, far = (moved([ra], [dec], distance, angle) for distance in (0.9, 1.1))
    table, _ = crossmatch(sources_at([ra], [dec]), redshifts_at(*near), 1.0)
    assert table["separation_arcsec"].tolist() == pytest.approx([0.9], abs=1e-6)
    table, counts = crossmatch(sources_at([ra], [dec]), redshifts_at(*far), 1.0)
    assert len(table) == counts.n_near == 0


def test_zero_and_360_degrees_are_the_same_place():
    ours = sources_at([0.0, 359.9999], [10, 20])
    theirs = redshifts_at([360 - 0.5 * ARCSEC, 0.0001], [10, 20])
    table, _ = crossmatch(ours, theirs, 1.0)
    expected = [0.5 * np.cos(np.radians(10)), 0.72 * np.cos(np.radians(20))]
    np.testing.assert_allclose(table["separation_arcsec"], expected, rtol=1e-5)


def test_at_the_pole_right_ascension_hardly_counts():
    table, _ = crossmatch(
        sources_at([10], [90 - 0.1 * ARCSEC]), redshifts_at([190], [90 - 0.2 * ARCSEC]), 1.0
    )
    assert table["separation_arcsec"].tolist() == pytest.approx([0.3], abs=1e-6)


def test_each_source_and_each_redshift_is_used_once_the_nearest_pairs_first():
    # Along the declination [arcsec]: sources at 0 and 1.0; redshifts at 0.8 (nearer to the
    # second) and, of another object, 5.
    ours = sources_at([50, 50], [0, 1.0 * ARCSEC])
    table, counts = crossmatch(ours, redshifts_at([50, 50], [0.8 * ARCSEC, 5 * ARCSEC]), 2.0)
    assert table["source_id"].tolist() == [ours["source_id"][1]]
    assert table["separation_arcsec"].tolist() == pytest.approx([0.2], abs=1e-6)
    assert (counts.n_near, counts.n_matched, counts.n_crowded) == (1, 1, 0)


def test_an_object_whose_source_is_nearer_to_another_is_counted():
    # One source between two objects 1.6 arcsec apart, each within the radius of 1.
    ours = sources_at([50], [0])
    theirs = redshifts_at([50, 50], [0.7 * ARCSEC, -0.9 * ARCSEC])
    table, counts = crossmatch(ours, theirs, 1.0)
    assert table["redshift_row"].tolist() == [100]
    assert (counts.n_near, counts.n_crowded, counts.n_matched) == (2, 1, 1)


def test_repeated_observations_give_one_redshift_of_the_smallest_error():
    ours = sources_at([50, 60], [0, 0])
    theirs = redshifts_at(
        [50, 50, 50, 60],
        [0.1 * ARCSEC, 0.2 * ARCSEC, 0.3 * ARCSEC, 0],
        z=[0.1001, 0.1002, 0.1003, 0.2],
        z_error=[3e-5, 1e-5, 2e-5, np.inf],
    )
    table, counts = crossmatch(ours, theirs, 1.0)
    assert table["z_spec"].tolist() == [0.1002, 0.2]
    assert (counts.n_near, counts.n_repeated, counts.n_matched) == (4, 2, 2)


def test_observations_that_contradict_each_other_are_not_used():
    ours = sources_at([50, 60], [0, 0])
    theirs = redshifts_at([50, 50, 60], [0, 0.3 * ARCSEC, 0], z=[0.1, 0.3, 0.2])
    table, counts = crossmatch(ours, theirs, 1.0)
    assert table["z_spec"].tolist() == [0.2]
    assert (counts.n_contradicting, counts.n_repeated, counts.n_matched) == (2, 0, 1)


def test_the_sources_own_columns_stay_and_none_is_twice():
    ours = sources_at([50], [0], g_mag=[17.5], redshift_ugc=[0.12], z_spec=[9.0])
    table, _ = crossmatch(ours, redshifts_at([50], [0]), 1.0)
    assert table.columns.tolist() == [
        *("source_id", "z_spec", "separation_arcsec", "redshift_row"),
        *("ra", "dec", "g_mag", "redshift_ugc"),
    ]
    assert table["source_id"].dtype == np.int64
    assert table["z_spec"].tolist() == [0.1]


def test_sources_without_a_position_are_counted():
    table, counts = crossmatch(sources_at([50, np.nan], [0, 0]), redshifts_at([50], [0]), 1.0)
    assert (len(table), counts.n_sources, counts.n_without_position) == (1, 1, 1)


def test_no_sources_at_all():
    table, counts = crossmatch(sources_at([], []), redshifts_at([50], [0]), 1.0)
    assert len(table) == counts.n_matched == counts.n_near == 0


def test_what_cannot_be_is_refused():
    with pytest.raises(ConfigError, match="Radius: expected more than 0"):
        crossmatch(sources_at([50], [0]), redshifts_at([50], [0]), 0)
    with pytest.raises(DataError, match="declinations from -90 to 90"):
        crossmatch(sources_at([50], [91]), redshifts_at([50], [0]), 1)


def test_swapped_axes_are_told_where_nothing_matches():
    sources, swapped = sources_at([50, 60], [10, 20]), redshifts_at([10, 20], [50, 60])
    with pytest.raises(DataError, match="If RA and Dec of the redshifts are swapped, some do"):
        raise nothing_matched(sources, swapped, 1.0)
