import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

from core.data.shape import MEAN_FLUX_FLOOR
from core.errors import ConfigError, DataError, RunError
from core.model import scaling
from core.model.config import SCALINGS
from core.model.scaling import Scaler
from core.model.shapes import n_inputs

REFERENCES = {
    "minmax": MinMaxScaler(),
    "standard": StandardScaler(),
    "robust": RobustScaler(),
    "quantile": QuantileTransformer(n_quantiles=300, output_distribution="normal", random_state=0),
}


@pytest.fixture(scope="module")
def flux():
    rng = np.random.default_rng(5)
    level = rng.lognormal(1.0, 0.6, (300, 1))
    return (level * rng.uniform(0.5, 1.5, 186) + rng.normal(0, 0.2, (300, 186))).astype(np.float32)


@pytest.mark.parametrize("method", SCALINGS)
def test_number_of_inputs(method, flux):
    features = Scaler.fit(method, flux).transform(flux)
    assert features.shape == (300, n_inputs(method))
    assert n_inputs(method) == {"shape": 187, "shape_noise": 189}.get(method, 186)
    assert features.dtype == np.float32


@pytest.mark.parametrize("method", REFERENCES)
def test_agrees_with_scikit_learn_in_double_precision(method, flux):
    expected = REFERENCES[method].fit_transform(flux.astype(np.float64))
    np.testing.assert_allclose(Scaler.fit(method, flux).transform(flux), expected, atol=3e-5)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("method", SCALINGS)
def test_does_what_the_fitted_scaler_of_scikit_learn_does_to_the_bit(method, kind, flux):
    scaler, given = Scaler.fit(method, flux), (100 * flux).astype(kind)
    expected = scaler.estimator.transform(scaler._columns(given, None, slice(None)))
    np.testing.assert_array_equal(scaler.transform(given), expected.astype(np.float32))


