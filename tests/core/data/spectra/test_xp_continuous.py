import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.dataset import load_dataset
from core.data.spectra import xp_continuous
from core.data.spectra.files import open_spectra
from core.data.spectra.xp_bases import BASES_VARIABLE, load_design
from core.data.spectra.xp_continuous import find_columns, to_spectra
from core.data.tables.raw import RawTable
from core.errors import DataError
from core.spectra import SampleGrid, Spectra

GRID = SampleGrid()
BP, RP = slice(0, 80), slice(80, 186)
SIMULATED = Path(__file__).parents[4] / "data" / "simulated-20k.parquet"


def raw_table(sources, **replaced):
    """Return the table that a reader makes of a file of these sources."""
    columns = {name: cells for name, _, _, _, cells in sources.columns()} | replaced
    names = tuple(columns)

    def column(position):
        cells = columns[names[position]]
        if all(isinstance(cell, (int, np.integer)) for cell in cells):
            return np.array(cells)
        array = np.empty(len(cells), object)
        array[:] = list(cells)
        return array

    return RawTable(names, len(sources.source_id), column)


def read(sources, *, replaced=None, **options):
    table = raw_table(sources, **(replaced or {}))
    return to_spectra(table, find_columns(table.names, "a.csv"), name="a.csv", **options)


def with_cell(sources, column, row, cell):
    cells = next(cells for name, *_, cells in sources.columns() if name == column)
    return {column: [cell if i == row else old for i, old in enumerate(cells)]}


@pytest.fixture
def sources(xp_archive):
    return xp_archive.make_sources(4)


def test_a_table_without_coefficients_is_none():
    assert find_columns(("source_id", "flux", "bp_n_parameters"), "a.csv") is None


@pytest.mark.parametrize("missing", ["bp_basis_function_id", "rp_coefficients"])
def test_a_missing_column_is_named(sources, missing):
    names = [name for name in raw_table(sources).names if name != missing]
    with pytest.raises(DataError, match=f"a.csv: expected the column {missing} .*again from the"):
        find_columns(names, "a.csv")


def test_a_column_that_is_there_twice_is_named(sources):
    names = (*raw_table(sources).names, "BP_COEFFICIENTS")
    words = r"'bp_coefficients' occurs more than once\. Keep one of '\w+' and 'BP_COEFFICIENTS'\."
    with pytest.raises(DataError, match=words):
        find_columns(names, "a.csv")


def test_names_in_capitals_are_recognised(sources):
    names = raw_table(sources).names
    columns = find_columns([name.upper() for name in names], "a.csv")
    assert columns.of_bands == find_columns(names, "a.csv").of_bands


def test_what_was_recognised_is_told_in_words(xp_archive):
    sources = xp_archive.make_sources(2, extra={"redshift": np.array([0.1, 0.2])})
    words = find_columns(raw_table(sources).names, "a.csv").describe()
    assert words["source_id"] == "source_id"
    assert words["z"] == "redshift"
    assert words["g_mag"] == "none"
    assert words["flux"] == "bp_coefficients, rp_coefficients, integrated over each sample"
    assert "bp_coefficient_correlations" in words["flux_error"]


def test_only_errors_ask_for_the_correlations(sources):
    table = raw_table(sources)
    columns = find_columns(table.names, "a.csv")
    of_errors = {name for name in table.names if "_errors" in name or "_correlations" in name}
    assert len(of_errors) == 4
    assert of_errors == {table.names[i] for i in columns.flux_error}
    asked = []
    column = lambda i: asked.append(table.names[i]) or table.column(i)  # noqa: E731
    spectra = to_spectra(RawTable(table.names, 4, column), columns, name="a.csv", with_errors=False)
    assert spectra.flux_error is None
    assert "bp_coefficients" in asked
    assert not of_errors & set(asked)


def test_the_flux_is_the_coefficients_on_integrated_bases(sources, xp_archive):
    spectra = read(sources)
    np.testing.assert_allclose(spectra.flux, xp_archive.samples(sources), rtol=1e-6, atol=1e-4)
    assert spectra.flux.dtype == spectra.flux_error.dtype == np.float32
    np.testing.assert_array_equal(spectra.source_id, sources.source_id)
    assert spectra.has_ids
    assert not spectra.problems


