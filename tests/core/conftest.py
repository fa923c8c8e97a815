import pytest

from tests.support.without_processes import parquet_read_here


@pytest.fixture(scope="module", autouse=True)
def rehearsal():
    """Read Parquet files here; the tests of damaged files put their own fixture in its place."""
    with parquet_read_here():
        yield