def test_minmax_maps_each_training_sample_to_zero_and_one(flux):
    features = Scaler.fit("minmax", flux).transform(flux)
    np.testing.assert_allclose(features.min(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(features.max(axis=0), 1, atol=1e-6)


def test_shape_does_not_see_the_flux_level_but_in_the_last_column(flux):
    scaler = Scaler.fit("shape", flux)
    bright, faint = scaler.transform(flux * 3), scaler.transform(flux)
    np.testing.assert_allclose(bright[:, :186], faint[:, :186], atol=2e-4)
    step = np.log(3) / np.log(flux.mean(axis=1, dtype=float)).std()
    np.testing.assert_allclose(bright[:, 186] - faint[:, 186], step, rtol=1e-4)


def test_shape_is_standardised_on_the_training_part(flux):
    features = Scaler.fit("shape", flux).transform(flux).astype(float)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(features.std(axis=0), 1, atol=1e-4)


def test_shape_of_a_spectrum_without_flux_stays_finite(flux):
    scaler = Scaler.fit("shape", flux)
    nothing = np.vstack([np.zeros(186), np.full(186, -2.0), np.full(186, MEAN_FLUX_FLOOR / 2)])
    features = scaler.transform(nothing)
    assert np.isfinite(features).all()
    assert (features[:, 186] == features[0, 186]).all()


def test_shape_noise_adds_the_noise_of_the_bands_to_shape(flux):
    errors = np.random.default_rng(6).uniform(0.1, 0.3, (300, 1)) * np.repeat([1, 2], [80, 106])
    plain = Scaler.fit("shape", flux).transform(flux)
    features = Scaler.fit("shape_noise", flux, errors).transform(flux, errors)
    np.testing.assert_array_equal(features[:, :187], plain)
    bands = np.log(np.column_stack([errors[:, :80].mean(axis=1), errors[:, 80:].mean(axis=1)]))
    expected = StandardScaler().fit_transform(bands)
    np.testing.assert_allclose(features[:, 187:], expected, atol=1e-4)


def test_shape_noise_estimates_what_it_is_not_told(flux):
    """The fixture's noise is 0.2, beside a pattern that no polynomial follows."""
    errors = np.full((300, 186), 0.2)
    errors[:150] = 0.4
    scaler = Scaler.fit("shape_noise", flux, errors)
    told, guessed = scaler.transform(flux, errors), scaler.transform(flux)
    np.testing.assert_array_equal(guessed[:, :187], told[:, :187])
    np.testing.assert_allclose(guessed[:, 187:].mean(axis=0), 0, atol=1e-4)
    some = errors.copy()
    some[7] = np.nan
    mixed = scaler.transform(flux, some)
    np.testing.assert_allclose(mixed[7], guessed[7], atol=1e-6)
    np.testing.assert_array_equal(np.delete(mixed, 7, axis=0), np.delete(told, 7, axis=0))


def test_errors_of_another_shape_are_refused(flux):
    with pytest.raises(DataError, match=r"shape \(300, 186\), received \(300,\)"):
        Scaler.fit("shape_noise", flux, np.ones(300))


@pytest.mark.parametrize("method", ["shape", "shape_noise"])
def test_shapes_agree_with_scikit_learn_in_double_precision(method, flux):
    scaler = Scaler.fit(method, flux)
    columns = scaler._columns(flux, None, slice(None)).astype(float)
    expected = scaler.estimator.transform(columns)
    np.testing.assert_allclose(scaler.transform(flux), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("method", SCALINGS)
@settings(max_examples=10, deadline=None)
@given(
    spectra=arrays(np.float64, (3, 186), elements=st.floats(-1e6, 1e6, allow_subnormal=False)),
    constant=st.booleans(),
)
def test_every_finite_flux_gives_finite_features(method, spectra, constant):
    training = np.full((4, 186), 2.5) if constant else spectra
    assert np.isfinite(Scaler.fit(method, training).transform(spectra)).all()


@pytest.mark.parametrize("method", SCALINGS)
def test_file_gives_the_same_features_to_the_bit(method, flux, tmp_path):
    scaler = Scaler.fit(method, flux)
    scaler.save(tmp_path / "scaler.npz")
    again = Scaler.load(tmp_path / "scaler.npz")
    assert again.method == method
    np.testing.assert_array_equal(again.transform(flux), scaler.transform(flux))
    with zipfile.ZipFile(tmp_path / "scaler.npz") as archive:
        for name in archive.namelist():
            np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)


@pytest.mark.parametrize("method", SCALINGS)
def test_leaves_the_callers_array_alone(method, flux):
    before = flux.copy()
    Scaler.fit(method, flux).transform(flux)
    np.testing.assert_array_equal(flux, before)


@pytest.mark.parametrize("method", SCALINGS)
def test_chunks_do_not_change_the_result(method, flux, monkeypatch):
    scaler = Scaler.fit(method, flux)
    whole = scaler.transform(flux)
    monkeypatch.setattr(scaling, "CHUNK_ROWS", 37)
    np.testing.assert_array_equal(scaler.transform(flux), whole)
    np.testing.assert_allclose(Scaler.fit(method, flux).transform(flux), whole, atol=1e-5)


def test_no_spectra_give_no_features(flux):
    assert Scaler.fit("shape", flux).transform(flux[:0]).shape == (0, 187)


def test_fitting_needs_spectra(flux):
    with pytest.raises(DataError, match="at least one spectrum"):
        Scaler.fit("minmax", flux[:0])


def test_wrong_number_of_samples_is_refused(flux):
    with pytest.raises(DataError, match=r"shape \(n, 186\), received \(300, 120\)"):
        Scaler.fit("minmax", flux[:, :120])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_flux_that_is_not_finite_is_placed(value, flux, monkeypatch):
    monkeypatch.setattr(scaling, "CHUNK_ROWS", 100)
    broken = flux.copy()
    broken[217, 45] = value
    with pytest.raises(DataError, match=rf"received {value} at index \[217, 45\]"):
        Scaler.fit("minmax", flux).transform(broken)


def test_unknown_method_is_refused(flux):
    with pytest.raises(ConfigError, match="'log'"):
        Scaler.fit("log", flux)
    with pytest.raises(ConfigError, match="'log'"):
        n_inputs("log")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(RunError, match=r"scaler\.npz is missing"):
        Scaler.load(tmp_path / "scaler.npz")


def test_damaged_files_are_refused(flux, tmp_path):
    path = tmp_path / "scaler.npz"
    Scaler.fit("minmax", flux).save(path)
    whole = path.read_bytes()
    for content in (b"", b"not an archive", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(RunError, match="damaged or different"):
            Scaler.load(path)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({"flux": np.zeros(3)}, "damaged or different"),
        ({"header": np.array('{"method": "log"}')}, "damaged or different"),
        ({"header": np.array({"method": "minmax"}, dtype=object)}, "damaged or different"),
        (
            {
                "header": np.array('{"method": "shape_noise"}'),
                "mean_": np.ones(189),
                "scale_": np.ones(189),
            },
            "damaged or different",
        ),
        (
            {"header": np.array('{"method": "minmax"}'), "min_": np.ones(9), "scale_": np.ones(9)},
            "expected 186 columns for 'minmax'",
        ),
    ],
)
def test_foreign_archives_are_refused(contents, message, tmp_path):
    np.savez(tmp_path / "scaler.npz", **contents)
    with pytest.raises(RunError, match=message):
        Scaler.load(tmp_path / "scaler.npz")