def test_the_errors_are_those_of_the_whole_covariance(sources):
    errors = read(sources).flux_error
    for i in range(4):
        for band, samples, basis in (("bp", BP, 56), ("rp", RP, 57)):
            sigma = getattr(sources, f"{band}_errors")[i].astype(float)
            correlation = np.eye(55)
            correlation[np.tril_indices(55, -1)] = getattr(sources, f"{band}_correlations")[i]
            correlation += np.tril(correlation, -1).T
            covariance = np.diag(sigma) @ correlation @ np.diag(sigma)
            design = load_design(band, basis, GRID).flux
            expected = np.sqrt(np.diag(design.T @ covariance @ design))
            np.testing.assert_allclose(errors[i, samples], expected, rtol=1e-5)


def test_narrow_samples_are_what_gaiaxpy_converts(xp_archive, tmp_path):
    """Per pixel, in the limit of no width, with flux and errors of both bands."""
    from gaiaxpy.converter.converter import _convert

    sources = xp_archive.make_sources(3, missing_bp=[1])
    path = tmp_path / "xp.csv"
    path.write_bytes(sources.to_bytes("csv"))
    step = 1e-4
    for start in (12.0, 25.0, 41.0):
        grid = SampleGrid(bp_start=start, bp_step=-step, rp_start=start, rp_step=step)
        spectra = read(sources, grid=grid)
        for band, samples, pixel in (("BP", BP, grid.bp_pixel), ("RP", RP, grid.rp_pixel)):
            order = np.argsort(pixel)
            table, _ = _convert(path, sampling=pixel[order], save_file=False, disable_info=True)
            table = table[table["xp"] == band].set_index("source_id")
            for row, source_id in enumerate(sources.source_id):
                converted = table.loc[source_id]
                if band == "BP" and row == 1:
                    assert converted["flux"] is None
                    continue
                flux = spectra.flux[row, samples][order] / step
                error = spectra.flux_error[row, samples][order] / step
                np.testing.assert_allclose(flux, converted["flux"], rtol=1e-6)
                np.testing.assert_allclose(error, converted["flux_error"], rtol=1e-6)


def test_fewer_coefficients_use_the_first_functions(xp_archive):
    """51 in BP and 55 in RP, as in DR4; beside 55 and 30 in the same table."""
    sources = xp_archive.make_sources(3, n_bp=51)
    other = xp_archive.make_sources(2, n_rp=30, seed=1)
    both = xp_archive.XPSources(
        np.arange(5), sources.bp + other.bp, sources.rp + other.rp,
        sources.bp_errors + other.bp_errors, sources.rp_errors + other.rp_errors,
        sources.bp_correlations + other.bp_correlations,
        sources.rp_correlations + other.rp_correlations,
    )  # fmt: skip
    spectra = read(both)
    assert not spectra.problems
    np.testing.assert_allclose(spectra.flux, xp_archive.samples(both), rtol=1e-5, atol=1e-4)
    np.testing.assert_array_equal(spectra.flux_error[:3], read(sources).flux_error)
    assert np.isfinite(spectra.flux_error).all()
    padded = [np.append(row, np.zeros(4)) for row in sources.bp]
    full = xp_archive.XPSources(sources.source_id, padded, sources.rp)
    np.testing.assert_array_equal(read(full).flux, read(sources).flux)


def test_bases_of_dr4_come_from_a_file(xp_archive, tmp_path, monkeypatch):
    sources = xp_archive.make_sources(3, n_bp=51, bp_basis_id=156)
    lost = read(sources)
    assert np.isnan(lost.flux[:, BP]).all()
    assert np.isfinite(lost.flux[:, RP]).all()
    assert list(lost.problems) == [0, 1, 2]
    assert "row 3, column 'bp_basis_function_id': GaiaXPy" in lost.problems[2]
    assert "update GaiaXPy" in lost.problems[2]

    path = tmp_path / "dr4.xml"
    path.write_text(xp_archive.bases_file(n_bp=51, bp_basis_id=156))
    monkeypatch.setenv(BASES_VARIABLE, str(path))
    spectra = read(sources)
    assert not spectra.problems
    np.testing.assert_allclose(spectra.flux, xp_archive.samples(sources), rtol=1e-5, atol=1e-4)
    assert np.isfinite(spectra.flux_error).all()


