import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError, DataError
from core.simulation import TableConfig, load_tables, save_tables
from core.simulation import tables as tables_module
from core.simulation.tables import cache_path


@pytest.fixture(scope="module")
def table_file(tables, tmp_path_factory):
    path = tmp_path_factory.mktemp("tables") / "deep" / "tables.npz"
    save_tables(tables, path)
    return path


def test_a_file_gives_back_the_same_arrays(tables, table_file):
    read = load_tables(path=table_file)
    for field in dataclasses.fields(tables):
        if field.name != "galaxies":
            np.testing.assert_array_equal(getattr(read, field.name), getattr(tables, field.name))
    for name, values in vars(tables.galaxies).items():
        np.testing.assert_array_equal(getattr(read.galaxies, name), values)
    assert [path.name for path in table_file.parent.iterdir()] == ["tables.npz"]


@pytest.fixture
def builder(tables, tmp_path, monkeypatch):
    """An empty cache, and the configurations that tables were built of."""
    built = []
    monkeypatch.setenv("XPZ_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(
        tables_module, "build_tables", lambda config: built.append(config) or tables
    )
    return built


def test_tables_are_built_once_and_then_come_from_the_cache(tables, builder, tmp_path):
    config = TableConfig()
    for _ in range(2):
        np.testing.assert_array_equal(load_tables(config).spectra, tables.spectra)
    assert builder == [config]
    assert cache_path(config).parent == tmp_path / "cache"


def test_a_damaged_file_in_the_cache_is_built_anew(tables, builder, caplog):
    config = TableConfig()
    load_tables(config)
    cached = cache_path(config)
    cached.write_bytes(cached.read_bytes()[:5000])
    for _ in range(2):
        np.testing.assert_array_equal(load_tables(config).spectra, tables.spectra)
    assert builder == [config, config]
    assert "could not read them" in caplog.text


def test_a_cache_that_cannot_be_written_stops_nothing(tables, builder, tmp_path, caplog):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert load_tables() is tables
    assert "cannot be kept in the cache" in caplog.text


@pytest.mark.parametrize("changed", ["simulation/profile.py", "spectra.py"])
def test_other_code_has_another_cache_file(changed, tmp_path, monkeypatch):
    copy = tmp_path / "core"
    shutil.copytree(Path(tables_module.__file__).parents[1], copy)
    monkeypatch.setattr(tables_module, "__file__", str(copy / "simulation" / "tables.py"))
    monkeypatch.setattr("core.spectra.__file__", str(copy / "spectra.py"))
    before = cache_path(TableConfig())
    assert cache_path(TableConfig()) == before
    with (copy / changed).open("a") as file:
        file.write("# another recipe\n")
    assert cache_path(TableConfig()) != before


def test_another_configuration_has_another_cache_file():
    assert cache_path(TableConfig()) == cache_path(TableConfig())
    assert cache_path(TableConfig()) != cache_path(TableConfig(n_re=14))


def test_a_file_can_be_used_without_the_packages_it_was_made_with(table_file):
    """As on a machine that only trains: numpy, scipy, pandas, scikit-learn, no more."""
    code = f"""
import sys
for name in ("gaiaxpy", "kcorrect", "skypy", "astropy", "platformdirs", "pyarrow", "matplotlib"):
    sys.modules[name] = None
from core.simulation import SimulationConfig, load_tables, simulate
print(len(simulate(SimulationConfig(n=100), tables=load_tables(path={str(table_file)!r}))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "100"


@pytest.mark.parametrize("content", [None, b"", b"not an archive", b"PK\x03\x04 broken"])
def test_says_what_is_wrong_with_a_file(tmp_path, content):
    path = tmp_path / "tables.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"tables\.npz: expected simulation tables"):
        load_tables(path=path)


def test_says_what_is_wrong_with_an_archive_of_other_arrays(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.arange(3))
    with pytest.raises(DataError, match="expected simulation tables"):
        load_tables(path=tmp_path / "other.npz")


def test_never_unpickles(tmp_path, table_file):
    with np.load(table_file) as file:
        arrays = dict(file)
    arrays["warps"] = np.array([{"a": 1}], dtype=object)
    np.savez(tmp_path / "pickled.npz", **arrays)
    with pytest.raises(DataError, match="allow_pickle=False"):
        load_tables(path=tmp_path / "pickled.npz")


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"z_step": 0.0}, "0 < z_step < z_max"),
        ({"z_max": 0.9}, "z_max <= galaxies.fit_z_max"),
        ({"re_min_arcsec": 20.0}, "re_min_arcsec < re_max_arcsec"),
        ({"n_re": 1}, "n_re of 2 or more"),
    ],
)
def test_refuses_grids_that_cannot_be(numbers, message):
    with pytest.raises(ConfigError, match=message):
        TableConfig(**numbers)
