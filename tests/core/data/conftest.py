import numpy as np
import pytest

from core.data.dataset import make_dataset
from core.spectra import SampleGrid

N = 60


@pytest.fixture
def columns():
    """Columns of a small data set with everything in it."""
    rng = np.random.default_rng(1)
    return {
        "flux": rng.normal(5, 2, (N, 186)).astype(np.float32),
        "z": rng.uniform(0, 0.6, N),
        "source_id": rng.permutation(N) + 4_111_834_567_779_557_376,
        "flux_error": rng.uniform(0.1, 0.3, (N, 186)).astype(np.float32),
        "g_mag": rng.uniform(15, 19, N).astype(np.float32),
        "redshift_ugc": np.where(np.arange(N) % 2, 0.1, np.nan).astype(np.float32),
        "redshift_ugc_lower": np.where(np.arange(N) % 2, 0.07, np.nan).astype(np.float32),
        "redshift_ugc_upper": np.where(np.arange(N) % 2, 0.11, np.nan).astype(np.float32),
    }


@pytest.fixture
def dataset(columns):
    return make_dataset(
        **columns,
        name="A set",
        origin="simulated",
        description="For tests",
        licence="CC0-1.0",
        grid=SampleGrid(bp_start=42.0),
        config={"seed": 3, "nested": {"list": [1, 2.5, None]}},
        config_hash="abc",
    )