def test_a_missing_band_is_no_problem(xp_archive):
    sources = xp_archive.make_sources(4, missing_bp=[1, 3], missing_rp=[2, 3])
    spectra = read(sources)
    for values in (spectra.flux, spectra.flux_error):
        missing = np.isnan(values)
        np.testing.assert_array_equal(missing[:, BP].all(axis=1), [False, True, False, True])
        np.testing.assert_array_equal(missing[:, RP].all(axis=1), [False, False, True, True])
        assert not missing[0].any()
    assert list(spectra.problems) == [3]
    assert "expected BP or RP coefficients, received none" in spectra.problems[3]


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("bp_coefficients", "(1.0, 2.0, zwei)", "an array of numbers, received '(1.0, 2.0, zwei)'"),
        ("rp_coefficients", np.ones(54), "expected 55 values, received 54."),
        ("bp_coefficients", np.append(np.ones(54), np.nan), "finite numbers, received nan."),
        ("bp_coefficients", np.append(np.ones(54), np.inf), "finite numbers, received inf."),
        ("bp_coefficients", np.full(55, 1e300), "single precision"),
        ("bp_basis_function_id", None, "expected the number of the bases, received none."),
        ("bp_basis_function_id", 56.5, "expected the number of the bases, received 56.5."),
        ("bp_basis_function_id", np.inf, "expected the number of the bases, received inf."),
        ("bp_basis_function_id", "zz", "expected the number of the bases, received none."),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_the_others_stay(sources, column, cell, words):
    spectra = read(sources, replaced=with_cell(sources, column, 2, cell), first_row=100)
    assert list(spectra.problems) == [2]
    assert spectra.problems[2].startswith(f"row 103, column '{column}': ")
    assert words in spectra.problems[2]
    bad, good = (BP, RP) if column.startswith("bp") else (RP, BP)
    assert spectra.unreadable.tolist() == [[bad == band and row == 2 for band in (BP, RP)]
                                           for row in range(4)]  # fmt: skip
    assert np.isnan(spectra.flux[2, bad]).all()
    assert np.isnan(spectra.flux_error[2, bad]).all()
    assert np.isfinite(spectra.flux[2, good]).all()
    others = [0, 1, 3]
    np.testing.assert_array_equal(spectra.flux[others], read(sources).flux[others])


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("rp_coefficient_errors", np.ones(3), "expected 55 values, received 3."),
        ("rp_coefficient_errors", "x", "an array of numbers, received 'x'"),
        ("bp_coefficient_correlations", np.zeros(1484), "expected 1,485 values, received 1,484."),
        ("bp_coefficient_correlations", np.append(np.zeros(1484), np.nan), "received nan."),
        ("bp_coefficient_correlations", "[0.1 0.2 ... 0.3]", "received '[0.1 0.2 ... 0.3]'"),
        ("rp_coefficient_correlations", np.full(1485, -2.0), "make a variance negative"),
    ],
)
def test_with_a_covariance_that_is_broken_the_flux_is_used_without_errors(
    sources, column, cell, words
):
    spectra = read(sources, replaced=with_cell(sources, column, 2, cell), first_row=100)
    assert not spectra.problems
    assert list(spectra.notes) == [2]
    assert spectra.notes[2].startswith(f"row 103, column '{column}': ")
    assert words in spectra.notes[2]
    assert spectra.notes[2].endswith("Its flux is used without errors.")
    whole = read(sources)
    np.testing.assert_array_equal(spectra.flux, whole.flux)
    assert np.isnan(spectra.flux_error[2]).all()
    others = [0, 1, 3]
    np.testing.assert_array_equal(spectra.flux_error[others], whole.flux_error[others])


def test_columns_are_named_as_the_file_spells_them(sources):
    table = raw_table(sources, **with_cell(sources, "bp_coefficients", 1, "x"))
    names = tuple(name.upper() for name in table.names)
    table = RawTable(names, table.n_rows, table.column)
    spectra = to_spectra(table, find_columns(names, "a.csv"), name="a.csv")
    assert "column 'BP_COEFFICIENTS'" in spectra.problems[1]


def test_more_coefficients_than_the_bases_have_functions(xp_archive):
    spectra = read(xp_archive.make_sources(1, n_bp=56))
    assert "at most 55 values for the bases 56, received 56" in spectra.problems[0]


def test_the_number_of_parameters_need_not_be_told(sources, xp_archive):
    table = raw_table(sources)
    names = tuple(name.replace("n_parameters", "other") for name in table.names)
    spectra = to_spectra(
        RawTable(names, 4, table.column), find_columns(names, "a.csv"), name="a.csv"
    )
    np.testing.assert_array_equal(spectra.flux, read(sources).flux)


@pytest.mark.parametrize("column", ["rp_coefficient_errors", "rp_coefficient_correlations"])
def test_unknown_errors_are_nan_told_and_no_problem(sources, column):
    spectra = read(sources, replaced=with_cell(sources, column, 1, None))
    assert not spectra.problems
    said = f"row 2, column '{column}': expected errors, received none. Its flux is used without"
    assert [(row, words.startswith(said)) for row, words in spectra.notes.items()] == [(1, True)]
    assert np.isfinite(spectra.flux).all()
    assert np.isnan(spectra.flux_error[1]).all()
    assert np.isfinite(spectra.flux_error[[0, 2, 3]]).all()


def test_a_table_without_error_columns_has_no_errors(sources):
    table = raw_table(sources)
    names = tuple(name.replace("correlations", "other") for name in table.names)
    columns = find_columns(names, "a.csv")
    assert columns.describe()["flux_error"] == "none"
    both = "bp_coefficient_correlations and rp_coefficient_correlations"
    assert columns.lacking_errors == f"the columns {both} are missing"
    assert to_spectra(RawTable(names, 4, table.column), columns, name="a.csv").flux_error is None


def test_correlations_that_rounding_made_impossible_give_no_error(xp_archive):
    sources = xp_archive.make_sources(1)
    impossible = np.full(55 * 54 // 2, -1.0)
    spectra = read(
        sources, replaced=with_cell(sources, "rp_coefficient_correlations", 0, impossible)
    )
    assert not spectra.problems
    assert np.isnan(spectra.flux_error[0, RP]).any()


def test_redshifts_and_magnitudes_that_were_joined_are_taken(xp_archive):
    extra = {"z": np.array([0.1, np.nan, np.inf]), "phot_g_mean_mag": np.array([17.0, 18, 19])}
    spectra = read(xp_archive.make_sources(3, extra=extra))
    np.testing.assert_array_equal(spectra.z, [0.1, np.nan, np.nan])
    np.testing.assert_array_equal(spectra.g_mag, [17, 18, 19])
    assert spectra.redshift_ugc is None


def test_own_columns_are_neither_ids_nor_arrays_of_the_spectrum(sources):
    table = raw_table(sources)
    columns = find_columns(table.names, "a.csv")
    own = {table.names[i] for i in columns.own}
    assert {"solution_id", "bp_chi_squared", "rp_n_parameters"} <= own
    assert "source_id" not in own
    assert not [name for name in own if name.endswith(("coefficients", "_correlations", "_errors"))]


def test_rows_without_ids_are_numbered(sources):
    table = raw_table(sources)
    names = tuple(name.replace("source_id", "other") for name in table.names)
    spectra = to_spectra(
        RawTable(names, 4, table.column), find_columns(names, "a.csv"), name="a.csv", first_row=50
    )
    assert not spectra.has_ids
    assert spectra.source_id.tolist() == [50, 51, 52, 53]


def test_ids_that_are_none_fail_the_file_and_name_the_row(sources):
    replaced = with_cell(sources, "source_id", 1, "abc")
    with pytest.raises(DataError, match=r"'source_id', received 'abc' at row 12"):
        read(sources, replaced=replaced, first_row=10)


def test_more_rows_than_are_unpacked_at_a_time(xp_archive, monkeypatch):
    """The third piece of a table names its own rows."""
    sources = xp_archive.make_sources(5)
    whole = read(sources)
    monkeypatch.setattr(xp_continuous, "ROWS_AT_ONCE", 2)
    spectra = read(sources, replaced=with_cell(sources, "bp_coefficients", 4, "x"))
    assert list(spectra.problems) == [4]
    np.testing.assert_allclose(spectra.flux[:4], whole.flux[:4], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(spectra.flux_error[:4], whole.flux_error[:4], rtol=1e-6)


def test_no_rows():
    names = [
        f"{band}_{column}"
        for band in ("bp", "rp")
        for column in ("coefficients", "basis_function_id")
    ]
    table = RawTable(tuple(names), 0, lambda _: np.empty(0, object))
    assert len(to_spectra(table, find_columns(names, "a.csv"), name="a.csv")) == 0


@settings(max_examples=20)
@given(factor=st.floats(-1e6, 1e6), rows=st.permutations(range(4)))
def test_the_flux_is_linear_and_rows_do_not_mix(xp_archive, factor, rows):
    sources = xp_archive.make_sources(4)
    flux = read(sources, with_errors=False).flux
    scaled = xp_archive.XPSources(
        sources.source_id[list(rows)],
        *[[factor * getattr(sources, band)[i] for i in rows] for band in ("bp", "rp")],
        bp_errors=sources.bp_errors, rp_errors=sources.rp_errors,
        bp_correlations=sources.bp_correlations, rp_correlations=sources.rp_correlations,
    )  # fmt: skip
    again = read(scaled, with_errors=False).flux
    scale = np.abs(factor * flux).max() + 1e-30
    np.testing.assert_allclose(again / scale, factor * flux[list(rows)] / scale, atol=1e-6)


def test_the_four_formats_of_the_archive_give_one_answer(xp_archive):
    extra = {"z": np.array([0.1, 0.2, 0.3, 0.4])}
    sources = xp_archive.make_sources(4, missing_bp=[1], missing_rp=[2], extra=extra)
    expected = None
    for format in ("csv", "ecsv", "fits", "votable"):
        file = open_spectra(sources.to_bytes(format))
        assert file.kind == "xp_continuous"
        assert file.format == format
        spectra = Spectra.concatenate(list(file.chunks(rows=3)))
        expected = expected or spectra
        np.testing.assert_array_equal(spectra.flux, expected.flux)
        np.testing.assert_array_equal(spectra.flux_error, expected.flux_error)
        np.testing.assert_array_equal(spectra.source_id, sources.source_id)
        np.testing.assert_array_equal(spectra.z, extra["z"])
        assert not spectra.problems
        assert spectra.own["solution_id"].tolist() == [xp_archive.SOLUTION_ID] * 4
        assert spectra.own["bp_n_parameters"].isna().tolist() == [False, True, False, False]
    np.testing.assert_allclose(expected.flux, read(sources).flux, rtol=1e-6)
    np.testing.assert_allclose(expected.flux_error, read(sources).flux_error, rtol=1e-6)


def test_errors_too_large_for_single_precision_are_unknown(sources):
    replaced = with_cell(sources, "rp_coefficient_errors", 0, np.full(55, 1e300))
    errors = read(sources, replaced=replaced).flux_error
    assert np.isnan(errors[0, RP]).all()
    assert np.isfinite(errors[1:]).all()


def test_simulated_spectra_come_back_from_their_coefficients(xp_archive):
    """A table of samples and its XP continuous twin hold the same spectra."""
    flux = load_dataset(SIMULATED).flux[:50]
    sources = xp_archive.sources_of(flux, np.arange(50))
    np.testing.assert_allclose(read(sources, with_errors=False).flux, flux, atol=0.05)


@pytest.mark.parametrize("with_errors", [False, True])
@pytest.mark.parametrize("cell", [1, 9, 14, 21])
def test_a_row_of_a_csv_file_with_one_value_too_many_is_not_read_as_a_spectrum(
    xp_archive, with_errors, cell
):
    """Columns that nobody asked for are not read, and the others may then be shifted."""
    content = xp_archive.make_sources(4).to_bytes("csv").decode().splitlines()
    cells = next(csv.reader([content[3]]))
    cells.insert(cell, "56")
    content[3] = ",".join(f'"{value}"' for value in cells)
    file = open_spectra("\n".join(content).encode(), "csv", with_errors=with_errors)
    if with_errors:
        with pytest.raises(DataError, match=r"row 3 has 27 values instead of 26"):
            list(file.chunks())
    else:
        spectra = Spectra.concatenate(list(file.chunks()))
        assert list(spectra.problems) == [2]
        assert np.isnan(spectra.flux[2]).any()
        assert np.isfinite(spectra.flux[[0, 1, 3]]).all()
